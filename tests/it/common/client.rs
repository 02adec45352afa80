//! A client as its developer sees it.

use base64::{Engine, engine::general_purpose::STANDARD};
use tessera::model::client_id::ClientId;

/// A registered client, with the secret that it keeps.
#[derive(Debug, Clone)]
pub struct TestClient {
    pub id: ClientId,
    pub secret: String,
}

impl TestClient {
    /// The value of its Basic header. Its secrets need no form encoding.
    pub fn basic(&self) -> String {
        format!("Basic {}", STANDARD.encode(format!("{}:{}", self.id, self.secret)))
    }
}
