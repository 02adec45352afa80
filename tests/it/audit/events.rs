//! What stands in an event, and that each stands or falls with what it tells of.

use std::{collections::BTreeSet, fs, path::Path};

use tessera::{
    acts::{
        Operator, clients, resource_servers,
        tokens::{MassRevocation, revoke_many},
        types, users,
    },
    model::{
        audit::ACTIONS,
        client::{ClientAuthentication, ClientKind, ClientStatus},
        id::uuid_v7,
        scope::Scope,
        secret::Secret,
    },
};

use crate::common::{
    TestServer,
    browser::Browser,
    on_each_engine,
    server::{self, authenticating_by},
};

use super::all;

on_each_engine!(
    an_event_says_who_from_where_in_which_request_and_on_which_node,
    a_reuse_says_from_where_the_token_came,
    what_is_rolled_back_leaves_no_event,
    the_reason_of_an_operator_stands_in_every_event_of_the_deed,
    a_change_names_what_of_it_and_no_secret,
    whoever_held_tokens_that_were_ended_by_a_query_is_found,
);

async fn an_event_says_who_from_where_in_which_request_and_on_which_node(server: TestServer) {
    let password = "correct horse";
    let ingrid = format!("{{ username = 'ingrid', password = {{ value = '{password}' }} }}");
    server.people(&[ingrid.as_str()]).await;
    let mut browser = Browser::of(&server);
    let form = browser.sign_in_form("/login", "ingrid", password).await;
    let answer = browser.submit(&form).await;
    let request = answer.header("x-request-id").unwrap().to_owned();

    let events = all(&server, "action:session.began").await;
    assert_eq!(events.len(), 1);
    let event = &events[0].event;
    assert_eq!(
        (event.actor.as_str(), event.target.as_str()),
        ("user:default/ingrid", "default/ingrid")
    );
    assert_eq!(event.request_id.as_deref(), Some(request.as_str()));
    assert!(event.address.is_some());
    assert!(event.node.as_ref().is_some_and(|node| !node.is_empty()));
    assert_eq!(event.at, server.now());
}

async fn a_reuse_says_from_where_the_token_came(server: TestServer) {
    let client = server.application("app", "read", ClientKind::Web).await;
    let first = server.begin(&client, "").await;
    server.refresh(&client, &first.refresh).await;
    server.advance(std::time::Duration::from_mins(5));

    let answer = server.try_refresh(&client, &first.refresh, "").await;

    let found = all(&server, "action:family.reuse_detected client:app").await;
    let event = &found[0].event;
    assert_eq!(event.request_id.as_deref(), answer.header("x-request-id"));
    assert!(event.address.is_some() && event.actor == "server");
}

async fn what_is_rolled_back_leaves_no_event(server: TestServer) {
    let client = server.machine("mailer", "read").await;
    let before = server.database().count("audit").await;
    let operator = Operator::new("cli:test");
    let id = (uuid_v7(server.now(), &server.app.random), server.now());
    let event = operator.did(id, "client.changed", client.id.as_str(), None);
    let kind = ClientKind::Machine;

    let changes = authenticating_by(ClientAuthentication::SecretBasic);
    let added = server.add(&client.id, kind, changes, None).await;
    let mut store = server.app.store.begin().await.unwrap();
    store.insert_audit_event(&event).await.unwrap();
    store.roll_back().await.unwrap();
    let mut dropped = server.app.store.begin().await.unwrap();
    dropped.insert_audit_event(&event).await.unwrap();
    drop(dropped);

    assert!(added.is_err(), "the name is taken");
    assert_eq!(server.database().count("audit").await, before);
}

async fn the_reason_of_an_operator_stands_in_every_event_of_the_deed(server: TestServer) {
    let client = server.machine("mailer", "read").await;
    let operator = Operator::new("cli:test").because("it is not in use");

    clients::set_status(&server.app, &operator, &client.id, ClientStatus::Disabled).await.unwrap();

    let event = all(&server, "action:client.disabled").await.remove(0).event;
    assert_eq!(event.reason.as_deref(), Some("it is not in use"));
}

#[test]
fn the_page_for_operators_lists_every_action_and_no_other() {
    let page =
        fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/operations/audit.md"));
    let page = page.unwrap();
    let listed: Vec<&str> = page.lines().filter(|line| line.starts_with("| `")).collect();
    let known: Vec<String> = ACTIONS
        .iter()
        .map(|action| format!("| `{}` | {} |", action.name, action.meaning))
        .collect();
    let actions: Vec<&str> =
        listed.into_iter().filter(|line| line.split('`').nth(1).is_some_and(is_action)).collect();

    assert_eq!(actions, known, "docs/operations/audit.md has to say:\n{}", known.join("\n"));
}

