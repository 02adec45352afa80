//! Letting a new key sign.

use serde_json::json;

use crate::{
    acts::{
        Operator,
        keys::{self, Rotation, Started},
    },
    app::App,
    cli::{
        console::Console,
        problem::{Exit, Outcome},
        times::long_span,
    },
    model::{
        key_rotation::LONGEST_MAX_AGE, signature_algorithm::SignatureAlgorithm,
        timestamp::Timestamp,
    },
};

#[derive(Debug, clap::Args)]
pub(in crate::cli) struct RotateArguments {
    /// ES256, RS256 or EdDSA; without one, every algorithm in use
    #[arg(value_name = "ALGORITHM")]
    algorithm: Option<SignatureAlgorithm>,
    /// Sign with the new key at once, without publishing it first
    #[arg(long)]
    now: bool,
    /// Only say what would be done
    #[arg(short = 'n', long)]
    dry_run: bool,
}

pub(super) async fn run(
    arguments: &RotateArguments,
    app: &App,
    operator: &Operator,
    console: &mut Console,
) -> Outcome {
    for planned in keys::plan(app, arguments.algorithm).await? {
        if arguments.dry_run {
            preview(&planned, arguments.now, app, console);
            continue;
        }
        let started = keys::rotate(app, operator, &planned, arguments.now).await?;
        tell(&planned, &started, app.now(), console);
        // One that was published for long enough is known by now.
        let known_at = planned.staged.map(|staged| staged.created_at.plus(LONGEST_MAX_AGE));
        if arguments.now && known_at.is_none_or(|at| app.now() < at) {
            console.warn(&format!(
                "Services that keep the public keys refuse new tokens until they read them again, \
                 within {}.",
                long_span(LONGEST_MAX_AGE)
            ));
        }
    }
    Ok(Exit::Yes)
}

fn tell(planned: &Rotation, started: &Started, now: Timestamp, console: &mut Console) {
    let Started { kid, signs_from, changed } = started;
    let algorithm = planned.algorithm;
    if console.json() {
        console.object(&json!({
            "algorithm": algorithm.as_str(), "kid": kid, "signs_from": signs_from.rfc3339(),
            "in_place_of": planned.active.as_ref().map(|active| &active.kid), "changed": changed,
        }));
        return;
    }
    let times = console.times(now);
    let text = if !changed {
        format!(
            "{kid} ({algorithm}) was published before; it signs from {}",
            times.stated(*signs_from)
        )
    } else if *signs_from <= now {
        format!("{kid} ({algorithm}) signs now{}", after(planned, "; {} verifies what it signed"))
    } else {
        let signs_from = times.stated(*signs_from);
        format!("{kid} ({algorithm}) is published, and signs from {signs_from}")
    };
    console.done(&text);
}

fn preview(planned: &Rotation, at_once: bool, app: &App, console: &mut Console) {
    let (now, algorithm) = (app.now(), planned.algorithm);
    let ahead = app.config().keys.rotation.ahead();
    let staged = planned.staged.as_ref();
    let at = match staged {
        _ if at_once => now,
        Some(staged) => staged.signs_from(),
        None => now.plus(ahead),
    };
    if console.json() {
        console.object(&json!({
            "algorithm": algorithm.as_str(), "kid": staged.map(|staged| &staged.kid),
            "signs_from": at.rfc3339(), "dry_run": true,
            "in_place_of": planned.active.as_ref().map(|active| &active.kid),
            "changed": at_once || staged.is_none(),
        }));
        return;
    }
    let key = staged.map_or("A new key".to_owned(), |staged| staged.kid.clone());
    let place = after(planned, ", in the place of {}");
    let when = console.times(now).stated(at);
    console.answer(&format!("{key} would sign {algorithm} from {when}{place}"));
}

/// Words about the key that signs until then, if there is one.
fn after(planned: &Rotation, words: &str) -> String {
    planned.active.as_ref().map_or(String::new(), |active| words.replace("{}", &active.kid))
}
