//! Locking users out, and letting them in again.

use std::time::Duration;

use serde_json::json;

use crate::{
    acts::{
        Operator,
        users::{self, UserName},
    },
    app::App,
    cli::{
        console::Console,
        problem::{Exit, Outcome},
        times::span,
    },
    config::duration,
};

use super::UserArgument;

#[derive(Debug, clap::Args)]
pub(in crate::cli) struct LockArguments {
    #[command(flatten)]
    of: UserArgument,
    /// For how long, such as 2h; at most 3650d
    #[arg(long = "for", value_name = "TIME", default_value = "3650d", value_parser = length)]
    length: Duration,
}

pub(super) async fn lock(
    arguments: &LockArguments,
    app: &App,
    operator: &Operator,
    console: &mut Console,
) -> Outcome {
    let (name, now) = (arguments.of.user(), app.now());
    let until = now.plus(arguments.length);
    users::lock(app, operator, &name, Some(until)).await?;
    if console.json() {
        console.object(&json!({"username": name.name.as_str(), "realm": name.realm,
                               "locked_until": until.rfc3339()}));
    } else {
        let text = format!("Locked {} out for {}", name.name.as_str(), span(arguments.length));
        console.done(&text);
        console.say("What they have works again afterwards: tessera user end-sessions ends it.");
    }
    Ok(Exit::Yes)
}

pub(super) async fn unlock(
    name: &UserName,
    app: &App,
    operator: &Operator,
    console: &mut Console,
) -> Outcome {
    users::lock(app, operator, name, None).await?;
    if console.json() {
        console.object(&json!({"username": name.name.as_str(), "realm": name.realm,
                               "locked_until": null}));
    } else {
        console.done(&format!("{} may sign in again", name.name.as_str()));
    }
    Ok(Exit::Yes)
}

fn length(text: &str) -> Result<Duration, String> {
    let most = Duration::from_hours(3650 * 24);
    match duration::parse(text) {
        Ok(length) if !length.is_zero() && length <= most => Ok(length),
        _ => Err("write a number and a unit, such as 2h or 30d; 3650d at most".to_owned()),
    }
}
