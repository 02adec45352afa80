//! Authorization requests (RFC 6749 §4.1, OpenID Connect Core §3.1): from what a client asks to what
//! it gets.
//!
//! Each step judges anew: the client, its redirect URI, its scope, who is signed in and what they
//! allow. Nothing is taken from an address or a form but which request is meant.

mod answer;
mod decide;
mod find;
mod judge;

use std::net::IpAddr;

use crate::{
    app::App,
    model::{
        authorization_request::{AuthorizationRefusal, PendingRequest, StateTooLong, WayBack},
        parameters::Parameters,
        redirect_uri::RedirectRefusal,
        secret::Secret,
        sign_in::Step,
        timestamp::Timestamp,
    },
    tokens,
};

use super::{
    Error,
    browser_sessions::{LiveSession, SeenFrom},
};

pub use decide::{Answered, Question, Wanted, answer_question, ask};

use judge::Judged;

/// A browser that asks.
#[derive(Debug, Clone, Copy)]
pub struct Asker<'a> {
    /// What it is known by, if it said so.
    pub browser: Option<&'a Secret>,
    /// Who is signed in.
    pub session: Option<&'a LiveSession>,
    /// From where.
    pub from: &'a SeenFrom,
    /// When it asks.
    pub at: Timestamp,
}

/// What the browser does next.
#[derive(Debug)]
pub enum Next {
    /// It goes back to the client.
    Return(Box<Reply>),
    /// Its person signs in, for the request of this name.
    SignIn(Secret),
    /// Its person says what they allow, for the request of this name.
    Consent(Secret),
    /// It says who it is, and goes on with the request of this name.
    Continue(Secret),
}

/// What a client gets.
#[derive(Debug)]
pub struct Reply {
    /// Where it goes.
    pub back: WayBack,
    /// What it is.
    pub outcome: Outcome,
}

/// What an answer says.
#[derive(Debug)]
pub enum Outcome {
    /// The person allowed it; this code brings the tokens.
    Code(Secret),
    /// There is no code.
    Refused(AuthorizationRefusal),
}

/// Why nobody is sent anywhere: a page says so.
#[derive(Debug, thiserror::Error)]
pub enum Stop {
    /// The request cannot be answered to anybody.
    #[error("{reason}")]
    Unanswerable {
        /// Why.
        reason: Unanswerable,
        /// The client, where there is one of that name.
        client_id: Option<String>,
    },
    /// It failed.
    #[error(transparent)]
    Failed(#[from] Error),
}

/// Why a request cannot be answered to anybody.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Unanswerable {
    /// It names no client.
    #[error("the client_id is missing")]
    ClientMissing,
    /// There is no such client, or it may do nothing.
    #[error("there is no active client of this client_id")]
    ClientUnknown,
    /// It has no good address.
    #[error(transparent)]
    Redirect(#[from] RedirectRefusal),
    /// Its `state` cannot be sent back.
    #[error(transparent)]
    State(#[from] StateTooLong),
    /// It is over, or was never made, or was made in another browser.
    #[error("the request is over, or belongs to another browser")]
    Over,
    /// The browser said nothing of who it is.
    #[error("the browser sent no cookie, and so cannot sign in")]
    NoCookie,
}

impl From<crate::store::Error> for Stop {
    fn from(error: crate::store::Error) -> Self {
        Self::Failed(error.into())
    }
}

impl From<tokens::Error> for Stop {
    fn from(error: tokens::Error) -> Self {
        Self::Failed(error.into())
    }
}

impl From<Unanswerable> for Stop {
    fn from(reason: Unanswerable) -> Self {
        Self::Unanswerable { reason, client_id: None }
    }
}

/// Begins with a request that a browser brought along by itself.
///
/// # Errors
///
/// [`Stop`], where nobody may be sent anywhere.
pub async fn begin(app: &App, parameters: &Parameters, asker: Asker<'_>) -> Result<Next, Stop> {
    let judged = match judge::judge_new(app, parameters).await? {
        Ok(judged) => judged,
        Err(reply) => return Ok(Next::Return(reply)),
    };
    step(app, &judged, None, asker).await
}

/// Begins with a request that another site's page posted. Browsers send no cookies along with that,
/// so it is kept until the browser has said who it is.
///
/// # Errors
///
/// As [`begin`].
pub async fn begin_posted(
    app: &App,
    parameters: &Parameters,
    now: (IpAddr, Timestamp),
) -> Result<Next, Stop> {
    match judge::judge_new(app, parameters).await? {
        Ok(judged) => Ok(Next::Continue(find::keep(app, &judged, None, now).await?)),
        Err(reply) => Ok(Next::Return(reply)),
    }
}

/// Goes on with a request that was kept.
///
/// # Errors
///
/// As [`begin`]; also where the request is over or another browser's.
pub async fn resume(app: &App, name: &Secret, asker: Asker<'_>) -> Result<Next, Stop> {
    let pending = find::find(app, name, asker).await?;
    let judged = match judge::judge_kept(app, &pending).await? {
        Ok(judged) => judged,
        Err(reply) => return Ok(Next::Return(reply)),
    };
    step(app, &judged, Some((name, &pending)), asker).await
}

/// Does what is decided to come next.
async fn step(
    app: &App,
    judged: &Judged,
    kept: Option<(&Secret, &PendingRequest)>,
    asker: Asker<'_>,
) -> Result<Next, Stop> {
    let standing = judge::stand(app, judged, kept.map(|(_, pending)| pending), asker).await?;
    match (standing.step, asker.session) {
        (Step::Error(error), _) => Ok(Next::Return(Box::new(answer::refuse_step(judged, error)))),
        (Step::Answer, Some(live)) => {
            Ok(Next::Return(answer::allow(app, judged, &standing, (live, asker.at)).await?))
        }
        (step, _) => {
            let name = match kept {
                Some((name, _)) => name.clone(),
                None => {
                    find::keep(app, judged, asker.browser, (asker.from.address, asker.at)).await?
                }
            };
            Ok(match step {
                // Who is not known yet cannot come back to a form.
                _ if kept.is_none() && asker.browser.is_none() => Next::Continue(name),
                Step::Consent => Next::Consent(name),
                _ => Next::SignIn(name),
            })
        }
    }
}
