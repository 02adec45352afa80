//! The file of signing keys.

use std::{fs, os::unix::fs::PermissionsExt, path::Path};

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use serde_json::{Value, json};
use tessera::{model::signature_algorithm::SignatureAlgorithm, tokens::OwnKeys};

use super::{program, write};
use crate::common::{
    TestClient, TestDatabase,
    process::{Process, Program},
    stateless::{declared, files_in},
    until::until,
};

use SignatureAlgorithm::{EdDsa, Es256, Rs256};

/// The key of RFC 8037 §A.1, whose thumbprint §A.3 states.
const ED25519: &str = r#"{"kty": "OKP", "crv": "Ed25519",
    "d": "nWGxne_9WmC6hEr0kuwsxERJxWl7MmkZcDusAxyuf2A",
    "x": "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"}"#;
const ED25519_THUMBPRINT: &str = "kPrK_qmxVWaYVA9wwBF6Iuo3vVzz7TxHCTwXBygrS4k";

/// The key of RFC 7515 §A.3.1.
const P256: &str = r#"{"kty": "EC", "crv": "P-256",
    "x": "f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU",
    "y": "x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0",
    "d": "jpsQnnGQmL-YBIffH1136cspYG6-0iY7X1fCE9-E9LI"}"#;

/// Settings of a server that keeps its keys in a file.
const SETTINGS: &str = "declare = ['state.toml']\nstore.enabled = false\nserver.issuer = 'http://localhost:8080'\n\
     keys.file = 'keys.pem'\n";

struct Place {
    database: TestDatabase,
    program: Program,
    mailer: TestClient,
    api: TestClient,
}

impl Place {
    async fn new() -> Self {
        let (database, program) = program().await;
        let (mailer, api, text) = declared();
        write(&database, "state.toml", &text);
        write(&database, "config.toml", SETTINGS);
        Self { database, program, mailer, api }
    }

    /// Puts a file of keys there that only its owner may read.
    fn put(&self, text: &str) {
        write(&self.database, "keys.pem", text);
        self.open_to(0o600);
    }

    fn open_to(&self, mode: u32) {
        let path = self.database.folder.join("keys.pem");
        fs::set_permissions(path, fs::Permissions::from_mode(mode)).unwrap();
    }

    fn keys(&self) -> String {
        fs::read_to_string(self.database.folder.join("keys.pem")).unwrap()
    }

    async fn token(&self, process: &Process) -> String {
        process.connect().await.unwrap().token(&self.mailer).await.unwrap()
    }

    async fn is_active(&self, process: &Process, token: &str) -> bool {
        process.connect().await.unwrap().is_active(&self.api, token).await.unwrap()
    }

    /// What the key of a refused start is told to be.
    fn refusal(&self) -> String {
        let outcome = self.program.attempt(&["serve"], "");
        assert_eq!(outcome.code, Some(2), "{outcome:?}");
        outcome.err
    }
}

async fn drawn(algorithms: &[SignatureAlgorithm]) -> String {
    OwnKeys::draw(algorithms).await.unwrap().to_string()
}

fn kid(token: &str) -> String {
    let header = URL_SAFE_NO_PAD.decode(token.split('.').next().unwrap()).unwrap();
    let header: Value = serde_json::from_slice(&header).unwrap();
    header["kid"].as_str().unwrap().to_owned()
}

async fn published(process: &Process) -> Vec<String> {
    let answer = process.connect().await.unwrap().get("/jwks.json").await.unwrap().json();
    let keys = answer["keys"].as_array().unwrap();
    keys.iter().map(|key| key["kid"].as_str().unwrap().to_owned()).collect()
}

fn mode(path: &Path) -> u32 {
    fs::metadata(path).unwrap().permissions().mode() & 0o777
}

async fn reload(process: &Process, answer: &str) {
    let before = process.log().matches(answer).count();
    process.signal("HUP");
    until(answer, async || process.log().matches(answer).count() > before).await;
}

#[tokio::test]
async fn the_first_start_on_this_machine_makes_it_and_jwts_outlive_a_restart() {
    let place = Place::new().await;

    let process = place.program.serve().await;
    let token = place.token(&process).await;
    let log = process.log();
    drop(process);
    let made = place.keys();
    let process = place.program.serve().await;

    assert!(log.contains("Signing keys were made: keys.pem. Back the file up"), "{log}");
    assert_eq!(mode(&place.database.folder.join("keys.pem")), 0o600);
    assert!(place.is_active(&process, &token).await);
    assert_eq!(kid(&place.token(&process).await), kid(&token));
    assert!(!process.log().contains("were made") && place.keys() == made);
    let files = ["config.toml", "keys.pem", "serve.log", "state.toml"];
    assert_eq!(files_in(&place.database.folder), files);
    drop(process);
    place.database.remove().await;
}

