//! Backing up, restoring and copying whole stores, by the real program.

mod backing_up;
mod copying;
mod in_place;
mod killed;
mod place;
mod refusals;
mod restoring;
mod schema;

use std::{
    fs,
    path::{Path, PathBuf},
};

use serde_json::Value;

use crate::common::{
    Engine, TestClient, TestDatabase,
    http::HttpConnection,
    process::{Outcome, Process, Program},
};

/// The master key of every store here, unless it is another's turn.
const KEY: &str = "oKGio6SlpqeoqaqrrK2ur7CxsrO0tba3uLm6u7y9vr8=";

/// A master key that is another.
const OTHER_KEY: &str = "wMHCw8TFxsfIycrLzM3Oz9DR0tPU1dbX2Nna29zd3t8=";

/// A store, and the program on it.
struct Site {
    database: TestDatabase,
    program: Program,
}

/// What somebody holds who uses a store.
struct Holdings {
    client: TestClient,
    /// The same with the secret that it had before.
    before: TestClient,
    /// A plain reference, a located one and a JWT.
    live: Vec<String>,
    revoked: Vec<String>,
}

impl Site {
    /// A place where no store is yet.
    async fn new(engine: Engine) -> Self {
        let database = TestDatabase::create(engine).await;
        let program = Program::on(&database)
            .set("TESSERA_KEYS__MASTER", KEY)
            .set("TESSERA_LOG__LEVEL", "info")
            .set("TESSERA_STORE__CONNECTIONS", "8");
        Self { database, program }
    }

    /// The same with another setting.
    fn with(&self, name: &str, value: &str) -> Program {
        self.program.clone().set(name, value)
    }

    /// Makes a store that has something of everything.
    fn fill(&self) -> Holdings {
        let before = self.program.add_machine("mailer");
        let secret =
            self.program.run(&["client", "rotate-secret", "mailer", "--overlap", "7d"], "");
        let client = TestClient { secret: secret.trim().to_owned(), ..before.clone() };
        let audience = ["resource-server", "add", "https://api.example", "--scope", "read"];
        self.program.run(&audience, "");
        let programs = [
            self.program.clone(),
            self.with("TESSERA_TOKENS__REFERENCE__LOCATOR", "true"),
            // With a signing key of its own.
            self.with("TESSERA_TOKENS__ACCESS__FORMAT", "jwt")
                .set("TESSERA_TOKENS__ACCESS__ALGORITHM", "EdDSA"),
        ];
        let live = programs.iter().map(issue).collect();
        let revoked: Vec<_> = programs.iter().map(issue).collect();
        for token in &revoked {
            self.revoke(token);
        }
        Holdings { client, before, live, revoked }
    }

    fn revoke(&self, token: &str) {
        self.program.run(&["token", "revoke", "-"], token);
    }

    async fn serve(&self) -> (Process, HttpConnection) {
        let server = self.program.serve().await;
        let connection = server.connect().await.unwrap();
        (server, connection)
    }

    /// A path beside the store.
    fn path(&self, name: &str) -> PathBuf {
        self.database.folder.join(name)
    }

    /// The names of the files beside the store, those of locks and logs left out.
    fn files(&self) -> Vec<String> {
        let names = fs::read_dir(&self.database.folder).unwrap();
        let names = names.map(|entry| entry.unwrap().file_name().into_string().unwrap());
        let ends = [".lock", ".log"];
        let is_kept = |name: &String| !ends.iter().any(|end| name.ends_with(end));
        let mut names: Vec<_> = names.filter(is_kept).collect();
        names.sort();
        names
    }

    fn back_up(&self, path: &Path) -> Value {
        object(&self.program.run(&["db", "backup", text(path), "--json"], ""))
    }

    fn restore(&self, path: &Path, more: &[&str]) -> Outcome {
        self.program.attempt(&[&["db", "restore", text(path)], more].concat(), "")
    }

