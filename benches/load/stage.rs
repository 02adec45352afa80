//! One engine under measurement: its store, its servers, and the tokens in it.

use std::{
    fs,
    sync::Arc,
    time::{Duration, Instant},
};

use super::{
    Result,
    cases::Case,
    database::{Database, Engine},
    fill::{self, KeyRange},
    measure::{Load, Sample},
    processes,
    scene::{LIVE, Scene},
    server::{self, Server},
    variant::Variant,
};

/// How many connections make what later measurements need.
const BUSY: u32 = 64;

/// How often the start is timed.
const STARTS: usize = 5;

/// How long after its start the server counts as idle.
const SETTLING: Duration = Duration::from_secs(2);

/// How long each case runs before it counts, so that connections to the database are open and
/// statements prepared.
const WARMING: Duration = Duration::from_millis(200);

/// How long the live tokens may take to be looked at once.
const PATIENCE: Duration = Duration::from_mins(1);

/// The token types of every store.
const TYPES: &str = r#"
[[token_types]]
name = "Ticket"
[[token_types.rules]]
type = "Expiry"
expiry_time = "1d"
[[token_types.rules]]
type = "UseCount"
max_use_count = 1

[[token_types]]
name = "Shared"
[[token_types.rules]]
type = "Expiry"
expiry_time = "1d"
[[token_types.rules]]
type = "UseCount"
max_use_count = 2147483647
"#;

/// How many revocations a second there are tokens for.
const REVOCATIONS: f64 = 6000.0;

/// An engine, ready to be measured. Dropping it ends all that belongs to it, the servers first.
pub struct Stage {
    servers: Vec<Server>,
    /// Its database.
    pub database: Database,
    database_process: Option<u32>,
    scene: Arc<Scene>,
    variant: Variant,
    /// Where the keys of the stock are.
    keys: KeyRange,
}

/// What is true of a store before it is measured.
#[derive(Debug, Clone, Copy)]
pub struct Filling {
    /// How many rows it was filled to.
    pub rows: u64,
    /// How long that took.
    pub took: Duration,
    /// How many bytes each takes.
    pub bytes_per_entry: Option<u64>,
}

impl Stage {
    /// Makes a store of this engine, with live tokens and `stock` more that nobody has looked at.
    /// No server runs in the end.
    pub async fn set(engine: Engine, stock: usize) -> Result<Self> {
        let database = Database::create(engine).await?;
        let scene = Arc::new(Scene::set(&database)?);
        let database_process = database.find_process().await?;
        let (servers, keys) = (Vec::new(), KeyRange::default());
        let variant = Variant::Plain;
        let mut stage = Self { servers, database, database_process, scene, variant, keys };

        eprintln!("bench: {}: issuing {} tokens", stage.database.name, LIVE + stock);
        fs::write(stage.database.folder().join("config.toml"), TYPES)?;
        let server = Server::start(&stage.database, variant.settings())?;
        let scene = Arc::get_mut(&mut stage.scene).ok_or("the scene is in use")?;
        scene.set_typed(server.address).await?;
        stage.servers.push(server);
        while stage.scene.spare_count() < LIVE + stock {
            stage.run(Case::Plain, BUSY, WARMING).await?;
        }
        Arc::get_mut(&mut stage.scene).ok_or("the scene is in use")?.put_in_stock(stock);
        stage.stop()?;
        stage.keys = KeyRange::of_all(&stage.database).await?;
        Ok(stage)
    }

    /// Fills the store to `rows` rows, while no server runs.
    pub async fn fill(&mut self, rows: u64) -> Result<Filling> {
        eprintln!("bench: {}: filling the store to {rows} rows", self.database.name);
        let took = fill::fill_to(&self.database, self.keys, rows).await?;
        let bytes_per_entry = server::bytes_per_entry(&self.database)?;
        Ok(Filling { rows, took, bytes_per_entry })
    }

