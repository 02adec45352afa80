//! Small things that requests must not wait for.

use std::time::Duration;

use crate::{
    acts::{self, audit},
    app::App,
    error::Error,
    store,
};

/// How often it runs.
pub(super) const INTERVAL: Duration = Duration::from_secs(10);

/// How long a node that keeps nothing may be silent until it is forgotten.
const SILENCE: Duration = Duration::from_mins(10);

/// Ends doubts about commits, writes the last uses of client secrets and what was refused, reads keys that other nodes
/// made, empties answers that nobody may ask for again, and forgets nodes that are gone. What fails
/// is tried again the next time.
pub(super) async fn run(app: &App) {
    if app.store.is_disabled() {
        return;
    }
    let (store, sealer) = (&app.store, app.tokens.sealer());
    let outcomes: [Result<(), Error>; 8] = [
        store.settle().await.map_err(Error::from),
        app.last_uses.write(store).await.map_err(Error::from),
        app.refusals.write(store).await.map_err(Error::from),
        tell_of_guesses(app).await.map_err(Error::from),
        sealer.renew(store, app.now()).await.map_err(Error::from),
        app.read_keys().await.map_err(Error::from),
        app.tokens.forget_replays(app.now()).await.map_err(Error::from),
        mind_nodes(app).await.map_err(Error::from),
    ];
    // Each by itself: one that fails keeps no other from its work.
    outcomes.iter().filter_map(|outcome| outcome.as_ref().err()).for_each(Error::log);
}

/// Tells the audit log whose passwords were guessed at too often.
async fn tell_of_guesses(app: &App) -> acts::Result<()> {
    for (user_id, from) in app.refusals.take_guessed(app.now()) {
        audit::note_guessed(app, user_id, from).await?;
    }
    Ok(())
}

/// Says what this node noticed, and forgets nodes that were killed and are missed by nobody.
async fn mind_nodes(app: &App) -> Result<(), store::Error> {
    if app.store.is_sqlite() {
        return Ok(());
    }
    app.describe().await?;
    let before = app.now().minus(SILENCE);
    app.store.write().await?.sweep_nodes(before).await.map(drop)
}
