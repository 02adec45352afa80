//! `POST /revoke` (RFC 7009).

use axum::http::StatusCode;
use tessera::{acts::clients::ClientChanges, model::client::ClientKind};

use crate::common::{Engine, TestDatabase, TestServer, on_each_engine};

on_each_engine!(
    a_revoked_token_is_inactive_at_the_next_look,
    unknown_foreign_and_repeated_are_all_200,
    a_token_must_be_named_for_revocation,
    a_wrong_hint_changes_nothing,
    a_jwt_is_revocable_too,
    a_public_client_may_revoke,
    the_end_is_explained_and_the_payload_gone,
);

async fn a_revoked_token_is_inactive_at_the_next_look(server: TestServer) {
    let client = server.machine("mailer", "read").await;
    let (token, other) = (server.token(&client).await, server.token(&client).await);

    let answer = server.post("/revoke", &client, &format!("token={token}")).await;

    assert_eq!((answer.status, answer.body.as_str()), (StatusCode::OK, ""));
    assert!(!server.is_active(&client, &token).await);
    assert!(server.is_active(&client, &other).await);
}

async fn unknown_foreign_and_repeated_are_all_200(server: TestServer) {
    let holder = server.machine("mailer", "read").await;
    let thief = server.machine("thief", "read").await;
    let token = server.token(&holder).await;

    for string in [token.as_str(), "unknown", "a.b.c", "%00"] {
        let answer = server.post("/revoke", &thief, &format!("token={string}")).await;
        assert_eq!((answer.status, answer.body.as_str()), (StatusCode::OK, ""), "{string}");
    }
    assert!(server.is_active(&holder, &token).await);
    for _ in 0..2 {
        let answer = server.post("/revoke", &holder, &format!("token={token}")).await;
        assert_eq!(answer.status, StatusCode::OK);
    }
}

async fn a_token_must_be_named_for_revocation(server: TestServer) {
    let client = server.machine("mailer", "read").await;

    server.post("/revoke", &client, "").await.assert_error(400, "invalid_request");
    server.post_form("/revoke", "token=x").await.assert_error(401, "invalid_client");
}

async fn a_wrong_hint_changes_nothing(server: TestServer) {
    let client = server.machine("mailer", "read").await;
    for hint in ["refresh_token", "nonsense"] {
        let token = server.token(&client).await;

        server.post("/revoke", &client, &format!("token={token}&token_type_hint={hint}")).await;

        assert!(!server.is_active(&client, &token).await, "{hint}");
    }
}

async fn a_jwt_is_revocable_too(server: TestServer) {
    let changes = ClientChanges {
        access_format: Some(Some(tessera::model::token_format::TokenFormat::Jwt)),
        ..ClientChanges::default()
    };
    let client = server.client("mailer", ClientKind::Machine, changes).await;
    let token = server.token(&client).await;

    let before = server.is_active(&client, &token).await;
    server.post("/revoke", &client, &format!("token={token}")).await;

    assert!(before && !server.is_active(&client, &token).await);
}

async fn a_public_client_may_revoke(server: TestServer) {
    server.client("app", ClientKind::Native, ClientChanges::default()).await;

    let answer = server.post_form("/revoke", "client_id=app&token=unknown").await;

    assert_eq!(answer.status, StatusCode::OK);
}

async fn the_end_is_explained_and_the_payload_gone(server: TestServer) {
    let client = server.machine("mailer", "read").await;
    let token = server.token(&client).await;

    server.post("/revoke", &client, &format!("token={token}")).await;

    let secret = tessera::model::secret::Secret::new(token);
    let found = tessera::acts::tokens::inspect(&server.app, &secret).await.unwrap().unwrap();
    let entry = &found.found.entry;
    assert_eq!(entry.ended_at, Some(server.now()));
    assert_eq!(entry.ended_by.as_deref(), Some("client:mailer"));
    assert_eq!(entry.end_reason.as_deref(), Some("POST /revoke"));
    assert_eq!(entry.payload, None);
}

#[tokio::test]
async fn two_servers_on_one_database_agree() {
    let one = TestServer::on(Engine::Postgres).await;
    let two = one.neighbour().await;
    let database: TestDatabase = one.database();
    let client = one.machine("mailer", "read").await;
    let token = one.token(&client).await;

    let seen = two.is_active(&client, &token).await;
    two.post("/revoke", &client, &format!("token={token}")).await;

    assert!(seen);
    assert!(!one.is_active(&client, &token).await && !two.is_active(&client, &token).await);
    database.remove().await;
}
