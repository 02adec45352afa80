//! Families: everything that descends from one authorization by rotation.

use uuid::Uuid;

use super::{
    authorization_request::SignIn, client_id::ClientId, scope::Scope,
    space_delimited::SpaceDelimited, timestamp::Timestamp,
};

/// A family when it begins: one grant, and all that will come of it.
#[derive(Debug, Clone)]
pub struct Family {
    /// The key of its row.
    pub family_id: Uuid,
    /// The client that holds its tokens.
    pub client_id: ClientId,
    /// On whose behalf; `None` where the client acts for itself.
    pub user_id: Option<Uuid>,
    /// The `sub` the client knows that user by.
    pub subject: Option<String>,
    /// What a person was asked for it, where that is remembered.
    pub consent_id: Option<Uuid>,
    /// The sign-in that it came of, if it came of one.
    pub origin: Option<FamilyOrigin>,
    /// Which grant it came of.
    pub grant_type: String,
    /// All that was granted. What a refresh asks for is a part of it.
    pub scope: Scope,
    /// For whom.
    pub audience: SpaceDelimited,
    /// When it began.
    pub created_at: Timestamp,
    /// Its absolute end: no token of it is good from then on, however often it was refreshed. Of one
    /// that a code stands for so far, the end of the code.
    pub expires_at: Timestamp,
}

/// The sign-in that a family came of.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FamilyOrigin {
    /// The browser session.
    pub session_id: Uuid,
    /// Whether it goes on when that session ends.
    pub outlives_session: bool,
    /// What ID tokens say of it.
    pub sign_in: SignIn,
}
