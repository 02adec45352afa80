//! The log: one event for each decision, readable alone, and never what was to be kept secret.

mod run;
mod table;

use std::collections::BTreeMap;

use serde_json::Value;

use crate::common::process::Process;

/// What a server logged, line by line.
struct Log(Vec<Value>);

impl Log {
    fn of(process: &Process) -> Self {
        let log = process.log();
        let parse = |line| serde_json::from_str(line).unwrap_or_else(|_| panic!("no JSON: {line}"));
        Self(log.lines().map(parse).collect())
    }

    /// The names of the events of each request, by its id, in their order.
    fn by_request(&self) -> BTreeMap<&str, Vec<&str>> {
        let mut found: BTreeMap<_, Vec<_>> = BTreeMap::new();
        for line in &self.0 {
            if let Some(id) = line["span"]["request.id"].as_str() {
                found.entry(id).or_default().push(line["event"].as_str().unwrap());
            }
        }
        found
    }

    fn count(&self, event: &str) -> usize {
        self.0.iter().filter(|line| line["event"] == event).count()
    }
}
