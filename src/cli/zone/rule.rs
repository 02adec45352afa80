//! Rules for clocks that change every year, as POSIX writes them: `CET-1CEST,M3.5.0,M10.5.0/3`.

use serde::{Deserialize, Serialize};
use time::{Date, Month, OffsetDateTime, util::days_in_month};

use super::Local;

/// When the hour of change is, where a rule does not say.
const TWO_O_CLOCK: i32 = 2 * 3600;

/// What clocks show, year after year.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Rule {
    standard: Local,
    summer: Option<Summer>,
}

/// A part of the year in which clocks show something else.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
struct Summer {
    local: Local,
    start: Change,
    end: Change,
}

/// A day of every year, and a time on the clocks that show what held before.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
struct Change {
    day: Day,
    seconds: i32,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
enum Day {
    /// The nth such day of a week of a month, 5 for the last: `M10.5.0`.
    OfMonth { month: u8, week: u8, weekday: u8 },
    /// A day of the year from 1 on, as if there were no 29 February: `J60`.
    WithoutLeap(u16),
    /// A day of the year from 0 on: `59`.
    WithLeap(u16),
}

impl Rule {
    /// Reads a rule; `None` for what is none.
    pub(super) fn parse(text: &str) -> Option<Self> {
        let mut rest = text;
        let name = take_name(&mut rest)?;
        let standard = Local { offset: -take_time(&mut rest)?, name };
        if rest.is_empty() {
            return Some(Self { standard, summer: None });
        }
        let name = take_name(&mut rest)?;
        let one_hour_more = standard.offset + 3600;
        let offset = if rest.starts_with(',') { one_hour_more } else { -take_time(&mut rest)? };
        let (start, end) = rest.strip_prefix(',')?.split_once(',')?;
        let (start, end) = (Change::parse(start)?, Change::parse(end)?);
        let summer = Summer { local: Local { offset, name }, start, end };
        Some(Self { standard, summer: Some(summer) })
    }

    /// What clocks show at a second of UTC.
    pub(super) fn at(&self, second: i64) -> Local {
        let is_summer = self.summer.as_ref().filter(|summer| {
            let wall = second.saturating_add(i64::from(self.standard.offset));
            let year = OffsetDateTime::from_unix_timestamp(wall).ok().map(OffsetDateTime::year);
            let start = year.and_then(|year| summer.start.in_year(year, self.standard.offset));
            let end = year.and_then(|year| summer.end.in_year(year, summer.local.offset));
            match (start, end) {
                (Some(start), Some(end)) if start < end => (start..end).contains(&second),
                // South of the equator it goes on over the turn of the year.
                (Some(start), Some(end)) => !(end..start).contains(&second),
                _ => false,
            }
        });
        is_summer.map_or_else(|| self.standard.clone(), |summer| summer.local.clone())
    }
}

impl Change {
    fn parse(text: &str) -> Option<Self> {
        let (day, time) = text.split_once('/').unwrap_or((text, ""));
        let mut rest = time;
        let seconds = if time.is_empty() { TWO_O_CLOCK } else { take_time(&mut rest)? };
        let day = if let Some(numbers) = day.strip_prefix('M') {
            let mut numbers = numbers.split('.').map(|number| number.parse().ok());
            let (month, week, weekday) = (numbers.next()??, numbers.next()??, numbers.next()??);
            Day::OfMonth { month, week, weekday }
        } else if let Some(number) = day.strip_prefix('J') {
            Day::WithoutLeap(number.parse().ok()?)
        } else {
            Day::WithLeap(day.parse().ok()?)
        };
        rest.is_empty().then_some(Self { day, seconds })
    }

