//! `private_key_jwt` (RFC 7523, RFC 10070).

use std::time::Duration;

use aws_lc_rs::{
    rand::SystemRandom,
    signature::{ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, KeyPair},
};
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use serde_json::{Value, json};
use tessera::{
    acts::clients::ClientChanges,
    jobs,
    model::client::{AssertionAudience, ClientAuthentication, ClientKind},
};

use crate::common::{TestServer, on_each_engine, server::Answer, stateless::LOCAL};

on_each_engine!(
    a_signed_assertion_proves_its_client,
    an_assertion_counts_once,
    a_claim_that_is_missing_or_wrong_is_refused,
    only_the_issuer_is_its_audience_unless_the_client_says_so,
    another_key_or_algorithm_is_refused,
    an_assertion_ends_and_may_not_live_too_long,
    the_same_id_of_two_clients_counts_for_each,
);

/// A client's private key, and how it signs.
struct Signer(EcdsaKeyPair);

impl Signer {
    fn new() -> Self {
        Self(EcdsaKeyPair::generate(&ECDSA_P256_SHA256_FIXED_SIGNING).unwrap())
    }

    fn jwks(&self) -> String {
        let (x, y) = self.0.public_key().as_ref()[1..].split_at(32);
        json!({"keys": [{"kty": "EC", "crv": "P-256", "kid": "c-1",
            "x": URL_SAFE_NO_PAD.encode(x), "y": URL_SAFE_NO_PAD.encode(y)}]})
        .to_string()
    }

    fn sign(&self, header: &Value, claims: &Value) -> String {
        let encode = |part: &Value| URL_SAFE_NO_PAD.encode(part.to_string());
        let message = format!("{}.{}", encode(header), encode(claims));
        #[expect(clippy::disallowed_methods, reason = "the client is not ours")]
        let random = SystemRandom::new();
        let signature = self.0.sign(&random, message.as_bytes()).unwrap();
        format!("{message}.{}", URL_SAFE_NO_PAD.encode(signature.as_ref()))
    }
}

async fn add(server: &TestServer, name: &str, signer: &Signer, audience: AssertionAudience) {
    let changes = ClientChanges {
        authentication: Some(ClientAuthentication::PrivateKeyJwt),
        jwks: Some(signer.jwks()),
        assertion_audience: Some(audience),
        ..ClientChanges::default()
    };
    server.client(name, ClientKind::Machine, changes).await;
}

fn header() -> Value {
    json!({"alg": "ES256", "kid": "c-1", "typ": "JWT"})
}

fn claims(server: &TestServer, id: &str) -> Value {
    let now = server.now().seconds();
    json!({"iss": "robot", "sub": "robot", "aud": "https://id.example", "jti": id,
           "iat": now, "exp": now + 60})
}

async fn present(server: &TestServer, assertion: &str) -> Answer {
    let form = format!(
        "grant_type=client_credentials&client_assertion={assertion}&client_assertion_type=\
         urn%3Aietf%3Aparams%3Aoauth%3Aclient-assertion-type%3Ajwt-bearer"
    );
    server.post_form("/token", &form).await
}

async fn a_signed_assertion_proves_its_client(server: TestServer) {
    let signer = Signer::new();
    add(&server, "robot", &signer, AssertionAudience::Issuer).await;
    let headers = [
        header(),
        json!({"alg": "ES256"}),
        json!({"alg": "ES256", "typ": "client-authentication+jwt"}),
    ];

    for (number, header) in headers.iter().enumerate() {
        let assertion = signer.sign(header, &claims(&server, &number.to_string()));
        assert_eq!(present(&server, &assertion).await.status, 200, "{header}");
    }
}

async fn an_assertion_counts_once(server: TestServer) {
    let signer = Signer::new();
    add(&server, "robot", &signer, AssertionAudience::Issuer).await;
    let assertion = signer.sign(&header(), &claims(&server, "one"));

    assert_eq!(present(&server, &assertion).await.status, 200);
    present(&server, &assertion).await.assert_error(401, "invalid_client");
    let form = "client_assertion=x&client_assertion_type=unknown";
    server.post_form("/token", form).await.assert_error(400, "invalid_request");
}

#[tokio::test]
async fn without_a_store_an_assertion_counts_once_as_long_as_the_process_lives() {
    let signer = Signer::new();
    let declared = format!(
        "[[clients]]\nclient_id = \"robot\"\nauthentication = \"private_key_jwt\"\njwks = '{}'\n",
        signer.jwks()
    );
    let server = TestServer::without_store(&declared).await;
    let claims = |id: &str| {
        let mut claims = claims(&server, id);
        claims["aud"] = json!(LOCAL);
        claims
    };
    let assertion = signer.sign(&header(), &claims("one"));

    assert_eq!(present(&server, &assertion).await.status, 200);
    present(&server, &assertion).await.assert_error(401, "invalid_client");
    // Those that may count again are not remembered, and this one may not yet.
    server.advance(Duration::from_secs(80));
    jobs::sweep::run(&server.app).await;
    present(&server, &assertion).await.assert_error(401, "invalid_client");
    let another = signer.sign(&header(), &claims("two"));
    assert_eq!(present(&server, &another).await.status, 200);
}

