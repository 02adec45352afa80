//! Getting at the store: opening it, or finding the server that has it open.

use std::{
    net::SocketAddr,
    path::Path,
    time::{Duration, Instant},
};

use tokio::net::UnixStream;

use crate::{
    app::OpenError,
    config::{self, Config, Loaded, StoreUrl, choose_file},
    model::issuer::Issuer,
    store,
};

use super::{
    environment::Environment,
    problem::{Exit, Problem, innermost},
    socket,
};

/// How long to wait for a short command that has the store open.
const PATIENCE: Duration = Duration::from_secs(5);

/// What to do with a backup in the place of a store.
pub(super) const RESTORE_IT: &str =
    "move it elsewhere, and restore it from there: tessera db restore FILE";

/// What to do about a database that cannot be opened.
pub(super) const LET_US_IN: &str =
    "check store.url, and that the database is running and lets us in";

/// How often to look meanwhile.
const LOOK_EVERY: Duration = Duration::from_millis(50);

/// What came of trying to open the store.
pub(super) enum Reached<T> {
    /// It is open, and ours.
    Open(T),
    /// A running server has it, and takes commands.
    Server(UnixStream),
}

/// Reads the settings: from the file that `flag` names, or another as [`choose_file`] says.
pub(super) fn load(flag: Option<&Path>, environment: &Environment) -> Result<Loaded, Problem> {
    let file = choose_file(flag, environment.settings_file());
    Ok(config::load(file.as_deref(), environment.variables())?)
}

/// Opens the store with `open`. While another process has it, looks for a server that takes
/// commands, and waits a while for one that soon ends.
pub(super) async fn reach<T>(
    loaded: &Loaded,
    open: impl AsyncFn(Config) -> Result<T, OpenError>,
) -> Result<Reached<T>, Problem> {
    let began = Instant::now();
    loop {
        let error = match open(loaded.config.clone()).await {
            Ok(opened) => return Ok(Reached::Open(opened)),
            Err(error) => error,
        };
        let OpenError::Store(store::Error::Owned(database)) = &error else {
            return Err(Place::of(loaded).problem(error));
        };
        if let Some(server) = socket::connect(database).await? {
            return Ok(Reached::Server(server));
        }
        if began.elapsed() > PATIENCE {
            return Err(Place::of(loaded).problem(error));
        }
        tokio::time::sleep(LOOK_EVERY).await;
    }
}

/// Refuses a store that is switched off, for a command that can do nothing without one.
pub(super) fn refuse_disabled(loaded: &Loaded) -> Result<(), Problem> {
    if loaded.config.store.enabled {
        return Ok(());
    }
    let setting = loaded.settings.iter().find(|setting| setting.path == "store.enabled");
    Err(Problem::new(Exit::Unreachable, "the token store is disabled")
        .said("store.enabled is false, and this command needs a store")
        .origin(setting.map_or(String::new(), |setting| setting.source.to_string()))
        .next("change the files that declare names and reload; or set store.enabled = true"))
}

/// Refuses a store that is not there yet, for a command that would only look at it.
pub(super) fn refuse_missing(loaded: &Loaded) -> Result<(), Problem> {
    match &loaded.config.store.url {
        // A folder that may not be entered is no proof: opening it says more.
        _ if !loaded.config.store.enabled => Ok(()),
        StoreUrl::Sqlite(path) if path.try_exists().is_ok_and(|exists| !exists) => {
            let place = Place::of(loaded);
            Err(Problem::new(Exit::Unreachable, "there is no store yet")
                .tried(place.address)
                .origin(place.from)
                .next("tessera serve makes one; or check the working directory and store.url"))
        }
        _ => Ok(()),
    }
}

/// The issuer: the one that is set, or the address that requests are taken at.
///
/// # Panics
///
/// Never: a literal address and port make an issuer.
pub(super) fn issuer(config: &Config, listen: SocketAddr) -> Issuer {
    if let Some(issuer) = &config.server.issuer {
        return issuer.clone();
    }
    let (scheme, usual) = match config.server.tls.files() {
        Some(_) => ("https", 443),
        None => ("http", 80),
    };
    let text = format!("{scheme}://{listen}");
    // The usual port has no place in an issuer.
    let port = format!(":{usual}");
    let text = if listen.port() == usual { text.trim_end_matches(&port) } else { &text };
    Issuer::parse(text).expect("an address and a port make an issuer")
}

