//! What was found, in Markdown.

use std::{fmt::Write, fs};

use super::{
    Result,
    cases::Case,
    compare::{self, Comparison, Outcome, Who},
    console::Console,
    figures::{grouped, median, median_of, megabytes, milliseconds, rate_and_waits},
    indexes::{self, Less},
    measure::Sample,
    people::{self, People},
    rounds::{Findings, Pair},
    server::BINARY,
    settings::Settings,
    sizes::{self, Size},
    stage::Filling,
    sweep::{self, Swept},
    variant::Variant,
};

const CASES_HEAD: &str = "\
| store | request | connections | requests/s | p50 ms | p99 ms | server µs | database µs | driver µs | × static |
|---|---|--:|--:|--:|--:|--:|--:|--:|--:|
";

const SIZES_HEAD: &str = "\
| store | entries | connections | requests/s | p50 ms | p99 ms | p99 × smallest beside | bytes an entry |
|---|--:|--:|--:|--:|--:|--:|--:|
";

const SWEEP_HEAD: &str = "\
| store | request | sweep | requests/s | p50 ms | p99 ms | swept rows/s |
|---|---|---|--:|--:|--:|--:|
";

const FLOWS_HEAD: &str = "\
| store | ID token | flows/s | p50 ms | p99 ms | CPU µs | × an issuance |
|---|---|--:|--:|--:|--:|--:|
";

const RUSH_HEAD: &str = "\
| store | p99 ms at rest | p99 ms meanwhile | a sign-in, p50 ms | the longest, ms |
|---|--:|--:|--:|--:|
";

const COMPARISON_HEAD: &str = "\
| server | request | requests/s | p50 ms | p99 ms | CPU µs | × Tessera |
|---|---|--:|--:|--:|--:|--:|
";

const CONSOLE_HEAD: &str = "\
| page | statements | most rows in one | and beside | rows of all | server ms | database ms | wall ms | file kB | page kB |
|---|--:|--:|--:|--:|--:|--:|--:|--:|--:|
";

const INDEXES_HEAD: &str = "\
| store | what costs | request | µs with all | of which this | share |
|---|---|---|--:|--:|--:|
";

/// A report under way: the tables, and the facts that follow them.
pub struct Report {
    tables: String,
    facts: String,
}

impl Report {
    /// Begins a report with what is known before anything is measured.
    pub fn begin(settings: &Settings) -> Result<Self> {
        let mut facts = String::new();
        let (rounds, seconds) = (settings.rounds(), settings.duration().as_secs_f64());
        writeln!(facts, "- Medians of {rounds} x {seconds} s. CPU is per request.")?;
        let load = fs::read_to_string("/proc/loadavg")?;
        let load: Vec<&str> = load.split(' ').take(3).collect();
        writeln!(facts, "- Load average before the run: {}.", load.join(", "))?;
        Ok(Self { tables: String::new(), facts })
    }

