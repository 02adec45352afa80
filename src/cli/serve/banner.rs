//! What a start says: facts first, problems with their fix, then silence.

use std::{net::SocketAddr, path::Path, sync::Arc, time::Instant};

use url::Url;

use crate::{
    acts::{Operator, setup},
    app::{App, Opened},
    cli::{
        config::summary,
        console::Console,
        look::{Mark, Tone},
        problem::Problem,
        sheet::Sheet,
    },
    config::{Loaded, StoreUrl},
    model::{postgres_hosts::PostgresHosts, secret::Secret, signing_key::SigningKeyState},
    server::Certificate,
    store::StoreFacts,
};

use super::logging::Lines;

/// What there is to say of a start.
pub(super) struct Start<'s> {
    pub(super) loaded: &'s Loaded,
    pub(super) opened: &'s Opened,
    pub(super) facts: StoreFacts,
    /// Where requests are taken in fact.
    pub(super) listen: SocketAddr,
    /// Where metrics are read in fact.
    pub(super) metrics: Option<SocketAddr>,
    /// Where operators have a listener of their own, in fact.
    pub(super) console: Option<SocketAddr>,
    /// What TLS is spoken with.
    pub(super) certificate: Option<Arc<Certificate>>,
    /// What there is to say of the first setup, as long as that is to be done.
    pub(super) setup: Option<FirstSetup>,
    pub(super) began: Instant,
}

/// The first administrator is still to be made.
pub(super) struct FirstSetup {
    /// The code, where only a person can read it.
    pub(super) code: Option<Secret>,
}

impl FirstSetup {
    /// Looks whether it is. A code is made only where a person reads along, and no log does.
    pub(super) async fn look(app: &App, console: &Console) -> Result<Option<Self>, Problem> {
        if !setup::look(app).await? {
            return Ok(None);
        }
        if !console.facts().err_is_terminal {
            return Ok(Some(Self { code: None }));
        }
        let made = setup::make_code(app, &Operator::new("serve")).await?;
        Ok(Some(Self { code: Some(made.code) }))
    }
}

/// Why nobody should persist asynchronously.
const DISCOURAGED: &str = "persistence.mode is async, which is discouraged: access tokens are answered \
    before they are written. A crash loses those that wait, and until they are written no other \
    node knows them. sync loses nothing, and requests that come together share its commits";

/// Says it: as text, or as events where the log is JSON.
pub(super) fn announce(start: &Start<'_>, lines: Lines, console: &mut Console) {
    match lines {
        Lines::Text => say(start, console),
        Lines::Json => log(start),
    }
}

/// That a master key was made, and what must be done about it.
pub(in crate::cli) fn master_key_advice(path: &Path) -> String {
    let path = path.display();
    format!(
        "A master key was made: {path}\n    \
         Back it up, apart from the database. Without it, all that the store seals is lost"
    )
}

fn say(start: &Start<'_>, console: &mut Console) {
    let look = console.err();
    console.say("");
    console.say(&format!("  {} {}", look.tone(Tone::Strong, "Tessera"), env!("CARGO_PKG_VERSION")));
    console.say("");
    console.say_sheet(&start.sheet());
    let advice = start.opened.new_master_key.as_deref().map(master_key_advice);
    for remark in advice.into_iter().chain(start.remarks()) {
        console.say("");
        console.say(&format!("  {} {remark}.", look.mark(Mark::Look)));
    }
    if let Some(FirstSetup { code }) = &start.setup {
        let address = start.opened.app.issuer.join("/setup");
        console.say("");
        console.say(&format!("  Finish in your browser:   {address}"));
        let code = code.as_ref().map(|code| {
            let code = look.tone(Tone::Strong, code.expose());
            format!("  and enter this code:      {code}  works once, for 30 minutes")
        });
        let how = "  with a code that this prints:   tessera setup-code".to_owned();
        console.say(&code.unwrap_or(how));
    }
    let took = start.began.elapsed().as_millis();
    console.say("");
    console.say(&format!("  Ready in {took} ms. Stop with Ctrl-C."));
    console.say("");
}

fn log(start: &Start<'_>) {
    let app = &start.opened.app;
    if let Some(path) = &start.opened.new_master_key {
        let advice = master_key_advice(path).replace("\n    ", ". ");
        tracing::warn!(event = "master_key.made", path = %path.display(), "{advice}");
    }
    for remark in start.remarks() {
        tracing::warn!(event = "config.note", "{remark}");
    }
    if start.setup.is_some() {
        let address = app.issuer.join("/setup");
        tracing::warn!(
            event = "setup.waits",
            address,
            "nobody is an administrator yet: tessera setup-code prints a code for {address}"
        );
    }
    tracing::info!(
        event = "server.ready",
        version = env!("CARGO_PKG_VERSION"),
        config = summary(start.loaded),
        store = start.store(),
        schema = start.facts.schema,
        keys = start.keys().0,
        issuer = app.issuer.as_str(),
        listen = %start.listen,
        tls = start.certificate.as_ref().map(ToString::to_string),
        metrics = start.metrics.map(|address| address.to_string()),
        console = start.console.map(|address| address.to_string()),
        node = %app.node,
        ready_ms = u64::try_from(start.began.elapsed().as_millis()).unwrap_or(u64::MAX),
        "Tessera {} is ready",
        env!("CARGO_PKG_VERSION")
    );
}

