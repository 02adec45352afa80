//! Where somebody goes who signs out for a client (RP-Initiated Logout 1.0).

use crate::{
    app::App,
    model::{
        client::{Client, ClientStatus},
        client_id::ClientId,
        parameters::Parameters,
        redirect_uri::CheckedRedirect,
    },
};

use super::Result;

/// The parameters of a request for it that count here. All else is ignored.
pub const LOGOUT_PARAMETERS: &[&str] =
    &["id_token_hint", "client_id", "post_logout_redirect_uri", "state", "ui_locales"];

/// The longest `state`, in bytes. A longer one cannot come back, so nobody is sent anywhere.
const LONGEST_STATE: usize = 4096;

/// What a request to sign out is good for.
#[derive(Debug, Default)]
pub struct Departure {
    /// The client that asks, if its hint shows who it is.
    pub client: Option<Client>,
    /// Where the browser goes afterwards; nothing if no good address is proven.
    pub redirect: Option<CheckedRedirect>,
    /// What goes along as it came.
    pub state: Option<String>,
}

/// Judges a request to sign out. An address counts only if a good ID token shows whose it is: without
/// that, anybody could send people anywhere (§3). What is not good is left out, never an error.
///
/// # Errors
///
/// What the store says.
pub async fn judge(app: &App, parameters: &Parameters) -> Result<Departure> {
    let Some(hint) = parameters.get("id_token_hint") else { return Ok(Departure::default()) };
    let Some(hint) = app.tokens.read_id_token_hint(hint).await? else {
        return Ok(Departure::default());
    };
    let named = match parameters.get("client_id") {
        Some(client_id) if !hint.is_for(client_id) => None,
        Some(client_id) => Some(client_id),
        None => hint.client_id(),
    };
    let client_id = named.and_then(|client_id| ClientId::parse(client_id).ok());
    let Some(client_id) = client_id else { return Ok(Departure::default()) };
    let found = app.store.find_registered_client(&client_id).await?;
    let found = found.filter(|found| found.client.status == ClientStatus::Active);
    let Some(found) = found else { return Ok(Departure::default()) };
    let client = found.client.clone();
    let state = parameters.get("state").map(str::to_owned);
    let can_return = state.as_ref().is_none_or(|state| state.len() <= LONGEST_STATE);
    let sent = parameters.get("post_logout_redirect_uri").filter(|_| can_return);
    let redirect = sent.and_then(|sent| CheckedRedirect::after_sign_out(&client, sent));
    Ok(Departure { client: Some(client), redirect, state })
}
