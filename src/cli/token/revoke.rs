//! Revoking, by entry, by the token itself, or by a query.

use std::sync::Arc;

use serde_json::json;

use crate::{
    acts::{self, Operator},
    app::App,
    cli::{
        console::Console,
        figures::counted,
        problem::{Exit, Outcome, Problem},
        query,
        source::Source,
    },
    model::{standing::StandingEntry, timestamp::Timestamp},
};

use super::{revoke_many, said_within};

/// The most characters of a reason.
const LONGEST_REASON: usize = 500;

#[derive(Debug, clap::Args)]
pub(in crate::cli) struct RevokeArguments {
    /// Entries, or - to read the token itself from standard input
    #[arg(value_name = "ENTRY", required_unless_present = "filter")]
    pub(super) entries: Vec<String>,
    /// Everything that matches, in the words of token list
    #[arg(long, value_name = "QUERY", conflicts_with = "entries", allow_hyphen_values = true)]
    pub(super) filter: Option<String>,
    /// Whole families, not just these entries
    #[arg(long)]
    pub(super) family: bool,
    /// Goes into the audit log
    #[arg(long, value_name = "TEXT", value_parser = said_within::<LONGEST_REASON>)]
    reason: Option<String>,
    /// Only say what would be revoked
    #[arg(short = 'n', long)]
    pub(super) dry_run: bool,
    /// Don't ask
    #[arg(short, long)]
    pub(super) yes: bool,
}

impl RevokeArguments {
    /// What is named to be read.
    pub(super) fn reads(&self) -> Vec<&Source> {
        let is_token = self.entries.iter().any(|entry| entry == "-");
        is_token.then_some(&Source::StandardInput).into_iter().collect()
    }

    /// What the audit log says.
    pub(super) fn reason(&self) -> &str {
        self.reason.as_deref().unwrap_or(acts::tokens::NO_REASON)
    }
}

pub(super) async fn run(
    arguments: &RevokeArguments,
    app: &App,
    operator: &Operator,
    console: &mut Console,
) -> Outcome {
    if let Some(filter) = &arguments.filter {
        let query = query::parse(filter)?;
        return revoke_many::run((query, arguments), app, operator, console).await;
    }
    let mut found = find_all(arguments, app, console).await?;
    if arguments.family
        && let Some(query) = acts::tokens::take_families(&mut found)
    {
        let exit = revoke_many::run((query, arguments), app, operator, console).await?;
        if found.is_empty() {
            return Ok(exit);
        }
    }
    revoke_each(&found, arguments, app, (operator, console)).await
}

/// Revokes entries one by one.
async fn revoke_each(
    found: &[StandingEntry],
    arguments: &RevokeArguments,
    app: &App,
    (operator, console): (&Operator, &mut Console),
) -> Outcome {
    let now = app.now();
    if arguments.dry_run {
        preview(found, now, console);
        return Ok(Exit::Yes);
    }
    // One entry, named or shown, is answer enough; for several, the number is.
    if found.len() > 1 && !arguments.yes {
        let count = found.len();
        if !console.json() {
            preview(found, now, console);
        }
        console.say(&format!("This revokes {count} tokens. It can't be undone."));
        console.confirm(&count.to_string()).await?;
    }
    let mut revoked = 0;
    for one in found {
        let key = one.entry.entry_key;
        let was_live = acts::tokens::revoke(app, operator, &one.entry, arguments.reason()).await?;
        revoked += i64::from(was_live);
        if console.json() {
            console.object(&json!({"entry": key.to_string(), "revoked": was_live}));
        } else if !was_live {
            console.warn(&format!("{key} had ended before: {}", one.status_word(now).shown()));
        }
    }
    if revoked > 0 {
        console.done(&format!("Revoked {}", counted(revoked, "token")));
    }
    Ok(Exit::Yes)
}

/// Finds every entry before the first is touched, so that a typing error changes nothing.
async fn find_all(
    arguments: &RevokeArguments,
    app: &App,
    console: &mut Console,
) -> Result<Vec<StandingEntry>, Problem> {
    let mut found: Vec<StandingEntry> = Vec::new();
    for typed in &arguments.entries {
        let one = if typed == "-" {
            let token = console.read(&Source::StandardInput).await?;
            let presented = acts::tokens::inspect(app, &token).await?;
            presented.map(|presented| Arc::unwrap_or_clone(presented.found)).ok_or_else(|| {
                Problem::new(Exit::No, "that is no token of ours, or it was swept")
                    .next("tessera token inspect -")
            })?
        } else {
            acts::tokens::find(app, typed).await?
        };
        if !found.iter().any(|other| other.entry.entry_key == one.entry.entry_key) {
            found.push(one);
        }
    }
    Ok(found)
}

/// What would be revoked: one line each.
fn preview(found: &[StandingEntry], now: Timestamp, console: &mut Console) {
    for one in found {
        let (key, client) = (one.entry.entry_key, &one.entry.client_id);
        let word = one.status_word(now);
        if console.json() {
            console.object(&json!({
                "entry": key.to_string(), "client_id": client.as_str(), "status": word.as_str(),
            }));
        } else {
            console.answer(&format!("{key}  {}, {} of {client}", word.shown(), one.type_name()));
        }
    }
}