#[tokio::test]
async fn keys_in_memory_end_with_the_process() {
    let place = Place::new().await;
    write(&place.database, "config.toml", &SETTINGS.replace("keys.file", "#"));

    let process = place.program.serve().await;
    let token = place.token(&process).await;
    reload(&process, "reloaded: no setting has changed").await;
    assert!(place.is_active(&process, &token).await);
    drop(process);
    let process = place.program.serve().await;

    assert!(!place.is_active(&process, &token).await);
    drop(process);
    place.database.remove().await;
}

#[tokio::test]
async fn a_file_that_every_user_may_read_is_refused() {
    let place = Place::new().await;
    place.put(&drawn(&[Es256]).await);

    for open in [0o604, 0o644, 0o602, 0o666] {
        place.open_to(open);
        let refused = place.refusal();

        assert!(refused.contains("keys.file keys.pem is open to every user"), "{refused}");
        assert!(refused.contains("chmod 600 keys.pem"), "{refused}");
    }
    for private in [0o600, 0o640, 0o400] {
        place.open_to(private);
        drop(place.program.serve().await);
    }
    place.database.remove().await;
}

#[tokio::test]
async fn what_is_no_file_of_private_keys_is_refused() {
    let place = Place::new().await;
    let public = json!({"keys": [{"kty": "OKP", "crv": "Ed25519", "x": "11qY"}]}).to_string();
    let encrypted = "-----BEGIN ENCRYPTED PRIVATE KEY-----\nAAAA\n";

    for (text, told) in [
        ("hunter2", "keys.pem is neither PEM nor a JWK set"),
        ("", "keys.pem is neither PEM nor a JWK set"),
        (public.as_str(), "keys.pem key 1 has no private half, d"),
        (encrypted, "keys.pem holds an encrypted key; decrypt it with openssl pkcs8 -in FILE"),
    ] {
        place.put(text);
        let refused = place.refusal();

        assert!(refused.contains(&format!("keys.file {told}")), "{refused}");
        assert!(!refused.contains("hunter2"));
    }
    fs::remove_file(place.database.folder.join("keys.pem")).unwrap();
    fs::create_dir(place.database.folder.join("keys.pem")).unwrap();
    let refused = place.refusal();
    assert!(refused.contains("keys.file keys.pem is no file of keys"), "{refused}");
    place.database.remove().await;
}

#[tokio::test]
async fn every_algorithm_that_somebody_asks_for_needs_its_key() {
    let place = Place::new().await;
    let (_, _, text) = declared();
    let text = text.replace("\"mailer\"\n", "\"mailer\"\naccess_algorithm = \"EdDSA\"\n");
    write(&place.database, "state.toml", &text);
    place.put(&drawn(&[Es256]).await);

    let refused = place.refusal();
    fs::remove_file(place.database.folder.join("keys.pem")).unwrap();
    let process = place.program.serve().await;
    let token = place.token(&process).await;

    assert!(refused.contains("keys.file keys.pem has no key that signs EdDSA"), "{refused}");
    let made = OwnKeys::read(&place.keys()).unwrap();
    assert_eq!(made.signing(EdDsa), Some(kid(&token).as_str()));
    assert!(made.signing(Es256).is_some() && made.signing(Rs256).is_none());
    drop(process);
    place.database.remove().await;
}

#[tokio::test]
async fn keys_take_turns_without_a_restart() {
    let place = Place::new().await;
    let (old, new) = (drawn(&[Es256]).await, drawn(&[Es256]).await);
    place.put(&old);
    let process = place.program.serve().await;
    let before = place.token(&process).await;

    // Published, then signing, then alone.
    place.put(&format!("{old}{new}"));
    reload(&process, "reloaded: no setting has changed").await;
    assert_eq!(published(&process).await.len(), 2);
    assert_eq!(kid(&place.token(&process).await), kid(&before));
    place.put(&format!("{new}{old}"));
    reload(&process, "reloaded: no setting has changed").await;
    let after = place.token(&process).await;
    assert_ne!(kid(&after), kid(&before));
    assert!(place.is_active(&process, &before).await && place.is_active(&process, &after).await);
    place.put(&new);
    reload(&process, "reloaded: no setting has changed").await;

    assert_eq!(published(&process).await, [kid(&after)]);
    assert!(!place.is_active(&process, &before).await && place.is_active(&process, &after).await);
    // One that is lost is not made anew: what it signed would end.
    fs::remove_file(place.database.folder.join("keys.pem")).unwrap();
    reload(&process, "nothing was reloaded").await;
    assert!(place.is_active(&process, &after).await);
    drop(process);
    place.database.remove().await;
}

