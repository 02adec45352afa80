//! Small things that requests must not wait for.

use std::time::Duration;

use crate::{app::App, error::Error};

/// How often it runs.
pub(super) const INTERVAL: Duration = Duration::from_secs(10);

/// Writes the last uses of client secrets, and reads keys that other nodes made. What fails is
/// tried again the next time.
pub(super) async fn run(app: &App) {
    if let Err(error) = tidy(app).await {
        error.log();
    }
}

async fn tidy(app: &App) -> Result<(), Error> {
    app.last_uses.write(&app.store).await?;
    app.tokens.sealer().renew(&app.store, app.now()).await?;
    app.tokens.keys().reload(&app.store, app.tokens.sealer()).await?;
    Ok(())
}
