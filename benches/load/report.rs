//! What was found, in Markdown.

use std::{fmt::Write, fs, time::Duration};

use super::{
    Result,
    cases::Case,
    measure::Sample,
    server::BINARY,
    settings::Settings,
    stage::{CONNECTIONS, Findings, Pair},
};

/// Bytes in a megabyte, as operators count them.
const MEGABYTE: f64 = 1e6;

const HEAD: &str = "\
| store | request | connections | requests/s | p50 ms | p99 ms | server µs | database µs | driver µs | × static |
|---|---|--:|--:|--:|--:|--:|--:|--:|--:|
";

/// A report under way: the table, and the facts that follow it.
pub struct Report {
    table: String,
    facts: String,
}

impl Report {
    /// Begins a report with what is known before anything is measured.
    pub fn begin(settings: &Settings) -> Result<Self> {
        let mut facts = String::new();
        writeln!(
            facts,
            "- Medians of {} x {} s. CPU is per request.",
            settings.rounds(),
            settings.duration().as_secs_f64(),
        )?;
        let load = fs::read_to_string("/proc/loadavg")?;
        let load: Vec<&str> = load.split(' ').take(3).collect();
        writeln!(facts, "- Load average before the run: {}.", load.join(", "))?;
        Ok(Self { table: HEAD.to_owned(), facts })
    }

    /// Adds what was found on one engine.
    pub fn add(&mut self, findings: &Findings) -> Result<()> {
        let store = &findings.database;
        for connections in CONNECTIONS {
            let here = |pair: &&Pair| pair.connections == connections;
            let pairs: Vec<&Pair> = findings.pairs.iter().filter(here).collect();
            let begin = |case: Case| format!("| {store} | {} | {connections} |", case.name());

            let beside: Vec<&Sample> = pairs.iter().map(|pair| &pair.beside).collect();
            writeln!(self.table, "{}{} 1.0 |", begin(Case::StaticRoute), cells(&beside))?;
            for case in Case::COMPARED {
                let pairs: Vec<&&Pair> = pairs.iter().filter(|pair| pair.case == case).collect();
                let samples: Vec<&Sample> = pairs.iter().map(|pair| &pair.sample).collect();
                let multiple = median(pairs.iter().map(|pair| pair.multiple()));
                writeln!(self.table, "{}{} {multiple:.1} |", begin(case), cells(&samples))?;
            }
        }
        writeln!(
            self.facts,
            "- {store}: {:.1} MB in memory 2 s after the start, {:.1} MB after the load; ready \
             {:.0} ms after its start on a database that is there.",
            megabytes(findings.idle_bytes),
            megabytes(findings.loaded_bytes),
            median(findings.starts.iter().copied().map(milliseconds)),
        )?;
        Ok(())
    }

    /// Ends the report.
    pub fn end(self) -> Result<String> {
        let size = megabytes(fs::metadata(BINARY)?.len());
        Ok(format!("{}\n{}- The program: {size:.1} MB.\n", self.table, self.facts))
    }
}

impl Pair {
    /// The CPU of a request, the database's included, as a multiple of the static route's.
    fn multiple(&self) -> f64 {
        let cost = self.sample.cpu.server + self.sample.cpu.database;
        self.sample.per_request(cost) / self.beside.per_request(self.beside.cpu.server)
    }
}

impl Sample {
    /// Microseconds for each request.
    fn per_request(&self, time: Duration) -> f64 {
        time.as_secs_f64() * 1e6 / f64::from(self.requests)
    }
}

/// Everything between the number of connections and the multiple.
fn cells(samples: &[&Sample]) -> String {
    let of = |figure: fn(&Sample) -> f64| median(samples.iter().map(|sample| figure(sample)));
    format!(
        " {:.0} | {:.2} | {:.2} | {:.1} | {:.1} | {:.1} |",
        of(|sample| f64::from(sample.requests) / sample.elapsed.as_secs_f64()),
        of(|sample| milliseconds(sample.median)),
        of(|sample| milliseconds(sample.percentile_99)),
        of(|sample| sample.per_request(sample.cpu.server)),
        of(|sample| sample.per_request(sample.cpu.database)),
        of(|sample| sample.per_request(sample.cpu.driver)),
    )
}

/// The one in the middle, or between the two there.
fn median(figures: impl Iterator<Item = f64>) -> f64 {
    let mut figures: Vec<f64> = figures.collect();
    figures.sort_by(f64::total_cmp);
    let middle = figures.len() / 2;
    match figures.len() {
        0 => f64::NAN,
        length if length % 2 == 1 => figures[middle],
        _ => f64::midpoint(figures[middle - 1], figures[middle]),
    }
}

fn milliseconds(time: Duration) -> f64 {
    time.as_secs_f64() * 1e3
}

#[expect(clippy::cast_precision_loss, reason = "for people to read")]
fn megabytes(bytes: u64) -> f64 {
    bytes as f64 / MEGABYTE
}
