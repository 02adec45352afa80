//! How an entry stands: what is around it, and the judgement on it.

use super::{
    client::ClientStatus,
    timestamp::Timestamp,
    token_entry::{EntryStatus, TokenEntry},
};

/// What the rows around an entry say at the moment it is looked at. A missing row is `None`.
#[derive(Debug, Clone)]
#[cfg_attr(feature = "server", derive(sqlx::FromRow))]
pub struct Standing {
    /// The status of the client.
    pub client_status: Option<String>,
    /// The generation of the client.
    pub client_generation_now: Option<i64>,
    /// The status of the user.
    pub user_status: Option<String>,
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
#[cfg_attr(feature = "server", derive(sqlx::FromRow))]
pub struct StandingEntry {
    /// The entry.
    #[cfg_attr(feature = "server", sqlx(flatten))]
    pub entry: TokenEntry,
    /// What stands around it.
    #[cfg_attr(feature = "server", sqlx(flatten))]
    pub standing: Standing,
}

words! {
    /// Why a token is not usable. Never shown to the caller (RFC 7662 §2.2), only logged.
    pub enum Refusal: "refusal" {
        /// It was revoked.
        Revoked = "revoked",
        /// A newer one took its place.
        Superseded = "superseded",
        /// A person declined it.
        Rejected = "rejected",
        /// It was turned into other tokens.
        Redeemed = "redeemed",
        /// Its client, user or family is gone, disabled or of a newer generation.
        Orphaned = "orphaned",
        /// A person has not confirmed it yet.
        Inactive = "inactive",
        /// Its time has not come.
        NotYetValid = "not_yet_valid",
        /// Its time is over.
        Expired = "expired",
    }
}

impl StandingEntry {
    /// Judges the token at `now`: `None` if it is usable, else the first reason why not.
    ///
    /// It is good from `not_before` on and until just before `expires_at`: at that very moment it
    /// is no longer.
    #[must_use]
    pub fn judge(&self, now: Timestamp) -> Option<Refusal> {
        let entry = &self.entry;
        match entry.status {
            EntryStatus::Revoked => return Some(Refusal::Revoked),
            EntryStatus::Superseded => return Some(Refusal::Superseded),
            EntryStatus::Rejected => return Some(Refusal::Rejected),
            EntryStatus::Redeemed => return Some(Refusal::Redeemed),
            EntryStatus::Inactive | EntryStatus::Valid => {}
        }
        if self.is_orphaned() {
            Some(Refusal::Orphaned)
        } else if entry.status == EntryStatus::Inactive {
            Some(Refusal::Inactive)
        } else if entry.not_before.is_some_and(|start| now < start) {
            Some(Refusal::NotYetValid)
        } else if entry.expires_at.is_some_and(|end| now >= end) {
            Some(Refusal::Expired)
        } else {
            None
        }
    }

    /// Whether the client, user, family or server that the token hangs on has let go of it.
    #[must_use]
    pub fn is_orphaned(&self) -> bool {
        let (entry, standing) = (&self.entry, &self.standing);
        let client = standing.client_status.as_deref() == Some(ClientStatus::Active.as_str())
            && standing.client_generation_now == Some(entry.client_generation);
        let user = entry.user_id.is_none()
            || (standing.user_status.as_deref() == Some("active")
                && standing.user_generation_now == entry.user_generation);
        let family =
            entry.authorization_id.is_none() || standing.family_status.as_deref() == Some("valid");
        let server = standing.global_generation_now == Some(entry.global_generation);
        !(client && user && family && server)
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
        token_entry::{EntryFormat, TokenKind},
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
                scope: Scope::default(),
                audience: SpaceDelimited::default(),
                identity: None,
                purposes: Purposes::default(),
                jti_salt: 0,
                reference_hash: None,
                payload: None,
                seal_key: None,
                rules: CopiedRules::default(),
                client_generation: 3,
                user_generation: None,
                global_generation: 1,
                created_at: NOW,
                not_before: None,
                expires_at: Some(Timestamp(NOW.0 + 1_000_000)),
                absolute_at: None,
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

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use super::{
        samples::{NOW, good},
        *,
    };

    #[test]
    fn it_is_good_until_just_before_it_expires() {
        let token = good();

        assert_eq!(token.judge(Timestamp(NOW.0 + 999_999)), None);
        assert_eq!(token.judge(Timestamp(NOW.0 + 1_000_000)), Some(Refusal::Expired));
    }

    #[test]
    fn it_is_good_from_the_moment_it_may_be() {
        let mut token = good();
        token.entry.not_before = Some(NOW);

        assert_eq!(token.judge(NOW), None);
        assert_eq!(token.judge(Timestamp(NOW.0 - 1)), Some(Refusal::NotYetValid));
    }

    #[test]
    fn every_ended_status_has_its_reason() {
        for (status, refusal) in [
            (EntryStatus::Revoked, Refusal::Revoked),
            (EntryStatus::Superseded, Refusal::Superseded),
            (EntryStatus::Rejected, Refusal::Rejected),
            (EntryStatus::Redeemed, Refusal::Redeemed),
            (EntryStatus::Inactive, Refusal::Inactive),
        ] {
            let mut token = good();
            token.entry.status = status;

            assert_eq!(token.judge(NOW), Some(refusal));
        }
    }

    #[test]
    fn it_falls_with_whatever_it_hangs_on() {
        let changes: [fn(&mut StandingEntry); 8] = [
            |token| token.standing.client_status = None,
            |token| token.standing.client_status = Some("disabled".to_owned()),
            |token| token.standing.client_generation_now = Some(4),
            |token| token.standing.global_generation_now = Some(2),
            |token| token.standing.global_generation_now = None,
            |token| token.entry.authorization_id = Some(Uuid::nil()),
            |token| token.entry.user_id = Some(Uuid::nil()),
            |token| {
                token.entry.user_id = Some(Uuid::nil());
                token.entry.user_generation = Some(0);
                token.standing.user_status = Some("active".to_owned());
                token.standing.user_generation_now = Some(1);
            },
        ];
        for (number, change) in changes.iter().enumerate() {
            let mut token = good();
            change(&mut token);

            assert_eq!(token.judge(NOW), Some(Refusal::Orphaned), "change {number}");
        }
    }
}
