//! `POST /introspect` (RFC 7662).

use std::time::Duration;

use axum::http::StatusCode;
use serde_json::json;
use tessera::{
    acts::{
        clients::{self, ClientChanges},
        resource_servers,
        resource_servers::ResourceServerChanges,
    },
    model::{
        client::{ClientKind, ClientStatus},
        space_delimited::SpaceDelimited,
    },
};

use crate::common::{TestServer, on_each_engine, server::operator};

on_each_engine!(
    an_active_token_tells_what_it_is_good_for,
    a_token_is_active_until_the_second_it_expires,
    whatever_is_no_token_is_inactive_and_nothing_more,
    a_client_sees_only_its_own_tokens,
    the_resource_server_a_token_is_for_may_see_it,
    a_disabled_client_takes_its_tokens_along,
    a_deleted_client_leaves_dead_tokens_even_if_its_name_comes_back,
    a_public_client_may_not_introspect,
    a_deleted_introspector_leaves_nothing_to_inherit,
    a_token_must_be_named,
    introspection_writes_nothing_to_the_entry,
    an_altered_payload_is_never_answered_from,
);

async fn an_active_token_tells_what_it_is_good_for(server: TestServer) {
    let client = server.machine("mailer", "read").await;
    let token = server.token(&client).await;

    let answer = server.post("/introspect", &client, &format!("token={token}")).await;

    let claims = answer.json();
    let now = server.now().seconds();
    assert_eq!(answer.header("cache-control"), Some("no-store"));
    assert_eq!(
        claims,
        json!({
            "active": true, "token_type": "Bearer", "scope": "read", "client_id": "mailer",
            "sub": "mailer", "aud": "https://id.example", "iss": "https://id.example",
            "iat": now, "exp": now + 3600, "jti": claims["jti"],
        })
    );
    assert_eq!(claims["jti"].as_str().unwrap().len(), 22);
}

async fn a_token_is_active_until_the_second_it_expires(server: TestServer) {
    let client = server.machine("mailer", "read").await;
    let token = server.token(&client).await;

    server.advance(Duration::from_millis(3_599_999));
    let before = server.is_active(&client, &token).await;
    server.advance(Duration::from_millis(1));
    let at = server.introspect(&client, &token).await;

    assert!(before);
    assert_eq!(at, json!({"active": false}));
}

