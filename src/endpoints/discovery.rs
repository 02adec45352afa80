//! Metadata (RFC 8414, OpenID Connect Discovery): what is on, generated from the lists that
//! dispatch, with addresses made from the issuer alone.

use axum::{
    Extension, Json,
    extract::State,
    http::{HeaderName, header},
};
use serde::Serialize;

use crate::{
    app::App,
    grants::{Grant, Grants},
    model::{
        authorization_request::{Prompt, ResponseMode, ResponseType},
        client::ClientAuthentication,
        issuer::Issuer,
        pkce,
    },
};

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
    /// Required by RFC 8414 §2; empty where there is no authorization endpoint.
    response_types_supported: Vec<&'static str>,
    #[serde(flatten)]
    people: Option<People>,
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

/// What there is where people can sign in.
#[derive(Serialize)]
#[expect(clippy::struct_excessive_bools, reason = "the standards have them so")]
struct People {
    authorization_endpoint: String,
    /// OpenID Connect RP-Initiated Logout §2.1.
    end_session_endpoint: String,
    response_modes_supported: Vec<&'static str>,
    /// RFC 8414 §2.
    code_challenge_methods_supported: &'static [&'static str],
    /// Initiating User Registration via OpenID Connect §4.
    prompt_values_supported: Vec<&'static str>,
    claims_parameter_supported: bool,
    request_parameter_supported: bool,
    /// Left out, it would mean that there is (OpenID Connect Discovery §3).
    request_uri_parameter_supported: bool,
    /// RFC 9207 §3.
    authorization_response_iss_parameter_supported: bool,
}

impl People {
    /// `None` where no code can be redeemed.
    fn of(grants: &[&'static Grant], issuer: &Issuer) -> Option<Self> {
        grants.iter().find(|grant| grant.grant_type == "authorization_code")?;
        Some(Self {
            authorization_endpoint: issuer.join("/authorize"),
            end_session_endpoint: issuer.join("/logout"),
            response_modes_supported: ResponseMode::ALL.iter().map(|m| m.as_str()).collect(),
            code_challenge_methods_supported: pkce::METHODS,
            prompt_values_supported: Prompt::ALL.iter().map(|prompt| prompt.as_str()).collect(),
            claims_parameter_supported: true,
            request_parameter_supported: false,
            request_uri_parameter_supported: false,
            authorization_response_iss_parameter_supported: true,
        })
    }

    fn response_types() -> Vec<&'static str> {
        ResponseType::ALL.iter().map(|response_type| response_type.as_str()).collect()
    }
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
    let people = People::of(grants, &app.issuer);
    let metadata = Metadata {
        issuer: app.issuer.as_str().to_owned(),
        token_endpoint: app.issuer.join("/token"),
        introspection_endpoint: app.issuer.join("/introspect"),
        revocation_endpoint: revokes.then(|| app.issuer.join("/revoke")),
        jwks_uri: app.issuer.join("/jwks.json"),
        response_types_supported: people
            .as_ref()
            .map(|_| People::response_types())
            .unwrap_or_default(),
        people,
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