#[tokio::test]
async fn keys_of_others_are_read_in_the_forms_that_they_have() {
    let openssl = |arguments: &str| {
        let output = std::process::Command::new("openssl").args(arguments.split(' ')).output();
        String::from_utf8(output.unwrap().stdout).unwrap()
    };
    let curve = "-pkeyopt ec_paramgen_curve:P-256";
    for (pem, algorithm) in [
        (openssl(&format!("genpkey -algorithm EC {curve}")), Es256),
        (openssl("ecparam -name prime256v1 -genkey"), Es256),
        (openssl("genpkey -algorithm RSA -pkeyopt rsa_keygen_bits:2048"), Rs256),
        (openssl("genrsa -traditional 2048"), Rs256),
        (openssl("genpkey -algorithm ED25519"), EdDsa),
    ] {
        let keys = OwnKeys::read(&pem).unwrap_or_else(|fault| panic!("{fault}: {algorithm}"));
        assert!(keys.signing(algorithm).is_some());
    }
    let other_curve = openssl("genpkey -algorithm EC -pkeyopt ec_paramgen_curve:P-384");
    let small = openssl("genpkey -algorithm RSA -pkeyopt rsa_keygen_bits:1024");
    for pem in [other_curve, small] {
        let fault = OwnKeys::read(&pem).unwrap_err();
        assert_eq!(fault, "key 1 is not EC with P-256, RSA of 2048 bits or more, or Ed25519");
    }
}

#[test]
fn a_jwk_set_is_read_and_its_keys_are_named_by_their_thumbprints() {
    let keys = OwnKeys::read(&format!(r#"{{"keys": [{ED25519}, {P256}]}}"#)).unwrap();

    assert_eq!(keys.signing(EdDsa), Some(ED25519_THUMBPRINT));
    assert_eq!(keys.signing(Es256), Some("oKIywvGUpTVTyxMQ3bwIIeQUudfr_CkLMjCE19ECD-U"));
    let halves = P256.replace("x_FEzRu9", "x_FEzRu8");
    for (text, told) in [
        (format!(r#"{{"keys": [{ED25519}, {ED25519}]}}"#), "holds key 2 twice"),
        (format!(r#"{{"keys": [{halves}]}}"#), "key 1 is not whole, or not EC with P-256"),
        (r#"{"keys": []}"#.to_owned(), "holds no private key"),
        (ED25519.to_owned(), "is no JWK set of private keys"),
    ] {
        let fault = OwnKeys::read(&text).unwrap_err();
        assert!(fault.starts_with(told), "{fault}");
    }
    assert!(!format!("{keys:?}").contains("nWGxne"));
}

#[tokio::test]
async fn an_rsa_key_in_a_jwk_set_is_the_same_as_in_pem() {
    let pem = drawn(&[Rs256]).await;
    let der = pem.lines().filter(|line| !line.starts_with('-')).collect::<String>();
    let der = base64::engine::general_purpose::STANDARD.decode(der).unwrap();
    let numbers = integers_of_rsa(&der);
    let names = ["n", "e", "d", "p", "q", "dp", "dq", "qi"];
    let mut jwk = json!({"kty": "RSA", "kid": "some-name"});
    for (name, number) in names.iter().zip(&numbers) {
        jwk[*name] = json!(URL_SAFE_NO_PAD.encode(number));
    }
    let by_jwk = OwnKeys::read(&json!({"keys": [jwk]}).to_string()).unwrap();

    assert_eq!(by_jwk.signing(Rs256), OwnKeys::read(&pem).unwrap().signing(Rs256));
}

/// The numbers of an RSA key behind its version, in the order of RFC 8017 §A.1.2.
fn integers_of_rsa(pkcs8: &[u8]) -> Vec<Vec<u8>> {
    // PKCS #8 holds PKCS #1 in an octet string: the first one that holds a sequence.
    let place = pkcs8.windows(2).position(|pair| pair == [0x04, 0x82]).unwrap();
    let mut rest = &pkcs8[place + 4 + 4..];
    let mut numbers = Vec::new();
    while let [0x02, tail @ ..] = rest {
        let (length, tail) = match tail {
            [0x82, high, low, tail @ ..] => (usize::from(*high) * 256 + usize::from(*low), tail),
            [0x81, length, tail @ ..] | [length, tail @ ..] => (usize::from(*length), tail),
            [] => unreachable!(),
        };
        let (number, tail) = tail.split_at(length);
        numbers.push(number.iter().copied().skip_while(|byte| *byte == 0).collect());
        rest = tail;
    }
    numbers.remove(0);
    numbers
}
