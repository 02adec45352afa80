//! When a user's account ends, and how long one sign-in is good for, as two of the user's
//! attributes say it: `exp`, a moment, and `max_ttl`, a length of time.

use std::time::Duration;

use serde_json::Value;

use super::{duration, timestamp::Timestamp, user::Attributes};

/// The attribute that holds the end of an account: seconds since 1970, in digits.
pub const END: &str = "exp";

/// The attribute that holds how long a JWT of the user lives at most, such as `15m`.
pub const LONGEST_LIFE: &str = "max_ttl";

/// The latest end that is read, in seconds since 1970: the year 9999 is over then.
const LATEST: i64 = 253_402_300_799;

/// What a user's attributes say about time.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct AccountLimits {
    /// The first second at which the account is no longer good; `None` for never.
    pub ends_at: Option<Timestamp>,
    /// How long a JWT of the user lives at most, in whole seconds.
    pub longest_life: Option<Duration>,
}

/// An attribute about time that cannot be read. Whoever has it is let in nowhere: what was meant as
/// a limit must not become none.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum NotALimit {
    /// The end of the account.
    #[error("{END} is no moment: seconds since 1970, in digits, such as \"1767225600\"")]
    End,
    /// How long a JWT lives.
    #[error(
        "{LONGEST_LIFE} is no length of time of at least 1s, in whole seconds, such as \"15m\""
    )]
    LongestLife,
}

impl AccountLimits {
    /// Reads the attributes of a user.
    ///
    /// # Errors
    ///
    /// [`NotALimit`] for one that is there and cannot be read.
    pub fn of(attributes: &Attributes) -> Result<Self, NotALimit> {
        let ends_at = attributes.get(END).map(|end| moment(end).ok_or(NotALimit::End));
        let longest =
            attributes.get(LONGEST_LIFE).map(|life| length(life).ok_or(NotALimit::LongestLife));
        Ok(Self { ends_at: ends_at.transpose()?, longest_life: longest.transpose()? })
    }

    /// Whether the account is over.
    #[must_use]
    pub fn is_over(&self, now: Timestamp) -> bool {
        self.ends_at.is_some_and(|end| now >= end)
    }
}

fn moment(value: &Value) -> Option<Timestamp> {
    let seconds = match value {
        Value::Number(number) => number.as_i64()?,
        Value::String(text) if text.bytes().all(|byte| byte.is_ascii_digit()) => {
            text.parse().ok()?
        }
        _ => return None,
    };
    (0..=LATEST).contains(&seconds).then_some(Timestamp(seconds * 1000))
}

fn length(value: &Value) -> Option<Duration> {
    let length = duration::parse(value.as_str()?).ok()?;
    (length.subsec_nanos() == 0 && !length.is_zero()).then_some(length)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn limits(attributes: &Value) -> Result<AccountLimits, NotALimit> {
        AccountLimits::of(&Attributes::try_from(attributes.to_string()).unwrap())
    }

    #[test]
    fn an_end_is_a_moment_in_digits_and_over_at_that_very_second() {
        for end in [json!("1704067200"), json!(1_704_067_200)] {
            let limits = limits(&json!({"exp": end})).unwrap();

            assert!(!limits.is_over(Timestamp(1_704_067_199_999)));
            assert!(limits.is_over(Timestamp(1_704_067_200_000)));
        }
        assert!(!limits(&json!({})).unwrap().is_over(Timestamp(i64::MAX)));
    }

    #[test]
    fn what_cannot_be_read_is_no_missing_limit() {
        for end in [
            json!("1h"),
            json!("-1"),
            json!(-1),
            json!("+5"),
            json!(""),
            json!(" 5"),
            json!(1.5),
            json!(null),
            json!("99999999999999999999"),
            json!(253_402_300_800_i64),
        ] {
            assert_eq!(limits(&json!({"exp": end})), Err(NotALimit::End), "{end}");
        }
        for life in [json!("0s"), json!("soon"), json!(900), json!("1500ms"), json!(null)] {
            let read = limits(&json!({"max_ttl": life}));
            assert_eq!(read, Err(NotALimit::LongestLife), "{life}");
        }
    }

    #[test]
    fn a_longest_life_is_a_length_of_time() {
        let read = limits(&json!({"max_ttl": "15m"})).unwrap();

        assert_eq!(read.longest_life, Some(Duration::from_mins(15)));
    }
}
