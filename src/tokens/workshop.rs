//! What issuing, presenting and ending tokens have in common.

use std::{sync::Arc, time::Duration};

use arc_swap::{ArcSwap, ArcSwapOption};

use crate::{
    model::{
        authentication_class::AuthenticationClass,
        issuer::Issuer,
        reuse::{PreviousJwt, Reuse},
        secret::Random,
        signature_algorithm::SignatureAlgorithm,
        token_format::TokenFormat,
        token_string::TokenStringForm,
        user_snapshot::UserSnapshot,
    },
    store::{self, Store},
};

use super::{
    key_set::KeySet, later::UnseenEnds, refresh::KeptReplays, remembered::Remembered, seal::Sealer,
    typed::Turns, user_jwt::UserJwts,
};

/// How tokens are made where neither client nor token type says otherwise.
#[derive(Debug, Clone)]
pub struct Policy {
    /// The server's name on the wire.
    pub issuer: Issuer,
    /// The format of access tokens.
    pub access_format: TokenFormat,
    /// The algorithm of JWT access tokens.
    pub access_algorithm: SignatureAlgorithm,
    /// The algorithm of ID tokens.
    pub id_algorithm: SignatureAlgorithm,
    /// What they state as `acr` of a sign-in by password.
    pub password_class: Option<AuthenticationClass>,
    /// How long access tokens live.
    pub access_lifetime: Duration,
    /// How refresh tokens are made.
    pub refresh: RefreshPolicy,
    /// What becomes of the token that a client has when it asks for another one.
    pub reuse: ReusePolicy,
    /// How reference tokens are written.
    pub reference: TokenStringForm,
    /// How long an entry is kept after its token's end.
    pub keep_ended: Duration,
    /// What the personal tokens of a user say of them.
    pub user_snapshot: UserSnapshot,
    /// How many opened payloads and verified JWTs are remembered.
    pub remembered: u64,
}

/// How refresh tokens are made where the client does not say otherwise.
#[derive(Debug, Clone)]
pub struct RefreshPolicy {
    /// Their format.
    pub format: TokenFormat,
    /// Whether each use brings another one.
    pub rotate: bool,
    /// Whether each use counts the lifetime anew.
    pub sliding: bool,
    /// How long after a use its answer is given again.
    pub reuse_leeway: Duration,
    /// How long they live.
    pub lifetime: Duration,
    /// How long a family lasts.
    pub absolute: Duration,
}

/// What becomes of the token that a client has when it asks for another one.
#[derive(Debug, Clone, Copy)]
pub struct ReusePolicy {
    /// Where it is a reference.
    pub references: Reuse,
    /// How long a reference has to be good to be told again: a second at least.
    pub min_remaining: Duration,
    /// Where it is a JWT.
    pub jwts: PreviousJwt,
    /// How often a token is tried again whose slot another one took meanwhile.
    pub retries: u32,
}

/// Everything that tokens are made and judged with.
#[derive(Debug)]
pub struct Tokens {
    pub(super) store: Store,
    pub(super) keys: Arc<KeySet>,
    pub(super) sealer: Arc<Sealer>,
    pub(super) random: Random,
    policy: ArcSwap<Policy>,
    user_jwts: ArcSwapOption<UserJwts>,
    pub(super) remembered: Remembered,
    pub(super) turns: Turns,
    pub(super) replays: KeptReplays,
    pub(super) unseen_ends: UnseenEnds,
}

/// Why a token could not be made or looked at. Never the caller's fault.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The store could not do as asked.
    #[error(transparent)]
    Store(#[from] store::Error),
    /// Something sealed cannot be opened: it was altered, or its key is gone.
    #[error("what is sealed in {0} cannot be opened")]
    Unsealable(String),
    /// The master key was replaced, and this process still has the old one.
    #[error("another master key is in force; set keys.master to it and restart")]
    OtherMaster,
    /// The cryptographic library refused.
    #[error("the cryptographic library refused to {0}")]
    Cryptography(&'static str),
    /// Others took the slot of a token as often as it was tried.
    #[error("others asked for the same token at once, and took its slot each time")]
    Contended,
    /// Several draws in a row met a key that was taken.
    #[error("no free entry key was found")]
    NoFreeKey,
}

/// The result of anything in this room.
pub type Result<T, E = Error> = std::result::Result<T, E>;

impl Tokens {
    /// Puts the tools together.
    #[must_use]
    pub fn new(
        store: Store,
        keys: Arc<KeySet>,
        sealer: Arc<Sealer>,
        random: Random,
        policy: Policy,
    ) -> Self {
        let remembered = Remembered::new(policy.remembered);
        let policy = ArcSwap::from_pointee(policy);
        let user_jwts = ArcSwapOption::empty();
        let turns = Turns::default();
        let (replays, unseen_ends) = (KeptReplays::default(), UnseenEnds::default());
        Self {
            store,
            keys,
            sealer,
            random,
            policy,
            user_jwts,
            remembered,
            turns,
            replays,
            unseen_ends,
        }
    }

    /// How tokens are made at this moment where nobody says otherwise.
    #[must_use]
    pub fn policy(&self) -> Arc<Policy> {
        self.policy.load_full()
    }

    /// Makes tokens by `policy` from now on.
    pub fn change_policy(&self, policy: Policy) {
        self.policy.store(Arc::new(policy));
    }

    /// How JWTs for people are made at this moment; `None` where there are none.
    #[must_use]
    pub fn user_jwts(&self) -> Option<Arc<UserJwts>> {
        self.user_jwts.load_full()
    }

    /// Makes JWTs for people so from now on, or none.
    pub fn change_user_jwts(&self, jwts: Option<UserJwts>) {
        self.user_jwts.store(jwts.map(Arc::new));
    }

    /// The signing keys.
    #[must_use]
    pub fn keys(&self) -> &KeySet {
        &self.keys
    }

    /// The envelope keys.
    #[must_use]
    pub fn sealer(&self) -> &Sealer {
        &self.sealer
    }
}
