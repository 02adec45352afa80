//! What the settings may say where there is no store.
//!
//! A setting that nobody stated never asks for a store. One that was stated and needs a store is
//! refused, rather than left without effect: whoever wrote it counts on it.

use std::time::Duration;

use super::{
    duration,
    fault::{Fault, Wrong},
    kind::Kind,
    named,
    rules::Rule,
    typed::Config,
    values::Values,
};

/// What switches the store off.
const SWITCH: &str = "store.enabled";

/// What access tokens are like where nobody says so, and no entry could be kept of another kind.
const FORMAT: (&str, &str) = ("tokens.access.format", "jwt");

/// From this lifetime on, a token that leaked works for so long that somebody should be told.
const LONG: Duration = Duration::from_mins(15);

/// Settings that only a store can keep, and the values that ask nothing of it; none does where the
/// list is empty.
const NEEDS_A_STORE: &[(&str, &[&str])] = &[
    ("tokens.access.format", &["jwt"]),
    ("tokens.reference.locator", &["false"]),
    ("tokens.reference.prefix", &[""]),
    ("tokens.reference.checksum", &["false"]),
    ("tokens.refresh.format", &[]),
    ("tokens.refresh.rotate", &[]),
    ("tokens.refresh.sliding", &[]),
    ("tokens.refresh.reuse_leeway", &[]),
    ("tokens.lifetimes.refresh", &[]),
    ("tokens.lifetimes.refresh_absolute", &[]),
    ("tokens.reuse", &["new"]),
    ("tokens.jwt_previous", &["keep"]),
    ("persistence.mode", &["sync"]),
    ("persistence.pool_size", &["0"]),
    ("persistence.accept_loss", &["false"]),
    ("personal_tokens.get_token", &["false"]),
    ("personal_tokens.user_snapshot", &["live"]),
    ("sessions.idle", &[]),
    ("sessions.absolute", &[]),
    ("sessions.remembered", &[]),
    ("sessions.acr", &[]),
    ("users.reset_lifetime", &[]),
    ("users.invitation_lifetime", &[]),
    ("mail.smtp", &[""]),
    ("mail.from", &[""]),
    ("admin.listen", &[""]),
    ("admin.url", &[""]),
    ("token_types", &[""]),
];

/// Settings that have no effect without a store, and do no harm.
const WITHOUT_EFFECT: &[&str] = &[
    "store.url",
    "store.migrate",
    "store.connections",
    "store.timeout",
    "keys.master",
    "keys.rotation.interval",
    "tokens.keep_ended",
    "tokens.note_use",
    "tokens.revoke_unused_after",
    "tokens.id_algorithm",
    "tokens.reuse_min_remaining",
    "persistence.retry_count",
    "persistence.queue_limit",
    "sweep.interval",
    "sweep.batch",
    "audit.keep",
];

pub(super) const RULES: &[Rule] = &[
    Rule { keys: &["keys.file", SWITCH], breach: a_store_keeps_its_keys },
    Rule { keys: &["keys.file", SWITCH, "server.issuer"], breach: a_public_issuer_keeps_its_keys },
];

/// Lets follow what follows from there being no store, before anything is read.
pub(super) fn imply(values: &mut Values) {
    if values.stated(SWITCH) == Some("false") {
        values.imply(named::get(FORMAT.0), FORMAT.1, SWITCH);
    }
}

/// Everything stated that only a store can do, where `config` has none.
pub(super) fn refusals(config: &Config, values: &Values) -> Vec<Fault> {
    if config.store.enabled {
        return Vec::new();
    }
    let fault = |(path, harmless): &(&str, &[&str])| {
        let key = named::get(path);
        let stated = values.stated(path).filter(|text| !harmless.contains(text))?;
        let written = |text: &str| match key.kind {
            Kind::Boolean | Kind::Integer { .. } => text.to_owned(),
            _ => format!("{text:?}"),
        };
        let problem = match key.kind {
            Kind::Tables(_) => format!("are there ({stated}), which needs a store"),
            _ => format!("is {}, which needs a store", written(stated)),
        };
        let remedy = match harmless.first() {
            Some(text) if !text.is_empty() => {
                format!("write {}, or leave it out; or set {SWITCH} = true", written(text))
            }
            _ => format!("leave it out; or set {SWITCH} = true"),
        };
        Some(Wrong::new(problem, remedy).at(key.path, values.source(key.path)))
    };
    NEEDS_A_STORE.iter().filter_map(fault).collect()
}

