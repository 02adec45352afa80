//! Recent proof: what is dangerous is done by somebody who proved a moment ago who they are. Whoever
//! did not is asked for the password in the very form, so nothing that was typed is lost.

use std::time::Duration;

use axum::{
    http::{HeaderValue, header},
    response::Response,
};

use crate::{
    acts::sign_in::{self, NotProven, SignInAs, Typed},
    app::App,
    error::Result,
    model::secret::Secret,
    pages::cookies,
};

use super::guard::{AdminPosted, AdminVisit};

/// How long a proof counts.
const RECENT: Duration = Duration::from_mins(5);

/// The field of forms that takes the password.
const FIELD: &str = "proof_password";

/// That somebody proved who they are a moment ago.
pub(super) struct Proof {
    /// What tells the browser of its session, if that has a new secret.
    cookie: Option<HeaderValue>,
}

impl Proof {
    /// Lets `response` bring what the proof changed. Every answer to the request has to.
    pub(super) fn bring(self, mut response: Response) -> Response {
        if let Some(cookie) = self.cookie {
            response.headers_mut().append(header::SET_COOKIE, cookie);
        }
        response
    }
}

impl AdminVisit {
    /// Whether what is dangerous takes the password once more.
    pub(super) fn needs_proof(&self) -> bool {
        self.at().since(self.live().session.authenticated_at) > RECENT
    }
}

impl AdminPosted {
    /// Asks for recent proof. The inner error is the key of what to tell whoever gave none: the
    /// form is shown again, with all that was typed.
    ///
    /// # Errors
    ///
    /// What the store says.
    pub(super) async fn prove(&self, app: &App) -> Result<Result<Proof, &'static str>> {
        let (admin, visit) = (&self.admin, self.admin.visit());
        if !admin.needs_proof() {
            return Ok(Ok(Proof { cookie: None }));
        }
        let password = Secret::new(self.field(FIELD).to_owned());
        if password.expose().is_empty() {
            return Ok(Err("proof-missing"));
        }
        let user = admin.user();
        let typed = Typed { realm: &user.realm, name: &user.username, password: &password };
        let user = match sign_in::prove(app, typed, (visit.from.address, visit.at)).await {
            Ok(user) => user,
            Err(NotProven::Refused) => return Ok(Err("proof-wrong")),
            Err(NotProven::Throttled(_)) => return Ok(Err("proof-throttled")),
            Err(NotProven::Busy) => return Ok(Err("proof-busy")),
            Err(NotProven::Failed(error)) => return Err(error.into()),
        };
        let session = &admin.live().session;
        let is_remembered = session.is_remembered;
        let who = SignInAs { user: &user, is_remembered, before: Some(session), request: None };
        let begun = sign_in::begin(app, who, (&visit.from, visit.at)).await?;
        Ok(begun.ok_or("proof-wrong").map(|(secret, session)| {
            let cookie = cookies::of_session(&secret, &session, visit.at, &app.issuer);
            Proof { cookie: Some(cookie) }
        }))
    }
}
