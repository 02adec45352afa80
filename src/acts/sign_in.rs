//! Signing in: a person proves by a password who they are, and a browser session begins.

use std::{net::IpAddr, sync::Arc, time::Duration};

use metrics::counter;
use uuid::Uuid;

use crate::{
    app::App,
    hashing::{self, PasswordAttempt},
    model::{
        account_end::AccountLimits,
        authorization_request::AuthorizationRequest,
        browser_session::{BY_PASSWORD, BrowserSession},
        client_id::ClientId,
        id::uuid_v7,
        person_refusal::PersonRefusal,
        secret::{Secret, Sha256},
        space_delimited::SpaceDelimited,
        timestamp::Timestamp,
        user::{PasswordHash, User},
        username::Username,
    },
    store::{SessionTarget, Transaction, UserKey},
};

use super::{Error, Operator, Result, browser_sessions::SeenFrom, ended, event};

/// The longest password, in bytes: nobody is given a longer one.
const LONGEST_PASSWORD: usize = 1024;

/// What a person typed.
#[derive(Debug, Clone, Copy)]
pub struct Typed<'a> {
    /// The namespace of the name.
    pub realm: &'a str,
    /// The name, as it was typed.
    pub name: &'a str,
    /// The password, as it was typed.
    pub password: &'a Secret,
}

/// Why nobody was proven.
#[derive(Debug, thiserror::Error)]
pub enum NotProven {
    /// The pair is not good here. Which half is wrong, and why, only the log knows.
    #[error("name and password are not good here")]
    Refused,
    /// Too many wrong guesses came from there; nothing was looked at. Again after so long.
    #[error("too many wrong guesses")]
    Throttled(Duration),
    /// Too much waits to be judged.
    #[error("too much waits to be judged")]
    Busy,
    /// It could not be found out.
    #[error(transparent)]
    Failed(#[from] Error),
}

/// An authorization request that waits for somebody to sign in.
#[derive(Debug)]
pub struct Waiting {
    /// The client that asks.
    pub client_id: ClientId,
    /// Its name for people.
    pub client: String,
    /// Which languages its person reads, as the client knows.
    pub ui_locales: Option<String>,
    /// Whom it expects, as something to type.
    pub login_hint: Option<String>,
}

/// The request of an address, and the browser that asks about it.
#[derive(Debug, Clone, Copy)]
pub struct RequestOf<'a> {
    /// What stands in the address.
    pub request: &'a Secret,
    /// What the browser is known by.
    pub browser: &'a Secret,
}

/// How somebody signs in who was proven.
#[derive(Debug, Clone, Copy)]
pub struct SignInAs<'a> {
    /// Who.
    pub user: &'a User,
    /// Whether they want to be kept signed in.
    pub is_remembered: bool,
    /// The session that this browser is in.
    pub before: Option<&'a BrowserSession>,
    /// What they sign in for.
    pub request: Option<RequestOf<'a>>,
}

/// Finds the request of an address, if it is this browser's and not over at `at`.
///
/// # Errors
///
/// What the store says.
pub async fn waiting(app: &App, of: RequestOf<'_>, at: Timestamp) -> Result<Option<Waiting>> {
    if app.store.is_disabled() {
        return Ok(None);
    }
    let mut store = app.store.read().await?;
    let Some(row) = store.find_authorization_request(&of.request.hash(), at).await? else {
        return Ok(None);
    };
    if !row.browser_hash.matches(of.browser.hash().as_bytes()) {
        return Ok(None);
    }
    let request = row.request;
    let Ok(client_id) = ClientId::parse(&request.client_id) else { return Ok(None) };
    let client = store.find_client(&client_id).await?;
    let AuthorizationRequest { login_hint, ui_locales, .. } = request;
    Ok(client.map(|client| Waiting { client_id, client: client.name, login_hint, ui_locales }))
}

/// Proves by a password who somebody is. Whoever is not there, is disabled, locked out or over, or
/// has no password, costs what everybody costs and hears what everybody hears.
///
/// # Errors
///
/// [`NotProven`].
pub async fn prove(
    app: &App,
    typed: Typed<'_>,
    (from, at): (IpAddr, Timestamp),
) -> Result<Arc<User>, NotProven> {
    let refused = |id, reason| refused(app, (id, reason), (from, at));
    let is_short = typed.password.expose().len() <= LONGEST_PASSWORD;
    let name = Username::parse(typed.name).ok().filter(|_| is_short);
    let name = name.ok_or_else(|| refused(None, PersonRefusal::Impossible))?;
    let key = UserKey::Name(typed.realm.to_owned(), name.folded().to_owned());
    let user = app.store.look_for_user(key).await.map_err(Error::from)?;
    let id = user.as_ref().map(|user| user.user_id);
    let may = user.as_ref().filter(|user| user.may_sign_in(at));
    let kept = may.and_then(|user| user.password.as_ref()).map(PasswordHash::expose);
    let account = format!("{}/{}", typed.realm, name.folded());
    let attempt = PasswordAttempt { account: &account, from, at };
    let judged = app.hasher.verify_password(typed.password, kept, attempt).await;
    let is_right = judged.map_err(|error| {
        if let (hashing::Error::Throttled(_), Some(id)) = (&error, id) {
            app.refusals.note_guessed(id, from, at);
        }
        not_judged(id, error)
    })?;
    let Some(user) = user else { return Err(refused(None, PersonRefusal::Unknown)) };
    if !is_right {
        return Err(refused(id, user.password_refusal(at)));
    }
    match AccountLimits::of(&user.attributes) {
        Ok(limits) if !limits.is_over(at) => {}
        Ok(_) => return Err(refused(id, PersonRefusal::AccountExpired)),
        Err(_) => return Err(refused(id, PersonRefusal::UnreadableLimit)),
    }
    counter!("tessera_user_authentications_total", "outcome" => "password").increment(1);
    Ok(user)
}

