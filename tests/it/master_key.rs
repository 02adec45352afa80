//! The master key: another in its place, and what a server with the old one may do.

mod waiting;

use std::{fs, path::PathBuf, time::Duration};

use base64::{Engine as _, engine::general_purpose::STANDARD};
use tessera::{
    acts::{
        self,
        master_key::{self, NewFile, Rewrapped},
    },
    app::OpenError,
    config::{Config, MasterBytes, MasterSource},
    model::token_format::TokenFormat,
    tokens::Error,
};

use crate::common::{Engine, TestDatabase, TestServer, on_each_engine, server::operator};

on_each_engine!(
    tokens_outlive_the_master_key,
    the_server_that_replaced_it_goes_on_making_envelope_keys,
    a_trial_changes_nothing,
    a_key_that_is_in_force_already_is_refused,
    a_lost_master_key_costs_the_tokens_and_nothing_else,
);

const QUARTER: Duration = Duration::from_hours(91 * 24);

pub(crate) fn new_key() -> MasterBytes {
    MasterBytes::decode(&STANDARD.encode([42; 32])).unwrap()
}

pub(crate) async fn rewrap(
    server: &TestServer,
    new: Option<MasterBytes>,
) -> acts::Result<Rewrapped> {
    master_key::rewrap(&server.app, &operator(), new, false).await
}

/// The key that the test's server was opened with.
fn old_key(server: &TestServer) -> MasterBytes {
    match (server.database().engine, &server.app.config().keys.master) {
        (Engine::Sqlite, _) => {
            MasterBytes::decode(&fs::read_to_string(key_file(&server.database())).unwrap()).unwrap()
        }
        (_, MasterSource::Value(bytes)) => bytes.clone(),
        other => panic!("{other:?}"),
    }
}

fn key_file(database: &TestDatabase) -> PathBuf {
    database.folder.join("tessera.db.key")
}

fn with(key: &MasterBytes) -> impl FnOnce(&mut Config) {
    let key = MasterSource::Value(key.clone());
    move |config| config.keys.master = key
}

async fn tokens_outlive_the_master_key(server: TestServer) {
    let (old, new) = (old_key(&server), new_key());
    let client = server.machine("mailer", "read").await;
    let reference = server.token(&client).await;
    let server = server.restarted(|config| config.tokens.access.format = TokenFormat::Jwt).await;
    let jwt = server.token(&client).await;

    let done = rewrap(&server, Some(new.clone())).await.unwrap();

    assert_eq!(done.envelope_keys, 1);
    assert!(master_key::is_in_force(&server.app).await.unwrap());
    let server = server.restarted(with(&new)).await;
    for token in [&reference, &jwt] {
        assert_eq!(server.introspect(&client, token).await["sub"], "mailer");
    }
    let refused = server.try_restart(with(&old)).await.unwrap_err();
    assert!(matches!(refused, OpenError::MasterKey { .. }), "{refused:?}");
}

async fn the_server_that_replaced_it_goes_on_making_envelope_keys(server: TestServer) {
    let new = new_key();
    let client = server.machine("mailer", "read").await;
    rewrap(&server, Some(new.clone())).await.unwrap();

    server.advance(QUARTER);
    server.app.tokens.sealer().renew(&server.app.store, server.now()).await.unwrap();
    let token = server.token(&client).await;

    let server = server.restarted(with(&new)).await;
    assert!(server.is_active(&client, &token).await);
    assert_eq!(server.app.store.read().await.unwrap().seal_keys().await.unwrap().len(), 2);
}

async fn a_trial_changes_nothing(server: TestServer) {
    let files = |server: &TestServer| fs::read_dir(server.database().folder).unwrap().count();
    let before = files(&server);

    let done = master_key::rewrap(&server.app, &operator(), Some(new_key()), true).await.unwrap();

    assert_eq!((done.envelope_keys, files(&server)), (1, before));
    assert!(master_key::is_in_force(&server.app).await.unwrap());
    server.try_restart(|_| ()).await.unwrap();
}

async fn a_key_that_is_in_force_already_is_refused(server: TestServer) {
    let old = old_key(&server);

    let refused = rewrap(&server, Some(old)).await.unwrap_err();

    assert_eq!(refused.to_string(), "the new master key is the one in force");
    assert!(server.try_restart(|_| ()).await.is_ok());
}

#[tokio::test]
async fn where_none_can_be_put_one_has_to_be_given() {
    let server = TestServer::on(Engine::Postgres).await;

    let refused = rewrap(&server, None).await.unwrap_err();

    assert_eq!(refused.to_string(), "say where the new master key is");
    server.database().remove().await;
}

