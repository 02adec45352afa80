//! The settings as the other rooms use them.

use std::{
    net::SocketAddr,
    path::{Path, PathBuf},
    sync::Arc,
    time::Duration,
};

use url::Url;

use super::{
    jwt::Jwt,
    mail::{Links, Mail},
    master::MasterSource,
    persistence::Persistence,
    personal_tokens::PersonalTokens,
    sessions::Sessions,
    store_url::StoreUrl,
    values::{Setting, Values},
};
use crate::model::{
    issuer::Issuer,
    key_rotation::KeyRotation,
    proxies::{ForwardedHeader, TrustedProxies},
    reuse::{PreviousJwt, Reuse},
    signature_algorithm::SignatureAlgorithm,
    token_format::TokenFormat,
    token_type::DeclaredType,
    user_jwt::ScopesShape,
};

mod log;

pub use log::{Level, LogFormat};

/// Every setting, sound by itself and together with the others. Its `Debug` shows no secret.
#[derive(Debug, Clone)]
pub struct Config {
    /// Files that declare what the store is to hold, as they were written.
    pub declare: Vec<PathBuf>,
    /// How we are reached.
    pub server: Server,
    /// The database.
    pub store: Store,
    /// What seals the store.
    pub keys: Keys,
    /// Where operators have their pages.
    pub admin: Admin,
    /// Metrics.
    pub metrics: Metrics,
    /// Traces.
    pub tracing: Tracing,
    /// Logs.
    pub log: Log,
    /// What is kept in memory.
    pub cache: Cache,
    /// What tokens are like.
    pub tokens: Tokens,
    /// How tokens are written.
    pub persistence: Persistence,
    /// How ended tokens are deleted.
    pub sweep: Sweep,
    /// How long the audit log is kept.
    pub audit: Audit,
    /// JWTs that say who a person is; `None` where there are none.
    pub jwt: Option<Jwt>,
    /// What `scopes` is, in JWTs that say who a person is and at `/whoami`.
    pub scopes_shape: ScopesShape,
    /// What `/authenticate` answers with beside.
    pub forward_auth: ForwardAuth,
    /// What people's own tokens do as those of Auth-O-Tron do.
    pub personal_tokens: PersonalTokens,
    /// Where mail goes through; `None` where none is sent.
    pub mail: Option<Arc<Mail>>,
    /// How long links in letters are good for.
    pub links: Links,
    /// How long people stay signed in.
    pub sessions: Sessions,
    /// Token types and their rules, each name once, in the order of the file.
    pub token_types: Vec<DeclaredType>,
    /// All of them as an operator wrote them, in the order of [`super::KEYS`], secrets masked.
    pub settings: Vec<Setting>,
}

/// Section `server`.
#[derive(Debug, Clone)]
pub struct Server {
    /// Where requests are taken; port 0 takes a free one.
    pub listen: SocketAddr,
    /// Our public address. `None` means http:// and the address we got.
    pub issuer: Option<Issuer>,
    /// How long a request may take to arrive in full: 1 second to 10 minutes.
    pub request_timeout: Duration,
    /// How long a stop is told of before requests are taken no more: at most 5 minutes.
    pub drain_delay: Duration,
    /// How long a stop waits for requests under way: at most an hour, perhaps nothing.
    pub drain_timeout: Duration,
    /// The proxies in front of us.
    pub trusted_proxies: TrustedProxies,
    /// Where they say whom they were called by.
    pub forwarded_header: ForwardedHeader,
    /// What we speak TLS with.
    pub tls: Tls,
}

/// Section `server.tls`: both or neither.
#[derive(Debug, Clone)]
pub struct Tls {
    /// The file with our certificate. Nobody has looked at it yet.
    pub cert: Option<PathBuf>,
    /// The file with its private key. Nobody has looked at it yet.
    pub key: Option<PathBuf>,
}

impl Tls {
    /// The files of certificate and key, if we speak TLS ourselves.
    #[must_use]
    pub fn files(&self) -> Option<(&Path, &Path)> {
        Some((self.cert.as_deref()?, self.key.as_deref()?))
    }
}

/// Section `store`.
#[derive(Debug, Clone)]
pub struct Store {
    /// Whether there is one at all.
    pub enabled: bool,
    /// Where the database is.
    pub url: StoreUrl,
    /// What to do about an older schema.
    pub migrate: Migrate,
    /// The most PostgreSQL connections kept: 8 to 1000.
    pub connections: u32,
    /// How long one request waits for the database: 100 milliseconds to 5 minutes.
    pub timeout: Duration,
}

/// Section `cache`.
#[derive(Debug, Clone)]
pub struct Cache {
    /// Whether entries, clients and resource servers are kept in memory.
    pub enabled: bool,
    /// How many entries at most: 0 to 10,000,000.
    pub entries: u32,
}

