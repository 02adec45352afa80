//! Randomness, hashes and strings that must not be seen.

use std::{fmt, sync::Arc};

use aws_lc_rs::{constant_time, digest, hmac};
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use zeroize::Zeroizing;

/// The one source of randomness of the server. Tests may put another in its place.
#[derive(Clone)]
pub struct Random(Arc<Fill>);

type Fill = dyn Fn(&mut [u8]) + Send + Sync;

impl Random {
    /// The operating system's generator.
    ///
    /// # Panics
    ///
    /// Its draws panic if the system has no randomness to give: nothing safe could follow.
    #[must_use]
    pub fn system() -> Self {
        #[expect(clippy::disallowed_methods, reason = "this is the one place that draws")]
        Self::new(|bytes| aws_lc_rs::rand::fill(bytes).expect("the system gives randomness"))
    }

    /// A source that fills slices with `fill`.
    pub fn new(fill: impl Fn(&mut [u8]) + Send + Sync + 'static) -> Self {
        Self(Arc::new(fill))
    }

    /// Draws `N` bytes.
    #[must_use]
    pub fn bytes<const N: usize>(&self) -> [u8; N] {
        let mut bytes = [0; N];
        (self.0)(&mut bytes);
        bytes
    }

    /// Draws 64 bits.
    #[must_use]
    pub fn bits(&self) -> u64 {
        u64::from_be_bytes(self.bytes())
    }
}

impl fmt::Debug for Random {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Random")
    }
}

/// A string that opens something: a client secret, a token, a password.
///
/// It has no `Display` and its `Debug` shows nothing; [`Secret::expose`] is the one way out. Its
/// memory is wiped when it is dropped.
#[derive(Clone)]
pub struct Secret(Zeroizing<String>);

impl Secret {
    /// Takes `text` in custody.
    #[must_use]
    pub fn new(text: String) -> Self {
        Self(Zeroizing::new(text))
    }

    /// Draws 256 random bits, as 43 characters of base64url without padding.
    #[must_use]
    pub fn generate(random: &Random) -> Self {
        Self::new(URL_SAFE_NO_PAD.encode(Zeroizing::new(random.bytes::<32>()).as_slice()))
    }

    /// The string itself.
    #[must_use]
    pub fn expose(&self) -> &str {
        &self.0
    }

    /// What only who has it can say of `text`: HMAC-SHA-256 under its ASCII characters, as
    /// base64url without padding.
    #[must_use]
    pub fn proof_of(&self, text: &str) -> String {
        let key = hmac::Key::new(hmac::HMAC_SHA256, self.expose().as_bytes());
        URL_SAFE_NO_PAD.encode(hmac::sign(&key, text.as_bytes()))
    }

    /// What we keep of it where it has 256 random bits.
    #[must_use]
    pub fn hash(&self) -> Sha256 {
        Sha256::of(self.expose().as_bytes())
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Secret(…)")
    }
}

/// A SHA-256 hash, 32 bytes: what the store keeps of a string with 256 random bits.
///
/// A plain hash is enough there: the preimage cannot be guessed. It is always taken over the exact
/// ASCII characters, never over decoded bytes, since 43 base64url characters carry two bits more
/// than 256 and four spellings would decode alike.
#[derive(Debug, Clone)]
#[cfg_attr(feature = "server", derive(sqlx::Type), sqlx(transparent))]
pub struct Sha256(Vec<u8>);

impl Sha256 {
    /// Hashes `bytes`.
    #[must_use]
    pub fn of(bytes: &[u8]) -> Self {
        Self(digest::digest(&digest::SHA256, bytes).as_ref().to_vec())
    }

    /// A hash that was taken before.
    #[must_use]
    pub fn from_bytes(bytes: [u8; 32]) -> Self {
        Self(bytes.to_vec())
    }

    /// The 32 bytes.
    #[must_use]
    pub fn as_bytes(&self) -> &[u8] {
        &self.0
    }

    /// Whether `kept` is the same hash, in constant time.
    #[must_use]
    pub fn matches(&self, kept: &[u8]) -> bool {
        same(&self.0, kept)
    }
}

/// Whether two byte strings are equal. Takes the same time wherever they differ.
#[must_use]
pub fn same(left: &[u8], right: &[u8]) -> bool {
    constant_time::verify_slices_are_equal(left, right).is_ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_secret_does_not_show_itself() {
        let secret = Secret::new("hunter2".to_owned());

        assert_eq!(format!("{secret:?}"), "Secret(…)");
        assert_eq!(secret.expose(), "hunter2");
    }

    #[test]
    fn a_generated_secret_has_43_base64url_characters() {
        let secret = Secret::generate(&Random::system());

        assert_eq!(secret.expose().len(), 43);
        assert!(secret.expose().bytes().all(|b| b.is_ascii_alphanumeric() || b"-_".contains(&b)));
    }

    #[test]
    fn a_hash_matches_itself_only() {
        let hash = Sha256::of(b"abc");

        assert!(hash.matches(Sha256::of(b"abc").as_bytes()));
        assert!(!hash.matches(Sha256::of(b"abd").as_bytes()));
        assert!(!hash.matches(&hash.as_bytes()[..31]));
    }
}
