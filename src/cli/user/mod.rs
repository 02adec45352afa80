//! `tessera user`: people and accounts of services.

mod end;
mod link;
mod lock;
mod settings;
mod show;

use clap::Subcommand;

use crate::{
    acts::{
        Operator,
        users::{self, UserName},
    },
    app::App,
    model::{
        user::{DEFAULT_REALM, UserStatus},
        username::Username,
    },
    tokens::typed::Link,
};

use self::{
    end::{DeleteArguments, SessionArguments},
    link::LinkArguments,
    lock::LockArguments,
    settings::{AddArguments, SetArguments},
    show::ListArguments,
};
use super::{
    console::Console,
    problem::{Exit, Outcome},
    source::Source,
};

#[derive(Debug, Subcommand)]
pub(super) enum UserCommand {
    /// Add a user; a drawn password alone goes to standard output, once
    #[command(before_help = "tessera user add ingrid --claim email=ingrid@fjordline.example\n\
                             tessera user add ingrid --draw-password | vault kv put kv/ingrid pw=-\n\
                             tessera user add svc-nightly --role reader --scope 'report.read'")]
    Add(AddArguments),
    /// List every user
    #[command(before_help = "tessera user list\n\
                             tessera user list --realm internal --json | jq -r .username")]
    List(ListArguments),
    /// Show a user: settings, and where they are signed in
    #[command(before_help = "tessera user show ingrid")]
    Show(UserArgument),
    /// Change a user; what is not named stays
    #[command(before_help = "tessera user set ingrid --role admin --role developer\n\
                             tessera user set ingrid --claim email=ingrid@fjordline.example\n\
                             tessera user set ingrid --password-from -")]
    Set(SetArguments),
    /// Send a user a link to their first password, or print it
    #[command(before_help = "tessera user invite ingrid\n\
                             tessera user invite ingrid --print")]
    Invite(LinkArguments),
    /// Send a user a link to a new password, or print it
    #[command(before_help = "tessera user reset ingrid\n\
                             tessera user reset ingrid --print")]
    Reset(LinkArguments),
    /// Let nothing of a user's work for a while; what they have works again after
    #[command(before_help = "tessera user lock ingrid\n\
                             tessera user lock ingrid --for 2h")]
    Lock(LockArguments),
    /// Let a user who was locked out sign in again
    #[command(before_help = "tessera user unlock ingrid")]
    Unlock(UserArgument),
    /// Let a user do nothing, and end their sessions and tokens for good
    #[command(before_help = "tessera user disable ingrid")]
    Disable(UserArgument),
    /// Let a disabled user sign in again
    #[command(before_help = "tessera user enable ingrid")]
    Enable(UserArgument),
    /// Delete a user; only the name is kept, so that nobody else is given it
    #[command(before_help = "tessera user delete ingrid\n\
                             tessera user delete ingrid --yes")]
    Delete(DeleteArguments),
    /// Sign a user out everywhere, or in one browser
    #[command(before_help = "tessera user end-sessions ingrid\n\
                             tessera user end-sessions ingrid --session SESSION")]
    EndSessions(SessionArguments),
}

#[derive(Debug, clap::Args)]
pub(super) struct UserArgument {
    /// The user's name
    #[arg(value_name = "NAME", value_parser = Username::parse)]
    name: Username,
    /// The realm that it is a name in
    #[arg(long, value_name = "REALM", default_value = DEFAULT_REALM)]
    realm: String,
}

impl UserArgument {
    pub(super) fn user(&self) -> UserName {
        UserName { realm: self.realm.clone(), name: self.name.clone() }
    }
}

impl UserCommand {
    pub(super) fn needs_a_store(&self) -> bool {
        !matches!(self, Self::Add(_))
    }

    /// What its arguments name to be read.
    pub(super) fn reads(&self) -> Vec<&Source> {
        match self {
            Self::Add(arguments) => arguments.reads(),
            Self::Set(arguments) => arguments.reads(),
            _ => Vec::new(),
        }
    }
}

pub(super) async fn run(
    command: &UserCommand,
    app: &App,
    operator: &Operator,
    console: &mut Console,
) -> Outcome {
    match command {
        UserCommand::Add(arguments) => add(arguments, app, operator, console).await,
        UserCommand::List(arguments) => show::list(arguments, app, console).await,
        UserCommand::Show(argument) => show::show(&argument.user(), app, console).await,
        UserCommand::Set(arguments) => set(arguments, app, operator, console).await,
        UserCommand::Invite(arguments) => {
            link::make((arguments, Link::Invitation), app, operator, console).await
        }
        UserCommand::Reset(arguments) => {
            link::make((arguments, Link::PasswordReset), app, operator, console).await
        }
        UserCommand::Lock(arguments) => lock::lock(arguments, app, operator, console).await,
        UserCommand::Unlock(argument) => {
            lock::unlock(&argument.user(), app, operator, console).await
        }
        UserCommand::Disable(argument) => {
            let status = UserStatus::Disabled;
            end::set_status((&argument.user(), status), app, operator, console).await
        }
        UserCommand::Enable(argument) => {
            let status = UserStatus::Active;
            end::set_status((&argument.user(), status), app, operator, console).await
        }
        UserCommand::Delete(arguments) => end::delete(arguments, app, operator, console).await,
        UserCommand::EndSessions(arguments) => {
            end::end_sessions(arguments, app, operator, console).await
        }
    }
}

async fn add(
    arguments: &AddArguments,
    app: &App,
    operator: &Operator,
    console: &mut Console,
) -> Outcome {
    let changes = arguments.settings.read(console).await?;
    let added = users::add(app, operator, &arguments.of.user(), changes).await?;
    show::tell(&format!("Added {}", added.user.address()), &added, console);
    Ok(Exit::Yes)
}

async fn set(
    arguments: &SetArguments,
    app: &App,
    operator: &Operator,
    console: &mut Console,
) -> Outcome {
    let changes = arguments.read(console).await?;
    let changed = users::set(app, operator, &arguments.of.user(), changes).await?;
    show::tell(&format!("Changed {}", changed.user.address()), &changed, console);
    Ok(Exit::Yes)
}
