//! Signing keys take turns: by one node at a time, so that no key is made in vain. Should two be at
//! it all the same, each step is still taken once.

use std::time::Duration;

use crate::{
    acts::{
        self, Operator,
        keys::{Taken, turn},
        master_key,
    },
    app::App,
    error::Error,
};

/// The name of the lease.
pub const LEASE: &str = "keys";

/// How long the lease lasts without being prolonged.
const LEASE_LENGTH: Duration = Duration::from_mins(1);

/// How often it is looked whether anything is due.
pub(super) const INTERVAL: Duration = Duration::from_mins(1);

/// Takes the steps that are due, if no other node does. What fails is tried again
/// the next time.
pub async fn run(app: &App) {
    // Without a store, whoever keeps the file of keys decides.
    if app.store.is_disabled() {
        return;
    }
    match rotate(app).await {
        // Each step is in the audit log, and so in the log.
        Ok(_) => {}
        Err(error) => log(error),
    }
    match master_key::is_in_force(app).await {
        Ok(true) => {}
        Ok(false) => tracing::warn!(
            event = "master_key.other",
            "another master key is in force than this server has: set keys.master to it and restart"
        ),
        Err(error) => log(error),
    }
}

/// Takes every step that is due. `None` if another node is at it.
///
/// # Errors
///
/// What the store says; steps taken until then stay taken.
pub async fn rotate(app: &App) -> acts::Result<Option<Vec<Taken>>> {
    let now = app.now();
    let mut store = app.store.write().await?;
    let is_ours = store.take_lease(LEASE, app.node, now, now.plus(LEASE_LENGTH)).await?;
    drop(store);
    if !is_ours {
        return Ok(None);
    }
    let taken = turn(app, &Operator::new("job:keys")).await?;
    app.store.write().await?.finish_lease(LEASE, app.node, app.now()).await?;
    Ok(Some(taken))
}

fn log(error: acts::Error) {
    match error {
        acts::Error::Store(error) => Error::from(error).log(),
        acts::Error::Tokens(error) => Error::from(error).log(),
        error => tracing::error!(event = "keys.not_rotated", "signing keys: {error}"),
    }
}
