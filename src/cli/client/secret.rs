//! Replacing and retiring the secrets of a client.

use std::time::Duration;

use serde_json::json;

use crate::{
    acts::{Operator, secrets},
    app::App,
    cli::{
        console::Console,
        look::Mark,
        problem::{Exit, Outcome},
        source::Source,
    },
    model::{client_id::ClientId, client_secret::ClientSecret, timestamp::Timestamp},
};

use super::{lost_secret, settings::length, show};

#[derive(Debug, clap::Args)]
pub(in crate::cli) struct RotateArguments {
    /// The client's name on the wire
    #[arg(value_name = "NAME", value_parser = ClientId::parse)]
    name: ClientId,
    /// How long the old secret works on; 0s ends it now
    #[arg(long, value_name = "TIME", value_parser = length, default_value = "7d")]
    overlap: Duration,
    /// Take the new secret from a file or standard input (-), instead of drawing one
    #[arg(long, value_name = "FILE", value_parser = Source::parse)]
    secret_from: Option<Source>,
}

#[derive(Debug, clap::Args)]
pub(in crate::cli) struct RetireArguments {
    /// The client's name on the wire
    #[arg(value_name = "NAME", value_parser = ClientId::parse)]
    name: ClientId,
    /// What tells the secret from the others, as client show names it
    #[arg(value_name = "HINT", allow_hyphen_values = true)]
    hint: String,
}

impl RotateArguments {
    /// What is named to be read.
    pub(super) fn reads(&self) -> Vec<&Source> {
        self.secret_from.iter().collect()
    }
}

pub(super) async fn rotate(
    arguments: &RotateArguments,
    app: &App,
    operator: &Operator,
    console: &mut Console,
) -> Outcome {
    let RotateArguments { name, overlap, secret_from } = arguments;
    let chosen = match secret_from {
        Some(source) => Some(console.read(source).await?),
        None => None,
    };
    let was_chosen = chosen.is_some();
    let rotated = secrets::rotate(app, operator, name, *overlap, chosen).await?;
    let now = app.now();
    // What ended at this very moment is no longer worth a word.
    let older: Vec<_> = rotated.older.iter().filter(|secret| secret.is_live(now)).collect();
    if console.json() {
        let older: Vec<_> = older.iter().map(|secret| show::secret_json(secret, now)).collect();
        let mut object = json!({"client_id": name.as_str(), "hint": rotated.hint, "older": older});
        if let Some(secret) = &rotated.secret {
            object["client_secret"] = json!(secret.expose());
        }
        console.answer_once(&object.to_string(), lost_secret(name));
    } else {
        let new = if was_chosen { "known as" } else { "ends" };
        console.done(&format!("New secret {new} {}.{}", rotated.hint, ends(&older, now, console)));
        for secret in older {
            warn_of_use(name, secret, now, console);
        }
        if let Some(secret) = &rotated.secret {
            console.answer_once(secret.expose(), lost_secret(name));
        }
    }
    Ok(Exit::Yes)
}

pub(super) async fn retire(
    arguments: &RetireArguments,
    app: &App,
    operator: &Operator,
    console: &mut Console,
) -> Outcome {
    let RetireArguments { name, hint } = arguments;
    secrets::retire(app, operator, name, hint).await?;
    if console.json() {
        console.object(&json!({"client_id": name.as_str(), "hint": hint, "is_live": false}));
    } else {
        console.done(&format!("Secret {hint} of {name} no longer works"));
    }
    Ok(Exit::Yes)
}

/// Until when the old secrets work.
fn ends(older: &[&ClientSecret], now: Timestamp, console: &Console) -> String {
    let times = console.times(now);
    match older {
        [] => " No older one works.".to_owned(),
        [old] => {
            let end = old.expires_at.map_or(String::new(), |end| times.stated(end));
            format!(" The old one ({}) works until {end}.", show::named(old))
        }
        several => format!(" {} older ones work on.", several.len()),
    }
}

/// Whether an old secret is still in use, and how to end it.
fn warn_of_use(name: &ClientId, secret: &ClientSecret, now: Timestamp, console: &mut Console) {
    if secret.last_used_at.is_some() {
        let mark = console.err().mark(Mark::Look);
        let last = show::last_use(secret, &console.times(now));
        console.say(&format!("  {mark} {} was {last}.", secret.hint));
    }
    let hint = &secret.hint;
    console.say(&format!("  When it goes quiet: tessera client retire-secret {name} {hint}"));
}
