//! The command line: the operator's terminal. Same words, order and verdicts as the pages.
//!
//! A command is read by [`arguments`], finds its store with [`open`], and speaks through a
//! [`console`], which is this process's terminal or, through the [`socket`] beside an SQLite file,
//! that of a process that handed its command to the running server. Either way the same function
//! runs.

mod arguments;
mod client;
mod completions;
mod config;
mod console;
mod db;
mod environment;
mod facts;
mod figures;
mod help;
mod key;
mod look;
mod open;
mod problem;
mod resource_server;
mod serve;
mod sheet;
mod socket;
mod source;
mod table;
mod times;
mod token;
mod zone;

use std::{ffi::OsString, io, process::ExitCode};

use crate::{
    acts::Operator,
    app::{App, Clock, OpenError, Opened, open_options},
    config::Config,
    model::secret::Random,
    store::Store,
};

use self::{
    arguments::{Arguments, Command, Nothing, Options},
    console::Console,
    facts::Facts,
    open::{Reached, Settings, reach, refuse_missing},
    problem::{Outcome, Problem},
    socket::{HandedOver, Remote, hand_over},
};

pub use environment::Environment;
pub use problem::Exit;

/// A command, and all it was given.
struct Job {
    arguments: Vec<OsString>,
    environment: Environment,
    clock: Clock,
    random: Random,
}

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
            show(nothing, Console::here(facts))
        }
        Ok(parsed) => {
            let mut console = Console::here(Facts::look(&parsed.options, &environment));
            let job = Job { arguments, environment, clock, random };
            let outcome = job.run(parsed, &mut console).await;
            finish(outcome, console)
        }
    };
    ExitCode::from(exit.code())
}

/// Runs a command that was handed over, for the owner of the store.
async fn answer_handed_over(
    app: &App,
    handed_over: HandedOver,
    refusal: Option<Problem>,
    remote: Remote,
) -> (Exit, Remote) {
    let HandedOver { version, arguments, facts } = handed_over;
    let operator = operator(&facts);
    let mut console = Console::away(facts, remote);
    let ours = env!("CARGO_PKG_VERSION");
    if version != ours {
        console.warn(&format!("The running server is {ours}, this command is {version}."));
    }
    let arguments: Vec<OsString> = arguments.into_iter().map(OsString::from).collect();
    let outcome = match (refusal, arguments::parse(&arguments)) {
        (Some(refusal), _) => Err(refusal),
        (None, Ok(parsed)) => carry_out(&parsed.command, app, &operator, &mut console).await,
        (None, Err(Nothing::Usage(problem))) => Err(*problem),
        (None, Err(Nothing::Shown(_) | Nothing::Missing(_))) => Ok(Exit::Wrong),
    };
    let exit = settle(outcome, &mut console);
    (exit, console.into_remote().expect("this console was made of a remote"))
}

impl Job {
    async fn run(&self, parsed: Arguments, console: &mut Console) -> Outcome {
        let settings = Settings::new(parsed.options.config, self.environment.clone());
        match &parsed.command {
            Command::Completions(arguments) => completions::run(arguments, console),
            Command::Config(command) => config::run(command, &settings.load()?, console),
            Command::Serve => {
                serve::run(&settings, (self.clock.clone(), self.random.clone()), console).await
            }
            command => tokio::select! {
                outcome = self.run_at_store(command, &settings, console) => outcome,
                _ = tokio::signal::ctrl_c() => Ok(Exit::Stopped),
            },
        }
    }

