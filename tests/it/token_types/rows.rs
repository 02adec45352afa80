//! The rows of token types: each changes on condition, and what is kept of them holds.

use std::time::Duration;

use tessera::model::{
    rules::{Rule, UseCount},
    timestamp::Timestamp,
    token_type::{TokenType, TypeDefinition, TypeName, TypeSource},
};

use crate::common::{Engine, TestServer, on_each_engine};

on_each_engine!(
    the_types_of_the_protocol_are_there,
    a_name_is_taken_whatever_its_case,
    another_definition_is_another_version,
    who_saw_an_older_row_changes_nothing,
    what_is_kept_of_types_is_what_was_last_written,
    what_cannot_be_read_is_a_rule_that_never_holds,
);

fn of(name: &str, max_use_count: i64, at: Timestamp) -> TokenType {
    TokenType {
        name: TypeName::parse(name).unwrap(),
        source: TypeSource::Store,
        version: 1,
        definition: TypeDefinition {
            rules: vec![Rule::UseCount(UseCount { max_use_count })],
            ..TypeDefinition::default()
        },
        updated_at: at,
        removed_at: None,
    }
}

async fn find(server: &TestServer, name: &str) -> Option<TokenType> {
    let types = server.app.store.token_types().await.unwrap();
    types.iter().find(|known| known.name.fold() == name).cloned()
}

async fn insert(server: &TestServer, token_type: &TokenType) -> bool {
    let mut store = server.app.store.begin().await.unwrap();
    let is_done = store.insert_token_type(token_type).await.unwrap();
    store.commit().await.unwrap();
    is_done
}

async fn update(server: &TestServer, token_type: &TokenType, seen: &TokenType) -> bool {
    let mut store = server.app.store.begin().await.unwrap();
    let is_done = store.update_token_type(token_type, seen).await.unwrap();
    store.commit().await.unwrap();
    is_done
}

async fn remove(server: &TestServer, seen: &TokenType) -> bool {
    server.advance(Duration::from_secs(1));
    let mut store = server.app.store.begin().await.unwrap();
    let is_done = store.remove_token_type(seen, server.now()).await.unwrap();
    store.commit().await.unwrap();
    is_done
}

async fn the_types_of_the_protocol_are_there(server: TestServer) {
    let types = server.app.store.token_types().await.unwrap();

    let names: Vec<_> = types.iter().map(|known| known.name.as_str()).collect();
    let expected = [
        "access",
        "code",
        "device_code",
        "id",
        "invitation",
        "password_reset",
        "personal",
        "refresh",
        "user_code",
    ];
    assert_eq!(names, expected);
    for known in types.iter() {
        let nothing = TypeDefinition::default();
        assert_eq!((known.source, known.version), (TypeSource::BuiltIn, 1));
        assert_eq!((&known.definition, known.removed_at), (&nothing, None));
    }
}

async fn a_name_is_taken_whatever_its_case(server: TestServer) {
    assert!(insert(&server, &of("PasswordReset", 1, server.now())).await);
    assert!(!insert(&server, &of("passwordRESET", 2, server.now())).await);
    assert!(!insert(&server, &of("Access", 2, server.now())).await);

    let found = find(&server, "passwordreset").await.unwrap();
    assert_eq!(found, of("PasswordReset", 1, server.now()));
}

async fn another_definition_is_another_version(server: TestServer) {
    insert(&server, &of("Link", 1, server.now())).await;
    let first = find(&server, "link").await.unwrap();

    let renamed = TokenType { name: TypeName::parse("LINK").unwrap(), ..first.clone() };
    assert!(update(&server, &renamed, &first).await);
    assert_eq!(find(&server, "link").await.unwrap(), renamed, "the same version");
    assert!(update(&server, &of("Link", 2, server.now()), &renamed).await);
    let second = find(&server, "link").await.unwrap();
    assert_eq!(second.version, 2);

    assert!(remove(&server, &second).await);
    let gone = find(&server, "link").await.unwrap();
    assert_eq!((gone.version, gone.removed_at), (2, Some(server.now())));
    assert!(!remove(&server, &gone).await, "once");
    assert!(update(&server, &of("Link", 2, server.now()), &gone).await);
    let back = find(&server, "link").await.unwrap();
    assert_eq!((back.version, back.removed_at), (2, None), "as it was");
}

async fn who_saw_an_older_row_changes_nothing(server: TestServer) {
    insert(&server, &of("Link", 1, server.now())).await;
    let seen = find(&server, "link").await.unwrap();
    server.advance(Duration::from_secs(1));
    update(&server, &of("Link", 1, server.now()), &seen).await;

    assert!(!update(&server, &of("Link", 3, server.now()), &seen).await);
    assert!(!remove(&server, &seen).await);

    let kept = find(&server, "link").await.unwrap();
    assert_eq!((&kept.definition, kept.removed_at), (&seen.definition, None));
}

async fn what_is_kept_of_types_is_what_was_last_written(server: TestServer) {
    let other = match server.database().engine {
        Engine::Sqlite => None,
        Engine::Postgres => Some(server.neighbour().await),
    };
    let other = other.as_ref().unwrap_or(&server);
    assert_eq!(find(other, "link").await, None);

    insert(&server, &of("Link", 1, server.now())).await;
    assert_eq!(find(other, "link").await.unwrap().version, 1);
    let seen = find(&server, "link").await.unwrap();
    update(&server, &of("Link", 2, server.now()), &seen).await;
    assert_eq!(find(other, "link").await.unwrap().version, 2);
    let seen = find(&server, "link").await.unwrap();
    remove(&server, &seen).await;
    assert!(find(other, "link").await.unwrap().removed_at.is_some());
}

async fn what_cannot_be_read_is_a_rule_that_never_holds(server: TestServer) {
    insert(&server, &of("Link", 1, server.now())).await;
    insert(&server, &of("Other", 1, server.now())).await;
    let spoil = "UPDATE token_types SET definition = '{\"rules\": 7' WHERE name_fold = 'link'";
    server.database().execute(spoil).await;

    let restarted = server.restarted(|_| {}).await;
    let spoilt = find(&restarted, "link").await.unwrap();

    assert_eq!(spoilt.definition.rules, [Rule::Unknown]);
    let other = find(&restarted, "other").await.unwrap();
    assert_eq!(other.definition.rules, [Rule::UseCount(UseCount { max_use_count: 1 })]);
}
