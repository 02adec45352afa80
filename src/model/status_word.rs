//! The one word for where a token stands, the same on pages, in the API and on the command line.

use super::{
    attempt::Attempt,
    standing::{Refusal, StandingEntry},
    timestamp::Timestamp,
};

words! {
    /// Where a token stands, in one word. What a person sees has spaces for its underscores. Of
    /// several that fit, the first of this list is the one.
    pub enum StatusWord: "status" {
        /// It was ended before its time.
        Revoked = "revoked",
        /// A newer one took its place.
        Replaced = "replaced",
        /// A person declined it.
        Declined = "declined",
        /// It was turned into other tokens.
        Used = "used",
        /// Its client, user, family or type is gone, disabled or of a newer generation.
        CutOff = "cut_off",
        /// Its time has not come.
        NotYet = "not_yet",
        /// Its time is over, or it rested too long.
        Expired = "expired",
        /// It was used as often as it may be.
        UsedUp = "used_up",
        /// It works again after a time: it was used too often, or does not work at this hour.
        Paused = "paused",
        /// A person has not confirmed it yet.
        Waiting = "waiting",
        /// It is usable, with less than a tenth of its life left.
        Expiring = "expiring",
        /// It is usable.
        Active = "active",
    }
}

impl StatusWord {
    /// The word as people read it.
    #[must_use]
    pub fn shown(self) -> String {
        self.as_str().replace('_', " ")
    }

    /// What a token is called that does not work for this reason. One that hangs on what it is
    /// presented for is none of a look, and leaves it as it is.
    #[must_use]
    pub const fn of(refusal: Refusal) -> Self {
        match refusal {
            Refusal::Revoked => Self::Revoked,
            Refusal::Superseded => Self::Replaced,
            Refusal::Rejected => Self::Declined,
            Refusal::Redeemed => Self::Used,
            Refusal::TypeNotConfigured | Refusal::Orphaned | Refusal::UnreadableRule => {
                Self::CutOff
            }
            Refusal::Inactive => Self::Waiting,
            Refusal::NotYetValid => Self::NotYet,
            Refusal::Expired | Refusal::Idle => Self::Expired,
            Refusal::UsedUp => Self::UsedUp,
            Refusal::Throttled | Refusal::OffSchedule => Self::Paused,
            Refusal::WrongType
            | Refusal::WrongPurpose
            | Refusal::WrongIdentity
            | Refusal::WrongClient
            | Refusal::WrongAudience
            | Refusal::WrongAddress
            | Refusal::PurposeUsed => Self::Active,
        }
    }

    /// Whether a token of this status is usable.
    #[must_use]
    pub fn is_usable(self) -> bool {
        matches!(self, Self::Active | Self::Expiring)
    }
}

impl StandingEntry {
    /// The first word that fits at `now`. It says usable exactly when a look by
    /// [`StandingEntry::judge`] has nothing to say, since both come of the same checks.
    #[must_use]
    pub fn status_word(&self, now: Timestamp) -> StatusWord {
        let look = Attempt::look(now);
        let refusals = self.checks(&look).filter_map(|check| check.refused());
        let words = refusals.map(|refused| StatusWord::of(refused.refusal));
        let entry = &self.entry;
        let life = |end| is_nearly_over(entry.created_at, now, end);
        words.min_by_key(|word| *word as usize).unwrap_or(if entry.expires_at.is_some_and(life) {
            StatusWord::Expiring
        } else {
            StatusWord::Active
        })
    }
}

/// Whether less than a tenth of a life from `start` to `end` is left.
fn is_nearly_over(start: Timestamp, now: Timestamp, end: Timestamp) -> bool {
    end.since(now).saturating_mul(10) < end.since(start)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{
        standing::samples::{NOW, good as token},
        token_entry::EntryStatus,
    };

    fn later(seconds: i64) -> Timestamp {
        Timestamp(NOW.0 + 1000 * seconds)
    }

    #[test]
    fn a_token_expires_in_words_before_it_does_in_fact() {
        let token = token();

        assert_eq!(token.status_word(later(900)), StatusWord::Active);
        assert_eq!(token.status_word(Timestamp(later(900).0 + 1)), StatusWord::Expiring);
        assert_eq!(token.status_word(Timestamp(later(1000).0 - 1)), StatusWord::Expiring);
        assert_eq!(token.status_word(later(1000)), StatusWord::Expired);
    }

    #[test]
    fn what_the_store_says_comes_before_what_the_clock_says() {
        for (status, word) in [
            (EntryStatus::Revoked, StatusWord::Revoked),
            (EntryStatus::Superseded, StatusWord::Replaced),
            (EntryStatus::Rejected, StatusWord::Declined),
            (EntryStatus::Redeemed, StatusWord::Used),
            (EntryStatus::Inactive, StatusWord::Expired),
        ] {
            let mut token = token();
            token.entry.status = status;

            assert_eq!(token.status_word(later(2000)), word);
        }
    }

    #[test]
    fn a_token_that_hangs_on_nothing_is_cut_off() {
        let mut token = token();
        token.standing.client_status = Some("disabled".to_owned());

        assert_eq!(token.status_word(later(2000)), StatusWord::CutOff);
        assert_eq!(StatusWord::CutOff.shown(), "cut off");
    }

    #[test]
    fn of_several_words_the_first_of_the_list_is_the_one() {
        let mut token = token();
        token.entry.status = EntryStatus::Inactive;
        assert_eq!(token.status_word(NOW), StatusWord::Waiting);

        token.entry.max_uses = Some(0);
        assert_eq!(token.status_word(NOW), StatusWord::UsedUp);
        assert_eq!(token.status_word(later(1000)), StatusWord::Expired);

        token.entry.not_before = Some(later(2000));
        assert_eq!(token.status_word(later(1000)), StatusWord::NotYet);
        assert_eq!(StatusWord::UsedUp.shown(), "used up");
    }
}
