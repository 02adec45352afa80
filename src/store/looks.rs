//! What requests look for: out of the cache where it holds, else read in groups.

use std::{collections::HashSet, sync::Arc};

use uuid::Uuid;

use crate::model::{
    client_id::ClientId, registered_client::RegisteredClient, resource_server::ResourceServer,
    signing_key::SigningKey, standing::StandingEntry, timestamp::Timestamp, token_type::TokenType,
    user::User,
};

use super::{Result, Store, reader::TokenName, users::UserKey};

impl Store {
    /// Finds the entry of a token, and all that decides on it.
    ///
    /// What the answer says was so at some moment after this was called, whichever node changed it
    /// last: an act that was acknowledged before is seen. Where there is no store, there is no entry.
    ///
    /// # Errors
    ///
    /// [`Error::Unavailable`](super::Error::Unavailable) and [`Error::Busy`](super::Error::Busy).
    pub async fn find_token(&self, name: TokenName) -> Result<Option<Arc<StandingEntry>>> {
        if self.is_disabled() {
            return Ok(None);
        }
        match self.0.cache.token(&name) {
            Some(found) => Ok(Some(found)),
            None => self.0.reader.token(name).await,
        }
    }

    /// Finds a client with its secrets, whatever its status. Fresh as [`Store::find_token`].
    ///
    /// # Errors
    ///
    /// [`Error::Unavailable`](super::Error::Unavailable) and [`Error::Busy`](super::Error::Busy).
    pub async fn find_registered_client(
        &self,
        client_id: &ClientId,
    ) -> Result<Option<Arc<RegisteredClient>>> {
        if let Some(held) = self.held() {
            return Ok(held.client(client_id));
        }
        match self.0.cache.client(client_id) {
            Some(found) => Ok(Some(found)),
            None => self.0.reader.client(client_id.clone()).await,
        }
    }

    /// Finds a user, whatever the status. Fresh as [`Store::find_token`].
    ///
    /// # Errors
    ///
    /// [`Error::Unavailable`](super::Error::Unavailable) and [`Error::Busy`](super::Error::Busy).
    pub async fn find_user(&self, key: UserKey) -> Result<Option<Arc<User>>> {
        if let Some(held) = self.held() {
            return Ok(held.user(&key));
        }
        match self.0.cache.user(&key) {
            Some(found) => Ok(Some(found)),
            None => self.0.reader.user(key).await,
        }
    }

    /// A user, whatever the status, if they are kept and what is kept holds. The store is not asked.
    #[must_use]
    pub fn kept_user(&self, key: &UserKey) -> Option<Arc<User>> {
        self.held().map_or_else(|| self.0.cache.user(key), |held| held.user(key))
    }

    /// As [`Store::find_user`], and always asks the store: whether there is such a user shows in
    /// nothing that it takes.
    ///
    /// # Errors
    ///
    /// [`Error::Unavailable`](super::Error::Unavailable) and [`Error::Busy`](super::Error::Busy).
    pub async fn look_for_user(&self, key: UserKey) -> Result<Option<Arc<User>>> {
        match self.held() {
            Some(held) => Ok(held.user(&key)),
            None => self.0.reader.user(key).await,
        }
    }

    /// When the tokens of a user, or all of the server's, were last ended, as far as anybody noted
    /// it. Where there is no store, nobody could.
    ///
    /// # Errors
    ///
    /// [`Error::Unavailable`](super::Error::Unavailable) and [`Error::Busy`](super::Error::Busy).
    pub async fn tokens_ended_at(&self, user_id: Uuid) -> Result<Option<Timestamp>> {
        if self.is_disabled() {
            return Ok(None);
        }
        self.read().await?.tokens_ended_at(user_id).await
    }

    /// Every resource server. Fresh as [`Store::find_token`].
    ///
    /// # Errors
    ///
    /// [`Error::Unavailable`](super::Error::Unavailable) and [`Error::Busy`](super::Error::Busy).
    pub async fn resource_servers(&self) -> Result<Arc<Vec<ResourceServer>>> {
        if let Some(held) = self.held() {
            return Ok(held.resource_servers());
        }
        match self.0.cache.whole(|cache| &cache.resource_servers) {
            Some(found) => Ok(found),
            None => self.0.reader.resource_servers().await,
        }
    }

    /// The generation of the whole server. Fresh as [`Store::find_token`].
    pub(super) async fn generation(&self) -> Result<i64> {
        match self.0.cache.whole(|cache| &cache.generation) {
            Some(found) => Ok(*found),
            None => self.0.reader.generation().await.map(|found| *found),
        }
    }

    /// Every token type, removed ones too, by name without case. Fresh as [`Store::find_token`].
    ///
    /// # Errors
    ///
    /// [`Error::Unavailable`](super::Error::Unavailable) and [`Error::Busy`](super::Error::Busy).
    pub async fn token_types(&self) -> Result<Arc<Vec<TokenType>>> {
        if self.is_disabled() {
            return Ok(Arc::default());
        }
        match self.0.cache.whole(|cache| &cache.token_types) {
            Some(found) => Ok(found),
            None => self.0.reader.token_types().await,
        }
    }

    /// The origins that active clients registered. Fresh as [`Store::find_token`].
    ///
    /// # Errors
    ///
    /// [`Error::Unavailable`](super::Error::Unavailable) and [`Error::Busy`](super::Error::Busy).
    pub async fn cors_origins(&self) -> Result<Arc<HashSet<String>>> {
        if let Some(held) = self.held() {
            return Ok(held.cors_origins());
        }
        match self.0.cache.whole(|cache| &cache.cors_origins) {
            Some(found) => Ok(found),
            None => self.0.reader.cors_origins().await,
        }
    }

    /// Every signing key that signs or is published, oldest first. Fresh as [`Store::find_token`].
    ///
    /// # Errors
    ///
    /// [`Error::Unavailable`](super::Error::Unavailable) and [`Error::Busy`](super::Error::Busy).
    pub async fn signing_keys(&self) -> Result<Arc<Vec<SigningKey>>> {
        if let Some(held) = self.held() {
            return Ok(held.signing_keys());
        }
        match self.0.cache.whole(|cache| &cache.signing_keys) {
            Some(found) => Ok(found),
            None => self.0.reader.signing_keys().await,
        }
    }

    /// The same, read anew: also what another node has made and not yet announced to us.
    ///
    /// # Errors
    ///
    /// [`Error::Unavailable`](super::Error::Unavailable) and [`Error::Busy`](super::Error::Busy).
    pub async fn signing_keys_by_now(&self) -> Result<Arc<Vec<SigningKey>>> {
        match self.held() {
            Some(held) => Ok(held.signing_keys()),
            None => self.0.reader.signing_keys().await,
        }
    }
}
