//! Where the server's log goes, and how it looks: text on a terminal, one JSON object a line
//! elsewhere.

use std::{fmt, io};

use tracing::Subscriber;
use tracing_subscriber::{
    Layer,
    filter::{LevelFilter, Targets},
    fmt::{format::Writer, time::FormatTime},
    layer::SubscriberExt,
    registry, reload,
};

use crate::{
    app::Clock,
    cli::facts::Facts,
    config::{Level, Log, LogFormat},
    model::trace::SPANS,
};

use super::traces::Traces;

/// How events are written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Lines {
    /// For people.
    Text,
    /// One JSON object a line.
    Json,
}

/// Changes what is logged from now on.
pub(super) type ChangeLevel = Box<dyn Fn(Level) + Send + Sync>;

/// Sends the events of this process to standard error, and its spans to `traces`. Once a process.
pub(super) fn start(
    log: &Log,
    facts: &Facts,
    clock: Clock,
    traces: &Traces,
) -> (Lines, ChangeLevel) {
    let lines = match log.format {
        LogFormat::Text => Lines::Text,
        LogFormat::Auto if facts.err_is_terminal => Lines::Text,
        LogFormat::Auto | LogFormat::Json => Lines::Json,
    };
    let layer = tracing_subscriber::fmt::layer()
        .with_writer(io::stderr)
        .with_timer(Ticks(clock))
        // It would complain to standard error, and panic where that is what broke.
        .log_internal_errors(false);
    let (filter, handle) = reload::Layer::new(targets(log.level));
    match lines {
        Lines::Text => {
            let layer = layer.with_ansi(facts.err.colour).with_target(false).compact();
            install(registry().with(traces.layer()).with(layer.with_filter(filter)));
        }
        Lines::Json => {
            let layer = layer.json().flatten_event(true).with_span_list(false);
            install(registry().with(traces.layer()).with(layer.with_filter(filter)));
        }
    }
    // It fails where the subscriber is gone, and then nothing is logged anyway.
    (lines, Box::new(move |level| drop(handle.reload(targets(level)))))
}

fn install(subscriber: impl Subscriber + Send + Sync) {
    // A second server in one process, as in a test, logs where the first does.
    let _ = tracing::subscriber::set_global_default(subscriber);
}

/// Our own events from `level` up, and those of the libraries if they warn.
fn targets(level: Level) -> Targets {
    let level = match level {
        Level::Error => LevelFilter::ERROR,
        Level::Warn => LevelFilter::WARN,
        Level::Info => LevelFilter::INFO,
        Level::Debug => LevelFilter::DEBUG,
        Level::Trace => LevelFilter::TRACE,
    };
    Targets::new()
        .with_default(level.min(LevelFilter::WARN))
        .with_target("tessera", level)
        // They are for traces. The log's own span carries the id of the request.
        .with_target(SPANS, LevelFilter::OFF)
}

/// The clock, as the log shows it: RFC 3339 in UTC with milliseconds.
struct Ticks(Clock);

impl FormatTime for Ticks {
    fn format_time(&self, writer: &mut Writer<'_>) -> fmt::Result {
        let now = self.0.now();
        let (seconds, milliseconds) = (now.rfc3339(), now.0.rem_euclid(1000));
        write!(writer, "{}.{milliseconds:03}Z", seconds.trim_end_matches('Z'))
    }
}
