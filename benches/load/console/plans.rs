//! What PostgreSQL did for a page: each statement and how many rows its plan read, as `auto_explain`
//! writes it to the log.

use std::{
    fs,
    io::{Read, Seek, SeekFrom},
    path::Path,
};

use serde_json::Value;

use super::super::{Result, link::Link};

/// What loads `auto_explain` into each connection from now on, without a word of it.
const LOAD: [&str; 6] = [
    "LOAD 'auto_explain'",
    "ALTER SYSTEM SET session_preload_libraries = 'auto_explain'",
    "ALTER SYSTEM SET auto_explain.log_analyze = on",
    "ALTER SYSTEM SET auto_explain.log_timing = off",
    "ALTER SYSTEM SET auto_explain.log_format = 'json'",
    "SELECT pg_reload_conf()",
];

/// How the server's own statements begin, which no page asks for.
const BESIDE: [&str; 4] =
    ["WITH beat", "SELECT node_id, beats", "SELECT set_config", "UPDATE nodes"];

/// A statement that ran.
#[derive(Debug, Clone)]
pub struct Ran {
    /// Its text.
    pub sql: String,
    /// How many rows of `tokens`, `audit` or whatever is its first table it read.
    pub rows: u64,
    /// How many rows of other tables it read beside.
    pub beside: u64,
    /// Which tables it read from one end to the other.
    pub scanned: Vec<String>,
}

impl Ran {
    /// Whether it read more than a page is worth.
    pub fn is_much(&self) -> bool {
        self.rows > 1000 || self.beside > 1000
    }
}

/// Has the database ready to tell, before the server connects.
pub async fn load(link: &mut Link) -> Result<()> {
    for statement in LOAD {
        link.execute(statement, &[]).await?;
    }
    Ok(())
}

/// Has the database tell of every statement, or of none.
pub async fn tell(link: &mut Link, is_on: bool) -> Result<()> {
    let least = if is_on { "0" } else { "-1" };
    link.run(&format!("ALTER SYSTEM SET auto_explain.log_min_duration = {least}"), &[]).await?;
    link.execute("SELECT pg_reload_conf()", &[]).await?;
    // The other connections read it before their next statement, once their signal came.
    tokio::time::sleep(std::time::Duration::from_millis(300)).await;
    Ok(())
}

/// Where the log ends.
pub fn end_of(log: &Path) -> Result<u64> {
    Ok(fs::metadata(log)?.len())
}

/// What stands in the log since it ended at `from`.
pub fn text_since(log: &Path, from: u64) -> Result<String> {
    let mut file = fs::File::open(log)?;
    file.seek(SeekFrom::Start(from))?;
    let mut text = String::new();
    file.read_to_string(&mut text)?;
    Ok(text)
}

/// What ran since the log ended at `from`.
pub fn since(log: &Path, from: u64) -> Result<Vec<Ran>> {
    let text = text_since(log, from)?;
    let mut found = Vec::new();
    for entry in text.split("  plan:\n").skip(1) {
        let lines = entry.lines().take_while(|line| line.starts_with('\t'));
        let plan: Value = serde_json::from_str(&lines.collect::<Vec<_>>().join("\n"))?;
        let sql = plan["Query Text"].as_str().unwrap_or_default().to_owned();
        if BESIDE.iter().any(|beginning| sql.trim_start().starts_with(beginning)) {
            continue;
        }
        let mut read = Vec::new();
        walk(&plan["Plan"], &mut read);
        let of = read.iter().find(|(table, ..)| table == "tokens").or(read.first());
        let table = of.map(|(table, ..)| table.clone()).unwrap_or_default();
        let (own, others): (Vec<_>, Vec<_>) = read.iter().partition(|(name, ..)| *name == table);
        let sum = |of: Vec<&(String, u64, bool)>| of.iter().map(|(_, rows, _)| rows).sum();
        let scanned = read.iter().filter(|(.., is_scan)| *is_scan);
        let scanned = scanned.map(|(name, rows, _)| format!("{name}: {rows}")).collect();
        found.push(Ran { sql, rows: sum(own), beside: sum(others), scanned });
    }
    Ok(found)
}

/// Adds each table that a plan reads: its name, how many rows, and whether from end to end.
fn walk(plan: &Value, read: &mut Vec<(String, u64, bool)>) {
    let number = |key: &str| plan[key].as_f64().unwrap_or(0.0);
    // A bitmap's rows are counted where they are fetched, but its table stands there as well.
    if let Some(table) = plan["Relation Name"].as_str() {
        let each = number("Actual Rows")
            + number("Rows Removed by Filter")
            + number("Rows Removed by Index Recheck");
        #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "small")]
        let rows = (each * number("Actual Loops")).round() as u64;
        read.push((table.to_owned(), rows, plan["Node Type"] == "Seq Scan"));
    }
    for below in plan["Plans"].as_array().into_iter().flatten() {
        walk(below, read);
    }
}
