//! What the system says of this process, under the names that all Prometheus clients use.
//!
//! Written as text: the collector's counters are whole numbers, and a processor works for parts of
//! a second.

use std::{fmt::Write, fs, io};

use rustix::param::clock_ticks_per_second;

use crate::app::resident_bytes;

use super::super::listener::most_open_files;
use super::{metric::Metric, table::METRICS};

/// Where Linux tells of the process that asks.
const PROC: &str = "/proc/self";

/// The lines of the process metrics; none of those that the system does not tell.
pub(super) fn lines() -> String {
    let mut text = String::new();
    for (name, value) in [
        ("process_cpu_seconds_total", cpu_seconds()),
        ("process_resident_memory_bytes", resident()),
        ("process_open_fds", open_files()),
        ("process_max_fds", most_files()),
    ] {
        let metric = METRICS.iter().find(|metric| metric.name == name);
        if let (Some(Metric { kind, meaning, .. }), Some(value)) = (metric, value) {
            let kind = kind.as_str();
            // Writing to a string does not fail.
            let _ =
                write!(text, "# HELP {name} {meaning}\n# TYPE {name} {kind}\n{name} {value}\n\n");
        }
    }
    text
}

/// What the threads of this process worked, for themselves and in the system.
fn cpu_seconds() -> Option<f64> {
    let stat = fs::read_to_string(format!("{PROC}/stat")).ok()?;
    // The name of the program, in brackets, may hold anything.
    let (_, fields) = stat.rsplit_once(')')?;
    let mut times = fields.split_whitespace().skip(11).map(str::parse::<u32>);
    let (own, system) = (times.next()?.ok()?, times.next()?.ok()?);
    let ticks = u32::try_from(clock_ticks_per_second()).ok()?;
    Some((f64::from(own) + f64::from(system)) / f64::from(ticks))
}

#[expect(clippy::cast_precision_loss, reason = "what is that large need not be exact")]
fn resident() -> Option<f64> {
    resident_bytes().map(|bytes| bytes as f64)
}

fn open_files() -> Option<f64> {
    let count =
        fs::read_dir(format!("{PROC}/fd")).ok()?.collect::<io::Result<Vec<_>>>().ok()?.len();
    // Less the one by which they were counted.
    u32::try_from(count).ok().map(|count| f64::from(count.saturating_sub(1)))
}

fn most_files() -> Option<f64> {
    most_open_files().and_then(|most| u32::try_from(most).ok()).map(f64::from)
}