/// What an operator is told who has switched the store off.
pub(super) fn warn(config: &Config, values: &mut Values) {
    if config.store.enabled {
        return;
    }
    values.note(format!(
        "{SWITCH} is false, which is strongly discouraged: no token is recorded and none can be \
         revoked, there are no refresh, reference or typed tokens, and nothing is written that an \
         auditor could read. docs/without-a-store.md says what is left."
    ));
    let lifetime = config.tokens.access_lifetime;
    if lifetime > LONG {
        values.note(format!(
            "A JWT that leaks works until it expires, and tokens.lifetimes.access is {}: {} or less \
             is better.",
            duration::format(lifetime),
            duration::format(LONG)
        ));
    }
    if config.keys.file.is_none() {
        values.note(
            "keys.file is empty: the key that signs is in memory only, and every JWT ends with \
             this process."
                .to_owned(),
        );
    }
    let idle: Vec<_> =
        WITHOUT_EFFECT.iter().filter(|path| values.stated(path).is_some()).copied().collect();
    if !idle.is_empty() {
        values.note(format!("Without a store, these have no effect: {}.", idle.join(", ")));
    }
}

fn a_store_keeps_its_keys(config: &Config) -> Option<Wrong> {
    let breach = config.store.enabled && config.keys.file.is_some();
    breach.then(|| {
        let remedy = format!("leave it empty; or set {SWITCH} = false to do without a store");
        Wrong::new("is set, while the store keeps the signing keys", remedy)
    })
}

/// On this machine, for trying out, keys may end with the process. Elsewhere each restart would
/// end every token, and each of several servers would refuse what another signed.
fn a_public_issuer_keeps_its_keys(config: &Config) -> Option<Wrong> {
    let issuer = config.server.issuer.as_ref()?;
    let breach = !config.store.enabled && config.keys.file.is_none() && !issuer.is_loopback();
    breach.then(|| {
        Wrong::new(
            "is empty, and without a store the signing keys are kept nowhere else",
            "name a file that only this server may read; (umask 077; openssl genpkey -algorithm EC \
             -pkeyopt ec_paramgen_curve:P-256 -out keys.pem) makes one",
        )
    })
}

#[cfg(test)]
mod tests {
    use crate::{
        config::{Fault, Loaded, parse},
        model::token_format::TokenFormat,
    };

    const OFF: &str = "store.enabled = false\n";

    fn loaded(text: &str) -> Loaded {
        let text = format!("{OFF}{text}");
        parse(Some(("config.toml", &text)), []).unwrap_or_else(|faults| panic!("{faults}"))
    }

    /// What is refused because there is no store: key, place, problem and remedy.
    fn refused(text: &str) -> Vec<String> {
        let told =
            |Fault { key, from, problem, remedy }| format!("{key} | {from} | {problem} | {remedy}");
        loaded(text).needs_a_store.into_iter().map(told).collect()
    }

    #[test]
    fn what_nobody_stated_follows_from_there_being_no_store() {
        let loaded = loaded("");
        let format = loaded.settings.iter().find(|s| s.path == "tokens.access.format").unwrap();

        assert_eq!(loaded.config.tokens.access.format, TokenFormat::Jwt);
        assert_eq!(
            (&*format.value, &*format.source.to_string()),
            ("jwt", "follows from store.enabled")
        );
        assert!(loaded.needs_a_store.is_empty());
    }

