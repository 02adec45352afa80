//! What the suite checks with every answer, whatever it is about.

use std::collections::{BTreeMap, BTreeSet};

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use serde_json::{Map, Value};
use tessera::model::{secret::Sha256, signature_algorithm::SignatureAlgorithm};

use super::suite::{SignIn, Suite, SuiteClient};
use crate::common::{
    asking::{Ask, Returned},
    server::{Answer, ISSUER},
};

/// What ID tokens state of a sign-in by password.
pub const ACR: &str = "urn:tessera:acr:password";

/// What may stand in an ID token though nobody asked for it.
const TECHNICAL: &[&str] = &[
    "iss",
    "sub",
    "aud",
    "exp",
    "iat",
    "auth_time",
    "nonce",
    "acr",
    "amr",
    "azp",
    "at_hash",
    "c_hash",
    "s_hash",
    "nbf",
    "jti",
    "sid",
    "txn",
];

/// Errors of OAuth and OpenID Connect that an authorization request may be answered with.
const ERRORS: &[&str] = &[
    "invalid_request",
    "unauthorized_client",
    "access_denied",
    "unsupported_response_type",
    "invalid_scope",
    "server_error",
    "temporarily_unavailable",
    "interaction_required",
    "login_required",
    "account_selection_required",
    "consent_required",
    "invalid_request_uri",
    "invalid_request_object",
    "request_not_supported",
    "request_uri_not_supported",
    "registration_not_supported",
    "unmet_authentication_requirements",
    "invalid_target",
];

impl Suite<'_> {
    /// A whole sign-in that must work, all of it checked.
    pub async fn sign_in(&mut self, ask: &Ask) -> SignIn {
        self.sign_in_as(super::suite::FIRST, ask).await
    }

    pub async fn sign_in_as(&mut self, client: SuiteClient, ask: &Ask) -> SignIn {
        let visit = self.visit(ask).await;
        self.redeemed(client, ask, visit).await
    }

    /// The rest of a sign-in, whose visit to the pages is over.
    pub async fn redeemed(
        &self,
        client: SuiteClient,
        ask: &Ask,
        visit: super::suite::Visit,
    ) -> SignIn {
        let code = self.code(client, ask, &visit.answer);
        let tokens = assert_is_token_response(&self.redeem(client, &code).await);
        let claims = self.id_token(client, &tokens).await;
        assert_eq!(claims.get("nonce").and_then(Value::as_str), ask.get("nonce"), "{claims}");
        SignIn { visit, code, tokens, claims }
    }

    /// The code that a client gets, and nothing else but the state and the issuer.
    pub fn code(&self, client: SuiteClient, ask: &Ask, answer: &Answer) -> String {
        let mut returned = self.returned(answer);
        let (address, own) = client.callback.split_once('?').unwrap_or((client.callback, ""));
        // In a query, those of its own stand beside the answer as they were.
        if returned.to == address {
            for (name, value) in url::form_urlencoded::parse(own.as_bytes()) {
                assert_eq!(returned.members.remove(&*name).as_deref(), Some(&*value));
            }
        } else {
            assert_eq!(returned.to, client.callback);
        }
        let code = returned.members.remove("code").unwrap();
        assert_is_random(&code);
        assert_are_state_and_issuer(&returned.members, ask);
        code
    }

    /// What an ID token says that came with these tokens, checked as every client has to.
    pub async fn id_token(&self, client: SuiteClient, tokens: &Value) -> Value {
        let token = tokens["id_token"].as_str().unwrap_or_else(|| panic!("{tokens}"));
        let (_, claims) = self.server.verified(token, SignatureAlgorithm::Rs256).await;
        assert_eq!(claims["iss"], ISSUER);
        assert_eq!(claims["aud"], client.id);
        let sub = claims["sub"].as_str().unwrap();
        assert!(!sub.is_empty() && sub.is_ascii() && sub.len() <= 255, "{sub}");
        let now = self.server.now().seconds();
        let number = |name: &str| claims[name].as_i64().unwrap_or_else(|| panic!("{claims}"));
        assert!((now - number("iat")).abs() <= 300, "{claims}");
        assert!(number("exp") > now && number("exp") < now + 50 * 366 * 86_400, "{claims}");
        assert!(number("auth_time") <= now && number("auth_time") > now - 366 * 86_400);
        assert_eq!(claims["acr"], ACR);
        let hash = Sha256::of(tokens["access_token"].as_str().unwrap().as_bytes());
        assert_eq!(claims["at_hash"], URL_SAFE_NO_PAD.encode(&hash.as_bytes()[..16]));
        for name in names(claims.as_object().unwrap()) {
            assert!(TECHNICAL.contains(&name), "nobody asked for {name}: {claims}");
        }
        claims
    }
}

