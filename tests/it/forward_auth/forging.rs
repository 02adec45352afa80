//! What is none of a person's: forged JWTs, and tokens in the wrong place.

use aws_lc_rs::hmac;
use axum::http::Method;
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use serde_json::{Value, json};
use tessera::{
    config::{Jwt, JwtSignature},
    model::{signature_algorithm::SignatureAlgorithm, token_format::TokenFormat},
};

use super::alice;
use crate::common::{
    TestServer, on_each_engine,
    people::{JWT_SECRET, bearer, jwt, opened},
    server::ISSUER,
};

on_each_engine!(
    a_forged_jwt_says_nothing,
    no_public_key_is_taken_for_a_secret,
    an_access_token_says_who_no_person_is,
    what_says_who_a_person_is_is_no_access_token,
    a_jwt_makes_no_tokens,
);

fn signed(header: &Value, claims: &Value, secret: &[u8]) -> String {
    let text = |value: &Value| URL_SAFE_NO_PAD.encode(value.to_string());
    let signed = format!("{}.{}", text(header), text(claims));
    let tag = hmac::sign(&hmac::Key::new(hmac::HMAC_SHA256, secret), signed.as_bytes());
    format!("{signed}.{}", URL_SAFE_NO_PAD.encode(tag.as_ref()))
}

async fn refuses(server: &TestServer, jwt: &str) {
    let answer = server.authenticate(&bearer(jwt)).await;
    answer.assert_error(401, "invalid_credentials");
}

async fn a_forged_jwt_says_nothing(server: TestServer) {
    let server = server.signing(jwt()).await;
    server.alice().await;
    let good = server.jwt_of(&alice()).await;
    let (header, claims) = opened(&good);
    let secret = JWT_SECRET.as_bytes();
    assert_eq!(
        server.authenticate(&bearer(&signed(&header, &claims, secret))).await.status,
        200,
        "the forger of this test knows how"
    );

    let unsigned = good.rsplit_once('.').unwrap().0;
    for forged in [unsigned.to_owned(), format!("{unsigned}."), format!("{good}=")] {
        refuses(&server, &forged).await;
    }
    refuses(&server, &signed(&header, &claims, b"another secret of thirty-two bytes")).await;
    for other in [
        json!({"alg": "none", "typ": "JWT"}),
        json!({"alg": "HS512", "typ": "JWT"}),
        json!({"alg": "ES256", "typ": "JWT"}),
        json!({"alg": "HS256"}),
        json!({"alg": "HS256", "typ": "at+jwt"}),
        json!({"alg": "HS256", "typ": "JWT", "crit": ["x"], "x": 1}),
    ] {
        refuses(&server, &signed(&other, &claims, secret)).await;
    }
    for (member, value) in [
        ("iss", json!("evil.example")),
        ("exp", json!(server.now().seconds())),
        ("exp", json!("9999999999")),
        ("exp", Value::Null),
        ("iat", json!(server.now().seconds() + 1)),
        ("username", json!("nobody")),
        ("realm", json!("default")),
        ("realm", json!("internal'--")),
    ] {
        let mut claims = claims.clone();
        claims[member] = value;
        refuses(&server, &signed(&header, &claims, secret)).await;
    }
}

async fn no_public_key_is_taken_for_a_secret(server: TestServer) {
    let signature = JwtSignature::Key(SignatureAlgorithm::Es256);
    let server = server.signing(Jwt { signature, ..jwt() }).await;
    server.alice().await;
    let (header, claims) = opened(&server.jwt_of(&alice()).await);
    let published = server.get("/jwks.json", &[]).await.json();

    let public = published["keys"][0].to_string();
    for secret in [public.as_bytes(), published["keys"][0]["x"].as_str().unwrap().as_bytes(), b""] {
        for algorithm in ["HS256", "ES256"] {
            let mut header = header.clone();
            header["alg"] = json!(algorithm);
            refuses(&server, &signed(&header, &claims, secret)).await;
        }
    }
    for kid in [json!("' OR 1=1 --"), json!("../../dev/null"), json!(""), Value::Null] {
        let mut header = header.clone();
        header["kid"] = kid;
        refuses(&server, &signed(&header, &claims, b"")).await;
    }
}

async fn an_access_token_says_who_no_person_is(server: TestServer) {
    let signature = JwtSignature::Key(SignatureAlgorithm::Es256);
    // The same issuer, and so the same key and the same `iss` as in access tokens.
    let settings = Jwt { issuer: ISSUER.to_owned(), signature, ..jwt() };
    let server = server.signing(settings).await;
    server.alice().await;
    let mailer = server.machine("mailer", "read").await;
    let reference = server.token(&mailer).await;
    let server = server.restarted(|config| config.tokens.access.format = TokenFormat::Jwt).await;
    let jwt = server.token(&mailer).await;

    for token in [&reference, &jwt] {
        assert!(server.is_active(&mailer, token).await);
        refuses(&server, token).await;
    }
}

async fn what_says_who_a_person_is_is_no_access_token(server: TestServer) {
    let signature = JwtSignature::Key(SignatureAlgorithm::Es256);
    let server = server.signing(Jwt { issuer: ISSUER.to_owned(), signature, ..jwt() }).await;
    server.alice().await;
    let mailer = server.machine("mailer", "read tokens.use:Link").await;
    let jwt = server.jwt_of(&alice()).await;
    let made = server.personal(&alice()).await;
    let personal = made["token"].as_str().unwrap().to_owned();

    for token in [&jwt, &personal] {
        let seen = server.introspect(&mailer, token).await;
        assert_eq!(seen, json!({"active": false}));
        let asked = json!({"type": "Link", "token": "x"});
        let answer = server.ask_as(&bearer(token), Method::POST, "/tokens/use", asked).await;
        answer.assert_problem(401, "invalid_token");
        let revoked = server.post("/revoke", &mailer, &format!("token={token}")).await;
        assert_eq!(revoked.status, 200);
        assert_eq!(server.authenticate(&bearer(token)).await.status, 200, "nobody else ends it");
    }
}

async fn a_jwt_makes_no_tokens(server: TestServer) {
    let server = server.signing(jwt()).await;
    server.alice().await;
    let jwt = bearer(&server.jwt_of(&alice()).await);

    let asked = json!({"type": "personal"});
    let made = server.ask_as(&jwt, Method::POST, "/tokens", asked).await;
    made.assert_problem(401, "invalid_token");
    let listed = server.ask_as(&jwt, Method::GET, "/tokens", Value::Null).await;
    listed.assert_problem(401, "invalid_token");
}
