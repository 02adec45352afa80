//! Basic: requests that must not work, and where that is said.

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use serde_json::json;

use crate::{
    common::asking::Ask,
    conformance::{
        checks::{assert_is_error, assert_is_error_page},
        modules_of_both,
        suite::{CALLBACK, Suite},
    },
};

modules_of_both!(
    oidcc_response_type_missing,
    oidcc_ensure_registered_redirect_uri,
    oidcc_unsigned_request_object_supported_correctly_or_rejected_as_unsupported,
    oidcc_request_uri_unsigned_supported_correctly_or_rejected_as_unsupported,
    oidcc_ensure_request_object_with_redirect_uri,
);

async fn oidcc_response_type_missing(mut suite: Suite<'_>) {
    let ask = suite.ask().without("response_type");

    assert_eq!(suite.error(&ask).await, "invalid_request");
}

async fn oidcc_ensure_registered_redirect_uri(mut suite: Suite<'_>) {
    for wrong in [
        &format!("{CALLBACK}/3wU5kWpAqX"),
        &format!("{CALLBACK}?a=b"),
        "https://evil.example/callback",
    ] {
        let ask = suite.ask().with("redirect_uri", wrong);
        assert_is_error_page(&suite.visit(&ask).await.answer);
    }
    // Nor where somebody is signed in and has allowed it.
    suite.sign_in(&suite.ask()).await;
    let ask = suite.ask().with("redirect_uri", &format!("{CALLBACK}/3wU5kWpAqX"));
    assert_is_error_page(&suite.visit(&ask).await.answer);
}

/// Discovery promises no request objects; a request that has one hears so, rather than being
/// answered as if it had none.
async fn oidcc_unsigned_request_object_supported_correctly_or_rejected_as_unsupported(
    mut suite: Suite<'_>,
) {
    let discovered = suite.discovery().await;
    assert_eq!(discovered["request_parameter_supported"], false);
    assert!(discovered.get("request_object_signing_alg_values_supported").is_none());
    let ask = suite.ask();
    let ask = ask.clone().with("request", &unsigned_object(&ask, CALLBACK));

    assert_eq!(suite.error(&ask).await, "request_not_supported");
}

async fn oidcc_request_uri_unsigned_supported_correctly_or_rejected_as_unsupported(
    mut suite: Suite<'_>,
) {
    assert_eq!(suite.discovery().await["request_uri_parameter_supported"], false);
    let ask = suite.ask().with("request_uri", "https://suite.example/requesturi/1.jwt#hash");

    assert_eq!(suite.error(&ask).await, "request_uri_not_supported");
}

/// An address inside an object, and one outside of it that is not registered: nobody is sent to
/// either, nor to the only one that the client has.
async fn oidcc_ensure_request_object_with_redirect_uri(mut suite: Suite<'_>) {
    let ask = suite.ask();
    let object = unsigned_object(&ask, CALLBACK);
    let ask = ask.with("request", &object);
    let wrong = ask.clone().with("redirect_uri", &format!("{CALLBACK}/3wU5kWpAqX"));

    assert_is_error_page(&suite.visit(&wrong).await.answer);
    // Nor is it looked at where the one outside is right.
    let object = unsigned_object(&ask, "https://evil.example/");
    let ask = ask.with("request", &object);
    let visit = suite.visit(&ask).await;
    let returned = suite.returned(&visit.answer);
    assert_is_error(&returned, &ask);
    assert_eq!(returned.to, CALLBACK);
}

fn unsigned_object(ask: &Ask, redirect_uri: &str) -> String {
    let part = |value: serde_json::Value| URL_SAFE_NO_PAD.encode(value.to_string());
    let claims = json!({
        "iss": "conformance", "aud": "https://id.example", "client_id": "conformance",
        "response_type": "code", "scope": "openid", "redirect_uri": redirect_uri,
        "state": ask.get("state"), "nonce": ask.get("nonce"),
    });
    format!("{}.{}.", part(json!({"alg": "none"})), part(claims))
}
