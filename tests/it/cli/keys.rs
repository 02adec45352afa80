//! Keys by the command line.

use std::{fs, os::unix::fs::PermissionsExt};

use super::program::{Place, stores};
use crate::common::{Engine, until::until};

/// A master key that nobody has yet.
const MASTER: &str = "KioqKioqKioqKioqKioqKioqKioqKioqKioqKioqKio=";

fn private(place: &Place, name: &str, text: &str) {
    let path = place.write(name, text);
    fs::set_permissions(path, fs::Permissions::from_mode(0o600)).unwrap();
}

#[tokio::test]
async fn a_key_is_rotated_listed_and_withdrawn() {
    for engine in stores() {
        let place = Place::with_store(engine).await;
        let first = place.run("key list --json").expect(0).objects()[0].clone();
        assert_eq!((&first["state"], &first["next_step"]), (&"active".into(), &"stage".into()));
        let first = first["kid"].as_str().unwrap().to_owned();

        let preview = place.run("key rotate --dry-run").expect(0);
        assert!(preview.out.starts_with("A new key would sign ES256 from "), "{}", preview.out);
        assert!(preview.out.ends_with(&format!(", in the place of {first}\n")), "{}", preview.out);
        let staged = place.run("key rotate ES256 --json").expect(0).objects()[0].clone();
        assert_eq!((&staged["changed"], &staged["in_place_of"]), (&true.into(), &(&*first).into()));
        let again = place.run("key rotate").expect(0);
        assert!(again.err.contains("was published before; it signs from"), "{}", again.err);

        let at_once = place.run("key rotate --now").expect(0);
        let second = staged["kid"].as_str().unwrap();
        assert!(at_once.err.contains(&format!("{second} (ES256) signs now")), "{}", at_once.err);
        assert!(at_once.err.contains("refuse new tokens until they read"), "{}", at_once.err);

        let asked = place.run(&format!("key withdraw {second}")).expect(2);
        assert!(asked.err.contains("which signs ES256") && asked.err.contains("--yes"));
        let done = place.run(&format!("key withdraw {second} --reason leaked --yes")).expect(0);
        assert!(done.err.contains(&format!("Withdrew {second}; k-")), "{}", done.err);
        let list = place.run("key list").expect(0).out;
        for (kid, state) in [(&*first, "retiring"), (second, "withdrawn")] {
            let line = list.lines().find(|line| line.starts_with(kid)).unwrap();
            assert!(line.contains(state) && line.contains("dropped"), "{line}");
        }
        assert_eq!(list.matches("active").count(), 1, "{list}");
        place.database.remove().await;
    }
}

#[tokio::test]
async fn a_server_takes_the_steps_that_are_due() {
    for engine in stores() {
        let place = Place::with_store(engine).await;
        place.run("key list").expect(0);
        let due = "UPDATE signing_keys SET activate_at = activate_at - 7776000000";
        place.database.execute(due).await;
        let server = place.serve();

        until("the successor is published", async || {
            place.run("key list --json").expect(0).objects().len() == 2
        })
        .await;

        let keys = place.run("key list --json").expect(0).objects();
        assert_eq!((&keys[0]["state"], &keys[1]["state"]), (&"active".into(), &"staged".into()));
        let (_, said) = server.end_by("TERM");
        assert!(said.contains("job:keys: key.staged"), "{said}");
        place.database.remove().await;
    }
}

#[tokio::test]
async fn what_cannot_be_done_with_a_key_is_said() {
    let place = Place::with_store(Engine::Sqlite).await;

    for (line, code, said) in [
        ("key rotate HS256", 2, "HS256"),
        ("key rotate EdDSA", 1, "there is no key for EdDSA, and nobody uses it"),
        ("key withdraw k-00-none --yes", 1, "there is no key named k-00-none"),
        ("key rewrap --new-key none.key", 3, "can't read none.key"),
    ] {
        let done = place.run(line).expect(code);
        assert!(done.err.contains(said), "{line}: {}", done.err);
    }
    place.database.remove().await;
}

