//! What lies in the place of a store, whose it is, and who has the right to it.

use std::{
    fs,
    os::unix::fs::{MetadataExt, chown},
};

use sqlx::{AssertSqlSafe, Connection, PgConnection};

use super::Site;
use crate::common::{
    Engine::{Postgres, Sqlite},
    until::until,
};

/// The log of a store that is no more would be taken for that of the new one.
#[tokio::test]
async fn a_log_without_a_store_is_set_aside() {
    let (from, to) = (Site::new(Sqlite).await, Site::new(Sqlite).await);
    let holdings = from.fill();
    for ending in ["wal", "journal"] {
        fs::write(to.path(&format!("tessera.db-{ending}")), "of another store").unwrap();
    }

    let copied = from.copy_to(&to, &[]);

    assert_eq!(copied.code, Some(0), "{copied:?}");
    let names = to.files();
    let aside = |end: &str| names.iter().any(|n| n.contains(".replaced-") && n.ends_with(end));
    assert!(aside("Z-wal") && aside("Z-journal"), "{names:?}");
    holdings.work_at(&to).await;
    from.remove().await;
    to.remove().await;
}

/// What an administrator puts into the folder of the service is the service's.
#[tokio::test]
async fn what_an_administrator_copies_or_restores_belongs_to_the_owner_of_the_folder() {
    let (from, to) = (Site::new(Sqlite).await, Site::new(Sqlite).await);
    from.fill();
    let backup = from.path("backup.db");
    from.back_up(&backup);
    // Only an administrator can give a folder away.
    if chown(&to.database.folder, Some(4242), Some(4243)).is_ok() {
        let owners = || {
            let of =
                |name| fs::metadata(to.path(name)).map(|file| (file.uid(), file.gid())).unwrap();
            [of("tessera.db"), of("tessera.db.lock")]
        };
        assert_eq!(from.copy_to(&to, &[]).code, Some(0));
        assert_eq!(owners(), [(4242, 4243); 2]);

        chown(to.path("tessera.db"), Some(4244), None).unwrap();
        let restored = to.restore(&backup, &["--replace", "--yes"]);
        assert_eq!(restored.code, Some(0), "{restored:?}");
        assert_eq!(owners(), [(4244, 4243), (4242, 4243)]);
    }
    from.remove().await;
    to.remove().await;
}

/// The turn is lost with the session that has it, and a server may start then.
#[tokio::test]
async fn a_copy_that_lost_its_turn_fails_as_a_whole() {
    for (source, target, held) in
        [(Sqlite, Postgres, "SHARE"), (Postgres, Sqlite, "ACCESS EXCLUSIVE")]
    {
        let (from, to) = (Site::new(source).await, Site::new(target).await);
        let holdings = from.fill();
        to.program.run(&["db", "migrate"], "");
        let server = if source == Postgres { &from } else { &to };
        let mut other = PgConnection::connect(&server.database.url).await.unwrap();
        let hold = format!("BEGIN; LOCK TABLE tokens IN {held} MODE");
        sqlx::raw_sql(AssertSqlSafe(hold)).execute(&mut other).await.unwrap();
        let (program, url) = (from.program.clone(), to.database.url.clone());
        let copied =
            tokio::task::spawn_blocking(move || program.attempt(&["db", "copy", &url], ""));
        let here = "database = (SELECT oid FROM pg_database WHERE datname = current_database())";
        let waiting = format!("SELECT COUNT(*) FROM pg_locks WHERE NOT granted AND {here}");
        until("the copy waits", async || {
            let waiting = sqlx::query_scalar(AssertSqlSafe(waiting.clone()));
            waiting.fetch_one(&mut other).await.map(|waiting: i64| waiting > 0).unwrap()
        })
        .await;

        let end = format!(
            "SELECT pg_terminate_backend(pid) FROM pg_locks WHERE locktype = 'advisory' AND {here};
             COMMIT"
        );
        sqlx::raw_sql(AssertSqlSafe(end)).execute(&mut other).await.unwrap();

        let copied = copied.await.unwrap();
        assert_eq!(copied.code, Some(3), "{copied:?}");
        assert!(to.is_empty());
        holdings.work_at(&from).await;
        other.close().await.unwrap();
        from.remove().await;
        to.remove().await;
    }
}
