//! A file that is sound is brought about, once.

use std::sync::Arc;

use tessera::{
    acts::{
        clients::{self, ClientChanges},
        declared::carry_out,
        resource_servers,
    },
    model::{client::ClientStatus, client_id::ClientId},
    store::Fault,
};

use super::{applied, apply, export, file_with, lines, options, planned};
use crate::common::{TestServer, on_each_engine, server::operator};

on_each_engine!(
    what_is_declared_is_there_and_a_second_time_writes_nothing,
    every_setting_reaches_the_store,
    what_is_not_stated_is_the_default,
    what_locks_out_is_not_undone_by_silence,
    a_change_is_told_field_by_field,
    a_change_meanwhile_fails_the_whole,
    what_fails_half_way_leaves_nothing,
    a_kind_or_a_way_without_secrets_never_changes,
    the_same_keys_in_another_text_are_the_same,
    every_deed_is_in_the_audit_log,
);

const STATE: &str = r#"
[[clients]]
client_id = "api"
scope = "read"
[[clients.secrets]]
generate = true

[[resource_servers]]
audience = "https://api.example"
scope = "read"
introspectors = ["api"]

[[scopes]]
scope = "read"
description = "Read things"

[[users]]
username = "ingrid"
"#;

async fn what_is_declared_is_there_and_a_second_time_writes_nothing(server: TestServer) {
    let (differences, shown) = applied(&server.app, STATE, false).await.unwrap();
    assert_eq!(differences.len(), 4, "{differences:?}");
    assert_eq!(shown.len(), 1);

    let refuses = |sql: &str| {
        let writes = ["INSERT", "UPDATE", "DELETE", "BEGIN"].iter().any(|word| sql.contains(word));
        writes.then_some(Fault::Refused)
    };
    server.app.store.fail(Some(Arc::new(refuses)));
    let again = applied(&server.app, STATE, true).await.unwrap();

    assert!(again.0.is_empty() && again.1.is_empty(), "{again:?}");
}

async fn every_setting_reaches_the_store(server: TestServer) {
    let text = r#"
        clients = [{ client_id = "spa", kind = "browser", name = "The page",
                     assertion_audience = "token_endpoint", grant_types = [],
                     scope = "a b", cors_origins = ["https://app.example"],
                     access_format = "jwt", access_algorithm = "EdDSA", access_lifetime = "15m",
                     reuse = "reuse_active",
                     disabled = true }]
        scopes = [{ scope = "a" }, { scope = "b" }]
        resource_servers = [{ audience = "https://api.example", name = "The API", scope = "a",
                              is_default = true }]
    "#;

    apply(&server.app, text).await;

    let id = ClientId::parse("spa").unwrap();
    let client = clients::find(&server.app, &id).await.unwrap();
    let changes = (&*client.name, client.kind.as_str(), client.authentication.as_str());
    assert_eq!(changes, ("The page", "browser", "none"));
    assert_eq!(client.assertion_audience.as_str(), "token_endpoint");
    assert!(client.grant_types.is_empty());
    assert_eq!(client.scope.to_string(), "a b");
    assert_eq!(client.cors_origins.to_string(), "https://app.example");
    assert_eq!(client.access_format.unwrap().as_str(), "jwt");
    assert_eq!(client.access_algorithm.unwrap().as_str(), "EdDSA");
    assert_eq!(client.reuse.unwrap().as_str(), "reuse_active");
    assert_eq!((client.access_lifetime, client.status), (Some(900), ClientStatus::Disabled));
    let api = resource_servers::find(&server.app, "https://api.example").await.unwrap();
    assert_eq!((&*api.name, api.is_default, api.scope.to_string()), ("The API", true, "a".into()));
    let keys = server.get("/jwks.json", &[]).await.json();
    assert!(keys["keys"].as_array().unwrap().iter().any(|key| key["kty"] == "OKP"), "{keys}");
}

async fn what_is_not_stated_is_the_default(server: TestServer) {
    apply(&server.app, "clients = [{ client_id = 'a', name = 'A', access_lifetime = '5m' }]").await;

    let differences = apply(&server.app, "clients = [{ client_id = 'a', name = 'A' }]").await;

    assert_eq!(differences, ["change client a: access_lifetime 300s -> none"]);
}

async fn what_locks_out_is_not_undone_by_silence(server: TestServer) {
    let (silent, loud) = ("", ", disabled = false");
    let text = |more| {
        format!("clients = [{{ client_id = 'a'{more} }}]\nusers = [{{ username = 'u'{more} }}]")
    };
    apply(&server.app, &text(", disabled = true")).await;

    assert!(apply(&server.app, &text(silent)).await.is_empty());

    let differences = apply(&server.app, &text(loud)).await;
    assert_eq!(
        differences,
        ["change client a: disabled yes -> none", "change user default/u: disabled yes -> none"]
    );
}

