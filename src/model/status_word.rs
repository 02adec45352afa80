//! The one word for where a token stands, the same on pages, in the API and on the command line.

use super::{standing::StandingEntry, timestamp::Timestamp, token_entry::EntryStatus};

words! {
    /// Where a token stands, in one word. What a person sees has spaces for its underscores.
    pub enum StatusWord: "status" {
        /// It was ended before its time.
        Revoked = "revoked",
        /// A newer one took its place.
        Replaced = "replaced",
        /// A person declined it.
        Declined = "declined",
        /// It was turned into other tokens.
        Used = "used",
        /// Its client, user or family is gone, disabled or of a newer generation.
        CutOff = "cut_off",
        /// Its time has not come.
        NotYet = "not_yet",
        /// Its time is over.
        Expired = "expired",
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

    /// Whether a token of this status is usable.
    #[must_use]
    pub fn is_usable(self) -> bool {
        matches!(self, Self::Active | Self::Expiring)
    }
}

impl StandingEntry {
    /// The first word that fits at `now`. It says usable exactly when [`StandingEntry::judge`] has
    /// nothing to say.
    #[must_use]
    pub fn status_word(&self, now: Timestamp) -> StatusWord {
        let entry = &self.entry;
        match entry.status {
            EntryStatus::Revoked => return StatusWord::Revoked,
            EntryStatus::Superseded => return StatusWord::Replaced,
            EntryStatus::Rejected => return StatusWord::Declined,
            EntryStatus::Redeemed => return StatusWord::Used,
            EntryStatus::Inactive | EntryStatus::Valid => {}
        }
        if self.is_orphaned() {
            StatusWord::CutOff
        } else if entry.not_before.is_some_and(|start| now < start) {
            StatusWord::NotYet
        } else if entry.expires_at.is_some_and(|end| now >= end) {
            StatusWord::Expired
        } else if entry.status == EntryStatus::Inactive {
            StatusWord::Waiting
        } else if entry.expires_at.is_some_and(|end| is_nearly_over(entry.created_at, now, end)) {
            StatusWord::Expiring
        } else {
            StatusWord::Active
        }
    }
}

/// Whether less than a tenth of a life from `start` to `end` is left.
fn is_nearly_over(start: Timestamp, now: Timestamp, end: Timestamp) -> bool {
    end.since(now).saturating_mul(10) < end.since(start)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::standing::samples::{NOW, good as token};

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
    fn the_word_is_usable_exactly_when_the_judge_is_silent() {
        for status in EntryStatus::ALL {
            for orphaned in [false, true] {
                for at in [-10, 0, 5, 999, 1000, 2000].map(later) {
                    let mut token = token();
                    token.entry.status = *status;
                    token.entry.not_before = Some(later(1));
                    token.standing.client_generation_now = (!orphaned).then_some(1);

                    let usable = token.status_word(at).is_usable();

                    assert_eq!(usable, token.judge(at).is_none(), "{status} {orphaned} {at:?}");
                }
            }
        }
    }
}
