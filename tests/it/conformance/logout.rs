//! RP-Initiated Logout: who comes back, who stays on our page, and that the session ends.

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use jsonwebtoken::{Algorithm, EncodingKey, Header};
use url::form_urlencoded;

use crate::{
    common::{browser::Form, server::Answer},
    conformance::{
        modules,
        suite::{SIGNED_OUT, SignIn, Suite, heading, state},
    },
};

modules!(
    oidcc_rp_initiated_logout,
    oidcc_rp_initiated_logout_no_state,
    oidcc_rp_initiated_logout_bad_post_logout_redirect_uri,
    oidcc_rp_initiated_logout_query_added_to_post_logout_redirect_uri,
    oidcc_rp_initiated_logout_bad_id_token_hint,
    oidcc_rp_initiated_logout_modified_id_token_hint,
    oidcc_rp_initiated_logout_no_id_token_hint,
    oidcc_rp_initiated_logout_no_params,
    oidcc_rp_initiated_logout_no_post_logout_redirect_uri,
    oidcc_rp_initiated_logout_only_state,
);

const HINT: &str = "id_token_hint";
const TO: &str = "post_logout_redirect_uri";

/// What the suite does at the end of a session. Returns where the browser stopped.
async fn sign_out(suite: &mut Suite<'_>, pairs: &[(&str, &str)]) -> Answer {
    let query = form_urlencoded::Serializer::new(String::new()).extend_pairs(pairs).finish();
    let page = suite.browser.get(&format!("/logout?{query}")).await;
    assert_eq!(page.status, 200, "{page:?}");
    assert!(page.body.contains(r#"id="confirm" type="submit""#), "{page:?}");
    let policy = page.header("content-security-policy").unwrap();
    assert!(!policy.contains("form-action"), "{policy}");
    let answer = suite.browser.submit(&Form::of(&page)).await;
    suite.browser.follow(answer).await
}

/// Nobody is signed in any more.
async fn assert_is_over(suite: &mut Suite<'_>) {
    let ask = suite.ask().with("prompt", "none");
    assert_eq!(suite.error(&ask).await, "login_required");
}

/// Signs in, which the suite does first.
async fn begin(suite: &mut Suite<'_>) -> SignIn {
    let signed = suite.sign_in(&suite.ask()).await;
    suite.sign_in(&suite.ask().with("prompt", "none")).await;
    signed
}

/// Signs out with what does not prove enough: nobody is sent anywhere.
async fn assert_stays(suite: &mut Suite<'_>, pairs: &[(&str, &str)]) {
    let page = sign_out(suite, pairs).await;

    assert_eq!(page.status, 200, "{page:?}");
    assert_eq!(page.header("location"), None, "{page:?}");
    assert_eq!(heading(&page), Some("Signed out"), "{page:?}");
    assert!(!page.body.contains("emobix"), "{page:?}");
    assert_is_over(suite).await;
}

async fn oidcc_rp_initiated_logout(mut suite: Suite<'_>) {
    let signed = begin(&mut suite).await;
    let state = state();
    let pairs = [(HINT, signed.id_token()), (TO, SIGNED_OUT), ("state", &state)];

    let answer = sign_out(&mut suite, &pairs).await;

    let (to, query) = answer.header("location").unwrap().split_once('?').unwrap();
    let returned: Vec<_> = form_urlencoded::parse(query.as_bytes()).into_owned().collect();
    assert_eq!((to, returned), (SIGNED_OUT, vec![("state".to_owned(), state)]));
    assert_is_over(&mut suite).await;
}

async fn oidcc_rp_initiated_logout_no_state(mut suite: Suite<'_>) {
    let signed = begin(&mut suite).await;

    let answer = sign_out(&mut suite, &[(HINT, signed.id_token()), (TO, SIGNED_OUT)]).await;

    assert_eq!(answer.header("location"), Some(SIGNED_OUT));
    assert_is_over(&mut suite).await;
}

async fn oidcc_rp_initiated_logout_bad_post_logout_redirect_uri(mut suite: Suite<'_>) {
    let signed = begin(&mut suite).await;
    let wrong = format!("{SIGNED_OUT}3wU5kWpAqX");

    let pairs = [(HINT, signed.id_token()), (TO, &wrong), ("state", "s")];
    assert_stays(&mut suite, &pairs).await;
}

async fn oidcc_rp_initiated_logout_query_added_to_post_logout_redirect_uri(mut suite: Suite<'_>) {
    let signed = begin(&mut suite).await;
    let wrong = format!("{SIGNED_OUT}?foo=bar");

    let pairs = [(HINT, signed.id_token()), (TO, &wrong), ("state", "s")];
    assert_stays(&mut suite, &pairs).await;
}

/// The same claims, signed by a key of the suite's own that calls itself ours.
async fn oidcc_rp_initiated_logout_bad_id_token_hint(mut suite: Suite<'_>) {
    let signed = begin(&mut suite).await;
    let key = rcgen::KeyPair::generate().unwrap().serialize_der();
    let keys = suite.server.get("/jwks.json", &[]).await.json();
    let ours = keys["keys"].as_array().unwrap().iter().find(|key| key["kty"] == "EC").unwrap();
    let mut header = Header::new(Algorithm::ES256);
    header.kid = Some(ours["kid"].as_str().unwrap().to_owned());
    let key = EncodingKey::from_ec_der(&key);
    let hint = jsonwebtoken::encode(&header, &signed.claims, &key).unwrap();

    assert_stays(&mut suite, &[(HINT, &hint), (TO, SIGNED_OUT), ("state", "s")]).await;
}

/// The same claims without any signature.
async fn oidcc_rp_initiated_logout_modified_id_token_hint(mut suite: Suite<'_>) {
    let signed = begin(&mut suite).await;
    let header = URL_SAFE_NO_PAD.encode(r#"{"alg":"none"}"#);
    let hint = format!("{header}.{}.", signed.id_token().split('.').nth(1).unwrap());

    assert_stays(&mut suite, &[(HINT, &hint), (TO, SIGNED_OUT), ("state", "s")]).await;
}

async fn oidcc_rp_initiated_logout_no_id_token_hint(mut suite: Suite<'_>) {
    begin(&mut suite).await;

    assert_stays(&mut suite, &[(TO, SIGNED_OUT), ("state", "s")]).await;
}

async fn oidcc_rp_initiated_logout_no_params(mut suite: Suite<'_>) {
    begin(&mut suite).await;

    assert_stays(&mut suite, &[]).await;
}

async fn oidcc_rp_initiated_logout_no_post_logout_redirect_uri(mut suite: Suite<'_>) {
    let signed = begin(&mut suite).await;

    assert_stays(&mut suite, &[(HINT, signed.id_token()), ("state", "s")]).await;
}

async fn oidcc_rp_initiated_logout_only_state(mut suite: Suite<'_>) {
    begin(&mut suite).await;

    assert_stays(&mut suite, &[("state", "s")]).await;
}
