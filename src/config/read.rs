//! Makes a [`Config`] of values.

use std::{net::SocketAddr, path::PathBuf, str::FromStr, time::Duration};

use url::Url;

use super::{
    fault::Wrong,
    jwt,
    kind::{items, length},
    mail::{Links, Mail},
    master::MasterSource,
    network::network,
    persistence::Persistence,
    personal_tokens::PersonalTokens,
    sessions::Sessions,
    store_url::StoreUrl,
    typed::{
        Access, Admin, Audit, Cache, Config, ForwardAuth, Keys, Level, Log, LogFormat, Metrics,
        Migrate, Reference, Refresh, Server, Store, Sweep, Tls, Tokens, Tracing,
    },
    values::Values,
};
use crate::model::{
    issuer::Issuer,
    key_rotation::KeyRotation,
    proxies::{ForwardedHeader, TrustedProxies},
};

/// The words of the table of keys and what they stand for.
const MIGRATE: &[(&str, Migrate)] = &[("auto", Migrate::Auto), ("check", Migrate::Check)];
const LEVELS: &[(&str, Level)] = &[
    ("error", Level::Error),
    ("warn", Level::Warn),
    ("info", Level::Info),
    ("debug", Level::Debug),
    ("trace", Level::Trace),
];
const FORWARDED_HEADERS: &[(&str, ForwardedHeader)] = &[
    ("x-forwarded-for", ForwardedHeader::XForwardedFor),
    ("forwarded", ForwardedHeader::Forwarded),
];
const LOG_FORMATS: &[(&str, LogFormat)] =
    &[("auto", LogFormat::Auto), ("text", LogFormat::Text), ("json", LogFormat::Json)];

impl Config {
    /// Reads every setting out of `values`, where the default stands in for what is wrong.
    pub(super) fn read(values: &mut Values) -> Self {
        Self {
            declare: values.read("declare", |text| each(text, path)),
            server: server(values),
            store: Store {
                enabled: values.read("store.enabled", parsed),
                url: values.read("store.url", StoreUrl::parse),
                migrate: values.read("store.migrate", |text| one_of(MIGRATE, text)),
                connections: values.read("store.connections", parsed),
                timeout: values.read("store.timeout", length),
            },
            cache: Cache {
                enabled: values.read("cache.enabled", parsed),
                entries: values.read("cache.entries", parsed),
            },
            keys: keys(values),
            admin: Admin {
                listen: values.read("admin.listen", |text| unless_empty(text, address)),
                url: values.read("admin.url", |text| unless_empty(text, issuer)),
            },
            metrics: Metrics {
                listen: values.read("metrics.listen", |text| unless_empty(text, address)),
            },
            tracing: tracing(values),
            log: log(values),
            tokens: tokens(values),
            persistence: Persistence::read(values),
            sweep: Sweep {
                interval: values.read("sweep.interval", length),
                batch: values.read("sweep.batch", parsed),
            },
            audit: Audit { keep: values.read("audit.keep", length) },
            jwt: jwt::read(values),
            scopes_shape: values.read("jwt.scopes_shape", parsed),
            forward_auth: ForwardAuth { headers: values.read("forward_auth.headers", parsed) },
            personal_tokens: PersonalTokens::read(values),
            mail: Mail::read(values),
            links: Links::read(values),
            sessions: Sessions::read(values),
            token_types: values.token_types(),
            settings: values.settings(),
        }
    }
}

/// What the kind of the key has already admitted.
pub(super) fn parsed<T: FromStr>(text: &str) -> Result<T, Wrong> {
    text.parse().map_err(|_| not_in_use())
}

/// A length of time, where none at all means never.
fn unless_zero(text: &str) -> Result<Option<Duration>, Wrong> {
    Ok(Some(length(text)?).filter(|length| !length.is_zero()))
}

/// What a word stands for, which the kind of the key has already admitted.
pub(super) fn one_of<T: Copy>(words: &[(&str, T)], text: &str) -> Result<T, Wrong> {
    let found = words.iter().find(|(word, _)| *word == text);
    found.map(|(_, meaning)| *meaning).ok_or_else(not_in_use)
}

fn not_in_use() -> Wrong {
    Wrong::new("is not in use here", "write another of the values allowed")
}

pub(super) fn unless_empty<T>(
    text: &str,
    parse: impl Fn(&str) -> Result<T, Wrong>,
) -> Result<Option<T>, Wrong> {
    if text.is_empty() { Ok(None) } else { parse(text).map(Some) }
}

/// Each item of a list, as `parse` reads it; the first one that it refuses is the refusal.
pub(super) fn each<T>(
    text: &str,
    parse: impl Fn(&str) -> Result<T, Wrong>,
) -> Result<Vec<T>, Wrong> {
    items(text).map(parse).collect()
}

/// Whatever it is, it names something; whether a file is there shows when it is opened.
#[expect(clippy::unnecessary_wraps, reason = "it stands among readers that refuse")]
fn path(text: &str) -> Result<PathBuf, Wrong> {
    Ok(PathBuf::from(text))
}

fn address(text: &str) -> Result<SocketAddr, Wrong> {
    let remedy = "write both, such as 127.0.0.1:8080 or [::1]:8080; a host name won't do";
    text.parse().map_err(|_| Wrong::new(format!("{text:?} is no IP address and port"), remedy))
}

