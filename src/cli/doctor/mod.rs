//! `tessera doctor`: looks at everything a server rests on, and says what to fix.
//!
//! Each look is a *finding*: a fact, a verdict and, where something is amiss, the remedy. A finding
//! that cannot be had is a finding too. Nothing is changed by looking.

mod issuer;
mod keys;
mod network;
mod nodes;
mod store;

use std::time::Duration;

use serde_json::json;

use crate::{
    app::{App, OpenError, Opened},
    cli::figures::counted,
    config::{Config, Loaded},
};

use super::{
    config::summary,
    console::Console,
    look::Mark,
    open::{Reached, reach, refuse_missing},
    problem::{Exit, Outcome, Problem},
};

/// How wide the names of the checks are.
const WIDTH: usize = 10;

/// How good something is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Verdict {
    /// As it should be.
    Fine,
    /// It could not be looked at, because of another finding.
    Skipped,
    /// It works, and somebody should look at it.
    Warning,
    /// It does not work.
    Broken,
}

/// What one look found.
#[derive(Debug)]
pub(super) struct Finding {
    check: &'static str,
    verdict: Verdict,
    says: String,
    remedy: Option<String>,
}

impl Finding {
    pub(super) fn fine(check: &'static str, says: impl Into<String>) -> Self {
        Self { check, verdict: Verdict::Fine, says: says.into(), remedy: None }
    }

    pub(super) fn warning(
        check: &'static str,
        says: impl Into<String>,
        remedy: impl Into<String>,
    ) -> Self {
        Self { check, verdict: Verdict::Warning, says: says.into(), remedy: Some(remedy.into()) }
    }

    pub(super) fn broken(
        check: &'static str,
        says: impl Into<String>,
        remedy: impl Into<String>,
    ) -> Self {
        Self { verdict: Verdict::Broken, ..Self::warning(check, says, remedy) }
    }

    fn skipped(check: &'static str, why: &str) -> Self {
        Self { check, verdict: Verdict::Skipped, says: why.to_owned(), remedy: None }
    }

    fn tell(&self, console: &mut Console) {
        let Self { check, verdict, says, remedy } = self;
        if console.json() {
            console.object(&json!({
                "check": check.to_lowercase(), "verdict": verdict.word(), "says": says,
                "remedy": remedy,
            }));
            return;
        }
        let mark = console.out().padded_mark(verdict.mark());
        console.answer(&format!("{mark} {check:<WIDTH$} {says}"));
        for line in remedy.iter().flat_map(|remedy| remedy.lines()) {
            console.answer(&format!("  {:<WIDTH$} {line}", ""));
        }
    }
}

impl Verdict {
    fn word(self) -> &'static str {
        match self {
            Self::Fine => "fine",
            Self::Skipped => "skipped",
            Self::Warning => "warning",
            Self::Broken => "broken",
        }
    }

    fn mark(self) -> Mark {
        match self {
            Self::Fine => Mark::Yes,
            Self::Skipped => Mark::Beside,
            Self::Warning => Mark::Look,
            Self::Broken => Mark::No,
        }
    }
}

/// What is looked at in an open store, in this order.
const AT_THE_STORE: [&str; 8] =
    ["Store", "Keys", "Clock", "Issuer", "TLS", "Proxies", "Sweep", "Nodes"];

