//! The one table of everything that can be set.

use super::{
    key::{open, secret},
    kind::Kind,
    persistence,
};

pub use super::key::Key;

mod kept;
mod operators;
mod people;
mod server;
mod types;

/// Every key, section by section, in the order in which `config.toml` states them.
pub const KEYS: &[Key] = &joined::<{ count(PARTS) }>(PARTS);

const PARTS: &[&[Key]] = &[
    DECLARE,
    server::SERVER,
    STORE_TO_LOG,
    kept::KEPT,
    REUSE_TO_SWEEP,
    operators::OPERATORS,
    people::PEOPLE,
    types::TYPES,
];

const DECLARE: &[Key] = &[open(
    "declare",
    Kind::List("paths, relative ones from the folder of this file"),
    "",
    "Files that declare clients, users and more: every start and reload brings them about.",
)
.reloads()];

const STORE_TO_LOG: &[Key] = &[
    open(
        "store.enabled",
        Kind::Boolean,
        "true",
        "false does without any database: JWTs only, which nobody can revoke. docs/without-a-store.md.",
    ),
    secret(
        "store.url",
        Kind::Text("`sqlite:PATH` or `postgres://USER:PASSWORD@HOST[,HOST…]/DATABASE`"),
        "sqlite:data/tessera.db",
        "The database: one SQLite file, or PostgreSQL: of its hosts, the one that takes writes.",
    ),
    open(
        "store.migrate",
        Kind::Choice(&["auto", "check"]),
        "auto",
        "auto brings an older schema up to date at the start; check refuses to start instead.",
    ),
    open(
        "store.connections",
        Kind::Integer { least: 8, most: 1000 },
        "16",
        "How many PostgreSQL connections we keep at most. SQLite ignores it.",
    ),
    open(
        "store.timeout",
        Kind::Duration { least: "100ms", most: "5m" },
        "5s",
        "How long one request waits for the database before it is answered with 503.",
    ),
    secret(
        "keys.master",
        Kind::Text("base64 of 32 bytes, or `file:PATH`"),
        "",
        "Seals what the store keeps. Empty: made beside an SQLite file; PostgreSQL needs one.",
    ),
    open(
        "keys.file",
        Kind::Text("path of a PEM file or a JWK set, or empty"),
        "",
        "Without a store: the private keys that sign, the first of each algorithm. Empty: in memory only.",
    )
    .reloads(),
    open(
        "keys.rotation.interval",
        Kind::Seconds { least: "0s", most: "3650d" },
        "90d",
        "How long a signing key signs before a new one takes over by itself. 0s: never.",
    )
    .reloads(),
    open(
        "keys.rotation.publish_ahead",
        Kind::Seconds { least: "10s", most: "30d" },
        "1d",
        "How long a new key is published before it signs, so that every verifier knows it; 5m at least.",
    )
    .reloads(),
    open(
        "cache.enabled",
        Kind::Boolean,
        "true",
        "Answers from memory what was read before and still holds. false reads every time.",
    ),
    open(
        "cache.entries",
        Kind::Integer { least: 0, most: 10_000_000 },
        "20000",
        "How many entries are kept in memory at most, at about two kilobytes each.",
    ),
    open(
        "metrics.listen",
        Kind::Text("IP address and port, or empty"),
        "127.0.0.1:9464",
        "Where Prometheus reads metrics. Empty: nowhere.",
    ),
    open(
        "tracing.otlp_endpoint",
        Kind::Text("http URL, or empty"),
        "",
        "Where traces go: an OpenTelemetry collector, such as http://127.0.0.1:4318. Empty: nowhere.",
    ),
    open(
        "tracing.sample",
        Kind::Text("number, 0 to 1"),
        "0.01",
        "Which part of the traces that begin here is sent; others follow whoever began them.",
    ),
    open(
        "log.level",
        Kind::Choice(&["error", "warn", "info", "debug", "trace"]),
        "info",
        "The least severe events that are logged.",
    )
    .reloads(),
    open(
        "log.format",
        Kind::Choice(&["auto", "text", "json"]),
        "auto",
        "auto is text on a terminal and JSON lines elsewhere.",
    ),
];