    /// Runs a command where the store is: here, or in the server that has it open.
    async fn run_at_store(
        &self,
        command: &Command,
        settings: &Settings,
        console: &mut Console,
    ) -> Outcome {
        let loaded = settings.load()?;
        if let Command::Token(command) = command {
            command.refuse_tokens(&loaded.config.tokens.reference.prefix)?;
        }
        if command.only_looks() {
            refuse_missing(&loaded)?;
        }
        if let Command::Db(db) = command
            && let Some(bare) = db.bare()
        {
            let address = loaded.config.store.url.masked();
            return match reach(settings, connect).await? {
                Reached::Server(server) => self.hand_over(server, console).await,
                Reached::Open(store) => {
                    let now = self.clock.now();
                    let outcome = db::run_bare(bare, &store, (&address, now), console).await;
                    store.close().await;
                    outcome
                }
            };
        }
        match reach(settings, async |config| self.open(config).await).await? {
            Reached::Server(server) => self.hand_over(server, console).await,
            Reached::Open(opened) => {
                tell_what_is_new(&opened, console);
                let operator = operator(console.facts());
                let outcome = carry_out(command, &opened.app, &operator, console).await;
                opened.app.store.close().await;
                outcome
            }
        }
    }

    async fn open(&self, config: Config) -> Result<Opened, OpenError> {
        let issuer = open::issuer(&config, config.server.listen);
        App::open(config, issuer, self.clock.clone(), self.random.clone()).await
    }

    async fn hand_over(&self, server: tokio::net::UnixStream, console: &mut Console) -> Outcome {
        let text = |argument: &OsString| argument.to_str().map(str::to_owned);
        let arguments: Option<Vec<_>> = self.arguments.iter().map(text).collect();
        let arguments =
            arguments.ok_or_else(|| Problem::new(Exit::Wrong, "an argument is no UTF-8 text"))?;
        let version = env!("CARGO_PKG_VERSION").to_owned();
        let command = HandedOver { version, arguments, facts: console.facts().clone() };
        hand_over(server, &command, console).await
    }
}

async fn connect(config: Config) -> Result<Store, OpenError> {
    Ok(Store::connect(&open_options(&config)).await?)
}

/// Runs a command that needs an open store: the same function beside a server and without one.
async fn carry_out(
    command: &Command,
    app: &App,
    operator: &Operator,
    console: &mut Console,
) -> Outcome {
    match command {
        Command::Db(command) => db::run(command, app, console).await,
        Command::Token(command) => token::run(command, app, operator, console).await,
        Command::Client(command) => client::run(command, app, operator, console).await,
        Command::ResourceServer(command) => {
            resource_server::run(command, app, operator, console).await
        }
        Command::Key(command) => key::run(command, app, console).await,
        Command::Serve | Command::Config(_) | Command::Completions(_) => {
            Err(Problem::new(Exit::Wrong, "a running server does not take this command"))
        }
    }
}

/// Who does it, for the audit log.
fn operator(facts: &Facts) -> Operator {
    Operator(format!("cli:{}", facts.user))
}

/// Says what was made because it was not there yet.
fn tell_what_is_new(opened: &Opened, console: &mut Console) {
    if opened.new_store {
        console.done(&format!("Made {}", opened.app.config.store.url.masked()));
    }
    if let Some(path) = &opened.new_master_key {
        console.warn(&format!("{}.", serve::master_key_advice(path)));
    }
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
    let (kind, said) = match console.failure() {
        Some(error) if exit == Exit::Yes => (error.kind(), error.to_string()),
        _ => return exit,
    };
    // Whoever reads has read enough: no reason to talk.
    if kind == io::ErrorKind::BrokenPipe {
        return Exit::Stopped;
    }
    let problem = Problem::new(Exit::Unreachable, "the answer could not be written").said(said);
    settle(Err(problem), &mut console)
}

/// Shows help, the version, or what is wrong with the arguments.
fn show(nothing: Nothing, mut console: Console) -> Exit {
    match nothing {
        Nothing::Shown(text) => {
            console.write_out(text);
            finish(Ok(Exit::Yes), console)
        }
        Nothing::Missing(text) => {
            console.write_err(text);
            Exit::Wrong
        }
        Nothing::Usage(problem) => settle(Err(*problem), &mut console),
    }
}
