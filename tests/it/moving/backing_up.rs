//! A backup is one moment of a store in use.

use std::{
    collections::HashSet,
    fs,
    os::unix::fs::PermissionsExt,
    path::Path,
    sync::{
        Arc, Mutex,
        atomic::{AtomicBool, Ordering},
    },
};

use sqlx::{Connection, PgConnection, SqliteConnection};
use tessera::model::secret::Sha256;

use super::{Site, assert_refused, text};
use crate::common::{Engine, until::until};

#[tokio::test]
async fn a_backup_under_load_lacks_nothing_that_was_acknowledged_on_sqlite() {
    back_up_under_load(Engine::Sqlite).await;
}

#[tokio::test]
async fn a_backup_under_load_lacks_nothing_that_was_acknowledged_on_postgres() {
    back_up_under_load(Engine::Postgres).await;
}

async fn back_up_under_load(engine: Engine) {
    let site = Site::new(engine).await;
    let holdings = site.fill();
    site.stuff(5_000).await;
    let (server, _) = site.serve().await;
    let acknowledged = Arc::new(Mutex::new(Vec::new()));
    let stop = Arc::new(AtomicBool::new(false));
    let mut load = tokio::task::JoinSet::new();
    for _ in 0..8 {
        let mut connection = server.connect().await.unwrap();
        let (client, stop) = (holdings.client.clone(), Arc::clone(&stop));
        let acknowledged = Arc::clone(&acknowledged);
        load.spawn(async move {
            while !stop.load(Ordering::SeqCst) {
                let token = connection.token(&client).await.unwrap();
                acknowledged.lock().unwrap().push(token);
            }
        });
    }
    let count = || acknowledged.lock().unwrap().len();
    until("under load", async || count() > 50).await;

    let before = acknowledged.lock().unwrap().clone();
    let (program, path) = (site.program.clone(), site.path("backup.db"));
    let made = tokio::task::spawn_blocking(move || {
        program.run(&["db", "backup", text(&path), "--json"], "")
    });
    let made = super::object(&made.await.unwrap());
    let during = count();
    until("still under load", async || count() > during).await;
    stop.store(true, Ordering::SeqCst);
    while let Some(ended) = load.join_next().await {
        ended.unwrap();
    }

    let hashes = hashes_in(&site.path("backup.db")).await;
    let missing = before.iter().filter(|token| !hashes.contains(&hash(token))).count();
    assert_eq!(missing, 0, "of {}", before.len());
    assert!(during > before.len(), "nobody was served meanwhile");
    assert_eq!(made["entries"].as_u64().unwrap(), rows_in(&site.path("backup.db"), "tokens").await);
    assert_eq!(broken_references_in(&site.path("backup.db")).await, 0);
    drop(server);
    site.remove().await;
}

/// Whoever replaces the rows of a table empties it first, and that is seen at once by everybody.
#[tokio::test]
async fn a_backup_beside_one_who_replaces_the_store_has_the_rows_of_before_or_after() {
    let (site, to) = (Site::new(Engine::Postgres).await, Site::new(Engine::Sqlite).await);
    let holdings = site.fill();
    let mut other = PgConnection::connect(&site.database.url).await.unwrap();
    let replace = "BEGIN; CREATE TEMP TABLE kept AS SELECT * FROM instance; TRUNCATE instance;
                   INSERT INTO instance SELECT * FROM kept";
    sqlx::raw_sql(replace).execute(&mut other).await.unwrap();
    let (program, path) = (site.program.clone(), site.path("backup.db"));
    let made =
        tokio::task::spawn_blocking(move || program.attempt(&["db", "backup", text(&path)], ""));
    let waiting = "SELECT COUNT(*) FROM pg_locks WHERE NOT granted AND relation IS NOT NULL
                   AND database = (SELECT oid FROM pg_database WHERE datname = current_database())";
    until("the backup waits", async || {
        sqlx::query_scalar::<_, i64>(waiting).fetch_one(&mut other).await.unwrap() > 0
    })
    .await;
    sqlx::raw_sql("COMMIT").execute(&mut other).await.unwrap();

    let made = made.await.unwrap();

    assert_eq!(made.code, Some(0), "{made:?}");
    assert_eq!(to.restore(&site.path("backup.db"), &[]).code, Some(0));
    holdings.are_ended_at(&to).await;
    other.close().await.unwrap();
    site.remove().await;
    to.remove().await;
}