/// Looks at everything, as far as one can get. Where a server has the store open, `hand_over` lets
/// it look.
pub(super) async fn run(
    read: Result<Loaded, Problem>,
    open: impl AsyncFn(Config) -> Result<Opened, OpenError>,
    hand_over: impl AsyncFnOnce(tokio::net::UnixStream, &mut Console) -> Outcome,
    console: &mut Console,
) -> Outcome {
    let loaded = match read {
        Ok(loaded) => loaded,
        Err(problem) => {
            let (what, next) = problem.told();
            let found = vec![Finding::broken("Config", what, next)];
            return Ok(conclude(found, "the settings are wrong", console));
        }
    };
    let settings = settings(&loaded);
    if let Err(problem) = refuse_missing(&loaded) {
        let (what, next) = problem.told();
        let found = vec![settings, Finding::warning("Store", what, next)];
        return Ok(conclude(found, "there is no store", console));
    }
    match reach(&loaded, open).await {
        Err(problem) => {
            let (what, next) = problem.told();
            let found = vec![settings, Finding::broken("Store", what, next)];
            Ok(conclude(found, "the store can't be opened", console))
        }
        Ok(Reached::Server(server)) => {
            settings.tell(console);
            let exit = hand_over(server, console).await?;
            Ok(if exit == Exit::Yes { settings.verdict.exit() } else { exit })
        }
        Ok(Reached::Open(opened)) => {
            let mut found = vec![settings];
            found.extend(examine(&opened.app, false).await);
            opened.app.store.close().await;
            Ok(conclude(found, "", console))
        }
    }
}

/// Looks at everything but the settings, where the store is open.
pub(super) async fn run_at_store(app: &App, console: &mut Console) -> Outcome {
    let found = examine(app, true).await;
    Ok(conclude(found, "", console))
}

fn settings(loaded: &Loaded) -> Finding {
    let summary = summary(loaded);
    if loaded.notes.is_empty() {
        Finding::fine("Config", summary)
    } else {
        Finding::warning("Config", summary, loaded.notes.join("\n"))
    }
}

/// `is_server` where this process is the server itself.
async fn examine(app: &App, is_server: bool) -> Vec<Finding> {
    let now = app.now();
    let mut found = vec![store::store(app).await];
    found.extend(store::hosts(app).await);
    found.extend([
        keys::keys(app, now).await,
        store::clock(app).await,
        issuer::issuer(app, now).await,
        network::tls(app, now),
        network::proxies(app).await,
        store::sweep(app, now).await,
        nodes::nodes(app, is_server, now).await,
    ]);
    found
}

/// Tells all findings, the ones that could not be had included. Returns the worst as an exit code.
fn conclude(mut found: Vec<Finding>, why_not: &str, console: &mut Console) -> Exit {
    if !why_not.is_empty() {
        let told: Vec<&str> = found.iter().map(|finding| finding.check).collect();
        let missing = AT_THE_STORE.iter().filter(|check| !told.contains(check));
        found.extend(missing.map(|check| Finding::skipped(check, why_not)));
    }
    for finding in &found {
        finding.tell(console);
    }
    let count = |verdict| found.iter().filter(|finding| finding.verdict == verdict).count();
    let worst = found.iter().map(|finding| finding.verdict).max().unwrap_or(Verdict::Fine);
    let (broken, warnings) = (count(Verdict::Broken), count(Verdict::Warning));
    let tell = |count: usize, noun| counted(i64::try_from(count).unwrap_or(i64::MAX), noun);
    match (broken, warnings) {
        (0, 0) => console.say("all is well"),
        (0, _) => console.say(&tell(warnings, "warning")),
        (_, 0) => console.say(&format!("{broken} broken")),
        (..) => console.say(&format!("{broken} broken, {}", tell(warnings, "warning"))),
    }
    worst.exit()
}

impl Verdict {
    /// 0 fine, 1 warnings, 2 broken.
    fn exit(self) -> Exit {
        match self {
            Self::Fine | Self::Skipped => Exit::Yes,
            Self::Warning => Exit::No,
            Self::Broken => Exit::Wrong,
        }
    }
}

/// A short length of time, in milliseconds: `0.4 ms`.
fn milliseconds(took: Duration) -> String {
    format!("{:.1} ms", took.as_secs_f64() * 1000.0)
}

/// What is to be said where the store could not be asked.
fn unanswered(check: &'static str, error: crate::store::Error) -> Finding {
    let (what, _) = Problem::from(error).told();
    Finding::broken(check, what, "see what the log and the database say about it")
}
