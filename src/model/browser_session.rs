//! Browser sessions: a person who proved who they are, in one browser.

use std::time::Duration;

use uuid::Uuid;

use super::{
    account_end::AccountLimits, secret::Sha256, space_delimited::SpaceDelimited,
    timestamp::Timestamp, user::User,
};

/// How a password proves somebody (RFC 8176 §2).
pub const BY_PASSWORD: &str = "pwd";

/// A browser in which a person is signed in.
///
/// Its row is found by the hash of the secret in the browser's cookie. Each time the person proves
/// anew who they are, a new row with a new secret takes its place; the `session_id` stays as long
/// as it is the same person, and is the `sid` that clients are told (OpenID Connect Front-Channel
/// Logout §3).
#[derive(Debug, Clone)]
#[cfg_attr(feature = "server", derive(sqlx::FromRow))]
pub struct BrowserSession {
    /// SHA-256 of the secret in the cookie.
    pub session_hash: Sha256,
    /// What clients know it by.
    pub session_id: Uuid,
    /// Who signed in.
    pub user_id: Uuid,
    /// The user's generation then: an older one is dead.
    pub user_generation: i64,
    /// The server's generation then. Inserting takes it from the instance row.
    pub global_generation: i64,
    /// When they proved who they are.
    pub authenticated_at: Timestamp,
    /// How: authentication method references (RFC 8176 §2).
    #[cfg_attr(feature = "server", sqlx(try_from = "String"))]
    pub methods: SpaceDelimited,
    /// Whether it outlives the browser's window, as the person asked.
    pub is_remembered: bool,
    /// When it began, also where it took another's place.
    pub created_at: Timestamp,
    /// When it was last used, give or take a minute.
    pub seen_at: Timestamp,
    /// The first moment at which it is over unless it is used before.
    pub idle_until: Timestamp,
    /// The first moment at which it is over, however much it is used.
    pub expires_at: Timestamp,
    /// When it was ended before its time.
    pub ended_at: Option<Timestamp>,
    /// The address it was last used from.
    pub address: Option<String>,
    /// What the browser called itself then, cut to 200 characters.
    pub user_agent: Option<String>,
}

/// How long sessions last.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SessionLifetimes {
    /// Without use.
    pub idle: Duration,
    /// However much they are used.
    pub absolute: Duration,
}

/// What is noted anew of a session that is used more often than this is not.
const NOTED_EVERY: Duration = Duration::from_mins(1);

impl BrowserSession {
    /// Whether its person is signed in at `at`: it was not ended, neither end has come, and `user`
    /// is active, neither locked nor over, and had their sessions not ended since, nor had everybody
    /// (`global_generation`).
    #[must_use]
    pub fn is_live(&self, user: &User, global_generation: i64, at: Timestamp) -> bool {
        self.ended_at.is_none()
            && at < self.idle_until
            && at < self.expires_at
            && user.user_id == self.user_id
            && user.may_sign_in(at)
            && AccountLimits::of(&user.attributes).is_ok_and(|limits| !limits.is_over(at))
            && user.generation == self.user_generation
            && global_generation == self.global_generation
    }

    /// Whether its use at `at` is to be noted.
    #[must_use]
    pub fn is_stale(&self, at: Timestamp) -> bool {
        at.since(self.seen_at) >= NOTED_EVERY
    }
}
