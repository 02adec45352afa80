//! The arguments of the program: every command and option there is.

use std::{ffi::OsString, path::PathBuf};

use clap::{ColorChoice, CommandFactory, FromArgMatches, Parser, Subcommand, error::ErrorKind};

use super::{
    apply::ApplyArguments,
    audit::AuditCommand,
    client::ClientCommand,
    completions::CompletionsArguments,
    config::ConfigCommand,
    consent::ConsentCommand,
    db::DbCommand,
    export::ExportArguments,
    help,
    key::KeyCommand,
    manual::ManualArguments,
    problem::{Exit, Problem},
    resource_server::ResourceServerCommand,
    source::Source,
    status::StatusArguments,
    token::{TokenCommand, looks_like_a_token},
    token_type::TypeCommand,
    user::UserCommand,
};

/// An OAuth 2 and OpenID server that remembers every token
#[derive(Debug, Parser)]
#[command(name = "tessera", version, arg_required_else_help = true, disable_help_subcommand = true)]
pub(super) struct Arguments {
    #[command(flatten)]
    pub(super) options: Options,
    #[command(subcommand)]
    pub(super) command: Command,
}

/// What goes with every command.
#[derive(Debug, Clone, clap::Args)]
#[command(next_help_heading = "Options")]
pub(super) struct Options {
    #[arg(short, long, global = true, value_name = "FILE")]
    #[arg(help = "Settings file [env TESSERA_CONFIG]")]
    pub(super) config: Option<PathBuf>,
    /// One JSON object a line, stable fields
    #[arg(long, global = true)]
    pub(super) json: bool,
    /// Only answers and errors
    #[arg(short, long, global = true)]
    pub(super) quiet: bool,
    /// Colours: auto, always or never
    #[arg(long, global = true, value_name = "WHEN", hide_possible_values = true)]
    #[arg(default_value = "auto", hide_default_value = true)]
    pub(super) color: ColorChoice,
    /// Show times in the local zone, not in UTC
    #[arg(long, global = true)]
    pub(super) local: bool,
}

/// What to do.
#[derive(Debug, Subcommand)]
pub(super) enum Command {
    /// Start the server
    #[command(before_help = "tessera serve\n\
                             tessera serve --config /etc/tessera/tessera.toml\n\
                             TESSERA_SERVER__LISTEN=127.0.0.1:0 tessera serve")]
    Serve,
    /// Show traffic, tokens, servers and what somebody should look at
    #[command(before_help = "tessera status\n\
                             tessera status --range 7d\n\
                             tessera status --json | jq '.warnings'")]
    Status(StatusArguments),
    /// Check settings, store, keys, clock and addresses, and say what to fix
    #[command(before_help = "tessera doctor\n\
                             tessera doctor --json | jq -r 'select(.verdict != \"fine\").says'")]
    Doctor,
    /// Show or check the settings in force
    #[command(subcommand, arg_required_else_help = true)]
    Config(ConfigCommand),
    /// Look at the store, migrate it, back it up, restore it, copy it
    #[command(subcommand, arg_required_else_help = true)]
    Db(DbCommand),
    /// List, inspect, issue, use and revoke tokens
    #[command(subcommand, arg_required_else_help = true)]
    Token(TokenCommand),
    /// Token types and their rules
    #[command(subcommand, arg_required_else_help = true)]
    Type(TypeCommand),
    /// Apps that may ask for tokens
    #[command(subcommand, arg_required_else_help = true)]
    Client(ClientCommand),
    /// People and accounts of services
    #[command(subcommand, arg_required_else_help = true)]
    User(UserCommand),
    /// The APIs that tokens are for
    #[command(subcommand, arg_required_else_help = true)]
    ResourceServer(ResourceServerCommand),
    /// What people allowed apps
    #[command(subcommand, arg_required_else_help = true)]
    Consent(ConsentCommand),
    /// Make token types, clients, resource servers, scopes and users as declared
    #[command(before_help = "tessera apply tessera-state.toml --dry-run\n\
                             tessera apply tessera-state.toml\n\
                             tessera apply - --prune < tessera-state.toml")]
    Apply(ApplyArguments),
    /// Print what the store holds, as apply takes it
    #[command(before_help = "tessera export > tessera-state.toml\n\
                             tessera export --only clients,scopes\n\
                             tessera export --with-hashes | ssh other tessera apply -")]
    Export(ExportArguments),
    /// Signing keys
    #[command(subcommand, arg_required_else_help = true)]
    Key(KeyCommand),
    /// Follow, search and check the audit log
    #[command(subcommand, arg_required_else_help = true)]
    Audit(AuditCommand),
    /// Make a new one-time code for the first setup
    #[command(before_help = "tessera setup-code")]
    SetupCode,
    /// Print a script that completes commands in a shell
    #[command(before_help = "tessera completions bash > /etc/bash_completion.d/tessera\n\
                             tessera completions zsh > \"${fpath[1]}/_tessera\"\n\
                             tessera completions fish > ~/.config/fish/completions/tessera.fish")]
    Completions(CompletionsArguments),
    /// Print the manual, or write a page for each command into a folder
    #[command(before_help = "tessera manual | man -l -\n\
                             tessera manual /usr/local/share/man/man1")]
    Manual(ManualArguments),
}

/// Why there is nothing to run.
#[derive(Debug)]
pub(super) enum Nothing {
    /// Help or the version was asked for: text for standard output.
    Shown(String),
    /// The arguments make no sense; help is for standard error.
    Usage(Box<Problem>),
    /// No command was given: help for standard error.
    Missing(String),
}

