//! Scripts that complete commands in a shell.

use clap_complete::Shell;

use super::{
    arguments,
    console::Console,
    problem::{Exit, Outcome, Problem},
};

#[derive(Debug, clap::Args)]
pub(super) struct CompletionsArguments {
    /// The shell
    #[arg(value_name = "SHELL")]
    shell: Shell,
}

/// Prints the script for one shell.
pub(super) fn run(arguments: &CompletionsArguments, console: &mut Console) -> Outcome {
    let mut script = Vec::new();
    clap_complete::generate(arguments.shell, &mut arguments::command(), "tessera", &mut script);
    let script = String::from_utf8(script)
        .map_err(|error| Problem::new(Exit::Unreachable, error.to_string()))?;
    console.write_out(script, None);
    Ok(Exit::Yes)
}
