//! Figures as people read them.

use std::time::Duration;

use crate::{
    acts::overview::Overview,
    pages::{dates::Moment, words::Words},
};

/// A number with its thousands apart.
pub(super) fn number(words: Words, value: i64) -> String {
    words.count("number", value)
}

/// When the sweep was last done, what it deleted, and what it will.
pub(super) fn swept(seen: &Overview, words: Words) -> String {
    let done = last_sweep(seen, words);
    match seen.measured.and_then(|measured| measured.due_in_a_day) {
        Some(rows) => words.mixed("overview-sweep-due", &[("swept", done)], &[("rows", rows)]),
        None => done,
    }
}

fn last_sweep(seen: &Overview, words: Words) -> String {
    let Some(at) = seen.swept_at else { return words.text("overview-never-swept").into_owned() };
    let ago = Moment::new(words, at, seen.at).distance;
    match seen.swept {
        Some(rows) => words.mixed("overview-swept-rows", &[("ago", ago)], &[("rows", rows)]),
        None => words.with("overview-swept", [("ago", &ago)]),
    }
}

/// In thousandths of a second.
pub(super) fn milliseconds(took: Duration) -> String {
    format!("{:.1} ms", took.as_secs_f64() * 1000.0)
}

/// A size in the largest unit of which there is one whole.
pub(super) fn bytes(size: i64) -> String {
    const UNITS: [&str; 5] = ["B", "kB", "MB", "GB", "TB"];
    let (mut whole, mut rest, mut unit) = (size, 0, 0);
    while whole >= 1000 && unit + 1 < UNITS.len() {
        (whole, rest, unit) = (whole / 1000, whole % 1000 / 100, unit + 1);
    }
    let unit = UNITS[unit];
    if unit == "B" || whole >= 100 {
        format!("{whole} {unit}")
    } else {
        format!("{whole}.{rest} {unit}")
    }
}
