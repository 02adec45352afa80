//! What a user has: sessions and what apps they allowed, as their page shows it.

use crate::{
    model::{browser_session::BrowserSession, consent::Consent, timestamp::Timestamp},
    pages::{account::browser::Browser, admin::clients::path_of, dates::Moment, words::Words},
};

/// A session of a user.
pub(super) struct SessionRow {
    pub(super) id: String,
    pub(super) browser: Browser,
    pub(super) address: Option<String>,
    pub(super) signed_in: Moment,
    pub(super) seen: Moment,
}

/// What a user allowed a client.
pub(super) struct ConsentRow {
    pub(super) client_id: String,
    /// Where the client is.
    pub(super) path: String,
    pub(super) scope: Vec<String>,
    pub(super) asked: Moment,
}

impl SessionRow {
    pub(super) fn of(session: BrowserSession, (words, now): (Words, Timestamp)) -> Self {
        Self {
            id: session.session_id.to_string(),
            browser: Browser::of(session.user_agent.as_deref(), words),
            address: session.address,
            signed_in: Moment::past(words, session.authenticated_at, now),
            seen: Moment::past(words, session.seen_at, now),
        }
    }
}

impl ConsentRow {
    pub(super) fn of(consent: &Consent, (words, now): (Words, Timestamp)) -> Self {
        Self {
            client_id: consent.client_id.as_str().to_owned(),
            path: path_of(&consent.client_id),
            scope: consent.scope.iter().map(str::to_owned).collect(),
            asked: Moment::past(words, consent.updated_at, now),
        }
    }
}
