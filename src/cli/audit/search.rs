//! Looking through the log.

use serde_json::json;
use uuid::Uuid;

use crate::{
    acts::{
        Operator,
        audit::{self, Looking},
    },
    app::App,
    cli::{
        console::Console,
        figures::grouped,
        problem::{Exit, Outcome},
        table::{Cell, Table, column, optional},
    },
    model::query::{AuditQuery, AuditSearch},
};

use super::{line, parse};

#[derive(Debug, clap::Args)]
pub(in crate::cli) struct SearchArguments {
    /// Which events, such as 'action:client.* at:<7d'; without it, all
    #[arg(value_name = "QUERY", num_args = 0..)]
    query: Vec<String>,
    /// About so many
    #[arg(long, value_name = "NUMBER", default_value_t = 50)]
    #[arg(value_parser = clap::value_parser!(u16).range(1..=500))]
    limit: u16,
    /// The oldest first
    #[arg(long)]
    oldest_first: bool,
    /// Where the last page ended
    #[arg(long, value_name = "ID")]
    from: Option<Uuid>,
    /// Every event that matches, page after page; the log notes it
    #[arg(long)]
    all: bool,
    /// Who was not let in, most often first, instead of events; of the query, only at: counts
    #[arg(long)]
    refused: bool,
}

pub(super) async fn run(
    arguments: &SearchArguments,
    app: &App,
    operator: &Operator,
    console: &mut Console,
) -> Outcome {
    let query = parse(&arguments.query)?;
    if arguments.refused {
        return refused(query, app, console).await;
    }
    if arguments.all {
        audit::note_export(app, operator, &query.to_string()).await?;
    }
    let mut looking = Looking {
        query,
        newest_first: !arguments.oldest_first,
        from: arguments.from,
        limit: usize::from(arguments.limit),
    };
    let stop = console.stop();
    let mut shown = 0_i64;
    loop {
        let page = audit::search(app, &looking).await?;
        let now = app.now();
        page.events.iter().for_each(|kept| line::show(kept, now, console));
        shown += i64::try_from(page.events.len()).unwrap_or(i64::MAX);
        let goes_on = (arguments.all || shown == 0) && !console.is_unheard();
        match page.next {
            Some(_) if *stop.borrow() => return Ok(Exit::Stopped),
            Some(next) if goes_on => looking.from = Some(next),
            next => {
                tell(shown, next, &looking.query, console);
                return Ok(Exit::Yes);
            }
        }
    }
}

fn tell(shown: i64, next: Option<Uuid>, query: &AuditQuery, console: &mut Console) {
    match next {
        Some(next) => console.say(&format!("{} shown. Next page: --from {next}", grouped(shown))),
        None if shown == 0 && query.is_empty() => console.say("The log is empty."),
        None if shown == 0 => console.say(&format!("No event matches {query}.")),
        None => {}
    }
}

/// Shows who was refused how often.
async fn refused(query: AuditQuery, app: &App, console: &mut Console) -> Outcome {
    let now = app.now();
    let (from, _) = AuditSearch { query, at: now }.span();
    let mut table =
        Table::new(&[column("WHO"), column("REFUSED"), optional("ADDRESSES", 1), column("LAST")]);
    for one in audit::refused_since(app, from).await? {
        if console.json() {
            console.object(&json!({"who": one.client_id, "refusals": one.refusals,
                "addresses": one.addresses, "last": one.last.rfc3339()}));
        }
        table.row([
            Cell::from(one.client_id.as_str()),
            Cell::from(grouped(one.refusals)),
            Cell::from(grouped(one.addresses)),
            Cell::from(console.times(now).stated(one.last)),
        ]);
    }
    if table.is_empty() {
        console.say("Nobody was refused in that time.");
    } else {
        console.table(&table);
    }
    Ok(Exit::Yes)
}
