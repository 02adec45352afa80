//! What a name, an origin or a lifetime must look like, whoever sets it.

use std::time::Duration;

use url::Url;

use super::{Error, Result};

/// The longest name, in characters.
const LONGEST_NAME: usize = 100;

/// The shortest and longest secret that a person may choose, in bytes.
const CHOSEN_SECRET: std::ops::RangeInclusive<usize> = 16..=1024;

/// A name for people: not empty, not long, and nothing in it that could disguise it.
pub(super) fn name(name: &str) -> Result<()> {
    let length = name.chars().count();
    if name.trim().is_empty() || length > LONGEST_NAME {
        return Err(Error::Invalid(format!("a name has 1 to {LONGEST_NAME} characters")));
    }
    if name.chars().any(|c| c.is_control() || is_disguise(c)) {
        let text = "a name holds no control, direction or invisible characters";
        return Err(Error::Invalid(text.to_owned()));
    }
    Ok(())
}

/// Characters that turn text around or take no room (Unicode's bidi controls and format
/// characters in use).
fn is_disguise(c: char) -> bool {
    matches!(c, '\u{ad}' | '\u{61c}' | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}'
        | '\u{2060}'..='\u{2069}' | '\u{feff}' | '\u{fff9}'..='\u{fffb}')
}

/// An origin as browsers send it: scheme, host and port, nothing else.
pub(super) fn origin(text: &str) -> Result<()> {
    let normal = Url::parse(text).ok().map(|url| url.origin());
    if normal.is_some_and(|origin| origin.is_tuple() && origin.ascii_serialization() == text) {
        return Ok(());
    }
    Err(Error::Invalid(format!("{text} is no origin; write it as https://app.example")))
}

/// How long access tokens of one client live: whole seconds, up to a year.
pub(super) fn lifetime(lifetime: Duration) -> Result<i64> {
    let seconds = i64::try_from(lifetime.as_secs()).unwrap_or(i64::MAX);
    if lifetime.subsec_nanos() == 0 && (1..=365 * 24 * 60 * 60).contains(&seconds) {
        Ok(seconds)
    } else {
        Err(Error::Invalid("a lifetime is between 1s and 365d, in whole seconds".to_owned()))
    }
}

/// A secret that a person chose.
pub(super) fn chosen_secret(secret: &str) -> Result<()> {
    if CHOSEN_SECRET.contains(&secret.len()) && !secret.contains('\0') {
        return Ok(());
    }
    Err(Error::Invalid(format!(
        "a chosen secret has {} to {} bytes; a generated one is better",
        CHOSEN_SECRET.start(),
        CHOSEN_SECRET.end()
    )))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn disguised_names_are_refused() {
        for bad in ["", "  ", "a\u{202e}b", "a\nb", "a\u{200b}", &"x".repeat(101)] {
            assert!(name(bad).is_err(), "{bad:?}");
        }
        assert!(name("Fjörd — Büro 2").is_ok());
    }

    #[test]
    fn only_whole_origins_in_normal_form_pass() {
        assert!(origin("https://app.example").is_ok() && origin("http://127.0.0.1:3000").is_ok());
        for bad in [
            "*",
            "null",
            "https://app.example/",
            "https://App.example",
            "app.example",
            "https://app.example:443",
            "file:///x",
        ] {
            assert!(origin(bad).is_err(), "{bad}");
        }
    }
}