    /// Adds what every case cost.
    pub fn add_cases<'a>(
        &mut self,
        found: impl Iterator<Item = &'a Findings>,
        settings: &Settings,
    ) -> Result<()> {
        self.tables.push_str(CASES_HEAD);
        for findings in found {
            for variants in [&ONE_NODE[..], &[Variant::TwoNodes]] {
                for &connections in settings.connections() {
                    let here = |pair: &&Pair| {
                        pair.connections == connections && variants.contains(&pair.variant)
                    };
                    let pairs: Vec<&Pair> = findings.pairs.iter().filter(here).collect();
                    self.add_block(&findings.database, &pairs)?;
                }
            }
            self.add_facts(findings)?;
        }
        Ok(())
    }

    /// Adds the rows of one number of connections, the static route at their head.
    fn add_block(&mut self, store: &str, pairs: &[&Pair]) -> Result<()> {
        let Some(first) = pairs.first() else { return Ok(()) };
        let (connections, suffix) = (first.connections, first.variant.suffix());
        let begin = |case: Case| format!("| {store} | {}{suffix} | {connections} |", case.name());

        let beside: Vec<&Sample> = pairs.iter().map(|pair| &pair.beside).collect();
        writeln!(self.tables, "{}{} 1.0 |", begin(Case::Static), cells(&beside))?;
        let mut cases: Vec<Case> = Vec::new();
        for pair in pairs {
            if !cases.contains(&pair.case) {
                cases.push(pair.case);
            }
        }
        for case in cases {
            let pairs: Vec<&&Pair> = pairs.iter().filter(|pair| pair.case == case).collect();
            let samples: Vec<&Sample> = pairs.iter().map(|pair| &pair.sample).collect();
            let multiple = median(pairs.iter().map(|pair| pair.multiple()));
            writeln!(self.tables, "{}{} {multiple:.1} |", begin(case), cells(&samples))?;
        }
        Ok(())
    }

    fn add_facts(&mut self, findings: &Findings) -> Result<()> {
        let loaded = findings.loaded_bytes.map(megabytes);
        writeln!(
            self.facts,
            "- {}: {}; {:.1} MB in memory 2 s after the start{}; ready {:.0} ms after its start on \
             a database that is there.",
            findings.database,
            filled(&findings.filling),
            megabytes(findings.idle_bytes),
            loaded.map(|loaded| format!(", {loaded:.1} MB after the load")).unwrap_or_default(),
            median(findings.starts.iter().copied().map(milliseconds)),
        )?;
        Ok(())
    }

    /// Adds what a look-up takes by the size of the store, for each engine.
    pub fn add_sizes(&mut self, found: &[Vec<Size>]) -> Result<()> {
        self.begin_table("Looks at tokens never seen, by the size of the store:", SIZES_HEAD)?;
        for sizes in found {
            for connections in sizes::CONNECTIONS {
                for size in sizes {
                    let here = size.looks.iter().filter(|look| look.connections == connections);
                    let beside: Vec<&Sample> = here.clone().map(|look| &look.beside).collect();
                    let samples: Vec<&Sample> = here.map(|look| &look.sample).collect();
                    let (store, rows) = (&size.database, grouped(size.filling.rows));
                    let times = p99(&samples) / p99(&beside);
                    let (waits, bytes) = (rate_and_waits(&samples), size.filling.bytes_per_entry);
                    let bytes = bytes.map(grouped).unwrap_or_default();
                    let begin = format!("| {store} | {rows} | {connections} |");
                    writeln!(self.tables, "{begin}{waits} {times:.2} | {bytes} |")?;
                }
            }
            for size in sizes {
                writeln!(self.facts, "- {}: {}.", size.database, filled(&size.filling))?;
            }
        }
        Ok(())
    }

    /// Adds what a sweep does to those who ask meanwhile.
    pub fn add_sweep(&mut self, found: &[Swept]) -> Result<()> {
        let title = format!("Introspection on {} connections during a sweep:", sweep::CONNECTIONS);
        self.begin_table(&title, SWEEP_HEAD)?;
        for swept in found {
            for case in sweep::CASES {
                let pairs: Vec<_> = swept.pairs.iter().filter(|pair| pair.case == case).collect();
                let without: Vec<&Sample> = pairs.iter().map(|pair| &pair.without).collect();
                let with: Vec<&Sample> = pairs.iter().map(|pair| &pair.with).collect();
                let rows = median(pairs.iter().map(|pair| pair.rows_per_second));
                let begin = format!("| {} | {} |", swept.database, case.name());
                writeln!(self.tables, "{begin} no |{} |", rate_and_waits(&without))?;
                writeln!(self.tables, "{begin} yes |{} {rows:.0} |", rate_and_waits(&with))?;
            }
            let (database, rows) = (&swept.database, grouped(swept.rows));
            writeln!(self.facts, "- {database}: swept {rows} overdue rows.")?;
            if swept.pairs.iter().any(|pair| !pair.until_the_end) {
                let why = "the sweep was done before the measurement: take more rows";
                writeln!(self.facts, "- {database}: {why}.")?;
            }
        }
        Ok(())
    }

    /// Adds what people cost, for each engine.
    pub fn add_people(&mut self, found: &[People]) -> Result<()> {
        let title = format!(
            "A code flow of somebody who is signed in, on {} connections:",
            people::CONNECTIONS
        );
        self.begin_table(&title, FLOWS_HEAD)?;
        for found in found {
            for algorithm in people::ALGORITHMS {
                let flows = found.flows.iter().filter(|flow| flow.algorithm == algorithm);
                let samples: Vec<&Sample> = flows.clone().map(|flow| &flow.sample).collect();
                let cost = median_of(&samples, Sample::cost);
                let times = median(flows.map(|flow| flow.sample.cost() / flow.issuance.cost()));
                let begin = format!("| {} | {algorithm} |", found.database);
                let waits = rate_and_waits(&samples);
                writeln!(self.tables, "{begin}{waits} {cost:.1} | {times:.1} |")?;
            }
        }
        let title = format!("Discovery, while {} people sign in at once:", people::AT_ONCE);
        self.begin_table(&title, RUSH_HEAD)?;
        for found in found {
            let p99_of = |which: usize| {
                p99(&found.discovery.iter().map(|pair| &pair[which]).collect::<Vec<_>>())
            };
            let longest = found.sign_ins.iter().copied().map(milliseconds).fold(0.0, f64::max);
            let mid = median(found.sign_ins.iter().copied().map(milliseconds));
            let (rest, busy) = (p99_of(0), p99_of(1));
            let name = &found.database;
            writeln!(self.tables, "| {name} | {rest:.2} | {busy:.2} | {mid:.0} | {longest:.0} |")?;
        }
        Ok(())
    }

    /// Adds what is saved by an index less.
    pub fn add_indexes(&mut self, found: &[Less]) -> Result<()> {
        let connections = indexes::CONNECTIONS;
        let title = format!("With one thing less, on {connections} connections, CPU a request:");
        self.begin_table(&title, INDEXES_HEAD)?;
        for less in found {
            let (whole, difference) = (less.whole(), less.difference());
            let share = 100.0 * difference / whole;
            let begin = format!("| {} | {} | {} |", less.database, less.without, less.case.name());
            writeln!(self.tables, "{begin} {whole:.1} | {difference:.1} | {share:.0} % |")?;
        }
        Ok(())
    }

    /// Adds what the pages of operators cost.
    pub fn add_console(&mut self, found: &Console) -> Result<()> {
        let Console { database, rows, filled, pages } = found;
        let title = format!("Pages of operators, {database}, {} entries:", grouped(*rows));
        self.begin_table(&title, CONSOLE_HEAD)?;
        for page in pages {
            let most = page.ran.iter().max_by_key(|ran| ran.rows);
            let (own, beside) = most.map_or((0, 0), |ran| (ran.rows, ran.beside));
            let all: u64 = page.ran.iter().map(|ran| ran.rows + ran.beside).sum();
            write!(self.tables, "| {} | {} | {own} |", page.name, page.ran.len())?;
            write!(self.tables, " {beside} | {all} | {:.1} |", page.server)?;
            write!(self.tables, " {:.1} | {:.1} |", page.database, page.wall)?;
            writeln!(self.tables, " {:.0} | {} |", page.read, page.bytes / 1000)?;
            for ran in page.ran.iter().filter(|ran| ran.is_much()) {
                let sql = ran.sql.split_whitespace().collect::<Vec<_>>().join(" ");
                let sql: String = sql.chars().take(200).collect();
                eprintln!(
                    "bench: {}: {ran:?}",
                    page.name,
                    ran = (ran.rows, ran.beside, &ran.scanned, sql)
                );
            }
        }
        let seconds = filled.as_secs();
        writeln!(self.facts, "- {database}: {} entries, filled in {seconds} s.", grouped(*rows))?;
        Ok(())
    }

    /// Adds how another server fared, or why there is none.
    pub fn add_comparison(&mut self, found: &Outcome) -> Result<()> {
        let found = match found {
            Outcome::Compared(found) => found,
            Outcome::Missing(why) => {
                writeln!(self.facts, "- No comparison: {why}.")?;
                return Ok(());
            }
        };
        let title = format!("Beside another server, on {} connections:", compare::CONNECTIONS);
        self.begin_table(&title, COMPARISON_HEAD)?;
        for case in compare::CASES {
            let ours = median_of(&found.samples_of(Who::Tessera, case), Sample::cost);
            for who in Who::ALL {
                let samples = found.samples_of(who, case);
                let cost = median_of(&samples, Sample::cost);
                let (waits, times) = (rate_and_waits(&samples), cost / ours);
                let begin = format!("| {} | {} |", who.name(), case.name());
                writeln!(self.tables, "{begin}{waits} {cost:.1} | {times:.1} |")?;
            }
        }
        writeln!(self.facts, "- Compared with {}, one process.", found.versions)?;
        Ok(())
    }

    /// Whether anything is done that is worth to be shown.
    pub fn has_tables(&self) -> bool {
        !self.tables.is_empty()
    }

    /// Ends the report.
    pub fn end(self) -> Result<String> {
        let size = megabytes(fs::metadata(BINARY)?.len());
        Ok(format!("{}\n{}- The program: {size:.1} MB.\n", self.tables.trim_start(), self.facts))
    }

    fn begin_table(&mut self, title: &str, head: &str) -> Result<()> {
        Ok(write!(self.tables, "\n{title}\n\n{head}")?)
    }
}

