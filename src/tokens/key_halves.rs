//! The two halves of signing keys: made, sealed, opened, and which of them counts.

use serde_json::Value;
use zeroize::Zeroizing;

use crate::model::{
    secret::Random,
    signature_algorithm::SignatureAlgorithm,
    signing_key::{SigningKey, SigningKeyState},
    timestamp::Timestamp,
};

use super::{Error, Result, Sealer, Tokens, seal::Belonging, sign::Signer};

impl Tokens {
    /// Makes a signing key that is staged or active from `activate_at` on. Nobody knows of it until
    /// it is in the store.
    ///
    /// # Errors
    ///
    /// [`Error::Cryptography`] if the library refuses, which it has no reason to.
    pub async fn make_signing_key(
        &self,
        algorithm: SignatureAlgorithm,
        state: SigningKeyState,
        now: Timestamp,
        activate_at: Timestamp,
    ) -> Result<SigningKey> {
        make(algorithm, state, &self.sealer, (&self.random, now, activate_at)).await
    }

    /// `key` with its public half sealed, which is all that counts of a key that signs no more.
    ///
    /// Sealed although it is no secret: whoever can write to the database and has no key of ours
    /// must not be able to have a public key of theirs published.
    ///
    /// # Errors
    ///
    /// [`Error::Unsealable`] if the private half cannot be opened.
    pub fn with_public_half(&self, key: &SigningKey) -> Result<SigningKey> {
        let (jwk, _) = halves(key, &self.sealer)?;
        let belonging = Belonging::public_half(&key.kid);
        let jwk = jwk.to_string();
        let sealed = self.sealer.seal_beside(key.seal_key, &belonging, jwk.as_bytes())?;
        Ok(SigningKey { public_sealed: Some(sealed), ..key.clone() })
    }
}

/// The public half of a key, as a JWK, and the private one if it may sign now or later. Where a
/// public half is sealed, and of a key that signs no more, the private one is never looked at.
pub(super) fn halves(key: &SigningKey, sealer: &Sealer) -> Result<(Value, Option<Signer>)> {
    let unsealable = || Error::Unsealable(format!("signing key {}", key.kid));
    let open = |belonging: &Belonging, sealed: &[u8]| {
        let opened = sealer.open(key.seal_key, belonging, sealed);
        opened.map(Zeroizing::new).ok_or_else(unsealable)
    };
    let may_sign = matches!(key.state, SigningKeyState::Staged | SigningKeyState::Active);
    if may_sign && key.public_sealed.is_none() {
        let private = open(&Belonging::signing_key(&key.kid), &key.private_sealed)?;
        let signer = Signer::parse(key.algorithm, &private)?;
        return Ok((signer.public_jwk(&key.kid), Some(signer)));
    }
    let sealed = key.public_sealed.as_deref().unwrap_or_default();
    let public = open(&Belonging::public_half(&key.kid), sealed)?;
    Ok((serde_json::from_slice(&public).map_err(|_| unsealable())?, None))
}

/// Makes a signing key with a name of its own.
pub(super) async fn make(
    algorithm: SignatureAlgorithm,
    state: SigningKeyState,
    sealer: &Sealer,
    (random, now, activate_at): (&Random, Timestamp, Timestamp),
) -> Result<SigningKey> {
    // An RSA key takes a good part of a second: not on a thread that answers requests.
    let pkcs8 = tokio::task::spawn_blocking(move || Signer::generate(algorithm))
        .await
        .map_err(|_| Error::Cryptography("make a signing key"))??;
    let kid = key_name(random, now);
    let sealed = sealer.seal(&Belonging::signing_key(&kid), &pkcs8)?;
    let public_jwk = Signer::parse(algorithm, &pkcs8)?.public_jwk(&kid).to_string();
    Ok(SigningKey {
        kid,
        algorithm,
        state,
        public_jwk,
        private_sealed: sealed.bytes,
        public_sealed: None,
        seal_key: sealed.seal_key,
        created_at: now,
        activate_at: Some(activate_at),
        retire_at: None,
        drop_at: None,
        longest_lifetime: None,
    })
}

/// A name such as `k-26-x7f3qa`: the year, and six characters that no two keys share.
fn key_name(random: &Random, now: Timestamp) -> String {
    const LETTERS: &[u8; 32] = b"abcdefghijkmnpqrstuvwxyz23456789";
    let year = now.rfc3339();
    let draw = |byte: u8| char::from(LETTERS[usize::from(byte & 31)]);
    let letters: String = random.bytes::<6>().map(draw).iter().collect();
    format!("k-{}-{letters}", year.get(2..4).unwrap_or("00"))
}
