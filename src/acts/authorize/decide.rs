//! The question what a client may do, and what a person says to it.

use crate::{
    acts::{
        browser_sessions::{LiveSession, SeenFrom},
        event,
    },
    app::App,
    model::{
        authorization_request::{AuthorizationError, PendingRequest},
        client::Client,
        consent::Consent,
        id::uuid_v7,
        redirect_uri::CheckedRedirect,
        scope::{DescribedScope, Scope},
        secret::Secret,
        sign_in::Step,
        space_delimited::SpaceDelimited,
        timestamp::Timestamp,
    },
};

use super::{
    Asker, Next, Stop, Unanswerable, answer, find,
    judge::{self, Judged, Standing},
};

/// What a person is asked.
#[derive(Debug)]
pub struct Question {
    /// Who asks.
    pub client: Client,
    /// Where the answer goes.
    pub redirect: CheckedRedirect,
    /// What it asks for, in the order in which it asks.
    pub wanted: Vec<Wanted>,
    /// The claims that it asks for one by one.
    pub claims: Vec<String>,
    /// Which languages the person reads, as the client knows.
    pub ui_locales: Option<String>,
}

/// A scope token that a client asks for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Wanted {
    /// The token.
    pub scope: String,
    /// What it allows, where an operator said so.
    pub description: Option<String>,
    /// Whether the person may leave it out.
    pub is_optional: bool,
}

/// What a person says.
#[derive(Debug, Clone)]
pub enum Answered {
    /// Yes, to these scope tokens: those that they were shown and did not leave out.
    Allow(Vec<String>),
    /// No.
    Deny,
}

/// Finds what a person is to be asked about the request of this name. Where they are not to be asked
/// now, what comes next instead.
///
/// # Errors
///
/// As [`super::begin`].
pub async fn ask(
    app: &App,
    name: &Secret,
    asker: Asker<'_>,
) -> Result<Result<Question, Next>, Stop> {
    let pending = find::find(app, name, asker).await?;
    let judged = match judge::judge_kept(app, &pending).await? {
        Ok(judged) => judged,
        Err(reply) => return Ok(Err(Next::Return(reply))),
    };
    let standing = judge::stand(app, &judged, Some(&pending), asker).await?;
    if standing.step != Step::Consent {
        return Ok(Err(Next::Continue(name.clone())));
    }
    let described = app.store.read().await?.described_scopes().await?;
    Ok(Ok(question(judged, &described)))
}

/// Does what a person said about the request of this name.
///
/// # Errors
///
/// As [`super::begin`].
pub async fn answer_question(
    app: &App,
    name: &Secret,
    asker: Asker<'_>,
    answered: Answered,
) -> Result<Next, Stop> {
    let pending = find::find(app, name, asker).await?;
    let judged = match judge::judge_kept(app, &pending).await? {
        Ok(judged) => judged,
        Err(reply) => return Ok(Next::Return(reply)),
    };
    let mut standing = judge::stand(app, &judged, Some(&pending), asker).await?;
    // Who answers twice means what they said last.
    let is_asked = matches!(standing.step, Step::Consent | Step::Answer);
    let Some(live) = asker.session.filter(|_| is_asked) else {
        return Ok(Next::Continue(name.clone()));
    };
    match answered {
        Answered::Deny => {
            let reply = answer::refuse_step(&judged, AuthorizationError::AccessDenied);
            Ok(Next::Return(Box::new(reply)))
        }
        Answered::Allow(said) => {
            // What is asked for is no more what they were shown: client or settings were changed.
            let Some(granted) = granted(&judged, &said) else {
                return Ok(Next::Consent(name.clone()));
            };
            let decided = (&pending, granted);
            remember(app, (&judged, &mut standing), decided, (live, asker.from, asker.at)).await?;
            Ok(Next::Return(answer::allow(app, &judged, &standing, (live, asker.at)).await?))
        }
    }
}

/// How often to look again at what a person allows, where they change that elsewhere meanwhile.
const LOOKS: usize = 5;