    /// The second of UTC of the change in a year, while clocks are `offset` ahead.
    fn in_year(self, year: i32, offset: i32) -> Option<i64> {
        let midnight = self.day.in_year(year)?.midnight().assume_utc().unix_timestamp();
        Some(midnight + i64::from(self.seconds) - i64::from(offset))
    }
}

impl Day {
    fn in_year(self, year: i32) -> Option<Date> {
        match self {
            Self::WithLeap(day) => Date::from_ordinal_date(year, day + 1).ok(),
            Self::WithoutLeap(day) => {
                let leaps = u16::from(day >= 60 && time::util::is_leap_year(year));
                Date::from_ordinal_date(year, day + leaps).ok()
            }
            Self::OfMonth { month, week, weekday } => {
                let month = Month::try_from(month).ok()?;
                let first = Date::from_calendar_date(year, month, 1).ok()?;
                let ahead = (7 + weekday - first.weekday().number_days_from_sunday()) % 7;
                let mut day = 1 + ahead + 7 * week.clamp(1, 5).saturating_sub(1);
                while day > days_in_month(month, year) {
                    day -= 7;
                }
                Date::from_calendar_date(year, month, day).ok()
            }
        }
    }
}

/// Letters, or anything in angle brackets.
fn take_name(rest: &mut &str) -> Option<String> {
    let (name, after) = if let Some(quoted) = rest.strip_prefix('<') {
        quoted.split_once('>')?
    } else {
        let end = rest.find(|c: char| !c.is_ascii_alphabetic()).unwrap_or(rest.len());
        rest.split_at(end)
    };
    *rest = after;
    (name.len() >= 3).then(|| name.to_owned())
}

/// `[+-]hh[:mm[:ss]]`, in seconds.
fn take_time(rest: &mut &str) -> Option<i32> {
    let is_part = |c: char| c.is_ascii_digit() || c == ':';
    let (sign, unsigned) = match rest.strip_prefix('-') {
        Some(unsigned) => (-1, unsigned),
        None => (1, rest.strip_prefix('+').unwrap_or(rest)),
    };
    let end = unsigned.find(|c| !is_part(c)).unwrap_or(unsigned.len());
    let (text, after) = unsigned.split_at(end);
    let mut seconds = 0;
    for (part, unit) in text.split(':').zip([3600, 60, 1]) {
        let number: i32 = part.parse().ok().filter(|number| *number < 168)?;
        seconds += number * unit;
    }
    *rest = after;
    Some(sign * seconds)
}

#[cfg(test)]
mod tests {
    use time::format_description::well_known::Rfc3339;

    use super::*;

    fn name_at(rule: &str, at: &str) -> String {
        let second = OffsetDateTime::parse(at, &Rfc3339).unwrap().unix_timestamp();
        Rule::parse(rule).unwrap().at(second).name
    }

    #[test]
    fn clocks_change_at_the_very_second() {
        let berlin = "CET-1CEST,M3.5.0,M10.5.0/3";

        assert_eq!(name_at(berlin, "2026-03-29T00:59:59Z"), "CET");
        assert_eq!(name_at(berlin, "2026-03-29T01:00:00Z"), "CEST");
        assert_eq!(name_at(berlin, "2026-10-25T00:59:59Z"), "CEST");
        assert_eq!(name_at(berlin, "2026-10-25T01:00:00Z"), "CET");
        assert_eq!(name_at("EST5EDT,M3.2.0,M11.1.0", "2026-03-08T07:00:00Z"), "EDT");
    }

    #[test]
    fn in_the_south_summer_goes_over_the_turn_of_the_year() {
        let sydney = "AEST-10AEDT,M10.1.0,M4.1.0/3";

        assert_eq!(name_at(sydney, "2026-01-01T00:00:00Z"), "AEDT");
        assert_eq!(name_at(sydney, "2026-07-01T00:00:00Z"), "AEST");
        assert_eq!(name_at(sydney, "2026-12-31T23:00:00Z"), "AEDT");
    }

    #[test]
    fn days_of_the_year_and_quoted_names_are_read() {
        assert_eq!(name_at("AAA0BBB,J60/0,J61/0", "2028-03-01T00:00:00Z"), "BBB");
        assert_eq!(name_at("AAA0BBB,59/0,60/0", "2028-02-29T00:00:00Z"), "BBB");
        assert_eq!(name_at("<+0330>-3:30", "2026-01-01T00:00:00Z"), "+0330");
        assert_eq!(Rule::parse("<+0330>-3:30").unwrap().at(0).offset, 12_600);
    }

    #[test]
    fn what_is_no_rule_is_refused() {
        for text in ["", "X", "CET", "CET-", "CET-1CEST", "CET-1CEST,M3", "CET-1CEST,M3.5,J1"] {
            assert_eq!(Rule::parse(text), None, "{text}");
        }
        assert_eq!(Rule::parse("AAA0BBB,M13.1.0,M2.1.0").unwrap().at(0).name, "AAA");
    }
}
