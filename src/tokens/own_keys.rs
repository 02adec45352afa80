//! Signing keys that an operator keeps in a file, where there is no store to keep them in.

use std::collections::BTreeMap;

use aws_lc_rs::{
    encoding::{AsDer, Pkcs8V1Der},
    rsa::{KeyPairComponents, PublicKeyComponents},
    signature::{ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, Ed25519KeyPair, RsaKeyPair},
};
use base64::{
    Engine,
    engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD},
};
use rustls::pki_types::{PrivateKeyDer, pem::PemObject};
use serde::Deserialize;
use serde_json::Value;
use zeroize::{Zeroize, Zeroizing};

use crate::model::{
    secret::Sha256,
    signature_algorithm::SignatureAlgorithm,
    signing_key::{SigningKey, SigningKeyState},
    timestamp::Timestamp,
};

use super::{Error, Result, Sealer, seal::Belonging, sign::Signer};

/// How many characters of base64 stand in a line of PEM (RFC 7468 §2).
const PEM_LINE: usize = 64;

/// What may be done about most of what is wrong.
const KINDS: &str = "EC with P-256, RSA of 2048 bits or more, or Ed25519";

/// The signing keys of a file, in its order: the first of each algorithm signs, all verify.
///
/// Each is named by the thumbprint of its public half (RFC 7638), so that every server that reads
/// the file, after every restart, gives it the same name.
#[derive(Debug)]
pub struct OwnKeys(Vec<OwnKey>);

struct OwnKey {
    kid: String,
    algorithm: SignatureAlgorithm,
    pkcs8: Zeroizing<Vec<u8>>,
    public_jwk: Value,
}

/// A private JWK (RFC 7518 §6, RFC 8037 §2). What else stands in it has no say.
#[derive(Deserialize)]
struct PrivateJwk {
    kty: String,
    #[serde(default)]
    crv: String,
    #[serde(default)]
    x: Member,
    #[serde(default)]
    y: Member,
    #[serde(default)]
    n: Member,
    #[serde(default)]
    e: Member,
    #[serde(default)]
    d: Member,
    #[serde(default)]
    p: Member,
    #[serde(default)]
    q: Member,
    #[serde(default)]
    dp: Member,
    #[serde(default)]
    dq: Member,
    #[serde(default)]
    qi: Member,
}

/// Base64url of bytes, which may be secret: wiped from memory when dropped.
#[derive(Default, Deserialize)]
#[serde(transparent)]
struct Member(String);

#[derive(Deserialize)]
struct PrivateJwks {
    keys: Vec<PrivateJwk>,
}

impl OwnKeys {
    /// Reads private keys: PEM, one after the other, or a JWK set (RFC 7517 §5).
    ///
    /// # Errors
    ///
    /// What is wrong, to be read after the name of the file. It repeats nothing of the text.
    pub fn read(text: &str) -> std::result::Result<Self, String> {
        let is_json = text.trim_start().starts_with('{');
        let signers = if is_json { read_jwks(text) } else { read_pem(text) }?;
        let mut keys: Vec<OwnKey> = Vec::new();
        for (place, signer) in signers.into_iter().enumerate() {
            let key = OwnKey::of(&signer).ok_or("holds a key that cannot be written again")?;
            if keys.iter().any(|known| known.kid == key.kid) {
                return Err(format!("holds key {} twice", place + 1));
            }
            keys.push(key);
        }
        if keys.is_empty() { Err("holds no private key".to_owned()) } else { Ok(Self(keys)) }
    }

