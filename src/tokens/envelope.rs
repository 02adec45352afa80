//! Envelope keys: one a period, sealed under the master key, so that another master key costs as
//! many rows as there were periods and touches no token.

use std::{
    collections::BTreeMap,
    sync::{Arc, PoisonError, RwLock},
};

use aws_lc_rs::aead::{AES_256_GCM_SIV, LessSafeKey, UnboundKey};
use zeroize::Zeroizing;

use crate::{
    model::{
        secret::{Random, same},
        timestamp::Timestamp,
    },
    store::{Store, Transaction},
};

use super::{
    Error, MasterKey, Result, Sealer,
    marks::is_mark,
    seal::{Belonging, open_with},
};

/// How long one envelope key seals: 90 days in milliseconds.
const PERIOD: i64 = 90 * 24 * 60 * 60 * 1000;

impl Sealer {
    /// A sealer whose keys are drawn now, stand nowhere and end with this process: for what is kept
    /// in memory only, where there is no store.
    ///
    /// # Errors
    ///
    /// [`Error::Cryptography`] if the library refuses, which it has no reason to.
    pub fn in_memory(random: Random, now: Timestamp) -> Result<Self> {
        let master = MasterKey::new(&Zeroizing::new(random.bytes::<32>()));
        let bytes = Zeroizing::new(random.bytes::<32>());
        let key = UnboundKey::new(&AES_256_GCM_SIV, &*bytes)
            .map_err(|_| Error::Cryptography("take an envelope key"))?;
        let keys = RwLock::new(BTreeMap::from([(period(now), LessSafeKey::new(key))]));
        let (master, marks) = (RwLock::new(Arc::new(master)), RwLock::default());
        Ok(Self { master, random, keys, marks })
    }

    /// Makes the envelope key of the period of `now` where it is missing, and reads what other
    /// nodes made.
    ///
    /// # Errors
    ///
    /// [`Error::Store`], [`Error::OtherMaster`] if the master key was replaced meanwhile, and
    /// [`Error::Unsealable`] if it opens one of them not.
    pub async fn renew(&self, store: &Store, now: Timestamp) -> Result<()> {
        self.learn(store).await?;
        let period = period(now);
        if self.knows(period) {
            return Ok(());
        }
        if self.add(store, period, now).await? {
            tracing::info!(
                event = "envelope_key.made",
                envelope_key.id = period,
                "made envelope key {period}, which seals from now on"
            );
        }
        self.learn(store).await
    }

    /// Draws an envelope key and adds it, unless its number is taken. Returns whether it did.
    ///
    /// # Errors
    ///
    /// [`Error::Store`], and [`Error::OtherMaster`] if the master key was replaced meanwhile.
    pub(super) async fn add(&self, store: &Store, id: i64, now: Timestamp) -> Result<bool> {
        let master = self.master();
        let fresh = Zeroizing::new(self.random.bytes::<32>());
        let sealed = self.wrap(&master, id, &*fresh)?;
        let mut transaction = store.begin().await?;
        if !transaction.hold_master_check(&master.check_value()).await? {
            transaction.roll_back().await?;
            return Err(Error::OtherMaster);
        }
        let is_first = transaction.insert_seal_key(id, &sealed, now).await?;
        transaction.commit().await?;
        Ok(is_first)
    }

    /// Reads the envelope keys that are not known here yet.
    ///
    /// # Errors
    ///
    /// As [`Sealer::renew`].
    pub(super) async fn learn(&self, store: &Store) -> Result<()> {
        let rows = store.read().await?.seal_keys().await?;
        let unknown: Vec<_> = rows.into_iter().filter(|(id, _)| !self.knows(*id)).collect();
        if unknown.is_empty() {
            return Ok(());
        }
        let master = self.master();
        for (id, sealed) in unknown {
            let Some(bytes) = unwrap(&master, id, sealed) else {
                return Err(self.why_not(store, id).await?);
            };
            if is_mark(id) {
                self.take_mark(id, &bytes);
                continue;
            }
            let key = UnboundKey::new(&AES_256_GCM_SIV, &bytes)
                .map_err(|_| Error::Cryptography("take an envelope key"))?;
            let mut keys = self.keys.write().unwrap_or_else(PoisonError::into_inner);
            keys.insert(id, LessSafeKey::new(key));
        }
        Ok(())
    }