fn is_action(name: &str) -> bool {
    name.contains('.') && !name.contains([':', ' ', '*']) && name != "audit.keep"
}

#[test]
fn actions_are_in_order_and_named_once() {
    let names: BTreeSet<&str> = ACTIONS.iter().map(|action| action.name).collect();

    assert!(ACTIONS.iter().map(|action| action.name).eq(names.into_iter()));
}

async fn a_change_names_what_of_it_and_no_secret(server: TestServer) {
    let (app, operator) = (&server.app, crate::common::server::operator());
    let client = server.machine("mailer", "read").await;
    let changes = clients::ClientChanges {
        name: Some("Mailer two".to_owned()),
        access_lifetime: Some(Some(std::time::Duration::from_secs(61))),
        scope: Some(Scope::parse("read").unwrap()),
        ..Default::default()
    };
    clients::set(app, &operator, &client.id, changes).await.unwrap();
    let of = |name: Option<&str>| resource_servers::ResourceServerChanges {
        name: name.map(str::to_owned),
        scope: Some(Scope::parse("read write").unwrap()),
        ..Default::default()
    };
    resource_servers::add(app, &operator, "https://api", of(Some("API"))).await.unwrap();
    resource_servers::set(app, &operator, "https://api", of(Some("The API"))).await.unwrap();
    server.people(&["{ username = 'mei', roles = ['a'] }"]).await;
    let mei = users::UserName {
        realm: "default".to_owned(),
        name: tessera::model::username::Username::parse("mei").unwrap(),
    };
    let changes = users::UserChanges {
        roles: Some(["a".to_owned()].into_iter().collect()),
        operator_roles: Some(["auditor".to_owned()].into_iter().collect()),
        password: Some(users::NewPassword::Chosen(Secret::new("hunter2hunter2".to_owned()))),
        ..Default::default()
    };
    users::set(app, &operator, &mei, changes).await.unwrap();
    let text = |hours| {
        format!(
            "[[token_types]]\nname = 'Invite'\n[[token_types.rules]]\ntype = 'Expiry'\n\
             expiry_time = '{hours}h'\n"
        )
    };
    let made = types::write(app, &operator, (&text(1), None)).await.unwrap();
    server.advance(std::time::Duration::from_secs(1));
    let seen = Some(("Invite", (made.version, made.updated_at)));
    types::write(app, &operator, (&text(2), seen)).await.unwrap();

    for (action, expected) in [
        ("client.changed", "name, access_lifetime"),
        ("resource_server.changed", "name"),
        ("user.changed", "operator_roles, password"),
        ("token_type.changed", "rules.Expiry"),
    ] {
        let found = all(&server, &format!("action:{action}")).await;
        let last = found.last().unwrap();
        assert_eq!(last.event.detail.as_deref(), Some(expected), "{action}");
    }
    let whole = format!("{:?}", all(&server, "action:user.*").await);
    assert!(!whole.contains("hunter2"), "{whole}");
}

async fn whoever_held_tokens_that_were_ended_by_a_query_is_found(server: TestServer) {
    server.people(&["{ username = 'Carol', realm = 'internal' }"]).await;
    let machine = server.machine("mailer", "read").await;
    server.machine("other", "read").await;
    for query in ["client:mailer", "user:internal/carol", "client:mailer status:active"] {
        server.token(&machine).await;
        let revocation = MassRevocation::see(&server.app, query.parse().unwrap(), false);
        let revocation = revocation.await.unwrap();
        let by = server::operator();
        revoke_many(&server.app, &by, &revocation, "a leak").await.unwrap();
    }

    let of = async |query: &str| {
        let mut found = super::targets(&server, query).await;
        found.sort();
        found
    };
    let begun_and_done = "client:mailer status:active";
    let of_client = ["client:mailer", begun_and_done, begun_and_done];
    assert_eq!(of("client:mailer action:tokens.*").await, of_client);
    assert_eq!(of("user:internal/CAROL action:tokens.*").await, ["user:internal/carol"]);
    assert!(of("user:internal/carol").await.contains(&"user:internal/carol".to_owned()));
    assert!(of("client:other action:tokens.*").await.is_empty());
    assert!(of("user:carol action:tokens.*").await.is_empty());
}
