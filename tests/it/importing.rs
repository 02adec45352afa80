//! `tessera config import`: other systems' settings, written where a server finds them.

use std::{fs, os::unix::fs::PermissionsExt, path::Path};

use serde_json::json;
use tessera::{
    hashing::{Attempt, Hasher},
    model::{
        secret::{Random, Secret},
        timestamp::Timestamp,
    },
};

use crate::{
    cli::program::{Place, stores},
    common::Engine,
    origins::assert_sound,
};

/// A configuration of Auth-O-Tron with something of everything.
const WHOLE: &str = r#"
version: "2.0.0"
server: {host: 127.0.0.1, port: 8080}
metrics: {enabled: false}
logging: {level: info, format: json}
store: {enabled: true, type: mongo, uri: "mongodb://u:hunter2@h/x", database: x}
jwt: {iss: here, exp: 3600, secret: "jwt-secret-jwt-secret-jwt-secret"}
providers:
  - type: plain
    name: local
    realm: internal
    users:
      - {username: alice, password: alicepass123, roles: [admin, developer]}
      - username: bob
        password_hash: "$argon2id$v=19$m=19456,t=2,p=1$YXV0aG90cm9uLWRvYy0wNg$yVm3rzolxmoIYoxZyU/TR7q/PYcU73TsTxUdmXxyIRA"
  - {type: ecmwf-api, name: api, realm: ecmwf, uri: "https://api.example"}
"#;

/// What must never be printed.
const SECRETS: &[&str] = &["hunter2", "alicepass123", "jwt-secret-jwt", "$argon2id$"];

fn mode(path: &Path) -> u32 {
    fs::metadata(path).unwrap().permissions().mode() & 0o777
}

async fn verifies(hash: &str, password: &str) -> bool {
    let attempt = Attempt { guesser: "test".to_owned(), at: Timestamp(0) };
    let hasher = Hasher::new(Random::system());
    let password = Secret::new(password.to_owned());
    hasher.verify(&password, &[hash], &attempt).await.unwrap().is_some()
}

#[tokio::test]
async fn a_folder_gets_settings_users_and_secrets_that_only_their_owner_reads() {
    for engine in stores() {
        let place = Place::with_store(engine).await;
        place.write("auth-o-tron.yaml", WHOLE);
        let folder = place.database.folder.join("out");

        let done = place.run("config import auth-o-tron.yaml --out out").expect(1);

        assert_eq!(done.out, "out/config.toml\nout/users.toml\nout/jwt.secret\n");
        assert!(!SECRETS.iter().any(|secret| done.err.contains(secret)), "{}", done.err);
        assert!(done.err.contains("Left out: store.uri"), "{}", done.err);
        assert!(done.err.contains("Left out: providers[1] \"api\" (ecmwf-api)"), "{}", done.err);
        let modes = ["users.toml", "jwt.secret"].map(|name| mode(&folder.join(name)));
        assert_eq!(modes, [0o600, 0o600]);
        let config = fs::read_to_string(folder.join("config.toml")).unwrap();
        assert!(!SECRETS.iter().any(|secret| config.contains(secret)), "{config}");
        assert!(config.contains("declare = [\"users.toml\"]"), "{config}");
        let secret = folder.join("jwt.secret");
        assert!(config.contains(&format!("secret = \"file:{}\"", secret.display())), "{config}");
        assert_eq!(fs::read_to_string(secret).unwrap(), "jwt-secret-jwt-secret-jwt-secret");
        assert_sound(&config);

        place.run("apply out/users.toml").expect(0);
        let shown = place.run("export --only users --with-hashes --json").expect(0).objects();
        let [alice, bob] = [&shown[0], &shown[1]];
        assert_eq!((&alice["realm"], &alice["username"]), (&json!("internal"), &json!("alice")));
        assert_eq!(alice["roles"], json!(["admin", "developer"]));
        for (user, password) in [(alice, "alicepass123"), (bob, "bobpass456")] {
            let hash = user["password"]["hash"].as_str().unwrap();
            assert!(verifies(hash, password).await && !verifies(hash, "other").await);
        }
        place.database.remove().await;
    }
}

#[tokio::test]
async fn nothing_is_written_over_and_what_fails_leaves_nothing() {
    let place = Place::new(Engine::Sqlite).await;
    place.write("auth-o-tron.yaml", WHOLE);
    place.write("jwt.secret", "mine");

    let done = place.run("config import auth-o-tron.yaml --out .").expect(3);

    assert!(done.err.contains("can't write ./jwt.secret"), "{}", done.err);
    assert!(done.err.contains("next    name another folder, or move it away"), "{}", done.err);
    let mut files = place.files();
    files.sort();
    assert_eq!(
        (files, done.out),
        (vec!["auth-o-tron.yaml".into(), "jwt.secret".into()], String::new())
    );
    assert_eq!(fs::read_to_string(place.database.folder.join("jwt.secret")).unwrap(), "mine");
    place.database.remove().await;
}

