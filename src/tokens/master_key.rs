//! The master key: what seals the envelope keys, and nothing else.

use std::fmt;

use aws_lc_rs::{
    aead::{AES_256_GCM_SIV, LessSafeKey, UnboundKey},
    hkdf::{HKDF_SHA256, KeyType, Prk, Salt},
};
use zeroize::Zeroizing;

/// Keys derived from the 32 bytes that the operator keeps.
///
/// Rewrapping under another master key touches the envelope keys only, never a token.
pub struct MasterKey {
    bytes: Zeroizing<[u8; 32]>,
    wrap: LessSafeKey,
    check: [u8; 32],
}

struct Length32;

impl KeyType for Length32 {
    fn len(&self) -> usize {
        32
    }
}

impl MasterKey {
    /// Derives the keys.
    ///
    /// # Panics
    ///
    /// Never: HKDF gives 32 bytes, and that is what the cipher takes.
    #[must_use]
    pub fn new(bytes: &Zeroizing<[u8; 32]>) -> Self {
        let root = Salt::new(HKDF_SHA256, b"tessera master key v1").extract(bytes.as_slice());
        let wrap = derive(&root, b"wrap envelope keys");
        let wrap = UnboundKey::new(&AES_256_GCM_SIV, wrap.as_slice())
            .expect("an AES-256 key has 32 bytes");
        let check = *derive(&root, b"check value");
        Self { bytes: bytes.clone(), wrap: LessSafeKey::new(wrap), check }
    }

    /// The 32 bytes, only to be kept where the operator keeps them.
    #[must_use]
    pub fn expose(&self) -> &[u8; 32] {
        &self.bytes
    }

    /// A value that tells two master keys apart and gives nothing away of either.
    #[must_use]
    pub fn check_value(&self) -> [u8; 32] {
        self.check
    }

    pub(super) fn wrap(&self) -> &LessSafeKey {
        &self.wrap
    }
}

impl fmt::Debug for MasterKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("MasterKey(…)")
    }
}

fn derive(root: &Prk, label: &'static [u8]) -> Zeroizing<[u8; 32]> {
    let mut out = Zeroizing::new([0; 32]);
    root.expand(&[label], Length32)
        .and_then(|material| material.fill(out.as_mut_slice()))
        .expect("HKDF gives 32 bytes");
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn two_master_keys_have_two_check_values() {
        let one = MasterKey::new(&Zeroizing::new([1; 32]));
        let two = MasterKey::new(&Zeroizing::new([2; 32]));

        assert_ne!(one.check_value(), two.check_value());
        assert_eq!(format!("{one:?}"), "MasterKey(…)");
    }
}
