//! Memory stays bounded also where nobody ever reads the metrics.

use std::{env, fs, process::Command, time::Duration};

use metrics::histogram;
use tessera::{model::timestamp::Timestamp, server::MetricsPage};
use tokio::time::{MissedTickBehavior, interval};

/// Set in the process that is measured: this very test, alone.
const ALONE: &str = "TESSERA_MEASURED_ALONE";

/// Measurements at once, and how often. Each takes 16 bytes until it is folded.
const AT_ONCE: usize = 50_000;
const TIMES: usize = 40;
const PAUSE: Duration = Duration::from_millis(100);

/// What they all would take, in KiB, and the most that they may.
const ALL_OF_THEM: usize = AT_ONCE * TIMES * 16 / 1024;
const AT_MOST: usize = ALL_OF_THEM * 6 / 10;

/// The memory of a process is the sum of all that is in it, so it is a process of its own.
#[tokio::test]
async fn measurements_do_not_pile_up_where_nobody_reads_them() {
    if env::var_os(ALONE).is_some() {
        return measure().await;
    }
    let name = "metrics::memory::measurements_do_not_pile_up_where_nobody_reads_them";
    let alone = Command::new(env::current_exe().unwrap())
        .args(["--exact", name, "--nocapture"])
        .env(ALONE, "1")
        .output()
        .unwrap();

    let said = String::from_utf8_lossy(&alone.stdout);
    assert!(alone.status.success(), "{said}{}", String::from_utf8_lossy(&alone.stderr));
    assert!(said.contains("1 passed"), "{said}");
}

async fn measure() {
    let page = MetricsPage::install(Timestamp(0)).unwrap();
    tokio::spawn(page.keep_up());
    let duration = histogram!("tessera_request_duration_seconds", "route" => "/token");
    let mut ticks = interval(PAUSE);
    ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    let before = resident_kib();

    for _ in 0..TIMES {
        ticks.tick().await;
        (0..AT_ONCE).for_each(|_| duration.record(0.001));
    }

    let grown = resident_kib().saturating_sub(before);
    assert!(grown < AT_MOST, "{grown} KiB more; unbounded it would be {ALL_OF_THEM}");
}

fn resident_kib() -> usize {
    let status = fs::read_to_string("/proc/self/status").unwrap();
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:")).unwrap();
    line.trim().trim_end_matches(" kB").parse().unwrap()
}
