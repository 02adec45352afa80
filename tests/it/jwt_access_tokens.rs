//! JWT access tokens (RFC 9068), their keys and the JWK set (RFC 7517).

use std::time::Duration;

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use jsonwebtoken::{DecodingKey, jwk::JwkSet};
use serde_json::{Value, json};
use tessera::{
    acts::clients::ClientChanges,
    model::{
        client::ClientKind, signature_algorithm::SignatureAlgorithm, token_format::TokenFormat,
    },
    tokens::{claims::AccessTokenClaims, jwt},
};

use crate::common::{TestClient, TestServer, on_each_engine};

on_each_engine!(
    each_algorithm_makes_tokens_that_its_published_key_verifies,
    header_and_claims_are_those_of_the_profile,
    the_server_may_make_jwts_for_all,
    a_jwt_has_an_entry_and_no_payload,
    a_forged_or_altered_jwt_is_inactive,
    an_expired_jwt_is_inactive,
    a_jwt_whose_entry_is_gone_is_inactive,
    public_keys_are_complete_and_private_ones_absent,
    keys_survive_a_restart,
);

async fn jwt_client(server: &TestServer, name: &str, by: SignatureAlgorithm) -> TestClient {
    let changes = ClientChanges {
        access_format: Some(Some(TokenFormat::Jwt)),
        access_algorithm: Some(Some(by)),
        scope: Some(tessera::model::scope::Scope::parse("read").unwrap()),
        ..ClientChanges::default()
    };
    server.client(name, ClientKind::Machine, changes).await
}

fn part(token: &str, number: usize) -> Value {
    let part = token.split('.').nth(number).unwrap();
    serde_json::from_slice(&URL_SAFE_NO_PAD.decode(part).unwrap()).unwrap()
}

async fn each_algorithm_makes_tokens_that_its_published_key_verifies(server: TestServer) {
    for algorithm in SignatureAlgorithm::ALL {
        let client = jwt_client(&server, &algorithm.as_str().to_lowercase(), *algorithm).await;

        let token = server.token(&client).await;

        let keys: JwkSet = serde_json::from_str(&server.get("/jwks.json", &[]).await.body).unwrap();
        let header = jwt::header(&token).unwrap();
        let key = DecodingKey::from_jwk(keys.find(&header.kid.unwrap()).unwrap()).unwrap();
        let claims: AccessTokenClaims = jwt::verify(&token, &key, (*algorithm).into()).unwrap();
        assert_eq!(claims.sub, client.id.as_str());
        assert!(server.is_active(&client, &token).await);
    }
}

async fn header_and_claims_are_those_of_the_profile(server: TestServer) {
    let client = jwt_client(&server, "mailer", SignatureAlgorithm::Es256).await;

    let token = server.token(&client).await;

    let (header, claims) = (part(&token, 0), part(&token, 1));
    let now = server.now().seconds();
    assert_eq!(header["typ"], "at+jwt");
    assert_eq!(header["alg"], "ES256");
    assert!(header["kid"].is_string());
    assert_eq!(
        claims,
        json!({
            "iss": "https://id.example", "sub": "mailer", "aud": "https://id.example",
            "client_id": "mailer", "scope": "read", "iat": now, "exp": now + 3600,
            "jti": claims["jti"],
        })
    );
    assert_eq!(server.introspect(&client, &token).await["jti"], claims["jti"]);
}

async fn the_server_may_make_jwts_for_all(server: TestServer) {
    let client = server.machine("mailer", "read").await;
    let reference = server.token(&client).await;

    let server = server.restarted(|config| config.tokens.access.format = TokenFormat::Jwt).await;
    let token = server.token(&client).await;

    assert_eq!(part(&token, 0)["typ"], "at+jwt");
    assert!(server.is_active(&client, &token).await);
    assert!(server.is_active(&client, &reference).await, "what was issued before stays good");
}

async fn a_jwt_has_an_entry_and_no_payload(server: TestServer) {
    let client = jwt_client(&server, "mailer", SignatureAlgorithm::EdDsa).await;
    server.token(&client).await;

    let listing = tessera::acts::tokens::Listing { limit: 10, ..Default::default() };
    let entries = tessera::acts::tokens::list(&server.app, &listing).await.unwrap().entries;

    assert_eq!(entries.len(), 1);
    assert_eq!(entries[0].entry.payload, None);
    assert_eq!(entries[0].entry.reference_hash, None);
}

async fn a_forged_or_altered_jwt_is_inactive(server: TestServer) {
    let client = jwt_client(&server, "mailer", SignatureAlgorithm::Es256).await;
    let token = server.token(&client).await;
    let parts: Vec<_> = token.split('.').collect();
    let encode = |value: &Value| URL_SAFE_NO_PAD.encode(value.to_string());
    let mut header = part(&token, 0);
    header["alg"] = json!("none");
    let mut claims = part(&token, 1);
    claims["client_id"] = json!("other");
    let mut other_type = part(&token, 0);
    other_type["typ"] = json!("JWT");

    for forged in [
        format!("{}.{}.", encode(&header), parts[1]),
        format!("{}.{}.{}", parts[0], encode(&claims), parts[2]),
        format!("{}.{}.{}", encode(&other_type), parts[1], parts[2]),
        format!("{}.{}.{}A", parts[0], parts[1], parts[2]),
        format!("{}.{}.", parts[0], parts[1]),
        format!(".{}.{}", parts[1], parts[2]),
    ] {
        assert!(!server.is_active(&client, &forged).await, "{forged}");
    }
    assert!(server.is_active(&client, &token).await);
}

async fn an_expired_jwt_is_inactive(server: TestServer) {
    let client = jwt_client(&server, "mailer", SignatureAlgorithm::Es256).await;
    let token = server.token(&client).await;

    server.advance(Duration::from_hours(1));

    assert!(!server.is_active(&client, &token).await);
}

async fn a_jwt_whose_entry_is_gone_is_inactive(server: TestServer) {
    let client = jwt_client(&server, "mailer", SignatureAlgorithm::Es256).await;
    let token = server.token(&client).await;

    server.database().execute("DELETE FROM tokens").await;

    assert!(!server.is_active(&client, &token).await);
}

async fn public_keys_are_complete_and_private_ones_absent(server: TestServer) {
    for algorithm in SignatureAlgorithm::ALL {
        jwt_client(&server, &algorithm.as_str().to_lowercase(), *algorithm).await;
    }

    let answer = server.get("/jwks.json", &[]).await;

    let keys = answer.json();
    assert_eq!(answer.header("content-type"), Some("application/json"));
    assert_eq!(keys["keys"].as_array().unwrap().len(), SignatureAlgorithm::ALL.len());
    for key in keys["keys"].as_array().unwrap() {
        for member in ["kid", "alg", "use", "kty"] {
            assert!(key[member].is_string(), "{member} of {key}");
        }
        for private in ["d", "p", "q", "dp", "dq", "qi", "k"] {
            assert!(key.get(private).is_none(), "{private} of {key}");
        }
    }
}

async fn keys_survive_a_restart(server: TestServer) {
    let client = jwt_client(&server, "mailer", SignatureAlgorithm::Rs256).await;
    let token = server.token(&client).await;
    let before = server.get("/jwks.json", &[]).await.body;

    let server = server.restarted(|_| ()).await;

    assert_eq!(server.get("/jwks.json", &[]).await.body, before);
    assert!(server.is_active(&client, &token).await);
}
