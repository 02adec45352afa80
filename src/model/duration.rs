//! Lengths of time as people write them.

use std::time::Duration;

/// How to write a length of time, for whoever wrote something else.
pub const ADVICE: &str = "write a number and a unit: 250ms, 30s, 15m, 8h, 7d or 2w";

/// The units and their milliseconds, longest first.
const UNITS: &[(&str, u64)] = &[
    ("w", 7 * 86_400_000),
    ("d", 86_400_000),
    ("h", 3_600_000),
    ("m", 60_000),
    ("s", 1000),
    ("ms", 1),
];

/// What ISO 8601 calls the same units, before and after the `T`, in the order it wants.
const ISO_DATE_UNITS: &[(char, u64)] = &[('W', 7 * 86_400_000), ('D', 86_400_000)];
const ISO_TIME_UNITS: &[(char, u64)] = &[('H', 3_600_000), ('M', 60_000), ('S', 1000)];

/// Reads a length of time: `250ms`, `30s`, `15m`, `8h`, `7d`, `2w`; `hh:mm:ss` or `d.hh:mm:ss`;
/// or ISO 8601 in weeks, days, hours, minutes and seconds (`PT15M`, `P7D`).
///
/// # Errors
///
/// What is wrong with `text`, to be read after it: "has no unit". [`ADVICE`] is the remedy.
pub fn parse(text: &str) -> Result<Duration, &'static str> {
    let milliseconds = if let Some(iso) = text.strip_prefix('P') {
        parse_iso(iso)
    } else if text.contains(':') {
        parse_clock(text)
    } else {
        parse_unit(text)
    };
    milliseconds.map(Duration::from_millis)
}

/// Writes a length of time with the longest unit that leaves no remainder, cut to milliseconds:
/// 90 seconds are `90s`, 120 are `2m`, none are `0s`. [`parse`] reads it back.
#[must_use]
pub fn format(duration: Duration) -> String {
    let milliseconds = duration.as_millis();
    let fits = |(_, length): &&(&str, u64)| milliseconds.is_multiple_of(u128::from(*length));
    match UNITS.iter().find(fits) {
        Some((unit, length)) if milliseconds > 0 => {
            format!("{}{unit}", milliseconds / u128::from(*length))
        }
        _ => "0s".to_owned(),
    }
}

/// Lengths of time as serde writes and reads them: as [`format()`] and [`parse`] do.
pub(crate) mod text {
    use std::time::Duration;

    use serde::{Deserialize, Deserializer, Serializer, de::Error};

    pub(crate) fn serialize<S: Serializer>(length: &Duration, to: S) -> Result<S::Ok, S::Error> {
        to.serialize_str(&super::format(*length))
    }

    pub(crate) fn deserialize<'de, D: Deserializer<'de>>(from: D) -> Result<Duration, D::Error> {
        let text = String::deserialize(from)?;
        super::parse(&text).map_err(|problem| D::Error::custom(format!("{text:?} {problem}")))
    }
}

/// The same, where there may be none.
pub(crate) mod text_or_none {
    use std::time::Duration;

    use serde::{Deserialize, Deserializer, Serializer, de::Error};

    #[expect(clippy::ref_option, reason = "serde hands it over so")]
    pub(crate) fn serialize<S: Serializer>(
        length: &Option<Duration>,
        to: S,
    ) -> Result<S::Ok, S::Error> {
        match length {
            Some(length) => to.serialize_str(&super::format(*length)),
            None => to.serialize_none(),
        }
    }

    pub(crate) fn deserialize<'de, D: Deserializer<'de>>(
        from: D,
    ) -> Result<Option<Duration>, D::Error> {
        let text = Option::<String>::deserialize(from)?;
        let parse = |text: String| {
            super::parse(&text).map_err(|problem| D::Error::custom(format!("{text:?} {problem}")))
        };
        text.map(parse).transpose()
    }
}

fn parse_unit(text: &str) -> Result<u64, &'static str> {
    let digits = text.bytes().take_while(u8::is_ascii_digit).count();
    let (number, unit) = text.split_at(digits);
    match (number, unit) {
        ("", _) => Err("is no length of time"),
        (_, "") => Err("has no unit"),
        _ => {
            let known = UNITS.iter().find(|(name, _)| *name == unit);
            let (_, length) = known.ok_or("has an unknown unit")?;
            times(number, *length)
        }
    }
}

/// `hh:mm:ss` with hours below 24, after `d.` if need be.
fn parse_clock(text: &str) -> Result<u64, &'static str> {
    const MALFORMED: &str = "is no hh:mm:ss";
    let (days, clock) = text.split_once('.').unwrap_or(("0", text));
    let mut sum = times(days, 86_400_000)?;
    let mut parts = clock.split(':');
    for (limit, length) in [(24, 3_600_000), (60, 60_000), (60, 1000)] {
        let part = parts.next().filter(|part| part.len() == 2).ok_or(MALFORMED)?;
        let count = times(part, 1)?;
        if count >= limit {
            return Err(MALFORMED);
        }
        sum = sum.checked_add(count * length).ok_or("is too long")?;
    }
    if parts.next().is_some() { Err(MALFORMED) } else { Ok(sum) }
}

