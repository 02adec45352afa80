//! Who asks about the person behind an access token (OpenID Connect Core §5.3.1).

use std::sync::Arc;

use axum::{
    extract::{FromRequest, Request},
    http::{Method, header},
};
use uuid::Uuid;

use crate::{
    app::App,
    error::{Code, Error, Result},
    model::{
        attempt::{Attempt, Circumstances},
        client::ClientStatus,
        openid_scope::OPENID,
        parameters::Parameters,
        registered_client::RegisteredClient,
        secret::Secret,
        space_delimited::SpaceDelimited,
        standing::StandingEntry,
        timestamp::Timestamp,
        token_entry::TokenKind,
    },
};

use super::{
    CallerAddress, bearer,
    request::{FORM, has_type, read_body},
};

/// The bearer of an access token that says who a person is, whatever resource server it is for.
#[derive(Debug)]
pub struct UserinfoRequest {
    /// The token's entry.
    pub found: Arc<StandingEntry>,
    /// The person.
    pub user_id: Uuid,
    /// The client that holds the token. It is active.
    pub registered: Arc<RegisteredClient>,
    /// When. All that is decided about the request goes by this moment.
    pub at: Timestamp,
}

impl FromRequest<App> for UserinfoRequest {
    type Rejection = Error;

    async fn from_request(request: Request, app: &App) -> Result<Self> {
        // RFC 6750 §2.3: a token in the URL stays in logs and histories.
        if let Some(query) = request.uri().query() {
            Parameters::refuse_secrets_in(query)?;
        }
        let from = CallerAddress::of(request.extensions());
        let presented = read(app, request).await?;
        let at = app.now();
        let Some(presented) = app.tokens.present(presented.expose(), at).await? else {
            return Err(bearer::refuse(None, "unknown"));
        };
        let entry = &presented.found.entry;
        let refused = |reason| Err(bearer::refuse(Some(entry), reason));
        if entry.kind != TokenKind::Access {
            return refused("other_kind");
        }
        if let Some(refusal) = presented.found.judge(&attempt(app, &presented.found, (from, at))) {
            return refused(refusal.refusal.as_str());
        }
        let Some(user_id) = entry.user_id else { return refused("no_person") };
        if !entry.scope.asks_who() {
            let text = "The access token lacks the scope for this.";
            return Err(Error::new(Code::InsufficientScope, text).needing(OPENID.to_owned()));
        }
        let registered = app.store.find_registered_client(&entry.client_id).await?;
        let is_active = |found: &Arc<RegisteredClient>| found.client.status == ClientStatus::Active;
        match registered.filter(is_active) {
            Some(registered) => {
                app.note_use(entry, at);
                Ok(Self { found: presented.found, user_id, registered, at })
            }
            // Deleted or disabled since the judgement.
            None => refused("orphaned"),
        }
    }
}

/// The token in the one place where it stands: the header, or the form (RFC 6750 §2.1, §2.2).
async fn read(app: &App, request: Request) -> Result<Secret> {
    let (head, body) = request.into_parts();
    let mut in_form = None;
    if head.method == Method::POST && has_type(&head.headers, FORM) {
        let parameters = Parameters::parse(&read_body(app, &head.headers, body).await?)?;
        in_form = parameters.get("access_token").map(|token| Secret::new(token.to_owned()));
    }
    match (head.headers.contains_key(header::AUTHORIZATION), in_form) {
        (true, Some(_)) => {
            Err(Error::new(Code::InvalidRequest, "The access token stands in two places."))
        }
        (true, None) => bearer::read(&head.headers),
        (false, Some(token)) => Ok(token),
        (false, None) => Err(bearer::missing()),
    }
}

/// Whoever bears it presents it here, for what it is for: its rules hold, though nothing is spent.
fn attempt(app: &App, found: &StandingEntry, (from, at): (CallerAddress, Timestamp)) -> Attempt {
    let ours = std::iter::once(app.issuer.as_str());
    let audience = ours.chain(found.entry.audience.iter()).map(str::to_owned);
    let circumstances = Circumstances {
        type_name: None,
        purpose: None,
        identity: None,
        client_id: found.entry.client_id.clone(),
        audience: audience.collect::<SpaceDelimited>(),
        address: Some(from.0.to_canonical()),
    };
    Attempt { at, presented: Some(circumstances) }
}
