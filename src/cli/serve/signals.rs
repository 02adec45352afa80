//! The signals that stop a server.

use tokio::{
    signal::unix::{Signal, SignalKind, signal},
    sync::watch,
};

use crate::cli::problem::{Exit, Problem};

/// SIGTERM and SIGINT, caught from now on.
pub(super) struct Signals {
    terminate: Signal,
    interrupt: Signal,
}

impl Signals {
    /// Begins to catch them.
    pub(super) fn listen() -> Result<Self, Problem> {
        let catch = |kind| {
            signal(kind).map_err(|error| {
                Problem::new(Exit::Unreachable, "can't catch signals").said(error.to_string())
            })
        };
        let (terminate, interrupt) = (SignalKind::terminate(), SignalKind::interrupt());
        Ok(Self { terminate: catch(terminate)?, interrupt: catch(interrupt)? })
    }

    /// Turns `stop` true at the first signal, and returns at the second.
    pub(super) async fn wait(mut self, stop: watch::Sender<bool>) {
        self.one().await;
        tracing::info!("stopping, once the requests under way are answered");
        // It stops by itself if nobody listens any more.
        let _ = stop.send(true);
        self.one().await;
        tracing::warn!("stopped at once, at the second signal");
    }

    async fn one(&mut self) {
        tokio::select! {
            _ = self.terminate.recv() => {}
            _ = self.interrupt.recv() => {}
        }
    }
}
