//! An authorization request, read out of its parameters and judged as far as the request itself
//! goes.

use crate::model::{
    authentication_class::AuthenticationClass, client::Client, parameters::Parameters, pkce,
    redirect_uri::CheckedRedirect, scope::Scope, space_delimited::SpaceDelimited,
};

use super::{
    AuthorizationRequest, ResponseMode, claims,
    refusal::{AuthorizationError, AuthorizationRefusal},
    way_back::WayBack,
};

words! {
    /// What a client may ask to come back with.
    pub enum ResponseType: "response type" {
        /// A code (RFC 6749 §4.1.1). Tokens never travel through a browser (RFC 9700 §2.1.2).
        Code = "code",
    }
}

words! {
    /// What a client says of being asked (OpenID Connect Core §3.1.2.1).
    pub enum Prompt: "prompt" {
        /// Nothing may be asked.
        None = "none",
        /// The person has to sign in anew.
        Login = "login",
        /// They have to be asked again what they allow.
        Consent = "consent",
        /// They have to choose whom to be: by signing in anew, since a browser has one account.
        SelectAccount = "select_account",
    }
}

/// The longest `nonce`, in bytes.
const LONGEST_NONCE: usize = 2048;

/// The longest `login_hint` and `ui_locales`, in bytes. Longer ones help nobody, and are ignored:
/// they must not be errors.
const LONGEST_HINT: usize = 512;

/// The longest `scope`, and all of `resource` together, in bytes.
const LONGEST_LIST: usize = 8192;

/// A request that was read.
#[derive(Debug)]
pub struct ReadRequest {
    /// The request. Whom the hint names is still to be found out.
    pub request: AuthorizationRequest,
    /// The ID token that it came with, unverified.
    pub id_token_hint: Option<String>,
}

/// Whether the request is one of OpenID Connect.
#[must_use]
pub fn is_openid(parameters: &Parameters) -> bool {
    let mut scope = parameters.get("scope").unwrap_or_default().split(' ');
    scope.any(|token| token == "openid")
}

/// Reads a request of `client`, whose answer goes `back`. `class` is what ID tokens state as `acr`.
///
/// # Errors
///
/// An [`AuthorizationRefusal`], which goes back to the client.
pub fn read(
    parameters: &Parameters,
    client: &Client,
    back: &WayBack,
    class: Option<&AuthenticationClass>,
) -> Result<ReadRequest, AuthorizationRefusal> {
    refuse_what_is_not_supported(parameters)?;
    refuse_response_types(parameters)?;
    if !client.grant_types.contains("authorization_code") {
        let text = "The client may not use the grant authorization_code.";
        return Err(AuthorizationRefusal::new(AuthorizationError::UnauthorizedClient, text));
    }
    let prompts = read_prompt(parameters)?;
    let claims = parameters.get("claims").map(|text| claims::read(text, class)).transpose()?;
    let claims = claims.unwrap_or_default();
    let hint = |name| parameters.get(name).filter(|hint| hint.len() <= LONGEST_HINT);
    let request = AuthorizationRequest {
        client_id: client.client_id.as_str().to_owned(),
        redirect_uri: back.redirect.as_str().to_owned(),
        names_redirect_uri: parameters.get("redirect_uri").is_some(),
        response_mode: back.mode.as_str().to_owned(),
        scope: read_scope(parameters)?,
        resources: read_resources(parameters)?,
        state: back.state.clone(),
        nonce: read_nonce(parameters)?,
        code_challenge: read_challenge(parameters, client)?,
        prompt_none: prompts.contains(&Prompt::None),
        prompt_login: prompts.iter().any(|p| matches!(p, Prompt::Login | Prompt::SelectAccount)),
        prompt_consent: prompts.contains(&Prompt::Consent),
        max_age: read_max_age(parameters)?,
        login_hint: hint("login_hint").map(str::to_owned),
        expected_subject: claims.subject,
        ui_locales: hint("ui_locales").map(str::to_owned),
        claims: claims.asked,
    };
    let id_token_hint = parameters.get("id_token_hint").map(str::to_owned);
    Ok(ReadRequest { request, id_token_hint })
}

/// Parameters that would change what is asked for must not be ignored (OpenID Connect Core §6, §7).
fn refuse_what_is_not_supported(parameters: &Parameters) -> Result<(), AuthorizationRefusal> {
    for (name, error, text) in [
        ("request", AuthorizationError::RequestNotSupported, "Request objects are not taken."),
        (
            "request_uri",
            AuthorizationError::RequestUriNotSupported,
            "Addresses of request objects are not taken.",
        ),
        (
            "registration",
            AuthorizationError::RegistrationNotSupported,
            "Clients do not register themselves in a request.",
        ),
    ] {
        if parameters.get(name).is_some() {
            return Err(AuthorizationRefusal::new(error, text));
        }
    }
    Ok(())
}

fn refuse_response_types(parameters: &Parameters) -> Result<(), AuthorizationRefusal> {
    let sent =
        parameters.get("response_type").ok_or_else(|| invalid("response_type is missing."))?;
    if sent.parse::<ResponseType>().is_err() {
        let text = "The only response_type is code.";
        return Err(AuthorizationRefusal::new(AuthorizationError::UnsupportedResponseType, text));
    }
    // Whatever it is, the answer to this went the usual way.
    let mode = parameters.get("response_mode").map(str::parse::<ResponseMode>).transpose();
    mode.map(drop).map_err(|_| invalid("response_mode is query, fragment or form_post."))
}

