//! `Schedule`: it works at some hours of some days.

use jiff::{
    ToSpan,
    civil::{Time, Weekday},
    tz::TimeZone,
};
use serde::{Deserialize, Serialize};

use super::{Fields, Shape};
use crate::model::timestamp::Timestamp;

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

/// It works on `days`, from `from` until just before `to`, by the clocks of `tz`. Where `to` is
/// before `from`, the hours go on into the next day.
///
/// It goes by what clocks there show: an hour that they skip is not there, and one that they show
/// twice counts twice.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Schedule {
    /// The days on which the hours begin; not empty.
    pub days: Vec<Day>,
    /// `HH:MM`.
    pub from: String,
    /// `HH:MM`; another than `from`. `24:00` is the end of the day.
    pub to: String,
    /// A zone of the IANA database.
    pub tz: String,
}

/// The minutes of a day.
const WHOLE_DAY: i32 = 24 * 60;

/// How many days lie between two of the same name, and one for the hours past midnight.
const DAYS_AHEAD: i32 = 8;

impl Schedule {
    /// Whether it works at a moment. A zone that this program does not know never holds.
    #[must_use]
    pub fn holds(&self, at: Timestamp) -> bool {
        self.judge(at).unwrap_or(false)
    }

    /// The first moment after `at` at which it works, if it does within the next eight days.
    ///
    /// That may be in hours that have begun: ask [`Schedule::holds`] first.
    #[must_use]
    pub fn next(&self, at: Timestamp) -> Option<Timestamp> {
        let zone = TimeZone::get(&self.tz).ok()?;
        let now = moment(at)?;
        let today = zone.to_datetime(now).date();
        let from = self.from.parse::<Time>().ok()?;
        let last = today.checked_add(DAYS_AHEAD.days()).ok()?.to_datetime(from);
        let last = zone.to_ambiguous_timestamp(last).later().ok()?;
        let mut begins = Vec::new();
        for day in today.series(1.day()).take(usize::try_from(DAYS_AHEAD).ok()? + 1) {
            let begin = zone.to_ambiguous_timestamp(day.to_datetime(from));
            // Both, where clocks show it twice.
            begins.extend([begin.earlier().ok()?, begin.later().ok()?]);
        }
        // Where clocks jump, hours may begin or go on.
        let jumps = zone.following(now).map(|jump| jump.timestamp());
        begins.extend(jumps.take_while(|jump| *jump <= last));
        let begins = begins.into_iter().filter(|begin| *begin > now);
        let begins = begins.map(|begin| Timestamp(begin.as_millisecond()));
        begins.filter(|begin| self.holds(*begin)).min()
    }

    /// Whether it works at a moment, if it says anything of it.
    fn judge(&self, at: Timestamp) -> Option<bool> {
        let clock = TimeZone::get(&self.tz).ok()?.to_datetime(moment(at)?);
        let minute = i32::from(clock.hour()) * 60 + i32::from(clock.minute());
        let (from, to) = (minutes(&self.from)?, minutes(&self.to)?);
        let begins_on = |day: Weekday| self.days.iter().any(|known| weekday(*known) == day);
        let today = clock.weekday();
        Some(if from < to {
            begins_on(today) && (from..to).contains(&minute)
        } else {
            (begins_on(today) && minute >= from) || (begins_on(today.previous()) && minute < to)
        })
    }

    pub(super) fn read(fields: &mut Fields<'_>) -> Option<Self> {
        let days = days(fields);
        let from = time(fields, "from");
        let to = time(fields, "to");
        let tz = fields.text("tz", Some("UTC")).and_then(|name| {
            let zone = TimeZone::get(&name).ok();
            let zone = zone.as_ref().and_then(TimeZone::iana_name).map(str::to_owned);
            if zone.is_none() {
                let remedy = "write a zone of the IANA database, such as Europe/Berlin";
                fields.refuse("tz", format!("unknown tz {name:?}"), remedy);
            }
            zone
        });
        let (from, to) = (from?, to?);
        if from == to {
            let remedy = "write 00:00 and 24:00 for whole days";
            fields.refuse("to", "from = to", remedy);
            return None;
        }
        Some(Self { days: days?, from, to, tz: tz? })
    }
}

fn moment(at: Timestamp) -> Option<jiff::Timestamp> {
    jiff::Timestamp::from_millisecond(at.0).ok()
}

/// The minute of the day that `HH:MM` is.
fn minutes(text: &str) -> Option<i32> {
    let (hour, minute) = text.split_once(':')?;
    let number = |text: &str| {
        let is_written_out = text.len() == 2 && text.bytes().all(|byte| byte.is_ascii_digit());
        is_written_out.then(|| text.parse::<i32>().ok()).flatten()
    };
    let (hour, minute) = (number(hour)?, number(minute)?);
    Some(hour * 60 + minute).filter(|whole| minute < 60 && *whole <= WHOLE_DAY)
}

fn time(fields: &mut Fields<'_>, key: &'static str) -> Option<String> {
    let text = fields.text(key, None)?;
    let may_end_the_day = key == "to";
    let is_time = minutes(&text).is_some_and(|minute| minute < WHOLE_DAY || may_end_the_day);
    fields.demand(key, is_time, "must be HH:MM", "write it such as 08:00 or 18:30")?;
    Some(text)
}

/// The days of a list whose items are a day or two with a dash between them; all without a list.
fn days(fields: &mut Fields<'_>) -> Option<Vec<Day>> {
    let all: Vec<_> = Day::ALL.iter().map(ToString::to_string).collect();
    fields.takes("days", Shape::Words(all.clone()), Some(all.join(" ")));
    if !fields.has("days") {
        return Some(Day::ALL.to_vec());
    }
    let texts = fields.texts("days")?;
    let remedy = "write days such as \"mon-fri\" or \"sat\"";
    fields.demand("days", !texts.is_empty(), "must not be empty", remedy)?;
    let mut chosen = Vec::new();
    let mut is_sound = true;
    for text in &texts {
        match stretch(text) {
            Some(days) => chosen.extend(days),
            None => {
                fields.refuse("days", format!("unknown day {text:?}"), remedy);
                is_sound = false;
            }
        }
    }
    let days = Day::ALL.iter().copied().filter(|day| chosen.contains(day)).collect();
    is_sound.then_some(days)
}

/// A day, or all from one to another, perhaps past Sunday.
fn stretch(text: &str) -> Option<Vec<Day>> {
    let (first, last) = text.split_once('-').unwrap_or((text, text));
    let (first, last): (Day, Day) = (first.parse().ok()?, last.parse().ok()?);
    let begin = Day::ALL.iter().position(|day| *day == first)?;
    let week = Day::ALL.iter().copied().cycle().skip(begin);
    let mut days: Vec<Day> = week.take(Day::ALL.len()).collect();
    let end = days.iter().position(|day| *day == last)?;
    days.truncate(end + 1);
    Some(days)
}

fn weekday(day: Day) -> Weekday {
    match day {
        Day::Mon => Weekday::Monday,
        Day::Tue => Weekday::Tuesday,
        Day::Wed => Weekday::Wednesday,
        Day::Thu => Weekday::Thursday,
        Day::Fri => Weekday::Friday,
        Day::Sat => Weekday::Saturday,
        Day::Sun => Weekday::Sunday,
    }
}

#[cfg(test)]
mod tests;
