//! What a value looks like, and whether a given one does.

use std::time::Duration;

use super::{duration, fault::Wrong};

/// What a value looks like.
#[derive(Debug, Clone, Copy)]
pub enum Kind {
    /// `true` or `false`.
    Boolean,
    /// A whole number; both bounds are allowed.
    Integer {
        /// The smallest.
        least: u32,
        /// The greatest.
        most: u32,
    },
    /// A length of time as [`duration::parse`] reads it; both bounds are allowed.
    Duration {
        /// The shortest.
        least: &'static str,
        /// The longest.
        most: &'static str,
    },
    /// A length of time in whole seconds; both bounds are allowed.
    Seconds {
        /// The shortest.
        least: &'static str,
        /// The longest.
        most: &'static str,
    },
    /// One of these words.
    Choice(&'static [&'static str]),
    /// Text of this shape.
    Text(&'static str),
    /// Several texts of this shape, perhaps none: an array in TOML, commas between them elsewhere.
    List(&'static str),
    /// Tables of this shape, which stand in the settings file only: an array of tables in TOML.
    Tables(&'static str),
}

impl Kind {
    /// The type TOML gives it.
    pub(super) fn toml_type(self) -> &'static str {
        match self {
            Self::Boolean => "boolean",
            Self::Integer { .. } => "integer",
            Self::List(_) | Self::Tables(_) => "array",
            _ => "string",
        }
    }

    /// What is allowed, as a phrase.
    pub(super) fn describe(self) -> String {
        match self {
            Self::Boolean => "true or false".to_owned(),
            Self::Integer { least, most } => format!("number, {least} to {most}"),
            Self::Duration { least, most } => format!("time, {least} to {most}"),
            Self::Seconds { least, most } => format!("time in whole seconds, {least} to {most}"),
            Self::Choice(words) => words.join(", "),
            Self::Text(shape) | Self::List(shape) | Self::Tables(shape) => shape.to_owned(),
        }
    }

    /// Refuses a value that is malformed or out of bounds.
    ///
    /// The refusal repeats the value, so no secret may be of a kind that is checked here. What
    /// [`Kind::Text`] may hold is for the parser of that setting to say.
    pub(super) fn check(self, text: &str) -> Result<(), Wrong> {
        let sound = match self {
            Self::Boolean => matches!(text, "true" | "false"),
            Self::Integer { least, most } => {
                text.parse().is_ok_and(|number| (least..=most).contains(&number))
            }
            Self::Duration { least, most } => is_between(text, least, most)?,
            Self::Seconds { least, most } => {
                is_between(text, least, most)? && length(text)?.subsec_nanos() == 0
            }
            Self::Choice(words) => words.contains(&text),
            Self::List(_) if items(text).any(str::is_empty) => {
                let remedy = "write something between any two commas";
                return Err(Wrong::new("has an empty item", remedy));
            }
            Self::Text(_) | Self::List(_) | Self::Tables(_) => true,
        };
        if sound {
            Ok(())
        } else {
            let remedy = format!("allowed: {}", self.describe());
            Err(Wrong::new(format!("{text:?} is not allowed"), remedy))
        }
    }
}

/// The items of a list.
pub(super) fn items(text: &str) -> impl Iterator<Item = &str> {
    let is_empty = text.trim().is_empty();
    text.split(',').map(str::trim).filter(move |_| !is_empty)
}

/// Reads a length of time.
pub(super) fn length(text: &str) -> Result<Duration, Wrong> {
    duration::parse(text)
        .map_err(|problem| Wrong::new(format!("{text:?} {problem}"), duration::ADVICE))
}

fn is_between(text: &str, least: &str, most: &str) -> Result<bool, Wrong> {
    Ok((length(least)?..=length(most)?).contains(&length(text)?))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn is_allowed(kind: Kind, text: &str) -> bool {
        kind.check(text).is_ok()
    }

    #[test]
    fn both_bounds_of_a_number_are_allowed_and_nothing_beyond() {
        let kind = Kind::Integer { least: 1, most: 1000 };

        assert!(["1", "1000"].iter().all(|text| is_allowed(kind, text)));
        assert!(
            ["", "0", "1001", "-1", "1.0", "1_0", "0x10", "99999999999999999999"]
                .iter()
                .all(|text| !is_allowed(kind, text))
        );
    }

    #[test]
    fn both_bounds_of_a_time_are_allowed_and_nothing_beyond() {
        let kind = Kind::Duration { least: "100ms", most: "5m" };

        assert!(["100ms", "5m", "300s", "1500ms"].iter().all(|text| is_allowed(kind, text)));
        assert!(["99ms", "300001ms", "0s"].iter().all(|text| !is_allowed(kind, text)));
    }

    #[test]
    fn whole_seconds_have_no_fraction() {
        let kind = Kind::Seconds { least: "0s", most: "1h" };

        assert!(is_allowed(kind, "2000ms"));
        assert!(!is_allowed(kind, "2001ms"));
    }

    #[test]
    fn booleans_and_words_are_exact() {
        assert!(is_allowed(Kind::Boolean, "true"));
        assert!(["", "1", "True", "yes", "on"].iter().all(|text| !is_allowed(Kind::Boolean, text)));
        assert!(is_allowed(Kind::Choice(&["auto", "check"]), "check"));
        assert!(!is_allowed(Kind::Choice(&["auto", "check"]), "Check"));
    }

    #[test]
    fn a_list_has_no_empty_items_and_may_be_empty() {
        let kind = Kind::List("numbers");

        assert!(["", " ", "1", "1,2", " 1 , 2 "].iter().all(|text| is_allowed(kind, text)));
        assert!([",", "1,", ",1", "1,,2"].iter().all(|text| !is_allowed(kind, text)));
        assert_eq!(items(" 1 , 2 ").collect::<Vec<_>>(), ["1", "2"]);
        assert_eq!(items(" ").count(), 0);
    }

    #[test]
    fn a_refusal_says_what_is_allowed() {
        let wrong = Kind::Choice(&["auto", "check"]).check("never").unwrap_err();
        assert_eq!(wrong.problem, "\"never\" is not allowed");
        assert_eq!(wrong.remedy, "allowed: auto, check");

        let wrong = Kind::Integer { least: 1, most: 10 }.check("11").unwrap_err();
        assert_eq!(wrong.remedy, "allowed: number, 1 to 10");

        let wrong = Kind::Duration { least: "1s", most: "10m" }.check("11m").unwrap_err();
        assert_eq!(wrong.remedy, "allowed: time, 1s to 10m");

        let wrong = Kind::Duration { least: "1s", most: "10m" }.check("30").unwrap_err();
        assert_eq!(wrong.problem, "\"30\" has no unit");
        assert_eq!(wrong.remedy, duration::ADVICE);
    }
}
