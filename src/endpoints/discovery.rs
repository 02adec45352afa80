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
        claims_of_people::claim_names,
        client::ClientAuthentication,
        issuer::Issuer,
        pkce,
        scope::OPENID_SCOPES,
        sign_in_settings::SubjectType,
        signature_algorithm::SignatureAlgorithm,
    },
};

/// The algorithms that a signed client assertion may have.
const ASSERTION_ALGORITHMS: &[&str] = &["ES256", "ES384", "RS256", "PS256", "EdDSA"];

/// What ID tokens say of a sign-in, beside what is said of people.
const OF_SIGN_INS: &[&str] =
    &["sub", "iss", "aud", "exp", "iat", "auth_time", "amr", "azp", "sid", "nonce", "at_hash"];

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
    #[serde(flatten)]
    of_people: Option<OfPeople>,
}

/// What is said of signing people in (OpenID Connect Discovery §3), where anybody can.
#[derive(Serialize)]
struct OfPeople {
    userinfo_endpoint: String,
    scopes_supported: &'static [&'static str],
    claims_supported: Vec<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    acr_values_supported: Option<[String; 1]>,
    subject_types_supported: Vec<&'static str>,
    id_token_signing_alg_values_supported: Vec<&'static str>,
    userinfo_signing_alg_values_supported: Vec<&'static str>,
}

impl OfPeople {
    fn of(app: &App) -> Self {
        let algorithms = || SignatureAlgorithm::ALL.iter().map(|one| one.as_str()).collect();
        let class = app.config().sessions.acr.as_ref().map(ToString::to_string);
        let of_class = class.as_ref().map(|_| "acr");
        Self {
            userinfo_endpoint: app.issuer.join("/userinfo"),
            scopes_supported: OPENID_SCOPES,
            claims_supported: OF_SIGN_INS
                .iter()
                .copied()
                .chain(of_class)
                .chain(claim_names())
                .collect(),
            acr_values_supported: class.map(|class| [class]),
            subject_types_supported: SubjectType::ALL.iter().map(|one| one.as_str()).collect(),
            id_token_signing_alg_values_supported: algorithms(),
            userinfo_signing_alg_values_supported: algorithms(),
        }
    }
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
    let of_people = people.is_some().then(|| OfPeople::of(&app));
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
        of_people,
    };
    ([(header::CACHE_CONTROL, "public, max-age=300")], Json(metadata))
}