/// The answer of a token endpoint that gave something.
pub fn assert_is_token_response(answer: &Answer) -> Value {
    assert_eq!(answer.status, 200, "{answer:?}");
    assert_is_json(answer);
    assert_eq!(answer.header("cache-control"), Some("no-store"), "{answer:?}");
    let tokens = answer.json();
    assert_eq!(tokens["token_type"], "Bearer");
    assert!(tokens["expires_in"].as_u64().is_some_and(|seconds| seconds > 0), "{tokens}");
    assert_is_random(tokens["access_token"].as_str().unwrap());
    if let Some(refresh) = tokens.get("refresh_token") {
        assert_is_random(refresh.as_str().unwrap());
    }
    tokens
}

pub fn assert_is_json(answer: &Answer) {
    let kind = answer.header("content-type").unwrap();
    assert_eq!(kind.split(';').next(), Some("application/json"), "{answer:?}");
}

/// An error that a client can read, and nothing beside it.
pub fn assert_is_error(returned: &Returned, ask: &Ask) {
    let mut members = returned.members.clone();
    let error = members.remove("error").unwrap_or_else(|| panic!("no error: {returned:?}"));
    assert!(ERRORS.contains(&error.as_str()), "{error}");
    let description = members.remove("error_description").unwrap();
    let is_allowed = |byte: u8| matches!(byte, 0x20..=0x7e) && !b"\"\\".contains(&byte);
    assert!(description.bytes().all(is_allowed), "{description}");
    assert_are_state_and_issuer(&members, ask);
}

fn assert_are_state_and_issuer(members: &BTreeMap<String, String>, ask: &Ask) {
    let mut members = members.clone();
    assert_eq!(members.remove("state").as_deref(), ask.get("state"));
    assert_eq!(members.remove("iss").as_deref(), Some(ISSUER));
    assert!(members.is_empty(), "nobody knows {members:?}");
}

/// More than 96 bits and at least 32 characters, as the suite reckons: Shannon's entropy of its
/// characters, times how many there are.
fn assert_is_random(text: &str) {
    let mut counts: BTreeMap<char, f64> = BTreeMap::new();
    for character in text.chars() {
        *counts.entry(character).or_default() += 1.0;
    }
    let length: f64 = counts.values().sum();
    let bits: f64 = counts.values().map(|count| -count * (count / length).log2()).sum();
    assert!(length >= 32.0 && bits > 96.0, "{text}: {bits} bits");
}

pub fn names(object: &Map<String, Value>) -> BTreeSet<&str> {
    object.keys().map(String::as_str).collect()
}

/// A page that says what is wrong, and leads nowhere.
pub fn assert_is_error_page(answer: &Answer) {
    assert_eq!(answer.status, 400, "{answer:?}");
    assert_eq!(super::suite::heading(answer), Some("Authorization error"), "{answer:?}");
    assert_eq!(answer.header("location"), None, "{answer:?}");
    assert!(!answer.body.contains("<form"), "{answer:?}");
}
