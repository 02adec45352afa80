//! What must hold between settings that are sound one by one.

use std::net::SocketAddr;

use super::{
    duration,
    fault::Wrong,
    jwt, mail,
    master::{HOW_TO_MAKE_ONE, MasterSource},
    named, no_store, persistence, personal_tokens, reach,
    store_url::StoreUrl,
    typed::Config,
    values::Values,
};
use crate::model::reuse::Reuse;

/// One rule. A breach is reported at the first of `keys`.
pub(super) struct Rule {
    pub(super) keys: &'static [&'static str],
    pub(super) breach: fn(&Config) -> Option<Wrong>,
}

const RULES: &[Rule] = &[
    Rule {
        keys: &["keys.master", "store.url", "store.enabled"],
        breach: postgres_needs_a_master_key,
    },
    Rule {
        keys: &["keys.rotation.publish_ahead", "keys.rotation.interval"],
        breach: a_key_is_published_while_another_signs,
    },
    Rule {
        keys: &["tokens.reuse_min_remaining", "tokens.reuse", "tokens.lifetimes.access"],
        breach: a_token_can_be_told_again,
    },
    Rule { keys: &["metrics.listen", "server.listen"], breach: addresses_differ },
    Rule { keys: &["admin.listen", "server.listen"], breach: console_stands_apart },
    Rule { keys: &["admin.url", "admin.listen"], breach: console_is_named },
];

/// Reports every rule that `config` breaks, except where a fault already makes a value doubtful.
pub(super) fn check(config: &Config, values: &mut Values) {
    let apart = [reach::RULES, persistence::RULES, mail::RULES, RULES, no_store::RULES];
    for rule in apart.into_iter().flatten() {
        if values.are_sound(rule.keys)
            && let Some(wrong) = (rule.breach)(config)
        {
            let key = named::get(rule.keys[0]);
            values.refuse(key, values.source(key.path), wrong);
        }
    }
    jwt::refuse_known_secrets(config, values);
    jwt::note_sample(config, values);
    personal_tokens::warn(config, values);
}

/// Beside a database on another machine there is no place for a key, and every node needs the same.
fn postgres_needs_a_master_key(config: &Config) -> Option<Wrong> {
    let breach = config.store.enabled
        && matches!(config.store.url, StoreUrl::Postgres(_))
        && matches!(config.keys.master, MasterSource::BesideStore);
    breach.then(|| Wrong::new("is empty, and PostgreSQL needs one", HOW_TO_MAKE_ONE))
}

/// The next key of an algorithm can be made only after the one before it signs.
fn a_key_is_published_while_another_signs(config: &Config) -> Option<Wrong> {
    let rotation = config.keys.rotation;
    let (ahead, interval) = (rotation.publish_ahead, rotation.interval?);
    (ahead >= interval).then(|| {
        Wrong::new(
            format!(
                "is {}, and keys.rotation.interval is {}",
                duration::format(ahead),
                duration::format(interval)
            ),
            "make it shorter than the interval, or the interval longer, or 0s to rotate by hand",
        )
    })
}

/// A token that is never good for long enough is never told again, and each takes the slot in vain.
fn a_token_can_be_told_again(config: &Config) -> Option<Wrong> {
    let tokens = &config.tokens;
    let (remaining, lifetime) = (tokens.reuse_min_remaining, tokens.access_lifetime);
    (tokens.reuse == Reuse::ReuseActive && remaining >= lifetime).then(|| {
        Wrong::new(
            format!(
                "is {}, and tokens.lifetimes.access is {}: no token would ever be told again",
                duration::format(remaining),
                duration::format(lifetime)
            ),
            "make it shorter than the lifetime, or leave tokens.reuse at new",
        )
    })
}

fn addresses_differ(config: &Config) -> Option<Wrong> {
    let (metrics, server) = (config.metrics.listen?, config.server.listen);
    is_taken_by(metrics, server).then(|| {
        Wrong::new(
            format!("is {metrics}, which server.listen ({server}) takes"),
            "choose another port, or leave metrics.listen empty",
        )
    })
}

fn console_stands_apart(config: &Config) -> Option<Wrong> {
    let console = config.admin.listen?;
    let others =
        [("server.listen", Some(config.server.listen)), ("metrics.listen", config.metrics.listen)];
    let (key, other) = others
        .into_iter()
        .filter_map(|(key, address)| Some((key, address?)))
        .find(|(_, address)| is_taken_by(console, *address))?;
    Some(Wrong::new(
        format!("is {console}, which {key} ({other}) takes"),
        "choose another port, or leave admin.listen empty",
    ))
}

/// Forms of operators are taken from the address that they were shown at, so it has to be known.
fn console_is_named(config: &Config) -> Option<Wrong> {
    let remedy = "state both, or neither";
    match (&config.admin.listen, &config.admin.url) {
        (Some(_), None) => Some(Wrong::new("is empty, and admin.listen is not", remedy)),
        (None, Some(_)) => Some(Wrong::new("is stated, and admin.listen is empty", remedy)),
        (Some(_), Some(url)) if !url.path().is_empty() => {
            Some(Wrong::new("has a path", "leave the path out: it is that of the issuer"))
        }
        (Some(_), Some(url)) => {
            let issuer = config.server.issuer.as_ref()?;
            (issuer.is_https() != url.is_https()).then(|| {
                Wrong::new(
                    "is not encrypted alike with server.issuer",
                    "use https for both: a browser keeps a session for one of the two only",
                )
            })
        }
        (None, None) => None,
    }
}

