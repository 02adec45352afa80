//! Passwords of people: guessing is slowed down by account and by address, and an account that
//! there is not costs what one costs that there is.

use std::net::{IpAddr, Ipv6Addr};

use metrics::counter;

use crate::model::{secret::Secret, timestamp::Timestamp};

use super::{Error, FREE_GUESSES, Hasher};

/// Wrong guesses from one address that are free in a minute, whoever they are about: more than the
/// people behind one address mistype, and far fewer than trying one password on every account
/// takes.
const FREE_BY_ADDRESS: u32 = 100;

/// A hash of what nobody knows, at the cost of those that we make.
const DECOY: &str = "$argon2id$v=19$m=19456,t=2,p=1$AAECAwQFBgcICQoLDA0ODw$\
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
    /// Whether it is remembered that `kept` was made of `password`.
    #[must_use]
    pub fn remembers(&self, password: &Secret, kept: &str) -> bool {
        self.verified.contains_key(&self.memory_of(password, kept))
    }

    /// Whether `kept` was made of `password`. Without one, nothing is right, and it takes as long.
    ///
    /// What was right before is right at once, however much others guess. A wrong guess counts for
    /// the account from that address, and for the address: nobody locks an account for others.
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
        let memory = kept.map(|phc| self.memory_of(password, phc));
        if memory.is_some_and(|memory| self.verified.contains_key(&memory)) {
            return Ok(true);
        }
        let network = network(attempt.from);
        // No client has a space in its name: these guessers are none of theirs.
        let guessers = [
            (format!("user {}|{network}", attempt.account), FREE_GUESSES),
            (format!("address {network}"), FREE_BY_ADDRESS),
        ];
        let mut taken =
            guessers.iter().map(|(who, free)| self.guesses.take((who, *free), attempt.at));
        if !taken.all(|is_free| is_free) {
            counter!("tessera_hashing_refusals_total", "reason" => "throttled").increment(1);
            return Err(Error::Throttled);
        }
        let right =
            self.matches(password, kept.unwrap_or(DECOY)).await.map(|is| is && kept.is_some());
        if right != Ok(false) {
            for (who, _) in &guessers {
                self.guesses.give_back(who, attempt.at);
            }
        }
        if let (Ok(true), Some(memory)) = (right, memory) {
            self.verified.insert(memory, ());
        }
        right
    }
}

/// What is slowed down of an address: of IPv6 the whole network that one subscriber has, who could
/// otherwise come from another address each time.
fn network(address: IpAddr) -> IpAddr {
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
    use super::*;
    use crate::{hashing::MEMORY_KIB, hashing::PASSES, model::secret::Random};

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
            assert_eq!(again, Err(Error::Throttled));
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
        // As if a hundred guesses had been made: each would take a while.
        for _ in 0..FREE_BY_ADDRESS {
            assert!(hasher.guesses.take(("address 192.0.2.1", FREE_BY_ADDRESS), Timestamp(0)));
        }

        assert_eq!(guess(&hasher, None, &attempt("c", "192.0.2.1")).await, Err(Error::Throttled));
        assert_eq!(guess(&hasher, None, &attempt("c", "192.0.2.2")).await, Ok(false));
    }

    #[tokio::test]
    async fn what_was_right_before_is_right_at_once() {
        let hasher = Hasher::new(Random::system());
        let password = Secret::new("correct horse".to_owned());
        let ours = hasher.hash(&password).await.unwrap();
        let (account, from) = attempt("a", "192.0.2.1");
        let attempt = PasswordAttempt { account: &account, from, at: Timestamp(0) };
        assert_eq!(hasher.verify_password(&password, Some(&ours), attempt).await, Ok(true));

        for _ in 0..FREE_GUESSES {
            assert_eq!(guess(&hasher, Some(&ours), &(account.clone(), from)).await, Ok(false));
        }

        assert_eq!(hasher.verify_password(&password, Some(&ours), attempt).await, Ok(true));
        assert_eq!(hasher.verify_password(&password, None, attempt).await, Err(Error::Throttled));
    }
}
