//! Signing keys at work: parsed once, and kept so. Parsing an RSA key anew for every signature
//! would cost more than the signature.

use std::fmt;

use aws_lc_rs::{
    encoding::AsDer,
    rand::SystemRandom,
    rsa::KeySize,
    signature::{
        ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, Ed25519KeyPair, KeyPair, RSA_PKCS1_SHA256,
        RSA_PSS_SHA256, RsaEncoding, RsaKeyPair,
    },
};
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use serde::Serialize;
use serde_json::{Value, json};
use zeroize::Zeroizing;

use crate::model::signature_algorithm::SignatureAlgorithm;

use super::{Error, Result};

/// The library's own source, which it asks for by type and reads by itself: a key or a signature
/// must not depend on what a test put in place of ours.
#[expect(clippy::disallowed_methods, reason = "the library takes no other source for keys")]
fn library_random() -> SystemRandom {
    SystemRandom::new()
}

/// A private key, ready to sign.
pub(super) enum Signer {
    Es256(EcdsaKeyPair),
    Rs256(RsaKeyPair),
    EdDsa(Ed25519KeyPair),
    Ps256(RsaKeyPair),
}

impl Signer {
    /// Makes a new private key, as PKCS #8 DER.
    pub(super) fn generate(algorithm: SignatureAlgorithm) -> Result<Zeroizing<Vec<u8>>> {
        let refused = |_| Error::Cryptography("make a signing key");
        let random = library_random();
        let document = match algorithm {
            SignatureAlgorithm::Es256 => {
                EcdsaKeyPair::generate_pkcs8(&ECDSA_P256_SHA256_FIXED_SIGNING, &random)
                    .map_err(refused)?
                    .as_ref()
                    .to_vec()
            }
            SignatureAlgorithm::Rs256 | SignatureAlgorithm::Ps256 => {
                let pair = RsaKeyPair::generate(KeySize::Rsa2048).map_err(refused)?;
                pair.as_der().map_err(refused)?.as_ref().to_vec()
            }
            SignatureAlgorithm::EdDsa => {
                Ed25519KeyPair::generate_pkcs8(&random).map_err(refused)?.as_ref().to_vec()
            }
        };
        Ok(Zeroizing::new(document))
    }

    /// Parses a private key.
    pub(super) fn parse(algorithm: SignatureAlgorithm, pkcs8: &[u8]) -> Result<Self> {
        let refused = |_| Error::Cryptography("read a signing key");
        Ok(match algorithm {
            SignatureAlgorithm::Es256 => Self::Es256(
                EcdsaKeyPair::from_pkcs8(&ECDSA_P256_SHA256_FIXED_SIGNING, pkcs8)
                    .map_err(refused)?,
            ),
            SignatureAlgorithm::Rs256 => {
                Self::Rs256(RsaKeyPair::from_pkcs8(pkcs8).map_err(refused)?)
            }
            SignatureAlgorithm::Ps256 => {
                Self::Ps256(RsaKeyPair::from_pkcs8(pkcs8).map_err(refused)?)
            }
            SignatureAlgorithm::EdDsa => {
                Self::EdDsa(Ed25519KeyPair::from_pkcs8(pkcs8).map_err(refused)?)
            }
        })
    }

    /// The public half as a JWK (RFC 7517), with `kid`, `alg` and `use`.
    pub(super) fn public_jwk(&self, kid: &str) -> Value {
        let text = |bytes: &[u8]| URL_SAFE_NO_PAD.encode(bytes);
        match self {
            Self::Es256(pair) => {
                // An uncompressed point: one byte of form, then x and y.
                let (x, y) = pair.public_key().as_ref()[1..].split_at(32);
                json!({"kid": kid, "kty": "EC", "crv": "P-256", "alg": "ES256", "use": "sig",
                       "x": text(x), "y": text(y)})
            }
            Self::Rs256(pair) | Self::Ps256(pair) => {
                let (public, algorithm) = (pair.public_key(), self.algorithm().as_str());
                json!({"kid": kid, "kty": "RSA", "alg": algorithm, "use": "sig",
                       "n": text(public.modulus().big_endian_without_leading_zero()),
                       "e": text(public.exponent().big_endian_without_leading_zero())})
            }
            Self::EdDsa(pair) => {
                json!({"kid": kid, "kty": "OKP", "crv": "Ed25519", "alg": "EdDSA", "use": "sig",
                       "x": text(pair.public_key().as_ref())})
            }
        }
    }

