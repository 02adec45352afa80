//! Basic: what a request may say beside, none of which is ever an error.

use serde_json::json;

use crate::conformance::{checks::ACR, modules_of_both, suite::Suite};

modules_of_both!(
    oidcc_display_page,
    oidcc_display_popup,
    oidcc_ui_locales,
    oidcc_claims_locales,
    oidcc_login_hint,
    oidcc_ensure_request_with_unknown_parameter_succeeds,
    oidcc_ensure_request_with_acr_values_succeeds,
);

/// Signs in with each of these values.
async fn assert_is_no_error(mut suite: Suite<'_>, name: &str, values: &[&str]) {
    for (turn, value) in values.iter().enumerate() {
        let ask = suite.ask().with(name, value);

        let signed = suite.sign_in(&ask).await;

        assert_eq!(signed.visit.signed_in, turn == 0, "{name}={value}");
    }
}

async fn oidcc_display_page(suite: Suite<'_>) {
    assert_is_no_error(suite, "display", &["page"]).await;
}

async fn oidcc_display_popup(suite: Suite<'_>) {
    assert_is_no_error(suite, "display", &["popup"]).await;
}

async fn oidcc_ui_locales(suite: Suite<'_>) {
    assert_is_no_error(suite, "ui_locales", &["se", "en", "fr-CA fr", "x y", ""]).await;
}

async fn oidcc_claims_locales(suite: Suite<'_>) {
    assert_is_no_error(suite, "claims_locales", &["se", "en", "x y"]).await;
}

async fn oidcc_login_hint(suite: Suite<'_>) {
    assert_is_no_error(suite, "login_hint", &["buffy@id.example", "conformance", "<\"'>"]).await;
}

async fn oidcc_ensure_request_with_unknown_parameter_succeeds(suite: Suite<'_>) {
    assert_is_no_error(suite, "extra", &["foobar", ""]).await;
}

/// The suite asks for those that discovery names, and warns unless one of them is stated, which is
/// looked at with every sign-in.
async fn oidcc_ensure_request_with_acr_values_succeeds(suite: Suite<'_>) {
    assert_eq!(suite.discovery().await["acr_values_supported"], json!([ACR]));

    assert_is_no_error(suite, "acr_values", &[ACR, "1 2"]).await;
}