#[tokio::test]
async fn a_new_master_key_is_read_with_care() {
    let place = Place::with_store(Engine::Postgres).await;
    place.write("open.key", MASTER);
    private(&place, "short.key", "AAAA");
    private(&place, "bad.key", "hunter2!");
    private(&place, "same.key", "+/v7+/v7+/v7+/v7+/v7+/v7+/v7+/v7+/v7+/v7+/s=");

    for (line, code, said) in [
        ("key rewrap", 2, "the new master key is missing"),
        ("key rewrap --new-key open.key", 3, "it is open to every user"),
        ("key rewrap --new-key short.key", 2, "the new master key is not 32 bytes long"),
        ("key rewrap --new-key bad.key", 2, "the new master key is not base64"),
        ("key rewrap --new-key same.key", 2, "the new master key is the one in force"),
    ] {
        let done = place.run(line).expect(code);
        assert!(done.err.contains(said), "{line}: {}", done.err);
        assert!(!done.err.contains("hunter2"), "{}", done.err);
    }
    place.database.remove().await;
}

#[tokio::test]
async fn a_master_key_is_replaced_on_postgres() {
    let mut place = Place::with_store(Engine::Postgres).await;
    place.run("client add mailer --scope a").expect(0);
    let token = place.run("token issue --client mailer").expect(0).out;

    let trial = place.run_with(&["key", "rewrap", "--new-key", "-", "--dry-run"], MASTER).expect(0);
    assert_eq!(trial.out, "1 envelope key would be sealed under the new master key\n");
    let done = place.run_with(&["key", "rewrap", "--new-key", "-"], MASTER).expect(0);
    assert!(done.err.contains("Set keys.master to the new key on every server"), "{}", done.err);

    let refused = place.run("token list").expect(3);
    assert!(refused.err.contains("not the one that this database is sealed with"));
    place.set("TESSERA_KEYS__MASTER", MASTER);
    place.run_with(&["token", "inspect", "-"], &token).expect(0);
    place.database.remove().await;
}

#[tokio::test]
async fn a_master_key_is_replaced_beside_a_running_server() {
    let place = Place::new(Engine::Sqlite).await;
    let server = place.serve();
    place.run("client add mailer --scope a").expect(0);
    let token = place.run("token issue --client mailer").expect(0).out;
    private(&place, "new.key", MASTER);

    let done = place.run("key rewrap --new-key new.key --json").expect(0).objects()[0].clone();

    assert_eq!(done["envelope_keys"], 1);
    let file = done["key_file"].as_str().unwrap();
    assert_eq!(fs::read_to_string(file).unwrap().trim(), MASTER);
    let old = done["old_key_file"].as_str().unwrap();
    assert!(old.contains("tessera.db.key.old-"), "{old}");
    place.run_with(&["token", "inspect", "-"], &token).expect(0);
    let (code, said) = server.end_by("TERM");
    assert_eq!(code, Some(0), "{said}");
    place.run_with(&["token", "inspect", "-"], &token).expect(0);
    place.database.remove().await;
}

#[tokio::test]
async fn a_backup_names_the_file_that_holds_the_key_in_force() {
    let place = Place::with_store(Engine::Sqlite).await;
    let done = place.run("key rewrap --json").expect(0).objects()[0].clone();
    let [path, old] = ["key_file", "old_key_file"].map(|name| done[name].as_str().unwrap());

    let plain = place.run("db backup a.db").expect(0);
    // As a failure after the commit leaves them.
    fs::rename(path, format!("{path}.new")).unwrap();
    fs::copy(old, path).unwrap();
    let waiting = place.run("db backup b.db").expect(0);

    assert!(plain.err.contains("tessera.db.key.\n"), "{}", plain.err);
    assert!(waiting.err.contains("tessera.db.key.new.\n"), "{}", waiting.err);
    place.database.remove().await;
}
