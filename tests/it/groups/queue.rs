//! More than can wait: those beyond are told to come back, the others are served.

use std::time::Duration;

use axum::http::StatusCode;
use tessera::{
    app::App,
    model::secret::Sha256,
    store::{Command, Error},
};
use tokio::task::JoinSet;

use super::trap::Trap;
use crate::common::{TestServer, on_each_engine};

on_each_engine!(whoever_finds_the_queue_full_is_told_so_and_nobody_else);

/// More commands than may wait.
const MANY: usize = 6000;

/// Longer than all of them take to be queued, and the request that finds no place.
const HOLD: Duration = Duration::from_secs(1);

async fn whoever_finds_the_queue_full_is_told_so_and_nobody_else(server: TestServer) {
    let client = server.machine("mailer", "read").await;
    // Read beforehand, so that only the writer is asked.
    server.token(&client).await;

    let trap = Trap::set_for(&server.app, HOLD, None).await;
    let running = run_all(&server.app);
    let refused = server.post("/token", &client, "grant_type=client_credentials").await;
    let told = running.join_all().await;
    trap.release().await;

    refused.assert_error(503, "temporarily_unavailable");
    assert_eq!(refused.header("retry-after"), Some("1"));
    let busy = told.iter().filter(|(_, told)| matches!(told, Err(Error::Busy))).count();
    assert!((1..MANY).contains(&busy), "{busy}");
    assert!(told.iter().all(|(_, told)| matches!(told, Ok(true) | Err(Error::Busy))));
    for (number, told) in told.iter().filter(|(number, _)| number % 97 == 0) {
        let is_new = use_identifier(&server.app, *number).await.unwrap();
        assert_eq!(is_new, told.is_err(), "busy means: nothing was done");
    }
    let later = server.post("/token", &client, "grant_type=client_credentials").await;
    assert_eq!(later.status, StatusCode::OK);
}

/// Each with its number. All of them are looked at before the next request is.
fn run_all(app: &App) -> JoinSet<(usize, Result<bool, Error>)> {
    let mut running = JoinSet::new();
    for number in 0..MANY {
        let app = app.clone();
        running.spawn(async move { (number, use_identifier(&app, number).await) });
    }
    running
}

async fn use_identifier(app: &App, number: usize) -> Result<bool, Error> {
    let identifier = Sha256::of(&number.to_be_bytes());
    app.store.run(Command::new().use_identifier("test", identifier, app.now())).await
}
