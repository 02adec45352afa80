//! `Format`: what its string looks like.

use serde::{Deserialize, Serialize};

use super::Fields;

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
/// The string is `prefix` and `bytes` random bytes in base64url.
pub struct Format {
    /// 16, or 32 to 64.
    pub bytes: u8,
    /// What stands in front; empty for nothing.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub prefix: String,
}

/// What stands before the keys of entries, and before generated client secrets.
const OURS: &[&str] = &["tok_", "tsk_"];

/// How long the other forms of references are: with a checksum, with a locator, with both. Tokens
/// are recognised by their length.
const OTHER_FORMS: [usize; 3] = [49, 54, 60];

impl Format {
    pub(super) fn read(fields: &mut Fields<'_>) -> Option<Self> {
        let bytes = fields.integer("bytes", (16, 64), Some(32)).and_then(|bytes| {
            let is_sound = bytes == 16 || bytes >= 32;
            let remedy = "write 32, or 16 for a token that people read out and that lives shortly";
            fields.demand("bytes", is_sound, "must be 16 or 32..64", remedy)?;
            u8::try_from(bytes).ok()
        });
        let prefix = fields.text("prefix", Some("")).and_then(|prefix| {
            let remedy = "write 1 to 8 of a-z and a _, or leave it out";
            let is_sound = prefix.is_empty() || is_prefix(&prefix);
            fields.demand("prefix", is_sound, "must match [a-z]{1,8}_", remedy)?;
            let is_free = !OURS.contains(&prefix.as_str());
            let problem = "must not be tok_ or tsk_, which stand before entries and secrets";
            fields.demand("prefix", is_free, problem, "choose another one")?;
            Some(prefix)
        });
        let format = Self { bytes: bytes?, prefix: prefix? };
        let (whole, body) = (format.length(), format.length() - format.prefix.len());
        if [whole, body].iter().any(|length| OTHER_FORMS.contains(length)) {
            let problem = format!(
                "bytes = {} and prefix {:?} make a string of {whole} characters, which could pass \
                 for an OAuth token",
                format.bytes, format.prefix
            );
            fields.refuse("bytes", problem, "write a byte more or less, or another prefix");
            return None;
        }
        Some(format)
    }

    /// How many characters the string has.
    #[must_use]
    pub fn length(&self) -> usize {
        self.prefix.len() + (usize::from(self.bytes) * 4).div_ceil(3)
    }
}

fn is_prefix(text: &str) -> bool {
    text.strip_suffix('_').is_some_and(|name| {
        (1..=8).contains(&name.len()) && name.bytes().all(|byte| byte.is_ascii_lowercase())
    })
}

#[cfg(test)]
mod tests {
    use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};

    use super::*;
    use crate::model::rules::{
        Rule,
        testing::{problems, rule},
    };

    #[test]
    fn the_string_has_32_bytes_and_no_prefix_unless_something_else_is_said() {
        let expected = Format { bytes: 32, prefix: String::new() };
        assert_eq!(rule(r#"{"type": "Format"}"#), Rule::Format(expected));
        let expected = Format { bytes: 16, prefix: "pr_".to_owned() };
        let given = r#"{"type": "Format", "bytes": 16, "prefix": "pr_"}"#;
        assert_eq!(rule(given), Rule::Format(expected));
    }

    #[test]
    fn its_length_is_that_of_base64url() {
        for bytes in 16..=64_u8 {
            let written = URL_SAFE_NO_PAD.encode(vec![0; usize::from(bytes)]);
            let format = Format { bytes, prefix: "pr_".to_owned() };
            assert_eq!(format.length(), 3 + written.len());
        }
    }

    #[test]
    fn what_is_wrong_is_named() {
        for (given, expected) in [
            (r#"{"bytes": 15}"#, "bytes must be 16..64, got 15"),
            (r#"{"bytes": 65}"#, "bytes must be 16..64, got 65"),
            (r#"{"bytes": 17}"#, "bytes must be 16 or 32..64"),
            (r#"{"bytes": 31}"#, "bytes must be 16 or 32..64"),
            (r#"{"bytes": "32"}"#, "bytes must be a whole number and is text"),
            (r#"{"prefix": "PR_"}"#, "prefix must match [a-z]{1,8}_"),
            (r#"{"prefix": "_"}"#, "prefix must match [a-z]{1,8}_"),
            (r#"{"prefix": "pr"}"#, "prefix must match [a-z]{1,8}_"),
            (r#"{"prefix": "abcdefghi_"}"#, "prefix must match [a-z]{1,8}_"),
            (
                r#"{"prefix": "tok_"}"#,
                "prefix must not be tok_ or tsk_, which stand before entries and secrets",
            ),
        ] {
            assert_eq!(problems("Format", given), [expected], "{given}");
        }
    }

    #[test]
    fn a_string_that_could_pass_for_an_oauth_token_is_refused() {
        // 40 bytes are 54 characters, 45 are 60; 32 bytes are 43, and a prefix of 6 makes 49.
        for given in [
            r#"{"bytes": 40}"#,
            r#"{"bytes": 45}"#,
            r#"{"bytes": 40, "prefix": "pr_"}"#,
            r#"{"bytes": 32, "prefix": "reset_"}"#,
            r#"{"bytes": 36, "prefix": "reset_"}"#,
        ] {
            let [problem] = &problems("Format", given)[..] else { panic!("{given}") };
            assert!(problem.ends_with("could pass for an OAuth token"), "{problem}");
        }
        assert!(problems("Format", r#"{"bytes": 32, "prefix": "pr_"}"#).is_empty());
    }
}
