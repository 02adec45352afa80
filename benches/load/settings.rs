//! What the command line says.

use std::time::Duration;

use clap::Parser;

use super::database::Engine;

/// Measures what the server costs: requests a second, waiting, CPU per request
#[derive(Debug, Parser)]
#[command(bin_name = "scripts/bench")]
pub struct Settings {
    /// One short round, to see that everything works: no figures to keep
    #[arg(long, conflicts_with_all = ["seconds", "rounds"])]
    quick: bool,
    /// How long each measurement takes
    #[arg(long, value_name = "N", default_value_t = 3.0, value_parser = seconds)]
    seconds: f64,
    /// How often everything is measured; the report shows medians
    #[arg(long, value_name = "N", default_value_t = 5, value_parser = clap::value_parser!(u32).range(1..))]
    rounds: u32,
    /// On which databases: sqlite, postgres or both
    #[arg(long, value_name = "LIST", value_enum, value_delimiter = ',')]
    #[arg(hide_possible_values = true, default_values_t = [Engine::Sqlite, Engine::Postgres])]
    engines: Vec<Engine>,
    /// What `cargo bench` adds.
    #[arg(long, hide = true)]
    bench: bool,
}

impl Settings {
    /// How long each measurement takes.
    pub fn duration(&self) -> Duration {
        Duration::from_secs_f64(if self.quick { 0.75 } else { self.seconds })
    }

    /// How often everything is measured.
    pub fn rounds(&self) -> u32 {
        if self.quick { 1 } else { self.rounds }
    }

    /// The databases to measure on, each once.
    pub fn engines(&self) -> Vec<Engine> {
        let wanted = |engine: &Engine| self.engines.contains(engine);
        [Engine::Sqlite, Engine::Postgres].into_iter().filter(wanted).collect()
    }
}

fn seconds(text: &str) -> Result<f64, String> {
    let seconds: f64 = text.parse().map_err(|_| "not a number".to_owned())?;
    if (0.1..=600.0).contains(&seconds) { Ok(seconds) } else { Err("not 0.1 to 600".to_owned()) }
}
