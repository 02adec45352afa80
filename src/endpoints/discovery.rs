//! Metadata (RFC 8414, OpenID Connect Discovery): what is on, generated from the lists that
//! dispatch, with addresses made from the issuer alone.

use axum::{
    Extension, Json,
    extract::State,
    http::{HeaderName, header},
};
use serde::Serialize;

use crate::{app::App, grants::Grants, model::client::ClientAuthentication};

/// The algorithms that a signed client assertion may have.
const ASSERTION_ALGORITHMS: &[&str] = &["ES256", "ES384", "RS256", "PS256", "EdDSA"];

/// The document. Absent members are absent, never `null`.
#[derive(Serialize)]
pub(super) struct Metadata {
    issuer: String,
    token_endpoint: String,
    introspection_endpoint: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    revocation_endpoint: Option<String>,
    jwks_uri: String,
    /// Required by RFC 8414 §2; empty as long as there is no authorization endpoint.
    response_types_supported: &'static [&'static str],
    grant_types_supported: Vec<&'static str>,
    token_endpoint_auth_methods_supported: Vec<&'static str>,
    token_endpoint_auth_signing_alg_values_supported: &'static [&'static str],
    introspection_endpoint_auth_methods_supported: Vec<&'static str>,
    introspection_endpoint_auth_signing_alg_values_supported: &'static [&'static str],
    #[serde(skip_serializing_if = "Vec::is_empty")]
    revocation_endpoint_auth_methods_supported: Vec<&'static str>,
    #[serde(skip_serializing_if = "<[_]>::is_empty")]
    revocation_endpoint_auth_signing_alg_values_supported: &'static [&'static str],
}

/// Answers with what this server can do.
pub(super) async fn get(
    State(app): State<App>,
    Extension(Grants(grants)): Extension<Grants>,
) -> ([(HeaderName, &'static str); 1], Json<Metadata>) {
    let all: Vec<_> = ClientAuthentication::ALL.iter().map(|method| method.as_str()).collect();
    let confidential: Vec<_> = all.iter().copied().filter(|method| *method != "none").collect();
    let serves_public = grants.iter().any(|grant| grant.serves_public);
    let at_token_endpoint = if serves_public { all.clone() } else { confidential.clone() };
    // Without a store nothing can be revoked.
    let revokes = !app.store.is_disabled();
    let metadata = Metadata {
        issuer: app.issuer.as_str().to_owned(),
        token_endpoint: app.issuer.join("/token"),
        introspection_endpoint: app.issuer.join("/introspect"),
        revocation_endpoint: revokes.then(|| app.issuer.join("/revoke")),
        jwks_uri: app.issuer.join("/jwks.json"),
        response_types_supported: &[],
        grant_types_supported: grants.iter().map(|grant| grant.grant_type).collect(),
        token_endpoint_auth_methods_supported: at_token_endpoint,
        token_endpoint_auth_signing_alg_values_supported: ASSERTION_ALGORITHMS,
        introspection_endpoint_auth_methods_supported: confidential,
        introspection_endpoint_auth_signing_alg_values_supported: ASSERTION_ALGORITHMS,
        revocation_endpoint_auth_methods_supported: if revokes { all } else { Vec::new() },
        revocation_endpoint_auth_signing_alg_values_supported: if revokes {
            ASSERTION_ALGORITHMS
        } else {
            &[]
        },
    };
    ([(header::CACHE_CONTROL, "public, max-age=300")], Json(metadata))
}
