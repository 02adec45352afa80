//! A connection that is kept from one group to the next.

use std::{sync::Arc, time::Duration};

use super::{
    Error, Result,
    database::{Database, Purpose},
    engine::Handle,
    lease::moment,
};

/// How long an idle connection is believed to be there still.
pub(super) const IDLE_TRUST: Duration = Duration::from_secs(1);

/// How long a connection is kept, so that none outlives a change of the database's settings by far.
const LONGEST_LIFE: Duration = Duration::from_mins(30);

/// Who keeps a connection, and does not ask the pool for one each time: the pool would ask the
/// database for a sign of life whenever it is given one back.
pub(super) struct Keeper {
    database: Arc<Database>,
    purpose: Purpose,
    /// Whether groups of requests go through it.
    is_for_groups: bool,
    kept: Option<Handle>,
    /// When it was made and when it was last used, in milliseconds of [`moment`].
    made: u64,
    used: u64,
}

impl Keeper {
    /// Keeps a connection for groups of requests.
    pub(super) fn for_groups(database: Arc<Database>, purpose: Purpose) -> Self {
        Self { is_for_groups: true, ..Self::new(database, purpose) }
    }

    /// Keeps a connection for all else.
    pub(super) fn new(database: Arc<Database>, purpose: Purpose) -> Self {
        Self { database, purpose, is_for_groups: false, kept: None, made: 0, used: 0 }
    }

    /// The kept connection, if there is one and it is still good, or another.
    ///
    /// # Errors
    ///
    /// [`super::Error::Unavailable`] if none can be had within the store's time limit.
    pub(super) async fn take(&mut self) -> Result<Handle> {
        self.database.is_in_place()?;
        if let Some(mut kept) = self.kept.take()
            && self.database.is_in_use(kept.host)
            && since(self.made) < LONGEST_LIFE
            && (self.is_fresh() || kept.ping().await.is_ok())
        {
            return Ok(kept);
        }
        let mut borrowed = self.database.borrow(self.purpose).await?;
        if self.is_for_groups {
            borrowed.prepare_to_be_kept().await?;
        }
        self.made = moment();
        Ok(borrowed)
    }

    /// Keeps the connection for the next time, if it is fit for that after what came of its last
    /// use. The one connection that writes to SQLite goes back, since others wait for it.
    pub(super) fn put_back<T>(&mut self, handle: Handle, outcome: &Result<T>) {
        self.used = moment();
        let is_shared = self.database.is_sqlite() && self.purpose == Purpose::Write;
        let is_sound = match outcome {
            Err(error @ Error::Unavailable(_)) => error.is_lock_timeout(),
            _ => true,
        };
        if is_sound && handle.settled && !handle.in_transaction && !is_shared {
            self.kept = Some(handle);
        }
    }

    fn is_fresh(&self) -> bool {
        self.database.is_sqlite() || since(self.used) < IDLE_TRUST
    }
}

fn since(then: u64) -> Duration {
    Duration::from_millis(moment().saturating_sub(then))
}

impl Handle {
    /// Settles how PostgreSQL plans the statements of a connection that is kept: once, for any
    /// number of rows, and by index. Planning anew each time would cost more than running them,
    /// and a plan made while the tables are small would read them whole when they are large. Nor
    /// may a group wait long for a row that somebody else holds.
    async fn prepare_to_be_kept(&mut self) -> Result<()> {
        if self.database.is_sqlite() {
            return Ok(());
        }
        self.is_kept = true;
        self.query(
            "SELECT set_config('lock_timeout', '100', false),
                    set_config('plan_cache_mode', 'force_generic_plan', false),
                    set_config('enable_seqscan', 'off', false),
                    set_config('enable_hashjoin', 'off', false),
                    set_config('enable_mergejoin', 'off', false),
                    set_config('jit', 'off', false)",
        )
        .execute()
        .await
        .map(drop)
    }

    /// Lets the rest of the transaction, which holds what rows it needs, wait as long as any other
    /// statement: PostgreSQL lets one transaction at a time commit what it told.
    pub(super) async fn wait_for_turn(&mut self) -> Result<()> {
        let limit = self.database.timeout.as_millis().to_string();
        self.query("SELECT set_config('lock_timeout', $1, true)")
            .bind(limit)
            .execute()
            .await
            .map(drop)
    }
}

#[cfg(test)]
mod tests {
    use std::{env, fs, process};

    use uuid::Uuid;

    use super::{
        super::{Address, CacheOptions, Migrations, OpenOptions, Store},
        *,
    };

    /// Opening a file anew for every group would cost more than the group.
    #[tokio::test]
    async fn the_connection_that_writes_to_a_file_is_the_same_from_group_to_group() {
        let folder = env::temp_dir().join(format!("tessera_keeper_{}", process::id()));
        let store = Store::open(&OpenOptions {
            address: Address::Sqlite(folder.join("tessera.db")),
            connections: 8,
            timeout: Duration::from_secs(5),
            migrations: Migrations::Auto,
            cache: CacheOptions { enabled: false, entries: 0 },
            node: Uuid::nil(),
            name: String::new(),
        })
        .await
        .unwrap();
        let mut keeper = Keeper::for_groups(Arc::clone(&store.0.database), Purpose::Write);
        let mut handle = keeper.take().await.unwrap();
        handle.control("CREATE TEMP TABLE mine (number BIGINT)").await.unwrap();
        keeper.put_back(handle, &Ok(()));

        let mut handle = keeper.take().await.unwrap();
        let count: i64 = handle.query("SELECT COUNT(*) FROM mine").fetch_value().await.unwrap();

        assert_eq!(count, 0);
        drop(handle);
        store.close().await;
        fs::remove_dir_all(folder).unwrap();
    }
}
