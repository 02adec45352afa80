//! Lends connections to the host in use, and waits for what it does while it is in use.

use std::{future::Future, io, sync::Arc, time::Duration};

use sqlx::{Postgres, pool::PoolConnection};

use super::{
    super::{
        NoHost, Result,
        error::{ends_connection, is_read_only},
        settle::within,
    },
    Hosts,
};

/// How long something may take before it is doubted that its host is still there.
const SLOW: Duration = Duration::from_secs(1);

/// How long to wait for another look before a connection is tried again.
const PAUSE: Duration = Duration::from_millis(100);

/// A connection, and the number of the host that it leads to.
pub(in super::super) struct Lent {
    pub(in super::super) connection: PoolConnection<Postgres>,
    pub(in super::super) number: u64,
}

impl Hosts {
    /// Borrows a connection to the host in use. Waits for a host to be found where there is none.
    ///
    /// # Errors
    ///
    /// [`super::super::Error::NoHost`] or [`super::super::Error::Unavailable`] if none can be had within the time limit.
    pub(in super::super) async fn acquire(&self) -> Result<Lent> {
        if !self.are_chosen_from {
            let primary = self.primary();
            let connection = within(self.timeout, primary.pool.acquire()).await?;
            return Ok(Lent { connection, number: primary.number });
        }
        let mut last = None;
        match tokio::time::timeout(self.timeout, self.try_to_acquire(&mut last)).await {
            Ok(acquired) => Ok(acquired?),
            Err(_) => {
                self.doubt();
                self.are_there()?;
                Err(last.unwrap_or(sqlx::Error::PoolTimedOut).into())
            }
        }
    }

    /// Tries until there is a connection, on whatever host is found to take writes. `last` is what
    /// went wrong last.
    async fn try_to_acquire(&self, last: &mut Option<sqlx::Error>) -> sqlx::Result<Lent> {
        let mut in_use = self.in_use.subscribe();
        loop {
            let found = in_use.wait_for(|in_use| in_use.lost.is_none()).await;
            let primary = found.map(|in_use| Arc::clone(&in_use.primary));
            let primary = primary.map_err(|_| sqlx::Error::PoolClosed)?;
            let (number, pool) = (primary.number, &primary.pool);
            let acquired = tokio::select! {
                biased;
                acquired = self.wait(number, pool.acquire()) => acquired,
                _ = in_use.changed() => continue,
            };
            match acquired {
                Ok(connection) => return Ok(Lent { connection, number }),
                Err(sqlx::Error::PoolClosed) if self.is_in_use(number) => {
                    return Err(sqlx::Error::PoolClosed);
                }
                Err(error) => *last = Some(error),
            }
            self.doubt();
            let _ = tokio::time::timeout(PAUSE, in_use.changed()).await;
        }
    }

    /// Waits for what the host of that number does, unless another takes its place meanwhile: then
    /// nothing is known of what was asked of it.
    pub(in super::super) async fn wait<T>(
        &self,
        number: u64,
        work: impl Future<Output = sqlx::Result<T>>,
    ) -> sqlx::Result<T> {
        if !self.are_chosen_from {
            return work.await;
        }
        let slow = tokio::time::sleep(SLOW);
        tokio::pin!(work, slow);
        let mut is_slow = false;
        loop {
            tokio::select! {
                biased;
                outcome = &mut work => {
                    self.note(number, &outcome);
                    return outcome;
                }
                () = self.replaced(number) => {
                    return Err(io::Error::other("another host took over").into());
                }
                () = &mut slow, if !is_slow => {
                    is_slow = true;
                    self.doubt();
                }
            }
        }
    }

    /// Returns when another host is used than that of the number.
    pub(in super::super) async fn replaced(&self, number: u64) {
        let mut in_use = self.in_use.subscribe();
        let replaced = in_use.wait_for(|in_use| in_use.primary.number != number).await.is_ok();
        if !replaced {
            std::future::pending::<()>().await;
        }
    }

    /// Draws its conclusions from what a host answered.
    fn note<T>(&self, number: u64, outcome: &sqlx::Result<T>) {
        let Err(error) = outcome else { return };
        if is_read_only(error) {
            let says = "the host in use takes no writes any more".into();
            self.lose(number, NoHost { says, is_refused: false });
            self.doubt();
        } else if error.as_database_error().is_none() || ends_connection(error) {
            self.doubt();
        }
    }

    /// Uses the host of that number no more, until a look finds that it can be used. Whoever asks
    /// why is told what was found last.
    pub(super) fn lose(&self, number: u64, why: NoHost) {
        self.in_use.send_if_modified(|in_use| {
            if in_use.primary.number != number {
                return false;
            }
            in_use.lost.replace(why).is_none()
        });
    }
}
