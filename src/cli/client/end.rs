//! Disabling, enabling and deleting clients.

use serde_json::json;

use crate::{
    acts::{
        Operator,
        clients::{self, COUNT_LIMIT},
    },
    app::App,
    cli::{
        console::Console,
        figures::{counted, live_tokens},
        problem::{Exit, Outcome},
    },
    model::{client::ClientStatus, client_id::ClientId},
};

#[derive(Debug, clap::Args)]
pub(in crate::cli) struct DeleteArguments {
    /// The client's name on the wire
    #[arg(value_name = "NAME", value_parser = ClientId::parse)]
    name: ClientId,
    /// Don't ask
    #[arg(short, long)]
    yes: bool,
}

pub(super) async fn disable(
    name: &ClientId,
    app: &App,
    operator: &Operator,
    console: &mut Console,
) -> Outcome {
    let changed = clients::set_status(app, operator, name, ClientStatus::Disabled).await?;
    let live = live_tokens(clients::live_tokens(app, name).await, COUNT_LIMIT);
    let text = format!("Disabled {name}; its {live} won't work until it is enabled again");
    let text = if changed { text } else { format!("{name} was disabled already") };
    Ok(told((name, ClientStatus::Disabled), changed, &text, console))
}

pub(super) async fn enable(
    name: &ClientId,
    app: &App,
    operator: &Operator,
    console: &mut Console,
) -> Outcome {
    let changed = clients::set_status(app, operator, name, ClientStatus::Active).await?;
    let text = if changed {
        format!("Enabled {name}; it and its tokens work again")
    } else {
        format!("{name} was enabled already")
    };
    Ok(told((name, ClientStatus::Active), changed, &text, console))
}

pub(super) async fn delete(
    arguments: &DeleteArguments,
    app: &App,
    operator: &Operator,
    console: &mut Console,
) -> Outcome {
    let DeleteArguments { name, yes } = arguments;
    let (client, secrets) = clients::show(app, name).await?;
    let live = clients::live_tokens(app, name).await;
    console.say(&format!(
        "This deletes {} ({name}) and its {}, and ends its {}.\nIt can't be undone.",
        client.name,
        counted(i64::try_from(secrets.len()).unwrap_or(i64::MAX), "secret"),
        live_tokens(live, COUNT_LIMIT),
    ));
    if !yes {
        console.confirm(name.as_str()).await?;
    }
    let changed = clients::set_status(app, operator, name, ClientStatus::Deleted).await?;
    Ok(told((name, ClientStatus::Deleted), changed, &format!("Deleted {name}"), console))
}

fn told(
    (name, status): (&ClientId, ClientStatus),
    changed: bool,
    text: &str,
    console: &mut Console,
) -> Exit {
    if console.json() {
        let status = status.as_str();
        console.object(&json!({"client_id": name.as_str(), "status": status, "changed": changed}));
    } else {
        console.done(text);
    }
    Exit::Yes
}
