//! Moves that are killed in the middle: what they were to write is not there, and what they read is
//! as it was.

use std::{process::Child, time::Duration};

use super::{Site, text};
use crate::common::Engine::{self, Postgres, Sqlite};

/// How many rows make a move take a while.
const ROWS: u32 = 12_000;

/// After how long a move is killed. It takes about a second.
const MOMENTS: [u64; 4] = [80, 250, 450, 700];

#[tokio::test]
async fn a_copy_that_is_killed_leaves_its_target_empty_or_whole() {
    for (source, target) in [(Sqlite, Postgres), (Postgres, Sqlite)] {
        let from = Site::new(source).await;
        let holdings = from.fill();
        from.stuff(ROWS).await;
        for moment in MOMENTS {
            let to = Site::new(target).await;

            kill_after(moment, from.program.spawn(&["db", "copy", &to.database.url])).await;

            finish_copy(&from, &to);
            assert_eq!(to.entries().await, from.entries().await);
            to.remove().await;
        }
        holdings.work_at(&from).await;
        from.remove().await;
    }
}

/// The target takes a copy now, unless it has all of one.
fn finish_copy(from: &Site, to: &Site) {
    if to.is_empty() {
        let copied = from.copy_to(to, &[]);
        assert_eq!(copied.code, Some(0), "{copied:?}");
    }
}

#[tokio::test]
async fn a_restoring_that_is_killed_leaves_the_old_store_or_the_new_one() {
    for engine in [Sqlite, Postgres] {
        let (from, to) = (Site::new(Sqlite).await, Site::new(engine).await);
        from.fill();
        from.stuff(ROWS).await;
        let backup = from.path("backup.db");
        from.back_up(&backup);
        let holdings = to.fill();
        let old = to.entries().await;
        let arguments = ["db", "restore", text(&backup), "--replace", "--yes"];
        let mut is_new = false;
        for moment in MOMENTS {
            if is_new {
                break;
            }

            kill_after(moment, to.program.spawn(&arguments)).await;

            let entries = to.entries().await;
            is_new = entries == from.entries().await;
            assert!(is_new || entries == old, "{entries}");
        }
        if !is_new {
            holdings.work_at(&to).await;
        }
        let restored = to.restore(&backup, &["--replace", "--yes"]);
        assert_eq!(restored.code, Some(0), "{restored:?}");
        assert_eq!(to.entries().await, from.entries().await);
        from.remove().await;
        to.remove().await;
    }
}

#[tokio::test]
async fn a_backup_that_is_killed_is_no_backup() {
    for engine in [Sqlite, Postgres] {
        let site = Site::new(engine).await;
        let holdings = site.fill();
        site.stuff(ROWS).await;
        let path = site.path("backup.db");
        for moment in MOMENTS {
            let arguments = ["db", "backup", text(&path), "--force"];

            kill_after(moment, site.program.spawn(&arguments)).await;

            if path.exists() {
                is_restorable(&path, site.entries().await).await;
            }
        }
        site.program.run(&["db", "backup", text(&path), "--force"], "");
        is_restorable(&path, site.entries().await).await;
        holdings.work_at(&site).await;
        site.remove().await;
    }
}

async fn is_restorable(backup: &std::path::Path, entries: u64) {
    let to = Site::new(Engine::Sqlite).await;
    assert_eq!(to.restore(backup, &[]).code, Some(0));
    assert_eq!(to.entries().await, entries);
    to.remove().await;
}

async fn kill_after(milliseconds: u64, mut child: Child) {
    tokio::time::sleep(Duration::from_millis(milliseconds)).await;
    // It may have come to its end.
    let _ = child.kill();
    child.wait().unwrap();
}
