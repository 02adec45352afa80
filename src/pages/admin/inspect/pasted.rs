//! What stands in what somebody pasted.

use base64::{Engine, prelude::BASE64_URL_SAFE_NO_PAD};
use serde_json::Value;

use crate::{
    model::{entry_key::EntryKeyRange, token_string::Recognised},
    pages::admin::tokens::{times::Times, verdict::Line},
};

/// The entry that a text names as a whole.
pub(super) fn entry_named(text: &str) -> Option<EntryKeyRange> {
    let range: EntryKeyRange = text.strip_prefix("tok_").and_then(|_| text.parse().ok())?;
    (range.first == range.last).then_some(range)
}

/// The token in what was pasted: after `Bearer` in a header or command, after `token=` in a form,
/// else all of it, also where it was broken into lines.
pub(super) fn token_in(text: &str) -> String {
    let lower = text.to_ascii_lowercase();
    let ends = |c: char| c.is_whitespace() || matches!(c, '"' | '\'' | '&' | ';' | ',' | '`');
    for start in ["bearer ", "token="] {
        let Some(at) = lower.find(start) else { continue };
        let rest = text[at + start.len()..].trim_start();
        let token = rest.split(ends).next().unwrap_or_default();
        if !token.is_empty() {
            return token.to_owned();
        }
    }
    let quotes = |c: char| matches!(c, '"' | '\'' | '`');
    let joined: String = text.split_whitespace().collect();
    joined.trim_matches(quotes).to_owned()
}

/// What the string alone tells.
pub(super) fn shape(recognised: Option<&Recognised>, token: &str, times: Times) -> Line {
    let words = times.words;
    let count = i64::try_from(token.chars().count()).unwrap_or(i64::MAX);
    let value = match recognised {
        Some(Recognised::Reference(_)) => words.text("admin-shape-reference").into_owned(),
        Some(Recognised::Located(..)) => words.text("admin-shape-located").into_owned(),
        Some(Recognised::Jwt) => words.text("admin-shape-jwt").into_owned(),
        None => words.count("admin-shape-none", count),
    };
    Line::plain(recognised.is_some(), words.text("admin-check-shape").into_owned(), value)
}

/// The header and the claims of a JWT, as far as they can be read. Nothing was checked.
pub(super) fn opened(jwt: &str) -> Option<(String, String)> {
    let part = |part: &str| {
        let bytes = BASE64_URL_SAFE_NO_PAD.decode(part).ok()?;
        serde_json::from_slice::<Value>(&bytes).ok().map(|value| pretty(&value))
    };
    let mut parts = jwt.split('.');
    Some((part(parts.next()?)?, part(parts.next()?)?))
}

pub(super) fn pretty(value: &Value) -> String {
    serde_json::to_string_pretty(value).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_token_is_found_in_what_people_paste() {
        for pasted in [
            "abc_DEF-1",
            "  abc_DEF-1\n",
            "\"abc_DEF-1\"",
            "abc_\nDEF-1",
            "Authorization: Bearer abc_DEF-1",
            "authorization: bearer abc_DEF-1\r\nAccept: */*",
            "curl -H 'Authorization: Bearer abc_DEF-1' https://api.example/x",
            "curl -d 'token=abc_DEF-1&x=y' https://id.example/introspect",
        ] {
            assert_eq!(token_in(pasted), "abc_DEF-1", "{pasted}");
        }
    }

    #[test]
    fn only_the_whole_name_of_an_entry_is_one() {
        assert!(entry_named("tok_0694KQ6ZW8SVG").is_some());
        assert!(entry_named("tok_0694").is_none());
        assert!(entry_named("0694KQ6ZW8SVG").is_none());
    }
}
