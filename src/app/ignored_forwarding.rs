//! Headers that name a caller's address and came from no trusted proxy.

use std::{
    net::IpAddr,
    sync::{Mutex, PoisonError},
};

/// Whether such headers come in, and from where the first one did. They are ignored; but if a proxy
/// of ours sends them, every caller seems to have its address, and the operator should know.
#[derive(Debug, Default)]
pub struct IgnoredForwarding(Mutex<Option<IpAddr>>);

impl IgnoredForwarding {
    /// Notes that one came from `peer`. Returns whether it was the first.
    pub fn note(&self, peer: IpAddr) -> bool {
        let mut first = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let is_first = first.is_none();
        first.get_or_insert(peer);
        is_first
    }

    /// Forgets who did: other proxies may be trusted now.
    pub fn forget(&self) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = None;
    }

    /// Who sent the first one since the start or the last reload, if anybody did.
    #[must_use]
    pub fn first(&self) -> Option<IpAddr> {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