async fn a_claim_that_is_missing_or_wrong_is_refused(server: TestServer) {
    let signer = Signer::new();
    add(&server, "robot", &signer, AssertionAudience::Issuer).await;
    let now = server.now().seconds();
    let wrong = [
        ("iss", json!("other")),
        ("iss", Value::Null),
        ("sub", json!("other")),
        ("aud", Value::Null),
        ("jti", Value::Null),
        ("jti", json!("")),
        ("jti", json!("x".repeat(257))),
        ("exp", Value::Null),
        ("exp", json!(now - 31)),
        ("exp", json!("soon")),
        ("nbf", json!(now + 3600)),
        ("iat", json!(now + 3600)),
    ];

    for (number, (claim, value)) in wrong.into_iter().enumerate() {
        let mut claims = claims(&server, &number.to_string());
        if value.is_null() {
            claims.as_object_mut().unwrap().remove(claim);
        } else {
            claims[claim] = value.clone();
        }
        let answer = present(&server, &signer.sign(&header(), &claims)).await;
        assert_eq!(answer.status, 401, "{claim}: {value}");
    }
}

async fn only_the_issuer_is_its_audience_unless_the_client_says_so(server: TestServer) {
    let (strict, older) = (Signer::new(), Signer::new());
    add(&server, "robot", &strict, AssertionAudience::Issuer).await;
    add(&server, "older", &older, AssertionAudience::TokenEndpoint).await;
    let endpoint = json!("https://id.example/token");
    let asked = async |signer: &Signer, name: &str, audience: &Value| {
        let mut claims = claims(&server, &format!("{name}{audience}"));
        (claims["iss"], claims["sub"]) = (json!(name), json!(name));
        claims["aud"] = audience.clone();
        present(&server, &signer.sign(&header(), &claims)).await.status.as_u16()
    };

    assert_eq!(asked(&strict, "robot", &json!(["https://id.example"])).await, 200);
    assert_eq!(asked(&strict, "robot", &endpoint).await, 401);
    assert_eq!(asked(&strict, "robot", &json!(["https://id.example", "https://x"])).await, 401);
    assert_eq!(asked(&older, "older", &endpoint).await, 200);
    assert_eq!(asked(&older, "older", &json!("https://id.example")).await, 200);
    assert_eq!(asked(&older, "older", &json!("https://id.example/revoke")).await, 401);
}

async fn another_key_or_algorithm_is_refused(server: TestServer) {
    let (signer, stranger) = (Signer::new(), Signer::new());
    add(&server, "robot", &signer, AssertionAudience::Issuer).await;
    let none = format!(
        "{}.{}.",
        URL_SAFE_NO_PAD.encode(r#"{"alg":"none"}"#),
        URL_SAFE_NO_PAD.encode(claims(&server, "none").to_string())
    );
    let bad = [
        stranger.sign(&header(), &claims(&server, "a")),
        signer.sign(&json!({"alg": "HS256", "kid": "c-1"}), &claims(&server, "b")),
        signer.sign(&json!({"alg": "ES256", "kid": "other"}), &claims(&server, "c")),
        signer.sign(&json!({"alg": "ES256", "typ": "at+jwt"}), &claims(&server, "d")),
        signer.sign(&json!({"alg": "ES256", "crit": ["x"], "x": 1}), &claims(&server, "e")),
        none,
        "a.b.c".to_owned(),
        "x".to_owned(),
    ];

    for assertion in bad {
        present(&server, &assertion).await.assert_error(401, "invalid_client");
    }
}

async fn an_assertion_ends_and_may_not_live_too_long(server: TestServer) {
    let signer = Signer::new();
    add(&server, "robot", &signer, AssertionAudience::Issuer).await;
    let mut long = claims(&server, "long");
    long["exp"] = json!(server.now().seconds() + 3601);
    let late = signer.sign(&header(), &claims(&server, "late"));

    assert_eq!(present(&server, &signer.sign(&header(), &long)).await.status, 401);
    server.advance(Duration::from_secs(60 + 30));
    assert_eq!(present(&server, &late).await.status, 401);
}

async fn the_same_id_of_two_clients_counts_for_each(server: TestServer) {
    let signer = Signer::new();
    add(&server, "robot", &signer, AssertionAudience::Issuer).await;
    add(&server, "robot2", &signer, AssertionAudience::Issuer).await;
    let mut other = claims(&server, "same");
    (other["iss"], other["sub"]) = (json!("robot2"), json!("robot2"));

    let one = present(&server, &signer.sign(&header(), &claims(&server, "same"))).await;
    let two = present(&server, &signer.sign(&header(), &other)).await;

    assert_eq!((one.status.as_u16(), two.status.as_u16()), (200, 200));
}
