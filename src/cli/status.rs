//! `tessera status`: what the overview page shows.

mod object;

use std::time::Duration;

use crate::{
    acts::overview::{self, NodeHealth, NodeState, Overview, Strip, Warning},
    app::App,
    model::{
        series::{Counted, Range},
        timestamp::Timestamp,
    },
};

use super::{
    console::Console,
    figures::{counted, grouped, size},
    look::Tone,
    problem::{Exit, Outcome},
    sheet::Sheet,
    table::{Cell, Table, column, optional},
    times::Times,
};

#[derive(Debug, clap::Args)]
pub(super) struct StatusArguments {
    /// How far back: 1h, 24h, 7d or 30d
    #[arg(long, value_name = "RANGE", default_value = "24h", value_parser = range)]
    range: Range,
}

fn range(text: &str) -> Result<Range, String> {
    let names = Range::ALL.map(Range::as_str).join(", ");
    Range::parse(text).ok_or_else(|| format!("one of {names}"))
}

pub(super) async fn run(arguments: &StatusArguments, app: &App, console: &mut Console) -> Outcome {
    let seen = overview::overview(app, arguments.range).await?;
    if console.json() {
        console.object(&object::of(&seen));
        return Ok(Exit::Yes);
    }
    for warning in &seen.warnings {
        let text = words(warning, &console.times(seen.at));
        console.warn(&text);
    }
    let sheet = sheet(&seen, &console.times(seen.at));
    console.sheet(&sheet);
    let traffic = traffic(&seen, &console.times(seen.at));
    let parts = [traffic, by_type(&seen), nodes(&seen.nodes, &console.times(seen.at))];
    for table in parts.iter().filter(|table| !table.is_empty()) {
        console.answer("");
        console.table(table);
    }
    Ok(Exit::Yes)
}

fn sheet(seen: &Overview, times: &Times<'_>) -> Sheet {
    let mut sheet = Sheet::default();
    match &seen.measured {
        Some(measured) => {
            let active = format!("{} active", grouped(measured.active));
            let of =
                format!("of {} kept, {}", grouped(measured.entries), times.relative(measured.at));
            sheet.detailed("Tokens", active, of);
            sheet.fact("Database", size(measured.database_bytes));
        }
        None => sheet.detailed("Tokens", "not counted yet", "a server counts them when it starts"),
    }
    let overdue = seen.measured.map_or(0, |measured| measured.overdue);
    let swept = seen.swept_at.map_or("never".to_owned(), |at| times.relative(at));
    let removed = seen.swept.map(|rows| format!("{} removed, ", counted(rows, "token")));
    let overdue = format!("{}{} overdue", removed.unwrap_or_default(), counted(overdue, "row"));
    let due = seen.measured.and_then(|measured| measured.due_in_a_day);
    let due = due.map(|rows| format!(", {} due within 24 h", grouped(rows)));
    sheet.detailed("Sweep", swept, format!("{overdue}{}", due.unwrap_or_default()));
    let slowest = seen.latency.p99.map_or("-".to_owned(), milliseconds);
    let recent =
        seen.just_now.p99.map(|p99| format!("{} in the last 5 minutes", milliseconds(p99)));
    sheet.detailed("Introspection", format!("{slowest} (p99)"), recent.unwrap_or_default());
    let (refused, all) = (seen.just_now.refused, seen.just_now.introspected);
    if all > 0 {
        let of = format!("of {} in the last 5 minutes", counted(all, "introspection"));
        sheet.detailed("Refused", grouped(refused), of);
    }
    sheet
}

fn traffic(seen: &Overview, times: &Times<'_>) -> Table {
    let columns = [column("TRAFFIC"), column(seen.range.as_str()), optional("MOST", 1)];
    let mut table = Table::new(&columns);
    for Strip { counted, total, peak, .. } in &seen.strips {
        let most = peak.map(|(at, value)| format!("{} from {}", grouped(value), times.exact(at)));
        let cells = [name(*counted).to_owned(), grouped(*total), most.unwrap_or_default()];
        table.row(cells.map(Cell::from));
    }
    table
}

