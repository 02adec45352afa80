//! What the server costs: how many requests a second, how long they wait, and how much CPU each
//! takes, on both engines.
//!
//! `scripts/bench` builds and runs this, and docs/performance.md tells how to read what it prints.
//! It reads `/proc`, so it runs on Linux alone.

#![allow(unreachable_pub, reason = "a benchmark has no outside")]

#[path = "load/cases.rs"]
mod cases;
#[path = "load/database.rs"]
mod database;
#[path = "load/measure.rs"]
mod measure;
#[path = "load/processes.rs"]
mod processes;
#[path = "load/report.rs"]
mod report;
#[path = "load/server.rs"]
mod server;
#[path = "load/settings.rs"]
mod settings;
#[path = "load/stage.rs"]
mod stage;
#[path = "load/wire.rs"]
mod wire;

use std::process::ExitCode;

use clap::Parser;
use tokio::signal::unix::{SignalKind, signal};

use report::Report;
use settings::Settings;
use stage::Stage;

/// Whatever goes wrong ends the run: half a measurement is none.
type Result<T> = std::result::Result<T, Box<dyn std::error::Error + Send + Sync>>;

fn main() -> ExitCode {
    // `cargo test --benches` runs this too, without the `--bench` of `cargo bench`.
    if !std::env::args().any(|argument| argument == "--bench") {
        return ExitCode::SUCCESS;
    }
    let settings = Settings::parse();
    // One thread: the driver shall take as little as it can of the cores that it shares.
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
    let outcome = runtime.map_err(Into::into).and_then(|runtime| runtime.block_on(run(&settings)));
    match outcome {
        Ok(report) => {
            print!("{report}");
            ExitCode::SUCCESS
        }
        Err(error) => {
            eprintln!("bench: {error}");
            ExitCode::FAILURE
        }
    }
}

/// Runs everything, and returns the report. A signal ends it early, with all that it started.
async fn run(settings: &Settings) -> Result<String> {
    let mut interrupt = signal(SignalKind::interrupt())?;
    let mut terminate = signal(SignalKind::terminate())?;
    tokio::select! {
        report = measure_all(settings) => report,
        _ = interrupt.recv() => Err("interrupted".into()),
        _ = terminate.recv() => Err("terminated".into()),
    }
}

/// Sets all stages before the first round, and visits each in every round: an hour in which the
/// machine has other things to do then spoils no engine more than another.
async fn measure_all(settings: &Settings) -> Result<String> {
    let mut report = Report::begin(settings)?;
    let mut stages = Vec::new();
    for engine in settings.engines() {
        stages.push(Stage::set(engine).await?);
    }
    for round in 1..=settings.rounds() {
        eprintln!("bench: round {round} of {}", settings.rounds());
        for stage in &mut stages {
            stage.measure(settings.duration()).await?;
        }
    }
    for stage in stages {
        report.add(&stage.end()?)?;
    }
    report.end()
}
