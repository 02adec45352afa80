//! What a stop does about tokens that were answered and wait to be written.

use std::time::{Duration, Instant};

use tokio::sync::watch;

use crate::app::App;

/// How long a stop writes at least, however long requests took to end.
const LAST_WRITES: Duration = Duration::from_secs(1);

/// Returns when a stop began, once it has.
pub(super) async fn began(mut stopped: watch::Receiver<bool>) -> Instant {
    // Nobody is left to stop us: that is one as well.
    let _ = stopped.wait_for(|is_stopped| *is_stopped).await;
    Instant::now()
}

/// Writes all of them, for as long as a stop that began then may take.
pub(super) async fn write_all(app: &App, stopped_at: Instant) {
    let left = app.config().server.drain_timeout.saturating_sub(stopped_at.elapsed());
    end(app, left.max(LAST_WRITES)).await;
}

/// Writes none any more.
pub(super) async fn give_up(app: &App) {
    end(app, Duration::ZERO).await;
}

async fn end(app: &App, patience: Duration) {
    let lost = app.store.end_waiting(patience).await;
    if lost > 0 {
        tracing::error!(
            event = "persistence.given_up",
            tokens = lost,
            "{lost} tokens were answered and are lost: they could not be written in time"
        );
    }
}