/// Begins a session of somebody who was proven. Returns it with the secret that opens it; `None` if
/// they were disabled, or given another password, in the moment since.
///
/// The row of the session before is retired. Its id stays if it is the same person's; else that
/// session is ended with all that came of it.
///
/// # Errors
///
/// What the store says; then nobody is signed in.
pub async fn begin(
    app: &App,
    who: SignInAs<'_>,
    (from, at): (&SeenFrom, Timestamp),
) -> Result<Option<(Secret, BrowserSession)>> {
    let secret = Secret::generate(&app.random);
    let by = from.person(who.user);
    let mut store = app.store.begin().await?;
    if !store.note_sign_in(who.user, at).await? {
        store.roll_back().await?;
        return Ok(None);
    }
    let continued = settle_before(&mut store, who, (&by, at)).await?;
    let lifetimes = app.config().sessions.lifetimes(who.is_remembered);
    let expires_at = at.plus(lifetimes.absolute);
    let session = BrowserSession {
        session_hash: secret.hash(),
        session_id: continued.map_or_else(|| uuid_v7(at, &app.random), |before| before.session_id),
        user_id: who.user.user_id,
        user_generation: who.user.generation,
        global_generation: 0,
        authenticated_at: at,
        methods: SpaceDelimited::parse(BY_PASSWORD),
        is_remembered: who.is_remembered,
        created_at: continued.map_or(at, |before| before.created_at),
        seen_at: at,
        idle_until: at.plus(lifetimes.idle).min(expires_at),
        expires_at,
        ended_at: None,
        address: Some(from.address.to_string()),
        user_agent: from.user_agent.clone(),
    };
    store.insert_session(&session).await?;
    note_for_request(&mut store, who, &session.session_hash, at).await?;
    let event = event(app, (&by, at), "session.began", &who.user.address(), None);
    store.insert_audit_event(&event).await?;
    store.commit().await?;
    counter!("tessera_sessions_begun_total").increment(1);
    app.tally.note(crate::model::series::Counted::SignedIn);
    Ok(Some((secret, session)))
}

/// Ends a session, and all that came of it and does not outlive it.
///
/// # Errors
///
/// What the store says.
pub async fn sign_out(
    app: &App,
    (user, session_id): (&User, Uuid),
    (from, at): (&SeenFrom, Timestamp),
) -> Result<()> {
    let by = from.person(user);
    let mut store = app.store.begin().await?;
    let end = ended(&by, at, "session.signed_out");
    if store.end_sessions(SessionTarget::One(session_id), &end).await? > 0 {
        let event = event(app, (&by, at), "session.signed_out", &user.address(), None);
        store.insert_audit_event(&event).await?;
    }
    Ok(store.commit().await?)
}

/// Retires the session that the browser was in. Returns it if it goes on as another row.
async fn settle_before<'a>(
    store: &mut Transaction,
    who: SignInAs<'a>,
    (by, at): (&Operator, Timestamp),
) -> Result<Option<&'a BrowserSession>> {
    let Some(before) = who.before else { return Ok(None) };
    if before.user_id != who.user.user_id {
        let end = ended(by, at, "session.other_person");
        store.end_sessions(SessionTarget::One(before.session_id), &end).await?;
        return Ok(None);
    }
    // Where somebody ended it a moment ago, it must not come back under the same id.
    let end = ended(by, at, "session.renewed");
    let is_retired = store.retire_session(&before.session_hash, &end).await?;
    Ok(is_retired.then_some(before))
}

async fn note_for_request(
    store: &mut Transaction,
    who: SignInAs<'_>,
    session_hash: &Sha256,
    at: Timestamp,
) -> Result<()> {
    if let Some(RequestOf { request, browser }) = who.request {
        let of = (&request.hash(), &browser.hash());
        // Where it is over by now, going on with it will say so.
        store.note_request_sign_in(of, session_hash, at).await?;
    }
    Ok(())
}

/// The one refusal, counted and logged with its reason. A name that is no user's is not logged: it
/// may be a password that somebody typed into the wrong field.
fn refused(
    app: &App,
    (id, reason): (Option<Uuid>, PersonRefusal),
    (from, at): (IpAddr, Timestamp),
) -> NotProven {
    app.refusals.note_user(id, from, at);
    counter!("tessera_user_authentications_total", "outcome" => "refused").increment(1);
    let who = id.map_or_else(|| "somebody".to_owned(), |id| format!("user {id}"));
    tracing::info!(
        event = "user.refused",
        user.id = id.map(tracing::field::display),
        reason = reason.as_str(),
        "refused {who}: {}",
        reason.explained()
    );
    NotProven::Refused
}

/// Not a refusal: whoever knows the password may come back with it.
fn not_judged(id: Option<Uuid>, error: hashing::Error) -> NotProven {
    counter!("tessera_user_authentications_total", "outcome" => "not_judged").increment(1);
    tracing::warn!(
        event = "user.not_judged",
        user.id = id.map(tracing::field::display),
        reason = %error,
        "did not judge a password: {error}"
    );
    match error {
        hashing::Error::Throttled(wait) => NotProven::Throttled(wait),
        hashing::Error::Busy => NotProven::Busy,
        hashing::Error::Unhashable => NotProven::Failed(error.into()),
    }
}