    /// Why an envelope key does not open: because another master key is in force, or it was
    /// altered.
    async fn why_not(&self, store: &Store, id: i64) -> Result<Error> {
        let is_ours = self.has_master_in_force(store).await?;
        let altered = || Error::Unsealable(format!("envelope key {id}"));
        Ok(if is_ours { altered() } else { Error::OtherMaster })
    }

    /// Whether the master key in force is the one that this process has.
    ///
    /// # Errors
    ///
    /// [`Error::Store`].
    pub async fn has_master_in_force(&self, store: &Store) -> Result<bool> {
        let in_force = store.read().await?.master_check().await?;
        let ours = self.master().check_value();
        Ok(in_force.is_some_and(|in_force| same(&in_force, &ours)))
    }

    /// Seals every envelope key anew, under `new`, and puts it in force in place of the master key
    /// that this process has. Nothing that the envelope keys seal is touched. Returns how many
    /// there are.
    ///
    /// # Errors
    ///
    /// [`Error::OtherMaster`] if ours is in force no more: then nothing was done.
    /// [`Error::Unsealable`] if ours opens one of them not.
    pub async fn rewrap(&self, transaction: &mut Transaction, new: &MasterKey) -> Result<usize> {
        let old = self.master();
        let (old_check, new_check) = (old.check_value(), new.check_value());
        // First: from here on, nobody adds an envelope key under the old master key.
        if !transaction.replace_master_check(&old_check, &new_check).await? {
            return Err(Error::OtherMaster);
        }
        let rows = transaction.seal_keys().await?;
        for (id, sealed) in &rows {
            let altered = || Error::Unsealable(format!("envelope key {id}"));
            let key = unwrap(&old, *id, sealed.clone()).ok_or_else(altered)?;
            let anew = self.wrap(new, *id, &key)?;
            if !transaction.rewrap_seal_key(*id, sealed, &anew).await? {
                return Err(altered());
            }
        }
        Ok(rows.len())
    }

    /// Whether this process has this very master key.
    #[must_use]
    pub fn has_master(&self, key: &MasterKey) -> bool {
        same(&self.master().check_value(), &key.check_value())
    }

    /// Goes on with the master key that was just put in force.
    pub fn take_master(&self, new: MasterKey) {
        *self.master.write().unwrap_or_else(PoisonError::into_inner) = Arc::new(new);
    }

    /// The first moment at which an envelope key is needed that is not made at `now`.
    #[must_use]
    pub fn next_period(now: Timestamp) -> Timestamp {
        Timestamp((period(now) + 1).saturating_mul(PERIOD))
    }

    /// The master key that this process has.
    #[must_use]
    pub fn master(&self) -> Arc<MasterKey> {
        Arc::clone(&self.master.read().unwrap_or_else(PoisonError::into_inner))
    }

    fn wrap(&self, master: &MasterKey, id: i64, key: &[u8]) -> Result<Vec<u8>> {
        self.seal_with(master.wrap(), &Belonging::envelope_key(id), key)
    }

    fn knows(&self, id: i64) -> bool {
        if is_mark(id) {
            return self.known_mark(id).is_some();
        }
        self.keys.read().unwrap_or_else(PoisonError::into_inner).contains_key(&id)
    }
}

fn unwrap(master: &MasterKey, id: i64, sealed: Vec<u8>) -> Option<Zeroizing<Vec<u8>>> {
    open_with(master.wrap(), &Belonging::envelope_key(id), sealed).map(Zeroizing::new)
}

/// The number of the period that `now` lies in.
fn period(now: Timestamp) -> i64 {
    now.0.div_euclid(PERIOD)
}
