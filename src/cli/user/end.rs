//! Disabling, enabling, deleting users, and ending their sessions.

use serde_json::json;
use uuid::Uuid;

use crate::{
    acts::{
        Operator,
        users::{self, UserName},
    },
    app::App,
    cli::{
        console::Console,
        figures::counted,
        problem::{Exit, Outcome},
    },
    model::user::UserStatus,
};

use super::UserArgument;

#[derive(Debug, clap::Args)]
pub(in crate::cli) struct DeleteArguments {
    #[command(flatten)]
    of: UserArgument,
    /// Don't ask
    #[arg(short, long)]
    yes: bool,
}

#[derive(Debug, clap::Args)]
pub(in crate::cli) struct SessionArguments {
    #[command(flatten)]
    of: UserArgument,
    /// One session alone, by its ID as user show says it
    #[arg(long, value_name = "SESSION")]
    session: Option<Uuid>,
}

pub(super) async fn set_status(
    (name, status): (&UserName, UserStatus),
    app: &App,
    operator: &Operator,
    console: &mut Console,
) -> Outcome {
    let changed = users::set_status(app, operator, name, status).await?;
    let shown = name.name.as_str();
    let is_locked =
        status == UserStatus::Active && users::show(app, name).await?.0.is_locked(app.now());
    let text = match (status, changed) {
        (UserStatus::Active, true) if is_locked => format!("Enabled {shown}"),
        (UserStatus::Active, true) => format!("Enabled {shown}; they may sign in again"),
        (UserStatus::Active, false) => format!("{shown} was enabled already"),
        (UserStatus::Disabled, true) => {
            format!("Disabled {shown}; they are signed out everywhere, and their tokens are dead")
        }
        (UserStatus::Disabled, false) => format!("{shown} was disabled already"),
        (UserStatus::Deleted, _) => format!("Deleted {shown}"),
    };
    if console.json() {
        console.object(&json!({"username": shown, "realm": name.realm,
                               "status": status.as_str(), "changed": changed}));
    } else {
        console.done(&text);
        if is_locked {
            console.say("They are locked out as well: tessera user unlock lets them in.");
        }
    }
    Ok(Exit::Yes)
}

pub(super) async fn delete(
    arguments: &DeleteArguments,
    app: &App,
    operator: &Operator,
    console: &mut Console,
) -> Outcome {
    let name = arguments.of.user();
    let (user, sessions) = users::show(app, &name).await?;
    console.say(&format!(
        "This deletes {}, signs them out of {}, and ends all their tokens.\nIt can't be undone.",
        user.address(),
        counted(i64::try_from(sessions.len()).unwrap_or(i64::MAX), "browser"),
    ));
    if !arguments.yes {
        console.confirm(&user.username).await?;
    }
    set_status((&name, UserStatus::Deleted), app, operator, console).await
}

pub(super) async fn end_sessions(
    arguments: &SessionArguments,
    app: &App,
    operator: &Operator,
    console: &mut Console,
) -> Outcome {
    let name = arguments.of.user();
    let count = match arguments.session {
        Some(session_id) => {
            let user = users::find(app, &name).await?;
            users::end_session(app, operator, &user, session_id).await?;
            1
        }
        None => users::end_sessions(app, operator, &name).await?,
    };
    if console.json() {
        console.object(&json!({"username": name.name.as_str(), "realm": name.realm,
                               "ended": count}));
    } else {
        let count = counted(i64::try_from(count).unwrap_or(i64::MAX), "session");
        console.done(&format!("Ended {count} of {}", name.name.as_str()));
    }
    Ok(Exit::Yes)
}
