//! `tessera token`: tokens and their entries. A token itself never stands among the arguments,
//! which other processes and the shell's history can see: it comes by standard input or a file.

mod circumstances;
mod details;
mod fact_json;
mod inspect;
mod issue;
mod issue_typed;
mod list;
mod revoke;
mod revoke_many;
mod show;
mod spend;
mod verdict;

use clap::Subcommand;

use crate::{
    acts::Operator,
    app::App,
    model::token_string::{Recognised, TokenStringForm},
};

use self::{
    inspect::InspectArguments, issue::IssueArguments, list::ListArguments, revoke::RevokeArguments,
    spend::UseArguments,
};
use super::{
    console::Console,
    problem::{Exit, Outcome, Problem},
    source::Source,
};

/// How many characters of base64url a token has at least.
const SHORTEST_TOKEN: usize = 43;

#[derive(Debug, Subcommand)]
pub(super) enum TokenCommand {
    /// List entries, those that end first at the top
    #[command(before_help = "tessera token list 'client:report-mailer status:active,waiting'\n\
                             tessera token list 'type:refresh created:>30d -user:ingrid'\n\
                             tessera token list --limit 200 --after tok_0694KQ6ZW8SVG\n\
                             tessera token list --json | jq -r 'select(.status == \"active\").entry'")]
    List(ListArguments),
    /// Show an entry
    #[command(before_help = "tessera token show tok_0694KQ6ZW8SVG\ntessera token show tok_0694KQ")]
    Show(EntryArgument),
    /// Say whether a token works, and why not
    #[command(before_help = "pbpaste | tessera token inspect -\n\
                             tessera token inspect token.txt\n\
                             pbpaste | tessera token inspect - --purpose reset --identity u1")]
    Inspect(InspectArguments),
    /// Issue a token to a client, as if it had asked for one
    #[command(before_help = "tessera token issue --client report-mailer --scope report.read\n\
                             tessera token issue --client nightly | tessera token inspect -\n\
                             tessera token issue --client shop --type DownloadLink --purpose f42")]
    Issue(IssueArguments),
    /// Use a token: spend a use of it, if everything holds
    #[command(
        before_help = "echo \"$TOKEN\" | tessera token use - --type DownloadLink --purpose f42\n\
                             tessera token use link.txt --type DownloadLink --purpose f42 --peek"
    )]
    Use(UseArguments),
    /// Revoke tokens. They stop working at once, on every server
    #[command(before_help = "tessera token revoke tok_0694KQ6ZW8SVG --reason 'laptop lost'\n\
                             echo \"$TOKEN\" | tessera token revoke -\n\
                             tessera token revoke --family tok_0694KQ6ZW8SVG --reason 'lost phone'\n\
                             tessera token revoke --filter 'client:roster type:refresh' -n\n\
                             tessera token revoke --filter user:alice")]
    Revoke(RevokeArguments),
}

#[derive(Debug, clap::Args)]
pub(super) struct EntryArgument {
    /// The entry, or the beginning of its name if no other begins so
    #[arg(value_name = "ENTRY")]
    entry: String,
}

impl TokenCommand {
    /// What its arguments name to be read.
    pub(super) fn reads(&self) -> Vec<&Source> {
        match self {
            Self::Inspect(arguments) => vec![&arguments.token],
            Self::Use(arguments) => vec![&arguments.token],
            Self::Revoke(arguments) => arguments.reads(),
            Self::List(_) | Self::Show(_) | Self::Issue(_) => Vec::new(),
        }
    }

    /// Refuses arguments that look like tokens, where entries or files are meant. `prefix` is what
    /// our tokens begin with, if anything.
    pub(super) fn refuse_tokens(&self, prefix: &str) -> Result<(), Problem> {
        let arguments = match self {
            Self::List(arguments) => {
                let words = arguments.query.iter().flat_map(|query| words(query));
                words.chain(arguments.after.as_deref()).collect()
            }
            Self::Show(argument) => vec![argument.entry.as_str()],
            Self::Inspect(arguments) => file_name(&arguments.token),
            Self::Use(arguments) => file_name(&arguments.token),
            Self::Issue(_) => vec![],
            Self::Revoke(arguments) => {
                let words = arguments.filter.iter().flat_map(|query| words(query));
                words.chain(arguments.entries.iter().map(String::as_str)).collect()
            }
        };
        if arguments.into_iter().any(|argument| looks_like_a_token(argument, prefix)) {
            return Err(Problem::new(Exit::Wrong, "an argument looks like a token")
                .said("arguments are seen by other processes and kept in the shell's history")
                .next("give the token by standard input: tessera token inspect -"));
        }
        Ok(())
    }
}

pub(super) async fn run(
    command: &TokenCommand,
    app: &App,
    operator: &Operator,
    console: &mut Console,
) -> Outcome {
    match command {
        TokenCommand::List(arguments) => list::run(arguments, app, console).await,
        TokenCommand::Show(argument) => show::run(&argument.entry, app, console).await,
        TokenCommand::Inspect(arguments) => inspect::run(arguments, app, console).await,
        TokenCommand::Issue(arguments) => issue::run(arguments, app, operator, console).await,
        TokenCommand::Use(arguments) => spend::run(arguments, app, console).await,
        TokenCommand::Revoke(arguments) => revoke::run(arguments, app, operator, console).await,
    }
}

/// The name of a file, where one is named.
fn file_name(source: &Source) -> Vec<&str> {
    match source {
        Source::File(path) | Source::PrivateFile(path) => path.to_str().into_iter().collect(),
        Source::StandardInput => vec![],
    }
}

/// The words of a query, and their values.
fn words(query: &str) -> impl Iterator<Item = &str> {
    query.split(|c: char| c.is_whitespace() || matches!(c, ':' | ',' | '"'))
}

/// Whether an argument could be a token: by its shape, or by the prefix of ours.
pub(super) fn looks_like_a_token(argument: &str, prefix: &str) -> bool {
    let is_jwt = || {
        // Three parts alone would be a host name or a file as well.
        let form = TokenStringForm::default();
        argument.starts_with("eyJ") && matches!(form.recognise(argument), Some(Recognised::Jwt))
    };
    let is_long = argument.len() >= SHORTEST_TOKEN
        && argument.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-' || b == b'_');
    is_long || is_jwt() || (!prefix.is_empty() && argument.starts_with(prefix))
}

/// Reads a text that must say something: an unset variable of a shell must not leave a token bound
/// to nothing.
fn said(text: &str) -> Result<String, String> {
    if text.is_empty() {
        Err("it is empty; say it or leave it out".into())
    } else {
        Ok(text.into())
    }
}

/// Reads a text that must say something in no more than so many characters.
fn said_within<const MOST: usize>(text: &str) -> Result<String, String> {
    if text.chars().count() > MOST {
        return Err(format!("it has more than {MOST} characters"));
    }
    said(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tokens_are_told_from_entries_and_files() {
        for token in ["A".repeat(43), "x-_".repeat(20), "eyJhbGciOiJFUzI1NiJ9.eyJ9.AA".to_owned()] {
            assert!(looks_like_a_token(&token, ""), "{token}");
        }
        assert!(looks_like_a_token("acm_abc", "acm_"));
        for other in ["tok_0694KQ6ZW8SVG", "token.txt", "-", "a.b.c", "report-mailer", "./x"] {
            assert!(!looks_like_a_token(other, ""), "{other}");
        }
    }
}
