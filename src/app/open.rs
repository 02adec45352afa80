//! Opening everything in order: the store, the master key, the envelope keys, the signing keys.

use std::{
    path::PathBuf,
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicI64},
    },
};

use arc_swap::ArcSwap;
use tokio::sync::Semaphore;
use uuid::Uuid;

use crate::{
    config::{Config, Migrate, StoreUrl},
    hashing::Hasher,
    model::{
        id::uuid_v7, issuer::Issuer, secret::Random, signature_algorithm::SignatureAlgorithm,
        timestamp::Timestamp, token_format::TokenFormat, token_string::TokenStringForm,
    },
    store::{self, Address, CacheOptions, Migrations, OpenOptions, Store},
    tokens::{self, KeySet, MasterKey, Policy, RefreshPolicy, ReusePolicy, Sealer, Tokens},
};

use super::{
    App, Clock, IgnoredForwarding, LastUses, MOST_FOLLOWERS, NodesDiffer, OwnFigures, Parts,
    Refusals, Tally, host_name, master, user_jwts,
};

/// An app, and what was done for the first time to open it.
#[derive(Debug)]
pub struct Opened {
    /// The app.
    pub app: App,
    /// Whether the database was empty.
    pub new_store: bool,
    /// Where a master key was just made.
    pub new_master_key: Option<PathBuf>,
    /// The name of the signing key, if it was just made.
    pub new_signing_key: Option<String>,
}

