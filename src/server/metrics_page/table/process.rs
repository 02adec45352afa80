//! What is measured of the process, by the names that every Prometheus client gives it.

use super::super::metric::{Metric, counter, gauge};

/// What is measured of the process.
pub(super) const METRICS: &[Metric] = &[
    counter(
        "process_cpu_seconds_total",
        &[],
        "Time that the processors worked for this process. Only on Linux.",
        "Its rate is the number of busy cores.",
    ),
    gauge(
        "process_resident_memory_bytes",
        &[],
        "Memory in use. Only on Linux.",
        "Grows with `cache.entries`, at about two kilobytes each, and then no more.",
    ),
    gauge(
        "process_open_fds",
        &[],
        "Open files and connections. Only on Linux.",
        "Near the most: connections will be refused.",
    ),
    gauge(
        "process_max_fds",
        &[],
        "How many may be open. Only on Linux.",
        "Set `LimitNOFILE=` or `ulimit -n`.",
    ),
    gauge(
        "process_start_time_seconds",
        &[],
        "When the server started.",
        "One that changes again and again: it crashes.",
    ),
];
