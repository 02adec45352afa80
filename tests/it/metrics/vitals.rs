//! What is looked at every ten seconds: whether the store answers, and how far the sweep is.

use std::{sync::Arc, time::Duration};

use tessera::{
    jobs::{sweep, vitals},
    store::Fault,
};

use crate::common::{Engine, Measured, TestServer, on_each_engine, until::until};

on_each_engine!(
    the_lag_grows_between_sweeps_and_ends_with_one,
    a_store_that_is_gone_makes_it_not_ready,
);

async fn the_lag_grows_between_sweeps_and_ends_with_one(server: TestServer) {
    let measured = Measured::begin(server.now());
    let client = server.machine("mailer", "read").await;
    server.token(&client).await;
    let value = |name: &str| measured.value(&server.app, name);
    let (lag, last) = ("tessera_sweep_lag_seconds", "tessera_sweep_last_success_timestamp_seconds");
    vitals::run(&server.app).await;
    assert_eq!((value(lag), value(last)), (0, 0));

    // Kept for an hour of life and seven days after.
    server.advance(Duration::from_hours(7 * 24 + 1) + Duration::from_secs(100));
    vitals::run(&server.app).await;
    assert_eq!((value(lag), value(last)), (100, 0));
    server.advance(Duration::from_mins(1));
    vitals::run(&server.app).await;
    assert_eq!((value(lag), value(last)), (160, 0));

    sweep::run(&server.app).await;
    assert_eq!(value(lag), 0);
    vitals::run(&server.app).await;

    assert_eq!((value(lag), value(last)), (0, server.now().seconds()));
    assert_eq!(value("tessera_sweep_rows_total"), 1);
}

async fn a_store_that_is_gone_makes_it_not_ready(server: TestServer) {
    let measured = Measured::begin(server.now());
    let ready = || measured.value(&server.app, "tessera_ready");
    vitals::run(&server.app).await;
    assert_eq!(ready(), 1);

    server.app.store.fail(Some(Arc::new(|_: &str| Some(Fault::LostBefore))));
    vitals::run(&server.app).await;
    assert_eq!(ready(), 0);
    server.app.store.fail(None);
    vitals::run(&server.app).await;

    assert_eq!(ready(), 1);
}

/// Each node sees how far behind the sweep is, also one that never sweeps, and how many there are.
#[tokio::test]
async fn a_node_that_does_not_sweep_sees_the_same() {
    let server = TestServer::on(Engine::Postgres).await;
    let measured = Measured::begin(server.now());
    let client = server.machine("mailer", "read").await;
    server.token(&client).await;
    server.advance(Duration::from_hours(7 * 24 + 1) + Duration::from_secs(100));
    let neighbour = server.neighbour().await;

    until("both joined", async || {
        vitals::run(&neighbour.app).await;
        measured.value(&neighbour.app, "tessera_nodes") == 2
    })
    .await;

    assert_eq!(measured.value(&neighbour.app, "tessera_sweep_lag_seconds"), 100);
    sweep::run(&server.app).await;
    vitals::run(&neighbour.app).await;
    let last = measured.value(&neighbour.app, "tessera_sweep_last_success_timestamp_seconds");
    assert_eq!(last, server.now().seconds());
    server.database().remove().await;
}
