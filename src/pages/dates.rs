//! Times as people read them, in the patterns of their language. All are in UTC and say so; how long
//! it is until then, or was since, stands beside.

use std::time::Duration;

use time::OffsetDateTime;

use crate::model::timestamp::Timestamp;

use super::words::Words;

/// A time for a page: to read, to compare with now, and for programs.
pub(super) struct Moment {
    /// As `datetime` has it.
    pub(super) machine: String,
    /// Such as `12 March 2026, 14:32 UTC`.
    pub(super) text: String,
    /// The same where there is little room: `14:32` today, `12 Mar, 14:32` this year, else
    /// `12 Mar 2025`.
    pub(super) brief: String,
    /// Such as `in 5 d 9 h`, or `3 h 20 min ago`.
    pub(super) distance: String,
}

impl Moment {
    /// How `time` reads at the moment `now`.
    pub(super) fn new(words: Words, time: Timestamp, now: Timestamp) -> Self {
        Self {
            machine: time.rfc3339(),
            text: to_the_minute(words, time),
            brief: brief(words, time, now),
            distance: distance(words, time, now),
        }
    }

    /// The same of what has happened: a moment that came while the page was made is now.
    pub(super) fn past(words: Words, time: Timestamp, now: Timestamp) -> Self {
        Self::new(words, time, now.max(time))
    }
}

/// A time in a list, as short as it can be told apart from `now`.
pub(super) fn brief(words: Words, time: Timestamp, now: Timestamp) -> String {
    let day = |at: Timestamp| {
        let at = OffsetDateTime::from_unix_timestamp(at.seconds()).ok()?;
        Some((at.year(), at.ordinal()))
    };
    match (day(time), day(now)) {
        (Some(one), Some(other)) if one == other => time_of_day(words, time),
        (Some((year, _)), Some((this, _))) if year == this => brief_minute(words, time),
        _ => written(words, "date-brief-year", time),
    }
}

/// Day and minute without the year, such as `12 Mar 14:32`.
pub(super) fn brief_minute(words: Words, time: Timestamp) -> String {
    written(words, "date-brief-minute", time)
}

/// The day without its year, such as `12 Mar`.
pub(super) fn short_day(words: Words, time: Timestamp) -> String {
    written(words, "date-brief", time)
}

/// Day and second where there is little room, such as `12 Mar 2026, 14:32:08`.
pub(super) fn of_a_log(words: Words, time: Timestamp) -> String {
    written(words, "date-log", time)
}

/// The day, such as `12 March 2026`.
pub(super) fn day(words: Words, time: Timestamp) -> String {
    written(words, "date", time)
}

/// Hour and minute.
pub(super) fn time_of_day(words: Words, time: Timestamp) -> String {
    written(words, "date-time", time)
}

/// Day and minute.
pub(super) fn to_the_minute(words: Words, time: Timestamp) -> String {
    written(words, "date-minute", time)
}

/// Day and second.
pub(super) fn exact(words: Words, time: Timestamp) -> String {
    written(words, "date-second", time)
}

/// `time` in the pattern of this key; as its machine form if the clock is thousands of years off.
fn written(words: Words, key: &str, time: Timestamp) -> String {
    let Ok(at) = OffsetDateTime::from_unix_timestamp(time.seconds()) else {
        return time.rfc3339();
    };
    let two = |number: u8| format!("{number:02}");
    let texts = [
        ("year", at.year().to_string()),
        ("hour", two(at.hour())),
        ("minute", two(at.minute())),
        ("second", two(at.second())),
    ];
    let numbers = [("day", i64::from(at.day())), ("month", i64::from(u8::from(at.month())))];
    words.mixed(key, &texts, &numbers)
}

/// How far `time` is from `now`, in its two largest units.
fn distance(words: Words, time: Timestamp, now: Timestamp) -> String {
    let (ahead, past) = (time.since(now), now.since(time));
    if !ahead.is_zero() {
        return stretch(words, ["in-minutes", "in-hours", "in-days"], ahead);
    }
    if past < Duration::from_mins(1) {
        return words.text("just-now").into_owned();
    }
    stretch(words, ["minutes-ago", "hours-ago", "days-ago"], past)
}

fn stretch(words: Words, [minutes, hours, days]: [&str; 3], length: Duration) -> String {
    // Nobody has nothing left of what is not over yet.
    let whole = (length.as_secs() / 60).max(1).cast_signed();
    let parts = [("minutes", whole % 60), ("hours", whole / 60 % 24), ("days", whole / 60 / 24)];
    let key = match parts {
        [_, (_, 0), (_, 0)] => minutes,
        [_, _, (_, 0)] => hours,
        _ => days,
    };
    words.numbers(key, parts)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// 2026-03-12T14:32:08Z.
    const NOW: Timestamp = Timestamp(1_773_325_928_999);

    fn far(seconds: i64) -> String {
        distance(Words::english(), Timestamp(NOW.0 + seconds * 1000), NOW)
    }

    #[test]
    fn a_time_is_written_out() {
        let words = Words::english();

        assert_eq!(day(words, NOW), "12 March 2026");
        assert_eq!(to_the_minute(words, NOW), "12 March 2026, 14:32 UTC");
        assert_eq!(exact(words, NOW), "12 March 2026, 14:32:08 UTC");
        assert_eq!(exact(words, Timestamp(0)), "1 January 1970, 00:00:00 UTC");
        assert_eq!(exact(words, Timestamp(i64::MAX)), "9223372036854775");
    }

    #[test]
    fn a_list_says_no_more_of_a_time_than_tells_it_apart() {
        let words = Words::english();
        let before = |seconds: i64| brief(words, Timestamp(NOW.0 - seconds * 1000), NOW);

        assert_eq!(before(60), "14:31");
        assert_eq!(before(86_400), "11 Mar, 14:32");
        assert_eq!(before(86_400 * 71), "31 Dec 2025");
        assert_eq!(of_a_log(words, NOW), "12 Mar 2026, 14:32:08");
        assert_eq!(short_day(words, NOW), "12 Mar");
    }

    #[test]
    fn what_happened_while_the_page_was_made_happened_now() {
        let (words, later) = (Words::english(), Timestamp(NOW.0 + 1500));

        assert_eq!(Moment::past(words, later, NOW).distance, "just now");
        assert_eq!(Moment::past(words, NOW, later).distance, "just now");
    }

    #[test]
    fn every_month_has_its_name() {
        let words = Words::english();
        let months: Vec<_> = (0..12)
            .map(|month| day(words, Timestamp::from_seconds(86_400 * (15 + month * 30))))
            .filter_map(|day| day.split(' ').nth(1).map(str::to_owned))
            .collect();

        let expected = "January February March April May June July August September October \
                        November December";
        assert_eq!(months, expected.split_whitespace().collect::<Vec<_>>());
    }

    #[test]
    fn a_distance_has_two_units_at_most() {
        assert_eq!(far(1), "in 1 min");
        assert_eq!(far(3600 + 120), "in 1 h 2 min");
        assert_eq!(far(3600), "in 1 h");
        assert_eq!(far(5 * 86_400 + 9 * 3600 + 60), "in 5 d 9 h");
        assert_eq!(far(5 * 86_400), "in 5 d");
        assert_eq!(far(0), "just now");
        assert_eq!(far(-59), "just now");
        assert_eq!(far(-60), "1 min ago");
        assert_eq!(far(-3600 * 3 - 20 * 60), "3 h 20 min ago");
        assert_eq!(far(-86_400 * 40 - 3600), "40 d 1 h ago");
    }
}
