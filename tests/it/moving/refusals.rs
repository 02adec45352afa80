//! Backups that are none, stores that are used, keys that do not fit: each is named, and nothing is
//! done.

use std::fs;

use super::{OTHER_KEY, Site, assert_refused, text};
use crate::common::Engine::{Postgres, Sqlite};

#[tokio::test]
async fn a_backup_of_another_master_key_is_refused() {
    for engine in [Sqlite, Postgres] {
        let (from, to) = (Site::new(Sqlite).await, Site::new(engine).await);
        from.fill();
        let backup = from.path("backup.db");
        from.back_up(&backup);

        let other = to.with("TESSERA_KEYS__MASTER", OTHER_KEY);
        let refused = other.attempt(&["db", "restore", text(&backup)], "");

        assert_refused(&refused, 1, "another master key");
        assert!(to.is_empty() && to.files().is_empty(), "{:?}", to.files());
        from.remove().await;
        to.remove().await;
    }
}

#[tokio::test]
async fn a_backup_without_any_master_key_at_hand_is_refused() {
    let (from, to) = (Site::new(Sqlite).await, Site::new(Sqlite).await);
    from.fill();
    let backup = from.path("backup.db");
    from.back_up(&backup);

    let without = to.with("TESSERA_KEYS__MASTER", "");
    let refused = without.attempt(&["db", "restore", text(&backup)], "");

    assert_refused(&refused, 3, "master key");
    assert!(refused.err.contains("tessera.db.key"), "{}", refused.err);
    assert!(to.files().is_empty(), "{:?}", to.files());
    from.remove().await;
    to.remove().await;
}

#[tokio::test]
async fn what_is_no_whole_backup_is_named_and_changes_nothing() {
    let from = Site::new(Sqlite).await;
    from.fill();
    from.stuff(2_000).await;
    let backup = from.path("backup.db");
    from.back_up(&backup);
    let whole = fs::read(&backup).unwrap();
    let half = whole[..whole.len() / 2].to_vec();
    let mut scribbled = whole.clone();
    let middle = scribbled.len() / 2;
    scribbled[middle..middle + 20_000].fill(0x5a);
    let mut headless = whole.clone();
    headless[100..4096].fill(0);
    let store = fs::read(from.path("tessera.db")).unwrap();
    let broken: [(&str, &[u8], &str); 9] = [
        ("empty", b"", "it is empty"),
        ("text", b"hello, world", "no SQLite file"),
        ("pg", b"PGDMP\x01\x0e", "pg_dump"),
        ("head", &whole[..100], "is damaged"),
        ("half", &half, "is damaged"),
        ("scribbled", &scribbled, "is damaged"),
        ("headless", &headless, "is damaged"),
        ("store", &store, "it is a store itself"),
        ("b.db.unfinished", &whole, "was not finished"),
    ];

    for engine in [Sqlite, Postgres] {
        let to = Site::new(engine).await;
        for (name, bytes, words) in &broken {
            fs::write(from.path(name), bytes).unwrap();

            assert_refused(&to.restore(&from.path(name), &["--replace", "--yes"]), 1, words);
        }
        assert_refused(&to.restore(&from.path("nothing"), &[]), 3, "nothing");
        assert!(to.is_empty() && to.files().is_empty(), "{:?}", to.files());
        to.remove().await;
    }
    from.remove().await;
}

#[tokio::test]
async fn a_backup_that_lost_rows_is_damaged() {
    let from = Site::new(Sqlite).await;
    let to = Site::new(Sqlite).await;
    from.fill();
    let backup = from.path("backup.db");
    from.back_up(&backup);
    let mut database = from.database.clone();
    database.url = format!("sqlite:{}", backup.display());
    database.execute("DELETE FROM tokens WHERE format = 'jwt'").await;

    assert_refused(&to.restore(&backup, &[]), 1, "it has 4 entries of 6");

    from.remove().await;
    to.remove().await;
}

/// SQLite itself knows which pages there are, not what they are to hold.
#[tokio::test]
async fn a_backup_with_a_bit_that_flipped_in_a_row_is_damaged() {
    for engine in [Sqlite, Postgres] {
        let (from, to) = (Site::new(engine).await, Site::new(Sqlite).await);
        from.fill();
        let backup = from.path("backup.db");
        from.back_up(&backup);
        let mut bytes = fs::read(&backup).unwrap();
        let name = b"https://api.example";
        let places = bytes.windows(name.len()).enumerate();
        let places: Vec<_> = places.filter(|(_, found)| found == name).map(|(at, _)| at).collect();
        // Somewhere it is in a row, somewhere else in an index.
        for at in places {
            bytes[at + 12] ^= 1;
            fs::write(&backup, &bytes).unwrap();

            assert_refused(&to.restore(&backup, &[]), 1, "is damaged");
            bytes[at + 12] ^= 1;
        }
        fs::write(&backup, &bytes).unwrap();
        assert_eq!(to.restore(&backup, &[]).code, Some(0));
        from.remove().await;
        to.remove().await;
    }
}

