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
    let sweeps = app.clone();
    let interval = move || sweeps.config().sweep.interval;
    jobs.spawn(repeat(interval, stop.clone(), move || {
        let app = sweeper.clone();
        async move { sweep::run(&app).await }
    }));
    jobs.spawn(repeat(
        || housekeeping::INTERVAL,
        stop.clone(),
        move || {
            let app = keeper.clone();
            async move { housekeeping::run(&app).await }
        },
    ));
    jobs
}

/// Runs `job` every `interval`, which a reload may change, until `stop` turns true.
async fn repeat<F: Future<Output = ()>>(
    interval: impl Fn() -> Duration,
    mut stop: watch::Receiver<bool>,
    mut job: impl FnMut() -> F,
) {
    while tokio::time::timeout(interval(), stopped(&mut stop)).await.is_err() {
        job().await;
    }
}

async fn stopped(stop: &mut watch::Receiver<bool>) {
    // A sender that is gone stops as well.
    let _ = stop.wait_for(|stop| *stop).await;
}
