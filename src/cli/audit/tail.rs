//! Following the log.

use std::time::Duration;

use crate::{
    acts::audit::{self, Looking, Tail},
    app::App,
    cli::{
        console::Console,
        figures::grouped,
        problem::{Exit, Outcome, Problem},
        query,
    },
    model::query::{AuditQuery, AuditSearch},
};

use super::{line, parse};

/// How often it is looked for news.
const INTERVAL: Duration = Duration::from_secs(1);

#[derive(Debug, clap::Args)]
pub(in crate::cli) struct TailArguments {
    /// Only events that match, such as 'client:billing-sync'
    #[arg(value_name = "QUERY", num_args = 0..)]
    query: Vec<String>,
    /// Hide these actions, with commas between them: 'session.*,token.issued'
    #[arg(long = "not", value_name = "ACTION", value_delimiter = ',')]
    hidden: Vec<String>,
    /// Begin with so many of before
    #[arg(long, value_name = "NUMBER", default_value_t = 10)]
    #[arg(value_parser = clap::value_parser!(u16).range(0..=500))]
    last: u16,
}

/// What was shown, and what was hidden.
#[derive(Debug, Default)]
struct Counted {
    shown: i64,
    hidden: i64,
}

pub(super) async fn run(arguments: &TailArguments, app: &App, console: &mut Console) -> Outcome {
    let query = parse(&arguments.query)?;
    let hidden = hidden(&arguments.hidden)?;
    let mut stop = console.stop();
    let (mut tail, mut counted) = (Tail::from(app.now()), Counted::default());
    if arguments.last > 0 {
        let both = query.clone().but_not(&hidden);
        let (newest_first, from) = (true, None);
        let limit = usize::from(arguments.last);
        let page = audit::search(app, &Looking { query: both, newest_first, from, limit }).await?;
        tail.skip(&page.events);
        let before = page.events.iter().take(limit);
        let before: Vec<_> = before.collect();
        before.iter().rev().for_each(|kept| line::show(kept, app.now(), console));
    }
    loop {
        let wanted = AuditSearch { query: query.clone(), at: app.now() };
        let unwanted = AuditSearch { query: hidden.clone(), at: app.now() };
        for kept in tail.next(app).await? {
            if !wanted.matches(&kept.event) {
                continue;
            }
            if !hidden.is_empty() && unwanted.matches(&kept.event) {
                counted.hidden += 1;
                continue;
            }
            counted.shown += 1;
            line::show(&kept, app.now(), console);
        }
        let waited = tokio::time::timeout(INTERVAL, stop.wait_for(|stop| *stop)).await;
        if waited.is_ok() || console.is_unheard() {
            break;
        }
        if app.is_stopping() {
            tell(&counted, console);
            return Err(Problem::new(Exit::Unreachable, "the running server is stopping"));
        }
    }
    tell(&counted, console);
    Ok(Exit::Stopped)
}

/// Which actions are hidden; none is a query of everything.
fn hidden(actions: &[String]) -> Result<AuditQuery, Problem> {
    if actions.is_empty() {
        return Ok(AuditQuery::default());
    }
    AuditQuery::parse(&format!("action:{}", actions.join(","))).map_err(query::problem)
}

fn tell(counted: &Counted, console: &mut Console) {
    let events = if counted.shown == 1 { "event" } else { "events" };
    let shown = format!("{} {events}", grouped(counted.shown));
    console.say(&match counted.hidden {
        0 => shown,
        hidden => format!("{shown}, {} hidden by --not", grouped(hidden)),
    });
}
