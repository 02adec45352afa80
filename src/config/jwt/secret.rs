//! Secrets that sign JWTs: which are fit to, and what to do about one that is not.

use crate::config::fault::Wrong;

/// The secret that the documentation of Auth-O-Tron prints: everybody knows it.
pub(super) const SAMPLE: &str = "your-256-bit-secret-key-here-minimum-32-characters";

/// The shortest secret, in bytes: as long as what HS256 makes of it (RFC 7518 §3.2).
const SHORTEST_SECRET: usize = 32;

/// What to do about one that is missing, or not fit.
pub(super) const HOW_TO_MAKE_ONE: &str = "make one with openssl rand -hex 32 and put it in \
     TESSERA_JWT__SECRET, or in a file that file:PATH names";

/// The same for one of several. Its variable takes all of them.
const HOW_TO_MAKE_ANOTHER: &str = "make one with openssl rand -hex 32 and put it in its place: \
     file:PATH names a file that holds it, and TESSERA_JWT__SECRETS takes all, parted by commas";

/// Whether a secret is the one that documentation prints, in whatever case.
#[must_use]
pub fn is_sample(text: &str) -> bool {
    text.trim().eq_ignore_ascii_case(SAMPLE)
}

/// Makes sure that a text is fit to sign with: long enough, not one character over and over, and
/// not the one that documentation prints, except `on_loopback`, where nobody else verifies.
///
/// # Errors
///
/// What is wrong with it, to be read after the name of the setting. It never repeats anything of
/// the text.
pub fn judge_secret(text: &str, on_loopback: bool) -> Result<(), String> {
    if text.len() < SHORTEST_SECRET {
        return Err(format!("has {} bytes, and HS256 needs {SHORTEST_SECRET}", text.len()));
    }
    let mut letters = text.trim().chars();
    let first = letters.next();
    if letters.all(|letter| Some(letter) == first) {
        return Err("is blank, or one character over and over, which anybody can guess".to_owned());
    }
    if is_sample(text) && !on_loopback {
        return Err("is the sample of a public documentation, which everybody knows".to_owned());
    }
    Ok(())
}

/// Judges a secret that stands in the settings; `number` is that of one of several.
pub(super) fn judge_value(
    text: &str,
    number: Option<usize>,
    on_loopback: bool,
) -> Result<(), Wrong> {
    judge_secret(text, on_loopback).map_err(|problem| {
        let remedy = if number.is_some() { HOW_TO_MAKE_ANOTHER } else { HOW_TO_MAKE_ONE };
        Wrong::new(of_item(number, &problem), remedy)
    })
}

/// A problem, to be read after the name of the setting: of an item of it, if it has several.
pub(super) fn of_item(number: Option<usize>, problem: &str) -> String {
    number.map_or_else(|| problem.to_owned(), |number| format!("item {number} {problem}"))
}