/// Why the store could not be opened, with where it is.
pub(super) fn place_problem(loaded: &Loaded, error: OpenError) -> Problem {
    Place::of(loaded).problem(error)
}

/// Where the store is, fit to be shown, and who says so.
struct Place {
    address: String,
    from: String,
}

impl Place {
    fn of(loaded: &Loaded) -> Self {
        let setting = loaded.settings.iter().find(|setting| setting.path == "store.url");
        Self {
            address: loaded.config.store.url.masked(),
            from: setting.map_or(String::new(), |setting| setting.source.to_string()),
        }
    }

    fn problem(self, error: OpenError) -> Problem {
        match error {
            OpenError::Store(error) => self.store_problem(error),
            OpenError::MasterKey { problem, remedy } => {
                Problem::new(Exit::Unreachable, "can't use the master key")
                    .said(problem)
                    .next(remedy)
            }
            OpenError::JwtSecret { problem, remedy } => {
                Problem::new(Exit::Wrong, "can't sign JWTs").said(problem).next(remedy)
            }
            OpenError::Keys(error) => {
                let said = match innermost(&error) {
                    said if said.is_empty() => error.to_string(),
                    said => said,
                };
                Problem::new(Exit::Unreachable, "can't load the keys").said(said)
            }
        }
    }

    fn store_problem(self, error: store::Error) -> Problem {
        use store::Error::{Backup, File, NewerSchema, NoHost, OlderSchema, Owned};
        let next = match &error {
            Owned(_) => "wait until it has ended, or stop it",
            OlderSchema { .. } => "tessera db migrate",
            NewerSchema { .. } => "run the newer tessera that this store was used with",
            Backup(_) => RESTORE_IT,
            File(..) => "check the folder's permissions, or store.url",
            // Whoever promoted a standby beside a primary that only refuses us would have two.
            NoHost(why) if why.is_refused => LET_US_IN,
            NoHost(_) => "start the primary or promote a standby, or check store.url",
            _ => LET_US_IN,
        };
        let what = match &error {
            Owned(path) => format!("another tessera has {} open", path.display()),
            OlderSchema { .. } => "the store's schema is older than this tessera".to_owned(),
            Backup(path) => format!("{} is a backup, not a store", path.display()),
            _ => "can't open the store".to_owned(),
        };
        let said = match (&error, innermost(&error)) {
            (Owned(_), _) => String::new(),
            (Backup(_), _) => "what was revoked since it was made is alive in it".to_owned(),
            (OlderSchema { applied, known }, _) => format!("it is at {applied}, we are at {known}"),
            (_, said) if said.is_empty() => error.to_string(),
            (_, said) => said,
        };
        let exit = Problem::from(error).exit;
        Problem::new(exit, what).tried(self.address).said(said).origin(self.from).next(next)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::Tls;

    #[test]
    fn every_address_makes_an_issuer() {
        for (listen, expected) in [
            ("127.0.0.1:8080", "http://127.0.0.1:8080"),
            ("127.0.0.1:80", "http://127.0.0.1"),
            ("[::1]:443", "http://[::1]:443"),
            ("[::1]:80", "http://[::1]"),
            ("127.0.0.1:0", "http://127.0.0.1:0"),
        ] {
            let issuer = issuer(&Config::default(), listen.parse().unwrap());

            assert_eq!(issuer.as_str(), expected);
        }
    }

    #[test]
    fn the_address_of_a_server_that_speaks_tls_is_https() {
        let mut config = Config::default();
        config.server.tls = Tls { cert: Some("cert.pem".into()), key: Some("key.pem".into()) };

        for (listen, expected) in [
            ("127.0.0.1:8443", "https://127.0.0.1:8443"),
            ("[::1]:443", "https://[::1]"),
            ("127.0.0.1:80", "https://127.0.0.1:80"),
        ] {
            assert_eq!(issuer(&config, listen.parse().unwrap()).as_str(), expected);
        }
    }
}