    /// Signs claims as a compact JWS (RFC 7515 §7.1). The `kid` is this key's own.
    pub(super) fn sign(
        &self,
        kid: &str,
        jwt_type: &str,
        claims: &impl Serialize,
    ) -> Result<String> {
        let header = json!({"alg": self.algorithm().as_str(), "kid": kid, "typ": jwt_type});
        let claims = serde_json::to_vec(claims).map_err(|_| Error::Cryptography("write claims"))?;
        let mut jwt = URL_SAFE_NO_PAD.encode(header.to_string());
        jwt.push('.');
        URL_SAFE_NO_PAD.encode_string(claims, &mut jwt);
        let signature = self.signature(jwt.as_bytes())?;
        jwt.push('.');
        URL_SAFE_NO_PAD.encode_string(signature, &mut jwt);
        Ok(jwt)
    }

    fn signature(&self, message: &[u8]) -> Result<Vec<u8>> {
        let refused = |_| Error::Cryptography("sign");
        let by_rsa = |pair: &RsaKeyPair, encoding: &'static dyn RsaEncoding| -> Result<Vec<u8>> {
            let mut signature = vec![0; pair.public_modulus_len()];
            pair.sign(encoding, &library_random(), message, &mut signature).map_err(refused)?;
            Ok(signature)
        };
        Ok(match self {
            Self::Es256(pair) => {
                pair.sign(&library_random(), message).map_err(refused)?.as_ref().to_vec()
            }
            Self::Rs256(pair) => by_rsa(pair, &RSA_PKCS1_SHA256)?,
            Self::Ps256(pair) => by_rsa(pair, &RSA_PSS_SHA256)?,
            Self::EdDsa(pair) => pair.sign(message).as_ref().to_vec(),
        })
    }

    pub(super) fn algorithm(&self) -> SignatureAlgorithm {
        match self {
            Self::Es256(_) => SignatureAlgorithm::Es256,
            Self::Rs256(_) => SignatureAlgorithm::Rs256,
            Self::EdDsa(_) => SignatureAlgorithm::EdDsa,
            Self::Ps256(_) => SignatureAlgorithm::Ps256,
        }
    }
}

impl fmt::Debug for Signer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Signer({}, …)", self.algorithm())
    }
}

#[cfg(test)]
mod tests {
    use jsonwebtoken::{DecodingKey, jwk::Jwk};

    use super::*;
    use crate::tokens::jwt;

    #[test]
    fn every_algorithm_signs_what_its_public_key_verifies() {
        for algorithm in SignatureAlgorithm::ALL {
            let key = Signer::parse(*algorithm, &Signer::generate(*algorithm).unwrap()).unwrap();
            let jwk: Jwk = serde_json::from_value(key.public_jwk("k-1")).unwrap();

            let signed = key.sign("k-1", "at+jwt", &json!({"sub": "mailer"})).unwrap();

            let public = DecodingKey::from_jwk(&jwk).unwrap();
            let claims: Value = jwt::verify(&signed, &public, (*algorithm).into()).unwrap();
            assert_eq!(claims["sub"], "mailer", "{algorithm}");
            assert_eq!(jwt::header(&signed).unwrap().kid.as_deref(), Some("k-1"));
        }
    }

    #[test]
    fn a_key_does_not_show_itself() {
        let pkcs8 = Signer::generate(SignatureAlgorithm::EdDsa).unwrap();
        let key = Signer::parse(SignatureAlgorithm::EdDsa, &pkcs8).unwrap();

        assert_eq!(format!("{key:?}"), "Signer(EdDSA, …)");
    }
}
