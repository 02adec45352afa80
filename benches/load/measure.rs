//! One measurement: a case, on so many connections, for so long.

use std::{
    sync::Arc,
    time::{Duration, Instant},
};

use tokio::task::JoinSet;

use super::{
    Result,
    cases::{Case, Supply},
    processes,
    server::Server,
    wire::Connection,
};

/// What a measurement loads, and how.
#[derive(Clone, Copy)]
pub struct Load<'a> {
    /// The server.
    pub server: &'a Server,
    /// The process that started all others of the database, if it has processes.
    pub database: Option<u32>,
    /// How many connections ask at once.
    pub connections: u32,
    /// For how long.
    pub duration: Duration,
}

/// What a measurement found.
#[derive(Debug, Clone)]
pub struct Sample {
    /// Requests answered.
    pub requests: u32,
    /// How long that took in all.
    pub elapsed: Duration,
    /// The time that half of the requests did not exceed.
    pub median: Duration,
    /// The time that 99 of 100 requests did not exceed.
    pub percentile_99: Duration,
    /// CPU time of the server, the database and the driver.
    pub cpu: CpuTimes,
}

/// CPU time by who used it.
#[derive(Debug, Clone, Copy)]
pub struct CpuTimes {
    /// The server's.
    pub server: Duration,
    /// The database's, as far as it runs in processes of its own.
    pub database: Duration,
    /// Our own.
    pub driver: Duration,
}

/// What one connection brought home.
#[derive(Default)]
struct Catch {
    waits: Vec<Duration>,
    tokens: Vec<String>,
}

impl Load<'_> {
    /// Asks as often as the server can answer. Returns what it cost, and the tokens that were
    /// issued on the way.
    ///
    /// # Errors
    ///
    /// If any answer is not what the case wants.
    pub async fn measure(self, case: Case, supply: Supply) -> Result<(Sample, Vec<String>)> {
        let mut connections = Vec::new();
        for _ in 0..self.connections {
            connections.push(Connection::open(self.server.address).await?);
        }
        let supply = Arc::new(supply);

        let before = self.cpu_times()?;
        let began = Instant::now();
        let mut tasks = JoinSet::new();
        for (number, connection) in (0..).zip(connections) {
            let until = began + self.duration;
            tasks.spawn(ask(connection, case, Arc::clone(&supply), (until, number)));
        }
        let mut all = Catch::default();
        while let Some(done) = tasks.join_next().await {
            let Catch { waits, tokens } = done??;
            all.waits.extend(waits);
            all.tokens.extend(tokens);
        }
        let elapsed = began.elapsed();
        let cpu = self.cpu_times()?.since(before);
        Ok((Sample::of(all.waits, elapsed, cpu)?, all.tokens))
    }

    fn cpu_times(&self) -> Result<CpuTimes> {
        let database = self.database.map(processes::family_cpu_time).transpose()?;
        Ok(CpuTimes {
            server: processes::cpu_time(self.server.pid())?,
            database: database.unwrap_or_default(),
            driver: processes::cpu_time(std::process::id())?,
        })
    }
}

/// Asks on one connection until the time is over or there is nothing left to ask.
async fn ask(
    mut connection: Connection,
    case: Case,
    supply: Arc<Supply>,
    (until, number): (Instant, u64),
) -> Result<Catch> {
    let mut catch = Catch::default();
    let mut chance = number;
    let mut began = Instant::now();
    while began < until {
        chance = shuffle(chance);
        let Some(request) = supply.next(chance >> 32) else { break };
        let body = str::from_utf8(connection.exchange(&request).await?)?;
        if !body.starts_with(case.answer()) {
            return Err(format!("asked to {}, the server answered: {body}", case.name()).into());
        }
        catch.tokens.extend(case.find_token(body));
        let ended = Instant::now();
        catch.waits.push(ended - began);
        began = ended;
    }
    Ok(catch)
}

/// The next of a row of numbers in no visible order (Knuth's MMIX generator): quick, and the same
/// in every run. Its upper half is the better one.
fn shuffle(number: u64) -> u64 {
    number.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407)
}

impl Sample {
    fn of(mut waits: Vec<Duration>, elapsed: Duration, cpu: CpuTimes) -> Result<Self> {
        waits.sort_unstable();
        let wait = |hundredths: usize| waits.get(waits.len() * hundredths / 100).copied();
        let none = "a measurement ended without a single request";
        let (median, percentile_99) = (wait(50).ok_or(none)?, wait(99).ok_or(none)?);
        Ok(Self { requests: u32::try_from(waits.len())?, elapsed, median, percentile_99, cpu })
    }
}

impl CpuTimes {
    fn since(self, before: Self) -> Self {
        Self {
            server: self.server.saturating_sub(before.server),
            database: self.database.saturating_sub(before.database),
            driver: self.driver.saturating_sub(before.driver),
        }
    }
}
