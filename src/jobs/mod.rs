//! What the server does by itself, now and then.

pub mod audit;
pub mod differences;
mod housekeeping;
pub mod rotation;
pub mod sweep;
pub mod vitals;

use std::{future::Future, sync::Arc, time::Duration};

use tokio::{sync::watch, task::JoinSet};

use crate::app::App;

/// Starts every job. They end when `stop` turns true.
#[must_use]
pub fn start(app: &App, stop: &watch::Receiver<bool>) -> JoinSet<()> {
    let mut jobs = JoinSet::new();
    let (sweeper, keeper, watcher) = (app.clone(), app.clone(), app.clone());
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
    let rotator = app.clone();
    let rotations = stop.clone();
    jobs.spawn(async move {
        // At once: a key that came to its end while nobody served should not sign for another
        // minute, and what the settings say is to be noted before they are changed again.
        rotation::run(&rotator).await;
        let again = || async { rotation::run(&rotator).await };
        repeat(|| rotation::INTERVAL, rotations, again).await;
    });
    jobs.spawn(repeat(
        || vitals::INTERVAL,
        stop.clone(),
        move || {
            let app = watcher.clone();
            async move { vitals::run(&app).await }
        },
    ));
    let (recorder, check) = (app.clone(), Arc::new(audit::Check::default()));
    jobs.spawn(repeat(
        || audit::INTERVAL,
        stop.clone(),
        move || {
            let (app, check) = (recorder.clone(), Arc::clone(&check));
            async move { audit::run(&app, &check).await }
        },
    ));
    let comparer = app.clone();
    jobs.spawn(repeat(
        || differences::INTERVAL,
        stop.clone(),
        move || {
            let app = comparer.clone();
            async move { differences::run(&app).await }
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
