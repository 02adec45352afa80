//! The sweep: rows whose time is over leave, in batches, by one node at a time.
//!
//! It walks the primary key, whose high bits are the second until which a row is kept, so it never
//! searches and never meets a row that has to stay.

use std::time::Duration;

use metrics::{counter, gauge};

use crate::{
    app::App,
    model::{
        series::{Gauge, Period},
        timestamp::Timestamp,
    },
    store::{self, Overdue, SeriesPoint},
};

pub use crate::store::SWEEP_LEASE as LEASE;

/// How long the lease lasts without being prolonged.
const LEASE_LENGTH: Duration = Duration::from_mins(1);

/// At most so many batches in one go; the rest waits for the next.
const BATCHES: usize = 1000;

/// The pause between two batches, so that others get their turn at the writer.
const PAUSE: Duration = Duration::from_millis(10);

/// Up to how many overdue rows are counted.
const COUNT_LIMIT: i64 = 10_000;

/// Sweeps once, if no other node does. What fails is tried again the next time.
pub async fn run(app: &App) {
    if app.store.is_disabled() {
        return app.store.forget_identifiers(app.now());
    }
    match sweep(app).await {
        Ok(Some(rows)) if rows > 0 => {
            tracing::info!(event = "sweep.done", rows, "swept {rows} ended rows");
        }
        Ok(_) => {}
        Err(error) => crate::error::Error::from(error).log(),
    }
}

/// Deletes every row whose time is over. `None` if another node is at it.
///
/// # Errors
///
/// What the store says; rows deleted until then stay deleted.
pub async fn sweep(app: &App) -> Result<Option<u64>, store::Error> {
    let (batch, keep_ended) = (i64::from(app.config().sweep.batch), app.config().tokens.keep_ended);
    let mut total = 0;
    for _ in 0..BATCHES {
        let now = app.now();
        if !take_lease(app, now).await? {
            return Ok(None);
        }
        measure(app).await?;
        let mut store = app.store.write().await?;
        let tokens = store.sweep_tokens(now, batch).await?;
        let endless = store.sweep_endless_tokens(now.minus(keep_ended), batch).await?;
        let identifiers = store.sweep_used_identifiers(now, batch).await?;
        let uses = store.sweep_token_uses(now, batch).await?;
        let slots = store.sweep_slots(now, batch).await?;
        let families = store.sweep_families(now.minus(keep_ended), batch).await?;
        let sessions = store.sweep_sessions(now.minus(keep_ended), batch).await?;
        let requests = store.sweep_authorization_requests(now, batch).await?;
        drop(store);

        counter!("tessera_sweep_rows_total").increment(tokens + endless);
        total += tokens + endless;
        let full = u64::from(app.config().sweep.batch);
        let others = [identifiers, uses, slots, families, sessions, requests];
        if [tokens, endless].iter().chain(&others).all(|rows| *rows < full) {
            break;
        }
        tokio::time::sleep(PAUSE).await;
    }
    measure(app).await?;
    tell(app, (total, app.now())).await?;
    Ok(Some(total))
}

/// Notes that a sweep came to its end, and what it deleted.
async fn tell(app: &App, (rows, now): (u64, Timestamp)) -> Result<(), store::Error> {
    let (name, value) = (Gauge::Swept.name().to_owned(), rows.cast_signed());
    app.store.set_series(&[Period::Minute], &[SeriesPoint { name, at: now, value }]).await?;
    app.store.write().await?.finish_lease(LEASE, app.node, now).await.map(drop)
}

/// Measures how long the longest overdue row has been so, whoever sweeps.
///
/// # Errors
///
/// What the store says.
pub async fn measure(app: &App) -> Result<(), store::Error> {
    let lag = lag(&overdue(app, 1).await?, app.now());
    gauge!("tessera_sweep_lag_seconds").set(lag.as_secs_f64());
    Ok(())
}

/// What the sweep would delete now, counted up to ten thousand rows.
///
/// # Errors
///
/// What the store says.
pub async fn preview(app: &App) -> Result<Overdue, store::Error> {
    overdue(app, COUNT_LIMIT).await
}

/// When the sweep was last done, by whichever node.
///
/// # Errors
///
/// What the store says.
pub async fn last_done(app: &App) -> Result<Option<Timestamp>, store::Error> {
    app.store.read().await?.lease_finished_at(LEASE).await
}

/// How long the longest overdue row has been so.
#[must_use]
pub fn lag(overdue: &Overdue, now: Timestamp) -> Duration {
    overdue.oldest.map_or(Duration::ZERO, |oldest| now.since(oldest.keep_until()))
}

async fn overdue(app: &App, limit: i64) -> Result<Overdue, store::Error> {
    app.store.read().await?.overdue_tokens(app.now(), limit).await
}

async fn take_lease(app: &App, now: Timestamp) -> Result<bool, store::Error> {
    app.store.write().await?.take_lease(LEASE, app.node, now, now.plus(LEASE_LENGTH)).await
}
