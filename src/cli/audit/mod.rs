//! `tessera audit`: follow, search and check the audit log.

mod line;
mod search;
mod tail;
mod verify;

use clap::Subcommand;

use crate::{acts::Operator, app::App, model::query::AuditQuery};

use super::{
    console::Console,
    problem::{Outcome, Problem},
    query,
};

#[derive(Debug, Subcommand)]
pub(super) enum AuditCommand {
    /// Follow the log, one line an event, until Ctrl-C
    #[command(before_help = "tessera audit tail\n\
                             tessera audit tail --not 'session.*,token.issued'\n\
                             tessera audit tail 'client:billing-sync' --json")]
    Tail(tail::TailArguments),
    /// Look through the log, the newest first
    #[command(before_help = "tessera audit search 'client:billing-sync at:<7d'\n\
                             tessera audit search 'action:user.* -actor:job:keys' --limit 200\n\
                             tessera audit search 'at:2026-03-12' --all --json > march-12.jsonl\n\
                             tessera audit search --refused 'at:<1d'")]
    Search(search::SearchArguments),
    /// Check that nothing was changed or taken out of the log, and say where it ends
    #[command(before_help = "tessera audit verify\n\
                             tessera audit verify --noted 1204891:9e1c07ab51d0c3f2…")]
    Verify(verify::VerifyArguments),
}

pub(super) async fn run(
    command: &AuditCommand,
    app: &App,
    operator: &Operator,
    console: &mut Console,
) -> Outcome {
    match command {
        AuditCommand::Tail(arguments) => tail::run(arguments, app, console).await,
        AuditCommand::Search(arguments) => search::run(arguments, app, operator, console).await,
        AuditCommand::Verify(arguments) => verify::run(arguments, app, console).await,
    }
}

/// Reads a query of events.
fn parse(words: &[String]) -> Result<AuditQuery, Problem> {
    AuditQuery::parse(&words.join(" ")).map_err(query::problem)
}