    #[test]
    fn everything_that_asks_for_a_store_is_told_at_once_with_its_remedy() {
        let text = "tokens.access.format = 'reference'\ntokens.reference.locator = true\n\
                    tokens.reference.prefix = 'acm_'\ntokens.reference.checksum = true\n\
                    tokens.refresh.rotate = true\ntokens.lifetimes.refresh = '7d'\n\
                    [[token_types]]\nname = 'Link'\n\n[[token_types]]\nname = 'Invite'\n";

        assert_eq!(
            refused(text),
            [
                "tokens.access.format | config.toml, line 2 | is \"reference\", which needs a \
                 store | write \"jwt\", or leave it out; or set store.enabled = true",
                "tokens.reference.locator | config.toml, line 3 | is true, which needs a store | \
                 write false, or leave it out; or set store.enabled = true",
                "tokens.reference.prefix | config.toml, line 4 | is \"acm_\", which needs a store | \
                 leave it out; or set store.enabled = true",
                "tokens.reference.checksum | config.toml, line 5 | is true, which needs a store | \
                 write false, or leave it out; or set store.enabled = true",
                "tokens.refresh.rotate | config.toml, line 6 | is true, which needs a store | leave \
                 it out; or set store.enabled = true",
                "tokens.lifetimes.refresh | config.toml, line 7 | is \"7d\", which needs a store | \
                 leave it out; or set store.enabled = true",
                "token_types | config.toml, line 8 | are there (Link, Invite), which needs a store | \
                 leave it out; or set store.enabled = true",
            ]
        );
    }

    #[test]
    fn a_variable_asks_for_a_store_as_a_file_does() {
        let variable = ("TESSERA_TOKENS__ACCESS__FORMAT".to_owned(), "reference".to_owned());
        let loaded = parse(Some(("config.toml", OFF)), [variable]).unwrap();

        let fault = loaded.needs_a_store.first().unwrap();
        assert_eq!(fault.from, "environment TESSERA_TOKENS__ACCESS__FORMAT");
    }

    #[test]
    fn what_asks_nothing_of_a_store_may_be_stated() {
        let harmless = "tokens.access.format = 'jwt'\ntokens.reference.locator = false\n\
                        tokens.reference.prefix = ''\ntokens.reference.checksum = false\n\
                        token_types = []\nstore.url = 'postgres://u@h/d'\n";

        assert_eq!(refused(harmless), Vec::<String>::new());
    }

    #[test]
    fn with_other_faults_it_is_told_beside_them() {
        let text = format!("{OFF}tokens.access.format = 'reference'\nsweep.batch = 0\n");
        let faults = parse(Some(("config.toml", &text)), []).unwrap_err().0;

        let keys: Vec<_> = faults.iter().map(|fault| fault.key.as_str()).collect();
        assert_eq!(keys, ["sweep.batch", "tokens.access.format"]);
    }

    #[test]
    fn what_has_no_effect_is_told_beside_the_warning() {
        let notes = loaded("store.url = 'sqlite:a.db'\nsweep.batch = 7\n").notes;

        assert!(notes[0].starts_with("store.enabled is false, which is strongly discouraged: no"));
        assert!(notes[1].ends_with("tokens.lifetimes.access is 1h: 15m or less is better."));
        assert!(notes[2].starts_with("keys.file is empty: the key that signs is in memory only"));
        let idle = "Without a store, these have no effect: store.url, sweep.batch.";
        assert_eq!(notes[3..], [idle]);
        let short = loaded("tokens.lifetimes.access = '15m'\nkeys.file = 'keys.pem'").notes;
        assert_eq!(short.len(), 1);
    }

    #[test]
    fn keys_are_kept_in_one_place() {
        let faults = |text: &str| match parse(Some(("config.toml", text)), []) {
            Ok(_) => Vec::new(),
            Err(faults) => faults.0.into_iter().map(|fault| (fault.key, fault.problem)).collect(),
        };
        let told = |problem: &str| vec![("keys.file".to_owned(), problem.to_owned())];
        let public = "server.issuer = 'https://id.example'\n";

        assert_eq!(
            faults("keys.file = 'keys.pem'"),
            told("is set, while the store keeps the signing keys")
        );
        assert_eq!(
            faults(&format!("{OFF}{public}")),
            told("is empty, and without a store the signing keys are kept nowhere else")
        );
        assert_eq!(faults(&format!("{OFF}{public}keys.file = 'keys.pem'")), []);
        assert_eq!(faults(&format!("{OFF}server.issuer = 'http://localhost:8080'")), []);
        assert_eq!(faults(OFF), []);
    }
}
