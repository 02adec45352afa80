//! Files with secrets and keys that settings name: `config check` says what a start would.

use std::{fs, os::unix::fs::PermissionsExt};

use crate::common::{
    Engine, TestDatabase,
    process::{Outcome, Program},
};

const SAMPLE: &str = "your-256-bit-secret-key-here-minimum-32-characters";
const SECRET: &str = "jwt-secret-jwt-secret-jwt-secret";
const JWT: &str = "[jwt]\niss = 'auth.example.com'\nexp = 60\nalg = 'HS256'\n\
                   secret = 'file:jwt.secret'\n";
const LOCAL: &str = "server.issuer = 'http://localhost:8080'\n";
const PUBLIC: &str = "server.issuer = 'https://id.example'\n";

struct Place {
    database: TestDatabase,
    program: Program,
}

impl Place {
    async fn new(settings: &str) -> Self {
        let database = TestDatabase::create(Engine::Sqlite).await;
        let program = Program::on(&database)
            .without("TESSERA_SERVER__ISSUER")
            .without("TESSERA_STORE__URL")
            .without("TESSERA_LOG__LEVEL");
        let place = Self { database, program };
        place.settings(settings);
        place
    }

    fn settings(&self, text: &str) {
        fs::write(self.database.folder.join("config.toml"), text).unwrap();
    }

    fn put(&self, name: &str, text: &str, mode: u32) {
        let path = self.database.folder.join(name);
        fs::write(&path, text).unwrap();
        fs::set_permissions(path, fs::Permissions::from_mode(mode)).unwrap();
    }

    fn check(&self) -> Outcome {
        self.program.attempt(&["config", "check"], "")
    }

    /// Both refuse for this reason.
    fn assert_refused(&self, why: &str) {
        for command in [&["config", "check"][..], &["serve"]] {
            let outcome = self.program.attempt(command, "");
            assert_eq!(outcome.code, Some(2), "{command:?} {outcome:?}");
            assert!(outcome.err.contains(why), "{command:?} {}", outcome.err);
        }
    }
}

#[tokio::test]
async fn what_is_wrong_with_the_file_of_a_jwt_secret_is_told_before_a_start() {
    let place = Place::new(&format!("{PUBLIC}{JWT}")).await;

    place.assert_refused("jwt.secret can't be read: No such file");
    let path = place.database.folder.join("jwt.secret");
    fs::create_dir(&path).unwrap();
    place.assert_refused("jwt.secret is no regular file");
    fs::remove_dir(path).unwrap();
    assert!(place.check().err.contains("from  config.toml, line 6"), "{}", place.check().err);
    place.put("jwt.secret", SAMPLE, 0o600);
    place.assert_refused("jwt.secret is the sample of a public documentation");
    place.put("jwt.secret", "short", 0o600);
    place.assert_refused("jwt.secret has 5 bytes, and HS256 needs 32");
    for mode in [0o604, 0o602] {
        place.put("jwt.secret", SECRET, mode);
        place.assert_refused("jwt.secret is open to every user");
    }
    place.put("jwt.secret", SECRET, 0o640);
    let sound = place.check();
    assert!(sound.code == Some(0) && !sound.err.contains("jwt"), "{sound:?}");
    place.database.remove().await;
}

#[tokio::test]
async fn on_this_machine_the_sample_in_a_file_is_warned_of() {
    let place = Place::new(&format!("{LOCAL}{JWT}")).await;
    place.put("jwt.secret", SAMPLE, 0o600);

    let checked = place.check();
    let mut process = place.program.serve().await;
    process.terminate();
    assert!(process.ended().await.success());

    let warning = "jwt.secret is the sample of a public documentation";
    assert!(checked.code == Some(0) && checked.err.contains(warning), "{checked:?}");
    assert!(process.log().contains(warning), "{}", process.log());
    place.database.remove().await;
}

#[tokio::test]
async fn what_is_wrong_with_the_file_of_keys_is_told_before_a_start() {
    let settings = "store.enabled = false\nkeys.file = 'keys.pem'\n";
    let place = Place::new(&format!("{PUBLIC}{settings}")).await;

    place.assert_refused("keys.pem can't be read: No such file");
    place.put("keys.pem", "rubbish", 0o600);
    place.assert_refused("keys.pem is neither PEM nor a JWK set");
    place.put("keys.pem", "rubbish", 0o644);
    place.assert_refused("keys.pem is open to every user");
    fs::remove_file(place.database.folder.join("keys.pem")).unwrap();
    // Here a first start makes it.
    place.settings(&format!("{LOCAL}{settings}"));
    assert_eq!(place.check().code, Some(0));
    fs::create_dir(place.database.folder.join("keys.pem")).unwrap();
    place.assert_refused("keys.pem is no file of keys");
    place.database.remove().await;
}
