//! The signals that stop a server, or let it read its settings again.

use std::time::Duration;

use tokio::{
    signal::unix::{Signal, SignalKind, signal},
    sync::watch,
};

use crate::{
    app::App,
    cli::problem::{Exit, Problem},
};

use super::manager;

/// SIGTERM and SIGINT, caught from now on.
pub(super) struct Signals {
    terminate: Signal,
    interrupt: Signal,
}

/// SIGHUP, caught from now on.
pub(super) struct Hangups(Signal);

impl Signals {
    /// Begins to catch them.
    pub(super) fn listen() -> Result<Self, Problem> {
        let (terminate, interrupt) = (SignalKind::terminate(), SignalKind::interrupt());
        Ok(Self { terminate: catch(terminate)?, interrupt: catch(interrupt)? })
    }

    /// Turns `stop` true at the first signal, and returns at the second.
    ///
    /// A service manager's SIGTERM first lets balancers see at `/readyz` that this server stops; a
    /// person's Ctrl-C waits for nobody.
    pub(super) async fn wait(mut self, app: &App, stop: watch::Sender<bool>) {
        let is_announced = self.one().await == SignalKind::terminate();
        app.begin_stopping();
        manager::stopping();
        let delay = if is_announced { app.config().server.drain_delay } else { Duration::ZERO };
        tracing::info!(
            event = "server.stopping",
            delay_ms = u64::try_from(delay.as_millis()).unwrap_or(u64::MAX),
            "stopping, once the requests under way are answered"
        );
        let is_hurried = tokio::time::timeout(delay, self.one()).await.is_ok();
        if !is_hurried {
            // It stops by itself if nobody listens any more.
            let _ = stop.send(true);
            self.one().await;
        }
        tracing::warn!(event = "server.stopped_at_once", "stopped at once, at the second signal");
    }

    async fn one(&mut self) -> SignalKind {
        tokio::select! {
            _ = self.terminate.recv() => SignalKind::terminate(),
            _ = self.interrupt.recv() => SignalKind::interrupt(),
        }
    }
}

impl Hangups {
    /// Begins to catch them: until then one would end the process.
    pub(super) fn listen() -> Result<Self, Problem> {
        catch(SignalKind::hangup()).map(Self)
    }

    /// Returns at the next one.
    pub(super) async fn next(&mut self) {
        self.0.recv().await;
    }
}

fn catch(kind: SignalKind) -> Result<Signal, Problem> {
    signal(kind).map_err(|error| {
        Problem::new(Exit::Unreachable, "can't catch signals").said(error.to_string())
    })
}
