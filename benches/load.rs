//! What the server costs: how many requests a second, how long they wait, and how much CPU each
//! takes, on both engines.
//!
//! `scripts/bench` builds and runs this, and docs/performance.md tells how to read what it prints.
//! It reads `/proc`, so it runs on Linux alone.

#![allow(unreachable_pub, reason = "a benchmark has no outside")]

#[path = "load/browser.rs"]
mod browser;
#[path = "load/cases.rs"]
mod cases;
#[path = "load/compare.rs"]
mod compare;
#[path = "load/console/mod.rs"]
mod console;
#[path = "load/database.rs"]
mod database;
#[path = "load/figures.rs"]
mod figures;
#[path = "load/fill.rs"]
mod fill;
#[path = "load/indexes.rs"]
mod indexes;
#[path = "load/link.rs"]
mod link;
#[path = "load/measure.rs"]
mod measure;
#[path = "load/people.rs"]
mod people;
#[path = "load/processes.rs"]
mod processes;
#[path = "load/report.rs"]
mod report;
#[path = "load/rounds.rs"]
mod rounds;
#[path = "load/scene.rs"]
mod scene;
#[path = "load/server.rs"]
mod server;
#[path = "load/settings.rs"]
mod settings;
#[path = "load/sizes.rs"]
mod sizes;
#[path = "load/stage.rs"]
mod stage;
#[path = "load/sweep.rs"]
mod sweep;
#[path = "load/variant.rs"]
mod variant;
#[path = "load/wire.rs"]
mod wire;

use std::process::ExitCode;

use clap::Parser;
use tokio::signal::unix::{SignalKind, signal};

use report::Report;
use rounds::Findings;
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
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("bench: {error}");
            ExitCode::FAILURE
        }
    }
}

/// Runs everything, and prints the report: after an error or a signal, the tables that were done.
async fn run(settings: &Settings) -> Result<()> {
    let mut interrupt = signal(SignalKind::interrupt())?;
    let mut terminate = signal(SignalKind::terminate())?;
    let mut report = Report::begin(settings)?;
    let outcome = tokio::select! {
        outcome = measure_all(settings, &mut report) => outcome,
        _ = interrupt.recv() => Err("interrupted".into()),
        _ = terminate.recv() => Err("terminated".into()),
    };
    if outcome.is_ok() || report.has_tables() {
        print!("{}", report.end()?);
    }
    outcome
}

/// Measures all that was asked for.
async fn measure_all(settings: &Settings, report: &mut Report) -> Result<()> {
    let sweep = settings.sweep();
    if settings.wants_cases() || sweep.is_some() {
        let mut stages = set_stages(settings).await?;
        if settings.wants_cases() {
            measure_cases(settings, &mut stages).await?;
            report.add_cases(stages.iter().map(|(_, findings)| findings), settings)?;
        }
        if let Some(rows) = sweep {
            let mut found = Vec::new();
            for (stage, _) in &mut stages {
                found.push(sweep::measure(stage, settings, rows).await?);
            }
            report.add_sweep(&found)?;
        }
    }
    if !settings.sizes().is_empty() {
        let mut found = Vec::new();
        for engine in settings.engines() {
            found.push(sizes::measure(engine, settings).await?);
        }
        report.add_sizes(&found)?;
    }
    if settings.people() {
        let mut found = Vec::new();
        for engine in settings.engines() {
            found.push(people::measure(engine, settings).await?);
        }
        report.add_people(&found)?;
    }
    if settings.indexes() {
        let mut found = Vec::new();
        for engine in settings.engines() {
            found.extend(indexes::measure(engine, settings).await?);
        }
        report.add_indexes(&found)?;
    }
    for &(engine, rows) in settings.console() {
        report.add_console(&console::measure(engine, rows).await?)?;
    }
    if settings.compare() {
        report.add_comparison(&compare::measure(settings).await?)?;
    }
    Ok(())
}

/// Sets all stages before the first round, and visits each in every round: an hour in which the
/// machine has other things to do then spoils no engine more than another.
async fn set_stages(settings: &Settings) -> Result<Vec<(Stage, Findings)>> {
    let mut stages = Vec::new();
    for engine in settings.engines() {
        let mut stage = Stage::set(engine, settings.stock()).await?;
        let findings = rounds::begin(&mut stage, settings).await?;
        stages.push((stage, findings));
    }
    Ok(stages)
}

async fn measure_cases(settings: &Settings, stages: &mut [(Stage, Findings)]) -> Result<()> {
    for round in 1..=settings.rounds() {
        eprintln!("bench: round {round} of {}", settings.rounds());
        for (stage, findings) in &mut *stages {
            rounds::measure(stage, settings, findings).await?;
        }
    }
    Ok(())
}
