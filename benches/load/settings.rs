//! What the command line says.

use std::time::Duration;

use clap::Parser;

use super::{cases::Case, database::Engine};

/// What stands below the options.
const METHOD: &str = "\
    Fresh stores are filled, then every case runs beside the static route, on one server and \
    (PostgreSQL) on two, round after round. One table shows medians: requests/s, p50, p99, CPU of \
    server, database and driver per request, and its multiple of the static route's. All of it \
    takes about half an hour.";

/// Measures what the server costs: requests a second, waiting, CPU per request
#[expect(clippy::struct_excessive_bools, reason = "each is a switch of the command line")]
#[derive(Debug, Parser)]
#[command(bin_name = "scripts/bench", after_help = METHOD)]
pub struct Settings {
    /// One short round on small stores, to see that everything works: no figures to keep
    #[arg(long)]
    quick: bool,
    /// How long each measurement takes [default: 2, --quick 0.4]
    #[arg(long, value_name = "N", value_parser = seconds)]
    seconds: Option<f64>,
    /// How often everything is measured; the report shows medians [default: 3, --quick 1]
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..))]
    rounds: Option<u32>,
    /// How many entries each store holds [default: 1000000, --quick 10000]
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u64).range(1..))]
    rows: Option<u64>,
    /// How many tokens are kept for looks at one never seen [default: 100000, --quick 4000]
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(100..))]
    stock: Option<u32>,
    /// How many connections ask at once
    #[arg(long, value_name = "LIST", value_delimiter = ',', default_values_t = [1, 16, 64, 256])]
    #[arg(value_parser = clap::value_parser!(u32).range(1..=10_000))]
    connections: Vec<u32>,
    /// On which databases: sqlite, postgres
    #[arg(long, value_name = "LIST", value_enum, value_delimiter = ',')]
    #[arg(hide_possible_values = true, default_values_t = [Engine::Sqlite, Engine::Postgres])]
    engines: Vec<Engine>,
    /// Which cases: cached, uncached, strict (cache off), garbage, plain, `issue_async`, reuse, refresh,
    /// located, jwt, revoke, create, use, hot (typed tokens), authenticate, mix; none leaves the table out
    /// [default: all]
    #[arg(long, value_name = "LIST", value_enum, value_delimiter = ',')]
    #[arg(hide_possible_values = true)]
    cases: Vec<Case>,
    /// How many servers share a store; 2 on PostgreSQL only
    #[arg(long, value_name = "LIST", value_delimiter = ',', default_values_t = [1, 2])]
    #[arg(value_parser = clap::value_parser!(u32).range(1..=2))]
    nodes: Vec<u32>,
    /// Adds look-ups by the size of the store, such as 10000,1000000,10000000
    #[arg(long, value_name = "LIST", value_delimiter = ',')]
    #[arg(value_parser = clap::value_parser!(u64).range(10_000..))]
    sizes: Vec<u64>,
    /// Adds introspection while so many overdue rows are swept [N: 200000]
    #[arg(long, value_name = "N", num_args = 0..=1, default_missing_value = "200000")]
    sweep: Option<u64>,
    /// Adds people: 32 who sign in at once, and whole code flows
    #[arg(long)]
    people: bool,
    /// Adds what each index costs that these pages look along, and what noting uses costs
    #[arg(long)]
    indexes: bool,
    /// Adds the pages of operators, in stores of so many entries, such as sqlite=3000000
    #[arg(long, value_name = "LIST", value_delimiter = ',', value_parser = console)]
    console: Vec<(Engine, u64)>,
    /// Adds node oidc-provider at the same work, where npm is there
    #[arg(long)]
    compare: bool,
    /// What `cargo bench` adds.
    #[arg(long, hide = true)]
    bench: bool,
}

impl Settings {
    /// How long each measurement takes.
    pub fn duration(&self) -> Duration {
        Duration::from_secs_f64(self.seconds.unwrap_or(if self.quick { 0.4 } else { 2.0 }))
    }

    /// How often everything is measured.
    pub fn rounds(&self) -> u32 {
        self.rounds.unwrap_or(if self.quick { 1 } else { 3 })
    }

    /// How many entries each store holds.
    pub fn rows(&self) -> u64 {
        self.rows.unwrap_or(if self.quick { 10_000 } else { 1_000_000 })
    }

    /// How many tokens are kept for looks at one never seen.
    pub fn stock(&self) -> usize {
        let stock = self.stock.unwrap_or(if self.quick { 4000 } else { 100_000 });
        usize::try_from(stock).unwrap_or(usize::MAX)
    }

    /// How many connections ask at once, in turn.
    pub fn connections(&self) -> &[u32] {
        &self.connections
    }

    /// The databases to measure on, each once.
    pub fn engines(&self) -> Vec<Engine> {
        let wanted = |engine: &Engine| self.engines.contains(engine);
        [Engine::Sqlite, Engine::Postgres].into_iter().filter(wanted).collect()
    }

    /// Whether a case is to be measured.
    pub fn wants(&self, case: Case) -> bool {
        self.cases.is_empty() || self.cases.contains(&case)
    }

    /// Whether any case is to be measured.
    pub fn wants_cases(&self) -> bool {
        !self.cases.contains(&Case::None)
    }

    /// How many servers share a store, in turn.
    pub fn wants_nodes(&self, nodes: usize) -> bool {
        self.nodes.iter().any(|wanted| usize::try_from(*wanted) == Ok(nodes))
    }

    /// The sizes at which look-ups are measured, the smallest first.
    pub fn sizes(&self) -> Vec<u64> {
        let mut sizes = self.sizes.clone();
        sizes.sort_unstable();
        sizes.dedup();
        sizes
    }

    /// How many overdue rows are swept under load, if any.
    pub fn sweep(&self) -> Option<u64> {
        self.sweep
    }

    /// Whether people sign in.
    pub fn people(&self) -> bool {
        self.people
    }

    /// Whether requests are measured with an index less.
    pub fn indexes(&self) -> bool {
        self.indexes
    }

    /// The stores in which operators look at their pages.
    pub fn console(&self) -> &[(Engine, u64)] {
        &self.console
    }

    /// Whether node oidc-provider does the same work.
    pub fn compare(&self) -> bool {
        self.compare
    }
}

fn console(text: &str) -> Result<(Engine, u64), String> {
    let (engine, rows) = text.split_once('=').ok_or("not like sqlite=3000000")?;
    let rows = rows.parse().map_err(|_| "not a number".to_owned())?;
    Ok((<Engine as clap::ValueEnum>::from_str(engine, true)?, rows))
}

fn seconds(text: &str) -> Result<f64, String> {
    let seconds: f64 = text.parse().map_err(|_| "not a number".to_owned())?;
    if (0.1..=600.0).contains(&seconds) { Ok(seconds) } else { Err("not 0.1 to 600".to_owned()) }
}
