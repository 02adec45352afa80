//! `tessera key`: signing keys, and the master key that seals them.

mod list;
mod rewrap;
mod rotate;
mod withdraw;

use clap::Subcommand;

use crate::{acts::Operator, app::App, model::signing_key::SigningKeyState};

use self::{rewrap::RewrapArguments, rotate::RotateArguments, withdraw::WithdrawArguments};
use super::{console::Console, problem::Outcome, source::Source};

#[derive(Debug, Subcommand)]
pub(super) enum KeyCommand {
    /// List the signing keys, and what becomes of each
    #[command(before_help = "tessera key list\n\
                             tessera key list --json | jq -r 'select(.state == \"active\").kid'")]
    List,
    /// Let a new key sign, after verifiers had time to learn it
    #[command(before_help = "tessera key rotate\n\
                             tessera key rotate ES256 --dry-run\n\
                             tessera key rotate ES256 --now")]
    Rotate(RotateArguments),
    /// Withdraw a key that leaked. What it signed stops working at once
    #[command(before_help = "tessera key withdraw k-26-x7f3qa --reason 'backup stolen'")]
    Withdraw(WithdrawArguments),
    /// Seal the store under another master key. No token is touched
    #[command(before_help = "tessera key rewrap\n\
                             tessera key rewrap --new-key /run/secrets/master-2\n\
                             tessera key rewrap --new-key - < /run/secrets/master-2")]
    Rewrap(RewrapArguments),
}

impl KeyCommand {
    /// What its arguments name to be read.
    pub(super) fn reads(&self) -> Vec<&Source> {
        match self {
            Self::Rewrap(arguments) => arguments.reads(),
            Self::List | Self::Rotate(_) | Self::Withdraw(_) => Vec::new(),
        }
    }
}

pub(super) async fn run(
    command: &KeyCommand,
    app: &App,
    operator: &Operator,
    console: &mut Console,
) -> Outcome {
    match command {
        KeyCommand::List => list::run(app, console).await,
        KeyCommand::Rotate(arguments) => rotate::run(arguments, app, operator, console).await,
        KeyCommand::Withdraw(arguments) => withdraw::run(arguments, app, operator, console).await,
        KeyCommand::Rewrap(arguments) => rewrap::run(arguments, app, operator, console).await,
    }
}

/// The word for a state, as people use it.
fn state_word(state: SigningKeyState) -> &'static str {
    match state {
        SigningKeyState::Revoked => "withdrawn",
        state => state.as_str(),
    }
}
