//! When client secrets were last used: noted in memory, written now and then, so that no request
//! waits for it.

use std::{
    collections::HashMap,
    net::IpAddr,
    sync::{Mutex, PoisonError},
};

use uuid::Uuid;

use crate::{
    model::timestamp::Timestamp,
    store::{LastUse, Store},
};

/// Uses that wait to be written: one a secret, the latest.
#[derive(Debug, Default)]
pub struct LastUses(Mutex<HashMap<Uuid, LastUse>>);

impl LastUses {
    /// Notes that a secret was used.
    pub fn note(&self, secret_id: Uuid, at: Timestamp, from: IpAddr) {
        let mut waiting = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        waiting.insert(secret_id, LastUse { secret_id, at, from });
    }

    /// Writes what waits. What cannot be written waits on; without a store there is nowhere to.
    ///
    /// # Errors
    ///
    /// What the store says; the uses are kept.
    pub async fn write(&self, store: &Store) -> Result<(), crate::store::Error> {
        if store.is_disabled() {
            return Ok(());
        }
        for last in self.waiting() {
            store.write().await?.note_last_use(&last).await?;
            let mut waiting = self.0.lock().unwrap_or_else(PoisonError::into_inner);
            if waiting.get(&last.secret_id).is_some_and(|kept| kept.at == last.at) {
                waiting.remove(&last.secret_id);
            }
        }
        Ok(())
    }

    fn waiting(&self) -> Vec<LastUse> {
        let waiting = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        waiting.values().cloned().collect()
    }
}