async fn a_change_is_told_field_by_field(server: TestServer) {
    let text = |scope: &str, name: &str| {
        format!(
            "clients = [{{ client_id = 'a', scope = '{scope}', name = '{name}' }}]
             scopes = [{{ scope = 'x' }}, {{ scope = 'y', description = '{name}' }}]"
        )
    };
    apply(&server.app, &text("x", "One")).await;

    let differences = apply(&server.app, &text("x y", "Two")).await;

    assert_eq!(
        differences,
        [
            "change client a: name One -> Two; scope x -> x y",
            "change scope y: description One -> Two"
        ]
    );
    let gone = apply(&server.app, "scopes = [{ scope = 'x' }, { scope = 'y' }]").await;
    assert_eq!(gone, ["change scope y: description Two -> none"]);
}

async fn a_change_meanwhile_fails_the_whole(server: TestServer) {
    let app = &server.app;
    apply(app, "clients = [{ client_id = 'a' }]").await;
    let text = "clients = [{ client_id = 'a', name = 'Mine' }, { client_id = 'b' }]";
    let plan = planned(app, text, false).await.unwrap();
    let theirs = ClientChanges { name: Some("Theirs".to_owned()), ..ClientChanges::default() };
    let id = ClientId::parse("a").unwrap();
    clients::set(app, &operator(), &id, theirs).await.unwrap();

    let refused = carry_out(app, &operator(), plan).await.unwrap_err().to_string();

    assert!(refused.contains("changed meanwhile") && refused.contains("again"), "{refused}");
    assert_eq!(clients::find(app, &id).await.unwrap().name, "Theirs");
    assert_eq!(clients::list(app).await.unwrap().len(), 1, "b was not added either");
    assert_eq!(apply(app, text).await.len(), 2);
}

async fn what_fails_half_way_leaves_nothing(server: TestServer) {
    let before = export(&server.app, true).await;
    for statement in
        ["INSERT INTO users", "INSERT INTO scopes", "INTO audit", "INTO client_secrets"]
    {
        let refuses = move |sql: &str| sql.contains(statement).then_some(Fault::Refused);
        server.app.store.fail(Some(Arc::new(refuses)));

        let failed = applied(&server.app, STATE, false).await;
        server.app.store.fail(None);

        assert!(failed.is_err(), "{statement}");
        assert_eq!(export(&server.app, true).await, before, "{statement}");
    }
}

async fn a_kind_or_a_way_without_secrets_never_changes(server: TestServer) {
    apply(&server.app, "clients = [{ client_id = 'a' }, { client_id = 'b' }]").await;
    let text = "clients = [{ client_id = 'a', kind = 'web' },
                           { client_id = 'b', authentication = 'private_key_jwt', jwks = '''
        {\"keys\":[{\"kty\":\"OKP\",\"crv\":\"Ed25519\",
                    \"x\":\"11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo\"}]}''' }]";

    let told = super::faults(&server.app, text).await;

    assert!(told[0].contains("clients.a.kind is machine in the store"), "{told:?}");
    assert!(
        told[1].contains("clients.b.authentication a client cannot change between"),
        "{told:?}"
    );
}

async fn the_same_keys_in_another_text_are_the_same(server: TestServer) {
    let key = r#"{"kty":"OKP","crv":"Ed25519","x":"11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"}"#;
    let text = |jwks: &str| {
        format!("clients = [{{ client_id = 'a', authentication = 'private_key_jwt', {jwks} }}]")
    };
    let inline = text(&format!("jwks = '{{\"keys\":[{key}]}}'"));
    apply(&server.app, &inline).await;

    let by_file =
        file_with(&text("jwks_file = 'a.json'"), &format!("{{ \"keys\": [ {key} ]\n}}\n"));
    let now = server.app.now();
    let reading = tessera::acts::declared::read(&[by_file], now);
    let options = options(&server.app, false);
    let plan = tessera::acts::declared::plan(&server.app, reading, &options).await.unwrap();

    assert!(lines(&plan).is_empty());
}

async fn every_deed_is_in_the_audit_log(server: TestServer) {
    apply(&server.app, STATE).await;
    let quiet = "clients = [{ client_id = 'api', scope = 'read', disabled = true }]";
    apply(&server.app, quiet).await;

    let database = server.database();
    for (action, target, times) in [
        ("client.added", "api", 1),
        ("client.changed", "api", 1),
        ("client.disabled", "api", 1),
        ("resource_server.added", "https://api.example", 1),
        ("scope.added", "read", 1),
        ("user.added", "default/ingrid", 1),
    ] {
        let sql = format!("DELETE FROM audit WHERE action = '{action}' AND target = '{target}'");
        assert_eq!(database.execute(&sql).await, times, "{action}");
    }
    assert_eq!(database.execute("DELETE FROM audit").await, 0);
}
