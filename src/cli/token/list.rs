//! A page of entries.

use crate::{
    acts::{self, tokens::Listing},
    app::App,
    cli::{
        console::Console,
        figures::grouped,
        look::Tone,
        problem::{Exit, Outcome, Problem},
        query,
        table::{Cell, Table, column, optional},
    },
    config::duration,
    model::{
        client_id::ClientId,
        entry_key::{EntryKey, EntryKeyRange},
        query::{Condition, TokenQuery},
        standing::StandingEntry,
        status_word::StatusWord,
    },
};

use super::show::{entry_json, holder};

#[derive(Debug, clap::Args)]
pub(in crate::cli) struct ListArguments {
    /// Which entries, such as 'status:active expires:<24h'; without it, all
    #[arg(value_name = "QUERY", num_args = 0..)]
    pub(super) query: Vec<String>,
    /// Only those of this client
    #[arg(long, value_name = "NAME", value_parser = ClientId::parse)]
    client: Option<ClientId>,
    /// Only what comes after this entry, where the last page ended
    #[arg(long, value_name = "ENTRY")]
    pub(super) after: Option<String>,
    /// At most so many
    #[arg(long, value_name = "NUMBER", default_value_t = 50)]
    #[arg(value_parser = clap::value_parser!(i64).range(1..=10_000))]
    limit: i64,
    /// Also what was kept long enough and waits for the sweep
    #[arg(long)]
    all: bool,
}

pub(super) async fn run(arguments: &ListArguments, app: &App, console: &mut Console) -> Outcome {
    let now = app.now();
    let asked = query::parse(&arguments.query.join(" "))?;
    let query = match &arguments.client {
        Some(client) => asked.clone().and(Condition::Client(vec![client.clone()])),
        None => asked.clone(),
    };
    let listing = Listing {
        query,
        after: arguments.after.as_deref().map(whole_key).transpose()?,
        all: arguments.all,
        limit: usize::try_from(arguments.limit).unwrap_or(usize::MAX),
        before: None,
        patience: None,
    };
    let page = acts::tokens::list(app, &listing).await?;
    if console.json() {
        for entry in &page.entries {
            console.object(&entry_json(entry, now));
        }
        return Ok(Exit::Yes);
    }
    if let Some(wider) = asked.with_never_used() {
        console.say(&format!("Tokens that were never used are left out. With them: {wider}"));
    }
    let Some(last) = page.entries.last() else {
        say_nothing_found(&asked, app, console);
        return Ok(Exit::Yes);
    };
    let table = table(&page.entries, app, console);
    console.table(&table);
    if page.has_more {
        let count = page.entries.len();
        console.say(&format!("{count} shown. Next page: --after {}", last.entry.entry_key));
    }
    Ok(Exit::Yes)
}

/// Says the query back, and that what has ended does not stay for ever.
fn say_nothing_found(asked: &TokenQuery, app: &App, console: &mut Console) {
    if asked.is_empty() {
        console.say("No entries.");
        return;
    }
    let kept = duration::format(app.config().tokens.keep_ended);
    console.say(&format!("No entry matches {asked}. Ended ones are kept for {kept}."));
}

fn table(found: &[StandingEntry], app: &App, console: &Console) -> Table {
    let now = app.now();
    let mut table = Table::new(&[
        column("ENTRY"),
        optional("TYPE", 5),
        column("STATUS"),
        optional("CLIENT", 2),
        optional("SUBJECT", 4),
        optional("EXPIRES", 3),
        optional("", 1),
        optional("USES", 6),
    ]);
    let times = console.times(now);
    for one in found {
        let entry = &one.entry;
        let word = one.status_word(now);
        let exact = entry.expires_at.map_or("never".to_owned(), |end| times.exact(end));
        let distance = entry.expires_at.map_or(String::new(), |end| times.distance(end));
        table.row([
            Cell::from(entry.entry_key.to_string()),
            Cell::from(one.type_name()),
            Cell::toned(tone(word), word.shown()),
            Cell::from(entry.client_id.as_str()),
            Cell::from(holder(one).unwrap_or_default()),
            Cell::from(exact),
            Cell::toned(Tone::Dim, distance),
            Cell::from(uses_left(one)),
        ]);
    }
    table
}

/// How many uses are left of how many; empty where they are not counted down.
fn uses_left(found: &StandingEntry) -> String {
    let entry = &found.entry;
    let left = |most: i64| format!("{}/{}", grouped((most - entry.uses).max(0)), grouped(most));
    entry.max_uses.map_or(String::new(), left)
}

/// Reads the whole name of an entry; it need not be there any more.
fn whole_key(text: &str) -> Result<EntryKey, Problem> {
    let range = text.parse::<EntryKeyRange>();
    let whole = range.ok().filter(|range| range.first == range.last).map(|range| range.first);
    whole.ok_or_else(|| {
        Problem::new(Exit::Wrong, "--after needs the whole name of an entry")
            .next("take it from the last line of the page before")
    })
}

/// The colour of a status.
pub(super) fn tone(word: StatusWord) -> Tone {
    match word {
        StatusWord::Active => Tone::Good,
        StatusWord::Expiring | StatusWord::Paused => Tone::Warn,
        StatusWord::Revoked | StatusWord::Declined | StatusWord::CutOff => Tone::Bad,
        StatusWord::NotYet | StatusWord::Waiting => Tone::Plain,
        StatusWord::Replaced | StatusWord::Used | StatusWord::Expired | StatusWord::UsedUp => {
            Tone::Dim
        }
    }
}
