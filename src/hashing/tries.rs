//! Tries at something that is no secret of an account, but must not be had for nothing.

use std::net::IpAddr;

use crate::model::timestamp::Timestamp;

use super::{Error, Hasher, guesses::Guess, network};

impl Hasher {
    /// Counts a try at `what` from an address, right or wrong: so many are `free` in a minute.
    ///
    /// # Errors
    ///
    /// [`Error::Throttled`] once there were as many, [`Error::Busy`] if too many wait.
    pub async fn count_try(
        &self,
        (what, free): (&str, u32),
        (from, at): (IpAddr, Timestamp),
    ) -> Result<(), Error> {
        self.count_named((&format!("{what} {}", network(from)), free), at).await
    }

    /// The same for tries that are about `whom`, wherever they come from.
    ///
    /// # Errors
    ///
    /// As [`Hasher::count_try`].
    pub async fn count_try_about(
        &self,
        (what, free): (&str, u32),
        (whom, at): (&str, Timestamp),
    ) -> Result<(), Error> {
        self.count_named((&format!("{what} of {whom}"), free), at).await
    }

    async fn count_named(&self, guesser: (&str, u32), at: Timestamp) -> Result<(), Error> {
        let taken = self.guesses.take(&[guesser], at).await.map(Guess::was_wrong);
        taken.inspect_err(Error::count)
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;
    use crate::model::secret::Random;

    #[tokio::test]
    async fn tries_are_counted_by_network_and_by_what_they_are_about() {
        let hasher = Hasher::new(Random::system());
        let at = Timestamp(0);
        let from = |text: &str| (text.parse().unwrap(), at);
        let one = hasher.count_try(("setup", 2), from("2001:db8::1")).await;
        let two = hasher.count_try(("setup", 2), from("2001:db8::2")).await;

        let three = hasher.count_try(("setup", 2), from("2001:db8::3")).await;

        assert_eq!((one, two), (Ok(()), Ok(())));
        assert_eq!(three, Err(Error::Throttled(Duration::from_mins(1))));
        assert_eq!(hasher.count_try(("setup", 2), from("192.0.2.1")).await, Ok(()));
        assert_eq!(hasher.count_try(("other", 2), from("2001:db8::1")).await, Ok(()));
        assert_eq!(hasher.count_try_about(("letter", 1), ("default/a", at)).await, Ok(()));
        assert!(hasher.count_try_about(("letter", 1), ("default/a", at)).await.is_err());
        assert_eq!(hasher.count_try_about(("letter", 1), ("default/b", at)).await, Ok(()));
    }
}
