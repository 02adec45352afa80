//! Opening a store: its schema, its owner, its master key.

use std::os::unix::fs::PermissionsExt;

use tessera::{
    app::OpenError,
    config::{MasterSource, Migrate},
    store::Error as StoreError,
};

use crate::common::{Engine, TestDatabase, TestServer, on_each_engine};

on_each_engine!(
    opening_again_changes_nothing,
    a_schema_that_needs_a_newer_binary_is_refused,
    a_newer_neighbour_that_we_can_live_with_is_no_hindrance,
    another_master_key_is_refused,
    migrating_may_be_switched_off,
);

async fn opening_again_changes_nothing(server: TestServer) {
    let client = server.machine("mailer", "read").await;
    let token = server.token(&client).await;

    let server = server.restarted(|_| ()).await;

    assert!(server.is_active(&client, &token).await);
}

async fn a_schema_that_needs_a_newer_binary_is_refused(server: TestServer) {
    server.database().execute("UPDATE instance SET oldest_schema = 99").await;

    let refused = server.try_restart(|_| ()).await.unwrap_err();

    assert!(
        matches!(refused, OpenError::Store(StoreError::NewerSchema { needed: 99, .. })),
        "{refused:?}"
    );
}

async fn a_newer_neighbour_that_we_can_live_with_is_no_hindrance(server: TestServer) {
    let sql = "INSERT INTO refinery_schema_history (version, name, applied_on, checksum)
               VALUES (98, 'later', '2027-01-01T00:00:00Z', '1')";
    server.database().execute(sql).await;

    assert!(server.try_restart(|_| ()).await.is_ok());
}

async fn another_master_key_is_refused(server: TestServer) {
    let other = tessera::config::MasterBytes::decode(&format!("{}A", "B".repeat(42))).unwrap();

    let refused = server
        .try_restart(|config| config.keys.master = MasterSource::Value(other))
        .await
        .unwrap_err();

    assert!(matches!(refused, OpenError::MasterKey { .. }), "{refused:?}");
    assert!(!refused.to_string().contains("BBBB"));
}

async fn migrating_may_be_switched_off(server: TestServer) {
    let server = server.restarted(|config| config.store.migrate = Migrate::Check).await;
    server.database().execute("DELETE FROM refinery_schema_history").await;

    let refused = server.try_restart(|_| ()).await.unwrap_err();

    assert!(
        matches!(refused, OpenError::Store(StoreError::OlderSchema { applied: 0, .. })),
        "{refused:?}"
    );
}

#[tokio::test]
async fn an_sqlite_file_has_one_owner() {
    let server = TestServer::on(Engine::Sqlite).await;

    let refused = server.try_neighbour().await.unwrap_err();

    assert!(matches!(refused, OpenError::Store(StoreError::Owned(_))), "{refused:?}");
    server.database().remove().await;
}

#[tokio::test]
async fn the_files_of_an_sqlite_store_are_their_owners_alone() {
    let server = TestServer::on(Engine::Sqlite).await;
    let database: TestDatabase = server.database();
    let key = database.folder.join("tessera.db.key");
    let mode_of =
        |name: &str| std::fs::metadata(database.folder.join(name)).unwrap().permissions().mode();
    let modes =
        ["tessera.db.key", "tessera.db", "tessera.db-wal"].map(|name| mode_of(name) & 0o777);

    std::fs::set_permissions(&key, std::fs::Permissions::from_mode(0o644)).unwrap();
    let open_to_all = server.try_restart(|_| ()).await.unwrap_err();

    assert_eq!(modes, [0o600; 3]);
    assert!(matches!(open_to_all, OpenError::MasterKey { .. }), "{open_to_all:?}");
    database.remove().await;
}

#[tokio::test]
async fn a_lost_master_key_is_never_replaced() {
    let server = TestServer::on(Engine::Sqlite).await;
    let database = server.database();
    std::fs::remove_file(database.folder.join("tessera.db.key")).unwrap();

    let refused = server.try_restart(|_| ()).await.unwrap_err();

    assert!(refused.to_string().contains("is gone"), "{refused}");
    assert!(!database.folder.join("tessera.db.key").exists());
    database.remove().await;
}

#[tokio::test]
async fn another_name_of_an_sqlite_file_makes_no_second_owner() {
    let server = TestServer::on(Engine::Sqlite).await;
    let database = server.database();
    let link = database.folder.join("link.db");
    std::os::unix::fs::symlink(database.folder.join("tessera.db"), &link).unwrap();

    let owned = tessera::store::Owned::look(&link);

    assert_eq!(owned, tessera::store::Owned::ByAnother);
    database.remove().await;
}
