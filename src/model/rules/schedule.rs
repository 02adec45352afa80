//! `Schedule`: it works at some hours of some days.

use serde::{Deserialize, Serialize};

words! {
    /// A day of the week.
    #[derive(Serialize, Deserialize)]
    #[serde(rename_all = "snake_case")]
    pub enum Day: "day" {
        /// Monday.
        Mon = "mon",
        /// Tuesday.
        Tue = "tue",
        /// Wednesday.
        Wed = "wed",
        /// Thursday.
        Thu = "thu",
        /// Friday.
        Fri = "fri",
        /// Saturday.
        Sat = "sat",
        /// Sunday.
        Sun = "sun",
    }
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
/// It works on `days`, from `from` until just before `to`, by the clocks of `tz`. Where `to` is
/// before `from`, the hours go on into the next day.
pub struct Schedule {
    /// The days on which the hours begin; not empty.
    pub days: Vec<Day>,
    /// `HH:MM`.
    pub from: String,
    /// `HH:MM`; another than `from`.
    pub to: String,
    /// A zone of the IANA database.
    pub tz: String,
}

impl Schedule {
    /// Whether it works at `at`.
    #[must_use]
    pub fn holds(&self, at: crate::model::timestamp::Timestamp) -> bool {
        let minutes = at.seconds().div_euclid(60).rem_euclid(1440);
        let read = |text: &str| -> Option<i64> {
            let (hours, minutes) = text.split_once(':')?;
            Some(hours.parse::<i64>().ok()? * 60 + minutes.parse::<i64>().ok()?)
        };
        let (Some(from), Some(to)) = (read(&self.from), read(&self.to)) else { return false };
        (from..to).contains(&minutes)
    }
}