/// Why an app could not be opened.
#[derive(Debug, thiserror::Error)]
pub enum OpenError {
    /// The store could not be opened.
    #[error("can't open the store")]
    Store(#[from] store::Error),
    /// The master key could not be had.
    #[error("can't use the master key: {problem}")]
    MasterKey {
        /// What is wrong.
        problem: String,
        /// What to do.
        remedy: String,
    },
    /// A secret that signs JWTs for people could not be had.
    #[error("can't sign JWTs: {problem}")]
    JwtSecret {
        /// What is wrong.
        problem: String,
        /// What to do.
        remedy: String,
    },
    /// What is sealed could not be opened, or a key not be made.
    #[error("can't load the keys")]
    Keys(#[from] tokens::Error),
}

impl App {
    /// Opens everything that `config` names. Where that is no store, there are neither clients nor
    /// keys before the declared files were taken.
    ///
    /// # Errors
    ///
    /// An [`OpenError`] that tells which of it could not be opened, and why.
    pub async fn open(
        config: Config,
        issuer: Issuer,
        clock: Clock,
        random: Random,
    ) -> Result<Opened, OpenError> {
        let now = clock.now();
        // First: nothing is written for a server that will not start.
        let user_jwts = user_jwts::load(&config)?;
        let node = uuid_v7(now, &random);
        if !config.store.enabled {
            let store = Store::disabled(cache_options(&config), node);
            let sealer = Sealer::in_memory(random.clone(), now)?;
            let whole = (store, sealer, KeySet::default(), node);
            let app = Self::of(whole, config, issuer, (clock, random));
            app.tokens.change_user_jwts(user_jwts);
            let (new_store, new_master_key, new_signing_key) = (false, None, None);
            return Ok(Opened { app, new_store, new_master_key, new_signing_key });
        }
        let store = Store::connect(&open_options(&config, node)).await?;
        let new_store = store.schema().await? == 0;
        store.migrate(migrations(&config)).await?;

        let master = master::find(&config, &store, &random).await?;
        let master_key = MasterKey::new(&master.bytes);
        master::settle(&store, &master_key).await?;
        let sealer = Sealer::load(&store, master_key, random.clone(), now).await?;

        let keys = KeySet::default();
        keys.reload(&store, &sealer).await?;
        let algorithm = config.tokens.access.algorithm;
        let had_key = keys.signing(algorithm).is_some();
        Box::pin(ensure_keys((&store, &keys, &sealer), &config, (&random, now))).await?;
        let new_signing_key =
            keys.signing(algorithm).filter(|_| !had_key).map(|key| key.kid.clone());

        let app = Self::of((store, sealer, keys, node), config, issuer, (clock, random));
        app.tokens.change_user_jwts(user_jwts);
        Ok(Opened { app, new_store, new_master_key: master.made_at, new_signing_key })
    }

    /// Puts the parts together.
    fn of(
        (store, sealer, keys, node): (Store, Sealer, KeySet, Uuid),
        config: Config,
        issuer: Issuer,
        (clock, random): (Clock, Random),
    ) -> Self {
        let policy = policy(&config, issuer.clone());
        let tokens =
            Tokens::new(store.clone(), Arc::new(keys), Arc::new(sealer), random.clone(), policy);
        Self(Arc::new(Parts {
            node,
            hasher: Hasher::new(random.clone()),
            outbox: crate::mail::Outbox::new(),
            last_uses: LastUses::default(),
            refusals: Refusals::default(),
            tally: Tally::default(),
            followers: Arc::new(Semaphore::new(MOST_FOLLOWERS)),
            own_figures: OwnFigures::default(),
            ignored_forwarding: IgnoredForwarding::default(),
            nodes_differ: NodesDiffer::default(),
            config: ArcSwap::from_pointee(config),
            issuer,
            store,
            tokens,
            random,
            is_stopping: AtomicBool::new(false),
            keys_read_at: AtomicI64::new(clock.now().0),
            clock,
        }))
    }
}

/// Makes sure that whatever signs for the settings, or for a client, has a key.
pub(super) async fn ensure_keys(
    (store, keys, sealer): (&Store, &KeySet, &Sealer),
    config: &Config,
    (random, now): (&Random, Timestamp),
) -> Result<(), OpenError> {
    let id_tokens = config.tokens.id_algorithm;
    let all = SignatureAlgorithm::ALL;
    let of_clients = store.read().await?.algorithms_of_clients(id_tokens, all).await?;
    for algorithm in config.algorithms().chain(of_clients) {
        keys.ensure(store, sealer, algorithm, (random, now)).await?;
    }
    Ok(())
}

/// How to open the store that `config` names, as the node of that name.
#[must_use]
pub fn open_options(config: &Config, node: Uuid) -> OpenOptions {
    OpenOptions {
        address: match &config.store.url {
            StoreUrl::Sqlite(path) => Address::Sqlite(path.clone()),
            StoreUrl::Postgres(url) => Address::Postgres(url.clone()),
        },
        connections: config.store.connections,
        timeout: config.store.timeout,
        migrations: migrations(config),
        cache: cache_options(config),
        node,
        name: host_name(),
    }
}

fn cache_options(config: &Config) -> CacheOptions {
    CacheOptions { enabled: config.cache.enabled, entries: config.cache.entries.into() }
}

fn migrations(config: &Config) -> Migrations {
    match config.store.migrate {
        Migrate::Auto => Migrations::Auto,
        Migrate::Check => Migrations::Check,
    }
}

pub(super) fn policy(config: &Config, issuer: Issuer) -> Policy {
    let reference = &config.tokens.reference;
    Policy {
        issuer,
        // Whatever the settings say, nothing could keep what a reference stands for.
        access_format: if config.store.enabled {
            config.tokens.access.format
        } else {
            TokenFormat::Jwt
        },
        access_algorithm: config.tokens.access.algorithm,
        id_algorithm: config.tokens.id_algorithm,
        password_class: config.sessions.acr.clone(),
        access_lifetime: config.tokens.access_lifetime,
        refresh: RefreshPolicy {
            format: config.tokens.refresh.format,
            rotate: config.tokens.refresh.rotate,
            sliding: config.tokens.refresh.sliding,
            reuse_leeway: config.tokens.refresh.reuse_leeway,
            lifetime: config.tokens.refresh_lifetime,
            absolute: config.tokens.refresh_absolute,
        },
        reuse: ReusePolicy {
            references: config.tokens.reuse,
            min_remaining: config.tokens.reuse_min_remaining,
            jwts: config.tokens.jwt_previous,
            retries: config.persistence.retry_count,
        },
        reference: TokenStringForm {
            locator: reference.locator,
            prefix: reference.prefix.clone(),
            checksum: reference.checksum,
        },
        keep_ended: config.tokens.keep_ended,
        user_snapshot: config.personal_tokens.user_snapshot,
        remembered: if config.cache.enabled { config.cache.entries.into() } else { 0 },
    }
}