impl Command {
    /// Whether it makes no sense where there is no store yet, or one that has to be migrated.
    pub(super) fn needs_a_store(&self) -> bool {
        match self {
            Command::Db(command) => command.needs_a_store(),
            Command::Client(command) => command.needs_a_store(),
            Command::User(command) => command.needs_a_store(),
            Command::ResourceServer(command) => command.needs_a_store(),
            Command::Serve | Command::Doctor => false,
            // Whoever only looks at what differs makes no store.
            Command::Apply(arguments) => arguments.dry_run,
            // A token needs a client, and so a store.
            Command::Token(_)
            | Command::Type(_)
            | Command::Consent(_)
            | Command::Export(_)
            | Command::Key(_)
            | Command::Audit(_)
            | Command::Status(_)
            | Command::SetupCode
            | Command::Config(_)
            | Command::Completions(_)
            | Command::Manual(_) => true,
        }
    }

    /// What it takes values from, as its arguments name it. A server that carries it out may have
    /// this read where it was typed, and nothing else.
    pub(super) fn reads(&self) -> Vec<&Source> {
        match self {
            Command::Client(command) => command.reads(),
            Command::User(command) => command.reads(),
            Command::Token(command) => command.reads(),
            Command::Key(command) => command.reads(),
            _ => Vec::new(),
        }
    }

    /// Whether it can be stopped between two steps, and then says what was done.
    pub(super) fn stops_between_steps(&self) -> bool {
        matches!(self, Command::Token(TokenCommand::Revoke(_)) | Command::Audit(_))
    }

    /// The declared file that it brings about: what that names may be read along with it.
    pub(super) fn declares(&self) -> Option<&Source> {
        match self {
            Command::Apply(arguments) => Some(&arguments.file),
            _ => None,
        }
    }
}

impl Options {
    /// What can be told of arguments that make no sense.
    pub(super) fn guess(arguments: &[OsString]) -> Self {
        let has = |name: &str| arguments.iter().any(|argument| argument == name);
        let color = ColorChoice::Auto;
        Self { config: None, json: has("--json"), quiet: false, color, local: false }
    }
}

/// The whole command line, with help in our words.
pub(super) fn command() -> clap::Command {
    help::with_our_help(Arguments::command())
}

/// Reads the arguments, the program's name first.
pub(super) fn parse(arguments: &[OsString]) -> Result<Arguments, Nothing> {
    let matches = command().try_get_matches_from(arguments);
    matches.and_then(|matches| Arguments::from_arg_matches(&matches)).map_err(|error| {
        let text = format!("{}\n", error.render().to_string().trim_end());
        match error.kind() {
            ErrorKind::DisplayHelp | ErrorKind::DisplayVersion => Nothing::Shown(text),
            ErrorKind::DisplayHelpOnMissingArgumentOrSubcommand => Nothing::Missing(text),
            _ => Nothing::Usage(Box::new(usage(&text, arguments))),
        }
    })
}

/// What clap says is wrong, in the shape of our problems, and without the tokens that somebody may
/// have put among the arguments.
fn usage(text: &str, arguments: &[OsString]) -> Problem {
    let mut text = text.to_owned();
    for argument in arguments.iter().filter_map(|argument| argument.to_str()) {
        for part in argument.split('=').filter(|part| looks_like_a_token(part, "")) {
            text = text.replace(part, "****");
        }
    }
    let first = text.split("\n\n").next().unwrap_or_default().trim_start_matches("error: ");
    let what: Vec<&str> = first.lines().map(str::trim).collect();
    let tip = text.lines().find_map(|line| line.trim().strip_prefix("tip: "));
    let words = arguments.iter().filter_map(|argument| argument.to_str());
    let known = known_words(words.skip(1));
    Problem::new(Exit::Wrong, what.join(" "))
        .said(tip.unwrap_or_default())
        .next(format!("tessera {known}--help"))
}

/// The commands among the arguments, each followed by a space.
fn known_words<'a>(arguments: impl Iterator<Item = &'a str>) -> String {
    let mut command = command();
    let mut known = String::new();
    for argument in arguments {
        let Some(found) = command.find_subcommand(argument).cloned() else { continue };
        known.push_str(argument);
        known.push(' ');
        command = found;
    }
    known
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refused(line: &str) -> (String, String) {
        let arguments: Vec<OsString> = line.split(' ').map(OsString::from).collect();
        match parse(&arguments) {
            Err(Nothing::Usage(problem)) => {
                let shown = problem.to_json();
                (shown["error"].to_string(), shown["next"].to_string())
            }
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn the_command_line_is_sound() {
        Arguments::command().debug_assert();
    }

    #[test]
    fn a_wrong_argument_points_at_the_help_of_its_command() {
        let (what, next) = refused("tessera client add x --colour");

        assert!(what.contains("--colour"), "{what}");
        assert_eq!(next, "\"tessera client add --help\"");
    }

    #[test]
    fn a_token_among_wrong_arguments_is_not_repeated() {
        let token = "A".repeat(43);

        for line in [format!("tessera token inspec {token}"), format!("tessera serve --x={token}")]
        {
            let (what, _) = refused(&line);
            assert!(
                !what.contains(&token) && what.contains("error") | what.contains("un"),
                "{what}"
            );
        }
    }
}
