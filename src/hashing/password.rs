//! Passwords of people: guessing is slowed down by account and by address, and an account that
//! there is not costs what one costs that there is.

use std::net::{IpAddr, Ipv6Addr};

use crate::model::{secret::Secret, timestamp::Timestamp};

use super::{Error, FREE_GUESSES, Hasher, guesses::Guesser, judging::Question};

/// Wrong guesses from one address that are free in a minute, whoever they are about: more than the
/// people behind one address mistype, and far fewer than trying one password on every account
/// takes.
const FREE_BY_ADDRESS: u32 = 100;

/// A hash of what nobody knows, at the cost of those that we make.
pub(super) const DECOY: &str = "$argon2id$v=19$m=19456,t=2,p=1$AAECAwQFBgcICQoLDA0ODw$\
    wJmEbSxoWdvvQyiG0zKXjGjHbOWA6EPVGQ8WCkHKA7c";

/// Who tries to prove that they are which person, from where and when.
#[derive(Debug, Clone, Copy)]
pub struct PasswordAttempt<'a> {
    /// The account, named in one way however it was typed.
    pub account: &'a str,
    /// The address of whoever tries.
    pub from: IpAddr,
    /// When.
    pub at: Timestamp,
}

impl Hasher {
    /// Whether it is remembered that `kept` was made of `password`, by one in whose network it was
    /// right before. Nothing is while the network has no guess left.
    #[must_use]
    pub fn remembers(&self, password: &Secret, kept: &str, attempt: PasswordAttempt<'_>) -> bool {
        let guessers = Guessers::of(attempt);
        let guessers = &guessers.all();
        let question = Question { secret: password, kept: &[kept], guessers, at: attempt.at };
        self.known(question, &self.memories(question)).is_some()
    }

    /// Whether `kept` was made of `password`. Without one, nothing is right, and it takes as long.
    ///
    /// What was right before in the same network is right at once, however much others guess. A
    /// wrong guess counts for the account from that network, and for the network: nobody locks an
    /// account for others. The same password many times at once is judged once, and is one guess.
    ///
    /// # Errors
    ///
    /// [`Error::Busy`] if too many wait already, [`Error::Throttled`] after too many wrong guesses.
    pub async fn verify_password(
        &self,
        password: &Secret,
        kept: Option<&str>,
        attempt: PasswordAttempt<'_>,
    ) -> Result<bool, Error> {
        let guessers = Guessers::of(attempt);
        let (kept_or_decoy, guessers) = (&[kept.unwrap_or(DECOY)], &guessers.all());
        let at = attempt.at;
        let question = Question { secret: password, kept: kept_or_decoy, guessers, at };
        Ok(self.judge(question).await?.is_some() && kept.is_some())
    }
}

/// As whom somebody guesses. No client has a space in its name: these are none of theirs.
struct Guessers {
    account: String,
    address: String,
}

impl Guessers {
    fn of(attempt: PasswordAttempt<'_>) -> Self {
        let network = network(attempt.from);
        let account = format!("user {}|{network}", attempt.account);
        Self { account, address: format!("address {network}") }
    }

    /// Each with the guesses that are free.
    fn all(&self) -> [Guesser<'_>; 2] {
        [(&self.account, FREE_GUESSES), (&self.address, FREE_BY_ADDRESS)]
    }
}

