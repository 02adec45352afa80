//! Times and numbers in a query: `>30d`, `<=2026-03-01`, `2026-03-01`, `never`, `>=3`.

use std::{fmt, time::Duration};

use crate::model::{duration, timestamp::Timestamp};

/// A day in milliseconds.
const DAY: Duration = Duration::from_hours(24);

/// How a value compares with what stands behind the sign.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Comparison {
    /// `<`
    Below,
    /// `<=`
    AtMost,
    /// `>`
    Above,
    /// `>=`
    AtLeast,
}

/// One value of a key that is a time.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TimeValue {
    /// There is no such time: `never`.
    Never,
    /// So far from now: `>30d`.
    Distance(Comparison, Duration),
    /// Before or after a moment, a whole second: `<2026-03-01T12:00:00Z`.
    Moment(Comparison, Timestamp),
    /// Before, after or on the day that begins then, in UTC: `2026-03-01`, `<2026-03-01`.
    Day(Option<Comparison>, Timestamp),
}

/// One value of a key that is a number.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct NumberValue {
    /// How; `None` for just so many.
    pub comparison: Option<Comparison>,
    /// How many.
    pub number: i64,
}

/// The span of time that a value leaves: from its start on, until just before its end.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Span {
    /// The first moment of it.
    pub(super) start: Timestamp,
    /// The first moment after it; `None` where there is none.
    pub(super) end: Option<Timestamp>,
}

impl TimeValue {
    /// Reads a value.
    ///
    /// # Errors
    ///
    /// What is wrong with it, to be read after it, and what to do about it.
    pub(super) fn parse(text: &str) -> Result<Self, (String, &'static str)> {
        const FORMS: &str =
            "write >30d, <24h, a day such as 2026-03-01, >=2026-03-01T12:00:00Z, or never";
        if text == "never" {
            return Ok(Self::Never);
        }
        let (comparison, rest) = comparison(text);
        if let Some(day) = day(rest) {
            return Ok(Self::Day(comparison, day));
        }
        let moment = Timestamp::parse_rfc3339(rest).map(Timestamp::floor_to_second);
        let moment = moment.filter(|at| Timestamp::parse_rfc3339(&at.rfc3339()) == Some(*at));
        match (comparison, moment, duration::parse(rest)) {
            (Some(comparison), Some(at), _) => Ok(Self::Moment(comparison, at)),
            (Some(comparison), _, Ok(length)) => Ok(Self::Distance(comparison, length)),
            (None, Some(_), _) | (None, _, Ok(_)) => {
                Err(("has neither < nor > in front".to_owned(), FORMS))
            }
            (_, None, Err(_)) => Err(("is no time".to_owned(), FORMS)),
        }
    }

    /// The span of time that it leaves, seen from `now`. Distances count into the future where
    /// `is_ahead`, and leave only what lies ahead.
    pub(super) fn span(self, now: Timestamp, is_ahead: bool) -> Option<Span> {
        let from = |start| Some(Span { start, end: None });
        let until = |start, end| Some(Span { start, end: Some(end) });
        let first = Timestamp(i64::MIN);
        let after = |at: Timestamp| Timestamp(at.0.saturating_add(1));
        match self {
            Self::Never => None,
            Self::Distance(comparison, length) => {
                let at = if is_ahead { now.plus(length) } else { now.minus(length) };
                match (comparison, is_ahead) {
                    (Comparison::Below, true) => until(now, at),
                    (Comparison::AtMost, true) => until(now, after(at)),
                    (Comparison::Above, true) | (Comparison::Below, false) => from(after(at)),
                    (Comparison::AtLeast, true) | (Comparison::AtMost, false) => from(at),
                    (Comparison::Above, false) => until(first, at),
                    (Comparison::AtLeast, false) => until(first, after(at)),
                }
            }
            // A second is as long as it is: what lies in it is neither before nor after it.
            Self::Moment(comparison, at) => {
                let end = at.plus(Duration::from_secs(1));
                Some(compared(comparison, at, end))
            }
            Self::Day(None, day) => until(day, day.plus(DAY)),
            Self::Day(Some(comparison), day) => Some(compared(comparison, day, day.plus(DAY))),
        }
    }
}

fn compared(comparison: Comparison, start: Timestamp, end: Timestamp) -> Span {
    let first = Timestamp(i64::MIN);
    match comparison {
        Comparison::Below => Span { start: first, end: Some(start) },
        Comparison::AtMost => Span { start: first, end: Some(end) },
        Comparison::Above => Span { start: end, end: None },
        Comparison::AtLeast => Span { start, end: None },
    }
}

impl Span {
    /// Whether a time lies in it.
    pub(super) fn holds(self, at: Timestamp) -> bool {
        self.start <= at && self.end.is_none_or(|end| at < end)
    }
}

impl NumberValue {
    /// Reads a value.
    ///
    /// # Errors
    ///
    /// What is wrong with it, and what to do about it.
    pub(super) fn parse(text: &str) -> Result<Self, (String, &'static str)> {
        let (comparison, rest) = comparison(text);
        let is_plain = !rest.is_empty() && rest.bytes().all(|byte| byte.is_ascii_digit());
        match rest.parse() {
            Ok(number) if is_plain => Ok(Self { comparison, number }),
            _ => Err(("is no number".to_owned(), "write 0, >3 or <=10")),
        }
    }

