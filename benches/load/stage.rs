//! One engine under measurement: its database, its server, and what was found.

use std::time::Duration;

use super::{
    Result,
    cases::{Case, Scene},
    database::{Database, Engine},
    measure::{Load, Sample},
    processes,
    server::Server,
};

/// How many connections ask at once: one to see how long an answer takes, many to see how many
/// answers there are.
pub const CONNECTIONS: [u32; 2] = [1, 64];

/// How often the start is timed.
const STARTS: usize = 5;

/// How long after its start the server counts as idle.
const SETTLING: Duration = Duration::from_secs(2);

/// How long each case runs before it counts, so that connections to the database are open and
/// statements prepared.
const WARMING: Duration = Duration::from_millis(200);

/// An engine, ready to be measured. Dropping it ends all that belongs to it, the server first.
pub struct Stage {
    server: Server,
    database: Database,
    database_process: Option<u32>,
    scene: Scene,
    findings: Findings,
}

/// What was found on one engine.
#[derive(Debug, Default)]
pub struct Findings {
    /// The engine.
    pub database: String,
    /// How long each start took, on a database that was there before.
    pub starts: Vec<Duration>,
    /// Memory before the first request, in bytes.
    pub idle_bytes: u64,
    /// Memory after the last one, in bytes.
    pub loaded_bytes: u64,
    /// What each request cost.
    pub pairs: Vec<Pair>,
}

/// A case, and the static route just before it.
#[derive(Debug)]
pub struct Pair {
    /// The case.
    pub case: Case,
    /// How many connections asked at once.
    pub connections: u32,
    /// The static route.
    pub beside: Sample,
    /// The case.
    pub sample: Sample,
}

impl Stage {
    /// Makes a database of this engine, times the start on it, and leaves a server running.
    pub async fn set(engine: Engine) -> Result<Self> {
        let database = Database::create(engine).await?;
        let scene = Scene::set(&database)?;
        let mut starts = Vec::new();
        for _ in 1..STARTS {
            let server = Server::start(&database)?;
            starts.push(server.ready_after);
            server.stop()?;
        }
        let server = Server::start(&database)?;
        starts.push(server.ready_after);
        tokio::time::sleep(SETTLING).await;
        let idle_bytes = processes::resident_bytes(server.pid())?;

        let database_process = database.find_process().await?;
        let name = database.name.clone();
        let findings = Findings { database: name, starts, idle_bytes, ..Findings::default() };
        let mut stage = Self { server, database, database_process, scene, findings };
        stage.warm_up().await?;
        Ok(stage)
    }

    /// Measures every case once, the static route before each: what disturbs the machine for a
    /// while disturbs both.
    pub async fn measure(&mut self, duration: Duration) -> Result<()> {
        for connections in CONNECTIONS {
            for case in Case::COMPARED {
                let beside = self.run(Case::StaticRoute, connections, duration).await?;
                let sample = self.run(case, connections, duration).await?;
                self.findings.pairs.push(Pair { case, connections, beside, sample });
            }
        }
        Ok(())
    }

    /// Ends the server.
    pub fn end(self) -> Result<Findings> {
        let Self { server, database, mut findings, .. } = self;
        findings.loaded_bytes = processes::resident_bytes(server.pid())?;
        server.stop()?;
        drop(database);
        Ok(findings)
    }

    /// Issues the tokens that are introspected later, and runs every case for a moment.
    async fn warm_up(&mut self) -> Result<()> {
        while !self.scene.keep_live() {
            self.run(Case::ReferenceIssuance, CONNECTIONS[1], WARMING).await?;
        }
        for case in Case::COMPARED {
            self.run(case, CONNECTIONS[1], WARMING).await?;
        }
        Ok(())
    }

    async fn run(&mut self, case: Case, connections: u32, duration: Duration) -> Result<Sample> {
        let supply = self.scene.supply(case);
        let (server, database) = (&self.server, self.database_process);
        let load = Load { server, database, connections, duration };
        let (sample, tokens) = load.measure(case, supply).await?;
        self.scene.spare.extend(tokens);
        Ok(sample)
    }
}
