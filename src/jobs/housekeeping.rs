//! Small things that requests must not wait for.

use std::time::Duration;

use crate::{app::App, error::Error};

/// How often it runs.
pub(super) const INTERVAL: Duration = Duration::from_secs(10);

/// Ends doubts about commits, writes the last uses of client secrets, and reads keys that other nodes made. What fails is
/// tried again the next time.
pub(super) async fn run(app: &App) {
    let (store, sealer) = (&app.store, app.tokens.sealer());
    let outcomes: [Result<(), Error>; 4] = [
        store.settle().await.map_err(Error::from),
        app.last_uses.write(store).await.map_err(Error::from),
        sealer.renew(store, app.now()).await.map_err(Error::from),
        app.tokens.keys().reload(store, sealer).await.map_err(Error::from),
    ];
    // Each by itself: one that fails keeps no other from its work.
    outcomes.iter().filter_map(|outcome| outcome.as_ref().err()).for_each(Error::log);
}
