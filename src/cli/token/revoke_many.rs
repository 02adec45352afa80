//! Revoking whatever a query means, and families as a whole.

use std::time::Instant;

use serde_json::{Value, json};

use crate::{
    acts::{
        self, Operator,
        tokens::{Distinct, Ended, MassRevocation, Reach},
    },
    app::App,
    cli::{
        console::Console,
        figures::{counted, grouped},
        problem::{Exit, Outcome, Problem},
    },
    model::query::TokenQuery,
};

use super::revoke::RevokeArguments;

/// Revokes what `query` means: says the whole effect, asks for the number, and does it.
pub(super) async fn run(
    (query, arguments): (TokenQuery, &RevokeArguments),
    app: &App,
    operator: &Operator,
    console: &mut Console,
) -> Outcome {
    let shown = query.to_string();
    let revocation = MassRevocation::see(app, query, arguments.family).await?;
    // A count looks at every token; whoever does not want to be asked need not wait for it.
    let is_asked = arguments.dry_run || !arguments.yes;
    let reach = if is_asked { Some(measure(&revocation, app, console).await?) } else { None };
    if let Some(reach) = &reach {
        if reach.tokens == 0 {
            nothing(&shown, console);
            return Ok(Exit::Yes);
        }
        let effect = effect(reach, app).await?;
        if arguments.dry_run {
            if console.json() {
                console.object(&reach_json(&shown, reach));
            } else {
                console.answer(&format!("This would revoke {effect}."));
            }
            return Ok(Exit::Yes);
        }
        console.say(&format!("This revokes {effect}."));
        let again = if reach.people.count().0 > 0 { "They must sign in again. " } else { "" };
        console.say(&format!("{again}It can't be undone."));
        console.confirm(&reach.tokens.to_string()).await?;
    }
    // From here on it stops between two batches; before, there is nothing that could be half done.
    let revocation = revocation.until(console.stop());
    let began = Instant::now();
    let ended = acts::tokens::revoke_many(app, operator, &revocation, arguments.reason()).await?;
    let seconds = began.elapsed().as_secs_f64();
    tell((&shown, ended), reach.as_ref(), seconds, console);
    Ok(if matches!(ended, Ended::Stopped(_)) { Exit::Stopped } else { Exit::Yes })
}

/// Counts what would be ended, unless the person stops it.
async fn measure(
    revocation: &MassRevocation,
    app: &App,
    console: &Console,
) -> Result<Reach, Problem> {
    let mut stop = console.stop();
    tokio::select! {
        reach = revocation.measure(app) => Ok(reach?),
        Ok(_) = stop.wait_for(|stop| *stop) => {
            Err(Problem::new(Exit::Stopped, "Stopped. Nothing was changed."))
        }
    }
}

/// Says what was done.
fn tell((query, ended): (&str, Ended), reach: Option<&Reach>, seconds: f64, console: &mut Console) {
    let counted_before = reach.map(|reach| reach.tokens);
    let number = match ended {
        Ended::Tokens(number) | Ended::Stopped(number) => Some(number),
        Ended::All => counted_before,
        Ended::Already => Some(0),
    };
    if console.json() {
        let (all, stopped) = (ended == Ended::All, matches!(ended, Ended::Stopped(_)));
        console.object(&json!({
            "query": query, "revoked": number, "all": all, "stopped": stopped, "seconds": seconds,
        }));
        return;
    }
    match (ended, number) {
        (Ended::Already, _) => console.warn("Somebody else revoked them meanwhile."),
        (Ended::All, None) => {
            console.done(&format!("Revoked every token of {query} in {seconds:.1} s"));
        }
        (Ended::Stopped(number), _) => {
            let tokens = counted(number, "token");
            console.warn(&format!(
                "Stopped. Revoked {tokens} until then; others that match {query} may live on."
            ));
        }
        (_, number) => {
            let tokens = counted(number.unwrap_or_default(), "token");
            console.done(&format!("Revoked {tokens} in {seconds:.1} s"));
        }
    }
}

/// Says that there is nothing to do.
fn nothing(query: &str, console: &mut Console) {
    if console.json() {
        console.object(
            &json!({"query": query, "revoked": 0, "all": false, "stopped": false, "seconds": 0.0}),
        );
    }
    console.say(&format!("No token matches {query} that could still be used."));
}

/// How many tokens, in how many families, for how many people, on which client.
async fn effect(reach: &Reach, app: &App) -> Result<String, Problem> {
    let tokens = counted(reach.tokens, "token");
    let families = match reach.families.count().0 {
        0 => String::new(),
        _ => format!(" in {}", distinct(&reach.families, ("family", "families"))),
    };
    let people = match reach.people.count().0 {
        0 => String::new(),
        _ => format!(", for {},", distinct(&reach.people, ("person", "people"))),
    };
    let clients = match reach.clients.only() {
        None => distinct(&reach.clients, ("client", "clients")),
        Some(id) => match acts::clients::find(app, id).await {
            Ok(client) => client.name,
            Err(acts::Error::NotFound(_)) => id.to_string(),
            Err(error) => return Err(error.into()),
        },
    };
    Ok(format!("{tokens}{families}{people} on {clients}"))
}

/// How many different things, in words.
fn distinct<T: Eq + std::hash::Hash>(things: &Distinct<T>, (one, many): (&str, &str)) -> String {
    let (number, has_more) = things.count();
    let more = if has_more { "more than " } else { "" };
    format!("{more}{} {}", grouped(number), if number == 1 { one } else { many })
}

fn reach_json(query: &str, reach: &Reach) -> Value {
    json!({
        "query": query,
        "would_revoke": reach.tokens,
        "families": reach.families.count().0,
        "people": reach.people.count().0,
        "clients": reach.clients.count().0,
    })
}