#[tokio::test]
async fn a_backup_without_the_row_about_itself_or_its_store_is_damaged() {
    let (from, to) = (Site::new(Sqlite).await, Site::new(Sqlite).await);
    from.fill();
    for table in ["backup", "instance"] {
        let backup = from.path(&format!("without-{table}.db"));
        from.back_up(&backup);
        let mut database = from.database.clone();
        database.url = format!("sqlite:{}", backup.display());
        database.execute(&format!("DELETE FROM {table}")).await;

        assert_refused(&to.restore(&backup, &[]), 1, &format!("0 rows in {table}, not one"));
    }
    from.remove().await;
    to.remove().await;
}

#[tokio::test]
async fn nothing_is_backed_up_or_copied_of_a_store_that_lost_itself() {
    for engine in [Sqlite, Postgres] {
        let (from, to) = (Site::new(engine).await, Site::new(Sqlite).await);
        from.fill();
        from.database.execute("DELETE FROM instance").await;
        let backup = from.path("backup.db");

        let refused = from.program.attempt(&["db", "backup", text(&backup)], "");
        assert_refused(&refused, 3, "0 rows about itself");
        assert!(!backup.exists());
        assert_refused(&from.copy_to(&to, &[]), 3, "0 rows about itself");
        assert!(to.files().is_empty(), "{:?}", to.files());
        from.remove().await;
        to.remove().await;
    }
}

#[tokio::test]
async fn a_backup_of_a_newer_schema_is_refused() {
    let (from, to) = (Site::new(Sqlite).await, Site::new(Sqlite).await);
    from.fill();
    let backup = from.path("backup.db");
    from.back_up(&backup);
    let mut database = from.database.clone();
    database.url = format!("sqlite:{}", backup.display());
    let sql = "INSERT INTO refinery_schema_history (version, name, applied_on, checksum)
               VALUES (999, 'future', '2027-01-01T00:00:00Z', '1')";
    database.execute(sql).await;

    assert_refused(&to.restore(&backup, &[]), 1, "its schema is 999");

    assert!(to.files().is_empty());
    from.remove().await;
    to.remove().await;
}

#[tokio::test]
async fn nothing_is_restored_under_a_running_server() {
    for engine in [Sqlite, Postgres] {
        let site = Site::new(engine).await;
        let holdings = site.fill();
        let backup = site.path("backup.db");
        site.back_up(&backup);
        let (server, mut connection) = site.serve().await;

        for more in [&[][..], &["--replace", "--yes"]] {
            let refused = site.restore(&backup, more);
            assert_refused(&refused, 1, "the store open");
        }

        for token in &holdings.live {
            assert!(connection.is_active(&holdings.client, token).await.unwrap());
        }
        drop(server);
        site.remove().await;
    }
}

#[tokio::test]
async fn a_filled_store_is_not_replaced_unasked() {
    for engine in [Sqlite, Postgres] {
        let site = Site::new(engine).await;
        let holdings = site.fill();
        let backup = site.path("backup.db");
        site.back_up(&backup);

        assert_refused(&site.restore(&backup, &[]), 1, "--replace");

        holdings.work_at(&site).await;
        site.remove().await;
    }
}

/// A file that is no store any more is what one restores over; it is kept all the same.
#[tokio::test]
async fn a_broken_store_is_set_aside() {
    let (from, to) = (Site::new(Sqlite).await, Site::new(Sqlite).await);
    let holdings = from.fill();
    let backup = from.path("backup.db");
    from.back_up(&backup);
    fs::write(to.path("tessera.db"), "what is this").unwrap();
    fs::write(to.path("tessera.db-wal"), "and this").unwrap();

    assert_refused(&to.restore(&backup, &[]), 1, "something else in the place");
    let restored = to.restore(&backup, &["--replace", "--yes"]);

    assert_eq!(restored.code, Some(0), "{restored:?}");
    let names = to.files();
    let aside = |end: &str| names.iter().any(|n| n.contains(".replaced-") && n.ends_with(end));
    assert!(aside("Z") && aside("Z-wal"), "{names:?}");
    holdings.are_ended_at(&to).await;
    from.remove().await;
    to.remove().await;
}

/// Whoever copies a backup into the place of the store is told what is missing.
#[tokio::test]
async fn a_backup_in_the_place_of_a_store_is_not_opened() {
    let (from, to) = (Site::new(Sqlite).await, Site::new(Sqlite).await);
    let holdings = from.fill();
    let backup = from.path("backup.db");
    from.back_up(&backup);
    let place = to.path("tessera.db");
    fs::copy(&backup, &place).unwrap();

    for (command, code) in [
        (&["serve"][..], 3),
        (&["doctor"], 2),
        (&["db", "migrate"], 3),
        (&["db", "copy", "sqlite:elsewhere.db"], 3),
        (&["client", "list"], 3),
    ] {
        let refused = to.program.attempt(command, "");

        assert_eq!(refused.code, Some(code), "{command:?} {refused:?}");
        let told = [refused.out, refused.err].concat();
        assert!(told.contains("is a backup") && told.contains("tessera db restore"), "{told}");
        assert_eq!(fs::read(&place).unwrap(), fs::read(&backup).unwrap(), "{command:?}");
    }
    let restored = to.restore(&backup, &["--replace", "--yes"]);
    assert_eq!(restored.code, Some(0), "{restored:?}");
    holdings.are_ended_at(&to).await;
    from.remove().await;
    to.remove().await;
}
