//! `tessera type`: token types and their rules. Files, settings and pages change them; here they are
//! looked at, and those of the store taken away.

mod check;
mod import;
mod list;
mod remove;
mod show;

use clap::Subcommand;
use serde_json::{Value, json};

use crate::{
    acts::Operator,
    app::App,
    config::Loaded,
    model::{
        timestamp::Timestamp,
        token_type::{TokenType, TypeSource},
    },
};

use self::{
    check::CheckArguments, import::ImportArguments, remove::RemoveArguments, show::ShowArguments,
};
use super::{
    console::Console,
    problem::{Outcome, Problem},
};

#[derive(Debug, Subcommand)]
pub(super) enum TypeCommand {
    /// List every token type, its rules and where it comes from
    #[command(before_help = "tessera type list\n\
                             tessera type list --json | jq -r 'select(.removed_at).name'")]
    List,
    /// Show a token type, as a file declares it
    #[command(before_help = "tessera type show PasswordReset\n\
                             tessera type show access --json")]
    Show(ShowArguments),
    /// Tell everything that is wrong with token types at once; needs no store
    #[command(before_help = "tessera type check\n\
                             tessera type check types.toml\n\
                             tessera type check - < types.toml")]
    Check(CheckArguments),
    /// Take a type of the store away. Its tokens are invalid until it returns
    #[command(before_help = "tessera type remove DownloadLink")]
    Remove(RemoveArguments),
    /// Translate the settings of a Prius token store; changes nothing
    #[command(before_help = "tessera type import appsettings.json > types.toml\n\
                             tessera type import appsettings.json | tessera apply -")]
    Import(ImportArguments),
}

/// A command that looks at files alone.
#[derive(Clone, Copy)]
pub(super) enum BareType<'c> {
    Check(&'c CheckArguments),
    Import(&'c ImportArguments),
}

impl TypeCommand {
    /// The command, if it needs no store.
    pub(super) fn bare(&self) -> Option<BareType<'_>> {
        match self {
            Self::Check(arguments) => Some(BareType::Check(arguments)),
            Self::Import(arguments) => Some(BareType::Import(arguments)),
            Self::List | Self::Show(_) | Self::Remove(_) => None,
        }
    }
}

/// Runs a command that needs the store.
pub(super) async fn run(
    command: &TypeCommand,
    app: &App,
    operator: &Operator,
    console: &mut Console,
) -> Outcome {
    match command {
        TypeCommand::List => list::run(app, console).await,
        TypeCommand::Show(arguments) => show::run(arguments, app, console).await,
        TypeCommand::Remove(arguments) => remove::run(arguments, app, operator, console).await,
        TypeCommand::Check(_) | TypeCommand::Import(_) => {
            let what = "a running server does not take this command";
            Err(Problem::new(super::problem::Exit::Wrong, what))
        }
    }
}

/// Runs a command that looks at files alone. `settings` reads those in force.
pub(super) async fn run_bare(
    command: BareType<'_>,
    settings: impl FnOnce() -> Result<Loaded, Problem>,
    console: &mut Console,
) -> Outcome {
    match command {
        BareType::Check(arguments) => check::run(arguments, settings, console).await,
        BareType::Import(arguments) => import::run(arguments, console).await,
    }
}

/// Where a type comes from, for people.
fn source_word(source: TypeSource) -> &'static str {
    match source {
        TypeSource::BuiltIn => "built-in",
        TypeSource::File => "settings",
        TypeSource::Store => "store",
    }
}

/// A type for a program.
fn object(known: &TokenType) -> Value {
    let TokenType { name, source, version, definition, updated_at, removed_at } = known;
    // No program has to know what stands for nothing.
    let updated_at = Some(*updated_at).filter(|at| at.0 > 0).map(Timestamp::rfc3339);
    json!({
        "name": name.as_str(),
        "source": source.as_str(),
        "version": version,
        "definition": definition,
        "updated_at": updated_at,
        "removed_at": removed_at.map(Timestamp::rfc3339),
    })
}
