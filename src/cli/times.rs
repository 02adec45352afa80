//! Points in time as people read them: exact and relative together.

use std::time::Duration;

use time::OffsetDateTime;

use crate::model::timestamp::Timestamp;

use super::zone::Zone;

/// The units of a span and their seconds, longest first, and above how many of a unit the span
/// takes it.
const UNITS: &[(&str, u64, u64)] =
    &[("y", 365 * 86_400, 2), ("d", 86_400, 2), ("h", 3600, 1), ("min", 60, 1)];

/// Writes times, seen from now.
#[derive(Debug, Clone, Copy)]
pub(super) struct Times<'z> {
    /// When it is now.
    pub(super) now: Timestamp,
    /// Whose clock face is shown.
    pub(super) zone: &'z Zone,
}

impl Times<'_> {
    /// Date and time without zone, as short as it can be: `20:10` within the hour, `12 Mar 20:10`
    /// within the year, else `12 Mar 2027 20:10`.
    pub(super) fn exact(&self, at: Timestamp) -> String {
        let (Some(then), Some(now)) = (self.on_the_wall(at), self.on_the_wall(self.now)) else {
            return at.rfc3339();
        };
        let clock = format!("{:02}:{:02}", then.hour(), then.minute());
        let month = then.month().to_string();
        let date = format!("{} {}", then.day(), month.get(..3).unwrap_or_default());
        if at.0.abs_diff(self.now.0) < 3_600_000 {
            clock
        } else if then.year() == now.year() {
            format!("{date} {clock}")
        } else {
            format!("{date} {} {clock}", then.year())
        }
    }

    /// The time to the millisecond, with its date where that is another day's: `14:30:11.092`.
    pub(super) fn precise(&self, at: Timestamp) -> String {
        let (Some(then), Some(now)) = (self.on_the_wall(at), self.on_the_wall(self.now)) else {
            return at.rfc3339_exact();
        };
        let (hour, minute, second) = (then.hour(), then.minute(), then.second());
        let clock = format!("{hour:02}:{minute:02}:{second:02}.{:03}", at.0.rem_euclid(1000));
        let month = then.month().to_string();
        let date = format!("{:>2} {}", then.day(), month.get(..3).unwrap_or_default());
        if then.date() == now.date() {
            clock
        } else if then.year() == now.year() {
            format!("{date} {clock}")
        } else {
            format!("{date} {} {clock}", then.year())
        }
    }

    /// What the exact time is, and how far away: `12 Mar 20:10 UTC, in 5 h`.
    pub(super) fn stated(&self, at: Timestamp) -> String {
        format!("{}, {}", self.zoned(at), self.relative(at))
    }

    /// The exact time and its zone: `12 Mar 20:10 UTC`.
    pub(super) fn zoned(&self, at: Timestamp) -> String {
        format!("{} {}", self.exact(at), self.zone.at(at).name)
    }

    /// How far away a time is: `in 5 h`, `12 s ago`, `now`.
    pub(super) fn relative(&self, at: Timestamp) -> String {
        let (ahead, behind) = (at.since(self.now), self.now.since(at));
        match (ahead.as_secs(), behind.as_secs()) {
            (0, 0) => "now".to_owned(),
            (0, _) => format!("{} ago", span(behind)),
            (_, _) => format!("in {}", span(ahead)),
        }
    }

    /// How far away a time is, for a column that has room for little: `5 h`, `-12 s`.
    pub(super) fn distance(&self, at: Timestamp) -> String {
        let (ahead, behind) = (at.since(self.now), self.now.since(at));
        if behind.as_secs() > 0 { format!("-{}", span(behind)) } else { span(ahead) }
    }

    fn on_the_wall(&self, at: Timestamp) -> Option<OffsetDateTime> {
        let shifted = at.seconds().checked_add(i64::from(self.zone.at(at).offset))?;
        OffsetDateTime::from_unix_timestamp(shifted).ok()
    }
}

/// A length of time in its largest unit, rounded down: `5 h`, `32 min`, `3 d`.
pub(super) fn span(length: Duration) -> String {
    let seconds = length.as_secs();
    let fits = UNITS.iter().find(|(_, unit, least)| seconds >= unit * least);
    let (name, unit) = fits.map_or(("s", 1), |(name, unit, _)| (*name, *unit));
    format!("{} {name}", seconds / unit)
}

/// A length of time in its two largest units: `18 h 43 min`.
pub(super) fn long_span(length: Duration) -> String {
    let seconds = length.as_secs();
    let Some((_, unit, _)) = UNITS.iter().find(|(_, unit, least)| seconds >= unit * least) else {
        return span(length);
    };
    let rest = Duration::from_secs(seconds % unit);
    let smaller = UNITS.iter().find(|(_, smaller, _)| smaller < unit).map_or(1, |(_, s, _)| *s);
    if rest.as_secs() < smaller {
        return span(length);
    }
    let name = UNITS.iter().find(|(_, s, _)| *s == smaller).map_or("s", |(name, ..)| name);
    format!("{} {} {name}", span(length), rest.as_secs() / smaller)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// 12 March 2026, 14:32:10 UTC.
    const NOW: Timestamp = Timestamp(1_773_325_930_000);

    fn times(zone: &Zone) -> Times<'_> {
        Times { now: NOW, zone }
    }

    fn later(seconds: i64) -> Timestamp {
        Timestamp(NOW.0 + seconds * 1000)
    }

    #[test]
    fn an_exact_time_is_as_short_as_it_can_be() {
        let zone = Zone::utc();
        let times = times(&zone);

        assert_eq!(times.exact(later(32 * 60)), "15:04");
        assert_eq!(times.exact(later(5 * 3600 + 2280)), "12 Mar 20:10");
        assert_eq!(times.exact(later(365 * 86_400)), "12 Mar 2027 14:32");
        assert_eq!(times.exact(Timestamp(i64::MAX)), "9223372036854775");
    }

    #[test]
    fn exact_and_relative_stand_together() {
        let zone = Zone::utc();
        let times = times(&zone);

        assert_eq!(times.stated(later(5 * 3600 + 2280)), "12 Mar 20:10 UTC, in 5 h");
        assert_eq!(times.stated(later(-12)), "14:31 UTC, 12 s ago");
        assert_eq!(times.relative(NOW), "now");
        assert_eq!(times.relative(Timestamp(NOW.0 + 999)), "now");
        assert_eq!(times.distance(later(-90)), "-1 min");
        assert_eq!(times.distance(later(90)), "1 min");
    }

    #[test]
    fn a_span_takes_its_largest_unit() {
        for (seconds, short, long) in [
            (0, "0 s", "0 s"),
            (59, "59 s", "59 s"),
            (60, "1 min", "1 min"),
            (61, "1 min", "1 min 1 s"),
            (3599, "59 min", "59 min 59 s"),
            (67_380, "18 h", "18 h 43 min"),
            (47 * 3600, "47 h", "47 h"),
            (48 * 3600, "2 d", "2 d"),
            (90 * 86_400 + 7200, "90 d", "90 d 2 h"),
            (800 * 86_400, "2 y", "2 y 70 d"),
        ] {
            assert_eq!(span(Duration::from_secs(seconds)), short);
            assert_eq!(long_span(Duration::from_secs(seconds)), long);
        }
    }
}
