//! Judging a request: whose it is, where its answer goes, what it may ask for, and what comes next.

use crate::{
    app::App,
    error::Code,
    grants,
    model::{
        audience::{Access, AskedAccess},
        authorization_request::{
            self, AuthorizationError, AuthorizationRefusal, AuthorizationRequest, PendingRequest,
            ReadRequest, WayBack, is_openid,
        },
        client::{Client, ClientStatus},
        client_id::ClientId,
        consent::Consent,
        parameters::Parameters,
        redirect_uri::CheckedRedirect,
        scope::Scope,
        sign_in::{Person, Situation, Step, decide},
    },
};

use super::{Asker, Reply, Stop, Unanswerable, answer::refuse};

/// A request whose client and redirect URI are proven, and which may ask for what it asks.
#[derive(Debug)]
pub(super) struct Judged {
    /// Who asks.
    pub(super) client: Client,
    /// Where the answer goes.
    pub(super) back: WayBack,
    /// What is asked.
    pub(super) request: AuthorizationRequest,
    /// What the client gets if the person allows all of it.
    pub(super) wanted: Access,
}

/// How a request stands with whoever is at the browser.
pub(super) struct Standing {
    /// What comes next.
    pub(super) step: Step,
    /// What the person allowed the client before.
    pub(super) consent: Option<Consent>,
    /// What they allowed for this very request.
    pub(super) granted: Option<Scope>,
}

/// What a request is, or what its client is told instead.
type Verdict = Result<Judged, Box<Reply>>;

/// Judges a request that comes now.
pub(super) async fn judge_new(app: &App, parameters: &Parameters) -> Result<Verdict, Stop> {
    if app.store.is_disabled() {
        return Err(crate::store::Error::Disabled.into());
    }
    let client = find_client(app, parameters.get("client_id")).await?;
    let sent = parameters.get("redirect_uri");
    let unanswerable = |reason: Unanswerable| unanswerable(&client, reason);
    let redirect = CheckedRedirect::check(&client, sent, is_openid(parameters))
        .map_err(|refusal| unanswerable(refusal.into()))?;
    let back = WayBack::of(parameters, redirect).map_err(|refusal| unanswerable(refusal.into()))?;
    let config = app.config();
    let class = config.sessions.acr.as_ref();
    let read = match authorization_request::read(parameters, &client, &back, class) {
        Ok(read) => read,
        Err(refusal) => return Ok(Err(Box::new(refuse(&client, back, refusal)))),
    };
    match follow_hint(app, &client, read).await? {
        Ok(request) => judge(app, client, back, request).await,
        Err(refusal) => Ok(Err(Box::new(refuse(&client, back, refusal)))),
    }
}

/// Judges a request that was kept: client and settings may have been changed since.
pub(super) async fn judge_kept(app: &App, pending: &PendingRequest) -> Result<Verdict, Stop> {
    let request = pending.request.clone();
    let client = find_client(app, Some(&request.client_id)).await?;
    let redirect = CheckedRedirect::check(&client, Some(&request.redirect_uri), true)
        .map_err(|refusal| unanswerable(&client, refusal.into()))?;
    let back = WayBack::of_kept(&request, redirect);
    if !client.grant_types.contains("authorization_code") {
        let text = "The client may not use the grant authorization_code any more.";
        let refusal = AuthorizationRefusal::new(AuthorizationError::UnauthorizedClient, text);
        return Ok(Err(Box::new(refuse(&client, back, refusal))));
    }
    judge(app, client, back, request).await
}

/// Judges what is asked for.
async fn judge(
    app: &App,
    client: Client,
    back: WayBack,
    request: AuthorizationRequest,
) -> Result<Verdict, Stop> {
    let scope = request.scope.as_deref().and_then(|scope| Scope::parse(scope).ok());
    match access(app, &client, &request, scope).await? {
        Ok(wanted) => Ok(Ok(Judged { client, back, request, wanted })),
        Err(refusal) => Ok(Err(Box::new(refuse(&client, back, refusal)))),
    }
}

