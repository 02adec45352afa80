//! What a client gets.

use metrics::counter;

use crate::{
    acts::browser_sessions::LiveSession,
    app::App,
    model::{
        authorization_request::{ALLOWED, AuthorizationError, AuthorizationRefusal, WayBack},
        client::Client,
        sign_in_settings::ConsentPolicy,
        timestamp::Timestamp,
    },
    tokens::code::NewCode,
};

use super::{
    Judged, Outcome, Reply, Stop,
    judge::{Standing, access},
};

/// Gives the client a code for what its person allows.
pub(super) async fn allow(
    app: &App,
    judged: &Judged,
    standing: &Standing,
    (live, at): (&LiveSession, Timestamp),
) -> Result<Box<Reply>, Stop> {
    let Judged { client, back, request, wanted } = judged;
    // What they left out is decided as if it had not been asked for.
    let allowed = wanted.scope.retain(|token| is_allowed(client, standing, token));
    let narrowed = if allowed == wanted.scope {
        None
    } else {
        match access(app, client, request, Some(allowed)).await? {
            Ok(access) => Some(access),
            Err(refusal) => return Ok(Box::new(refuse(client, back.clone(), refusal))),
        }
    };
    let is_asked = client.sign_in.consent != ConsentPolicy::Never || standing.granted.is_some();
    let consent = standing.consent.as_ref().filter(|_| is_asked);
    let code = app
        .tokens
        .issue_code(&NewCode {
            client,
            user: &live.user,
            session: &live.session,
            request,
            access: narrowed.as_ref().unwrap_or(wanted),
            consent_id: consent.map(|consent| consent.consent_id),
            at,
        })
        .await?;
    let (client_id, user_id) = (&client.client_id, live.user.user_id);
    tracing::debug!(
        event = "authorization.allowed",
        client.id = %client_id,
        user.id = %user_id,
        "gave {client_id} a code for user {user_id}"
    );
    counter!("tessera_authorizations_total", "outcome" => ALLOWED).increment(1);
    Ok(Box::new(Reply { back: back.clone(), outcome: Outcome::Code(code) }))
}

/// Whether a person allows a scope token: by what they said about this request, else by what they
/// said before.
fn is_allowed(client: &Client, standing: &Standing, token: &str) -> bool {
    match (&standing.granted, &standing.consent) {
        (Some(granted), _) => granted.contains(token),
        (None, Some(consent)) => {
            client.sign_in.consent == ConsentPolicy::Never || consent.scope.contains(token)
        }
        (None, None) => true,
    }
}

/// Tells the client why the next step is none.
pub(super) fn refuse_step(judged: &Judged, error: AuthorizationError) -> Reply {
    let text = match error {
        AuthorizationError::ConsentRequired => {
            "The person has not allowed all that is asked for, and nobody may be asked."
        }
        AuthorizationError::AccessDenied => "The person did not allow it.",
        _ => "Nobody is signed in who fits, and nobody may be asked.",
    };
    refuse(&judged.client, judged.back.clone(), AuthorizationRefusal::new(error, text))
}

/// Tells the client why it gets no code, and the log as well.
pub(super) fn refuse(client: &Client, back: WayBack, refusal: AuthorizationRefusal) -> Reply {
    let (client_id, error, reason) = (&client.client_id, refusal.error, refusal.description());
    tracing::info!(
        event = "authorization.refused",
        client.id = %client_id,
        error.code = error.as_str(),
        reason,
        "gave {client_id} no code: {error}: {reason}"
    );
    counter!("tessera_authorizations_total", "outcome" => error.as_str()).increment(1);
    Reply { back, outcome: Outcome::Refused(refusal) }
}