/// What of the request a person allows who said yes to these. `None` if that leaves out what they
/// may not leave out: it was not on their page, or could be left out there.
fn granted(judged: &Judged, said: &[String]) -> Option<Scope> {
    let Judged { client, wanted, .. } = judged;
    let is_said = |token: &str| said.iter().any(|one| one == token);
    let is_whole = wanted.scope.iter().all(|token| is_said(token) || is_optional(client, token));
    is_whole.then(|| wanted.scope.retain(is_said))
}

/// Notes what a person allows: for this request, and for those to come.
async fn remember(
    app: &App,
    (judged, standing): (&Judged, &mut Standing),
    (pending, granted): (&PendingRequest, Scope),
    (live, from, at): (&LiveSession, &SeenFrom, Timestamp),
) -> Result<(), Stop> {
    let client_id = &judged.client.client_id;
    let by = from.person(&live.user);
    let detail = Some(format!("scope: {granted}"));
    let event = event(app, (&by, at), "consent.allowed", client_id.as_str(), detail);
    let of = (&pending.request_hash, &pending.browser_hash);
    for _ in 0..LOOKS {
        let mut consent = allowed_in_all(app, judged, standing, (live, at), &granted);
        let mut store = app.store.begin().await?;
        let before = standing.consent.as_ref();
        let Some(consent_id) = store.remember_consent(&consent, before).await? else {
            // What was taken back meanwhile must not come back by this.
            store.roll_back().await?;
            let user_id = live.user.user_id;
            standing.consent = app.store.read().await?.find_consent(client_id, user_id).await?;
            continue;
        };
        if !store.note_decision(of, (&live.session.session_hash, &granted), at).await? {
            store.roll_back().await?;
            return Err(Unanswerable::Over.into());
        }
        store.insert_audit_event(&event).await?;
        store.commit().await?;

        consent.consent_id = consent_id;
        standing.granted = Some(granted);
        standing.consent = Some(consent);
        return Ok(());
    }
    Err(crate::store::Error::Busy.into())
}

/// What the person allows the client, all in all: what they said now about what is asked for now,
/// and before about all else.
fn allowed_in_all(
    app: &App,
    judged: &Judged,
    standing: &Standing,
    (live, at): (&LiveSession, Timestamp),
    granted: &Scope,
) -> Consent {
    let asked = &judged.request.claims;
    let claims = asked.id_token.iter().chain(&asked.userinfo).cloned();
    let before = standing.consent.as_ref();
    let others =
        |consent: &Consent| consent.scope.retain(|token| !judged.wanted.scope.contains(token));
    let others = before.map(others).unwrap_or_default();
    let known = before.into_iter().flat_map(|consent| consent.claims.iter()).map(str::to_owned);
    let claims: SpaceDelimited = known.chain(claims).collect();
    let not_asked = |consent: &Consent| {
        consent.declined_scope.retain(|token| !judged.wanted.scope.contains(token))
    };
    let not_asked = before.map(not_asked).unwrap_or_default();
    let declined = judged.wanted.scope.retain(|token| !granted.contains(token));
    Consent {
        consent_id: uuid_v7(at, &app.random),
        client_id: judged.client.client_id.clone(),
        user_id: live.user.user_id,
        scope: others.and(granted),
        declined_scope: not_asked.and(&declined),
        claims,
        created_at: at,
        updated_at: at,
    }
}

fn question(judged: Judged, described: &[DescribedScope]) -> Question {
    let Judged { client, back, request, wanted } = judged;
    let describe = |token: &str| {
        let known = described.iter().find(|known| known.scope == token);
        known.map(|known| known.description.clone())
    };
    let line = |token: &str| Wanted {
        scope: token.to_owned(),
        description: describe(token),
        is_optional: is_optional(&client, token),
    };
    let wanted = wanted.scope.iter().map(line).collect();
    let claims = request.claims.id_token.union(&request.claims.userinfo).cloned().collect();
    let ui_locales = request.ui_locales;
    Question { redirect: back.redirect, wanted, claims, ui_locales, client }
}

/// Whether a person may leave a scope token out. Without `openid`, it would be another request.
fn is_optional(client: &Client, token: &str) -> bool {
    token != "openid" && client.sign_in.optional_scope.contains(token)
}
