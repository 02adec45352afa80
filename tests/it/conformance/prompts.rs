//! Basic: who is asked to sign in again, and who is not.

use std::time::Duration;

use crate::conformance::{
    modules_of_both,
    suite::{SignIn, Suite},
};

modules_of_both!(
    oidcc_prompt_login,
    oidcc_prompt_none_not_logged_in,
    oidcc_prompt_none_logged_in,
    oidcc_id_token_hint,
    oidcc_max_age_1,
    oidcc_max_age_10000,
);

fn signed_in_at(signed: &SignIn) -> i64 {
    signed.claims["auth_time"].as_i64().unwrap()
}

/// The second sign-in was one, by the same person.
fn assert_is_anew(first: &SignIn, second: &SignIn) {
    assert!(first.visit.signed_in && second.visit.signed_in);
    assert!(signed_in_at(second) > signed_in_at(first));
    assert_eq!(first.claims["sub"], second.claims["sub"]);
}

/// Nobody saw anything of the second sign-in.
fn assert_is_silent(first: &SignIn, second: &SignIn) {
    assert!(first.visit.signed_in && !second.visit.signed_in && !second.visit.consented);
    for claim in ["sub", "auth_time", "sid"] {
        assert_eq!(first.claims[claim], second.claims[claim], "{claim}");
    }
}

async fn oidcc_prompt_login(mut suite: Suite<'_>) {
    let first = suite.sign_in(&suite.ask()).await;
    suite.server.advance(Duration::from_secs(1));

    let second = suite.sign_in(&suite.ask().with("prompt", "login")).await;

    assert_is_anew(&first, &second);
}

async fn oidcc_prompt_none_not_logged_in(mut suite: Suite<'_>) {
    let ask = suite.ask().with("prompt", "none");

    assert_eq!(suite.error(&ask).await, "login_required");
}

async fn oidcc_prompt_none_logged_in(mut suite: Suite<'_>) {
    let first = suite.sign_in(&suite.ask()).await;
    suite.server.advance(Duration::from_secs(1));

    let second = suite.sign_in(&suite.ask().with("prompt", "none")).await;

    assert_is_silent(&first, &second);
}

async fn oidcc_id_token_hint(mut suite: Suite<'_>) {
    let first = suite.sign_in(&suite.ask()).await;
    suite.server.advance(Duration::from_secs(1));
    let ask = suite.ask().with("prompt", "none").with("id_token_hint", first.id_token());

    let second = suite.sign_in(&ask).await;

    assert_is_silent(&first, &second);
}

async fn oidcc_max_age_1(mut suite: Suite<'_>) {
    let first = suite.sign_in(&suite.ask()).await;
    suite.server.advance(Duration::from_secs(2));

    let second = suite.sign_in(&suite.ask().with("max_age", "1")).await;

    assert_is_anew(&first, &second);
    assert_eq!(signed_in_at(&second), suite.server.now().seconds());
}

async fn oidcc_max_age_10000(mut suite: Suite<'_>) {
    let first = suite.sign_in(&suite.ask().with("max_age", "15000")).await;
    suite.server.advance(Duration::from_secs(1));

    let second = suite.sign_in(&suite.ask().with("max_age", "10000")).await;

    assert_is_silent(&first, &second);
}
