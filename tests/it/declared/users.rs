//! Declared users: their names, their passwords, and what becomes of their tokens.

use tessera::{
    app::App,
    hashing::Attempt,
    model::{secret::Secret, user::User},
};

use super::{applied, apply, export, faults};
use crate::common::{Engine, TestServer, on_each_engine};

on_each_engine!(
    a_user_is_as_declared,
    names_that_look_alike_are_one_user,
    a_password_is_hashed_once_and_is_not_shown,
    a_name_by_which_nobody_could_sign_in_gets_no_password,
    a_disabled_user_has_no_live_token_and_never_gets_the_old_ones_back,
    a_deleted_name_is_not_given_again,
    realms_keep_names_apart,
);

/// Of nobody's password.
const HASH: &str = "$argon2id$v=19$m=19456,t=2,p=1$AAECAwQFBgcICQoLDA0ODw$\
    wJmEbSxoWdvvQyiG0zKXjGjHbOWA6EPVGQ8WCkHKA7c";

async fn user(app: &App, name: &str) -> User {
    let names = [("default", name)];
    let mut found = app.store.read().await.unwrap().find_users_named(names.into_iter()).await;
    found.as_mut().unwrap().remove(0)
}

async fn a_user_is_as_declared(server: TestServer) {
    let text = r#"
        [[users]]
        username = "Jonas Weber"
        roles = ["editor", "author"]
        operator_roles = ["auditor", "token-admin"]
        attributes = { email = "j@example.com", groups = ["a", "b"], age = 40, nested = { x = 1.5 } }
    "#;

    apply(&server.app, text).await;

    let user = user(&server.app, "jonas weber").await;
    assert_eq!(user.roles.to_string(), "editor author");
    assert_eq!(user.operator_roles.to_string(), "auditor token-admin");
    assert_eq!(
        user.attributes.to_string(),
        r#"{"age":40,"email":"j@example.com","groups":["a","b"],"nested":{"x":1.5}}"#
    );
    assert!(user.password.is_none());
    assert!(apply(&server.app, text).await.is_empty());
}

async fn names_that_look_alike_are_one_user(server: TestServer) {
    apply(&server.app, "users = [{ username = 'Straße' }]").await;

    let differences = apply(&server.app, "users = [{ username = 'STRASSE' }]").await;

    assert_eq!(differences, ["change user default/STRASSE: username Straße -> STRASSE"]);
    let twice = faults(&server.app, "users = [{ username = 'a' }, { username = 'Ａ' }]").await;
    assert!(twice[0].contains("is declared already"), "{twice:?}");
}

async fn a_password_is_hashed_once_and_is_not_shown(server: TestServer) {
    let text = |password: &str| format!("users = [{{ username = 'u', password = {password} }}]");
    let added = apply(&server.app, &text("{ value = 'hunter2hunter2' }")).await;
    assert!(
        added[0].contains("password none -> set") && !added[0].contains("hunter2"),
        "{added:?}"
    );
    let kept = user(&server.app, "u").await.password.unwrap();

    assert!(apply(&server.app, &text("{ value = 'hunter2hunter2' }")).await.is_empty());
    assert!(
        apply(&server.app, "users = [{ username = 'u' }]").await.is_empty(),
        "silence keeps it"
    );

    let attempt = Attempt { guesser: "u".to_owned(), at: server.now() };
    let secret = Secret::new("hunter2hunter2".to_owned());
    let found = server.app.hasher.verify(&secret, &[kept.expose()], &attempt).await;
    assert_eq!(found, Ok(Some(0)));
    assert!(export(&server.app, false).await.contains("# password: set, and left out"));
    let another = apply(&server.app, &text("{ value = 'hunter3hunter3' }")).await;
    assert_eq!(another, ["change user default/u: password set -> another"]);
    let hash = format!("{{ hash = '{}' }}", kept.expose());
    assert_eq!(apply(&server.app, &text(&hash)).await.len(), 1);
    assert!(apply(&server.app, &text("{ value = 'hunter2hunter2' }")).await.is_empty());
    let none = apply(&server.app, &text("'none'")).await;
    assert_eq!(none, ["change user default/u: password set -> none"]);
}

async fn a_name_by_which_nobody_could_sign_in_gets_no_password(server: TestServer) {
    let user = |rest: &str| format!("users = [{{ username = 'team:ingrid'{rest} }}]");

    for password in ["{ value = 'hunter2hunter2' }", &format!("{{ hash = '{HASH}' }}")] {
        let faults = faults(&server.app, &user(&format!(", password = {password}"))).await;
        assert_eq!(faults.len(), 1, "{faults:?}");
        assert!(faults[0].contains("team:ingrid.username holds a colon"), "{faults:?}");
    }

    apply(&server.app, &user("")).await;
    assert!(apply(&server.app, &user(", password = 'none'")).await.is_empty());
}

/// A token of `client` on behalf of the user, as a later grant will issue it.
async fn token_of_user(server: &TestServer, client: &crate::common::TestClient) -> String {
    let user = user(&server.app, "u").await;
    let token = server.token(client).await;
    let id = match server.database().engine {
        Engine::Sqlite => format!("x'{}'", user.user_id.simple()),
        Engine::Postgres => format!("'{}'", user.user_id),
    };
    let sql = format!("UPDATE tokens SET user_id = {id}, user_generation = {}", user.generation);
    assert_eq!(server.database().execute(&sql).await, 1);
    token
}

async fn a_disabled_user_has_no_live_token_and_never_gets_the_old_ones_back(server: TestServer) {
    let there = match server.database().engine {
        Engine::Sqlite => None,
        Engine::Postgres => Some(server.neighbour().await),
    };
    let asked = there.as_ref().unwrap_or(&server);
    let client = server.machine("mailer", "read").await;
    apply(&server.app, "users = [{ username = 'u' }]").await;
    let token = token_of_user(&server, &client).await;
    for _ in 0..3 {
        assert!(asked.is_active(&client, &token).await, "and now it may be kept");
    }

    apply(&server.app, "users = [{ username = 'u', disabled = true }]").await;

    assert!(!asked.is_active(&client, &token).await);
    apply(&server.app, "users = [{ username = 'u', disabled = false }]").await;
    assert!(!asked.is_active(&client, &token).await);
}

async fn a_deleted_name_is_not_given_again(server: TestServer) {
    let client = server.machine("mailer", "read").await;
    apply(&server.app, "users = [{ username = 'u', roles = ['editor'] }]").await;
    let token = token_of_user(&server, &client).await;

    let removed = applied(&server.app, "users = []", true).await.unwrap().0;

    assert_eq!(removed, ["remove user default/u: "]);
    assert!(!server.is_active(&client, &token).await);
    assert!(user(&server.app, "u").await.roles.is_empty());
    let told = faults(&server.app, "users = [{ username = 'U' }]").await;
    assert!(told[0].contains("was deleted, and a name is never given twice"), "{told:?}");
    assert!(!export(&server.app, true).await.contains("[[users]]"));
}

async fn realms_keep_names_apart(server: TestServer) {
    let text = "users = [{ username = 'u' }, { username = 'u', realm = 'partners' }]";

    assert_eq!(apply(&server.app, text).await.len(), 2);

    assert!(applied(&server.app, text, true).await.unwrap().0.is_empty());
}
