//! What stands in a JWT, and what it is signed with.

use std::time::Duration;

use jsonwebtoken::{Algorithm, DecodingKey};
use serde_json::{Value, json};
use tessera::{config, model::user_jwt::ScopesShape, tokens::jwt::verify};

use super::{alice, jwt, section};
use crate::common::{
    TestServer, on_each_engine,
    people::{JWT_SECRET, bearer, opened},
};

on_each_engine!(
    b03_hs256_signs_and_a_secret_of_another_letter_does_not_verify,
    b04_the_subject_is_realm_and_name,
    b05_it_lives_for_as_long_as_was_set,
    b07_an_audience_that_is_set_is_left_out_where_that_is_wanted,
    b08_roles_keep_their_order_and_scopes_are_there_if_any,
    b11_scopes_are_what_the_documentation_says_or_what_the_code_makes_of_them,
    b12_nothing_stands_there_but_what_is_documented,
    b13_an_audience_is_said_and_looked_at,
);

/// The moment of the example in the documentation, in seconds.
const THEN: i64 = 1_704_063_600;

/// The person of the example in the documentation.
const ALICE: &str = "{ username = 'alice', realm = 'internal', roles = ['admin', 'developer'], \
     password = { value = 'correct horse' }, scope = 'read write', \
     attributes = { department = 'engineering', team = 'platform' } }";

/// A server with these settings, to which that person is known.
async fn with(server: TestServer, settings: &str) -> TestServer {
    let server = server.signing(jwt(settings)).await;
    server.people(&[ALICE]).await;
    server
}

async fn claims(server: &TestServer) -> Value {
    opened(&server.jwt_of(&alice()).await).1
}

async fn b03_hs256_signs_and_a_secret_of_another_letter_does_not_verify(server: TestServer) {
    let server = with(server, "").await;

    let token = server.jwt_of(&alice()).await;

    assert_eq!(opened(&token).0["alg"], "HS256");
    let verified = |secret: &str| {
        let key = DecodingKey::from_secret(secret.as_bytes());
        verify::<Value>(&token, &key, Algorithm::HS256).is_ok()
    };
    assert!(verified(JWT_SECRET));
    for at in 0..JWT_SECRET.len() {
        let mut secret = JWT_SECRET.to_owned();
        secret.replace_range(at..=at, "x");
        assert!(!verified(&secret), "{secret}");
    }
}

async fn b04_the_subject_is_realm_and_name(server: TestServer) {
    let server = with(server, "").await;

    let claims = claims(&server).await;

    let said = (&claims["sub"], &claims["username"], &claims["realm"]);
    assert_eq!(said, (&json!("internal-alice"), &json!("alice"), &json!("internal")));
}

/// The whole example of the documentation, at its own moment. `scope` is ours.
async fn b05_it_lives_for_as_long_as_was_set(server: TestServer) {
    let server = with(server, "").await;
    server.rewind(Duration::from_secs(u64::try_from(server.now().seconds() - THEN).unwrap()));

    let mut claims = claims(&server).await;

    assert_eq!(claims.as_object_mut().unwrap().remove("scope"), Some(json!("read write")));
    let expected = json!({
        "sub": "internal-alice",
        "iss": "auth-o-tron.example.com",
        "exp": 1_704_067_200,
        "iat": 1_704_063_600,
        "roles": ["admin", "developer"],
        "username": "alice",
        "realm": "internal",
        "scopes": ["read", "write"],
        "attributes": {"department": "engineering", "team": "platform"},
    });
    assert_eq!(claims, expected);
}

async fn b07_an_audience_that_is_set_is_left_out_where_that_is_wanted(server: TestServer) {
    let server = with(server, "aud = 'my-application'\nemit_aud = false").await;

    assert_eq!(claims(&server).await.get("aud"), None);
}

async fn b08_roles_keep_their_order_and_scopes_are_there_if_any(server: TestServer) {
    let server = with(server, "").await;
    let first = claims(&server).await;
    server
        .people(&["{ username = 'alice', realm = 'internal', scope = '', attributes = {}, \
            roles = ['zebra', 'admin', 'mule'] }"])
        .await;

    let second = claims(&server).await;

    assert_eq!(first["scopes"], json!(["read", "write"]));
    assert_eq!(second["roles"], json!(["zebra", "admin", "mule"]));
    assert_eq!((second.get("scopes"), &second["attributes"]), (None, &json!({})));
}

async fn b11_scopes_are_what_the_documentation_says_or_what_the_code_makes_of_them(
    server: TestServer,
) {
    let mapped = server.restarted(|config| {
        let text = section("scopes_shape = 'map'");
        let read = config::parse(Some(("config.toml", &text)), []).unwrap().config;
        (config.jwt, config.scopes_shape) = (read.jwt, read.scopes_shape);
    });
    let server = mapped.await;
    server.people(&[ALICE]).await;
    let person =
        |scope: &str| format!("{{ username = 'alice', realm = 'internal', scope = '{scope}' }}");

    server.people(&[&person("mars:read mars:write")]).await;
    assert_eq!(claims(&server).await["scopes"], json!({"mars": ["read", "write"]}));
    server.people(&[&person("")]).await;
    assert_eq!(claims(&server).await["scopes"], json!({}));

    let server = server.restarted(|config| config.scopes_shape = ScopesShape::Array).await;
    server.people(&[&person("mars:read mars:write")]).await;
    assert_eq!(claims(&server).await["scopes"], json!(["mars:read", "mars:write"]));
}

/// An end among the attributes is said twice, as there. No second is given beyond it, unlike there;
/// how long a secret must be is said at line 9.
async fn b12_nothing_stands_there_but_what_is_documented(server: TestServer) {
    let server = with(server, "").await;
    let end = server.now().seconds() + 60;
    let ending = ALICE.replace("department", &format!("exp = '{end}', department"));
    server.people(&[&ending]).await;

    let token = server.jwt_of(&alice()).await;

    let (header, claims) = opened(&token);
    assert_eq!(header, json!({"alg": "HS256", "typ": "JWT"}));
    let mut names: Vec<_> = claims.as_object().unwrap().keys().map(String::as_str).collect();
    names.sort_unstable();
    let documented =
        ["attributes", "exp", "iat", "iss", "realm", "roles", "scope", "scopes", "sub", "username"];
    assert_eq!(names, documented);
    assert_eq!(
        (&claims["exp"], &claims["attributes"]["exp"]),
        (&json!(end), &end.to_string().into())
    );
    assert_eq!(claims["roles"], json!(["admin", "developer"]), "no role is made up");
    server.advance(Duration::from_mins(1));
    assert_eq!(server.authenticate(&bearer(&token)).await.status, 401);
}

async fn b13_an_audience_is_said_and_looked_at(server: TestServer) {
    let server = with(server, "aud = 'my-application'").await;
    let (token, said) = (server.jwt_of(&alice()).await, claims(&server).await);
    assert_eq!(said["aud"], "my-application");
    assert_eq!(server.authenticate(&bearer(&token)).await.status, 200);

    let server = server.signing(jwt("aud = 'another-application'")).await;

    server.authenticate(&bearer(&token)).await.assert_error(401, "invalid_credentials");
}
