//! Withdrawing a key.

use serde_json::json;

use crate::{
    acts::{
        Operator,
        keys::{self, LiveTokens},
    },
    app::App,
    cli::{
        console::Console,
        figures::counted,
        problem::{Exit, Outcome},
        times::{Times, long_span},
    },
    model::{
        key_rotation::LONGEST_MAX_AGE,
        signing_key::{SigningKey, SigningKeyState},
    },
};

#[derive(Debug, clap::Args)]
pub(in crate::cli) struct WithdrawArguments {
    /// The key's name, as key list shows it
    #[arg(value_name = "KID")]
    kid: String,
    /// Goes into the audit log
    #[arg(long, value_name = "TEXT")]
    reason: Option<String>,
    /// Don't ask
    #[arg(short, long)]
    yes: bool,
}

pub(super) async fn run(
    arguments: &WithdrawArguments,
    app: &App,
    operator: &Operator,
    console: &mut Console,
) -> Outcome {
    let WithdrawArguments { kid, reason, yes } = arguments;
    let (key, staged) = keys::find(app, kid).await?;
    let known = keys::list(app).await?;
    let live = known.iter().find(|facts| facts.key.kid == *kid).and_then(|facts| facts.live);
    let live = live.map(|live| told(live, &console.times(app.now())));
    for line in effect(&key, staged.as_ref(), live) {
        console.say(&line);
    }
    if !yes {
        console.confirm(kid).await?;
    }
    let withdrawn = keys::withdraw(app, operator, kid, reason.as_deref()).await?;
    if console.json() {
        console.object(&json!({
            "kid": kid, "state": "withdrawn", "successor": withdrawn.successor,
        }));
        return Ok(Exit::Yes);
    }
    let algorithm = key.algorithm;
    let place = withdrawn.successor.map(|next| format!("; {next} signs {algorithm} now"));
    console.done(&format!("Withdrew {kid}{}", place.unwrap_or_default()));
    Ok(Exit::Yes)
}

/// How many of its JWTs stop.
fn told(live: LiveTokens, times: &Times<'_>) -> String {
    let ago = times.relative(live.at);
    format!("About {} of it work now, counted {ago}.", counted(live.count, "JWT"))
}

/// All that follows, before it is done.
fn effect(key: &SigningKey, staged: Option<&SigningKey>, live: Option<String>) -> Vec<String> {
    let SigningKey { kid, algorithm, .. } = key;
    let keep = long_span(LONGEST_MAX_AGE);
    let first = match key.state {
        SigningKeyState::Active => format!("This withdraws {kid}, which signs {algorithm}."),
        SigningKeyState::Staged => {
            return vec![format!(
                "This withdraws {kid}, which was to sign {algorithm} and has signed nothing yet.\n\
                 It can't be undone."
            )];
        }
        _ => format!("This withdraws {kid}, which verifies {algorithm}."),
    };
    let mut lines = vec![
        first,
        "Every access token and ID token that it signed is inactive here at once, and clients\n\
         must get new ones."
            .to_owned(),
        format!(
            "Services that check JWTs by themselves take them until they read /jwks.json again,"
        ),
        format!("which they should within {keep}."),
    ];
    lines.splice(2..2, live);
    if key.state == SigningKeyState::Active {
        lines.push(match staged {
            Some(staged) => format!("{} signs in its place, at once.", staged.kid),
            None => {
                "A new key signs in its place, at once; the same services refuse what it signs \
                     until then."
                    .to_owned()
            }
        });
    }
    lines.push("It can't be undone.".to_owned());
    lines
}