impl Start<'_> {
    fn sheet(&self) -> Sheet {
        let app = &self.opened.app;
        let mut sheet = Sheet::default();
        sheet.fact("Config", summary(self.loaded));
        sheet.detailed("Store", self.store(), self.store_detail());
        let (keys, detail) = self.keys();
        sheet.detailed("Keys", keys, detail);
        if app.config().server.issuer.is_some() {
            sheet.fact("Issuer", app.issuer.as_str());
            let scheme = if self.certificate.is_some() { "https" } else { "http" };
            sheet.fact("Listens", format!("{scheme}://{}", self.listen));
        } else {
            sheet.detailed("Issuer", app.issuer.as_str(), "not set, fine for trying out");
        }
        if let Some(certificate) = &self.certificate {
            let days = certificate.days_left(app.now());
            sheet.detailed("TLS", certificate.to_string(), format!("good for {days} days"));
        }
        if let Some(address) = self.console {
            sheet.fact("Console", format!("{address}, and nowhere else"));
        }
        if let Some(address) = self.metrics {
            sheet.fact("Metrics", format!("http://{address}/metrics"));
        }
        if !app.store.is_sqlite() && !app.store.is_disabled() {
            sheet.fact("Node", app.node.to_string());
        }
        sheet
    }

    /// What else the operator should know, a sentence or two each, without the last full stop.
    fn remarks(&self) -> Vec<String> {
        let app = &self.opened.app;
        let certificate = self.certificate.iter();
        let of_certificate = certificate.flat_map(|it| it.remarks(&app.issuer, app.now()));
        let discouraged = app.config().persistence.is_async().then(|| DISCOURAGED.to_owned());
        self.loaded.notes.iter().cloned().chain(of_certificate).chain(discouraged).collect()
    }

    /// `SQLite, data/tessera.db`, `PostgreSQL 17.2, db-1:5432/tessera` or `none`.
    fn store(&self) -> String {
        let app = &self.opened.app;
        match &app.config().store.url {
            _ if app.store.is_disabled() => "none".to_owned(),
            StoreUrl::Sqlite(path) => format!("SQLite, {}", path.display()),
            StoreUrl::Postgres(url) => {
                let words: Vec<_> = self.facts.engine.split(' ').take(2).collect();
                let (engine, place) = (words.join(" "), place(url));
                match self.opened.app.store.host() {
                    Some(host) if place.contains(',') => {
                        format!("{engine}, {place}, of which {host} takes writes")
                    }
                    _ => format!("{engine}, {place}"),
                }
            }
        }
    }

    fn store_detail(&self) -> String {
        let store = &self.opened.app.store;
        if store.is_disabled() {
            return "no token is recorded".to_owned();
        }
        let new = if self.opened.new_store { "new, " } else { "" };
        let schema = self.facts.schema;
        if store.is_sqlite() {
            return format!("{new}schema {schema}");
        }
        let most = self.opened.app.config().store.connections;
        format!("{new}schema {schema}, up to {most} connections")
    }

    /// What the keys do, and whether one was just made.
    fn keys(&self) -> (String, &'static str) {
        let keys = self.opened.app.tokens.keys().keys();
        if self.opened.new_signing_key.is_some() && keys.len() == 1 {
            let made: Vec<_> =
                keys.iter().map(|key| format!("{}, {}", key.kid, key.algorithm)).collect();
            return (made.join(", "), "made just now");
        }
        let words: Vec<String> = keys
            .iter()
            .map(|key| match key.state {
                SigningKeyState::Active => format!("{} signs {}", key.kid, key.algorithm),
                SigningKeyState::Staged => {
                    let day = key.signs_from.rfc3339();
                    format!("{} from {}", key.kid, day.get(..10).unwrap_or(&day))
                }
                SigningKeyState::Retiring | SigningKeyState::Revoked => {
                    format!("{} checks", key.kid)
                }
            })
            .collect();
        (words.join(", "), "")
    }
}

/// Hosts and database of a PostgreSQL address, without who connects and how.
fn place(url: &str) -> String {
    let Some(hosts) = PostgresHosts::of(url) else { return "****".to_owned() };
    let Ok(url) = Url::parse(&hosts.with_first_alone()) else { return "****".to_owned() };
    let hosts = match hosts.hosts() {
        [""] => "socket".to_owned(),
        hosts => hosts.join(","),
    };
    format!("{hosts}{}", url.path())
}

#[cfg(test)]
mod tests {
    use super::place;

    #[test]
    fn an_address_is_shown_without_who_connects() {
        assert_eq!(place("postgres://u:hunter2@db-1:5432/tessera?sslkey=x"), "db-1:5432/tessera");
        assert_eq!(place("postgres:///d?host=/run"), "socket/d");
        assert_eq!(
            place("postgres://u:hun,ter2@db-1:5432,[::1]:5433/tessera?sslkey=x"),
            "db-1:5432,[::1]:5433/tessera"
        );
    }
}
