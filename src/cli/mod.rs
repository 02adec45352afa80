//! The command line: the operator's terminal. Same words, order and verdicts as the pages.
//!
//! `arguments` reads a command, `open` finds its store, and a `console` is where it speaks: this
//! process's terminal or, through the `socket` beside an SQLite file, that of a process that handed
//! its command to the running server. Either way the same function runs.

mod apply;
mod arguments;
mod audit;
mod client;
mod completions;
mod config;
mod consent;
mod console;
mod db;
mod declared;
mod doctor;
mod environment;
mod export;
mod facts;
mod figures;
mod files;
mod help;
mod input;
mod job;
mod key;
mod look;
mod manual;
mod open;
mod problem;
mod progress;
mod query;
mod resource_server;
mod serve;
mod setup_code;
mod sheet;
mod socket;
mod source;
mod status;
mod table;
mod times;
mod token;
mod token_type;
mod user;
mod zone;

use std::{ffi::OsString, io, process::ExitCode};

use crate::{
    acts::Operator,
    app::{App, Clock},
    model::secret::Random,
};

use self::{
    arguments::{Command, Nothing, Options},
    console::{Console, Unwritten},
    facts::Facts,
    job::Job,
    problem::{Outcome, Problem},
    socket::{HandedOver, Remote},
};

pub use environment::Environment;
pub use problem::Exit;

/// The most that the audit log takes of what somebody goes by, in characters.
const LONGEST_NAME: usize = 64;

/// Runs the command that `arguments` state, the program's name first.
pub async fn run(
    arguments: impl IntoIterator<Item = OsString>,
    environment: Environment,
    clock: Clock,
    random: Random,
) -> ExitCode {
    let arguments: Vec<OsString> = arguments.into_iter().collect();
    let exit = match arguments::parse(&arguments) {
        Err(nothing) => {
            let facts = Facts::look(&Options::guess(&arguments), &environment);
            show(nothing, Console::here(facts, environment))
        }
        Ok(parsed) => {
            let facts = Facts::look(&parsed.options, &environment);
            let mut console = Console::here(facts, environment.clone());
            let job = Job { arguments, environment, clock, random };
            finish(Box::pin(job.run(&parsed, &mut console)).await, console)
        }
    };
    ExitCode::from(exit.code())
}

/// Runs a command that was handed over, for the owner of the store. `admitted` is the uid of whoever
/// gave it, or why they may not.
async fn answer_handed_over(
    app: &App,
    handed_over: HandedOver,
    admitted: Result<u32, Problem>,
    remote: Remote,
) -> (Exit, Remote) {
    let HandedOver { version, arguments, facts } = handed_over;
    let mut console = Console::away(facts, remote);
    let ours = env!("CARGO_PKG_VERSION");
    if version != ours {
        console.warn(&format!("The running server is {ours}, this command is {version}."));
    }
    let arguments: Vec<OsString> = arguments.into_iter().map(OsString::from).collect();
    let outcome = match (admitted, arguments::parse(&arguments)) {
        (Err(refusal), _) => Err(refusal),
        (Ok(uid), Ok(parsed)) => {
            let operator = operator(console.facts(), uid);
            carry_out(&parsed.command, app, &operator, &mut console).await
        }
        (Ok(_), Err(Nothing::Usage(problem))) => Err(*problem),
        (Ok(_), Err(Nothing::Shown(_) | Nothing::Missing(_))) => Ok(Exit::Wrong),
    };
    let exit = settle(outcome, &mut console);
    (exit, console.into_remote().expect("this console was made of a remote"))
}

/// Runs a command that needs an open store: the same function beside a server and without one.
async fn carry_out(
    command: &Command,
    app: &App,
    operator: &Operator,
    console: &mut Console,
) -> Outcome {
    match command {
        Command::Db(command) => db::run(command, app, operator, console).await,
        Command::Token(command) => token::run(command, app, operator, console).await,
        Command::Type(command) => token_type::run(command, app, operator, console).await,
        Command::Client(command) => client::run(command, app, operator, console).await,
        Command::User(command) => user::run(command, app, operator, console).await,
        Command::ResourceServer(command) => {
            resource_server::run(command, app, operator, console).await
        }
        Command::Consent(command) => consent::run(command, app, operator, console).await,
        Command::Apply(arguments) => apply::run(arguments, app, operator, console).await,
        Command::Export(arguments) => export::run(arguments, app, operator, console).await,
        Command::Key(command) => key::run(command, app, operator, console).await,
        Command::Audit(command) => audit::run(command, app, operator, console).await,
        Command::SetupCode => setup_code::run(app, operator, console).await,
        Command::Status(arguments) => status::run(arguments, app, console).await,
        Command::Doctor => doctor::run_at_store(app, console).await,
        Command::Serve | Command::Config(_) | Command::Completions(_) | Command::Manual(_) => {
            Err(Problem::new(Exit::Wrong, "a running server does not take this command"))
        }
    }
}

/// Who does it, for the audit log: the name that they go by and, what they have no say in, the
/// `uid` that the system knows them by.
fn operator(facts: &Facts, uid: u32) -> Operator {
    // Nobody's name ends in the number of somebody else.
    let is_plain = |c: &char| !c.is_control() && !c.is_whitespace() && !"()".contains(*c);
    let name: String = facts.user.chars().filter(is_plain).take(LONGEST_NAME).collect();
    Operator::new(format!("cli:{name} (uid {uid})"))
}

/// Tells a problem. Returns how the command ended.
fn settle(outcome: Outcome, console: &mut Console) -> Exit {
    outcome.unwrap_or_else(|problem| {
        console.problem(&problem);
        problem.exit
    })
}

/// Tells a problem, also that of an answer which could not be written.
fn finish(outcome: Outcome, mut console: Console) -> Exit {
    let exit = settle(outcome, &mut console);
    let Some(Unwritten { error, remedy }) = console.unwritten() else { return exit };
    let problem = match remedy {
        Some(remedy) => {
            Problem::new(Exit::Unreachable, "what is shown only once could not be written")
                .next(remedy)
        }
        // Whoever reads has read enough: no reason to talk.
        None if error.kind() == io::ErrorKind::BrokenPipe => return Exit::Stopped,
        None => Problem::new(Exit::Unreachable, "the answer could not be written"),
    };
    let problem = problem.said(error.to_string());
    settle(Err(problem), &mut console)
}

/// Shows help, the version, or what is wrong with the arguments.
fn show(nothing: Nothing, mut console: Console) -> Exit {
    match nothing {
        Nothing::Shown(text) => {
            console.write_out(text, None);
            finish(Ok(Exit::Yes), console)
        }
        Nothing::Missing(text) => {
            console.write_err(text);
            Exit::Wrong
        }
        Nothing::Usage(problem) => settle(Err(*problem), &mut console),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_operator_has_a_name_of_their_choice_and_a_number_that_is_not() {
        let arguments = arguments::parse(&["tessera".into(), "export".into()]).unwrap();
        let facts = Facts::look(&arguments.options, &Environment::new([]));
        let operator = |user: &str| {
            let facts = Facts { user: user.to_owned(), ..facts.clone() };
            operator(&facts, 1000).as_str().to_owned()
        };

        assert_eq!(operator("ingrid"), "cli:ingrid (uid 1000)");
        assert_eq!(operator("root (uid 0)\n"), "cli:rootuid0 (uid 1000)");
        assert!(operator(&"x".repeat(1000)).ends_with("xx (uid 1000)"));
        assert!(operator(&"x".repeat(1000)).len() < 100);
    }
}
