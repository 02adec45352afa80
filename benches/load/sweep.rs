//! What a sweep does to those who ask meanwhile.

use std::time::{Duration, Instant};

use super::{
    Result,
    cases::Case,
    fill::{add_overdue, count_overdue},
    link::Link,
    measure::Sample,
    settings::Settings,
    stage::Stage,
    variant::Variant,
};

/// How many connections ask at once.
pub const CONNECTIONS: u32 = 16;

/// The cases that are run with and without a sweep.
pub const CASES: [Case; 2] = [Case::Cached, Case::Uncached];

/// Sweeps as soon as it can, again and again.
const OFTEN: &[(&str, &str)] = &[("TESSERA_SWEEP__INTERVAL", "1s")];

/// Never sweeps while we look.
const SELDOM: &[(&str, &str)] = &[("TESSERA_SWEEP__INTERVAL", "1d")];

/// How long the sweep may take to begin.
const PATIENCE: Duration = Duration::from_secs(20);

/// What was found on one engine.
#[derive(Debug)]
pub struct Swept {
    /// The engine.
    pub database: String,
    /// How many rows were overdue.
    pub rows: u64,
    /// Each case without and with a sweep.
    pub pairs: Vec<Pair>,
}

/// A case without and with a sweep.
#[derive(Debug)]
pub struct Pair {
    /// The case.
    pub case: Case,
    /// While nothing is swept.
    pub without: Sample,
    /// While rows are swept.
    pub with: Sample,
    /// How many rows were swept in a second.
    pub rows_per_second: f64,
    /// Whether there was something to sweep until the end.
    pub until_the_end: bool,
}

/// Measures introspection with overdue rows that stay, and with as many that go.
pub async fn measure(stage: &mut Stage, settings: &Settings, rows: u64) -> Result<Swept> {
    let database = stage.database.name.clone();
    let mut pairs = Vec::new();
    for _ in 0..settings.rounds() {
        for case in CASES {
            eprintln!("bench: {database}: {} with and without a sweep", case.name());
            stage.stop()?;
            top_up(stage, rows).await?;
            stage.start(Variant::Plain, SELDOM).await?;
            let without = stage.run(case, CONNECTIONS, settings.duration()).await?;
            stage.start(Variant::Plain, OFTEN).await?;
            pairs.push(measure_one(stage, case, (without, settings.duration())).await?);
        }
    }
    stage.stop()?;
    Ok(Swept { database, rows, pairs })
}

async fn measure_one(
    stage: &Stage,
    case: Case,
    (without, duration): (Sample, Duration),
) -> Result<Pair> {
    let mut link = Link::open(&stage.database.url).await?;
    let at_first = count_overdue(&mut link).await?;
    let began = Instant::now();
    let mut before = at_first;
    while before == at_first {
        if began.elapsed() > PATIENCE {
            return Err("the sweep did not begin".into());
        }
        tokio::time::sleep(Duration::from_millis(20)).await;
        before = count_overdue(&mut link).await?;
    }
    let began = Instant::now();
    let with = stage.run(case, CONNECTIONS, duration).await?;
    let took = began.elapsed();
    let after = count_overdue(&mut link).await?;
    link.close().await?;
    let swept = u32::try_from(before.saturating_sub(after))?;
    let rows_per_second = f64::from(swept) / took.as_secs_f64();
    Ok(Pair { case, without, with, rows_per_second, until_the_end: after > 0 })
}

/// Sees to it that so many rows are overdue, while no server runs.
async fn top_up(stage: &Stage, rows: u64) -> Result<()> {
    let mut link = Link::open(&stage.database.url).await?;
    let there = count_overdue(&mut link).await?;
    link.close().await?;
    add_overdue(&stage.database, rows.saturating_sub(there)).await
}
