//! `tessera client`: apps that may ask for tokens.

mod end;
mod secret;
mod secrets;
mod settings;
mod show;
mod sign_in;

use clap::Subcommand;
use serde_json::json;

use crate::{
    acts::{self, Operator, clients::AddedClient},
    app::App,
    model::client_id::ClientId,
};

use self::{
    end::DeleteArguments,
    secret::{RetireArguments, RotateArguments},
    secrets::SecretsArguments,
    settings::{AddArguments, SetArguments},
};
use super::{
    console::Console,
    look::Tone,
    problem::{Exit, Outcome},
    sheet::Sheet,
    source::Source,
};

#[derive(Debug, Subcommand)]
pub(super) enum ClientCommand {
    /// Add a client; its secret alone goes to standard output, once
    #[command(before_help = "tessera client add report-mailer --scope 'report.read'\n\
                             tessera client add billing | vault kv put kv/billing secret=-\n\
                             tessera client add nightly --auth private_key_jwt --jwks keys.json")]
    Add(AddArguments),
    /// List every client
    #[command(before_help = "tessera client list\n\
                             tessera client list --json | jq -r .client_id")]
    List,
    /// Show a client: settings, secrets, live tokens
    #[command(before_help = "tessera client show report-mailer")]
    Show(NameArgument),
    /// Change the settings of a client; what is not named stays
    #[command(before_help = "tessera client set report-mailer --scope 'report.read mail.send'\n\
                             tessera client set report-mailer --access-lifetime 15m\n\
                             tessera client set report-mailer --access-format server\n\
                             tessera client set gateway --reuse reuse_active")]
    Set(SetArguments),
    /// List the secrets of all clients that work, and when each was last used
    #[command(before_help = "tessera client secrets\n\
                             tessera client secrets --unused 90d")]
    Secrets(SecretsArguments),
    /// Give a client a new secret; the old one works on for a while
    #[command(
        before_help = "tessera client rotate-secret billing | vault kv put kv/billing secret=-\n\
                             tessera client rotate-secret billing --overlap 0s"
    )]
    RotateSecret(RotateArguments),
    /// End one secret of a client now
    #[command(before_help = "tessera client retire-secret billing q8TzWd")]
    RetireSecret(RetireArguments),
    /// Let a client do nothing until it is enabled again
    #[command(before_help = "tessera client disable old-roster")]
    Disable(NameArgument),
    /// Let a disabled client and its tokens work again
    #[command(before_help = "tessera client enable old-roster")]
    Enable(NameArgument),
    /// Delete a client, its secrets and the use of all its tokens
    #[command(before_help = "tessera client delete old-roster\n\
                             tessera client delete old-roster --yes")]
    Delete(DeleteArguments),
}

#[derive(Debug, clap::Args)]
pub(super) struct NameArgument {
    /// The client's name on the wire
    #[arg(value_name = "NAME", value_parser = ClientId::parse)]
    pub(super) name: ClientId,
}

impl ClientCommand {
    pub(super) fn needs_a_store(&self) -> bool {
        !matches!(self, Self::Add(_))
    }

    /// What its arguments name to be read.
    pub(super) fn reads(&self) -> Vec<&Source> {
        match self {
            Self::Add(arguments) => arguments.reads(),
            Self::Set(arguments) => arguments.reads(),
            Self::RotateSecret(arguments) => arguments.reads(),
            _ => Vec::new(),
        }
    }
}

pub(super) async fn run(
    command: &ClientCommand,
    app: &App,
    operator: &Operator,
    console: &mut Console,
) -> Outcome {
    match command {
        ClientCommand::Add(arguments) => add(arguments, app, operator, console).await,
        ClientCommand::List => show::list(app, console).await,
        ClientCommand::Show(argument) => show::show(&argument.name, app, console).await,
        ClientCommand::Set(arguments) => set(arguments, app, operator, console).await,
        ClientCommand::RotateSecret(arguments) => {
            secret::rotate(arguments, app, operator, console).await
        }
        ClientCommand::RetireSecret(arguments) => {
            secret::retire(arguments, app, operator, console).await
        }
        ClientCommand::Secrets(arguments) => secrets::list(arguments, app, console).await,
        ClientCommand::Disable(argument) => {
            end::disable(&argument.name, app, operator, console).await
        }
        ClientCommand::Enable(argument) => {
            end::enable(&argument.name, app, operator, console).await
        }
        ClientCommand::Delete(arguments) => end::delete(arguments, app, operator, console).await,
    }
}

async fn add(
    arguments: &AddArguments,
    app: &App,
    operator: &Operator,
    console: &mut Console,
) -> Outcome {
    let (changes, chosen) = arguments.read(console).await?;
    let was_chosen = chosen.is_some();
    let added = acts::clients::add(
        app,
        operator,
        (arguments.name.clone(), arguments.kind),
        changes,
        chosen,
    );
    let AddedClient { client, secret } = added.await?;
    if console.json() {
        let mut object = show::client_json(&client);
        if let Some(secret) = &secret {
            object["client_secret"] = json!(secret.expose());
        }
        console.answer_once(&object.to_string(), lost_secret(&client.client_id));
    } else {
        console.done(&format!("Added {} ({})", client.name, client.client_id));
        let mut sheet = Sheet::default();
        sheet.fact("May use", client.grant_types.to_string());
        sheet.fact("Scopes", client.scope.to_string());
        if client.is_public() {
            sheet.fact("Secret", "none: it can't keep one");
        } else if secret.is_some() {
            sheet.toned("Secret", (Tone::Warn, "shown once, below"), "");
        } else if was_chosen {
            sheet.fact("Secret", "the one you gave");
        } else {
            sheet.fact("Secret", "none: it signs with its own key");
        }
        console.say_sheet(&sheet);
        if client.grant_types.is_empty() {
            console.warn("It may use no grant yet, so it gets no tokens.");
        }
        if let Some(secret) = &secret {
            console.answer_once(secret.expose(), lost_secret(&client.client_id));
        }
    }
    Ok(Exit::Yes)
}

async fn set(
    arguments: &SetArguments,
    app: &App,
    operator: &Operator,
    console: &mut Console,
) -> Outcome {
    let changes = arguments.read(console).await?;
    let client = acts::clients::set(app, operator, &arguments.name, changes).await?;
    if console.json() {
        console.object(&show::client_json(&client));
    } else {
        console.done(&format!("Changed {} ({})", client.name, client.client_id));
        console.say_sheet(&show::settings_sheet(&client));
    }
    Ok(Exit::Yes)
}

/// What to do about a secret that did not reach its reader.
fn lost_secret(client_id: &ClientId) -> String {
    format!("make another: tessera client rotate-secret {client_id} --overlap 0s")
}