/// What the client gets for this scope, by the one decision that every grant goes by.
pub(super) async fn access(
    app: &App,
    client: &Client,
    request: &AuthorizationRequest,
    scope: Option<Scope>,
) -> Result<Result<Access, AuthorizationRefusal>, Stop> {
    let asked = AskedAccess { scope, resources: request.resources.clone() };
    let decided = grants::access(client, &asked, (&app.store, &app.issuer)).await?;
    Ok(decided.map_err(|refusal| {
        let refused = grants::refused(&refusal);
        let error = match refused.code {
            Code::InvalidTarget => AuthorizationError::InvalidTarget,
            _ => AuthorizationError::InvalidScope,
        };
        AuthorizationRefusal::new(error, refused.description)
    }))
}

async fn find_client(app: &App, sent: Option<&str>) -> Result<Client, Stop> {
    let sent = sent.ok_or(Unanswerable::ClientMissing)?;
    let client_id = ClientId::parse(sent).map_err(|_| Unanswerable::ClientUnknown)?;
    let found = app.store.find_registered_client(&client_id).await?;
    let found = found.filter(|found| found.client.status == ClientStatus::Active);
    Ok(found.ok_or(Unanswerable::ClientUnknown)?.client.clone())
}

fn unanswerable(client: &Client, reason: Unanswerable) -> Stop {
    Stop::Unanswerable { reason, client_id: Some(client.client_id.as_str().to_owned()) }
}

/// Finds out whom an ID token names that came along.
async fn follow_hint(
    app: &App,
    client: &Client,
    read: ReadRequest,
) -> Result<Result<AuthorizationRequest, AuthorizationRefusal>, Stop> {
    let ReadRequest { mut request, id_token_hint } = read;
    let Some(hint) = id_token_hint else { return Ok(Ok(request)) };
    let hint = app.tokens.read_id_token_hint(&hint).await?;
    let Some(hint) = hint.filter(|hint| hint.is_for(client.client_id.as_str())) else {
        let text = "id_token_hint is no ID token that this server made for this client.";
        return Ok(Err(AuthorizationRefusal::new(AuthorizationError::InvalidRequest, text)));
    };
    if request.expected_subject.as_ref().is_some_and(|subject| *subject != hint.subject) {
        let text = "id_token_hint and claims name two people.";
        return Ok(Err(AuthorizationRefusal::new(AuthorizationError::InvalidRequest, text)));
    }
    request.expected_subject = Some(hint.subject);
    Ok(Ok(request))
}

/// Finds out what comes next.
pub(super) async fn stand(
    app: &App,
    judged: &Judged,
    pending: Option<&PendingRequest>,
    asker: Asker<'_>,
) -> Result<Standing, Stop> {
    let Judged { client, request, wanted, .. } = judged;
    let mut consent = None;
    let mut granted = None;
    let mut person = None;
    if let Some(live) = asker.session {
        let (session, user_id) = (&live.session, live.user.user_id);
        let decided = pending.filter(|pending| pending.is_of(session));
        consent = app.store.read().await?.find_consent(&client.client_id, user_id).await?;
        granted = decided.and_then(|decided| decided.granted_within(consent.as_ref()));
        person = Some(Person {
            authenticated_at: session.authenticated_at,
            subject: app.tokens.subject_of(client, user_id, asker.at).await?,
            proved_for_this: pending.is_some_and(|pending| pending.was_proven_in(session)),
            decided_for_this: granted.is_some(),
        });
    }
    let step = decide(&Situation {
        request,
        settings: &client.sign_in,
        person: person.as_ref(),
        wanted: &wanted.scope,
        consent: consent.as_ref(),
        at: asker.at,
    });
    Ok(Standing { step, consent, granted })
}
