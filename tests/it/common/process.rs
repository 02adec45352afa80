//! The real program, as a process of its own, and a client small enough to know what it was told.

use std::{
    ffi::OsStr,
    fs::{self, File},
    io::{Error, ErrorKind, Result},
    net::SocketAddr,
    path::PathBuf,
    process::{Child, Command, ExitStatus, Stdio},
};

use serde_json::Value;
use tokio::{
    io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader},
    net::TcpStream,
};

use super::{Engine, TestClient, TestDatabase, until::until};
use tessera::model::client_id::ClientId;

/// How to run the program on a database.
#[derive(Clone)]
pub struct Program {
    environment: Vec<(String, String)>,
    folder: PathBuf,
    file_limit: Option<u64>,
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
            ("TESSERA_METRICS__LISTEN", ""),
            ("TESSERA_LOG__LEVEL", "trace"),
        ];
        if database.engine == Engine::Postgres {
            environment
                .push(("TESSERA_KEYS__MASTER", "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8="));
        }
        let own = |(name, value): &(&str, &str)| ((*name).to_owned(), (*value).to_owned());
        let environment = environment.iter().map(own).collect();
        Self { environment, folder: database.folder.clone(), file_limit: None }
    }

    /// Sets one more setting, by the name of its variable.
    pub fn set(mut self, name: &str, value: &str) -> Self {
        self.environment.push((name.to_owned(), value.to_owned()));
        self
    }

    /// Lets no file grow beyond so many KiB, as if the disk were full: writing fails, reading goes
    /// on.
    pub fn with_file_limit(mut self, kib: u64) -> Self {
        self.file_limit = Some(kib);
        self
    }

    /// Adds a machine by the command line, as an operator would.
    pub fn add_machine(&self, name: &str) -> TestClient {
        let arguments = ["client", "add", name, "--kind", "machine", "--scope", "read"];
        let output = self.command(&arguments).output().unwrap();
        assert!(output.status.success(), "{output:?}");
        let secret = String::from_utf8(output.stdout).unwrap().trim().to_owned();
        TestClient { id: ClientId::parse(name).unwrap(), secret }
    }

    /// Starts a server and waits until it serves.
    pub async fn serve(&self) -> Process {
        let mut process = self.start();
        until("ready", async || {
            assert!(process.child.try_wait().unwrap().is_none(), "{}", process.log());
            process.log().lines().any(|line| line.contains("is ready"))
        })
        .await;
        process.address = listening_address(&process.log());
        process
    }

    /// Starts a server and does not wait.
    pub fn start(&self) -> Process {
        let log = self.folder.join("serve.log");
        let child = self.command(&["serve"]).stderr(File::create(&log).unwrap()).spawn().unwrap();
        Process { child, log, address: SocketAddr::from(([127, 0, 0, 1], 0)) }
    }

    fn command<S: AsRef<OsStr>>(&self, arguments: &[S]) -> Command {
        let program = env!("CARGO_BIN_EXE_tessera");
        let mut command = match self.file_limit {
            None => Command::new(program),
            Some(kib) => {
                // The signal that tells of the limit would end the process; ignored, the write
                // fails instead.
                let script = format!("trap '' XFSZ; ulimit -S -f {kib}; exec \"$0\" \"$@\"");
                let mut shell = Command::new("bash");
                shell.args(["-c", &script, program]);
                shell
            }
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
        let stream = TcpStream::connect(self.address).await?;
        stream.set_nodelay(true)?;
        Ok(HttpConnection(BufReader::new(stream)))
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
        let pid = self.id().to_string();
        assert!(Command::new("kill").args(["-TERM", &pid]).status().unwrap().success());
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

/// A connection that stays open, for one request after the other.
pub struct HttpConnection(BufReader<TcpStream>);

/// An answer that came whole.
#[derive(Debug)]
pub struct WholeAnswer {
    pub status: u16,
    pub head: String,
    pub body: String,
}

impl WholeAnswer {
    pub fn json(&self) -> Value {
        serde_json::from_str(&self.body).unwrap_or_else(|_| panic!("no JSON: {self:?}"))
    }
}

impl HttpConnection {
    /// Posts a form as `client`.
    ///
    /// An error means that the answer did not come whole: nothing was acknowledged.
    pub async fn post(
        &mut self,
        path: &str,
        client: &TestClient,
        form: &str,
    ) -> Result<WholeAnswer> {
        let request = format!(
            "POST {path} HTTP/1.1\r\nhost: id.example\r\nauthorization: {}\r\n\
             content-type: application/x-www-form-urlencoded\r\ncontent-length: {}\r\n\r\n{form}",
            client.basic(),
            form.len()
        );
        self.ask(&request).await
    }

    pub async fn get(&mut self, path: &str) -> Result<WholeAnswer> {
        self.ask(&format!("GET {path} HTTP/1.1\r\nhost: id.example\r\n\r\n")).await
    }

    async fn ask(&mut self, request: &str) -> Result<WholeAnswer> {
        self.0.write_all(request.as_bytes()).await?;
        let mut head = String::new();
        while !head.ends_with("\r\n\r\n") {
            if self.0.read_line(&mut head).await? == 0 {
                return Err(Error::from(ErrorKind::UnexpectedEof));
            }
        }
        let mut body = vec![0; content_length(&head)];
        self.0.read_exact(&mut body).await?;
        let status = head.split(' ').nth(1).and_then(|status| status.parse().ok()).unwrap();
        Ok(WholeAnswer { status, head, body: String::from_utf8(body).unwrap() })
    }
}

fn content_length(head: &str) -> usize {
    let mut lines = head.lines().filter_map(|line| line.split_once(':'));
    let length = lines.find(|(name, _)| name.eq_ignore_ascii_case("content-length"));
    length.and_then(|(_, value)| value.trim().parse().ok()).unwrap_or(0)
}

/// The address in the event that tells of the start.
fn listening_address(log: &str) -> SocketAddr {
    let mut events = log.lines().filter_map(|line| serde_json::from_str::<Value>(line).ok());
    let address = events.find_map(|event| event["listen"].as_str()?.parse().ok());
    address.unwrap_or_else(|| panic!("no address in {log}"))
}