/// The refusal doesn't repeat the text: it may hold a password by mistake.
fn issuer(text: &str) -> Result<Issuer, Wrong> {
    Issuer::parse(text).map_err(|problem| {
        let remedy = "write the address clients use, such as https://id.example.com";
        Wrong::new(format!("can't be our issuer: {problem}"), remedy)
    })
}

fn tokens(values: &mut Values) -> Tokens {
    Tokens {
        access: Access {
            format: values.read("tokens.access.format", parsed),
            algorithm: values.read("tokens.access.algorithm", parsed),
        },
        id_algorithm: values.read("tokens.id_algorithm", parsed),
        access_lifetime: values.read("tokens.lifetimes.access", length),
        refresh: Refresh {
            format: values.read("tokens.refresh.format", parsed),
            rotate: values.read("tokens.refresh.rotate", parsed),
            sliding: values.read("tokens.refresh.sliding", parsed),
            reuse_leeway: values.read("tokens.refresh.reuse_leeway", length),
        },
        refresh_lifetime: values.read("tokens.lifetimes.refresh", length),
        refresh_absolute: values.read("tokens.lifetimes.refresh_absolute", length),
        reuse: values.read("tokens.reuse", parsed),
        reuse_min_remaining: values.read("tokens.reuse_min_remaining", length),
        jwt_previous: values.read("tokens.jwt_previous", parsed),
        reference: Reference {
            locator: values.read("tokens.reference.locator", parsed),
            prefix: values.read("tokens.reference.prefix", prefix),
            checksum: values.read("tokens.reference.checksum", parsed),
        },
        keep_ended: values.read("tokens.keep_ended", length),
        note_use: values.read("tokens.note_use", length),
        revoke_unused_after: values.read("tokens.revoke_unused_after", length),
    }
}

fn server(values: &mut Values) -> Server {
    Server {
        listen: values.read("server.listen", address),
        issuer: values.read("server.issuer", |text| unless_empty(text, issuer)),
        request_timeout: values.read("server.request_timeout", length),
        drain_delay: values.read("server.drain_delay", length),
        drain_timeout: values.read("server.drain_timeout", length),
        trusted_proxies: values
            .read("server.trusted_proxies", |text| each(text, network).map(TrustedProxies::new)),
        forwarded_header: values
            .read("server.forwarded_header", |text| one_of(FORWARDED_HEADERS, text)),
        tls: Tls {
            cert: values.read("server.tls.cert", |text| unless_empty(text, path)),
            key: values.read("server.tls.key", |text| unless_empty(text, path)),
        },
    }
}

fn keys(values: &mut Values) -> Keys {
    Keys {
        master: values.read("keys.master", MasterSource::parse),
        file: values.read("keys.file", |text| unless_empty(text, path)),
        rotation: KeyRotation {
            interval: values.read("keys.rotation.interval", unless_zero),
            publish_ahead: values.read("keys.rotation.publish_ahead", length),
        },
    }
}

fn log(values: &mut Values) -> Log {
    Log {
        level: values.read("log.level", |text| one_of(LEVELS, text)),
        format: values.read("log.format", |text| one_of(LOG_FORMATS, text)),
    }
}

fn tracing(values: &mut Values) -> Tracing {
    Tracing {
        otlp_endpoint: values.read("tracing.otlp_endpoint", |text| unless_empty(text, collector)),
        sample: values.read("tracing.sample", part),
    }
}

/// The address of an OpenTelemetry collector.
fn collector(text: &str) -> Result<Url, Wrong> {
    if !cfg!(feature = "otel") {
        let remedy = "leave it empty, or build with --features otel";
        return Err(Wrong::new("needs a build with OpenTelemetry, which this is not", remedy));
    }
    let url = Url::parse(text).ok().filter(|url| {
        let is_plain = url.username().is_empty() && url.password().is_none();
        url.scheme() == "http" && url.has_host() && is_plain && url.query().is_none()
    });
    url.ok_or_else(|| {
        let remedy = "write the address of a collector on this machine or beside it, \
            such as http://127.0.0.1:4318; it may send on by https";
        Wrong::new("is no http URL without user and query", remedy)
    })
}

/// A part of the whole.
fn part(text: &str) -> Result<f64, Wrong> {
    let number = text.parse().ok().filter(|number| (0.0..=1.0).contains(number));
    number.ok_or_else(|| Wrong::new(format!("{text:?} is no part of 1"), "write it such as 0.01"))
}

/// What stands before the keys of entries, and before generated client secrets.
const OURS: &[&str] = &["tok_", "tsk_"];

/// References are told apart by length: a checksum adds 6 characters, a locator 11. A prefix of 6,
/// or of 5 beside a checksum, would make one form as long as another.
fn prefix(text: &str) -> Result<String, Wrong> {
    let is_tail = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit();
    let is_sound = text.strip_suffix('_').is_some_and(|name| {
        name.starts_with(|first: char| first.is_ascii_lowercase())
            && name.len() <= 8
            && name.bytes().all(is_tail)
    });
    let problem = match text.len() {
        0 => return Ok(String::new()),
        _ if !is_sound => format!("{text:?} is no prefix"),
        _ if OURS.contains(&text) => format!("{text:?} stands before entries or secrets already"),
        length @ (5 | 6) => {
            format!("{text:?} has {length} characters, which could pass for another form of token")
        }
        _ => return Ok(text.to_owned()),
    };
    let remedy = "write a letter, up to 7 of a-z 0-9 and a _, but not 5 or 6 characters in all";
    Err(Wrong::new(problem, remedy))
}

#[cfg(test)]
mod tests;