#[tokio::test]
async fn without_a_folder_all_is_printed_but_secrets_are_not_unless_asked_for() {
    let place = Place::new(Engine::Sqlite).await;

    let plain = place.run_with(&["config", "import", "-"], WHOLE).expect(1);
    let asked = place.run_with(&["config", "import", "-", "--with-secrets"], WHOLE).expect(1);

    let all = plain.out.clone() + &plain.err;
    assert!(!SECRETS.iter().any(|secret| all.contains(secret)), "{all}");
    assert!(plain.out.contains("# password: set, and left out"), "{}", plain.out);
    assert!(plain.out.contains("secret = \"file:jwt.secret\""), "{}", plain.out);
    assert!(asked.out.contains("secret = \"jwt-secret-jwt-secret-jwt-secret\""), "{}", asked.out);
    assert_eq!(asked.out.matches("hash = \"$argon2id$").count(), 2);
    assert!(!(asked.out + &asked.err).contains("hunter2"));
    place.database.remove().await;
}

#[tokio::test]
async fn a_program_gets_an_object_for_each_file_and_remark() {
    let place = Place::new(Engine::Sqlite).await;
    place.write("old.yaml", "version: 2.0.0\nservers: {port: 1}\n");

    let printed = place.run("config import old.yaml --json").expect(1).objects();
    let written = place.run("config import old.yaml --json --out new").expect(1).objects();

    assert_eq!(printed[0]["path"], "config.toml");
    assert!(printed[0]["text"].as_str().unwrap().contains("enabled = false"), "{printed:?}");
    let remark = json!({
        "kind": "remark", "left_out": true, "key": "servers", "from": "old.yaml, line 2",
        "problem": "is no key that Auth-O-Tron has, and does nothing there",
        "next": "if server was meant, correct it and import again",
    });
    assert_eq!(printed[1], remark);
    let file = json!({"kind": "file", "path": "new/config.toml", "mode": "0644"});
    assert_eq!(written, [remark, file]);
    place.database.remove().await;
}

#[tokio::test]
async fn what_cannot_be_imported_changes_nothing() {
    let place = Place::new(Engine::Sqlite).await;
    let hash = "$2b$12$abcdefghijklmnopqrstuv";
    let text = format!(
        "providers: [{{type: plain, realm: a, users: [{{username: x, password_hash: '{hash}'}}]}}]"
    );
    place.write("old.yaml", &text);

    let hashed = place.run("config import old.yaml --out new").expect(2);
    let missing = place.run("config import nothing.yaml --out new").expect(3);
    let realm = place.run("config import old.yaml --realm a").expect(2);

    assert!(hashed.err.contains("users.a/x   has a password_hash that is no argon2id hash"));
    assert!(hashed.err.contains("\n    from  old.yaml, line 1\n"), "{}", hashed.err);
    assert!(!hashed.err.contains(hash), "{}", hashed.err);
    assert!(missing.err.contains("can't read nothing.yaml"), "{}", missing.err);
    assert!(realm.err.contains("write OLD=NEW"), "{}", realm.err);
    assert!(!place.database.folder.join("new").exists());
    place.database.remove().await;
}

#[tokio::test]
async fn a_secret_that_would_be_read_as_a_path_is_not_printed() {
    let place = Place::new(Engine::Sqlite).await;
    let text =
        WHOLE.replace("jwt-secret-jwt-secret-jwt-secret", "file:jwt-secret-jwt-secret-jwt-secret");

    let asked = place.run_with(&["config", "import", "-", "--with-secrets"], &text).expect(1);

    assert!(asked.out.contains("secret = \"file:jwt.secret\""), "{}", asked.out);
    assert!(asked.err.contains("Left out: jwt.secret begins with file:"), "{}", asked.err);
    assert!(!(asked.out + &asked.err).contains("jwt-secret-jwt"));
    place.database.remove().await;
}

#[tokio::test]
async fn a_check_of_settings_with_a_store_judges_declared_files_as_a_start_would() {
    let place = Place::new(Engine::Sqlite).await;
    place.write("settings.toml", "declare = ['users.toml']\n");
    let users = "[[users]]\nusername = 'a'\n";
    place.write("users.toml", users);
    place.run("config check --config settings.toml").expect(0);

    place.write("users.toml", &format!("{users}attributes = {{exp = 'soon'}}\n"));
    let checked = place.run("config check --config settings.toml").expect(2);
    let shown = place.run("config show --config settings.toml").expect(0);

    assert!(checked.err.contains("users.default/a.attributes"), "{}", checked.err);
    assert!(checked.err.contains("exp is no moment"), "{}", checked.err);
    assert!(shown.out.contains("declare"), "{}", shown.out);
    fs::remove_file(place.database.folder.join("users.toml")).unwrap();
    let missing = place.run("config check --config settings.toml").expect(2);
    assert!(missing.err.contains("users.toml"), "{}", missing.err);
    place.database.remove().await;
}
