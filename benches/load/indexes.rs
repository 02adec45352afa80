//! What the indexes cost that pages of operators look along, and what noting uses costs: the same
//! requests with one of them less.

use super::{
    Result, cases::Case, database::Engine, figures::median, link::Link, measure::Sample,
    settings::Settings, stage::Stage, variant::Variant,
};

/// How many connections ask.
pub const CONNECTIONS: u32 = 64;

/// How many tokens are kept for looks: none are wanted here.
const STOCK: usize = 5000;

/// An index: its name, what drops it and what makes it again.
struct Index {
    name: &'static str,
    drop: &'static str,
    make: &'static str,
}

const CLIENT: Index = Index {
    name: "tokens_client",
    drop: "DROP INDEX tokens_client",
    make: "CREATE INDEX tokens_client ON tokens (client_id, entry_key)",
};
const USER: Index = Index {
    name: "tokens_user",
    drop: "DROP INDEX tokens_user",
    make: "CREATE INDEX tokens_user ON tokens (user_id, entry_key) WHERE user_id IS NOT NULL",
};
const FAMILY: Index = Index {
    name: "tokens_family",
    drop: "DROP INDEX tokens_family",
    make: "CREATE INDEX tokens_family ON tokens (authorization_id) \
           WHERE authorization_id IS NOT NULL",
};
const FAMILY_KEY: Index = Index {
    name: "tokens_family_key",
    drop: "DROP INDEX tokens_family_key",
    make: "CREATE INDEX tokens_family_key ON tokens (authorization_id, entry_key) \
           WHERE authorization_id IS NOT NULL",
};
const TYPED: Index = Index {
    name: "tokens_typed",
    drop: "DROP INDEX tokens_typed",
    make: "CREATE INDEX tokens_typed ON tokens (client_id, type_name, entry_key) \
           WHERE kind = 'typed'",
};

/// Has no use of a token noted.
const NOTE_NOTHING: (&str, &str) = ("TESSERA_TOKENS__NOTE_USE", "0s");

/// What a request cost with everything, and without one thing.
#[derive(Debug)]
pub struct Less {
    /// The engine.
    pub database: String,
    /// What was missing.
    pub without: &'static str,
    /// The request.
    pub case: Case,
    /// CPU of server and database in microseconds, with everything and without, round by round.
    pub costs: Vec<(f64, f64)>,
}

impl Less {
    /// What a request cost with everything.
    pub fn whole(&self) -> f64 {
        median(self.costs.iter().map(|(whole, _)| *whole))
    }

    /// What the missing thing costs, as the median of the differences.
    pub fn difference(&self) -> f64 {
        median(self.costs.iter().map(|(whole, less)| whole - less))
    }
}

/// Measures on an engine.
pub async fn measure(engine: Engine, settings: &Settings) -> Result<Vec<Less>> {
    let mut stage = Stage::set(engine, STOCK).await?;
    stage.fill(settings.rows()).await?;
    // On SQLite every index ends in the entry key.
    let family = if engine == Engine::Sqlite { FAMILY } else { FAMILY_KEY };
    let looked_along = [
        (CLIENT, &[Case::Plain, Case::Refresh, Case::Create][..]),
        (USER, &[Case::Plain]),
        (family, &[Case::Plain, Case::Refresh]),
        (TYPED, &[Case::Plain, Case::Create]),
    ];
    let mut found: Vec<Less> = Vec::new();
    for round in 1..=settings.rounds() {
        eprintln!("bench: indexes: round {round} of {}", settings.rounds());
        for (index, cases) in &looked_along {
            let whole = costs(&mut stage, (cases, settings), &[]).await?;
            run(&mut stage, index.drop).await?;
            let less = costs(&mut stage, (cases, settings), &[]).await?;
            run(&mut stage, index.make).await?;
            note(&mut found, (&stage, index.name), cases.iter().zip(whole.into_iter().zip(less)));
        }
        let cases = &[Case::Cached, Case::Uncached][..];
        let whole = costs(&mut stage, (cases, settings), &[]).await?;
        let less = costs(&mut stage, (cases, settings), &[NOTE_NOTHING]).await?;
        note(&mut found, (&stage, "noting uses"), cases.iter().zip(whole.into_iter().zip(less)));
    }
    stage.stop()?;
    Ok(found)
}

/// What requests cost on a server that has just been started.
async fn costs(
    stage: &mut Stage,
    (cases, settings): (&[Case], &Settings),
    extra: &[(&'static str, &'static str)],
) -> Result<Vec<f64>> {
    stage.start(Variant::Plain, extra).await?;
    let mut costs = Vec::new();
    for case in cases {
        stage.prepare(*case, settings.duration()).await?;
        costs.push(Sample::cost(&stage.run(*case, CONNECTIONS, settings.duration()).await?));
    }
    stage.stop()?;
    Ok(costs)
}

/// Runs a statement while no server has the store open.
async fn run(stage: &mut Stage, sql: &'static str) -> Result<()> {
    let mut link = Link::open(&stage.database.url).await?;
    link.execute(sql, &[]).await?;
    link.close().await
}

fn note<'c>(
    found: &mut Vec<Less>,
    (stage, without): (&Stage, &'static str),
    costs: impl Iterator<Item = (&'c Case, (f64, f64))>,
) {
    let database = stage.database.name.clone();
    for (case, pair) in costs {
        match found.iter_mut().find(|less| less.without == without && less.case == *case) {
            Some(less) => less.costs.push(pair),
            None => found.push(Less {
                database: database.clone(),
                without,
                case: *case,
                costs: vec![pair],
            }),
        }
    }
}
