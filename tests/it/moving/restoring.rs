//! What a restored backup brings back, and what it does not.

use super::{Site, assert_refused, issue, object, text};
use crate::{
    common::Engine::{self, Postgres, Sqlite},
    upgrade::fixture::{Fixture, SCHEMAS},
};

/// The master key that the fixtures are sealed with.
const FIXTURE_KEY: &str = "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=";

#[tokio::test]
async fn what_was_revoked_after_a_backup_stays_dead_from_file_to_file() {
    restore_after_revoking(Sqlite, Sqlite).await;
}

#[tokio::test]
async fn what_was_revoked_after_a_backup_stays_dead_from_file_to_server() {
    restore_after_revoking(Sqlite, Postgres).await;
}

#[tokio::test]
async fn what_was_revoked_after_a_backup_stays_dead_from_server_to_file() {
    restore_after_revoking(Postgres, Sqlite).await;
}

#[tokio::test]
async fn what_was_revoked_after_a_backup_stays_dead_from_server_to_server() {
    restore_after_revoking(Postgres, Postgres).await;
}

async fn restore_after_revoking(source: Engine, target: Engine) {
    let (from, to) = (Site::new(source).await, Site::new(target).await);
    let holdings = from.fill();
    let backup = from.path("backup.db");
    let entries = from.back_up(&backup)["entries"].clone();
    from.revoke(&holdings.live[0]);

    let restored = to.restore(&backup, &["--json"]);

    assert_eq!(restored.code, Some(0), "{restored:?}");
    assert_eq!(object(&restored.out)["entries"], entries);
    assert_eq!(to.entries().await, entries.as_u64().unwrap());
    holdings.are_ended_at(&to).await;
    from.remove().await;
    to.remove().await;
}

/// The store is put back over itself, as after a mistake.
#[tokio::test]
async fn a_store_that_is_replaced_forgets_what_came_after_the_backup() {
    for engine in [Sqlite, Postgres] {
        let site = Site::new(engine).await;
        let holdings = site.fill();
        let backup = site.path("backup.db");
        site.back_up(&backup);
        site.program.run(&["client", "add", "later"], "");
        let later = issue(&site.program);

        assert_refused(&site.restore(&backup, &["--replace"]), 2, "nobody can be asked");
        let restored = site.restore(&backup, &["--replace", "--yes", "--json"]);

        assert_eq!(restored.code, Some(0), "{restored:?}");
        assert_eq!(site.program.attempt(&["client", "show", "later"], "").code, Some(1));
        let (server, mut connection) = site.serve().await;
        assert!(!connection.is_active(&holdings.client, &later).await.unwrap());
        drop(server);
        holdings.are_ended_at(&site).await;
        let aside = object(&restored.out)["replaced_store"].clone();
        assert_eq!(aside.is_string(), engine == Sqlite, "{aside}");
        if let Some(aside) = aside.as_str() {
            let old = site.with("TESSERA_STORE__URL", &format!("sqlite:{aside}"));
            old.run(&["client", "show", "later"], "");
        }
        site.remove().await;
    }
}

/// Each restoring ends what was issued after the one before.
#[tokio::test]
async fn a_backup_can_be_restored_again_and_again() {
    for engine in [Sqlite, Postgres] {
        let site = Site::new(engine).await;
        let holdings = site.fill();
        let backup = site.path("backup.db");
        site.back_up(&backup);
        let mut between: Vec<String> = Vec::new();

        for _ in 0..3 {
            let restored = site.restore(&backup, &["--replace", "--yes"]);
            assert_eq!(restored.code, Some(0), "{restored:?}");
            let (server, mut connection) = site.serve().await;
            for token in &between {
                assert!(!connection.is_active(&holdings.client, token).await.unwrap());
            }
            between.push(connection.token(&holdings.client).await.unwrap());
            drop(server);
        }

        holdings.are_ended_at(&site).await;
        site.remove().await;
    }
}

#[tokio::test]
async fn the_output_and_the_audit_log_tell_of_it() {
    for engine in [Sqlite, Postgres] {
        let (from, to) = (Site::new(engine).await, Site::new(engine).await);
        from.fill();
        let backup = from.path("backup.db");
        from.back_up(&backup);

        let restored = to.restore(&backup, &[]);

        let before = restored.err.find("every token in it will be dead").unwrap();
        let after = restored.err.find("until now is dead").unwrap();
        assert!(before < after, "{}", restored.err);
        let sql = "UPDATE audit SET action = action WHERE action = 'store.restored'";
        assert_eq!(to.database.execute(sql).await, 1);
        let sql = "UPDATE audit SET action = action WHERE action = 'store.backed_up'";
        assert_eq!(from.database.execute(sql).await, 1);
        for table in ["nodes", "leases", "browser_sessions"] {
            assert_eq!(to.database.count(table).await, 0, "{table}");
        }
        from.remove().await;
        to.remove().await;
    }
}

/// The backup itself stays as old as it is.
#[tokio::test]
async fn a_backup_of_an_older_schema_is_brought_up_to_date() {
    for (engine, schema) in [Sqlite, Postgres].into_iter().flat_map(|e| SCHEMAS.map(|s| (e, s))) {
        let (from, to) = (Site::new(Sqlite).await, Site::new(engine).await);
        let fixture = Fixture::read(schema);
        fixture.load(&from.database).await;
        let sql = "CREATE TABLE backup (id BIGINT PRIMARY KEY, made_at BIGINT NOT NULL,
                       version TEXT NOT NULL, engine TEXT NOT NULL, entries BIGINT NOT NULL);
                   INSERT INTO backup SELECT 1, 1, '0.0.1', 'SQLite', COUNT(*) FROM tokens";
        from.database.execute(sql).await;
        let backup = from.path("tessera.db");
        let before = std::fs::read(&backup).unwrap();
        let scratch = to.path("scratch");
        std::fs::create_dir(&scratch).unwrap();
        let program = to.with("TESSERA_KEYS__MASTER", FIXTURE_KEY).set("TMPDIR", text(&scratch));
        let to = Site { program, ..to };

        let restored = to.restore(&backup, &[]);

        assert_eq!(restored.code, Some(0), "{restored:?}");
        assert_eq!(std::fs::read(&backup).unwrap(), before);
        assert_eq!(std::fs::read_dir(&scratch).unwrap().count(), 0, "nothing is left behind");
        assert_eq!(to.entries().await, from.entries().await);
        let (server, mut connection) = to.serve().await;
        for said in &fixture.tokens {
            let client = fixture.client(&said.client);
            assert!(!connection.is_active(&client, &said.token).await.unwrap());
        }
        let client = fixture.client("mailer");
        let fresh = connection.token(&client).await.unwrap();
        assert!(connection.is_active(&client, &fresh).await.unwrap());
        drop(server);
        from.remove().await;
        to.remove().await;
    }
}

#[tokio::test]
async fn a_restored_store_is_a_store_and_no_backup() {
    let (from, to) = (Site::new(Sqlite).await, Site::new(Sqlite).await);
    from.fill();
    let backup = from.path("backup.db");
    from.back_up(&backup);
    assert_eq!(to.restore(&backup, &[]).code, Some(0));

    let again = Site::new(Sqlite).await;
    let refused = again.restore(&to.path("tessera.db"), &[]);

    assert_refused(&refused, 1, "it is a store itself");
    assert!(again.files().is_empty());
    for site in [from, to, again] {
        site.remove().await;
    }
}
