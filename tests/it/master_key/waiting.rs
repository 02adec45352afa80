//! A new master key that waits to take the place of the old one in its file.

use std::{fs, path::PathBuf};

use base64::{Engine as _, engine::general_purpose::STANDARD};
use tessera::{
    acts::master_key::{self, NewFile},
    app::OpenError,
};

use crate::common::{Engine, TestDatabase, TestServer};

use super::{key_file, rewrap};

/// What a killed process leaves: the new key written, and perhaps in force, but not in its place.
#[tokio::test]
async fn a_start_ends_what_a_killed_rewrap_left_undone() {
    let server = TestServer::on(Engine::Sqlite).await;
    let database = server.database();
    let (path, waiting) = (key_file(&database), database.folder.join("tessera.db.key.new"));
    let client = server.machine("mailer", "read").await;
    let token = server.token(&client).await;
    let first = fs::read(&path).unwrap();

    // Killed before the commit: the new key was never in force.
    fs::write(&waiting, STANDARD.encode([9; 32])).unwrap();
    make_private(&waiting);
    let server = server.restarted(|_| ()).await;
    assert!(!waiting.exists() && server.is_active(&client, &token).await);

    // Killed after it: the new key is in force, and the old one still in its place.
    rewrap(&server, None).await.unwrap();
    let second = let_the_key_in_force_wait(&database, &first);
    let server = server.restarted(|_| ()).await;
    assert!(!waiting.exists() && server.is_active(&client, &token).await);
    assert_eq!(fs::read(&path).unwrap(), second);
    database.remove().await;
}

/// What a failure after the commit leaves: the key in force waits, and that of before is in its
/// place.
fn let_the_key_in_force_wait(database: &TestDatabase, before: &[u8]) -> Vec<u8> {
    let path = key_file(database);
    let in_force = fs::read(&path).unwrap();
    fs::rename(&path, database.folder.join("tessera.db.key.new")).unwrap();
    fs::write(&path, before).unwrap();
    make_private(&path);
    in_force
}

#[tokio::test]
async fn a_key_in_force_that_waits_is_never_written_over() {
    let server = TestServer::on(Engine::Sqlite).await;
    let database = server.database();
    let client = server.machine("mailer", "read").await;
    let token = server.token(&client).await;
    let first = fs::read(key_file(&database)).unwrap();
    rewrap(&server, None).await.unwrap();
    let second = let_the_key_in_force_wait(&database, &first);
    let holds = |path: &PathBuf, key: &[u8]| fs::read(path).is_ok_and(|bytes| bytes == key);
    let waiting = database.folder.join("tessera.db.key.new");

    // Where that of before cannot be read, and so not be kept, nothing is done.
    make_mode(&key_file(&database), 0o644);
    let refused = rewrap(&server, None).await.unwrap_err();
    assert!(refused.to_string().contains("chmod 600"), "{refused}");
    assert!(holds(&waiting, &second) && holds(&key_file(&database), &first));
    make_private(&key_file(&database));
    let done = rewrap(&server, None).await.unwrap();

    let Some(NewFile::Taken { path, old }) = done.file else { panic!("{done:?}") };
    assert!(holds(&old, &second) && !holds(&path, &second) && !waiting.exists());
    let folder = fs::read_dir(&database.folder).unwrap();
    let mut files = folder.map(|entry| entry.unwrap().path());
    assert!(files.any(|path| holds(&path, &first)), "the first opens backups too");
    let server = server.restarted(|_| ()).await;
    assert!(server.is_active(&client, &token).await);
    database.remove().await;
}

#[tokio::test]
async fn a_key_that_could_not_take_its_place_does_not_come_to_be_in_force() {
    let server = TestServer::on(Engine::Sqlite).await;
    let database = server.database();
    let (path, waiting) = (key_file(&database), database.folder.join("tessera.db.key.new"));
    let first = fs::read(&path).unwrap();

    make_mode(&path, 0o644);
    let refused = rewrap(&server, None).await.unwrap_err();
    assert!(refused.to_string().contains("is open to every user; chmod 600"), "{refused}");
    fs::write(&path, STANDARD.encode([9; 32])).unwrap();
    make_private(&path);
    let refused = rewrap(&server, None).await.unwrap_err();
    assert!(refused.to_string().contains("holds a key that is not in force"), "{refused}");

    assert!(master_key::is_in_force(&server.app).await.unwrap() && !waiting.exists());
    // Gone altogether, it is still in memory.
    fs::remove_file(&path).unwrap();
    let done = rewrap(&server, None).await.unwrap();
    let Some(NewFile::Taken { old, .. }) = done.file else { panic!("{done:?}") };
    assert_eq!(fs::read(old).unwrap(), first);
    server.try_restart(|_| ()).await.unwrap();
    database.remove().await;
}

/// A new key that waits and is not in force is put aside only where the other is.
#[tokio::test]
async fn of_two_keys_that_are_both_wrong_none_is_thrown_away() {
    let server = TestServer::on(Engine::Sqlite).await;
    let database = server.database();
    let (path, waiting) = (key_file(&database), database.folder.join("tessera.db.key.new"));
    for (file, byte) in [(&path, 7), (&waiting, 8)] {
        fs::write(file, STANDARD.encode([byte; 32])).unwrap();
        make_private(file);
    }

    let refused = server.try_restart(|_| ()).await.unwrap_err();

    assert!(matches!(refused, OpenError::MasterKey { .. }), "{refused:?}");
    assert!(path.exists() && waiting.exists());
    database.remove().await;
}

fn make_private(path: &PathBuf) {
    make_mode(path, 0o600);
}

fn make_mode(path: &PathBuf, mode: u32) {
    use std::os::unix::fs::PermissionsExt;
    fs::set_permissions(path, fs::Permissions::from_mode(mode)).unwrap();
}
