//! What this node counted goes into the series of all, and what it has to do into the table of
//! nodes: once a minute each.

use std::time::{Duration, Instant};

use crate::{
    app::{App, Load, resident_bytes},
    error::Error,
    model::{node_figures::NodeFigures, series::Period, timestamp::Timestamp},
    store,
};

/// How often it looks whether a minute is over; what is counted is as exact as this.
pub(super) const INTERVAL: Duration = Duration::from_secs(5);

/// Gathers what was counted, and writes what is over. What fails is tried again the next time.
pub async fn run(app: &App) {
    let now = app.now();
    app.tally.gather(now);
    if let Some(load) = app.tally.over(now) {
        let figures = look(app, load, now).await;
        app.own_figures.keep(figures);
        if let Err(error) = tell(app, &figures).await {
            Error::from(error).log();
        }
    }
    if let Err(error) = app.tally.write(&app.store, now).await {
        Error::from(error).log();
    }
}

async fn look(app: &App, load: Load, now: Timestamp) -> NodeFigures {
    let asked = Instant::now();
    let answered = app.store.ping().await.is_ok().then(|| micros(asked.elapsed()));
    let requests = u32::try_from(load.requests).unwrap_or(u32::MAX);
    NodeFigures {
        at: now,
        requests_per_second: f64::from(requests) / Period::Minute.length().as_secs_f64(),
        introspection_p99_micros: load.introspection_p99.map(micros),
        memory_bytes: resident_bytes(),
        store_micros: answered,
    }
}

async fn tell(app: &App, figures: &NodeFigures) -> Result<(), store::Error> {
    if app.store.is_sqlite() || app.store.is_disabled() {
        return Ok(());
    }
    app.store.write().await?.note_figures(app.node, &figures.to_json()).await
}

fn micros(length: Duration) -> u64 {
    u64::try_from(length.as_micros()).unwrap_or(u64::MAX)
}