/// What is slowed down of an address: of IPv6 the whole network that one subscriber has, who could
/// otherwise come from another address each time.
#[must_use]
pub fn network(address: IpAddr) -> IpAddr {
    match address.to_canonical() {
        IpAddr::V6(address) => {
            let first = address.to_bits() & !u128::from(u64::MAX);
            IpAddr::V6(Ipv6Addr::from_bits(first))
        }
        IpAddr::V4(address) => IpAddr::V4(address),
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;
    use crate::{
        hashing::{MEMORY_KIB, PASSES, tests::use_up},
        model::secret::Random,
    };

    const THROTTLED: Result<bool, Error> = Err(Error::Throttled(Duration::from_mins(1)));

    fn attempt(account: &str, from: &str) -> (String, IpAddr) {
        (account.to_owned(), from.parse().unwrap())
    }

    async fn guess(
        hasher: &Hasher,
        kept: Option<&str>,
        who: &(String, IpAddr),
    ) -> Result<bool, Error> {
        let (account, from) = who;
        let attempt = PasswordAttempt { account, from: *from, at: Timestamp(0) };
        hasher.verify_password(&Secret::new("wrong".to_owned()), kept, attempt).await
    }

    #[tokio::test]
    async fn a_decoy_costs_what_a_password_of_ours_costs_and_is_never_right() {
        let hasher = Hasher::new(Random::system());
        let ours = hasher.hash(&Secret::new("correct horse".to_owned())).await.unwrap();

        let cost = |phc: &str| phc.split('$').take(4).collect::<Vec<_>>().join("$");
        assert_eq!(cost(DECOY), cost(&ours));
        assert!(DECOY.contains(&format!("m={MEMORY_KIB},t={PASSES},p=1")));
        assert!(super::super::is_hash(DECOY));
        assert_eq!(guess(&hasher, None, &attempt("a", "192.0.2.1")).await, Ok(false));
    }

    #[tokio::test]
    async fn guesses_are_slowed_down_whether_there_is_the_account_or_not() {
        let hasher = Hasher::new(Random::system());
        let ours = hasher.hash(&Secret::new("correct horse".to_owned())).await.unwrap();

        for (kept, account) in [(Some(&*ours), "default/a"), (None, "default/b")] {
            for _ in 0..FREE_GUESSES {
                assert_eq!(guess(&hasher, kept, &attempt(account, "192.0.2.1")).await, Ok(false));
            }
            let again = guess(&hasher, kept, &attempt(account, "192.0.2.1")).await;
            assert_eq!(again, THROTTLED);
            let elsewhere = guess(&hasher, kept, &attempt(account, "192.0.2.2")).await;
            assert_eq!(elsewhere, Ok(false), "whoever owns it is elsewhere");
        }
    }

    #[test]
    fn a_subscriber_of_ipv6_is_one_network() {
        let network = |text: &str| network(text.parse().unwrap()).to_string();

        assert_eq!(network("2001:db8:1:2:3:4:5:6"), "2001:db8:1:2::");
        assert_eq!(network("2001:db8:1:2:ffff::"), network("2001:db8:1:2::1"));
        assert_ne!(network("2001:db8:1:3::"), network("2001:db8:1:2::"));
        assert_eq!(network("::ffff:192.0.2.1"), "192.0.2.1");
    }

    #[tokio::test]
    async fn one_address_tries_no_password_on_every_account() {
        let hasher = Hasher::new(Random::system());
        use_up(&hasher, ("address 192.0.2.1", FREE_BY_ADDRESS)).await;

        assert_eq!(guess(&hasher, None, &attempt("c", "192.0.2.1")).await, THROTTLED);
        assert_eq!(guess(&hasher, None, &attempt("c", "192.0.2.2")).await, Ok(false));
    }

    /// A hasher, a password, its hash, and where it was right once.
    async fn known() -> (Hasher, Secret, String, IpAddr) {
        let hasher = Hasher::new(Random::system());
        let password = Secret::new("correct horse".to_owned());
        let kept = hasher.hash(&password).await.unwrap();
        let (account, from) = attempt("a", "192.0.2.1");
        let first = PasswordAttempt { account: &account, from, at: Timestamp(0) };
        assert_eq!(hasher.verify_password(&password, Some(&kept), first).await, Ok(true));
        (hasher, password, kept, from)
    }

    #[tokio::test]
    async fn what_was_right_before_is_right_at_once() {
        let (hasher, password, kept, from) = known().await;
        let owner = PasswordAttempt { account: "a", from, at: Timestamp(0) };
        let held = std::sync::Arc::clone(&hasher.places).try_acquire_many_owned(33).unwrap();

        assert_eq!(hasher.verify_password(&password, Some(&kept), owner).await, Ok(true));
        let elsewhere = PasswordAttempt { from: "192.0.2.2".parse().unwrap(), ..owner };
        let judged = hasher.verify_password(&password, Some(&kept), elsewhere).await;
        assert_eq!(judged, Err(Error::Busy), "elsewhere it is hashed");
        drop(held);
        // However much others guess.
        let other = attempt("a", "192.0.2.2");
        for _ in 0..FREE_GUESSES {
            assert_eq!(guess(&hasher, Some(&kept), &other).await, Ok(false));
        }
        assert_eq!(hasher.verify_password(&password, Some(&kept), owner).await, Ok(true));
    }

    #[tokio::test]
    async fn whoever_used_up_the_guesses_is_not_told_what_was_right_before() {
        let (hasher, password, kept, from) = known().await;
        let owner = PasswordAttempt { account: "a", from, at: Timestamp(0) };
        use_up(&hasher, ("user a|192.0.2.2", FREE_GUESSES)).await;

        let there = PasswordAttempt { from: "192.0.2.2".parse().unwrap(), ..owner };
        for guessed in [&password, &Secret::new("wrong".to_owned())] {
            assert_eq!(hasher.verify_password(guessed, Some(&kept), there).await, THROTTLED);
        }
        assert_eq!(hasher.verify_password(&password, Some(&kept), owner).await, Ok(true));

        // Where it was right before, too, for as long as the network has no guess.
        for (who, free) in [("user a|192.0.2.1", FREE_GUESSES), ("address 192.0.2.3", 100)] {
            use_up(&hasher, (who, free)).await;
        }
        assert!(!hasher.remembers(&password, &kept, owner));
        assert_eq!(hasher.verify_password(&password, Some(&kept), owner).await, THROTTLED);
        let later = PasswordAttempt { at: Timestamp(60_000), ..owner };
        assert!(hasher.remembers(&password, &kept, later));
        let spread = PasswordAttempt { from: "192.0.2.3".parse().unwrap(), ..owner };
        assert_eq!(hasher.verify_password(&password, Some(&kept), spread).await, THROTTLED);
    }
}
