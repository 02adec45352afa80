//! Sweeping: what is due goes once, what is not stays, whoever sweeps.

use std::{future::Future, time::Duration};

use tessera::{app::App, jobs::sweep, model::secret::Sha256, store::Command};

use super::{at_once, nodes};
use crate::common::{TestClient, TestServer, on_each_engine};

on_each_engine!(
    several_sweeps_at_once_count_each_row_once_and_spare_the_live,
    several_sweeps_at_once_count_each_endless_row_once_and_spare_the_live,
    several_sweeps_at_once_forget_each_identifier_once,
    two_nodes_that_sweep_at_once_share_the_work,
);

/// Rows that are due.
const DUE: u32 = 60;

/// At most so many rows go in one statement.
const BATCH: i64 = 7;

/// Longer than a token lives and its entry is kept.
const LONG: Duration = Duration::from_hours(31 * 24);

async fn several_sweeps_at_once_count_each_row_once_and_spare_the_live(server: TestServer) {
    let client = client_with_tokens(&server).await;
    server.advance(LONG);
    let live = server.token(&client).await;

    let swept = sweep_at_once(&server, |app| async move {
        app.store.write().await.unwrap().sweep_tokens(app.now(), BATCH).await.unwrap()
    })
    .await;

    assert_eq!(swept, u64::from(DUE));
    assert!(server.is_active(&client, &live).await);
}

async fn several_sweeps_at_once_count_each_endless_row_once_and_spare_the_live(server: TestServer) {
    let client = client_with_tokens(&server).await;
    let at = server.now().0;
    let end = format!(
        "UPDATE tokens SET expires_at = NULL, status = 'revoked', ended_at = {at},
                endless_ended_at = {at}"
    );
    server.database().execute(&end).await;
    server.advance(Duration::from_millis(1));
    let live = server.token(&client).await;

    let swept = sweep_at_once(&server, |app| async move {
        app.store.write().await.unwrap().sweep_endless_tokens(app.now(), BATCH).await.unwrap()
    })
    .await;

    assert_eq!(swept, u64::from(DUE));
    assert!(server.is_active(&client, &live).await);
}

async fn several_sweeps_at_once_forget_each_identifier_once(server: TestServer) {
    for number in 0..DUE {
        assert!(use_identifier(&server.app, number, Duration::from_secs(1)).await);
    }
    assert!(use_identifier(&server.app, DUE, Duration::from_secs(2)).await);
    server.advance(Duration::from_secs(2));

    let swept = sweep_at_once(&server, |app| async move {
        app.store.write().await.unwrap().sweep_used_identifiers(app.now(), BATCH).await.unwrap()
    })
    .await;

    assert_eq!(swept, u64::from(DUE));
    let is_new = use_identifier(&server.app, DUE, Duration::ZERO).await;
    assert!(!is_new, "it counts up to its last moment");
}

async fn two_nodes_that_sweep_at_once_share_the_work(server: TestServer) {
    client_with_tokens(&server).await;
    server.advance(LONG);

    let swept =
        at_once(
            &nodes(&server).await,
            2,
            |app, _| async move { sweep::sweep(&app).await.unwrap() },
        )
        .await;

    assert_eq!(swept.iter().flatten().sum::<u64>(), u64::from(DUE), "{swept:?}");
}

async fn client_with_tokens(server: &TestServer) -> TestClient {
    let client = server.machine("mailer", "read").await;
    for _ in 0..DUE {
        server.token(&client).await;
    }
    client
}

/// Sweeps in four places at once until nothing is left; how many rows they say they swept.
async fn sweep_at_once<F>(server: &TestServer, batch: fn(App) -> F) -> u64
where
    F: Future<Output = u64> + Send + 'static,
{
    let swept = at_once(&nodes(server).await, 4, |app, _| async move {
        let mut total = 0;
        loop {
            match batch(app.clone()).await {
                0 => return total,
                rows => total += rows,
            }
        }
    })
    .await;
    swept.iter().sum()
}

async fn use_identifier(app: &App, number: u32, lives: Duration) -> bool {
    let identifier = Sha256::of(&number.to_be_bytes());
    let until = app.now().plus(lives);
    app.store.run(Command::new().use_identifier("test", identifier, until)).await.unwrap()
}