fn read_prompt(parameters: &Parameters) -> Result<Vec<Prompt>, AuthorizationRefusal> {
    let sent = SpaceDelimited::parse(parameters.get("prompt").unwrap_or_default());
    let prompts: Result<Vec<Prompt>, _> = sent.iter().map(str::parse).collect();
    let prompts = prompts.map_err(|_| {
        invalid("prompt holds an unknown value; known are none, login, consent, select_account.")
    })?;
    if prompts.len() > 1 && prompts.contains(&Prompt::None) {
        return Err(invalid("prompt=none stands alone."));
    }
    Ok(prompts)
}

fn read_scope(parameters: &Parameters) -> Result<Option<String>, AuthorizationRefusal> {
    // Nothing but spaces is as good as nothing.
    let sent = parameters.get("scope").filter(|sent| !sent.trim_matches(' ').is_empty());
    let Some(sent) = sent else { return Ok(None) };
    let wrong = |text| AuthorizationRefusal::new(AuthorizationError::InvalidScope, text);
    if sent.len() > LONGEST_LIST {
        return Err(wrong("The scope is longer than 8192 bytes."));
    }
    let scope = Scope::parse(sent).map_err(|_| {
        wrong("A scope token holds printable ASCII characters only, no quote or backslash.")
    })?;
    Ok(Some(scope.to_string()))
}

fn read_resources(parameters: &Parameters) -> Result<Vec<String>, AuthorizationRefusal> {
    let named = ["resource", "audience"].iter().flat_map(|name| parameters.all(name));
    let resources: Vec<String> = named.map(str::to_owned).collect();
    if resources.iter().map(String::len).sum::<usize>() > LONGEST_LIST {
        let text = "The resources are longer than 8192 bytes.";
        return Err(AuthorizationRefusal::new(AuthorizationError::InvalidTarget, text));
    }
    Ok(resources)
}

fn read_nonce(parameters: &Parameters) -> Result<Option<String>, AuthorizationRefusal> {
    match parameters.get("nonce") {
        Some(nonce) if nonce.len() > LONGEST_NONCE => {
            Err(invalid("nonce is longer than 2048 bytes."))
        }
        nonce => Ok(nonce.map(str::to_owned)),
    }
}

/// The challenge, which only S256 may have made, and which a public client must send (RFC 9700
/// §2.1.1).
fn read_challenge(
    parameters: &Parameters,
    client: &Client,
) -> Result<Option<String>, AuthorizationRefusal> {
    let (challenge, method) =
        (parameters.get("code_challenge"), parameters.get("code_challenge_method"));
    let is_required = client.is_public() || client.sign_in.require_pkce.unwrap_or(true);
    match (challenge, method) {
        (None, Some(_)) => Err(invalid("code_challenge is missing.")),
        (None, None) if is_required => {
            Err(invalid("code_challenge is missing; send one made by S256 (RFC 7636)."))
        }
        (None, None) => Ok(None),
        // Without a method it would be `plain` (RFC 7636 §4.3), which protects nothing here.
        (Some(_), method) if !method.is_some_and(|name| pkce::METHODS.contains(&name)) => {
            Err(invalid("code_challenge_method must be S256."))
        }
        (Some(challenge), _) if pkce::is_challenge(challenge) => Ok(Some(challenge.to_owned())),
        (Some(_), _) => Err(invalid("code_challenge must have 43 characters of base64url.")),
    }
}

fn read_max_age(parameters: &Parameters) -> Result<Option<u64>, AuthorizationRefusal> {
    let Some(sent) = parameters.get("max_age") else { return Ok(None) };
    let is_number = sent.bytes().all(|byte| byte.is_ascii_digit());
    let read = sent.parse().ok().filter(|_| is_number);
    read.map(Some).ok_or_else(|| invalid("max_age must be a whole number of seconds."))
}

fn invalid(text: &'static str) -> AuthorizationRefusal {
    AuthorizationRefusal::new(AuthorizationError::InvalidRequest, text)
}

/// For callers that decide nothing but where an error goes.
pub(super) fn usual_mode(parameters: &Parameters) -> ResponseMode {
    // Multiple Response Type Encoding Practices §5: whoever wanted a token in the fragment looks
    // for the error there.
    let mut words = parameters.get("response_type").unwrap_or_default().split(' ');
    if words.any(|word| matches!(word, "token" | "id_token")) {
        ResponseMode::Fragment
    } else {
        ResponseMode::Query
    }
}

/// The address that the answer goes to, and how.
pub(super) fn way_back(parameters: &Parameters, redirect: CheckedRedirect) -> WayBack {
    let sent = parameters.get("response_mode").and_then(|mode| mode.parse().ok());
    let mode = sent.unwrap_or_else(|| usual_mode(parameters));
    WayBack { redirect, mode, state: parameters.get("state").map(str::to_owned) }
}

#[cfg(test)]
mod tests;
