//! Families: everything that descends from one authorization by rotation.

use uuid::Uuid;

use super::{
    client_id::ClientId, scope::Scope, space_delimited::SpaceDelimited, timestamp::Timestamp,
};

/// A family when it begins: one redeemed grant that can be refreshed.
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
    /// Which grant it came of.
    pub grant_type: String,
    /// All that was granted. What a refresh asks for is a part of it.
    pub scope: Scope,
    /// For whom.
    pub audience: SpaceDelimited,
    /// When it began.
    pub created_at: Timestamp,
    /// Its absolute end: no token of it is good from then on, however often it was refreshed.
    pub expires_at: Timestamp,
}