    /// Whether a number is meant.
    pub(super) fn holds(self, number: i64) -> bool {
        match self.comparison {
            None => number == self.number,
            Some(Comparison::Below) => number < self.number,
            Some(Comparison::AtMost) => number <= self.number,
            Some(Comparison::Above) => number > self.number,
            Some(Comparison::AtLeast) => number >= self.number,
        }
    }
}

/// Takes the sign off.
fn comparison(text: &str) -> (Option<Comparison>, &str) {
    let signs = [
        ("<=", Comparison::AtMost),
        (">=", Comparison::AtLeast),
        ("<", Comparison::Below),
        (">", Comparison::Above),
    ];
    let found = signs.into_iter().find_map(|(sign, comparison)| {
        text.strip_prefix(sign).map(|rest| (Some(comparison), rest))
    });
    found.unwrap_or((None, text))
}

/// The beginning of a day written as `2026-03-01`.
fn day(text: &str) -> Option<Timestamp> {
    let at = Timestamp::parse_rfc3339(&format!("{text}T00:00:00Z"))?;
    (text.len() == 10).then_some(at)
}

impl fmt::Display for Comparison {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Below => "<",
            Self::AtMost => "<=",
            Self::Above => ">",
            Self::AtLeast => ">=",
        })
    }
}

impl fmt::Display for TimeValue {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Never => f.write_str("never"),
            Self::Distance(comparison, length) => {
                write!(f, "{comparison}{}", duration::format(*length))
            }
            Self::Moment(comparison, at) => write!(f, "{comparison}{}", at.rfc3339()),
            Self::Day(comparison, day) => {
                let sign = comparison.map_or(String::new(), |comparison| comparison.to_string());
                write!(f, "{sign}{}", day.rfc3339().get(..10).unwrap_or_default())
            }
        }
    }
}

impl fmt::Display for NumberValue {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let sign = self.comparison.map_or(String::new(), |comparison| comparison.to_string());
        write!(f, "{sign}{}", self.number)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: Timestamp = Timestamp(1_800_000_000_000);

    fn holds(text: &str, is_ahead: bool, seconds: i64) -> bool {
        let span = TimeValue::parse(text).unwrap().span(NOW, is_ahead).unwrap();
        span.holds(Timestamp(NOW.0 + 1000 * seconds))
    }

    #[test]
    fn a_distance_counts_back_from_now_or_ahead_to_an_end() {
        for (text, is_ahead, inside, outside) in [
            (">30s", false, [-31, -1000], [-30, 5]),
            (">=30s", false, [-30, -31], [-29, 0]),
            ("<30s", false, [-29, 0], [-30, -31]),
            ("<=30s", false, [-30, 0], [-31, -1000]),
            ("<30s", true, [0, 29], [-1, 30]),
            ("<=30s", true, [0, 30], [-1, 31]),
            (">30s", true, [31, 1000], [30, -1]),
            (">=30s", true, [30, 31], [29, -1]),
        ] {
            for seconds in inside {
                assert!(holds(text, is_ahead, seconds), "{text} {seconds}");
            }
            for seconds in outside {
                assert!(!holds(text, is_ahead, seconds), "{text} {seconds}");
            }
        }
    }

    #[test]
    fn a_day_is_from_midnight_to_midnight_in_utc() {
        // NOW is 2027-01-15T08:00:00Z.
        let (midnight, next) = (-8 * 3600, 16 * 3600);
        for (text, inside, outside) in [
            ("2027-01-15", [midnight, next - 1], [midnight - 1, next]),
            ("<2027-01-15", [midnight - 1, midnight - 9], [midnight, next]),
            ("<=2027-01-15", [next - 1, midnight], [next, next + 1]),
            (">2027-01-15", [next, next + 1], [next - 1, midnight]),
            (">=2027-01-15", [midnight, next], [midnight - 1, midnight - 9]),
            (">2027-01-15T08:00:00Z", [1, 2], [0, -1]),
            ("<=2027-01-15T09:00:00+01:00", [0, -1], [1, 2]),
        ] {
            for seconds in inside {
                assert!(holds(text, false, seconds), "{text} {seconds}");
            }
            for seconds in outside {
                assert!(!holds(text, false, seconds), "{text} {seconds}");
            }
        }
    }

    #[test]
    fn what_is_no_time_or_number_is_refused() {
        for text in
            ["", ">", "30d", "tomorrow", ">30", "2026-02-30", "2027-01-15T08:00:00Z", "Never"]
        {
            assert!(TimeValue::parse(text).is_err(), "{text}");
        }
        for text in ["", ">", "-1", "+1", "1.5", "9223372036854775808", "> 1", "=1"] {
            assert!(NumberValue::parse(text).is_err(), "{text}");
        }
    }

    #[test]
    fn numbers_compare() {
        for (text, inside, outside) in
            [("3", 3, 4), ("<3", 2, 3), ("<=3", 3, 4), (">3", 4, 3), (">=3", 3, 2)]
        {
            let value = NumberValue::parse(text).unwrap();

            assert!(value.holds(inside) && !value.holds(outside), "{text}");
        }
    }
}
