//! Links to a password, sent or printed.

use serde_json::json;

use crate::{
    acts::{
        Operator,
        links::{self, MadeLink},
        users,
    },
    app::App,
    cli::{
        console::Console,
        problem::{Exit, Outcome},
    },
    model::command_line::word,
    tokens::typed::Link,
};

use super::UserArgument;

#[derive(Debug, clap::Args)]
pub(in crate::cli) struct LinkArguments {
    #[command(flatten)]
    of: UserArgument,
    /// Print the link, also where a letter could be sent
    #[arg(long)]
    print: bool,
}

pub(super) async fn make(
    (arguments, link): (&LinkArguments, Link),
    app: &App,
    operator: &Operator,
    console: &mut Console,
) -> Outcome {
    let name = arguments.of.user();
    let user = users::find(app, &name).await?;
    let made = links::make(app, operator, (link, &user), arguments.print).await?;
    let MadeLink { address, expires_at, sent_to } = made;
    let shown = name.name.as_str();
    let command = match link {
        Link::PasswordReset => "reset",
        Link::Invitation => "invite",
    };
    let lost =
        format!("make another: tessera user {command} {} --realm {}", word(shown), name.realm);
    if console.json() {
        let mut object = json!({"username": shown, "realm": name.realm, "sent_to": sent_to,
                                "expires_at": expires_at.rfc3339()});
        if sent_to.is_none() {
            object["link"] = json!(address.expose());
        }
        console.answer_once(&object.to_string(), lost);
        return Ok(Exit::Yes);
    }
    let until = console.times(app.now()).stated(expires_at);
    match sent_to {
        Some(to) => console.done(&format!("Sent {to} a link, which works once, until {until}")),
        None => {
            console.done(&format!("A link for {shown}, which works once, until {until}:"));
            console.answer_once(address.expose(), lost);
        }
    }
    Ok(Exit::Yes)
}
