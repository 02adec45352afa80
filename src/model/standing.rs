//! How an entry stands: what is around it, and the words for why it does not work.

use super::{attempt::Outcome, timestamp::Timestamp, token_entry::TokenEntry};

/// What the rows around an entry say at the moment it is looked at. A missing row is `None`.
#[derive(Debug, Clone)]
#[cfg_attr(feature = "entry-check", derive(sqlx::FromRow))]
pub struct Standing {
    /// The status of the client.
    pub client_status: Option<String>,
    /// The generation of the client.
    pub client_generation_now: Option<i64>,
    /// The status of the user.
    pub user_status: Option<String>,
    /// The first moment at which the user is not locked out any more.
    pub user_locked_until: Option<Timestamp>,
    /// The generation of the user.
    pub user_generation_now: Option<i64>,
    /// The password generation of the user.
    pub password_generation_now: Option<i64>,
    /// The name of the user.
    pub username: Option<String>,
    /// The name of its type as it is shown; `None` if it is not configured any more.
    pub type_shown: Option<String>,
    /// The status of the family.
    pub family_status: Option<String>,
    /// The generation of the whole server.
    pub global_generation_now: Option<i64>,
}

/// An entry and what stands around it.
#[derive(Debug, Clone)]
#[cfg_attr(feature = "entry-check", derive(sqlx::FromRow))]
pub struct StandingEntry {
    /// The entry.
    #[cfg_attr(feature = "entry-check", sqlx(flatten))]
    pub entry: TokenEntry,
    /// What stands around it.
    #[cfg_attr(feature = "entry-check", sqlx(flatten))]
    pub standing: Standing,
}

words! {
    /// Why a token does not work. Never shown to the caller (RFC 7662 §2.2), only logged.
    pub enum Refusal: "refusal" {
        /// Its type is not configured, or not any more.
        TypeNotConfigured = "type_not_configured",
        /// It was revoked.
        Revoked = "revoked",
        /// A newer one took its place.
        Superseded = "superseded",
        /// A person declined it.
        Rejected = "rejected",
        /// It was turned into other tokens.
        Redeemed = "redeemed",
        /// Its client, user or family is gone or disabled, their tokens were all ended, or its user
        /// has another password.
        Orphaned = "orphaned",
        /// A person has not confirmed it yet.
        Inactive = "inactive",
        /// Its time has not come.
        NotYetValid = "not_yet_valid",
        /// Its time is over.
        Expired = "expired",
        /// It rested too long.
        Idle = "idle",
        /// It was used as often as it may be.
        UsedUp = "used_up",
        /// One of its rules cannot be read by this version.
        UnreadableRule = "unreadable_rule",
        /// It was used too often in a window of time.
        Throttled = "throttled",
        /// It is of another type than it was taken for.
        WrongType = "wrong_type",
        /// It is for another purpose.
        WrongPurpose = "wrong_purpose",
        /// It is for somebody else.
        WrongIdentity = "wrong_identity",
        /// The client that asks may not use it.
        WrongClient = "wrong_client",
        /// The client that asks acts for no resource server where it works.
        WrongAudience = "wrong_audience",
        /// It was presented from where it does not work.
        WrongAddress = "wrong_address",
        /// It does not work at this hour.
        OffSchedule = "off_schedule",
        /// It was used for this purpose before.
        PurposeUsed = "purpose_used",
    }
}

impl Refusal {
    /// What whoever presents the token may know of it: whether it can work again, and whether time
    /// alone is enough for that.
    #[must_use]
    pub const fn outcome(self) -> Outcome {
        match self {
            Self::TypeNotConfigured
            | Self::Revoked
            | Self::Superseded
            | Self::Rejected
            | Self::Redeemed
            | Self::Orphaned
            | Self::Expired
            | Self::Idle
            | Self::UsedUp
            | Self::UnreadableRule
            | Self::WrongType => Outcome::Invalid,
            Self::Throttled => Outcome::Throttled,
            Self::Inactive
            | Self::NotYetValid
            | Self::WrongPurpose
            | Self::WrongIdentity
            | Self::WrongClient
            | Self::WrongAudience
            | Self::WrongAddress
            | Self::OffSchedule
            | Self::PurposeUsed => Outcome::NotAllowed,
        }
    }
}

impl StandingEntry {
    /// The name of its type: as it is shown, or folded if that type is not configured any more.
    #[must_use]
    pub fn type_name(&self) -> &str {
        self.standing.type_shown.as_deref().unwrap_or(&self.entry.type_name)
    }
}

/// What tests of this room judge.
#[cfg(test)]
pub(super) mod samples {
    use super::*;
    use crate::model::{
        client_id::ClientId,
        entry_key::EntryKey,
        purposes::Purposes,
        rules::CopiedRules,
        scope::Scope,
        space_delimited::SpaceDelimited,
        timestamp::Timestamp,
        token_entry::{EntryFormat, EntryStatus, TokenKind},
    };

    pub(in crate::model) const NOW: Timestamp = Timestamp(1_800_000_000_000);

    /// A token that is good from now on for a thousand seconds.
    pub(in crate::model) fn good() -> StandingEntry {
        StandingEntry {
            entry: TokenEntry {
                entry_key: EntryKey::floor(NOW),
                kind: TokenKind::Access,
                type_name: "access".to_owned(),
                format: EntryFormat::Reference,
                status: EntryStatus::Valid,
                client_id: ClientId::parse("mailer").unwrap(),
                user_id: None,
                subject: None,
                authorization_id: None,
                parent_key: None,
                successor_key: None,
                scope: Scope::default(),
                audience: SpaceDelimited::default(),
                identity: None,
                purposes: Purposes::default(),
                jti_salt: 0,
                reference_hash: None,
                payload: None,
                token_sealed: None,
                seal_key: None,
                rules: CopiedRules::default(),
                client_generation: 3,
                user_generation: None,
                global_generation: 1,
                created_at: NOW,
                not_before: None,
                expires_at: Some(Timestamp(NOW.0 + 1_000_000)),
                absolute_at: None,
                redeemed_at: None,
                last_used_at: None,
                uses: 0,
                max_uses: None,
                window_start: None,
                window_uses: 0,
                pin: None,
                ended_at: None,
                ended_by: None,
                end_reason: None,
            },
            standing: Standing {
                client_status: Some("active".to_owned()),
                client_generation_now: Some(3),
                user_status: None,
                user_locked_until: None,
                user_generation_now: None,
                password_generation_now: None,
                username: None,
                type_shown: Some("access".to_owned()),
                family_status: None,
                global_generation_now: Some(1),
            },
        }
    }
}
