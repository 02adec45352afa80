//! The answer to a refresh, kept so that only whoever presents the same token again can open it:
//! its key is derived from that token, which the server does not keep.

use aws_lc_rs::{
    aead::{AES_256_GCM_SIV, Aad, LessSafeKey, Nonce, UnboundKey},
    hkdf::{HKDF_SHA256, KeyType, Salt},
};
use serde::{Deserialize, Serialize};
use zeroize::Zeroizing;

use crate::model::{
    entry_key::EntryKey, scope::Scope, secret::Random, secret::Secret,
    space_delimited::SpaceDelimited, timestamp::Timestamp, token_entry::TokenEntry,
};

use super::super::{Error, Issued, Result};

/// Bytes of the nonce that stands in front of what is sealed.
const NONCE_LENGTH: usize = 12;

/// Bytes for what stands around the texts of an answer, and for the tag.
const ROOM: usize = 256;

/// What an answer said.
#[derive(Serialize, Deserialize)]
pub(super) struct Replay {
    access_token: Zeroizing<String>,
    refresh_token: Zeroizing<String>,
    /// Empty where there is none.
    #[serde(default)]
    id_token: Zeroizing<String>,
    /// The entry of the access token.
    entry: i64,
    scope: String,
    audience: String,
    /// When the access token ends, in seconds since 1970.
    expires_at: i64,
}

struct Length32;

impl KeyType for Length32 {
    fn len(&self) -> usize {
        32
    }
}

impl Replay {
    /// What was issued at `at`.
    pub(super) fn of(issued: &Issued, at: Timestamp) -> Self {
        let text = |secret: &Secret| Zeroizing::new(secret.expose().to_owned());
        Self {
            access_token: text(&issued.token),
            refresh_token: issued.refresh.as_ref().map(text).unwrap_or_default(),
            id_token: issued.id_token.as_ref().map(text).unwrap_or_default(),
            entry: i64::from_be_bytes(issued.entry_key.to_bytes()),
            scope: issued.scope.to_string(),
            audience: issued.audience.to_string(),
            expires_at: at.seconds() + issued.expires_in,
        }
    }

    /// The answer once more, at `at`: all as it was, but for the time that is left. `None` if its
    /// access token has expired.
    pub(super) fn into_issued(self, at: Timestamp) -> Option<Issued> {
        let expires_in = self.expires_at - at.seconds();
        if expires_in <= 0 {
            return None;
        }
        Some(Issued {
            token: Secret::new(self.access_token.to_string()),
            entry_key: EntryKey::from_bytes(self.entry.to_be_bytes())?,
            expires_in,
            scope: Scope::parse(&self.scope).ok()?,
            audience: SpaceDelimited::parse(&self.audience),
            refresh: Some(Secret::new(self.refresh_token.to_string())),
            id_token: Some(&*self.id_token)
                .filter(|token| !token.is_empty())
                .map(|token| Secret::new(token.clone())),
            is_again: true,
        })
    }

    /// Seals it for whoever presents `token`, the string of `entry`.
    pub(super) fn seal(&self, token: &str, entry: &TokenEntry, random: &Random) -> Result<Vec<u8>> {
        // A buffer that grows leaves pieces behind that nobody wipes.
        let tokens = [&*self.access_token, &self.refresh_token, &self.id_token];
        let texts = tokens.into_iter().chain([&self.scope, &self.audience]);
        let length = ROOM + 2 * texts.map(String::len).sum::<usize>();
        let mut bytes = Zeroizing::new(Vec::with_capacity(length));
        serde_json::to_writer(&mut *bytes, self)
            .map_err(|_| Error::Cryptography("write an answer"))?;
        let nonce = random.bytes::<NONCE_LENGTH>();
        key(token)?
            .seal_in_place_append_tag(
                Nonce::assume_unique_for_key(nonce),
                Aad::from(belonging(entry)),
                &mut *bytes,
            )
            .map_err(|_| Error::Cryptography("seal an answer"))?;
        Ok([nonce.as_slice(), &bytes].concat())
    }

    /// Opens what was sealed for `token`. `None` if it was altered or belongs elsewhere.
    pub(super) fn open(sealed: &[u8], token: &str, entry: &TokenEntry) -> Option<Self> {
        let (nonce, rest) = sealed.split_at_checked(NONCE_LENGTH)?;
        let nonce = Nonce::try_assume_unique_for_key(nonce).ok()?;
        let mut bytes = Zeroizing::new(rest.to_vec());
        let plain =
            key(token).ok()?.open_in_place(nonce, Aad::from(belonging(entry)), &mut bytes).ok()?;
        serde_json::from_slice(plain).ok()
    }
}

fn belonging(entry: &TokenEntry) -> String {
    format!("v1|replay|{}|{}", entry.entry_key, entry.client_id)
}

fn key(token: &str) -> Result<LessSafeKey> {
    let refused = |_| Error::Cryptography("derive a key");
    let root = Salt::new(HKDF_SHA256, b"tessera refresh replay v1").extract(token.as_bytes());
    let mut bytes = Zeroizing::new([0; 32]);
    root.expand(&[b"seal the answer"], Length32)
        .and_then(|derived| derived.fill(bytes.as_mut_slice()))
        .map_err(refused)?;
    UnboundKey::new(&AES_256_GCM_SIV, bytes.as_slice()).map(LessSafeKey::new).map_err(refused)
}

#[cfg(test)]
mod tests {
    use crate::model::{client_id::ClientId, jwt_id::JwtId};

    use super::*;

    fn entry(client: &str) -> TokenEntry {
        let now = Timestamp(1_800_000_000_000);
        let id = JwtId { entry_key: EntryKey::floor(now), salt: 0 };
        TokenEntry::blank(id, &ClientId::parse(client).unwrap(), now)
    }

    fn issued() -> Issued {
        Issued {
            token: Secret::new("access".to_owned()),
            entry_key: EntryKey::floor(Timestamp(1_800_000_000_000)),
            expires_in: 3600,
            scope: Scope::parse("read").unwrap(),
            audience: SpaceDelimited::parse("https://api.example"),
            refresh: Some(Secret::new("next".to_owned())),
            id_token: Some(Secret::new("who".to_owned())),
            is_again: false,
        }
    }

    #[test]
    fn only_the_token_that_it_was_sealed_for_opens_it_and_only_in_its_row() {
        let at = Timestamp(1_800_000_000_000);
        let sealed =
            Replay::of(&issued(), at).seal("first", &entry("app"), &Random::system()).unwrap();

        let opened = Replay::open(&sealed, "first", &entry("app")).unwrap();
        let again = opened.into_issued(Timestamp(at.0 + 5_999)).unwrap();

        assert_eq!((again.token.expose(), again.expires_in), ("access", 3595));
        assert_eq!(again.refresh.unwrap().expose(), "next");
        assert_eq!(again.id_token.unwrap().expose(), "who");
        assert!(Replay::open(&sealed, "firsT", &entry("app")).is_none());
        assert!(Replay::open(&sealed, "first", &entry("other")).is_none());
        assert!(Replay::open(&sealed[..20], "first", &entry("app")).is_none());
        let mut bent = sealed.clone();
        bent[30] ^= 1;
        assert!(Replay::open(&bent, "first", &entry("app")).is_none());
    }
}
