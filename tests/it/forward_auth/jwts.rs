//! What a JWT for a person says, and what signs it.

use std::time::Duration;

use axum::http::Method;
use jsonwebtoken::{Algorithm, DecodingKey, jwk::JwkSet};
use serde_json::{Value, json};
use tessera::{
    config::{Jwt, JwtSignature},
    model::{signature_algorithm::SignatureAlgorithm, user_jwt::ScopesShape},
    tokens::jwt::verify,
};

use super::alice;
use crate::common::{
    TestServer, on_each_engine,
    people::{JWT_SECRET, basic, bearer, jwt, opened, secrets},
};

on_each_engine!(
    by_hs256_it_is_what_auth_o_tron_signs,
    by_default_our_own_key_signs_and_is_published,
    an_audience_is_said_where_one_is_set,
    attributes_only_shorten_its_life,
    claims_and_scopes_stand_in_it,
    it_says_what_is_so_now,
    it_is_taken_again_and_never_outlives_itself,
    it_never_outlives_the_token_that_it_was_made_for,
    it_never_outlives_a_token_that_uses_keep_alive,
    it_never_outlives_a_token_that_rests_too_long,
    of_two_secrets_the_first_signs_and_both_verify,
    once_the_tokens_of_its_user_were_ended_it_is_taken_no_more,
);

async fn by_hs256_it_is_what_auth_o_tron_signs(server: TestServer) {
    let server = server.signing(jwt()).await;
    server.alice().await;

    let jwt = server.jwt_of(&alice()).await;

    let now = server.now().seconds();
    let (header, claims) = opened(&jwt);
    assert_eq!(header, json!({"alg": "HS256", "typ": "JWT"}));
    let expected = json!({
        "sub": "internal-alice",
        "iss": "auth-o-tron.example.com",
        "iat": now,
        "exp": now + 3600,
        "roles": ["admin", "developer"],
        "username": "alice",
        "realm": "internal",
        "scope": "read write",
        "scopes": ["read", "write"],
        "attributes": {"department": "engineering"},
    });
    assert_eq!(claims, expected);
    let verified = |secret: &str| {
        verify::<Value>(&jwt, &DecodingKey::from_secret(secret.as_bytes()), Algorithm::HS256)
    };
    assert_eq!(verified(JWT_SECRET).unwrap(), expected);
    assert!(verified(&JWT_SECRET.replace('f', "F")).is_err());
    assert_eq!(server.jwt_of(&alice()).await, jwt, "within a second it is the same");
    server.advance(Duration::from_secs(1));
    assert_eq!(opened(&server.jwt_of(&alice()).await).1["iat"], now + 1);
}

async fn by_default_our_own_key_signs_and_is_published(server: TestServer) {
    let signature = JwtSignature::Key(SignatureAlgorithm::EdDsa);
    let server = server.signing(Jwt { signature, ..jwt() }).await;
    server.alice().await;

    let jwt = server.jwt_of(&alice()).await;

    let (header, _) = opened(&jwt);
    assert_eq!((&header["alg"], &header["typ"]), (&json!("EdDSA"), &json!("JWT")));
    let published: JwkSet =
        serde_json::from_value(server.get("/jwks.json", &[]).await.json()).unwrap();
    let key = published.find(header["kid"].as_str().unwrap()).unwrap();
    let claims: Value =
        verify(&jwt, &DecodingKey::from_jwk(key).unwrap(), Algorithm::EdDSA).unwrap();
    assert_eq!(claims["username"], "alice");
    assert_eq!(server.authenticate(&bearer(&jwt)).await.status, 200);
}

async fn an_audience_is_said_where_one_is_set(server: TestServer) {
    let audience = Some("my-application".to_owned());
    let server = server.signing(Jwt { audience, ..jwt() }).await;
    server.alice().await;

    let jwt = server.jwt_of(&alice()).await;

    assert_eq!(opened(&jwt).1["aud"], "my-application");
    assert_eq!(server.authenticate(&bearer(&jwt)).await.status, 200);
    let server = server.signing(crate::common::people::jwt()).await;
    assert!(opened(&server.jwt_of(&alice()).await).1.get("aud").is_none());
}