/// Section `keys`.
#[derive(Debug, Clone)]
pub struct Keys {
    /// Where the master key comes from.
    pub master: MasterSource,
    /// Where signing keys are kept if there is no store; `None` means in memory only.
    pub file: Option<PathBuf>,
    /// How often signing keys take turns.
    pub rotation: KeyRotation,
}

/// Section `admin`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Admin {
    /// A listener for the pages of operators alone; `None` where they stand beside all else.
    pub listen: Option<SocketAddr>,
    /// How it is reached; `None` where there is none.
    pub url: Option<Issuer>,
}

/// Section `metrics`.
#[derive(Debug, Clone)]
pub struct Metrics {
    /// Where metrics are read; `None` means nowhere.
    pub listen: Option<SocketAddr>,
}

/// Section `tracing`.
#[derive(Debug, Clone)]
pub struct Tracing {
    /// The collector that traces are sent to; `None` means that there are none.
    pub otlp_endpoint: Option<Url>,
    /// Which part of the traces that begin here is sent: 0 to 1.
    pub sample: f64,
}

/// Section `log`.
#[derive(Debug, Clone)]
pub struct Log {
    /// The least severe events that are logged.
    pub level: Level,
    /// How they are written.
    pub format: LogFormat,
}

/// Section `tokens`.
#[derive(Debug, Clone)]
pub struct Tokens {
    /// What an access token is like.
    pub access: Access,
    /// What signs ID tokens.
    pub id_algorithm: SignatureAlgorithm,
    /// How long an access token is good for: 1 second to 365 days, whole seconds.
    pub access_lifetime: Duration,
    /// What a refresh token is like.
    pub refresh: Refresh,
    /// How long a refresh token is good for: 1 second to 3650 days, whole seconds.
    pub refresh_lifetime: Duration,
    /// How long a family lasts: 1 second to 3650 days, whole seconds.
    pub refresh_absolute: Duration,
    /// What a client gets that asks again.
    pub reuse: Reuse,
    /// How long a reference has to be good to be told again: 1 second to 365 days, whole seconds.
    pub reuse_min_remaining: Duration,
    /// What becomes of a client's JWT when it gets another one.
    pub jwt_previous: PreviousJwt,
    /// What a reference is like.
    pub reference: Reference,
    /// How long an ended token can still be explained: at most 3650 days, whole seconds.
    pub keep_ended: Duration,
    /// How often the use of one token is noted at most: at most 30 days, whole seconds. Nothing
    /// for never.
    pub note_use: Duration,
    /// After how long without use refresh and personal tokens are revoked: at most 3650 days,
    /// whole seconds. Nothing for never.
    pub revoke_unused_after: Duration,
}

/// Section `tokens.access`.
#[derive(Debug, Clone)]
pub struct Access {
    /// What clients get.
    pub format: TokenFormat,
    /// What signs those that are JWTs.
    pub algorithm: SignatureAlgorithm,
}

/// Section `tokens.refresh`.
#[derive(Debug, Clone)]
pub struct Refresh {
    /// What clients get.
    pub format: TokenFormat,
    /// Whether each use brings another one.
    pub rotate: bool,
    /// Whether each use counts the lifetime anew.
    pub sliding: bool,
    /// How long the answer to a use is given again: at most 10 minutes, perhaps never, whole
    /// seconds.
    pub reuse_leeway: Duration,
}

/// Section `tokens.reference`.
#[derive(Debug, Clone)]
pub struct Reference {
    /// Whether the entry's key stands in front.
    pub locator: bool,
    /// What stands in front of everything: empty, or 2, 3, 4 or 7, 8, 9 characters that match
    /// `[a-z][a-z0-9]*_`.
    pub prefix: String,
    /// Whether a checksum stands at the end.
    pub checksum: bool,
}

/// Section `audit`.
#[derive(Debug, Clone, Copy)]
pub struct Audit {
    /// How long an event is kept: a day at least.
    pub keep: Duration,
}

/// Section `sweep`.
#[derive(Debug, Clone)]
pub struct Sweep {
    /// How often: every second to every day.
    pub interval: Duration,
    /// How many entries one statement deletes: 1 to 10000.
    pub batch: u32,
}

/// Section `forward_auth`.
#[derive(Debug, Clone)]
pub struct ForwardAuth {
    /// Whether answers have headers of their own for name, realm and roles.
    pub headers: bool,
}

/// What to do about a schema that is older than this program.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Migrate {
    /// Bring it up to date.
    Auto,
    /// Refuse to start.
    Check,
}

impl Default for Config {
    /// The built-in defaults: what one gets who sets nothing.
    fn default() -> Self {
        Self::read(&mut Values::default())
    }
}
