//! When signing keys take turns: what is to be done next about each, decided without I/O.

use std::time::Duration;

use super::{
    signing_key::{SigningKey, SigningKeyState},
    timestamp::Timestamp,
};

/// The longest that public keys may be kept by those who read them (RFC 9111 §5.2.2.1), whatever
/// the settings say or said before.
pub const LONGEST_MAX_AGE: Duration = Duration::from_mins(5);

/// How much longer a key is kept than the last token that it can have signed lives: for requests
/// that were under way, and clocks that are apart.
pub const KEPT_LONGER: Duration = Duration::from_hours(1);

/// How often keys take turns.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct KeyRotation {
    /// How long a key signs. `None`: until somebody rotates it.
    pub interval: Option<Duration>,
    /// How long a new key is to be published before it signs; see [`KeyRotation::ahead`].
    pub publish_ahead: Duration,
}

words! {
    /// What can be done about a signing key.
    pub enum KeyStep: "step of a signing key" {
        /// Its successor is made and published.
        Stage = "stage",
        /// It begins to sign.
        Activate = "activate",
        /// It ends signing.
        Retire = "retire",
        /// It is deleted: nothing that it signed can be good any more.
        Drop = "drop",
    }
}

impl KeyRotation {
    /// How long a new key is published before it signs. Never shorter than somebody may keep the
    /// public keys of before, which they may have read while the setting was longer.
    #[must_use]
    pub fn ahead(&self) -> Duration {
        self.publish_ahead.max(LONGEST_MAX_AGE)
    }

    /// How long those who read the public keys may keep them: never so long that they would meet
    /// the signatures of a new key before they read it.
    #[must_use]
    pub fn max_age(&self) -> Duration {
        self.publish_ahead.min(LONGEST_MAX_AGE)
    }

    /// What is to be done about `key` next, and from when on. `all` are the keys there are;
    /// `is_used` says whether anybody gets tokens by its algorithm. An algorithm that nobody uses
    /// gets no new key: its last one retires when its time is over.
    #[must_use]
    pub fn next(
        &self,
        key: &SigningKey,
        all: &[SigningKey],
        is_used: bool,
    ) -> Option<(KeyStep, Timestamp)> {
        match key.state {
            SigningKeyState::Staged => Some((KeyStep::Activate, key.signs_from())),
            SigningKeyState::Active => self.next_of_active(key, all, is_used),
            SigningKeyState::Retiring | SigningKeyState::Revoked => {
                key.drop_at.map(|at| (KeyStep::Drop, at))
            }
        }
    }

    fn next_of_active(
        &self,
        key: &SigningKey,
        all: &[SigningKey],
        is_used: bool,
    ) -> Option<(KeyStep, Timestamp)> {
        if let Some(successor) = staged(all, key) {
            return Some((KeyStep::Retire, successor.signs_from()));
        }
        let end = key.signs_from().plus(self.interval?);
        Some(if is_used {
            (KeyStep::Stage, end.minus(self.ahead()))
        } else {
            (KeyStep::Retire, end)
        })
    }

    /// When another key takes over from one that began to sign at `began`, where its successor, if
    /// it is made already, signs from `successor` on. `None` if that is nowhere in sight.
    #[must_use]
    pub fn takes_over_at(
        &self,
        began: Timestamp,
        successor: Option<Timestamp>,
    ) -> Option<Timestamp> {
        successor.or_else(|| Some(began.plus(self.interval?)))
    }
}

/// The key that is to follow `key`, if it is made already.
#[must_use]
pub fn staged<'k>(all: &'k [SigningKey], key: &SigningKey) -> Option<&'k SigningKey> {
    let follows = |other: &&SigningKey| {
        other.state == SigningKeyState::Staged && other.algorithm == key.algorithm
    };
    all.iter().find(follows)
}

#[cfg(test)]
mod tests {
    use std::slice::from_ref;

    use super::*;
    use crate::model::signature_algorithm::SignatureAlgorithm;

    const DAY: Duration = Duration::from_hours(24);
    const NOW: Timestamp = Timestamp(1_800_000_000_000);

    fn rotation() -> KeyRotation {
        KeyRotation { interval: Some(90 * DAY), publish_ahead: DAY }
    }

    fn key(kid: &str, state: SigningKeyState) -> SigningKey {
        SigningKey {
            kid: kid.to_owned(),
            algorithm: SignatureAlgorithm::Es256,
            state,
            public_jwk: String::new(),
            private_sealed: Vec::new(),
            public_sealed: None,
            seal_key: 1,
            created_at: NOW,
            activate_at: Some(NOW),
            retire_at: None,
            drop_at: None,
            longest_lifetime: None,
        }
    }

    #[test]
    fn a_successor_is_made_a_day_before_the_key_is_due() {
        let active = key("k-1", SigningKeyState::Active);

        let next = rotation().next(&active, from_ref(&active), true);

        assert_eq!(next, Some((KeyStep::Stage, NOW.plus(89 * DAY))));
    }

    #[test]
    fn a_key_that_nobody_uses_retires_without_a_successor() {
        let active = key("k-1", SigningKeyState::Active);

        let next = rotation().next(&active, from_ref(&active), false);

        assert_eq!(next, Some((KeyStep::Retire, NOW.plus(90 * DAY))));
    }

    #[test]
    fn a_staged_key_is_never_followed_by_a_second_one() {
        let active = key("k-1", SigningKeyState::Active);
        let mut staged = key("k-2", SigningKeyState::Staged);
        staged.activate_at = Some(NOW.plus(DAY));
        let all = [active.clone(), staged.clone()];

        assert_eq!(rotation().next(&active, &all, true), Some((KeyStep::Retire, NOW.plus(DAY))));
        assert_eq!(rotation().next(&staged, &all, true), Some((KeyStep::Activate, NOW.plus(DAY))));
    }

    #[test]
    fn without_an_interval_nothing_comes_by_itself_but_what_was_begun_ends() {
        let off = KeyRotation { interval: None, ..rotation() };
        let active = key("k-1", SigningKeyState::Active);
        let mut retiring = key("k-0", SigningKeyState::Retiring);
        retiring.drop_at = Some(NOW);

        assert_eq!(off.next(&active, from_ref(&active), true), None);
        assert_eq!(off.next(&retiring, &[], true), Some((KeyStep::Drop, NOW)));
    }

    #[test]
    fn nobody_may_keep_the_public_keys_beyond_the_first_use_of_a_new_one() {
        let short = KeyRotation { publish_ahead: Duration::from_mins(2), ..rotation() };

        assert_eq!(rotation().max_age(), Duration::from_mins(5));
        assert_eq!(short.max_age(), Duration::from_mins(2));
        // Whoever read them while the setting was longer keeps them for five minutes all the same.
        assert_eq!((rotation().ahead(), short.ahead()), (DAY, Duration::from_mins(5)));
    }
}
