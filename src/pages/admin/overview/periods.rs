//! The periods of a range: what they are called, drawn and listed.

use std::time::Duration;

use crate::{
    acts::overview::Overview,
    model::{series::Range, timestamp::Timestamp},
    pages::{dates, words::Words},
};

use super::{
    STRIPS,
    figures::{bytes, milliseconds, number},
};

/// A period in the table.
pub(super) struct TableRow {
    pub(super) begun: String,
    /// How often each happened, in the order of [`STRIPS`].
    pub(super) counts: Vec<String>,
    pub(super) p99: String,
    pub(super) size: String,
}

/// What a range is called.
pub(super) fn label(range: Range, words: Words) -> String {
    let (key, count) = match range {
        Range::Hour => ("length-hours", 1),
        Range::Day => ("length-hours", 24),
        Range::Week => ("length-days", 7),
        Range::Month => ("length-days", 30),
    };
    words.count(key, count)
}

/// When a period began: as short as it can be told apart in its range.
pub(super) fn begun(seen: &Overview, at: Timestamp, words: Words) -> String {
    match seen.range {
        Range::Month => dates::short_day(words, at),
        Range::Hour | Range::Day => dates::time_of_day(words, at),
        Range::Week => dates::brief_minute(words, at),
    }
}

/// The periods in a table, the first one first.
pub(super) fn rows(seen: &Overview, words: Words) -> Vec<TableRow> {
    let counts = |place: usize| {
        let strips = STRIPS.iter();
        let strips = strips.filter_map(|(it, _)| seen.strips.iter().find(|of| of.counted == *it));
        strips.map(|it| number(words, it.points.get(place).copied().unwrap_or_default())).collect()
    };
    let row = |place: usize| TableRow {
        begun: begun(seen, at(seen, place), words),
        counts: counts(place),
        p99: seen
            .latency
            .points
            .get(place)
            .copied()
            .flatten()
            .map_or_else(String::new, milliseconds),
        size: seen.database_bytes.get(place).copied().flatten().map_or_else(String::new, bytes),
    };
    (0..seen.range.points()).map(row).collect()
}

/// Five times below the charts, of periods that are evenly apart, more or less: of day where a day
/// is short, else days.
pub(super) fn axis(seen: &Overview, words: Words) -> Vec<String> {
    let last = seen.range.points().saturating_sub(1);
    let each = |quarter: usize| {
        let at = at(seen, (last * quarter + 2) / 4);
        match seen.range {
            Range::Hour | Range::Day => dates::time_of_day(words, at),
            Range::Week | Range::Month => dates::short_day(words, at),
        }
    };
    (0..=4).map(each).collect()
}

/// What is drawn of what was counted. The last period goes on: as long as less happened in it than
/// in the one before, its point would look like a fall.
pub(super) fn drawn(points: &[i64]) -> Vec<Option<i64>> {
    let mut drawn: Vec<_> = points.iter().copied().map(Some).collect();
    if let [.., before, last] = points
        && last < before
        && let Some(point) = drawn.last_mut()
    {
        *point = None;
    }
    drawn
}

/// When the period at a place began.
fn at(seen: &Overview, place: usize) -> Timestamp {
    let place = u32::try_from(place).unwrap_or(u32::MAX);
    let length: Duration = seen.range.period().length();
    seen.first.plus(length.saturating_mul(place))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_period_that_goes_on_is_no_fall() {
        assert_eq!(drawn(&[4, 5, 1]), [Some(4), Some(5), None]);
        assert_eq!(drawn(&[4, 5, 5]), [Some(4), Some(5), Some(5)]);
        assert_eq!(drawn(&[0, 0, 3]), [Some(0), Some(0), Some(3)]);
        assert_eq!(drawn(&[3]), [Some(3)]);
    }
}