fn with_attributes(attributes: &str) -> String {
    format!(
        "{{ username = 'alice', realm = 'internal', attributes = {{ {attributes} }}, \
         password = {{ value = 'correct horse' }} }}"
    )
}

async fn attributes_only_shorten_its_life(server: TestServer) {
    let server = server.signing(jwt()).await;
    let now = server.now().seconds();
    for (attributes, life) in [
        (format!("exp = '{}'", now + 60), 60),
        (format!("exp = {}", now + 7200), 3600),
        ("max_ttl = '15m'".to_owned(), 900),
        (format!("max_ttl = '15m', exp = '{}'", now + 1), 1),
    ] {
        server.people(&[&with_attributes(&attributes)]).await;

        let (_, claims) = opened(&server.jwt_of(&alice()).await);

        assert_eq!(claims["exp"], now + life, "{attributes}");
        let first = attributes.split(' ').next().unwrap();
        assert!(!claims["attributes"][first].is_null(), "attributes stand there as they are");
    }
}

async fn claims_and_scopes_stand_in_it(server: TestServer) {
    let server = server.restarted(|config| config.scopes_shape = ScopesShape::Map).await;
    let server = server.signing(jwt()).await;
    server
        .people(&["{ username = 'alice', realm = 'internal', scope = 'mars:read mars:write x', \
            password = { value = 'correct horse' }, \
            claims = { email = 'a@example.com', address = { country = 'NO' } } }"])
        .await;

    let (_, claims) = opened(&server.jwt_of(&alice()).await);

    assert_eq!(claims["email"], "a@example.com");
    assert_eq!(claims["address"], json!({"country": "NO"}));
    assert_eq!(claims["scopes"], json!({"mars": ["read", "write"], "": ["x"]}));
    assert_eq!(claims["scope"], "mars:read mars:write x");
    assert_eq!((&claims["roles"], &claims["attributes"]), (&json!([]), &json!({})));
}

async fn it_says_what_is_so_now(server: TestServer) {
    let server = server.signing(jwt()).await;
    server.alice().await;
    let token = server.personal(&alice()).await;
    let token = bearer(token["token"].as_str().unwrap());
    let jwt = bearer(&server.jwt_of(&token).await);

    server.people(&["{ username = 'alice', realm = 'internal', roles = ['reader'] }"]).await;

    for presented in [&token, &jwt, &alice()] {
        let (_, claims) = opened(&server.jwt_of(presented).await);
        assert_eq!((&claims["roles"], &claims["scope"]), (&json!(["reader"]), &json!("")));
    }
}

async fn it_is_taken_again_and_never_outlives_itself(server: TestServer) {
    let server = server.signing(jwt()).await;
    server.alice().await;
    let first = server.jwt_of(&alice()).await;
    let end = server.now().seconds() + 3600;

    server.advance(Duration::from_mins(30));
    let second = server.jwt_of(&bearer(&first)).await;
    server.advance(Duration::from_secs(1799));
    let third = server.jwt_of(&bearer(&second)).await;

    assert_eq!(opened(&second).1["exp"], end);
    assert_eq!(opened(&third).1["exp"], end);
    server.advance(Duration::from_secs(1));
    for jwt in [first, second, third] {
        server.authenticate(&bearer(&jwt)).await.assert_error(401, "invalid_credentials");
    }
}

async fn it_never_outlives_the_token_that_it_was_made_for(server: TestServer) {
    let server = server.signing(jwt()).await;
    server.alice().await;

    for (lives, expected) in [(60, 60), (7200, 3600)] {
        let asked = json!({"type": "personal", "expires_in": lives});
        let made = server.ask_as(&alice(), Method::POST, "/tokens", asked).await;
        let token = made.json()["token"].as_str().unwrap().to_owned();

        let (_, claims) = opened(&server.jwt_of(&bearer(&token)).await);

        let life = claims["exp"].as_i64().unwrap() - claims["iat"].as_i64().unwrap();
        assert_eq!(life, expected);
    }
}

/// A token of alice, whose type has these rules from now on.
async fn ruled(server: &TestServer, rules: &str) -> String {
    server.define(&format!("token_types = [{{ name = 'personal', rules = [{rules}] }}]")).await;
    let made = server.personal(&alice()).await;
    bearer(made["token"].as_str().unwrap())
}

