//! The `jti` of a token: which entry it has, and proof that it is that entry's.

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};

use super::{entry_key::EntryKey, secret::same};

/// The entry key and 64 random bits kept in its row, as 22 characters of base64url.
///
/// The random half tells two tokens apart whose entry keys are the same because one was swept.
#[derive(Debug, Clone, Copy)]
pub struct JwtId {
    /// Which entry.
    pub entry_key: EntryKey,
    /// The random half.
    pub salt: i64,
}

impl JwtId {
    /// Reads the claim; `None` for what we never wrote.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let bytes: [u8; 16] = URL_SAFE_NO_PAD.decode(text).ok()?.try_into().ok()?;
        let (key, salt) = bytes.split_at(8);
        Some(Self {
            entry_key: EntryKey::from_bytes(key.try_into().ok()?)?,
            salt: i64::from_be_bytes(salt.try_into().ok()?),
        })
    }

    /// Whether `salt` is this id's, in constant time.
    #[must_use]
    pub fn has_salt(&self, salt: i64) -> bool {
        same(&self.salt.to_be_bytes(), &salt.to_be_bytes())
    }
}

impl std::fmt::Display for JwtId {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let bytes = [self.entry_key.to_bytes(), self.salt.to_be_bytes()].concat();
        f.write_str(&URL_SAFE_NO_PAD.encode(bytes))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{secret::Random, timestamp::Timestamp};

    #[test]
    fn it_is_read_as_it_was_written() {
        let entry_key = EntryKey::draw(Timestamp(1_800_000_000_000), &Random::system());
        let id = JwtId { entry_key, salt: -7 };

        let read = JwtId::parse(&id.to_string()).unwrap();

        assert_eq!(read.entry_key, entry_key);
        assert!(read.has_salt(-7) && !read.has_salt(7));
    }

    #[test]
    fn what_we_never_wrote_is_nothing() {
        for text in ["", "abc", "////////////////////////", &"A".repeat(21), &"_".repeat(22)] {
            assert!(JwtId::parse(text).is_none(), "{text}");
        }
    }
}
