//! ID tokens that come with refreshed tokens tell of the sign-in of then.

use std::time::Duration;

use serde_json::{Value, json};
use tessera::model::{
    client::{Client, ClientKind},
    signature_algorithm::SignatureAlgorithm,
};

use super::id_token;
use crate::common::{TestClient, TestServer, on_each_engine};

on_each_engine!(
    a_refresh_brings_an_id_token_of_the_same_sign_in,
    a_retry_brings_the_very_same,
    a_refresh_that_asks_for_less_brings_none,
    a_client_whose_refresh_tokens_stay_gets_one_each_time,
);

/// The answer to a refresh, and what its ID token says.
async fn refreshed(server: &TestServer, client: &TestClient, token: &Value) -> (Value, Value) {
    let answer = server.try_refresh(client, token.as_str().unwrap(), "").await.json();
    let (_, claims) = server.verified(id_token(&answer), SignatureAlgorithm::Rs256).await;
    (answer, claims)
}

async fn a_refresh_brings_an_id_token_of_the_same_sign_in(server: TestServer) {
    let client = server.web("app", "openid read", ClientKind::Web).await;
    let ingrid = server.known("ingrid", &json!({"team": "north"})).await;
    let code = server
        .code_with(&client, &ingrid, |request| {
            request.nonce = Some("n-1".to_owned());
            request.claims.id_token = ["team".to_owned()].into();
        })
        .await;
    let first = server.redeem(&client, &code, "").await.json();
    let (_, before) = server.verified(id_token(&first), SignatureAlgorithm::Rs256).await;
    server.advance(Duration::from_mins(10));

    let (second, after) = refreshed(&server, &client, &first["refresh_token"]).await;
    let (_, last) = refreshed(&server, &client, &second["refresh_token"]).await;

    for claim in ["iss", "sub", "aud", "azp", "auth_time", "amr", "acr", "sid", "team"] {
        assert_eq!(after[claim], before[claim], "{claim}");
        assert!(!after[claim].is_null(), "{claim}");
    }
    let iat = |claims: &Value| claims["iat"].as_i64().unwrap();
    assert_eq!(iat(&after), iat(&before) + 600);
    assert!(before["nonce"] == "n-1" && after.get("nonce").is_none(), "{after}");
    assert!(after["at_hash"] != before["at_hash"] && last["jti"] != after["jti"]);
}

async fn a_retry_brings_the_very_same(server: TestServer) {
    let client = server.web("app", "openid", ClientKind::Browser).await;
    let ingrid = server.signed_in("ingrid").await;
    let code = server.code(&client, &ingrid).await;
    let first = server.redeem(&client, &code, "").await.json();
    let form = format!(
        "grant_type=refresh_token&refresh_token={}",
        first["refresh_token"].as_str().unwrap()
    );

    let second = server.post_as(&client, &form).await.json();
    let again = server.post_as(&client, &form).await.json();

    assert_eq!(again, second);
    assert!(id_token(&second) != id_token(&first));
}

async fn a_refresh_that_asks_for_less_brings_none(server: TestServer) {
    let client = server.web("app", "openid read", ClientKind::Web).await;
    let ingrid = server.signed_in("ingrid").await;
    let code = server.code(&client, &ingrid).await;
    let first = server.redeem(&client, &code, "").await.json();
    let token = first["refresh_token"].as_str().unwrap();

    let less = server.try_refresh(&client, token, "&scope=read").await.json();
    let (_, claims) = refreshed(&server, &client, &less["refresh_token"]).await;

    assert!(less.get("id_token").is_none(), "{less}");
    assert_eq!(claims["sub"], ingrid.user_id.to_string());
}

async fn a_client_whose_refresh_tokens_stay_gets_one_each_time(server: TestServer) {
    let client = server.web("app", "openid", ClientKind::Web).await;
    server.change_client(&client, |client: &mut Client| client.refresh_rotate = Some(false)).await;
    let ingrid = server.signed_in("ingrid").await;
    let code = server.code(&client, &ingrid).await;
    let first = server.redeem(&client, &code, "").await.json();

    for _ in 0..2 {
        let (answer, claims) = refreshed(&server, &client, &first["refresh_token"]).await;
        assert_eq!(answer["refresh_token"], first["refresh_token"]);
        assert_eq!(claims["sid"], ingrid.session.session_id.to_string());
    }
}