/// Whether `other` leaves no room for `address`. An unspecified one (`0.0.0.0`, `[::]`) takes its
/// port on every other address too.
fn is_taken_by(address: SocketAddr, other: SocketAddr) -> bool {
    let overlap =
        address.ip() == other.ip() || address.ip().is_unspecified() || other.ip().is_unspecified();
    address.port() != 0 && address.port() == other.port() && overlap
}

#[cfg(test)]
mod tests {
    use crate::config::parse;

    /// Key and problem of every fault in these lines of TOML.
    fn breaches(text: &str) -> Vec<(String, String)> {
        match parse(Some(("config.toml", text)), []) {
            Ok(_) => Vec::new(),
            Err(faults) => faults.0.into_iter().map(|fault| (fault.key, fault.problem)).collect(),
        }
    }

    fn breach(key: &str, problem: &str) -> Vec<(String, String)> {
        vec![(key.to_owned(), problem.to_owned())]
    }

    #[test]
    fn postgres_needs_a_master_key() {
        let postgres = "store.url = 'postgres://u:hunter2@h/d'\n";

        assert_eq!(breaches(postgres), breach("keys.master", "is empty, and PostgreSQL needs one"));
        assert_eq!(breaches(&format!("{postgres}keys.master = 'file:/run/secrets/master'")), []);
    }

    #[test]
    fn a_token_that_is_told_again_lives_longer_than_it_has_to() {
        let of = |reuse, remaining, lifetime| {
            breaches(&format!(
                "tokens.reuse = '{reuse}'\ntokens.reuse_min_remaining = '{remaining}'\n\
                 tokens.lifetimes.access = '{lifetime}'"
            ))
        };
        let problem = "is 1m, and tokens.lifetimes.access is 1m: no token would ever be told again";

        assert_eq!(of("reuse_active", "1m", "1m"), breach("tokens.reuse_min_remaining", problem));
        assert_eq!(of("reuse_active", "59s", "1m"), []);
        assert_eq!(of("new", "1m", "1m"), []);
    }

    #[test]
    fn a_key_is_published_for_less_time_than_it_signs() {
        let both = |ahead, interval| {
            breaches(&format!(
                "keys.rotation.publish_ahead = '{ahead}'\nkeys.rotation.interval = '{interval}'"
            ))
        };
        let problem = "is 1w, and keys.rotation.interval is 1w";

        assert_eq!(both("7d", "7d"), breach("keys.rotation.publish_ahead", problem));
        assert_eq!(both("6d", "7d"), []);
        assert_eq!(both("7d", "0s"), []);
    }

    #[test]
    fn metrics_and_requests_cannot_share_an_address() {
        let both = |server, metrics| {
            breaches(&format!("server.listen = '{server}'\nmetrics.listen = '{metrics}'"))
        };

        assert_eq!(
            both("127.0.0.1:80", "127.0.0.1:80"),
            breach("metrics.listen", "is 127.0.0.1:80, which server.listen (127.0.0.1:80) takes")
        );
        assert_eq!(both("127.0.0.1:80", "0.0.0.0:80").len(), 1);
        assert_eq!(both("127.0.0.1:80", "127.0.0.2:80"), []);
        assert_eq!(both("127.0.0.1:80", "127.0.0.1:81"), []);
        assert_eq!(both("127.0.0.1:0", "127.0.0.1:0"), []);
    }

    #[test]
    fn operators_have_an_address_of_their_own_and_it_is_named() {
        let both = |listen, url| {
            let apart = "server.listen = '127.0.0.1:80'\nserver.issuer = 'https://id.example'\n";
            breaches(&format!("{apart}admin.listen = '{listen}'\nadmin.url = '{url}'"))
        };

        assert_eq!(both("127.0.0.1:8443", "https://console.example:8443"), []);
        assert_eq!(both("", ""), []);
        assert_eq!(
            both("127.0.0.1:80", "https://console.example"),
            breach("admin.listen", "is 127.0.0.1:80, which server.listen (127.0.0.1:80) takes")
        );
        assert_eq!(
            both("127.0.0.1:8443", ""),
            breach("admin.url", "is empty, and admin.listen is not")
        );
        assert_eq!(
            both("", "https://console.example"),
            breach("admin.url", "is stated, and admin.listen is empty")
        );
        assert_eq!(
            both("127.0.0.1:8443", "https://console.example/x"),
            breach("admin.url", "has a path")
        );
        assert_eq!(
            both("127.0.0.1:8443", "http://127.0.0.1:8443"),
            breach("admin.url", "is not encrypted alike with server.issuer")
        );
    }

    #[test]
    fn nothing_is_concluded_from_a_setting_that_is_wrong_or_misspelt() {
        let listen = "server.listen = '0.0.0.0:80'\nserver.trusted_proxies = ['10.0.0.1']\n";

        for (text, key) in [
            ("server.issuer = 'id.example'", "server.issuer"),
            ("server.isuer = 'https://id.example'", "server.isuer"),
            ("server.issuer = 1", "server.issuer"),
        ] {
            let found = breaches(&format!("{listen}{text}"));

            assert_eq!(found.iter().map(|(key, _)| &**key).collect::<Vec<_>>(), [key]);
        }
    }
}
