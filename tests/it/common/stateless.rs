//! Servers without a store, and what stands in for one.

use std::{
    path::Path,
    sync::{Arc, atomic::AtomicI64},
};

use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use tessera::{
    acts::{self, declared},
    config::{self, Wrong},
    model::{client_id::ClientId, secret::Sha256},
};

use super::{Engine, TestClient, TestDatabase, TestServer, server::START};

/// The name of a server without a store that keeps its keys in memory.
pub const LOCAL: &str = "http://localhost:8080";

/// A machine with a secret that can be looked up, and the lines that declare it with `settings`.
pub fn machine(name: &str, settings: &str) -> (TestClient, String) {
    let secret = format!("tsk_{name}");
    let hash = URL_SAFE_NO_PAD.encode(Sha256::of(secret.as_bytes()).as_bytes());
    let lines = format!(
        "[[clients]]\nclient_id = \"{name}\"\n{settings}\n[[clients.secrets]]\n\
         hint = \"abcdef\"\nverifier = \"sha256:{hash}\"\n"
    );
    (TestClient { id: ClientId::parse(name).unwrap(), secret }, lines)
}

/// A client that may read, an API that may ask about what it holds, and the file that declares both.
pub fn declared() -> (TestClient, TestClient, String) {
    let (mailer, first) = machine("mailer", "scope = \"read\"");
    let (api, second) = machine("api", "grant_types = []");
    let rest = "[[scopes]]\nscope = \"read\"\n\n[[resource_servers]]\n\
                audience = \"https://api.example\"\nscope = \"read\"\nis_default = true\n\
                introspectors = [\"api\"]\n";
    (mailer, api, format!("{first}\n{second}\n{rest}"))
}

impl TestServer {
    /// A server without a store that holds what a file declares. Its database is a folder alone.
    pub async fn without_store(declared: &str) -> Self {
        let settings = [("TESSERA_STORE__ENABLED", "false"), ("TESSERA_SERVER__ISSUER", LOCAL)];
        let settings = settings.map(|(name, value)| (name.to_owned(), value.to_owned()));
        let config = config::parse(None, settings).unwrap().config;
        let database = TestDatabase::create(Engine::Sqlite).await;
        let now = Arc::new(AtomicI64::new(START.0));
        let server = Box::pin(Self::start(database, config, now)).await.unwrap();
        server.hold(declared).await.unwrap();
        server
    }

    /// Reads another declared file, as a start and a reload do.
    pub async fn hold(&self, text: &str) -> acts::Result<declared::Settled> {
        let nothing = |_: &_| Err(Wrong::new("is not there", "write a value"));
        let file = declared::DeclaredFile::gather("state.toml".into(), text.into(), nothing);
        declared::hold(&self.app, &[file], &self.app.config()).await
    }
}

/// The names of the files in a folder, in order.
pub fn files_in(folder: &Path) -> Vec<String> {
    let entries = std::fs::read_dir(folder).unwrap();
    let mut names: Vec<String> =
        entries.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
    names.sort();
    names
}
