//! A command on its way: to the store, or to the server that has the store open.

use std::ffi::OsString;

use tokio::{net::UnixStream, sync::watch};
use uuid::Uuid;

use crate::{
    acts::{Operator, moving::Mover},
    app::{App, Clock, OpenError, Opened, open_options},
    config::{Config, Loaded, Migrate},
    model::secret::Random,
    store::Store,
};

use super::{
    arguments::{Arguments, Command},
    carry_out, completions, config,
    console::Console,
    db, declared, doctor,
    environment::Environment,
    facts::own_uid,
    files, manual,
    open::{self, Reached, reach, refuse_missing},
    operator,
    problem::{Exit, Outcome, Problem},
    serve,
    socket::{HandedOver, hand_over},
    token_type,
};

/// A command, and all it was given.
pub(super) struct Job {
    /// The program's name first.
    pub(super) arguments: Vec<OsString>,
    pub(super) environment: Environment,
    pub(super) clock: Clock,
    pub(super) random: Random,
}

impl Job {
    /// Runs it.
    pub(super) async fn run(&self, parsed: &Arguments, console: &mut Console) -> Outcome {
        if let Command::Completions(arguments) = &parsed.command {
            return completions::run(arguments, console);
        }
        if let Command::Manual(arguments) = &parsed.command {
            return manual::run(arguments, console);
        }
        if let Command::Type(command) = &parsed.command
            && let Some(bare) = command.bare()
        {
            let file = parsed.options.config.as_deref();
            let settings = || open::load(file, &self.environment);
            return token_type::run_bare(bare, settings, console).await;
        }
        if let Command::Config(command) = &parsed.command {
            let settings = async || self.load(parsed).await;
            return config::run(command, settings, &self.random, console).await;
        }
        let loaded = self.load(parsed).await;
        if let Command::Doctor = &parsed.command {
            let open = async |config| Box::pin(self.open(&parsed.command, config)).await;
            let hand_over = async |server, console: &mut Console| {
                self.hand_over(server, &parsed.command, console).await
            };
            return Box::pin(doctor::run(loaded, open, hand_over, console)).await;
        }
        let loaded = loaded?;
        match &parsed.command {
            Command::Serve => {
                let settings = (loaded, &self.environment);
                serve::run(settings, (self.clock.clone(), self.random.clone()), console).await
            }
            command => {
                let stop = console.stopper();
                tokio::select! {
                    outcome = self.run_at_store(command, &loaded, console) => outcome,
                    () = stopped(stop) => Ok(Exit::Stopped),
                }
            }
        }
    }

    /// Reads the settings. Whoever goes by them alone reads the declared files with them where there
    /// is no store: together they are all that there is. A check reads them in any case.
    async fn load(&self, parsed: &Arguments) -> Result<Loaded, Problem> {
        let loaded = open::load(parsed.options.config.as_deref(), &self.environment)?;
        match &parsed.command {
            Command::Serve | Command::Doctor | Command::Config(_) => {
                let (environment, now) = (&self.environment, self.clock.now());
                let mut loaded = declared::refuse_without_store(loaded, environment, now).await?;
                files::note(&mut loaded);
                match &parsed.command {
                    Command::Config(command) if command.judges_files() => {
                        let loaded = files::judge(loaded, environment, now).await?;
                        files::judge_declared(loaded, environment, now).await
                    }
                    _ => Ok(loaded),
                }
            }
            _ => Ok(loaded),
        }
    }

    /// Runs a command where the store is: here, or in the server that has it open.
    async fn run_at_store(
        &self,
        command: &Command,
        loaded: &Loaded,
        console: &mut Console,
    ) -> Outcome {
        open::refuse_disabled(loaded)?;
        if let Command::Token(command) = command {
            command.refuse_tokens(&loaded.config.tokens.reference.prefix)?;
        }
        if command.needs_a_store() {
            refuse_missing(loaded)?;
        }
        if let Command::Db(db) = command
            && let Some(moves) = db.moves()
        {
            let operator = operator(console.facts(), own_uid());
            return db::run_move(moves, loaded, self.mover(&operator), console).await;
        }
        if let Command::Db(db) = command
            && let Some(bare) = db.bare()
        {
            let (address, config) = (loaded.config.store.url.masked(), &loaded.config);
            return match reach(loaded, connect).await? {
                Reached::Server(server) => self.hand_over(server, command, console).await,
                Reached::Open(store) => {
                    let operator = operator(console.facts(), own_uid());
                    let mover = self.mover(&operator);
                    let here = db::Here { store: &store, address: &address, config, mover };
                    let outcome = db::run_bare(bare, &here, console).await;
                    store.close().await;
                    outcome
                }
            };
        }
        let open = async |config| Box::pin(self.open(command, config)).await;
        match reach(loaded, open).await? {
            Reached::Server(server) => self.hand_over(server, command, console).await,
            Reached::Open(opened) => {
                tell_what_is_new(&opened, console);
                let operator = operator(console.facts(), own_uid());
                let outcome = carry_out(command, &opened.app, &operator, console).await;
                opened.app.store.close().await;
                outcome
            }
        }
    }

    fn mover<'m>(&'m self, operator: &'m Operator) -> Mover<'m> {
        Mover { operator, now: self.clock.now(), random: &self.random }
    }

    /// Opens everything. Only a command that may make a store may change its schema.
    async fn open(&self, command: &Command, mut config: Config) -> Result<Opened, OpenError> {
        if command.needs_a_store() || matches!(command, Command::Doctor) {
            config.store.migrate = Migrate::Check;
        }
        let issuer = open::issuer(&config, config.server.listen);
        App::open(config, issuer, self.clock.clone(), self.random.clone()).await
    }

    async fn hand_over(
        &self,
        server: UnixStream,
        command: &Command,
        console: &mut Console,
    ) -> Outcome {
        let text = |argument: &OsString| argument.to_str().map(str::to_owned);
        let arguments: Option<Vec<_>> = self.arguments.iter().map(text).collect();
        let arguments =
            arguments.ok_or_else(|| Problem::new(Exit::Wrong, "an argument is no UTF-8 text"))?;
        let version = env!("CARGO_PKG_VERSION").to_owned();
        let handed_over = HandedOver { version, arguments, facts: console.facts().clone() };
        hand_over(server, (command, &handed_over), console).await
    }
}

/// Waits until the person wants no more: a command that can stop between two steps does so by
/// itself, unless it is told twice.
async fn stopped(stop: watch::Sender<bool>) {
    loop {
        // Where signals can't be heard they end the process.
        if tokio::signal::ctrl_c().await.is_err() {
            std::future::pending::<()>().await;
        }
        let is_heard = stop.receiver_count() > 0 && !stop.send_replace(true);
        if !is_heard {
            return;
        }
    }
}

async fn connect(config: Config) -> Result<Store, OpenError> {
    Ok(Store::connect(&open_options(&config, Uuid::nil())).await?)
}

/// Says what was made because it was not there yet.
fn tell_what_is_new(opened: &Opened, console: &mut Console) {
    if opened.new_store {
        console.done(&format!("Made {}", opened.app.config().store.url.masked()));
    }
    if let Some(path) = &opened.new_master_key {
        console.warn(&format!("{}.", serve::master_key_advice(path)));
    }
}
