//! The real program, as a process of its own.

use std::{
    ffi::OsStr,
    fs::{self, File},
    io::{Result, Write},
    net::SocketAddr,
    path::{Path, PathBuf},
    process::{Child, Command, ExitStatus, Stdio},
};

use serde_json::Value;

use super::{Engine, TestClient, TestDatabase, http::HttpConnection, until::until};
use tessera::model::client_id::ClientId;

/// How to run the program on a database.
#[derive(Clone)]
pub struct Program {
    environment: Vec<(String, String)>,
    name: String,
    folder: PathBuf,
    /// Limits of the shell that becomes the program.
    limits: Vec<String>,
}

/// What a command came to.
#[derive(Debug)]
pub struct Outcome {
    pub code: Option<i32>,
    pub out: String,
    pub err: String,
}

/// A server in a process of its own. Killed when it is dropped.
pub struct Process {
    child: Child,
    log: PathBuf,
    address: SocketAddr,
}

impl Program {
    pub fn on(database: &TestDatabase) -> Self {
        let mut environment = vec![
            ("TESSERA_STORE__URL", database.url.as_str()),
            ("TESSERA_SERVER__LISTEN", "127.0.0.1:0"),
            // One that stays, while the port does not: it is part of every token.
            ("TESSERA_SERVER__ISSUER", "https://id.example"),
            ("TESSERA_SERVER__DRAIN_DELAY", "0s"),
            ("TESSERA_METRICS__LISTEN", ""),
            ("TESSERA_LOG__LEVEL", "trace"),
        ];
        if database.engine == Engine::Postgres {
            environment
                .push(("TESSERA_KEYS__MASTER", "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8="));
        }
        let own = |(name, value): &(&str, &str)| ((*name).to_owned(), (*value).to_owned());
        let environment = environment.iter().map(own).collect();
        let (name, folder) = ("serve".to_owned(), database.folder.clone());
        Self { environment, name, folder, limits: Vec::new() }
    }

    /// Sets one more setting, by the name of its variable.
    pub fn set(mut self, name: &str, value: &str) -> Self {
        self.environment.push((name.to_owned(), value.to_owned()));
        self
    }

    /// Takes a setting back.
    pub fn without(mut self, name: &str) -> Self {
        self.environment.retain(|(known, _)| known != name);
        self
    }

    /// Gives it a name, and so a log of its own beside the others that run on the same database.
    pub fn named(mut self, name: &str) -> Self {
        name.clone_into(&mut self.name);
        self
    }

    /// Lets no file grow beyond so many KiB, as if the disk were full: writing fails, reading goes
    /// on.
    pub fn with_file_limit(mut self, kib: u64) -> Self {
        // The signal that tells of the limit would end the process; ignored, the write fails
        // instead.
        self.limits.push(format!("trap '' XFSZ; ulimit -S -f {kib}"));
        self
    }

    /// Lets it have so many files and connections open at once.
    pub fn with_open_files(mut self, count: u32) -> Self {
        self.limits.push(format!("ulimit -S -n {count}"));
        self
    }

    /// Adds a machine by the command line, as an operator would.
    pub fn add_machine(&self, name: &str) -> TestClient {
        let secret = self.run(&["client", "add", name, "--kind", "machine", "--scope", "read"], "");
        TestClient { id: ClientId::parse(name).unwrap(), secret: secret.trim().to_owned() }
    }

    /// Runs a command with `input` as its standard input, and returns its standard output.
    pub fn run(&self, arguments: &[&str], input: &str) -> String {
        let outcome = self.attempt(arguments, input);
        assert_eq!(outcome.code, Some(0), "{outcome:?}");
        outcome.out
    }

    /// Runs a command that may fail.
    pub fn attempt(&self, arguments: &[&str], input: &str) -> Outcome {
        let mut child = self.spawn(arguments);
        // A command that reads nothing may be gone already.
        let _ = child.stdin.take().unwrap().write_all(input.as_bytes());
        let output = child.wait_with_output().unwrap();
        Outcome {
            code: output.status.code(),
            out: String::from_utf8(output.stdout).unwrap(),
            err: String::from_utf8(output.stderr).unwrap(),
        }
    }

