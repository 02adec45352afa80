//! `tessera serve`: opens everything, serves until a signal says stop, and lets go in order.

mod banner;
mod bound;
mod certificate;
mod logging;
mod manager;
mod reload;
mod signals;
#[cfg(feature = "otel")]
mod traces;
#[cfg(not(feature = "otel"))]
#[path = "no_traces.rs"]
mod traces;
mod waiting;

use std::{
    path::Path,
    sync::Arc,
    time::{Duration, Instant},
};

use tokio::{
    sync::watch,
    task::{JoinHandle, JoinSet},
};

use crate::{
    app::{App, Clock, Opened},
    config::{Config, Loaded, StoreUrl},
    jobs,
    model::{secret::Random, timestamp::Timestamp},
    server::{self, Limits, Listening, MetricsPage},
};

use self::{
    banner::{FirstSetup, Start, announce},
    bound::{Bound, another_has},
    logging::Lines,
    reload::Reloader,
    signals::{Hangups, Signals},
    traces::Traces,
};
use super::{
    console::Console,
    declared,
    environment::Environment,
    open::{Reached, issuer, reach},
    problem::{Exit, Outcome, Problem},
    socket::CommandSocket,
};

pub(super) use banner::master_key_advice;

/// Serves until a signal stops it.
pub(super) async fn run(
    (loaded, environment): (Loaded, &Environment),
    (clock, random): (Clock, Random),
    console: &mut Console,
) -> Outcome {
    let began = Instant::now();
    let traces = Traces::start(&loaded.config.tracing, &random)?;
    let (lines, change_level) =
        logging::start(&loaded.config.log, console.facts(), clock.clone(), &traces);
    let reloader = Reloader::new(loaded, environment.clone(), change_level);
    let serving = Box::pin(start_and_serve(reloader, (clock, random), (lines, began), console));
    let outcome = serving.await;
    // Who was told to stop at once does not wait for them either.
    if !matches!(outcome, Ok(Exit::Stopped)) {
        traces.end().await;
    }
    match (outcome, lines) {
        (Err(problem), Lines::Json) => {
            problem.log();
            Ok(problem.exit)
        }
        (outcome, _) => outcome,
    }
}

async fn start_and_serve(
    reloader: Reloader,
    (clock, random): (Clock, Random),
    (lines, began): (Lines, Instant),
    console: &mut Console,
) -> Outcome {
    // From now on, or one that comes early would end the process.
    let hangups = Hangups::listen()?;
    let loaded = reloader.loaded();
    let tls = certificate::load(loaded, clock.now())?.map(Arc::new);
    let bound = Bound::bind(&loaded.config, tls.clone()).await?;
    let address = bound.requests.address();
    let open = async |config: Config| {
        let issuer = issuer(&config, address);
        Box::pin(App::open(config, issuer, clock.clone(), random.clone())).await
    };
    // Before the store is opened: who counts often keeps its counters at hand.
    let metrics = match bound.metrics {
        Some(listening) => Some((listening, install_metrics(clock.now())?)),
        None => None,
    };
    let opened = match Box::pin(reach(loaded, open)).await? {
        Reached::Open(opened) => opened,
        Reached::Server(_) => return Err(another_has(&loaded.config)),
    };
    opened.app.join();
    let settled = declared::settle(&opened.app, loaded, reloader.environment()).await?;
    declared::log(&settled);
    let signals = Signals::listen()?;
    let start = Start {
        loaded,
        opened: &opened,
        facts: opened.app.store.facts().await?,
        listen: address,
        metrics: metrics.as_ref().map(|(listening, _)| listening.address()),
        console: bound.console.as_ref().map(Listening::address),
        certificate: tls.as_ref().map(|tls| tls.certificate()),
        setup: FirstSetup::look(&opened.app, console).await?,
        began,
    };
    let (stop, stopped) = watch::channel(false);
    let mut parts = Parts::start(&opened, metrics, &stopped);
    if let Some(tls) = tls.clone() {
        parts.jobs.spawn(tls.keep_up(clock.clone(), server::LOOK_EVERY, stopped.clone()));
    }
    announce(&start, lines, console);
    manager::ready();
    let app = &opened.app;
    // In a task of its own, which ends with this function: what it waits for holds up nobody.
    let mut reloading = JoinSet::new();
    reloading.spawn(reloader.run(app.clone(), tls, hangups));
    tokio::select! {
        () = parts.serve(app.clone(), (bound.requests, bound.console), stopped) => Ok(Exit::Yes),
        () = signals.wait(app, stop) => {
            waiting::give_up(app).await;
            Ok(Exit::Stopped)
        }
    }
}

