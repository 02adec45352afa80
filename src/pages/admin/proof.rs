//! Recent proof: what is dangerous is done by somebody who proved a moment ago who they are. Whoever
//! did not is asked for the password in the very form, so nothing that was typed is lost.

use std::time::Duration;

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

impl AdminVisit {
    /// Whether what is dangerous takes the password once more.
    pub(super) fn needs_proof(&self) -> bool {
        let is_old = self.at().since(self.live().session.authenticated_at) > RECENT;
        is_old && !self.is_renewed()
    }
}

impl AdminPosted {
    /// Asks for recent proof. Returns the key of what to tell whoever gave none: the form is shown
    /// again, with all that was typed. The session of whoever gave it has a new secret then, which
    /// the guard tells the browser, whatever comes of the request.
    ///
    /// # Errors
    ///
    /// What the store says.
    pub(super) async fn prove(&self, app: &App) -> Result<Option<&'static str>> {
        let (admin, visit) = (&self.admin, self.admin.visit());
        if !admin.needs_proof() {
            return Ok(None);
        }
        let password = Secret::new(self.field(FIELD).to_owned());
        if password.expose().is_empty() {
            return Ok(Some("proof-missing"));
        }
        let user = admin.user();
        let typed = Typed { realm: &user.realm, name: &user.username, password: &password };
        let user = match sign_in::prove(app, typed, (visit.from.address, visit.at)).await {
            Ok(user) => user,
            Err(NotProven::Refused) => return Ok(Some("proof-wrong")),
            Err(NotProven::Throttled(_)) => return Ok(Some("proof-throttled")),
            Err(NotProven::Busy) => return Ok(Some("proof-busy")),
            Err(NotProven::Failed(error)) => return Err(error.into()),
        };
        let session = &admin.live().session;
        let is_remembered = session.is_remembered;
        let who = SignInAs { user: &user, is_remembered, before: Some(session), request: None };
        let begun = sign_in::begin(app, who, (&visit.from, visit.at)).await?;
        let Some((secret, session)) = begun else { return Ok(Some("proof-wrong")) };
        admin.renew(cookies::of_session(&secret, &session, visit.at, &app.issuer));
        Ok(None)
    }
}
