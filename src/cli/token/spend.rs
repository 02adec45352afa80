//! A token, used. It answers whether that was allowed: exit code 0 or 1.

use std::net::IpAddr;

use serde_json::json;

use crate::{
    acts::{self, tokens::UseRequest},
    app::App,
    cli::{
        console::Console,
        look::{Mark, Tone},
        problem::{self, Exit},
        sheet::Sheet,
        source::Source,
        times::span,
    },
    model::{attempt::Outcome, client_id::ClientId, standing::Refusal},
    tokens::typed::{LONGEST_USE_KEY, Used},
};

use super::{said, said_within};

#[derive(Debug, clap::Args)]
pub(in crate::cli) struct UseArguments {
    /// Where the token itself is: - for standard input, or a file
    #[arg(value_name = "FILE", value_parser = Source::parse)]
    pub(super) token: Source,
    /// The type that it is taken for
    #[arg(long = "type", value_name = "TYPE")]
    type_name: String,
    /// What for
    #[arg(long, value_name = "PURPOSE", value_parser = said)]
    purpose: Option<String>,
    /// For whom
    #[arg(long, value_name = "IDENTITY", value_parser = said)]
    identity: Option<String>,
    /// By which client; without it, by the one whose it is
    #[arg(long, value_name = "NAME", value_parser = ClientId::parse)]
    client: Option<ClientId>,
    /// From where
    #[arg(long, value_name = "IP")]
    address: Option<IpAddr>,
    /// A name for this use: given again, it spends nothing more
    #[arg(long, value_name = "TEXT", value_parser = said_within::<LONGEST_USE_KEY>)]
    use_key: Option<String>,
    /// Only say what would come of it, and spend nothing
    #[arg(long)]
    peek: bool,
}

pub(super) async fn run(
    arguments: &UseArguments,
    app: &App,
    console: &mut Console,
) -> problem::Outcome {
    let token = console.read(&arguments.token).await?;
    let request = UseRequest {
        type_name: arguments.type_name.clone(),
        purpose: arguments.purpose.clone(),
        identity: arguments.identity.clone(),
        client_id: arguments.client.clone(),
        address: arguments.address,
        use_key: arguments.use_key.clone(),
        peek: arguments.peek,
    };
    let used = acts::tokens::spend(app, &token, request).await?;
    if console.json() {
        console.object(&json!({
            "outcome": used.outcome.as_str(),
            "refusal": used.refusal.map(Refusal::as_str),
            "entry": used.entry_key.map(|key| key.to_string()),
            "uses_left": used.uses_left,
            "expires_in_seconds": used.expires_in,
            "retry_after_seconds": used.retry_after,
            "attributes": used.attributes,
            "replayed": used.is_replay,
        }));
    } else {
        answer(&used, arguments.peek, console);
    }
    Ok(if used.outcome == Outcome::Allowed { Exit::Yes } else { Exit::No })
}

fn answer(used: &Used, peek: bool, console: &mut Console) {
    let look = console.out();
    let words = |word: &str| word.replace('_', " ");
    let (mark, tone, verdict) = match used.outcome {
        Outcome::Allowed if peek => (Mark::Yes, Tone::Good, "Would be allowed".to_owned()),
        Outcome::Allowed => (Mark::Yes, Tone::Good, "Allowed".to_owned()),
        Outcome::NotAllowed => (Mark::No, Tone::Bad, "Not allowed".to_owned()),
        Outcome::Invalid => (Mark::No, Tone::Bad, "Invalid".to_owned()),
        Outcome::Throttled => (Mark::No, Tone::Bad, "Throttled".to_owned()),
    };
    let why = match (used.refusal, used.entry_key) {
        (Some(refusal), _) => format!(": {}", words(refusal.as_str())),
        (None, None) => ": unknown".to_owned(),
        (None, Some(_)) => String::new(),
    };
    let entry = used.entry_key.map_or(String::new(), |key| format!("  {key}"));
    let verdict = look.tone(tone, &format!("{verdict}{why}"));
    console.answer(&format!("{} {verdict}{entry}", look.mark(mark)));
    let mut sheet = Sheet::default();
    let seconds = |seconds: i64| span(std::time::Duration::from_secs(seconds.unsigned_abs()));
    if let Some(left) = used.uses_left {
        sheet.fact("Uses", format!("{left} left"));
    }
    if let Some(left) = used.expires_in {
        sheet.fact("Expires", format!("in {}", seconds(left)));
    }
    if let Some(wait) = used.retry_after {
        sheet.fact("Again", format!("in {}", seconds(wait)));
    }
    if used.is_replay {
        sheet.fact("Replay", "of an earlier use with the same key; nothing was spent now");
    }
    if !used.attributes.is_empty() {
        sheet.fact("Told", serde_json::Value::from(used.attributes.clone()).to_string());
    }
    for line in sheet.lines("  ", look) {
        console.answer(&line);
    }
}