/// How long a stop waits for jobs, once the last request is answered.
const LAST_JOBS: Duration = Duration::from_secs(10);

/// How many connections may be open to the page of metrics.
const SCRAPERS: usize = 64;

/// What runs beside the server itself.
struct Parts {
    jobs: JoinSet<()>,
    metrics: Option<JoinHandle<()>>,
    commands: Option<JoinHandle<()>>,
    /// Turns true when no request is under way any more.
    quiet: watch::Sender<bool>,
}

impl Parts {
    fn start(
        opened: &Opened,
        metrics: Option<(Listening, MetricsPage)>,
        stopped: &watch::Receiver<bool>,
    ) -> Self {
        let app = &opened.app;
        let metrics = metrics.map(|(listening, page)| {
            let limits = Limits { connections: SCRAPERS, ..limits(app) };
            let (router, stopped) = (page.clone().router(app.clone()), stopped.clone());
            tokio::spawn(async move {
                tokio::select! {
                    _ = server::serve(listening, router, limits, stopped) => {}
                    () = page.keep_up() => {}
                }
            })
        });
        // Commands are taken until the last request is answered: nobody else can run them.
        let (quiet, is_quiet) = watch::channel(false);
        let commands = match &app.config().store.url {
            StoreUrl::Sqlite(path) if !app.store.is_disabled() => {
                take_commands(path, app, is_quiet)
            }
            StoreUrl::Sqlite(_) | StoreUrl::Postgres(_) => None,
        };
        Self { jobs: jobs::start(app, stopped), metrics, commands, quiet }
    }

    /// Serves requests, then lets go of everything in order.
    async fn serve(
        mut self,
        app: App,
        (requests, console): (Listening, Option<Listening>),
        stopped: watch::Receiver<bool>,
    ) {
        let router = server::router(app.clone());
        let stop = waiting::began(stopped.clone());
        let console = serve_console(console, &app, stopped.clone());
        let serving = server::serve(requests, router, limits(&app), stopped);
        let (stopped_at, is_whole, is_console_whole) = tokio::join!(stop, serving, console);
        if !(is_whole && is_console_whole) {
            tracing::warn!(
                event = "server.cut_off",
                "some requests were cut off: they took longer than drain_timeout"
            );
        }
        let _ = self.quiet.send(true);
        let ended = async { while self.jobs.join_next().await.is_some() {} };
        if tokio::time::timeout(LAST_JOBS, ended).await.is_err() {
            tracing::warn!(event = "server.jobs_cut_off", "some jobs did not end in time");
        }
        for part in [self.commands, self.metrics].into_iter().flatten() {
            let _ = part.await;
        }
        waiting::write_all(&app, stopped_at).await;
        for written in [app.last_uses.write(&app.store).await, app.refusals.write(&app.store).await]
        {
            let _ = written.map_err(|error| crate::error::Error::from(error).log());
        }
        if let Err(error) = app.tally.write_all(&app.store, app.now()).await {
            crate::error::Error::from(error).log();
        }
        app.store.close().await;
        tracing::info!(event = "server.stopped", "stopped");
    }
}

/// Serves the pages of operators where they have a listener of their own. Returns whether every
/// request was answered.
async fn serve_console(
    listening: Option<Listening>,
    app: &App,
    stopped: watch::Receiver<bool>,
) -> bool {
    let Some(listening) = listening else { return true };
    server::serve(listening, server::console_router(app.clone()), limits(app), stopped).await
}

/// Takes commands that are handed over. A server without them serves all the same.
fn take_commands(
    database: &Path,
    app: &App,
    stop: watch::Receiver<bool>,
) -> Option<JoinHandle<()>> {
    match CommandSocket::bind(database) {
        Ok(socket) => Some(tokio::spawn(socket.serve(app.clone(), stop))),
        Err(error) => {
            tracing::warn!(
                event = "commands.unavailable",
                reason = %error,
                "commands won't work while this server runs: no socket: {error}"
            );
            None
        }
    }
}

fn install_metrics(now: Timestamp) -> Result<MetricsPage, Problem> {
    MetricsPage::install(now).map_err(|error| {
        Problem::new(Exit::Unreachable, "can't collect metrics").said(error.to_string())
    })
}

fn limits(app: &App) -> Limits {
    let config = app.config();
    let reserved = match &config.store.url {
        _ if !config.store.enabled => 0,
        StoreUrl::Sqlite(_) => 0,
        StoreUrl::Postgres(_) => usize::try_from(config.store.connections).unwrap_or(usize::MAX),
    };
    Limits {
        patience: config.server.request_timeout,
        drain: config.server.drain_timeout,
        connections: server::most_connections(reserved),
    }
}