/// What is counted, as people call it.
fn name(counted: Counted) -> &'static str {
    match counted {
        Counted::Introspected => "introspections",
        Counted::Refused => "introspections, not active",
        Counted::Issued => "tokens issued",
        Counted::Revoked => "tokens revoked by clients",
        Counted::Used => "uses of typed tokens",
        Counted::SignedIn => "sign-ins",
        Counted::RefreshReused => "refresh tokens used twice",
        Counted::CodeReused => "codes used twice",
    }
}

fn by_type(seen: &Overview) -> Table {
    let mut table = Table::new(&[column("TYPE"), column("ACTIVE"), optional("END IN 1 H", 1)]);
    for of in &seen.by_type {
        let cells = [of.name.clone(), grouped(of.active), grouped(of.ending)];
        table.row(cells.map(Cell::from));
    }
    table
}

fn nodes(nodes: &[NodeState], times: &Times<'_>) -> Table {
    let columns = [
        column("NODE"),
        column("STATE"),
        optional("VERSION", 5),
        column("REQUESTS/S"),
        optional("P99", 2),
        optional("MEMORY", 1),
        optional("STORE", 3),
        optional("SINCE", 4),
    ];
    let mut table = Table::new(&columns);
    for node in nodes {
        let (tone, state) = match node.health {
            NodeHealth::Healthy => (Tone::Good, "healthy"),
            NodeHealth::Silent => (Tone::Bad, "silent"),
            NodeHealth::Ahead(_) => (Tone::Warn, "clock ahead"),
        };
        let told = node.figures;
        let memory = told.and_then(|told| i64::try_from(told.memory_bytes?).ok());
        table.row([
            Cell::from(&node.name),
            Cell::toned(tone, state),
            Cell::from(&node.version),
            Cell::from(told.map_or(String::new(), |it| format!("{:.1}", it.requests_per_second))),
            Cell::from(
                told.and_then(|it| it.introspection_p99()).map_or(String::new(), milliseconds),
            ),
            Cell::from(memory.map_or(String::new(), size)),
            Cell::from(told.and_then(|it| it.store_latency()).map_or(String::new(), milliseconds)),
            Cell::from(times.exact(node.started_at)),
        ]);
    }
    table
}

/// What somebody should look at, in words.
fn words(warning: &Warning, times: &Times<'_>) -> String {
    let at = |at: &Timestamp| times.stated(*at);
    match warning {
        Warning::ChainBroken { at: checked } => {
            format!("The audit log was tampered with, as of {}: tessera audit verify", at(checked))
        }
        Warning::Reused { kind, event } => {
            let what = match kind {
                overview::ReuseKind::Refresh => "A refresh token",
                overview::ReuseKind::Code => "A code",
            };
            let (target, when) = (&event.target, at(&event.at));
            format!("{what} was used twice, {when}: {target} was ended.")
        }
        Warning::KeyOverdue { algorithm, since } => {
            format!(
                "The key for {algorithm} should have been followed {}: tessera key rotate",
                at(since)
            )
        }
        Warning::NodeSilent { name, seen_at } => {
            format!("{name} was last seen {}: it was killed, or its clock is wrong.", at(seen_at))
        }
        Warning::ClockAhead { name, by } => {
            format!("The clock of {name} is {} s ahead: let NTP set it.", by.as_secs())
        }
        Warning::NodesDiffer { keys } => {
            format!("Not all servers have {} alike: tessera doctor", keys.join(", "))
        }
        Warning::SweepLate { swept_at, rows } => {
            let last = swept_at.map_or("never".to_owned(), |last| at(&last));
            format!("{} wait for the sweep, which was last done {last}.", counted(*rows, "row"))
        }
        Warning::SecretsEnding { clients } => format!(
            "The last secret of {} ends within 14 days: tessera client secrets",
            counted(*clients, "client")
        ),
    }
}

fn milliseconds(took: Duration) -> String {
    format!("{:.1} ms", took.as_secs_f64() * 1000.0)
}
