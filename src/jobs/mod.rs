//! What the server does by itself, now and then.

pub mod audit;
pub mod census;
pub mod differences;
pub mod figures;
mod housekeeping;
pub mod rotation;
pub mod sweep;
pub mod unused;
pub mod vitals;

use std::time::Duration;

use tokio::{sync::watch, task::JoinSet};

use crate::app::App;

/// Starts every job. They end when `stop` turns true.
#[must_use]
pub fn start(app: &App, stop: &watch::Receiver<bool>) -> JoinSet<()> {
    let mut jobs = JoinSet::new();
    let again = Again { app: app.clone(), stop: stop.clone() };
    let interval = |app: &App| app.config().sweep.interval;
    jobs.spawn(again.clone().every(interval, async |app| sweep::run(app).await));
    jobs.spawn(
        again.clone().every(|_| housekeeping::INTERVAL, async |app| housekeeping::run(app).await),
    );
    let rotations = again.clone();
    jobs.spawn(async move {
        // At once: a key that came to its end while nobody served should not sign for another
        // minute, and what the settings say is to be noted before they are changed again.
        rotation::run(&rotations.app).await;
        rotations.every(|_| rotation::INTERVAL, async |app| rotation::run(app).await).await;
    });
    jobs.spawn(again.clone().every(|_| vitals::INTERVAL, async |app| vitals::run(app).await));
    let check = audit::Check::default();
    jobs.spawn(
        again.clone().every(|_| audit::INTERVAL, async move |app| audit::run(app, &check).await),
    );
    jobs.spawn(
        again.clone().every(|_| differences::INTERVAL, async |app| differences::run(app).await),
    );
    jobs.spawn(again.clone().every(|_| figures::INTERVAL, async |app| figures::run(app).await));
    jobs.spawn(again.clone().every(|_| unused::INTERVAL, async |app| unused::run(app).await));
    jobs.spawn(async move {
        // At once, so that there is an overview of a server that was just started.
        census::run(&again.app).await;
        again.every(|_| census::INTERVAL, async |app| census::run(app).await).await;
    });
    jobs
}

/// What runs a job again and again.
#[derive(Clone)]
struct Again {
    app: App,
    stop: watch::Receiver<bool>,
}

impl Again {
    /// Runs `job` every `interval`, which a reload may change, until it is stopped.
    async fn every(mut self, interval: impl Fn(&App) -> Duration, mut job: impl AsyncFnMut(&App)) {
        while tokio::time::timeout(interval(&self.app), stopped(&mut self.stop)).await.is_err() {
            job(&self.app).await;
        }
    }
}

async fn stopped(stop: &mut watch::Receiver<bool>) {
    // A sender that is gone stops as well.
    let _ = stop.wait_for(|stop| *stop).await;
}
