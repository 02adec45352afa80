//! What the server does by itself, now and then.

mod housekeeping;
pub mod sweep;

use std::{future::Future, time::Duration};

use tokio::{sync::watch, task::JoinSet};

use crate::app::App;

/// Starts every job. They end when `stop` turns true.
#[must_use]
pub fn start(app: &App, stop: &watch::Receiver<bool>) -> JoinSet<()> {
    let mut jobs = JoinSet::new();
    let (sweeper, keeper) = (app.clone(), app.clone());
    jobs.spawn(repeat(app.config.sweep.interval, stop.clone(), move || {
        let app = sweeper.clone();
        async move { sweep::run(&app).await }
    }));
    jobs.spawn(repeat(housekeeping::INTERVAL, stop.clone(), move || {
        let app = keeper.clone();
        async move { housekeeping::run(&app).await }
    }));
    jobs
}

/// Runs `job` every `interval` until `stop` turns true.
async fn repeat<F: Future<Output = ()>>(
    interval: Duration,
    mut stop: watch::Receiver<bool>,
    mut job: impl FnMut() -> F,
) {
    while tokio::time::timeout(interval, stopped(&mut stop)).await.is_err() {
        job().await;
    }
}

async fn stopped(stop: &mut watch::Receiver<bool>) {
    // A sender that is gone stops as well.
    let _ = stop.wait_for(|stop| *stop).await;
}
