//! The server under load: the program itself, as it was built for release.

use std::{
    io::{BufRead, BufReader},
    net::SocketAddr,
    process::{Child, ChildStderr, Command, Stdio},
    sync::mpsc::{self, Sender},
    thread,
    time::{Duration, Instant},
};

use super::{Result, database::Database};

/// The program.
pub const BINARY: &str = env!("CARGO_BIN_EXE_tessera");

/// What seals the store: no secret, since the store is empty.
const MASTER_KEY: &str = "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=";

/// Who bears the personal token, and the password it is made with: no secret, since it opens
/// nothing.
pub const PERSON: &str = "ingrid";
pub const PASSWORD: &str = "correct horse";

/// Keeps no entry in memory.
pub const CACHE_OFF: (&str, &str) = ("TESSERA_CACHE__ENABLED", "false");

/// How long a start may take.
const PATIENCE: Duration = Duration::from_mins(1);

/// A running server. Dropping it ends it, by force if need be.
pub struct Server {
    /// Where it takes requests.
    pub address: SocketAddr,
    /// How long it took from its beginning until it was ready.
    pub ready_after: Duration,
    process: Child,
}

impl Server {
    /// Starts the server on `database` with some settings, and waits until it is ready.
    ///
    /// # Errors
    ///
    /// What it says, if it does not become ready.
    pub fn start(database: &Database, settings: &[(&str, &str)]) -> Result<Self> {
        Self::spawn(command(database, &["serve"]).envs(settings.iter().copied()))
    }

    /// Runs a command that serves, and waits until it says that it is ready, and where.
    pub fn spawn(command: &mut Command) -> Result<Self> {
        let began = Instant::now();
        let mut process =
            command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::piped()).spawn()?;
        let (ready, wait) = mpsc::channel();
        if let Some(stderr) = process.stderr.take() {
            thread::spawn(move || listen(stderr, &ready));
        }
        let unknown = SocketAddr::from(([127, 0, 0, 1], 0));
        let mut server = Self { address: unknown, ready_after: Duration::ZERO, process };
        let (address, at) = wait.recv_timeout(PATIENCE).map_err(|_| "the server did not start")?;
        server.address = address;
        server.ready_after = at - began;
        Ok(server)
    }

    /// Its process.
    pub fn pid(&self) -> u32 {
        self.process.id()
    }

    /// Ends it as an operator would.
    pub fn stop(mut self) -> Result<()> {
        Command::new("kill").args(["-s", "TERM", &self.pid().to_string()]).status()?;
        let status = self.process.wait()?;
        if status.success() { Ok(()) } else { Err(format!("the server ended: {status}").into()) }
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

/// Adds a client to `database`, and returns the secret that was drawn for it.
/// `settings` are arguments of `client add`.
pub fn add_client(database: &Database, name: &str, settings: &[&str]) -> Result<String> {
    let arguments = ["client", "add", name, "--kind", "machine"];
    let added = command(database, &arguments).args(settings).output()?;
    if !added.status.success() {
        let said = String::from_utf8_lossy(&added.stderr);
        return Err(format!("could not add a client:\n{said}").into());
    }
    Ok(String::from_utf8(added.stdout)?.trim().to_owned())
}

/// Begins a family of a client. Returns its refresh token.
pub fn begin_family(database: &Database, client: &str) -> Result<String> {
    let arguments = ["token", "issue", "--client", client, "--refresh"];
    let issued = command(database, &arguments).output()?;
    let text = String::from_utf8(issued.stdout)?;
    match text.lines().nth(1) {
        Some(token) if issued.status.success() => Ok(token.to_owned()),
        _ => {
            let said = String::from_utf8_lossy(&issued.stderr);
            Err(format!("could not begin a family:\n{said}").into())
        }
    }
}

/// Adds the person to `database`.
pub fn add_person(database: &Database) -> Result<()> {
    apply(
        database,
        &format!("users = [{{ username = '{PERSON}', password = {{ value = '{PASSWORD}' }} }}]"),
    )
}

/// Brings about a declared state.
pub fn apply(database: &Database, state: &str) -> Result<()> {
    std::fs::write(database.folder().join("state.toml"), state)?;
    let applied = command(database, &["apply", "state.toml", "--yes"]).output()?;
    if !applied.status.success() {
        let said = String::from_utf8_lossy(&applied.stderr);
        return Err(format!("could not bring about the state:\n{said}").into());
    }
    Ok(())
}

/// How many bytes an entry takes, all of the database counted; `None` if there are too few to tell.
pub fn bytes_per_entry(database: &Database) -> Result<Option<u64>> {
    let asked = command(database, &["db", "status", "--json"]).output()?;
    if !asked.status.success() {
        let said = String::from_utf8_lossy(&asked.stderr);
        return Err(format!("could not ask for the size:\n{said}").into());
    }
    let status: serde_json::Value = serde_json::from_slice(&asked.stdout)?;
    Ok(status["bytes_per_entry"].as_u64())
}

/// The program with these arguments, on `database`, with the default settings otherwise.
fn command(database: &Database, arguments: &[&str]) -> Command {
    let mut command = Command::new(BINARY);
    let ours = std::env::vars_os().map(|(name, _)| name);
    for name in ours.filter(|name| name.to_string_lossy().starts_with("TESSERA_")) {
        command.env_remove(name);
    }
    command
        .args(arguments)
        .current_dir(database.folder())
        .env("TESSERA_STORE__URL", &database.url)
        .env("TESSERA_KEYS__MASTER", MASTER_KEY)
        // Tokens that are made before a long run shall live until its end.
        .env("TESSERA_TOKENS__LIFETIMES__ACCESS", "1d")
        .env("TESSERA_SERVER__LISTEN", "127.0.0.1:0")
        // The same for every server: an access token for typed tokens is for one issuer.
        .env("TESSERA_SERVER__ISSUER", "https://bench.example")
        // As Auth-O-Tron signs.
        .env("TESSERA_JWT__ISS", "bench.example")
        .env("TESSERA_JWT__EXP", "3600")
        .env("TESSERA_JWT__ALG", "HS256")
        .env("TESSERA_JWT__SECRET", "no secret: it signs for a benchmark, and for nobody else")
        .env("TESSERA_METRICS__LISTEN", "")
        .env("TESSERA_LOG__LEVEL", "warn")
        // As on a terminal: it says when it is ready, whatever the level.
        .env("TESSERA_LOG__FORMAT", "text");
    command
}

/// Reads what the server says: tells when it is ready, and where, and passes on all the rest.
fn listen(stderr: ChildStderr, ready: &Sender<(SocketAddr, Instant)>) {
    let mut lines = BufReader::new(stderr).lines().map_while(std::io::Result::ok);
    let mut said = Vec::new();
    let mut address = None;
    for line in lines.by_ref() {
        address = address.or_else(|| find_address(&line));
        if line.trim_start().starts_with("Ready")
            && let Some(address) = address
        {
            let _ = ready.send((address, Instant::now()));
            said.clear();
            break;
        }
        said.push(line);
    }
    // Before it is ready its words are facts, unless it never becomes so; after that, complaints.
    for line in said.into_iter().chain(lines).filter(|line| !line.is_empty()) {
        eprintln!("server: {line}");
    }
}

/// The address in a line such as `Listens   http://127.0.0.1:40123`, or `Issuer` where the server is
/// its own.
fn find_address(line: &str) -> Option<SocketAddr> {
    let told = line.split_once("Listens").or_else(|| line.split_once("Issuer"))?;
    let (_, rest) = told.1.split_once("http://")?;
    rest.split([' ', '/', '"']).next()?.parse().ok()
}