#[tokio::test]
async fn a_server_with_the_old_key_serves_on_and_makes_no_envelope_key() {
    let here = TestServer::on(Engine::Postgres).await;
    let there = here.neighbour().await;
    let client = here.machine("mailer", "read").await;
    rewrap(&here, Some(new_key())).await.unwrap();

    let token = there.token(&client).await;
    assert!(here.is_active(&client, &token).await && there.is_active(&client, &token).await);
    assert!(!master_key::is_in_force(&there.app).await.unwrap());
    there.advance(QUARTER);
    let refused = there.app.tokens.sealer().renew(&there.app.store, there.now()).await;
    assert!(matches!(refused, Err(Error::OtherMaster)), "{refused:?}");
    let count = async || here.app.store.read().await.unwrap().seal_keys().await.unwrap().len();
    assert_eq!(count().await, 1);
    // What the other makes is more than it can open, and it says why.
    here.app.tokens.sealer().renew(&here.app.store, here.now()).await.unwrap();
    let refused = there.app.tokens.sealer().renew(&there.app.store, there.now()).await;
    assert!(matches!(refused, Err(Error::OtherMaster)), "{refused:?}");
    let second = rewrap(&there, None).await.unwrap_err();
    assert!(matches!(second, acts::Error::Invalid(_)));
    let third = MasterBytes::decode(&STANDARD.encode([43; 32])).unwrap();
    let second = rewrap(&there, Some(third)).await.unwrap_err();
    assert!(second.to_string().starts_with("somebody else put another"), "{second}");
    here.database().remove().await;
}

#[tokio::test]
async fn beside_an_sqlite_file_a_new_key_takes_the_place_of_the_old() {
    let server = TestServer::on(Engine::Sqlite).await;
    let database = server.database();
    let before = fs::read_to_string(key_file(&database)).unwrap();
    let client = server.machine("mailer", "read").await;
    let token = server.token(&client).await;

    let done = rewrap(&server, None).await.unwrap();

    let Some(NewFile::Taken { path, old }) = done.file else { panic!("{done:?}") };
    assert_eq!(path, key_file(&database));
    assert_ne!(fs::read_to_string(&path).unwrap(), before);
    assert_eq!(fs::read_to_string(&old).unwrap(), before);
    for file in [&path, &old] {
        let mode = std::os::unix::fs::MetadataExt::mode(&fs::metadata(file).unwrap());
        assert_eq!(mode & 0o777, 0o600, "{}", file.display());
    }
    let server = server.restarted(|_| ()).await;
    assert!(server.is_active(&client, &token).await);
    database.remove().await;
}

#[tokio::test]
async fn a_database_of_before_asks_for_the_key_of_then() {
    let server = TestServer::on(Engine::Sqlite).await;
    let database = server.database();
    database.execute("CREATE TABLE before AS SELECT * FROM instance").await;
    let done = rewrap(&server, None).await.unwrap();
    let Some(NewFile::Taken { old, .. }) = done.file else { panic!("{done:?}") };
    let sql = "UPDATE instance SET master_check = (SELECT master_check FROM before)";
    database.execute(sql).await;

    let refused = server.try_restart(|_| ()).await.unwrap_err();

    let OpenError::MasterKey { remedy, .. } = refused else { panic!("{refused:?}") };
    assert!(remedy.contains(&format!("cp {}", old.display())), "{remedy}");
    database.remove().await;
}

/// What docs/operations/keys.md says under "It is lost".
async fn a_lost_master_key_costs_the_tokens_and_nothing_else(server: TestServer) {
    let page = fs::read_to_string("docs/operations/keys.md").unwrap();
    let (_, sql) = page.split_once("```sql\n").unwrap();
    let (sql, _) = sql.split_once("```").unwrap();
    let database = server.database();
    let client = server.machine("mailer", "read").await;
    let reference = server.token(&client).await;
    let server = server.restarted(|config| config.tokens.access.format = TokenFormat::Jwt).await;
    let jwt = server.token(&client).await;
    if database.engine == Engine::Sqlite {
        fs::remove_file(key_file(&database)).unwrap();
    }

    for statement in sql.lines().filter(|line| !["BEGIN;", "COMMIT;"].contains(line)) {
        database.execute(statement).await;
    }

    let is_sqlite = database.engine == Engine::Sqlite;
    let server = server
        .restarted(|config| {
            if !is_sqlite {
                with(&new_key())(config);
            }
        })
        .await;
    for token in [&reference, &jwt] {
        assert!(!server.is_active(&client, token).await);
    }
    let token = server.token(&client).await;
    assert!(server.is_active(&client, &token).await);
}
