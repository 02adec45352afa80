//! Points in time, as the store keeps them.

use std::time::Duration;

use serde::{Deserialize, Serialize};
use time::{OffsetDateTime, format_description::well_known::Rfc3339};

/// Milliseconds since 1970-01-01T00:00:00Z.
///
/// Times that leave the server are whole seconds; use [`Timestamp::seconds`], which rounds down,
/// so that a row and the JWT it stands for never end at different moments.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
#[cfg_attr(feature = "entry-check", derive(sqlx::Type), sqlx(transparent))]
pub struct Timestamp(pub i64);

impl Timestamp {
    /// The start of the second `seconds` after 1970.
    #[must_use]
    pub const fn from_seconds(seconds: i64) -> Self {
        Self(seconds.saturating_mul(1000))
    }

    /// Whole seconds since 1970, rounded down: the form of `exp` and `iat` (RFC 7519 §2).
    #[must_use]
    pub const fn seconds(self) -> i64 {
        self.0.div_euclid(1000)
    }

    /// Whole seconds since 1970, rounded up: the form of `nbf`, before which nothing may be good
    /// (RFC 7519 §4.1.5).
    #[must_use]
    pub const fn seconds_up(self) -> i64 {
        self.0.saturating_add(999).div_euclid(1000)
    }

    /// Seconds since 1970 with their fraction, as metrics have them.
    #[expect(clippy::cast_precision_loss, reason = "exact for some 200,000 years")]
    #[must_use]
    pub fn exact_seconds(self) -> f64 {
        self.0 as f64 / 1000.0
    }

    /// The start of the second that this time lies in.
    #[must_use]
    pub const fn floor_to_second(self) -> Self {
        Self::from_seconds(self.seconds())
    }

    /// This time and `duration` more; the end of time where that would overflow.
    #[must_use]
    pub fn plus(self, duration: Duration) -> Self {
        Self(self.0.saturating_add(i64::try_from(duration.as_millis()).unwrap_or(i64::MAX)))
    }

    /// This time less `duration`; the beginning of time where that would overflow.
    #[must_use]
    pub fn minus(self, duration: Duration) -> Self {
        Self(self.0.saturating_sub(i64::try_from(duration.as_millis()).unwrap_or(i64::MAX)))
    }

    /// How long ago `earlier` was; zero if it lies ahead.
    #[must_use]
    pub fn since(self, earlier: Self) -> Duration {
        Duration::from_millis(u64::try_from(self.0.saturating_sub(earlier.0)).unwrap_or(0))
    }

    /// Reads RFC 3339 with any offset, such as `2026-03-12T14:30:00Z`. `None` for anything else.
    #[must_use]
    pub fn parse_rfc3339(text: &str) -> Option<Self> {
        let time = OffsetDateTime::parse(text, &Rfc3339).ok()?;
        let milliseconds = time.unix_timestamp_nanos().div_euclid(1_000_000);
        i64::try_from(milliseconds).ok().map(Self)
    }

    /// RFC 3339 in UTC with whole seconds, such as `2026-03-12T14:30:00Z`.
    ///
    /// Times outside the years 0 to 9999 are shown as their number of seconds.
    #[must_use]
    pub fn rfc3339(self) -> String {
        OffsetDateTime::from_unix_timestamp(self.seconds())
            .ok()
            .and_then(|time| time.format(&Rfc3339).ok())
            .unwrap_or_else(|| self.seconds().to_string())
    }

    /// The same with milliseconds, such as `2026-03-12T14:30:00.092Z`.
    #[must_use]
    pub fn rfc3339_exact(self) -> String {
        let seconds = self.rfc3339();
        format!("{}.{:03}Z", seconds.trim_end_matches('Z'), self.0.rem_euclid(1000))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn seconds_round_down_on_both_sides_of_1970() {
        assert_eq!(Timestamp(1999).seconds(), 1);
        assert_eq!(Timestamp(-1).seconds(), -1);
        assert_eq!([1000, 1001, -1].map(|at| Timestamp(at).seconds_up()), [1, 2, 0]);
        assert_eq!(Timestamp(1999).floor_to_second(), Timestamp(1000));
    }

    #[test]
    fn adding_saturates() {
        assert_eq!(Timestamp(i64::MAX - 1).plus(Duration::MAX), Timestamp(i64::MAX));
        assert_eq!(Timestamp(i64::MIN + 1).minus(Duration::MAX), Timestamp(i64::MIN));
    }

    #[test]
    fn it_is_written_as_rfc_3339() {
        assert_eq!(Timestamp(1_700_000_000_999).rfc3339(), "2023-11-14T22:13:20Z");
        assert_eq!(Timestamp(i64::MAX).rfc3339(), "9223372036854775");
    }

    #[test]
    fn rfc_3339_is_read_with_any_offset() {
        let read = Timestamp::parse_rfc3339;

        assert_eq!(read("2023-11-14T22:13:20Z"), Some(Timestamp(1_700_000_000_000)));
        assert_eq!(read("2023-11-14T23:13:20.999+01:00"), Some(Timestamp(1_700_000_000_999)));
        assert!(read("2023-11-14").is_none() && read("2023-11-14T22:13:20").is_none());
    }
}
