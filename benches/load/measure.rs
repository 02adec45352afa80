//! One measurement: a case, on so many connections, for so long.

use std::{
    sync::Arc,
    time::{Duration, Instant},
};

use tokio::task::JoinSet;

use super::{Result, cases::Case, processes, scene::Scene, server::Server, wire::Connection};

/// What a measurement loads, and how.
#[derive(Clone, Copy)]
pub struct Load<'a> {
    /// The servers; the connections are split evenly among them.
    pub servers: &'a [Server],
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
    /// CPU time of the servers, the database and the driver.
    pub cpu: CpuTimes,
}

/// CPU time by who used it.
#[derive(Debug, Clone, Copy)]
pub struct CpuTimes {
    /// The servers'.
    pub server: Duration,
    /// The database's, as far as it runs in processes of its own.
    pub database: Duration,
    /// Our own.
    pub driver: Duration,
}

impl Load<'_> {
    /// Asks as often as the servers can answer, and returns what it cost. Reference tokens that
    /// were issued on the way are kept in the scene.
    ///
    /// # Errors
    ///
    /// If any answer is not what the case wants.
    pub async fn measure(self, case: Case, scene: &Arc<Scene>) -> Result<Sample> {
        let ask = |connection, turn| ask(connection, case, Arc::clone(scene), turn);
        self.measure_with(ask, case.name()).await
    }

    /// Lets every connection do something again and again, and returns what it cost.
    ///
    /// # Errors
    ///
    /// If it fails on any connection.
    pub async fn measure_with<F>(
        self,
        ask: impl Fn(Connection, (Instant, u64)) -> F,
        name: &str,
    ) -> Result<Sample>
    where
        F: Future<Output = Result<Vec<Duration>>> + Send + 'static,
    {
        let mut connections = Vec::new();
        for (_, server) in (0..self.connections).zip(self.servers.iter().cycle()) {
            connections.push(Connection::open(server.address).await?);
        }

        let before = self.cpu_times()?;
        let began = Instant::now();
        let mut tasks = JoinSet::new();
        for (number, connection) in (0..).zip(connections) {
            let until = began + self.duration;
            tasks.spawn(ask(connection, (until, number)));
        }
        let mut all = Vec::new();
        while let Some(waits) = tasks.join_next().await {
            all.extend(waits??);
        }
        let elapsed = began.elapsed();
        let cpu = self.cpu_times()?.since(before);
        Sample::of(all, elapsed, cpu).ok_or_else(|| format!("no request at all: {name}").into())
    }

    fn cpu_times(&self) -> Result<CpuTimes> {
        let mut servers = Duration::ZERO;
        for server in self.servers {
            servers += processes::cpu_time(server.pid())?;
        }
        let database = self.database.map(processes::family_cpu_time).transpose()?;
        Ok(CpuTimes {
            server: servers,
            database: database.unwrap_or_default(),
            driver: processes::cpu_time(std::process::id())?,
        })
    }
}

/// Asks on one connection until the time is over or there is nothing left to ask. Returns how long
/// each answer took.
async fn ask(
    mut connection: Connection,
    case: Case,
    scene: Arc<Scene>,
    (until, number): (Instant, u64),
) -> Result<Vec<Duration>> {
    let mut waits = Vec::new();
    let mut chance = number;
    let mut began = Instant::now();
    while began < until {
        chance = shuffle(chance);
        let Some((asked, request)) = scene.next(case, chance >> 32) else { break };
        let body = str::from_utf8(connection.exchange(&request).await?)?;
        if !body.starts_with(asked.answer()) {
            return Err(format!("asked to {}, the server answered: {body}", case.name()).into());
        }
        if let Some(token) = asked.find_token(body) {
            scene.keep(asked, token);
        }
        let ended = Instant::now();
        waits.push(ended - began);
        began = ended;
    }
    Ok(waits)
}

/// The next of a row of numbers in no visible order (Knuth's MMIX generator): quick, and the same
/// in every run. Its upper half is the better one.
fn shuffle(number: u64) -> u64 {
    number.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407)
}

impl Sample {
    /// What was found where nobody counts CPU time; `None` if nothing was answered.
    pub fn without_cpu(waits: Vec<Duration>, elapsed: Duration) -> Option<Self> {
        let none = Duration::ZERO;
        Self::of(waits, elapsed, CpuTimes { server: none, database: none, driver: none })
    }

    /// `None` if nothing was answered.
    fn of(mut waits: Vec<Duration>, elapsed: Duration, cpu: CpuTimes) -> Option<Self> {
        waits.sort_unstable();
        let wait = |hundredths: usize| waits.get(waits.len() * hundredths / 100).copied();
        let requests = u32::try_from(waits.len()).ok()?;
        Some(Self { requests, elapsed, median: wait(50)?, percentile_99: wait(99)?, cpu })
    }

    /// The CPU of servers and database, in microseconds for each request.
    pub fn cost(&self) -> f64 {
        self.per_request(self.cpu.server + self.cpu.database)
    }

    /// Microseconds for each request.
    pub fn per_request(&self, time: Duration) -> f64 {
        time.as_secs_f64() * 1e6 / f64::from(self.requests)
    }

    /// Requests for each second.
    pub fn rate(&self) -> f64 {
        f64::from(self.requests) / self.elapsed.as_secs_f64()
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
