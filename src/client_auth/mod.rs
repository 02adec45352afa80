//! Who asks: exactly one proof a request, and exactly the one that the client registered
//! (RFC 6749 §2.3).
//!
//! Every refusal looks the same to the caller; why is in the log. Our own API is for the bearers of
//! access tokens ([`Bearer`]) and for people ([`Person`]).

mod api_caller;
mod assertion;
mod basic;
mod bearer;
mod credentials;
mod decoy;
mod password;
mod person;
mod personal_token;
mod request;
mod secret;
mod userinfo;

use std::sync::Arc;

use axum::http::HeaderMap;
use metrics::counter;

use crate::{
    app::App,
    error::{Code, Error, Result},
    model::{
        client::{ClientAuthentication, ClientStatus},
        client_id::ClientId,
        client_refusal::ClientRefusal,
        parameters::Parameters,
        registered_client::RegisteredClient,
        secret::Secret,
        timestamp::Timestamp,
    },
};

pub use api_caller::ApiCaller;
pub use bearer::Bearer;
pub use credentials::Credentials;
pub use person::{Person, Proof};
pub use request::{CallerAddress, ClientRequest, ConfidentialRequest, FormRequest, JsonRequest};
pub use userinfo::UserinfoRequest;

/// The `client_assertion_type` of a signed assertion (RFC 7523 §2.2).
const ASSERTION_TYPE: &str = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer";

/// What a request claims, before anything is proven.
#[derive(Debug)]
enum Credential {
    /// A name and a secret, in the header or in the form.
    Secret(ClientAuthentication, String, Secret),
    /// A signed assertion, and the name beside it if one was sent.
    Assertion(Secret, Option<String>),
    /// A name alone.
    Name(String),
}

/// What is known around a proof.
struct Circumstances<'a> {
    app: &'a App,
    at: Timestamp,
    from: CallerAddress,
}

/// Proves which client sent a request.
///
/// # Errors
///
/// `invalid_request` where several proofs were sent or they contradict each other, `invalid_client`
/// for everything that does not hold.
async fn authenticate(
    around: &Circumstances<'_>,
    headers: &HeaderMap,
    parameters: &Parameters,
) -> Result<Arc<RegisteredClient>> {
    let (registered, method) = match credential(around, headers, parameters)? {
        Credential::Secret(method, name, presented) => {
            (secret::prove(around, &name, &presented, method).await?, method)
        }
        Credential::Assertion(jwt, name) => {
            let registered = assertion::prove(around, &jwt, name.as_deref()).await?;
            (registered, ClientAuthentication::PrivateKeyJwt)
        }
        Credential::Name(name) => (find_public(around, &name).await?, ClientAuthentication::None),
    };
    let proven = registered.client.authentication;
    debug_assert_eq!(proven, method, "each proof checks its own method");
    Ok(registered)
}

/// Picks the one proof out of a request.
fn credential(
    around: &Circumstances<'_>,
    headers: &HeaderMap,
    parameters: &Parameters,
) -> Result<Credential> {
    let name = parameters.get("client_id").map(str::to_owned);
    let posted = parameters.get("client_secret");
    let assertion = parameters.get("client_assertion");
    let basic =
        basic::read(headers)?.transpose().map_err(|reason| refused(around, None, reason))?;
    if [basic.is_some(), posted.is_some(), assertion.is_some()].iter().filter(|sent| **sent).count()
        > 1
    {
        let text = "The client authenticates in more than one way.";
        return Err(Error::new(Code::InvalidRequest, text));
    }
    if let Some((basic_name, presented)) = basic {
        if name.is_some_and(|name| name != basic_name) {
            let text = "client_id names another client than the Authorization header.";
            return Err(Error::new(Code::InvalidRequest, text));
        }
        return Ok(Credential::Secret(ClientAuthentication::SecretBasic, basic_name, presented));
    }
    if let Some(assertion) = assertion {
        if parameters.get("client_assertion_type") != Some(ASSERTION_TYPE) {
            let text = "client_assertion_type must name the JWT bearer type.";
            return Err(Error::new(Code::InvalidRequest, text));
        }
        return Ok(Credential::Assertion(Secret::new(assertion.to_owned()), name));
    }
    let Some(name) = name else { return Err(refused(around, None, ClientRefusal::Unnamed)) };
    Ok(match posted {
        Some(posted) => {
            let posted = Secret::new(posted.to_owned());
            Credential::Secret(ClientAuthentication::SecretPost, name, posted)
        }
        None => Credential::Name(name),
    })
}

/// Finds the client that may authenticate by `method`, with its secrets; notes why there is none.
async fn find_registered(
    around: &Circumstances<'_>,
    name: &str,
    method: ClientAuthentication,
) -> Result<Option<Arc<RegisteredClient>>> {
    let Ok(client_id) = ClientId::parse(name) else {
        note(around, None, ClientRefusal::ImpossibleName);
        return Ok(None);
    };
    let found = around.app.store.find_registered_client(&client_id).await?;
    let reason = match found.as_ref().map(|found| &found.client) {
        None => ClientRefusal::Unknown,
        Some(client) if client.status != ClientStatus::Active => ClientRefusal::Disabled,
        Some(client) if client.authentication != method => ClientRefusal::OtherMethod,
        Some(_) => return Ok(found),
    };
    // A name that is no client's may be a secret that somebody typed into the wrong field.
    note(around, Some(&client_id).filter(|_| found.is_some()), reason);
    Ok(None)
}

async fn find_public(around: &Circumstances<'_>, name: &str) -> Result<Arc<RegisteredClient>> {
    let found = find_registered(around, name, ClientAuthentication::None).await?;
    found.ok_or_else(Error::invalid_client)
}

/// The one refusal, with its reason for the log.
fn refused(
    around: &Circumstances<'_>,
    client_id: Option<&ClientId>,
    reason: ClientRefusal,
) -> Error {
    note(around, client_id, reason);
    Error::invalid_client()
}

/// Counts a refusal and logs it, once.
fn note(around: &Circumstances<'_>, client_id: Option<&ClientId>, reason: ClientRefusal) {
    let Circumstances { app, at, from } = *around;
    app.refusals.note_client(client_id, from.0, at);
    counter!("tessera_client_refusals_total", "reason" => reason.as_str()).increment(1);
    let id = client_id.map(ClientId::as_str);
    tracing::info!(
        event = "client.refused",
        client.id = id,
        reason = reason.as_str(),
        "refused {}: {}",
        id.unwrap_or("a client"),
        reason.explained()
    );
}
