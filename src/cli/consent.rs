//! `tessera consent`: what people allowed apps.

use clap::Subcommand;
use serde_json::json;

use crate::{
    acts::{
        Operator,
        consents::{self, Whose},
    },
    app::App,
    model::{client_id::ClientId, user::DEFAULT_REALM, username::Username},
};

use super::{
    console::Console,
    problem::{Exit, Outcome, Problem},
    table::{Cell, Table, column, optional},
};

#[derive(Debug, Subcommand)]
pub(super) enum ConsentCommand {
    /// List what somebody allows
    #[command(before_help = "tessera consent list ingrid\n\
                             tessera consent list alice --realm internal --json")]
    List(PersonArgument),
    /// Take back what somebody allows an app, and end its tokens for them
    #[command(before_help = "tessera consent remove ingrid tide-charts\n\
                             tessera consent remove ingrid tide-charts --yes")]
    Remove(RemoveArguments),
}

#[derive(Debug, clap::Args)]
pub(super) struct PersonArgument {
    /// The user's name
    #[arg(value_name = "USER", value_parser = Username::parse)]
    name: Username,
    /// The realm that it is a name in
    #[arg(long, value_name = "REALM", default_value = DEFAULT_REALM)]
    realm: String,
}

#[derive(Debug, clap::Args)]
pub(super) struct RemoveArguments {
    #[command(flatten)]
    of: PersonArgument,
    /// The app
    #[arg(value_name = "CLIENT", value_parser = ClientId::parse)]
    client: ClientId,
    /// Don't ask
    #[arg(short, long)]
    yes: bool,
}

impl PersonArgument {
    fn whose(&self) -> Whose {
        Whose { realm: self.realm.clone(), name: self.name.clone() }
    }
}

pub(super) async fn run(
    command: &ConsentCommand,
    app: &App,
    operator: &Operator,
    console: &mut Console,
) -> Outcome {
    match command {
        ConsentCommand::List(person) => list(person, app, console).await?,
        ConsentCommand::Remove(arguments) => remove(arguments, app, operator, console).await?,
    }
    Ok(Exit::Yes)
}

async fn list(person: &PersonArgument, app: &App, console: &mut Console) -> Result<(), Problem> {
    let columns =
        [column("CLIENT"), column("SCOPES"), optional("CLAIMS", 1), optional("LAST ASKED", 2)];
    let mut table = Table::new(&columns);
    let now = app.now();
    for consent in consents::list(app, &person.whose()).await? {
        if console.json() {
            console.object(&json!({
                "client_id": consent.client_id.as_str(),
                "scope": consent.scope.to_string(),
                "claims": consent.claims.iter().collect::<Vec<_>>(),
                "created_at": consent.created_at.rfc3339(),
                "updated_at": consent.updated_at.rfc3339(),
            }));
        }
        table.row([
            Cell::from(consent.client_id.as_str()),
            Cell::from(consent.scope.to_string()),
            Cell::from(consent.claims.to_string()),
            Cell::from(console.times(now).stated(consent.updated_at)),
        ]);
    }
    if table.is_empty() {
        console.say(&format!("{} was asked by no app, or took it all back.", person.name.as_str()));
    } else {
        console.table(&table);
    }
    Ok(())
}

async fn remove(
    arguments: &RemoveArguments,
    app: &App,
    operator: &Operator,
    console: &mut Console,
) -> Result<(), Problem> {
    let RemoveArguments { of, client, yes } = arguments;
    let name = of.name.as_str();
    console.say(&format!(
        "This takes back what {name} allows {client}, and ends its tokens for {name}."
    ));
    if !yes {
        console.confirm(client.as_str()).await?;
    }
    consents::remove(app, operator, (&of.whose(), client)).await?;
    if console.json() {
        console.object(&json!({"client_id": client.as_str(), "username": name,
            "realm": of.realm, "removed": true}));
    } else {
        console.done(&format!("Took back what {name} allowed {client}"));
    }
    Ok(())
}