    fn copy_to(&self, target: &Site, more: &[&str]) -> Outcome {
        let url = target.database.url.as_str();
        self.program.attempt(&[&["db", "copy", url, "--json"], more].concat(), "")
    }

    /// Whether there is no store, or one with nothing in it.
    fn is_empty(&self) -> bool {
        let status = self.program.attempt(&["db", "status", "--json"], "");
        status.code == Some(3) || object(&status.out)["entries"] == 0
    }

    /// How many tokens the store has, by itself.
    async fn entries(&self) -> u64 {
        self.database.count("tokens").await
    }

    /// Adds so many entries, past the program.
    async fn stuff(&self, rows: u32) {
        let (series, hash) = match self.database.engine {
            Engine::Sqlite => (
                format!(
                    "WITH RECURSIVE series (n) AS
                         (SELECT 1 UNION ALL SELECT n + 1 FROM series WHERE n < {rows})"
                ),
                "randomblob(32)",
            ),
            Engine::Postgres => (
                format!("WITH series (n) AS (SELECT generate_series(1, {rows}))"),
                "sha256(int8send(n::bigint))",
            ),
        };
        let sql = format!(
            "{series}
             INSERT INTO tokens (entry_key, kind, type_name, format, status, client_id, scope,
                                 audience, jti_salt, reference_hash, payload, client_generation,
                                 global_generation, created_at, expires_at)
             SELECT 300000000000000000 + n, 'access', 'access', 'reference', 'valid', 'stuffing',
                    'read', 'https://api.example', n, {hash}, {hash}, 1, 1, 1, 4000000000000
             FROM series WHERE true"
        );
        assert_eq!(self.database.execute(&sql).await, u64::from(rows));
    }

    async fn remove(self) {
        self.database.remove().await;
    }
}

impl Holdings {
    /// What is in the hands of people and machines works as it did.
    async fn work_at(&self, site: &Site) {
        let (_server, mut connection) = site.serve().await;
        for client in [&self.client, &self.before] {
            for token in &self.live {
                assert!(connection.is_active(client, token).await.unwrap(), "{token}");
            }
            for token in &self.revoked {
                assert!(!connection.is_active(client, token).await.unwrap(), "{token}");
            }
            let token = connection.token(client).await.unwrap();
            assert!(connection.is_active(client, &token).await.unwrap());
        }
        connection.revoke(&self.client, &self.live[0]).await.unwrap();
        assert!(!connection.is_active(&self.client, &self.live[0]).await.unwrap());
    }

    /// No token works, whatever its form; secrets do, and what they get does.
    async fn are_ended_at(&self, site: &Site) {
        let (_server, mut connection) = site.serve().await;
        self.are_ended_on(&mut connection).await;
        let token = connection.token(&self.client).await.unwrap();
        assert!(connection.is_active(&self.client, &token).await.unwrap());
    }

    async fn are_ended_on(&self, connection: &mut HttpConnection) {
        for token in self.live.iter().chain(&self.revoked) {
            assert!(!connection.is_active(&self.client, token).await.unwrap(), "{token}");
        }
    }
}

fn issue(program: &Program) -> String {
    let out = program.run(&["token", "issue", "--client", "mailer", "--json"], "");
    object(&out)["access_token"].as_str().unwrap().to_owned()
}

fn object(text: &str) -> Value {
    serde_json::from_str(text).unwrap_or_else(|_| panic!("no JSON: {text}"))
}

fn text(path: &Path) -> &str {
    path.to_str().unwrap()
}

/// Asserts that a command refused, with this code and these words.
fn assert_refused(outcome: &Outcome, code: i32, words: &str) {
    assert_eq!(outcome.code, Some(code), "{outcome:?}");
    assert!(outcome.err.contains(words), "no {words:?} in {}", outcome.err);
    assert!(outcome.err.contains("next"), "no remedy: {}", outcome.err);
}