const REUSE_TO_SWEEP: &[Key] = &[
    open(
        "tokens.reuse",
        Kind::Choice(&["new", "reuse_active", "renew"]),
        "new",
        "What a client gets that asks again: a new reference, the one it has, or one in its place.",
    )
    .reloads(),
    open(
        "tokens.reuse_min_remaining",
        Kind::Seconds { least: "1s", most: "365d" },
        "1s",
        "A reference that is good for no longer than this is not told again.",
    )
    .reloads(),
    open(
        "tokens.jwt_previous",
        Kind::Choice(&["keep", "revoke"]),
        "keep",
        "A JWT is always a new one. keep leaves the one before good; revoke ends it.",
    )
    .reloads(),
    open(
        "tokens.id_algorithm",
        Kind::Choice(&["RS256", "ES256", "PS256", "EdDSA"]),
        "RS256",
        "What signs ID tokens of clients that do not say; RS256 is what every client knows.",
    )
    .reloads(),
    open(
        "tokens.access.format",
        Kind::Choice(&["reference", "jwt"]),
        "reference",
        "What clients get: a reference, revoked at once, or a JWT, read without asking us.",
    )
    .reloads(),
    open(
        "tokens.access.algorithm",
        Kind::Choice(&["ES256", "RS256", "EdDSA"]),
        "ES256",
        "What signs access tokens that are JWTs.",
    )
    .reloads(),
    open(
        "tokens.lifetimes.access",
        Kind::Seconds { least: "1s", most: "365d" },
        "1h",
        "How long an access token is good for.",
    )
    .reloads(),
    open(
        "tokens.lifetimes.refresh",
        Kind::Seconds { least: "1s", most: "3650d" },
        "14d",
        "How long a refresh token is good for unless it is used.",
    )
    .reloads(),
    open(
        "tokens.lifetimes.refresh_absolute",
        Kind::Seconds { least: "1s", most: "3650d" },
        "90d",
        "How long after a sign-in all its tokens end, however often they were refreshed.",
    )
    .reloads(),
    open(
        "tokens.refresh.format",
        Kind::Choice(&["reference", "jwt"]),
        "reference",
        "What refresh tokens are. Only we read them, so a JWT gains nothing but its length.",
    )
    .reloads(),
    open(
        "tokens.refresh.rotate",
        Kind::Boolean,
        "true",
        "Each use brings another refresh token and ends the one used. Of public clients, always.",
    )
    .reloads(),
    open(
        "tokens.refresh.sliding",
        Kind::Boolean,
        "true",
        "Each use counts the lifetime from now on. false keeps the end of the first one.",
    )
    .reloads(),
    open(
        "tokens.refresh.reuse_leeway",
        Kind::Seconds { least: "0s", most: "10m" },
        "30s",
        "How long a client whose answer was lost may ask again. A used token that comes later ends its family.",
    )
    .reloads(),
    open(
        "tokens.reference.locator",
        Kind::Boolean,
        "false",
        "Puts the entry's key in front of a reference: faster on large stores, tells its expiry.",
    ),
    open(
        "tokens.reference.prefix",
        Kind::Text("empty, or a letter, up to 7 of a-z 0-9 and `_`; not 5 or 6 in all"),
        "",
        "Stands in front of new references, such as acm_, so that scanners find leaked ones. Changing it ends those out.",
    ),
    open(
        "tokens.reference.checksum",
        Kind::Boolean,
        "false",
        "Ends a reference with a checksum, so that scanners and we know a mistyped one at once.",
    ),
    persistence::MODE,
    persistence::ACCEPT_LOSS,
    persistence::POOL_SIZE,
    persistence::QUEUE_LIMIT,
    persistence::RETRY_COUNT,
    open(
        "sweep.interval",
        Kind::Duration { least: "1s", most: "1d" },
        "1m",
        "How often ended tokens that were kept long enough are deleted.",
    )
    .reloads(),
    open(
        "sweep.batch",
        Kind::Integer { least: 1, most: 10_000 },
        "1000",
        "How many of them one statement deletes, so that no lock is held for long.",
    )
    .reloads(),
];

const fn count(parts: &[&[Key]]) -> usize {
    let (mut count, mut at) = (0, 0);
    while at < parts.len() {
        count += parts[at].len();
        at += 1;
    }
    count
}

/// The parts of the table, one after the other.
const fn joined<const COUNT: usize>(parts: &[&[Key]]) -> [Key; COUNT] {
    let mut all = [parts[0][0]; COUNT];
    let (mut part, mut filled) = (0, 0);
    while part < parts.len() {
        let mut at = 0;
        while at < parts[part].len() {
            all[filled] = parts[part][at];
            (at, filled) = (at + 1, filled + 1);
        }
        part += 1;
    }
    all
}