async fn whatever_is_no_token_is_inactive_and_nothing_more(server: TestServer) {
    let client = server.machine("mailer", "read").await;
    let token = server.token(&client).await;
    let long = "A".repeat(60_000);
    let strings = [
        "x",
        "a.b.c",
        "..",
        "%00",
        "%F0%9F%98%80",
        "eyJhbGciOiJub25lIn0.e30.",
        &token[..42],
        &format!("{token}A"),
        &format!("{token}="),
        &format!("+{token}"),
        &token.to_lowercase(),
        &long,
    ];

    for string in strings {
        let answer = server.post("/introspect", &client, &format!("token={string}")).await;

        assert_eq!(answer.status, StatusCode::OK, "{string}");
        assert_eq!(answer.body, r#"{"active":false}"#, "{string}");
    }
}

async fn a_client_sees_only_its_own_tokens(server: TestServer) {
    let holder = server.machine("mailer", "read").await;
    let other = server.machine("other", "read").await;
    let token = server.token(&holder).await;

    assert_eq!(server.introspect(&other, &token).await, json!({"active": false}));
}

async fn the_resource_server_a_token_is_for_may_see_it(server: TestServer) {
    let holder = server.machine("mailer", "read").await;
    let api = server.machine("api", "").await;
    let changes = ResourceServerChanges {
        introspectors: Some(SpaceDelimited::parse("api")),
        ..ResourceServerChanges::default()
    };
    resource_servers::add(&server.app, &operator(), "https://api.example", changes).await.unwrap();
    let form = "grant_type=client_credentials&resource=https://api.example";
    let meant = server.post("/token", &holder, form).await.json();
    let not_meant = server.token(&holder).await;

    let seen = server.introspect(&api, meant["access_token"].as_str().unwrap()).await;

    assert_eq!(seen["aud"], "https://api.example");
    assert!(!server.is_active(&api, &not_meant).await);
}

async fn a_disabled_client_takes_its_tokens_along(server: TestServer) {
    let client = server.machine("mailer", "read").await;
    let api = server.machine("api", "").await;
    let changes = ResourceServerChanges {
        is_default: Some(true),
        introspectors: Some(SpaceDelimited::parse("api")),
        ..ResourceServerChanges::default()
    };
    resource_servers::add(&server.app, &operator(), "https://api.example", changes).await.unwrap();
    let token = server.token(&client).await;
    let set = async |status| {
        clients::set_status(&server.app, &operator(), &client.id, status).await.unwrap()
    };

    let before = server.is_active(&api, &token).await;
    set(ClientStatus::Disabled).await;
    let disabled = server.is_active(&api, &token).await;
    set(ClientStatus::Active).await;
    let after = server.is_active(&api, &token).await;

    assert_eq!((before, disabled, after), (true, false, true));
}

async fn a_deleted_client_leaves_dead_tokens_even_if_its_name_comes_back(server: TestServer) {
    let client = server.machine("mailer", "read").await;
    let token = server.token(&client).await;
    let delete = ClientStatus::Deleted;
    clients::set_status(&server.app, &operator(), &client.id, delete).await.unwrap();

    let again = server.machine("mailer", "read").await;

    assert_ne!(again.secret, client.secret);
    assert!(!server.is_active(&again, &token).await);
    server
        .post("/introspect", &client, &format!("token={token}"))
        .await
        .assert_error(401, "invalid_client");
}

async fn a_public_client_may_not_introspect(server: TestServer) {
    server.client("app", ClientKind::Browser, ClientChanges::default()).await;

    let answer = server.post_form("/introspect", "client_id=app&token=x").await;

    answer.assert_error(401, "invalid_client");
}

async fn a_token_must_be_named(server: TestServer) {
    let client = server.machine("mailer", "read").await;

    server.post("/introspect", &client, "").await.assert_error(400, "invalid_request");
    server.post("/introspect", &client, "token=").await.assert_error(400, "invalid_request");
}

async fn introspection_writes_nothing_to_the_entry(server: TestServer) {
    let client = server.machine("mailer", "read").await;
    let token = server.token(&client).await;
    let row = async || {
        let listing = tessera::acts::tokens::Listing { limit: 10, ..Default::default() };
        format!("{:?}", tessera::acts::tokens::list(&server.app, &listing).await.unwrap())
    };
    let before = row().await;

    server.is_active(&client, &token).await;

    assert_eq!(row().await, before);
}

async fn an_altered_payload_is_never_answered_from(server: TestServer) {
    let client = server.machine("mailer", "read").await;
    let (one, two) = (server.token(&client).await, server.token(&client).await);
    let swap = "UPDATE tokens SET payload =
                    (SELECT payload FROM tokens ORDER BY entry_key LIMIT 1)";
    server.database().execute(swap).await;

    let mut answers = Vec::new();
    for token in [one, two] {
        answers.push(server.post("/introspect", &client, &format!("token={token}")).await);
    }

    // The row whose payload it is still answers; the one that was given another's does not.
    let statuses: Vec<_> = answers.iter().map(|answer| answer.status.as_u16()).collect();
    assert!(statuses.contains(&200) && statuses.contains(&500), "{statuses:?}");
    assert!(answers.iter().all(|answer| !answer.body.contains("unseal")));
}

async fn a_deleted_introspector_leaves_nothing_to_inherit(server: TestServer) {
    let holder = server.machine("mailer", "read").await;
    let api = server.machine("api", "").await;
    let changes = ResourceServerChanges {
        is_default: Some(true),
        introspectors: Some(SpaceDelimited::parse("api other")),
        ..ResourceServerChanges::default()
    };
    server.machine("other", "").await;
    resource_servers::add(&server.app, &operator(), "https://api.example", changes).await.unwrap();
    let token = server.token(&holder).await;
    assert!(server.is_active(&api, &token).await);

    let delete = ClientStatus::Deleted;
    clients::set_status(&server.app, &operator(), &api.id, delete).await.unwrap();
    let again = server.machine("api", "").await;

    assert!(!server.is_active(&again, &token).await);
    let left = resource_servers::find(&server.app, "https://api.example").await.unwrap();
    assert_eq!(left.introspectors.to_string(), "other");
}