/// The JWT that somebody gets, and for how many seconds it lives.
async fn with_life(server: &TestServer, authorization: &str) -> (String, i64) {
    let jwt = server.jwt_of(authorization).await;
    let (_, claims) = opened(&jwt);
    (bearer(&jwt), claims["exp"].as_i64().unwrap() - claims["iat"].as_i64().unwrap())
}

async fn it_never_outlives_a_token_that_uses_keep_alive(server: TestServer) {
    let rules = "{ type = 'Expiry', expiry_time = '60s' }, \
                 { type = 'Sliding', extend_by = '90s', max_lifetime = '200s' }";
    let server = server.signing(jwt()).await;
    server.alice().await;
    let token = ruled(&server, rules).await;

    // Each use has moved its end, at last as far as that may go.
    for expected in [90, 90, 80] {
        assert_eq!(with_life(&server, &token).await.1, expected);
        server.advance(Duration::from_mins(1));
    }
    let made = server.personal(&token).await;
    assert_eq!(made["expires_in"], 20, "what can be ended may live as long as the token can");
    let (jwt, life) = with_life(&server, &token).await;
    assert_eq!(life, 20);
    server.advance(Duration::from_secs(19));
    assert_eq!(server.authenticate(&jwt).await.status, 200);
    server.advance(Duration::from_secs(1));

    for over in [token, jwt] {
        server.authenticate(&over).await.assert_error(401, "invalid_credentials");
    }
}

async fn it_never_outlives_a_token_that_rests_too_long(server: TestServer) {
    let server = server.signing(jwt()).await;
    server.alice().await;
    for (others, lives) in [
        // A use within a minute of the last one is not noted.
        ("", [600, 570, 600]),
        (", { type = 'UseCount', max_use_count = 9 }", [600, 600, 600]),
        (", { type = 'Expiry', expiry_time = '615s' }", [600, 570, 555]),
    ] {
        let rules = format!("{{ type = 'Idle', max_idle = '10m' }}{others}");
        let token = ruled(&server, &rules).await;
        for expected in lives {
            assert_eq!(with_life(&server, &token).await.1, expected, "{others}");
            server.advance(Duration::from_secs(30));
        }
        let (jwt, life) = with_life(&server, &token).await;
        server.advance(Duration::from_secs(u64::try_from(life).unwrap()));
        for over in [token, jwt] {
            server.authenticate(&over).await.assert_error(401, "invalid_credentials");
        }
    }
}

async fn of_two_secrets_the_first_signs_and_both_verify(server: TestServer) {
    let other = "another secret of thirty-two bytes";
    let server = server.signing(jwt()).await;
    server.alice().await;
    let old = server.jwt_of(&alice()).await;

    let signature = secrets(&[other, JWT_SECRET]);
    let server = server.signing(Jwt { signature, ..jwt() }).await;
    let new = server.jwt_of(&alice()).await;

    let key = DecodingKey::from_secret(other.as_bytes());
    assert!(verify::<Value>(&new, &key, Algorithm::HS256).is_ok());
    for jwt in [&old, &new] {
        assert_eq!(server.authenticate(&bearer(jwt)).await.status, 200);
    }
    let server = server.signing(Jwt { signature: secrets(&[other]), ..jwt() }).await;
    server.authenticate(&bearer(&old)).await.assert_error(401, "invalid_credentials");
    assert_eq!(server.authenticate(&bearer(&new)).await.status, 200);
}

async fn once_the_tokens_of_its_user_were_ended_it_is_taken_no_more(server: TestServer) {
    let server = server.signing(jwt()).await;
    server.alice().await;
    let jwt = bearer(&server.jwt_of(&alice()).await);
    assert_eq!(server.authenticate(&jwt).await.status, 200);
    let disabled =
        |is: bool| format!("{{ username = 'alice', realm = 'internal', disabled = {is} }}");

    server.people(&[&disabled(true)]).await;
    server.authenticate(&jwt).await.assert_error(401, "invalid_credentials");
    server.people(&[&disabled(false)]).await;

    server.authenticate(&jwt).await.assert_error(401, "invalid_credentials");
    server.advance(Duration::from_secs(1));
    let again = server.jwt_of(&basic("alice", "correct horse")).await;
    assert_eq!(server.authenticate(&bearer(&again)).await.status, 200);
}
