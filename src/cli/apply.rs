//! `tessera apply`: makes the store as a file declares.

use std::collections::HashMap;

use serde_json::{Value, json};

use crate::{
    acts::{
        Operator,
        declared::{self, Action, Changed, Difference, Plan, PlanOptions, Shown},
    },
    app::App,
    model::token_type,
};

use super::{
    console::Console,
    figures::counted,
    look::{Look, Tone, harmless},
    problem::{Exit, Outcome},
    source::Source,
};

/// How wide the names of settings are.
const FIELD: usize = 18;

#[derive(Debug, clap::Args)]
pub(super) struct ApplyArguments {
    /// What to declare, from a file or standard input (-)
    #[arg(value_name = "FILE", value_parser = Source::parse)]
    pub(super) file: Source,
    /// Only say what differs; exit 1 if something does
    #[arg(short = 'n', long)]
    pub(super) dry_run: bool,
    /// Remove what the file does not declare
    #[arg(long)]
    prune: bool,
    /// Don't ask
    #[arg(short, long)]
    yes: bool,
}

pub(super) async fn run(
    arguments: &ApplyArguments,
    app: &App,
    operator: &Operator,
    console: &mut Console,
) -> Outcome {
    let file = console.gather(&arguments.file).await?;
    let now = app.now();
    let options = PlanOptions { prune: arguments.prune, attended: true, now };
    let plan = declared::plan(app, declared::read(&[file], now), &options).await?;
    let differences: Vec<Difference> = plan.differences().cloned().collect();
    if arguments.dry_run {
        return Ok(preview(&plan, &differences, console));
    }
    for difference in differences.iter().filter(|difference| differs(difference)) {
        for line in lines(difference, console.err()) {
            console.say(&line);
        }
    }
    notes(&plan, console);
    if plan.removals > 0 {
        for line in consequences(plan.removals, &differences) {
            console.say(&line);
        }
        if !arguments.yes {
            console.confirm(&plan.removals.to_string()).await?;
        }
    }
    let shown = declared::carry_out(app, operator, plan).await?;
    answer(&differences, &shown, console);
    Ok(Exit::Yes)
}

/// What becomes of the tokens of so many things that go. A type keeps its row, and its tokens work
/// again when it returns; `access` stays and loses its rules only.
fn consequences(removals: usize, differences: &[Difference]) -> Vec<String> {
    let is_removed_type = |difference: &&Difference| {
        difference.action == Action::Remove && difference.noun == declared::Noun::TokenType
    };
    let types: Vec<_> = differences.iter().filter(is_removed_type).map(|it| &it.name).collect();
    let things = counted(i64::try_from(removals).unwrap_or(i64::MAX), "thing");
    let rest = match (removals > types.len(), types.is_empty()) {
        (false, _) => "",
        (true, true) => " What goes takes its tokens with it. It can't be undone.",
        (true, false) => " What is no token type takes its tokens with it. It can't be undone.",
    };
    let of_type = |name: &&String| {
        format!(
            "The tokens of type {name} are invalid until it returns. To end them: \
             tessera token revoke --filter type:{name}"
        )
    };
    let goes = |name: &&&String| !token_type::is_built_in(name);
    std::iter::once(format!("This removes {things}.{rest}"))
        .chain(types.iter().filter(goes).map(of_type))
        .collect()
}

/// Says what would be done.
fn preview(plan: &Plan, differences: &[Difference], console: &mut Console) -> Exit {
    for difference in differences {
        if console.json() {
            console.object(&object(difference));
        } else if differs(difference) {
            for line in lines(difference, console.out()) {
                console.answer(&line);
            }
        }
    }
    notes(plan, console);
    console.say(&summary(differences));
    if plan.differs() { Exit::No } else { Exit::Yes }
}

/// Tells what was done. The secrets that were drawn come to standard output, once.
fn answer(differences: &[Difference], shown: &[Shown], console: &mut Console) {
    if console.json() {
        let secrets: HashMap<_, _> =
            shown.iter().map(|shown| (shown.client_id.as_str(), shown)).collect();
        for difference in differences {
            let mut object = object(difference);
            let secret = secrets.get(difference.name.as_str());
            match secret.filter(|_| difference.noun == declared::Noun::Client) {
                Some(shown) => {
                    object["client_secret"] = json!(shown.secret.expose());
                    console.answer_once(&object.to_string(), lost_secret(shown));
                }
                None => console.object(&object),
            }
        }
        return;
    }
    console.done(&summary(differences));
    for shown in shown {
        let line = format!("{} {}", shown.client_id, shown.secret.expose());
        console.answer_once(&line, lost_secret(shown));
    }
}

fn differs(difference: &Difference) -> bool {
    difference.action != Action::Unchanged
}

fn notes(plan: &Plan, console: &mut Console) {
    for note in &plan.notes {
        console.warn(&harmless(note));
    }
}

/// `2 to add, 1 to change, 5 as declared`.
fn summary(differences: &[Difference]) -> String {
    let count =
        |action| differences.iter().filter(|difference| difference.action == action).count();
    let words = [(Action::Add, "added"), (Action::Change, "changed"), (Action::Remove, "removed")];
    let mut parts: Vec<_> = words
        .iter()
        .map(|(action, word)| (count(*action), word))
        .filter(|(count, _)| *count > 0)
        .map(|(count, word)| format!("{count} {word}"))
        .collect();
    if parts.is_empty() {
        parts.push("Nothing differs".to_owned());
    }
    parts.push(format!("{} as declared", count(Action::Unchanged)));
    parts.join(", ")
}

/// A difference for a person: its name, and below it what changes.
fn lines(difference: &Difference, look: Look) -> Vec<String> {
    let Difference { action, noun, name, changes } = difference;
    let (sign, tone) = match action {
        Action::Add => ("+", Tone::Good),
        Action::Change => ("~", Tone::Warn),
        Action::Remove => ("-", Tone::Bad),
        Action::Unchanged => ("=", Tone::Dim),
    };
    let head = format!("{sign} {} {noun} {}", action.as_str(), harmless(name));
    let mut lines = vec![look.tone(tone, &head)];
    lines.extend(changes.iter().map(|change| line(change, look)));
    lines
}

fn line(change: &Changed, look: Look) -> String {
    let Changed { field, from, to } = change;
    let arrow = if look.utf8 { "→" } else { "->" };
    let word = |value: &Option<String>| value.as_deref().map_or("none".to_owned(), harmless);
    let value = match from {
        None => word(to),
        Some(_) => format!("{} {arrow} {}", word(from), word(to)),
    };
    format!("    {field:<FIELD$} {value}")
}

/// A difference for a program.
fn object(difference: &Difference) -> Value {
    let Difference { action, noun, name, changes } = difference;
    let changes: Vec<_> = changes
        .iter()
        .map(|Changed { field, from, to }| json!({"field": field, "from": from, "to": to}))
        .collect();
    json!({
        "action": action.as_str(), "noun": noun.as_str(), "name": name, "changes": changes,
    })
}

/// What to do about a secret that did not reach its reader.
fn lost_secret(shown: &Shown) -> String {
    format!("make others, each: tessera client rotate-secret {} --overlap 0s", shown.client_id)
}
