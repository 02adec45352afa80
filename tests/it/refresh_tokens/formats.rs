//! References and JWTs, and that neither is taken for an access token.

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use serde_json::Value;
use tessera::model::{client::ClientKind, token_format::TokenFormat};

use crate::common::{TestServer, on_each_engine};

on_each_engine!(
    a_jwt_is_refreshed_as_a_reference_is,
    the_two_formats_are_chosen_apart,
    a_jwt_holds_only_as_it_was_issued,
    neither_is_taken_for_the_other_sort,
    a_withdrawn_signing_key_ends_no_family,
);

fn part(jwt: &str, number: usize) -> Value {
    let part = jwt.split('.').nth(number).unwrap();
    serde_json::from_slice(&URL_SAFE_NO_PAD.decode(part).unwrap()).unwrap()
}

async fn with_jwts(server: TestServer) -> TestServer {
    server.restarted(|config| config.tokens.refresh.format = TokenFormat::Jwt).await
}

async fn a_jwt_is_refreshed_as_a_reference_is(server: TestServer) {
    let server = with_jwts(server).await;
    let client = server.application("app", "read", ClientKind::Web).await;

    let first = server.begin(&client, "").await;
    let second = server.refresh(&client, &first.refresh).await;
    let again = server.refresh(&client, &first.refresh).await;

    assert_eq!((&again.refresh, &again.access), (&second.refresh, &second.access));
    let (header, claims) = (part(&first.refresh, 0), part(&first.refresh, 1));
    assert_eq!((&header["typ"], &claims["aud"]), (&"rt+jwt".into(), &claims["iss"]));
    assert_eq!(claims["exp"].as_i64().unwrap() - claims["iat"].as_i64().unwrap(), 14 * 86_400);
    assert!(server.is_active(&client, &second.refresh).await);
    server.post("/revoke", &client, &format!("token={}", second.refresh)).await;
    assert!(!server.is_active(&client, &second.refresh).await);
    assert!(!server.is_active(&client, &second.access).await);
}

async fn the_two_formats_are_chosen_apart(server: TestServer) {
    let mut server = server;
    for (access, refresh) in
        [(TokenFormat::Reference, TokenFormat::Jwt), (TokenFormat::Jwt, TokenFormat::Reference)]
    {
        server = server
            .restarted(|config| {
                config.tokens.access.format = access;
                config.tokens.refresh.format = refresh;
            })
            .await;
        let client = server.application(&format!("app-{access}"), "read", ClientKind::Web).await;

        let pair = server.begin(&client, "").await;
        let next = server.refresh(&client, &pair.refresh).await;

        for (token, format) in [
            (&pair.access, access),
            (&pair.refresh, refresh),
            (&next.access, access),
            (&next.refresh, refresh),
        ] {
            let length = if format == TokenFormat::Reference { 43 } else { token.len() };
            assert_eq!(token.len(), length);
            assert_eq!(token.contains('.'), format == TokenFormat::Jwt, "{token}");
        }
    }
}

async fn a_jwt_holds_only_as_it_was_issued(server: TestServer) {
    let server = with_jwts(server).await;
    let client = server.application("app", "read", ClientKind::Web).await;
    let token = server.begin(&client, "").await.refresh;
    let parts: Vec<&str> = token.split('.').collect();
    let mut claims = part(&token, 1);
    claims["scope"] = "read write".into();
    let claims = URL_SAFE_NO_PAD.encode(claims.to_string());
    let bare = URL_SAFE_NO_PAD.encode(r#"{"alg":"none","typ":"rt+jwt"}"#);

    for forged in [
        [parts[0], &claims, parts[2]].join("."),
        [parts[0], parts[1], &parts[2].chars().rev().collect::<String>()].join("."),
        [&bare, parts[1], ""].join("."),
        [parts[0], parts[1], ""].join("."),
    ] {
        let answer = server.try_refresh(&client, &forged, "").await;
        answer.assert_error(400, "invalid_grant");
    }
    server.refresh(&client, &token).await;
}

async fn neither_is_taken_for_the_other_sort(server: TestServer) {
    for format in [TokenFormat::Reference, TokenFormat::Jwt] {
        let name = format!("app-{format}");
        let client = server.application(&name, "read", ClientKind::Web).await;
        let sql = format!(
            "UPDATE clients SET refresh_format = '{format}', access_format = '{format}'
             WHERE client_id = '{name}'"
        );
        server.database().execute(&sql).await;
        let api = server.introspector(&format!("api-{format}"), "read").await;
        let pair = server.begin(&client, "").await;

        server.try_refresh(&client, &pair.access, "").await.assert_error(400, "invalid_grant");
        assert!(server.is_active(&api, &pair.access).await);
        assert!(!server.is_active(&api, &pair.refresh).await);
        let bearer = format!("Bearer {}", pair.refresh);
        let answer = server.get("/tokens?type=x", &[("authorization", &bearer)]).await;
        answer.assert_problem(401, "invalid_token");
        server.refresh(&client, &pair.refresh).await;
    }
}

async fn a_withdrawn_signing_key_ends_no_family(server: TestServer) {
    let server = with_jwts(server).await;
    let client = server.application("app", "read", ClientKind::Web).await;
    let pair = server.begin(&client, "").await;

    server.database().execute("UPDATE signing_keys SET state = 'revoked'").await;
    let server = server.restarted(|_| ()).await;

    server.refresh(&client, &pair.refresh).await;
}
