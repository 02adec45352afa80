//! The sweep: what is long over leaves, what may be asked about stays.

use std::time::Duration;

use tessera::{acts::tokens::Listing, jobs::sweep, store::Command};

use crate::common::{TestServer, on_each_engine};

on_each_engine!(
    rows_leave_after_the_time_they_are_kept,
    a_full_sweep_takes_several_batches,
    a_preview_deletes_nothing,
    used_identifiers_leave_when_they_expired,
);

const DAY: Duration = Duration::from_hours(24);

async fn rows(server: &TestServer) -> usize {
    let all = Listing { all: true, limit: 100_000, ..Listing::default() };
    tessera::acts::tokens::list(&server.app, &all).await.unwrap().entries.len()
}

async fn rows_leave_after_the_time_they_are_kept(server: TestServer) {
    let client = server.machine("mailer", "read").await;
    server.token(&client).await;

    server.advance(7 * DAY + Duration::from_hours(1));
    let kept = sweep::sweep(&server.app).await.unwrap();
    server.advance(Duration::from_secs(1));
    let swept = sweep::sweep(&server.app).await.unwrap();

    assert_eq!((kept, swept, rows(&server).await), (Some(0), Some(1), 0));
    assert_eq!(sweep::last_done(&server.app).await.unwrap(), Some(server.now()));
}

async fn a_full_sweep_takes_several_batches(server: TestServer) {
    let server = server.restarted(|config| config.sweep.batch = 4).await;
    let client = server.machine("mailer", "read").await;
    for _ in 0..10 {
        server.token(&client).await;
    }
    server.advance(8 * DAY);
    let live = server.token(&client).await;

    let swept = sweep::sweep(&server.app).await.unwrap();

    assert_eq!((swept, rows(&server).await), (Some(10), 1));
    assert!(server.is_active(&client, &live).await);
}

async fn a_preview_deletes_nothing(server: TestServer) {
    let client = server.machine("mailer", "read").await;
    server.token(&client).await;
    server.advance(8 * DAY);

    let overdue = sweep::preview(&server.app).await.unwrap();

    let lag = sweep::lag(&overdue, server.now());
    assert_eq!((overdue.rows, rows(&server).await), (1, 1));
    assert_eq!(lag, DAY.checked_sub(Duration::from_hours(1)).unwrap());
}

async fn used_identifiers_leave_when_they_expired(server: TestServer) {
    let id = tessera::model::secret::Sha256::of(b"x");
    let now = server.now();
    let store = &server.app.store;
    let use_it = |until| store.run(Command::new().use_identifier("test", id.clone(), until));
    assert!(use_it(now.plus(DAY)).await.unwrap());
    assert!(!use_it(now.plus(DAY)).await.unwrap());

    server.advance(2 * DAY);
    sweep::sweep(&server.app).await.unwrap();

    assert!(use_it(server.now()).await.unwrap());
}
