//! Every case on every setting, again and again, each beside the static route.

use std::time::Duration;

use super::{
    Result,
    cases::Case,
    measure::Sample,
    settings::Settings,
    stage::{Filling, Stage},
    variant::Variant,
};

/// What was found on one engine.
#[derive(Debug)]
pub struct Findings {
    /// The engine.
    pub database: String,
    /// What the store held at first.
    pub filling: Filling,
    /// How long each start took, on a database that was there before.
    pub starts: Vec<Duration>,
    /// Memory before the first request, in bytes.
    pub idle_bytes: u64,
    /// Memory of a server with the default settings after its last request, in bytes.
    pub loaded_bytes: Option<u64>,
    /// What each request cost.
    pub pairs: Vec<Pair>,
}

/// A case, and the static route just before it.
#[derive(Debug)]
pub struct Pair {
    /// How the servers were set up.
    pub variant: Variant,
    /// The case.
    pub case: Case,
    /// How many connections asked at once.
    pub connections: u32,
    /// The static route.
    pub beside: Sample,
    /// The case.
    pub sample: Sample,
}

impl Pair {
    /// The CPU of a request, the database's included, as a multiple of the static route's.
    pub fn multiple(&self) -> f64 {
        self.sample.cost() / self.beside.per_request(self.beside.cpu.server)
    }
}

/// What is known of a stage before the first round.
pub async fn begin(stage: &mut Stage, settings: &Settings) -> Result<Findings> {
    let filling = stage.fill(settings.rows()).await?;
    let (starts, idle_bytes) = stage.time_starts().await?;
    let database = stage.database.name.clone();
    let (loaded_bytes, pairs) = (None, Vec::new());
    Ok(Findings { database, filling, starts, idle_bytes, loaded_bytes, pairs })
}

/// Measures every case once, the static route before each: what disturbs the machine for a while
/// disturbs both.
pub async fn measure(
    stage: &mut Stage,
    settings: &Settings,
    findings: &mut Findings,
) -> Result<()> {
    let duration = settings.duration();
    for variant in Variant::wanted(settings, &stage.database) {
        stage.start(variant, &[]).await?;
        for &connections in settings.connections() {
            for case in variant.cases(settings) {
                stage.prepare(case, duration).await?;
                let beside = stage.run(Case::Static, connections, duration).await?;
                let sample = stage.run(case, connections, duration).await?;
                findings.pairs.push(Pair { variant, case, connections, beside, sample });
            }
        }
        let bytes = stage.stop()?;
        if variant == Variant::Plain {
            findings.loaded_bytes = bytes;
        }
    }
    Ok(())
}
