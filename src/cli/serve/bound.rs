//! The addresses that a server listens on.

use std::{net::SocketAddr, sync::Arc};

use crate::{
    cli::problem::{Exit, Problem},
    config::{Config, StoreUrl},
    server::{Listening, Tls},
    store::Owned,
};

/// The addresses that were bound.
pub(super) struct Bound {
    /// Where requests come in.
    pub(super) requests: Listening,
    /// Where operators have pages of their own, if that is elsewhere.
    pub(super) console: Option<Listening>,
    /// Where metrics are read.
    pub(super) metrics: Option<Listening>,
}

impl Bound {
    /// Takes every address that the settings name.
    ///
    /// # Errors
    ///
    /// One that cannot be had.
    pub(super) async fn bind(config: &Config, tls: Option<Arc<Tls>>) -> Result<Self, Problem> {
        let requests =
            bind(config.server.listen, "server.listen", config).await?.speaking(tls.clone());
        let console = match config.admin.listen {
            Some(address) => Some(bind(address, "admin.listen", config).await?.speaking(tls)),
            None => None,
        };
        let metrics = match config.metrics.listen {
            Some(address) => Some(bind(address, "metrics.listen", config).await?),
            None => None,
        };
        Ok(Self { requests, console, metrics })
    }
}

async fn bind(
    address: SocketAddr,
    key: &'static str,
    config: &Config,
) -> Result<Listening, Problem> {
    Listening::bind(address).await.map_err(|error| {
        if is_owned(config) {
            return another_has(config);
        }
        Problem::new(Exit::Unreachable, format!("can't listen on {address}"))
            .said(error.to_string())
            .origin(key)
            .next(format!("end what listens there, or set {key} to another address"))
    })
}

/// Whether another process has the SQLite file open, which explains a taken address.
fn is_owned(config: &Config) -> bool {
    match &config.store.url {
        StoreUrl::Sqlite(path) if config.store.enabled => {
            path.exists() && Owned::look(path) == Owned::ByAnother
        }
        StoreUrl::Sqlite(_) | StoreUrl::Postgres(_) => false,
    }
}

pub(super) fn another_has(config: &Config) -> Problem {
    let place = config.store.url.masked();
    let place = place.strip_prefix("sqlite:").unwrap_or(&place);
    Problem::new(Exit::Unreachable, format!("another tessera has {place} open"))
        .next("stop it, or use PostgreSQL for several servers")
}
