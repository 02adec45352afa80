//! Reading the settings again while the server runs: at SIGHUP, all or nothing.

use std::{convert::Infallible, sync::Arc, time::Duration};

use metrics::gauge;

use crate::{
    app::{App, OpenError},
    cli::{
        declared,
        environment::Environment,
        files,
        look::Look,
        problem::{Problem, innermost},
    },
    config::{self, Fault, Faults, Loaded, Setting},
    server::Tls,
};

use super::{certificate, logging::ChangeLevel, manager, signals::Hangups};

/// The settings in force, and where they came from.
pub(super) struct Reloader {
    loaded: Loaded,
    environment: Environment,
    change_level: ChangeLevel,
}

/// How a problem looks in the log.
const NO_TERMINAL: Look = Look { colour: false, utf8: true };

/// How long files may take to be read.
const PATIENCE: Duration = Duration::from_secs(10);

/// Why the settings in force stay.
#[derive(Debug, thiserror::Error)]
enum Refused {
    #[error("{0}")]
    Faults(#[from] Faults),
    #[error("{}", .0.render(NO_TERMINAL))]
    Declared(Problem),
    #[error("its files can't be read within {} s", PATIENCE.as_secs())]
    Slow,
    #[error("{}", told(.0))]
    NotReady(#[from] OpenError),
}

/// Why settings cannot be taken, in a sentence.
fn told(error: &OpenError) -> String {
    match error {
        OpenError::JwtSecret { problem, remedy } => format!("{problem}; {remedy}"),
        error => innermost(error),
    }
}

impl Reloader {
    pub(super) fn new(loaded: Loaded, environment: Environment, change_level: ChangeLevel) -> Self {
        Self { loaded, environment, change_level }
    }

    /// The settings in force.
    pub(super) fn loaded(&self) -> &Loaded {
        &self.loaded
    }

    /// The environment of the start, which no reload changes.
    pub(super) fn environment(&self) -> &Environment {
        &self.environment
    }

    /// Reads the settings again at each signal.
    pub(super) async fn run(
        mut self,
        app: App,
        tls: Option<Arc<Tls>>,
        mut hangups: Hangups,
    ) -> Infallible {
        loop {
            hangups.next().await;
            manager::reloading();
            let outcome = self.reload(&app, tls.as_deref()).await;
            manager::ready();
            gauge!("tessera_reload_successful").set(f64::from(outcome.is_ok()));
            match outcome {
                Ok(changed) if changed.is_empty() => {
                    tracing::info!(
                        event = "config.reloaded",
                        changed = "",
                        "reloaded: no setting has changed"
                    );
                }
                Ok(changed) => {
                    let changed = changed.join(", ");
                    tracing::info!(event = "config.reloaded", changed, "reloaded: {changed}");
                }
                Err(refused) => {
                    tracing::error!(
                        event = "config.not_reloaded",
                        "nothing was reloaded, and what was in force stays: {refused}"
                    );
                }
            }
        }
    }

    /// Takes the settings as they are now. Returns which of them have changed.
    async fn reload(&mut self, app: &App, tls: Option<&Tls>) -> Result<Vec<&'static str>, Refused> {
        let variables = self.environment.variables();
        // A file that is there by now counts, too.
        let file = self.loaded.file.clone();
        let file = file.or_else(|| config::choose_file(None, self.environment.settings_file()));
        let read = off_thread(move || {
            let mut read = config::load(file.as_deref(), variables)?;
            files::note(&mut read);
            Ok::<_, Faults>(read)
        })
        .await??;
        if !read.needs_a_store.is_empty() {
            return Err(Faults(read.needs_a_store).into());
        }
        let changed = changed(&self.loaded.settings, &read.settings);
        let begins_or_ends_tls = read.config.server.tls.files().is_some() != tls.is_some();
        let is_fixed = |setting: &Setting| {
            !setting.reloads() || (begins_or_ends_tls && setting.path.starts_with("server.tls."))
        };
        let fixed: Vec<Fault> =
            changed.iter().filter(|setting| is_fixed(setting)).map(|s| needs_restart(s)).collect();
        if !fixed.is_empty() {
            return Err(Faults(fixed).into());
        }
        let changed = changed.iter().map(|setting| setting.path).collect();
        let now = app.now();
        let (read, certificate) = off_thread(move || {
            let certificate = certificate::load_again(&read, now);
            (read, certificate)
        })
        .await?;
        let certificate = certificate.map_err(|fault| Faults(vec![fault]))?;
        // All or nothing: what can be refused is over when the declared files are carried out, and
        // nothing after them can fail.
        let prepared = app.prepare_config(&read.config).await?;
        let settled = declared::settle(app, &read, &self.environment).await;
        let settled = settled.map_err(Refused::Declared)?;
        declared::log(&settled);
        app.take_config(read.config.clone(), prepared).await;
        if let (Some(tls), Some(certificate)) = (tls, certificate) {
            tls.adopt(&certificate);
        }
        (self.change_level)(read.config.log.level);
        for note in &read.notes {
            tracing::warn!(event = "config.note", "{note}");
        }
        self.loaded = read;
        Ok(changed)
    }
}

/// Reads files, which may take any time, where nobody else waits for it.
async fn off_thread<T: Send + 'static>(
    read: impl FnOnce() -> T + Send + 'static,
) -> Result<T, Refused> {
    let reading = tokio::time::timeout(PATIENCE, tokio::task::spawn_blocking(read));
    reading.await.ok().and_then(Result::ok).ok_or(Refused::Slow)
}

fn changed<'a>(before: &[Setting], now: &'a [Setting]) -> Vec<&'a Setting> {
    let differs = |(before, now): (&Setting, &'a Setting)| before.differs(now).then_some(now);
    before.iter().zip(now).filter_map(differs).collect()
}

fn needs_restart(setting: &Setting) -> Fault {
    Fault {
        key: setting.path.to_owned(),
        from: setting.source.to_string(),
        problem: "has changed, which needs a restart".to_owned(),
        remedy: "restart the server, or put the old value back".to_owned(),
    }
}