    /// Starts a command and does not wait.
    pub fn spawn(&self, arguments: &[&str]) -> Child {
        let mut command = self.command(arguments);
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
        command.spawn().unwrap()
    }

    /// Works in another folder from now on.
    pub fn within(mut self, folder: &Path) -> Self {
        folder.clone_into(&mut self.folder);
        self
    }

    /// Starts a server and waits until it serves.
    pub async fn serve(&self) -> Process {
        let mut process = self.start();
        until("ready", async || {
            assert!(process.child.try_wait().unwrap().is_none(), "{}", process.log());
            process.log().lines().any(|line| line.contains("is ready"))
        })
        .await;
        process.address = address_in(&process.log(), "listen").unwrap();
        process
    }

    /// Starts a server and does not wait.
    pub fn start(&self) -> Process {
        let log = self.folder.join(format!("{}.log", self.name));
        let child = self.command(&["serve"]).stderr(File::create(&log).unwrap()).spawn().unwrap();
        Process { child, log, address: SocketAddr::from(([127, 0, 0, 1], 0)) }
    }

    fn command<S: AsRef<OsStr>>(&self, arguments: &[S]) -> Command {
        let program = env!("CARGO_BIN_EXE_tessera");
        let mut command = if self.limits.is_empty() {
            Command::new(program)
        } else {
            let script = format!("{}; exec \"$0\" \"$@\"", self.limits.join("; "));
            let mut shell = Command::new("bash");
            shell.args(["-c", &script, program]);
            shell
        };
        command
            .args(arguments)
            .env_clear()
            .envs(self.environment.iter().cloned())
            .current_dir(&self.folder)
            .stdin(Stdio::null());
        command
    }
}

impl Process {
    pub async fn connect(&self) -> Result<HttpConnection> {
        HttpConnection::to(self.address).await
    }

    /// What it counts: the page of its metrics.
    pub async fn metrics(&self) -> String {
        let address = address_in(&self.log(), "metrics").expect("metrics are on");
        let mut connection = HttpConnection::to(address).await.unwrap();
        connection.get("/metrics").await.unwrap().body
    }

    pub fn address(&self) -> SocketAddr {
        self.address
    }

    pub fn id(&self) -> u32 {
        self.child.id()
    }

    /// Ends it as a power cut would: no word, no farewell.
    pub fn kill(&mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
    }

    /// Asks it to end, as service managers do.
    pub fn terminate(&self) {
        self.signal("TERM");
    }

    /// Sends a signal, such as `STOP`.
    pub fn signal(&self, signal: &str) {
        let pid = self.id().to_string();
        assert!(Command::new("kill").args(["-s", signal, &pid]).status().unwrap().success());
    }

    /// Waits for its end.
    pub async fn ended(&mut self) -> ExitStatus {
        until("ended", async || self.child.try_wait().unwrap().is_some()).await;
        self.child.wait().unwrap()
    }

    /// What it logged, at its most talkative, opens nothing.
    pub fn assert_log_holds_none_of<'s>(
        &self,
        client: &TestClient,
        tokens: impl IntoIterator<Item = &'s String>,
    ) {
        let log = self.log();
        assert!(!log.contains(&client.secret) && !log.contains(&client.basic()), "a secret");
        assert!(!tokens.into_iter().any(|token| log.contains(token)), "a token");
    }

    /// All that it logged so far.
    pub fn log(&self) -> String {
        String::from_utf8_lossy(&fs::read(&self.log).unwrap()).into_owned()
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// An address in the event that tells of the start.
fn address_in(log: &str, name: &str) -> Option<SocketAddr> {
    let mut events = log.lines().filter_map(|line| serde_json::from_str::<Value>(line).ok());
    events.find_map(|event| event[name].as_str()?.parse().ok())
}
