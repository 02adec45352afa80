//! The program, run as an operator would.

use std::{
    fs::File,
    io::{BufRead, BufReader, Read, Write},
    path::PathBuf,
    process::{Child, Command, Stdio},
    sync::mpsc,
    thread,
    time::Duration,
};

use serde_json::Value;

use crate::common::{Engine, TestDatabase};

/// The engines that commands are tried on.
pub(crate) fn stores() -> [Engine; 2] {
    [Engine::Sqlite, Engine::Postgres]
}

/// How long anything may take before the test gives up.
const PATIENCE: Duration = Duration::from_mins(1);

/// A database, and a folder to work in.
pub(crate) struct Place {
    pub(crate) database: TestDatabase,
    settings: Vec<(String, String)>,
}

/// What a command came to.
#[derive(Debug)]
pub(crate) struct Done {
    pub(crate) code: i32,
    pub(crate) out: String,
    pub(crate) err: String,
}

/// A running server.
pub(crate) struct Running {
    child: Child,
    /// What it said up to the moment at which it was ready.
    pub(crate) banner: String,
    rest: mpsc::Receiver<String>,
}

impl Place {
    pub(crate) async fn new(engine: Engine) -> Self {
        let database = TestDatabase::create(engine).await;
        let mut place = Self { database, settings: Vec::new() };
        place.set("TESSERA_STORE__URL", &place.database.url.clone());
        place.set("TESSERA_SERVER__LISTEN", "127.0.0.1:0");
        place.set("TESSERA_METRICS__LISTEN", "127.0.0.1:0");
        place.set("TESSERA_SERVER__DRAIN_DELAY", "0s");
        place.set("TESSERA_LOG__FORMAT", "text");
        place.set("USER", "ingrid");
        if engine == Engine::Postgres {
            place.set("TESSERA_KEYS__MASTER", "+/v7+/v7+/v7+/v7+/v7+/v7+/v7+/v7+/v7+/v7+/s=");
        }
        place
    }

    /// A place whose store is there.
    pub(crate) async fn with_store(engine: Engine) -> Self {
        let place = Self::new(engine).await;
        place.run("db migrate").expect(0);
        place
    }

    /// Sets an environment variable for every command from now on.
    pub(crate) fn set(&mut self, name: &str, value: &str) {
        self.settings.push((name.to_owned(), value.to_owned()));
    }

    /// Writes a file into the folder.
    pub(crate) fn write(&self, name: &str, text: &str) -> PathBuf {
        let path = self.database.folder.join(name);
        std::fs::write(&path, text).unwrap();
        path
    }

    /// The names of the files in the folder.
    pub(crate) fn files(&self) -> Vec<String> {
        let entries = std::fs::read_dir(&self.database.folder).unwrap();
        entries.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect()
    }

    /// Runs a command whose arguments hold no spaces.
    pub(crate) fn run(&self, line: &str) -> Done {
        self.run_with(&line.split(' ').collect::<Vec<_>>(), "")
    }

    /// Runs a command with `input` as its standard input.
    pub(crate) fn run_with(&self, arguments: &[&str], input: &str) -> Done {
        let mut child = self.command(arguments).stdin(Stdio::piped()).spawn().unwrap();
        // A command that reads nothing may be gone already.
        let _ = child.stdin.take().unwrap().write_all(input.as_bytes());
        Done::of(child)
    }

    /// Runs a command whose standard output is full.
    pub(crate) fn run_into_nothing(&self, line: &str) -> Done {
        let full = File::options().write(true).open("/dev/full").unwrap();
        let arguments: Vec<_> = line.split(' ').collect();
        Done::of(self.command(&arguments).stdin(Stdio::null()).stdout(full).spawn().unwrap())
    }

    /// Starts a command that goes on until it is told to stop.
    pub(crate) fn begin(&self, line: &str) -> Child {
        let arguments: Vec<_> = line.split(' ').collect();
        self.command(&arguments).stdin(Stdio::null()).spawn().unwrap()
    }

    /// Starts a server and waits until it is ready.
    pub(crate) fn serve(&self) -> Running {
        let mut child = self.command(&["serve"]).stdin(Stdio::null()).spawn().unwrap();
        let mut lines = BufReader::new(child.stderr.take().unwrap()).lines();
        let mut banner = String::new();
        loop {
            let Some(Ok(line)) = lines.next() else { panic!("it never was ready: {banner}") };
            banner.push_str(&line);
            banner.push('\n');
            if line.contains("Ready in") || line.contains("is ready") {
                break;
            }
        }
        let (said, rest) = mpsc::channel();
        thread::spawn(move || {
            let rest: Vec<String> = lines.map_while(Result::ok).collect();
            said.send(rest.join("\n"))
        });
        Running { child, banner, rest }
    }

    fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_tessera"));
        command
            .args(arguments)
            .current_dir(&self.database.folder)
            .env_clear()
            .envs(self.settings.iter().cloned())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped());
        command
    }
}

impl Done {
    fn of(child: Child) -> Self {
        let (done, ended) = mpsc::channel();
        thread::spawn(move || done.send(child.wait_with_output()));
        let output = ended.recv_timeout(PATIENCE).expect("the command ends").unwrap();
        Self {
            code: output.status.code().expect("no signal ended it"),
            out: String::from_utf8(output.stdout).unwrap(),
            err: String::from_utf8(output.stderr).unwrap(),
        }
    }

    /// Makes sure that it ended with `code`.
    #[track_caller]
    pub(crate) fn expect(self, code: i32) -> Self {
        assert_eq!(self.code, code, "out: {}\nerr: {}", self.out, self.err);
        self
    }

    /// The objects it answered, one a line.
    #[track_caller]
    pub(crate) fn objects(&self) -> Vec<Value> {
        self.out.lines().map(|line| serde_json::from_str(line).expect("a line is JSON")).collect()
    }
}

impl Running {
    /// The issuer that the banner states.
    pub(crate) fn issuer(&self) -> String {
        let line = self.banner.lines().find(|line| line.trim_start().starts_with("Issuer"));
        line.unwrap().split_whitespace().nth(1).unwrap().to_owned()
    }

    /// Sends a signal, such as `TERM`.
    pub(crate) fn signal(&self, signal: &str) {
        let process = self.child.id().to_string();
        let sent = Command::new("kill").args(["-s", signal, &process]).status().unwrap();
        assert!(sent.success());
    }

    /// Sends a signal and waits for the end. Returns the exit code, `None` for an end by the
    /// signal, and what was said since the server was ready.
    pub(crate) fn end_by(self, signal: &str) -> (Option<i32>, String) {
        self.signal(signal);
        self.wait()
    }

    /// Waits for the end, after a signal.
    pub(crate) fn wait(mut self) -> (Option<i32>, String) {
        let code = self.child.wait().unwrap().code();
        (code, self.rest.recv_timeout(PATIENCE).unwrap())
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        // Gone already, where the test ended it.
        let _ = self.child.kill();
        let _ = self.child.wait();
        let _ = self.child.stdout.take().map(|mut out| out.read_to_end(&mut Vec::new()));
    }
}