    /// Draws a key for each algorithm, as PEM that [`OwnKeys::read`] reads.
    ///
    /// # Errors
    ///
    /// [`Error::Cryptography`] if the library refuses, which it has no reason to.
    pub async fn draw(algorithms: &[SignatureAlgorithm]) -> Result<Zeroizing<String>> {
        let mut pem = Zeroizing::new(String::new());
        for algorithm in algorithms.iter().copied() {
            // An RSA key takes a good part of a second: not on a thread that answers requests.
            let pkcs8 = tokio::task::spawn_blocking(move || Signer::generate(algorithm))
                .await
                .map_err(|_| Error::Cryptography("make a signing key"))??;
            let text = Zeroizing::new(STANDARD.encode(&*pkcs8));
            pem.push_str("-----BEGIN PRIVATE KEY-----\n");
            for line in text.as_bytes().chunks(PEM_LINE) {
                pem.extend(line.iter().copied().map(char::from));
                pem.push('\n');
            }
            pem.push_str("-----END PRIVATE KEY-----\n");
        }
        Ok(pem)
    }

    /// The name of the key that signs with `algorithm`, if one does.
    #[must_use]
    pub fn signing(&self, algorithm: SignatureAlgorithm) -> Option<&str> {
        self.0.iter().find(|key| key.algorithm == algorithm).map(|key| key.kid.as_str())
    }

    /// The keys as rows of a store would be, sealed by `sealer`. Of those that sign no more there
    /// is the public half alone.
    ///
    /// # Errors
    ///
    /// [`Error::Cryptography`] if the library refuses, which it has no reason to.
    pub fn rows(&self, sealer: &Sealer, now: Timestamp) -> Result<Vec<SigningKey>> {
        let row = |key: &OwnKey| {
            let signs = self.signing(key.algorithm) == Some(&key.kid);
            let public_jwk = key.public_jwk.to_string();
            let (belonging, plain) = if signs {
                (Belonging::signing_key(&key.kid), key.pkcs8.as_slice())
            } else {
                (Belonging::public_half(&key.kid), public_jwk.as_bytes())
            };
            let sealed = sealer.seal(&belonging, plain)?;
            let (private_sealed, public_sealed, state) = if signs {
                (sealed.bytes, None, SigningKeyState::Active)
            } else {
                (Vec::new(), Some(sealed.bytes), SigningKeyState::Retiring)
            };
            Ok(SigningKey {
                kid: key.kid.clone(),
                algorithm: key.algorithm,
                state,
                public_jwk,
                private_sealed,
                public_sealed,
                seal_key: sealed.seal_key,
                created_at: now,
                activate_at: None,
                retire_at: None,
                drop_at: None,
                longest_lifetime: None,
            })
        };
        self.0.iter().map(row).collect()
    }
}

impl OwnKey {
    fn of(signer: &Signer) -> Option<Self> {
        let kid = thumbprint(&signer.public_jwk(""))?;
        let algorithm = signer.algorithm();
        Some(Self { algorithm, pkcs8: pkcs8(signer)?, public_jwk: signer.public_jwk(&kid), kid })
    }
}

impl std::fmt::Debug for OwnKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "OwnKey({}, {})", self.kid, self.algorithm)
    }
}

fn pkcs8(signer: &Signer) -> Option<Zeroizing<Vec<u8>>> {
    let bytes = match signer {
        Signer::Es256(pair) => pair.to_pkcs8v1().ok()?.as_ref().to_vec(),
        Signer::Rs256(pair) | Signer::Ps256(pair) => {
            let der: Pkcs8V1Der<'_> = pair.as_der().ok()?;
            der.as_ref().to_vec()
        }
        Signer::EdDsa(pair) => pair.to_pkcs8().ok()?.as_ref().to_vec(),
    };
    Some(Zeroizing::new(bytes))
}

/// The thumbprint of a public JWK (RFC 7638 §3): of its required members, in the order of their
/// names.
fn thumbprint(jwk: &Value) -> Option<String> {
    let required: &[&str] = match jwk["kty"].as_str()? {
        "EC" => &["crv", "kty", "x", "y"],
        "RSA" => &["e", "kty", "n"],
        _ => &["crv", "kty", "x"],
    };
    let members: BTreeMap<_, _> = required.iter().map(|name| (name, &jwk[*name])).collect();
    let text = serde_json::to_string(&members).ok()?;
    Some(URL_SAFE_NO_PAD.encode(Sha256::of(text.as_bytes()).as_bytes()))
}

