//! Consents: what a person allowed a client to do, remembered.

use uuid::Uuid;

use super::{
    client_id::ClientId, scope::Scope, space_delimited::SpaceDelimited, timestamp::Timestamp,
};

/// What a person allowed a client to do. There is one for each person and client.
#[derive(Debug, Clone, PartialEq, Eq)]
#[cfg_attr(feature = "server", derive(sqlx::FromRow))]
pub struct Consent {
    /// The key of its row.
    pub consent_id: Uuid,
    /// The client.
    pub client_id: ClientId,
    /// The person.
    pub user_id: Uuid,
    /// What was allowed, all in all.
    #[cfg_attr(feature = "server", sqlx(try_from = "String"))]
    pub scope: Scope,
    /// What they left out that they may leave out.
    #[cfg_attr(feature = "server", sqlx(try_from = "String"))]
    pub declined_scope: Scope,
    /// Claims that were allowed one by one.
    #[cfg_attr(feature = "server", sqlx(try_from = "String"))]
    pub claims: SpaceDelimited,
    /// When they were first asked.
    pub created_at: Timestamp,
    /// When they were last asked.
    pub updated_at: Timestamp,
}