#[tokio::test]
async fn a_backup_beside_a_server_lands_where_it_was_asked_for() {
    let site = Site::new(Engine::Sqlite).await;
    site.fill();
    let (server, _) = site.serve().await;
    let elsewhere = site.path("elsewhere");
    fs::create_dir(&elsewhere).unwrap();

    let made = site.program.clone().within(&elsewhere).attempt(&["db", "backup", "b.db"], "");

    assert_eq!(made.code, Some(0), "{made:?}");
    assert!(made.err.contains("through the running server"), "{}", made.err);
    assert!(made.err.contains("The master key is not in it"), "{}", made.err);
    let file = fs::metadata(elsewhere.join("b.db")).unwrap();
    assert_eq!(file.permissions().mode() & 0o777, 0o600);
    assert_eq!(fs::read_dir(&elsewhere).unwrap().count(), 1, "nothing beside it");
    drop(server);
    site.remove().await;
}

#[tokio::test]
async fn a_backup_is_yours_alone_and_takes_no_place_unasked() {
    for engine in [Engine::Sqlite, Engine::Postgres] {
        let site = Site::new(engine).await;
        site.fill();
        let path = site.path("backup.db");
        fs::write(&path, "precious").unwrap();

        let refused = site.program.attempt(&["db", "backup", text(&path)], "");
        assert_refused(&refused, 1, "is there already");
        assert_eq!(fs::read_to_string(&path).unwrap(), "precious");

        fs::write(&path, "").unwrap();
        for _ in 0..2 {
            site.program.run(&["db", "backup", text(&path), "--force"], "");
        }
        assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
        assert!(fs::read(&path).unwrap().starts_with(b"SQLite format 3"));
        let left: Vec<_> =
            site.files().into_iter().filter(|n| n.starts_with("backup.db")).collect();
        assert_eq!(left, ["backup.db"]);
        site.remove().await;
    }
}

#[tokio::test]
async fn nothing_but_a_backup_is_replaced_even_when_asked() {
    let site = Site::new(Engine::Sqlite).await;
    let holdings = site.fill();
    fs::write(site.path("tessera.db.key"), super::KEY).unwrap();
    fs::write(site.path("text"), "precious").unwrap();
    std::os::unix::fs::symlink("nowhere", site.path("link")).unwrap();
    for (name, code, words) in [
        ("tessera.db", 1, "another kind"),
        ("tessera.db.lock", 1, "part of a store"),
        ("tessera.db.key", 1, "cannot be read"),
        ("text", 1, "cannot be read"),
        (".", 1, "no file"),
        ("link", 3, "link"),
    ] {
        let path = site.path(name);
        let before = fs::read(&path).ok();

        let refused = site.program.attempt(&["db", "backup", text(&path), "--force"], "");

        assert_refused(&refused, code, words);
        assert_eq!(fs::read(&path).ok(), before, "{name}");
    }
    assert!(!site.files().iter().any(|name| name.contains("unfinished")), "{:?}", site.files());
    holdings.work_at(&site).await;
    site.remove().await;
}

#[tokio::test]
async fn a_backup_needs_no_master_key() {
    for engine in [Engine::Sqlite, Engine::Postgres] {
        let site = Site::new(engine).await;
        let holdings = site.fill();
        let path = site.path("backup.db");

        let without = site.with("TESSERA_KEYS__MASTER", super::OTHER_KEY);
        without.run(&["db", "backup", text(&path)], "");

        let other = Site::new(engine).await;
        assert_eq!(other.restore(&path, &[]).code, Some(0));
        holdings.are_ended_at(&other).await;
        other.remove().await;
        site.remove().await;
    }
}

#[tokio::test]
async fn a_folder_that_is_not_there_or_closed_is_named() {
    let site = Site::new(Engine::Sqlite).await;
    site.fill();

    let refused = site.program.attempt(&["db", "backup", "/proc/nowhere/b.db"], "");

    assert_refused(&refused, 3, "/proc/nowhere");
    site.remove().await;
}

async fn hashes_in(path: &Path) -> HashSet<Vec<u8>> {
    let mut file = SqliteConnection::connect(text(path)).await.unwrap();
    let sql = "SELECT reference_hash FROM tokens WHERE reference_hash IS NOT NULL";
    sqlx::query_scalar::<_, Vec<u8>>(sql).fetch_all(&mut file).await.unwrap().into_iter().collect()
}

async fn rows_in(path: &Path, table: &str) -> u64 {
    let mut file = SqliteConnection::connect(text(path)).await.unwrap();
    let sql = sqlx::AssertSqlSafe(format!("SELECT COUNT(*) FROM {table}"));
    let rows: i64 = sqlx::query_scalar(sql).fetch_one(&mut file).await.unwrap();
    u64::try_from(rows).unwrap()
}

async fn broken_references_in(path: &Path) -> usize {
    let mut file = SqliteConnection::connect(text(path)).await.unwrap();
    sqlx::query("PRAGMA foreign_key_check").fetch_all(&mut file).await.unwrap().len()
}

fn hash(token: &str) -> Vec<u8> {
    Sha256::of(token.as_bytes()).as_bytes().to_vec()
}
