//! Config: what the server says of itself.

use std::collections::BTreeSet;

use serde_json::Value;

use crate::{
    common::server::ISSUER,
    conformance::{checks::assert_is_json, modules, suite::Suite},
};

modules!(
    oidcc_discovery_endpoint_verification,
    oidcc_rp_initiated_logout_discovery_endpoint_verification,
    the_key_set_is_public_and_every_key_has_a_name,
);

/// Members that IANA's registry of authorization server metadata has, as far as we can need them:
/// the suite warns of all others.
const REGISTERED: &[&str] = &[
    "issuer",
    "authorization_endpoint",
    "token_endpoint",
    "jwks_uri",
    "registration_endpoint",
    "scopes_supported",
    "response_types_supported",
    "response_modes_supported",
    "grant_types_supported",
    "token_endpoint_auth_methods_supported",
    "token_endpoint_auth_signing_alg_values_supported",
    "service_documentation",
    "ui_locales_supported",
    "op_policy_uri",
    "op_tos_uri",
    "revocation_endpoint",
    "revocation_endpoint_auth_methods_supported",
    "revocation_endpoint_auth_signing_alg_values_supported",
    "introspection_endpoint",
    "introspection_endpoint_auth_methods_supported",
    "introspection_endpoint_auth_signing_alg_values_supported",
    "code_challenge_methods_supported",
    "device_authorization_endpoint",
    "tls_client_certificate_bound_access_tokens",
    "mtls_endpoint_aliases",
    "userinfo_endpoint",
    "acr_values_supported",
    "subject_types_supported",
    "id_token_signing_alg_values_supported",
    "userinfo_signing_alg_values_supported",
    "request_object_signing_alg_values_supported",
    "display_values_supported",
    "claim_types_supported",
    "claims_supported",
    "claims_locales_supported",
    "claims_parameter_supported",
    "request_parameter_supported",
    "request_uri_parameter_supported",
    "require_request_uri_registration",
    "require_signed_request_object",
    "pushed_authorization_request_endpoint",
    "require_pushed_authorization_requests",
    "authorization_response_iss_parameter_supported",
    "check_session_iframe",
    "end_session_endpoint",
    "frontchannel_logout_supported",
    "frontchannel_logout_session_supported",
    "backchannel_logout_supported",
    "backchannel_logout_session_supported",
    "authorization_details_types_supported",
    "dpop_signing_alg_values_supported",
    "client_id_metadata_document_supported",
    "prompt_values_supported",
    "protected_resources",
];

async fn oidcc_discovery_endpoint_verification(suite: Suite<'_>) {
    let answer = suite.server.get("/.well-known/openid-configuration", &[]).await;
    assert_eq!(answer.status, 200);
    assert_is_json(&answer);
    let metadata = answer.json();

    assert_eq!(metadata["issuer"], ISSUER);
    for (name, value) in metadata.as_object().unwrap() {
        assert!(REGISTERED.contains(&name.as_str()), "nobody registered {name}");
        if name.ends_with("_endpoint") || name.ends_with("_uri") {
            assert!(value.as_str().unwrap().starts_with("https://id.example/"), "{name}: {value}");
        }
        if name.ends_with("_supported") && !value.is_boolean() {
            assert!(!texts(value).is_empty(), "{name}: {value}");
        }
    }
    for (name, value) in [
        ("response_types_supported", "code"),
        ("subject_types_supported", "public"),
        ("id_token_signing_alg_values_supported", "RS256"),
        ("scopes_supported", "openid"),
        ("claims_supported", "sub"),
        ("code_challenge_methods_supported", "S256"),
        ("grant_types_supported", "authorization_code"),
        ("response_modes_supported", "form_post"),
    ] {
        assert!(texts(&metadata[name]).contains(value), "{name} lacks {value}");
    }
    for name in ["authorization_endpoint", "token_endpoint", "userinfo_endpoint", "jwks_uri"] {
        assert!(metadata[name].is_string(), "{name} is missing");
    }
    assert_eq!(metadata["authorization_response_iss_parameter_supported"], true);
}

/// The texts of a list, none of which is in it twice.
fn texts(list: &Value) -> BTreeSet<&str> {
    let list = list.as_array().unwrap_or_else(|| panic!("no list: {list}"));
    let texts: BTreeSet<_> = list.iter().map(|text| text.as_str().unwrap()).collect();
    assert_eq!(texts.len(), list.len(), "{list:?}");
    texts
}

async fn oidcc_rp_initiated_logout_discovery_endpoint_verification(suite: Suite<'_>) {
    let metadata = suite.discovery().await;

    assert_eq!(metadata["end_session_endpoint"], "https://id.example/logout");
}

async fn the_key_set_is_public_and_every_key_has_a_name(suite: Suite<'_>) {
    let answer = suite.server.get("/jwks.json", &[]).await;
    assert_eq!(answer.status, 200);
    let set = answer.json();
    let keys = set["keys"].as_array().unwrap();

    let kids: BTreeSet<_> = keys.iter().map(|key| key["kid"].as_str().unwrap()).collect();
    assert_eq!(kids.len(), keys.len());
    assert!(keys.iter().any(|key| key["kty"] == "RSA"), "{set}");
    for key in keys {
        assert!(["RSA", "EC", "OKP"].contains(&key["kty"].as_str().unwrap()), "{key}");
        for private in ["d", "p", "q", "dp", "dq", "qi", "oth", "k", "priv"] {
            assert!(key.get(private).is_none(), "{private} is told");
        }
    }
}