fn read_pem(text: &str) -> std::result::Result<Vec<Signer>, String> {
    if text.contains("ENCRYPTED") {
        return Err("holds an encrypted key; decrypt it with openssl pkcs8 -in FILE".to_owned());
    }
    let no_pem = || "is neither PEM nor a JWK set".to_owned();
    let mut signers = Vec::new();
    for (place, key) in PrivateKeyDer::pem_slice_iter(text.as_bytes()).enumerate() {
        let key = key.map_err(|_| no_pem())?;
        let signer = of_der(&key);
        signers.push(signer.ok_or_else(|| format!("key {} is not {KINDS}", place + 1))?);
    }
    // A certificate, say, is PEM and no key.
    if signers.is_empty() && !text.contains("-----BEGIN ") { Err(no_pem()) } else { Ok(signers) }
}

fn of_der(key: &PrivateKeyDer<'_>) -> Option<Signer> {
    let p256 = &ECDSA_P256_SHA256_FIXED_SIGNING;
    match key {
        PrivateKeyDer::Pkcs8(key) => {
            let der = key.secret_pkcs8_der();
            let of = |algorithm: &SignatureAlgorithm| Signer::parse(*algorithm, der).ok();
            SignatureAlgorithm::ALL.iter().find_map(of)
        }
        PrivateKeyDer::Sec1(key) => {
            EcdsaKeyPair::from_private_key_der(p256, key.secret_sec1_der()).ok().map(Signer::Es256)
        }
        PrivateKeyDer::Pkcs1(key) => {
            RsaKeyPair::from_der(key.secret_pkcs1_der()).ok().map(Signer::Rs256)
        }
        _ => None,
    }
}

fn read_jwks(text: &str) -> std::result::Result<Vec<Signer>, String> {
    let set: PrivateJwks =
        serde_json::from_str(text).map_err(|_| "is no JWK set of private keys".to_owned())?;
    let read = |(place, jwk): (usize, &PrivateJwk)| {
        if jwk.d.0.is_empty() {
            return Err(format!("key {} has no private half, d", place + 1));
        }
        of_jwk(jwk).ok_or_else(|| format!("key {} is not whole, or not {KINDS}", place + 1))
    };
    set.keys.iter().enumerate().map(read).collect()
}

fn of_jwk(jwk: &PrivateJwk) -> Option<Signer> {
    let [x, y, d] = [&jwk.x, &jwk.y, &jwk.d].map(Member::bytes);
    match (jwk.kty.as_str(), jwk.crv.as_str()) {
        ("EC", "P-256") => {
            // An uncompressed point: one byte of form, then x and y.
            let point = [&[4], x?.as_slice(), y?.as_slice()].concat();
            let algorithm = &ECDSA_P256_SHA256_FIXED_SIGNING;
            EcdsaKeyPair::from_private_key_and_public_key(algorithm, &d?, &point)
                .ok()
                .map(Signer::Es256)
        }
        ("OKP", "Ed25519") => {
            Ed25519KeyPair::from_seed_and_public_key(&d?, &x?).ok().map(Signer::EdDsa)
        }
        ("RSA", _) => {
            let components = KeyPairComponents {
                public_key: PublicKeyComponents { n: jwk.n.bytes()?, e: jwk.e.bytes()? },
                d: d?,
                p: jwk.p.bytes()?,
                q: jwk.q.bytes()?,
                dP: jwk.dp.bytes()?,
                dQ: jwk.dq.bytes()?,
                qInv: jwk.qi.bytes()?,
            };
            RsaKeyPair::from_components(&components).ok().map(Signer::Rs256)
        }
        _ => None,
    }
}

impl Drop for Member {
    fn drop(&mut self) {
        self.0.zeroize();
    }
}

impl Member {
    fn bytes(&self) -> Option<Zeroizing<Vec<u8>>> {
        URL_SAFE_NO_PAD.decode(self.0.as_str()).ok().map(Zeroizing::new)
    }
}