/// The variants whose cases stand beside one static route.
const ONE_NODE: [Variant; 4] =
    [Variant::Plain, Variant::Async, Variant::Located, Variant::CacheOff];

impl Comparison {
    fn samples_of(&self, who: Who, case: Case) -> Vec<&Sample> {
        let here = self.samples.iter().filter(|(of, what, _)| (*of, *what) == (who, case));
        here.map(|(_, _, sample)| sample).collect()
    }
}

/// Everything between the number of connections and the multiple.
fn cells(samples: &[&Sample]) -> String {
    format!(
        "{} {:.1} | {:.1} | {:.1} |",
        rate_and_waits(samples),
        median_of(samples, |sample| sample.per_request(sample.cpu.server)),
        median_of(samples, |sample| sample.per_request(sample.cpu.database)),
        median_of(samples, |sample| sample.per_request(sample.cpu.driver)),
    )
}

fn p99(samples: &[&Sample]) -> f64 {
    median_of(samples, |sample| milliseconds(sample.percentile_99))
}

/// How large the store was, and how long that took.
fn filled(filling: &Filling) -> String {
    let (rows, seconds) = (grouped(filling.rows), filling.took.as_secs_f64());
    let bytes = filling.bytes_per_entry.map(|bytes| format!(", {} bytes each", grouped(bytes)));
    format!("{rows} entries{}, filled in {seconds:.0} s", bytes.unwrap_or_default())
}