/// What follows the `P`: years and months are refused, since they have no fixed length.
fn parse_iso(text: &str) -> Result<u64, &'static str> {
    let (date, time) = match text.split_once('T') {
        Some((_, "")) => return Err("ends in T"),
        Some((date, time)) => (date, time),
        None if text.is_empty() => return Err("is no length of time"),
        None => (text, ""),
    };
    let date = sum_iso(date, ISO_DATE_UNITS)?;
    let time = sum_iso(time, ISO_TIME_UNITS)?;
    date.checked_add(time).ok_or("is too long")
}

/// Adds up numbers that are followed by the letters of `units`, each at most once and in order.
fn sum_iso(mut text: &str, units: &[(char, u64)]) -> Result<u64, &'static str> {
    let mut sum: u64 = 0;
    for (letter, length) in units {
        if let Some((number, rest)) = text.split_once(*letter) {
            sum = sum.checked_add(times(number, *length)?).ok_or("is too long")?;
            text = rest;
        }
    }
    if text.is_empty() { Ok(sum) } else { Err("is no ISO 8601 length of weeks to seconds") }
}

/// `number` times `length`. Only digits are a number here: `parse` alone would take a sign.
fn times(number: &str, length: u64) -> Result<u64, &'static str> {
    if number.is_empty() || !number.bytes().all(|byte| byte.is_ascii_digit()) {
        return Err("is no length of time");
    }
    let number: Option<u64> = number.parse().ok();
    number.and_then(|number| number.checked_mul(length)).ok_or("is too long")
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn milliseconds(text: &str) -> u128 {
        parse(text).unwrap_or_else(|problem| panic!("{text} {problem}")).as_millis()
    }

    #[test]
    fn every_unit_is_read() {
        assert_eq!(milliseconds("250ms"), 250);
        assert_eq!(milliseconds("30s"), 30_000);
        assert_eq!(milliseconds("15m"), 15 * 60_000);
        assert_eq!(milliseconds("8h"), 8 * 3_600_000);
        assert_eq!(milliseconds("7d"), 7 * 86_400_000);
        assert_eq!(milliseconds("2w"), 14 * 86_400_000);
        assert_eq!(milliseconds("0s"), 0);
    }

    #[test]
    fn clock_forms_are_read() {
        assert_eq!(milliseconds("00:15:00"), milliseconds("15m"));
        assert_eq!(milliseconds("23:59:59"), 86_399_000);
        assert_eq!(milliseconds("7.00:00:01"), 7 * 86_400_000 + 1000);
    }

    #[test]
    fn iso_forms_are_read() {
        assert_eq!(milliseconds("PT15M"), milliseconds("15m"));
        assert_eq!(milliseconds("P7D"), milliseconds("7d"));
        assert_eq!(milliseconds("P2W"), milliseconds("2w"));
        assert_eq!(milliseconds("P1DT2H3M4S"), 93_784_000);
    }

    #[test]
    fn every_refusal_says_why() {
        for (text, problem) in [
            ("", "is no length of time"),
            ("30", "has no unit"),
            ("-30s", "is no length of time"),
            ("+30s", "is no length of time"),
            ("30 s", "has an unknown unit"),
            ("30S", "has an unknown unit"),
            ("1.5h", "has an unknown unit"),
            ("1h30m", "has an unknown unit"),
            ("18446744073709551616ms", "is too long"),
            ("18446744073709551615w", "is too long"),
            ("24:00:00", "is no hh:mm:ss"),
            ("00:60:00", "is no hh:mm:ss"),
            ("00:15", "is no hh:mm:ss"),
            ("1:00:00", "is no hh:mm:ss"),
            ("00:00:00:00", "is no hh:mm:ss"),
            ("00:00:+1", "is no length of time"),
            ("213503982334.23:59:59", "is too long"),
            ("P", "is no length of time"),
            ("PT", "ends in T"),
            ("P1Y", "is no ISO 8601 length of weeks to seconds"),
            ("P1M", "is no ISO 8601 length of weeks to seconds"),
            ("PT1M1H", "is no length of time"),
            ("PTS", "is no length of time"),
            ("pt15m", "is no length of time"),
        ] {
            assert_eq!(parse(text), Err(problem), "{text}");
        }
    }

    #[test]
    fn the_longest_exact_unit_is_written() {
        for text in ["0s", "1ms", "1500ms", "90s", "2m", "90m", "25h", "6d", "8d", "2w"] {
            assert_eq!(format(parse(text).unwrap()), text);
        }
        assert_eq!(format(Duration::from_micros(999)), "0s");
        assert_eq!(format(Duration::from_micros(1_001_999)), "1001ms");
    }

    proptest! {
        #[test]
        fn what_is_written_is_read_back(milliseconds: u64) {
            let duration = Duration::from_millis(milliseconds);

            prop_assert_eq!(parse(&format(duration)), Ok(duration));
        }

        #[test]
        fn no_text_makes_the_parser_panic(text in "[P0-9:.TWDHMSmshdw]{0,24}|.{0,12}") {
            let _ = parse(&text);
        }
    }
}
