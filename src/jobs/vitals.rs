//! What is measured now and then, since asking for it at every look at the metrics would make them
//! depend on the database.

use std::time::Duration;

use metrics::gauge;

use crate::{acts, app::App, model::timestamp::Timestamp};

use super::{audit, sweep};

/// How often it looks.
pub(super) const INTERVAL: Duration = Duration::from_secs(10);

/// Looks once. While the store is gone, what it last said stands, and `tessera_ready` is 0.
pub async fn run(app: &App) {
    let is_ready = match app.store.ping().await {
        Ok(()) => look(app).await.is_ok(),
        Err(_) => false,
    };
    gauge!("tessera_ready").set(f64::from(is_ready));
}

async fn look(app: &App) -> acts::Result<()> {
    gauge!("tessera_nodes").set(number(app.store.count_nodes().await?));
    if app.store.is_disabled() {
        return Ok(());
    }
    sweep::measure(app).await?;
    audit::measure(app).await?;
    let done = sweep::last_done(app).await?;
    gauge!("tessera_sweep_last_success_timestamp_seconds")
        .set(done.map_or(0.0, Timestamp::exact_seconds));
    Ok(())
}

fn number(nodes: i64) -> f64 {
    i32::try_from(nodes).map_or(f64::INFINITY, f64::from)
}
