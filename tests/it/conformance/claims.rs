//! Basic: what is told of people, and in which form.

use serde_json::Value;

use crate::conformance::{checks::names, modules_of_both, suite::Suite};

modules_of_both!(
    oidcc_scope_profile,
    oidcc_scope_email,
    oidcc_scope_address,
    oidcc_scope_phone,
    oidcc_scope_all,
    oidcc_alternate_happy_flow,
    oidcc_claims_essential,
);

const PROFILE: &[&str] = &[
    "name",
    "given_name",
    "family_name",
    "middle_name",
    "nickname",
    "profile",
    "picture",
    "website",
    "gender",
    "birthdate",
    "zoneinfo",
    "locale",
    "updated_at",
    "preferred_username",
];
const EMAIL: &[&str] = &["email", "email_verified"];
const ADDRESS: &[&str] = &["address"];
const PHONE: &[&str] = &["phone_number", "phone_number_verified"];

async fn oidcc_scope_profile(suite: Suite<'_>) {
    assert_tells(suite, "openid profile", &[PROFILE]).await;
}

async fn oidcc_scope_email(suite: Suite<'_>) {
    assert_tells(suite, "openid email", &[EMAIL]).await;
}

async fn oidcc_scope_address(suite: Suite<'_>) {
    assert_tells(suite, "openid address", &[ADDRESS]).await;
}

async fn oidcc_scope_phone(suite: Suite<'_>) {
    assert_tells(suite, "openid phone", &[PHONE]).await;
}

async fn oidcc_scope_all(suite: Suite<'_>) {
    let all = [PROFILE, EMAIL, ADDRESS, PHONE];
    assert_tells(suite, "openid profile email address phone", &all).await;
}

/// A request of this scope is told these claims, each in its form, and no other.
async fn assert_tells(mut suite: Suite<'_>, scope: &str, claims: &[&[&str]]) {
    let discovered = suite.discovery().await;
    for member in scope.split(' ') {
        let known = discovered["scopes_supported"].as_array().unwrap();
        assert!(known.iter().any(|scope| scope == member), "{member}");
    }
    let ask = suite.ask().with("scope", scope);

    // That the ID token has none of them is looked at with every sign-in.
    let signed = suite.sign_in(&ask).await;

    let told = suite.userinfo(signed.access_token()).await.json();
    let expected = claims.iter().copied().flatten().copied().chain(["sub"]).collect();
    assert_eq!(names(told.as_object().unwrap()), expected);
    assert_eq!(told["sub"], signed.claims["sub"]);
    assert_have_their_types(&told);
}

/// Both the scope and the parameters the other way round.
async fn oidcc_alternate_happy_flow(mut suite: Suite<'_>) {
    let ask = suite.ask().with("scope", "email openid").reversed();

    let signed = suite.sign_in(&ask).await;

    let told = suite.userinfo(signed.access_token()).await.json();
    assert_eq!(names(told.as_object().unwrap()), ["email", "email_verified", "sub"].into());
}

async fn oidcc_claims_essential(mut suite: Suite<'_>) {
    assert_eq!(suite.discovery().await["claims_parameter_supported"], true);
    let claims = r#"{"userinfo":{"name":{"essential":true},"shoe_size":null}}"#;

    let signed = suite.sign_in(&suite.ask().with("claims", claims)).await;

    let told = suite.userinfo(signed.access_token()).await.json();
    assert_eq!(names(told.as_object().unwrap()), ["name", "sub"].into());
    assert_have_their_types(&told);
}

/// Every claim is of its type: texts with something in them, truth values, a date, an address.
pub fn assert_have_their_types(told: &Value) {
    for (name, value) in told.as_object().unwrap() {
        let is_right = match name.as_str() {
            "email_verified" | "phone_number_verified" => value.is_boolean(),
            "updated_at" => value.as_i64().is_some_and(|seconds| seconds > 0),
            "birthdate" => value.as_str().is_some_and(is_birthdate),
            "address" => value
                .as_object()
                .is_some_and(|address| !address.is_empty() && address.values().all(is_text)),
            _ => is_text(value),
        };
        assert!(is_right, "{name}: {value}");
    }
}

fn is_text(value: &Value) -> bool {
    value.as_str().is_some_and(|text| !text.trim().is_empty() && text != "null")
}

/// `YYYY-MM-DD`, where the year may be 0000, or `YYYY`.
fn is_birthdate(text: &str) -> bool {
    let lengths: Vec<_> = text.split('-').map(str::len).collect();
    let are_digits = text.bytes().all(|byte| byte == b'-' || byte.is_ascii_digit());
    are_digits && (lengths == [4, 2, 2] || lengths == [4])
}