    /// How long the start takes, several times, and the memory of a server that does nothing.
    pub async fn time_starts(&mut self) -> Result<(Vec<Duration>, u64)> {
        let mut starts = Vec::new();
        let mut idle_bytes = 0;
        for turn in 1..=STARTS {
            let server = Server::start(&self.database, &[])?;
            starts.push(server.ready_after);
            if turn == STARTS {
                tokio::time::sleep(SETTLING).await;
                idle_bytes = processes::resident_bytes(server.pid())?;
            }
            server.stop()?;
        }
        Ok((starts, idle_bytes))
    }

    /// Starts the servers of a variant, with more settings beside, and lets them do a little of
    /// everything. They have seen the live tokens then, and none of the stock.
    pub async fn start(
        &mut self,
        variant: Variant,
        extra: &[(&'static str, &'static str)],
    ) -> Result<()> {
        self.stop()?;
        self.variant = variant;
        let settings: Vec<_> = variant.settings().iter().chain(extra).copied().collect();
        for _ in 0..variant.nodes() {
            self.servers.push(Server::start(&self.database, &settings)?);
        }
        self.scene.forget_what_was_seen();
        for server in &self.servers {
            self.scene.look_at_all_again();
            let servers = std::slice::from_ref(server);
            let load = self.load(servers, (BUSY, PATIENCE));
            load.measure(Case::EveryLive, &self.scene).await?;
        }
        let issuance = if variant == Variant::Located { Case::Located } else { Case::Plain };
        for case in [
            Case::Static,
            Case::Garbage,
            issuance,
            Case::Jwt,
            Case::Create,
            Case::Hot,
            Case::Authenticate,
        ] {
            self.run(case, BUSY, WARMING).await?;
        }
        if self.scene.spare_count() > 0 {
            self.run(Case::Revoke, BUSY, WARMING).await?;
        }
        Ok(())
    }

    /// Stops the servers. Returns the memory that the first of them had last, if there was one.
    pub fn stop(&mut self) -> Result<Option<u64>> {
        let first = self.servers.first();
        let bytes = first.map(|server| processes::resident_bytes(server.pid())).transpose()?;
        for server in self.servers.drain(..) {
            server.stop()?;
        }
        Ok(bytes)
    }

    /// Sees to it that there are tokens for a case: some that these servers have never seen, some
    /// that may be revoked.
    pub async fn prepare(&mut self, case: Case, duration: Duration) -> Result<()> {
        let (unseen, stock) = self.scene.unseen();
        let too_few = match case {
            Case::Uncached => unseen < stock / 2,
            Case::Mix => unseen < stock / 10,
            _ => false,
        };
        if too_few {
            self.start(self.variant, &[]).await?;
        }
        let seconds = duration.as_secs_f64();
        let (supply, wanted) = match case {
            Case::Use => (Case::Create, REVOCATIONS * seconds),
            Case::Revoke => (Case::Plain, REVOCATIONS * seconds),
            Case::Mix => (Case::Plain, REVOCATIONS / 4.0 * seconds),
            _ => return Ok(()),
        };
        let began = Instant::now();
        // A server that is too slow for that will be too slow to use them up.
        while self.has_below(supply, wanted) && began.elapsed() < 2 * duration {
            self.run(supply, BUSY, WARMING).await?;
        }
        Ok(())
    }

    /// Measures a case on the servers that run.
    pub async fn run(&self, case: Case, connections: u32, duration: Duration) -> Result<Sample> {
        self.load(&self.servers, (connections, duration)).measure(case, &self.scene).await
    }

    fn load<'a>(
        &self,
        servers: &'a [Server],
        (connections, duration): (u32, Duration),
    ) -> Load<'a> {
        Load { servers, database: self.database_process, connections, duration }
    }

    #[expect(clippy::cast_precision_loss, reason = "about as many is good enough")]
    fn has_below(&self, supply: Case, wanted: f64) -> bool {
        let count = match supply {
            Case::Create => self.scene.unused_count(),
            _ => self.scene.spare_count(),
        };
        (count as f64) < wanted
    }
}
