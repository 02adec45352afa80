//! Times of tokens, and how long something lasts, as people read them.

use std::time::Duration;

use crate::{
    model::timestamp::Timestamp,
    pages::{dates::Moment, words::Words},
};

/// Who reads, and the moment that all is reckoned from.
#[derive(Clone, Copy)]
pub(in crate::pages::admin) struct Times {
    /// The words.
    pub(in crate::pages::admin) words: Words,
    /// Now.
    pub(in crate::pages::admin) now: Timestamp,
}

/// Units of time: the key of each, and its seconds.
const UNITS: [(&str, u64); 4] = [
    ("length-days", 86_400),
    ("length-hours", 3600),
    ("length-minutes", 60),
    ("length-seconds", 1),
];

impl Times {
    /// A time, and how far it is.
    pub(in crate::pages::admin) fn moment(self, at: Timestamp) -> Moment {
        Moment::new(self.words, at, self.now)
    }

    /// Both in one text.
    pub(in crate::pages::admin) fn stated(self, at: Timestamp) -> String {
        let Moment { text, distance, .. } = self.moment(at);
        self.words.with("admin-when", [("at", &text), ("distance", &distance)])
    }

    /// How long something lasts, in the largest unit that says it to the second.
    pub(in crate::pages::admin) fn length(self, length: Duration) -> String {
        let seconds = length.as_secs();
        let fits = UNITS.iter().find(|(_, unit)| seconds >= *unit && seconds.is_multiple_of(*unit));
        let (key, unit) = fits.copied().unwrap_or(UNITS[3]);
        self.words.count(key, i64::try_from(seconds / unit).unwrap_or(i64::MAX))
    }
}
