//! Whether a token has ended for good.

use super::{
    attempt::Attempt,
    standing::{Refusal, StandingEntry},
    timestamp::Timestamp,
    verdict::{Check, Fact},
};

impl StandingEntry {
    /// Whether nothing that can happen after `now` makes the token usable: it was ended, expired,
    /// rested too long, was used as often as it may be, or is of a generation before. One whose
    /// client is disabled, whose type was taken away or whose time has not come may be usable again.
    #[must_use]
    pub fn is_over(&self, now: Timestamp) -> bool {
        self.checks(&Attempt::look(now)).any(|check| check.is_final())
    }
}

impl Check<'_> {
    /// Whether it fails and can never hold again.
    #[must_use]
    pub fn is_final(&self) -> bool {
        match self.refused().map(|refused| refused.refusal) {
            Some(
                Refusal::Revoked
                | Refusal::Superseded
                | Refusal::Rejected
                | Refusal::Redeemed
                | Refusal::Expired
                | Refusal::Idle
                | Refusal::UsedUp,
            ) => true,
            // Deleting either raises a generation as well.
            Some(Refusal::Orphaned) => {
                !matches!(self.fact, Fact::Client { .. } | Fact::User { .. })
            }
            _ => false,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{
        standing::samples::{NOW, good},
        token_entry::EntryStatus,
    };

    type Case = (fn(&mut StandingEntry), bool);

    #[test]
    fn what_may_come_back_is_not_over() {
        let cases: [Case; 9] = [
            (|_| {}, false),
            (|token| token.standing.client_status = Some("disabled".to_owned()), false),
            (|token| token.entry.status = EntryStatus::Inactive, false),
            (|token| token.entry.not_before = Some(Timestamp(NOW.0 + 1)), false),
            (|token| token.entry.status = EntryStatus::Redeemed, true),
            (|token| token.entry.expires_at = Some(NOW), true),
            (|token| token.entry.max_uses = Some(0), true),
            (|token| token.standing.type_shown = None, false),
            (|token| token.standing.client_generation_now = Some(99), true),
        ];
        for (number, (change, over)) in cases.into_iter().enumerate() {
            let mut token = good();
            change(&mut token);

            assert_eq!(token.is_over(NOW), over, "{number}");
        }
    }
}
