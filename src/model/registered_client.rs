//! A client beside its secrets: all that is needed to find out whether it is itself.

use super::{client::Client, client_secret::ClientSecret, timestamp::Timestamp};

/// A client and its secrets.
#[derive(Debug, Clone)]
pub struct RegisteredClient {
    /// The client, whatever its status.
    pub client: Client,
    /// Its secrets, those included that have ended.
    pub secrets: Vec<ClientSecret>,
}

impl RegisteredClient {
    /// The secrets that open something at `now`.
    pub fn live_secrets(&self, now: Timestamp) -> impl Iterator<Item = &ClientSecret> {
        self.secrets.iter().filter(move |secret| secret.is_live(now))
    }
}
