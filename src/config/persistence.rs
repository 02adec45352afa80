//! Section `persistence`. Nobody gets asynchronous persistence who has not said that he can bear its
//! losses.

use super::{
    fault::Wrong,
    key::{Key, open},
    kind::Kind,
    read::{one_of, parsed},
    rules::Rule,
    typed::Config,
    values::Values,
};

pub(super) const MODE: Key = open(
    "persistence.mode",
    Kind::Choice(&["sync", "async"]),
    "sync",
    "sync writes a token before it is answered. async answers first: a crash loses what waits, so it is discouraged.",
);
pub(super) const ACCEPT_LOSS: Key = open(
    "persistence.accept_loss",
    Kind::Boolean,
    "false",
    "Has to be true for async: that tokens which were answered may be lost is accepted.",
);
pub(super) const POOL_SIZE: Key = open(
    "persistence.pool_size",
    Kind::Integer { least: 0, most: 100 },
    "0",
    "How many workers write what waits; 0 with sync.",
);
pub(super) const QUEUE_LIMIT: Key = open(
    "persistence.queue_limit",
    Kind::Integer { least: 1, most: 1_000_000 },
    "10000",
    "How many tokens may wait, at about two kilobytes each; more are written before they are answered.",
);
pub(super) const RETRY_COUNT: Key = open(
    "persistence.retry_count",
    Kind::Integer { least: 0, most: 20 },
    "5",
    "How often a token is tried again whose place another one took meanwhile; then 503.",
)
.reloads();

/// Section `persistence`.
#[derive(Debug, Clone)]
pub struct Persistence {
    /// Whether tokens are written before they are answered.
    pub mode: PersistenceMode,
    /// Whether it is accepted that tokens are lost.
    pub accept_loss: bool,
    /// How many workers write what was answered before: 0 to 100.
    pub pool_size: u32,
    /// How many tokens may wait to be written: 1 to 1,000,000.
    pub queue_limit: u32,
    /// How often a token is tried again whose place another one took meanwhile: 0 to 20.
    pub retry_count: u32,
}

/// Whether tokens are written before they are answered.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PersistenceMode {
    /// All of them.
    Sync,
    /// Not opaque access tokens, which a crash can lose.
    Async,
}

/// The words of the modes.
const MODES: &[(&str, PersistenceMode)] =
    &[("sync", PersistenceMode::Sync), ("async", PersistenceMode::Async)];

impl Persistence {
    pub(super) fn read(values: &mut Values) -> Self {
        Self {
            mode: values.read("persistence.mode", |text| one_of(MODES, text)),
            accept_loss: values.read("persistence.accept_loss", parsed),
            pool_size: values.read("persistence.pool_size", parsed),
            queue_limit: values.read("persistence.queue_limit", parsed),
            retry_count: values.read("persistence.retry_count", parsed),
        }
    }

    /// Whether tokens may be answered before they are written.
    #[must_use]
    pub fn is_async(&self) -> bool {
        self.mode == PersistenceMode::Async
    }
}

impl PersistenceMode {
    /// As a setting says it.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Sync => "sync",
            Self::Async => "async",
        }
    }
}

pub(super) const RULES: &[Rule] = &[
    Rule {
        keys: &["persistence.accept_loss", "persistence.mode"],
        breach: async_persistence_loses_tokens,
    },
    Rule {
        keys: &["persistence.pool_size", "persistence.mode"],
        breach: workers_alone_ask_for_async,
    },
    Rule { keys: &["persistence.pool_size", "persistence.mode"], breach: async_needs_workers },
    Rule {
        keys: &["persistence.mode", "tokens.reference.locator"],
        breach: a_key_in_a_token_cannot_wait,
    },
];

fn async_persistence_loses_tokens(config: &Config) -> Option<Wrong> {
    let persistence = &config.persistence;
    let breach = persistence.is_async() && !persistence.accept_loss;
    breach.then(|| {
        Wrong::new(
            "is false, while persistence.mode is async, where tokens are answered before they are \
             written and a crash loses those that wait",
            "set it to true if you can bear that, or leave persistence.mode at sync, which loses \
             nothing",
        )
    })
}

/// Elsewhere, a number of workers is all it takes.
fn workers_alone_ask_for_async(config: &Config) -> Option<Wrong> {
    let persistence = &config.persistence;
    let breach = persistence.pool_size > 0 && !persistence.is_async();
    breach.then(|| {
        Wrong::new(
            format!(
                "is {}, which asks for asynchronous persistence, where tokens are answered before \
                 they are written and a crash loses those that wait",
                persistence.pool_size
            ),
            "leave it at 0, or set persistence.mode to async and persistence.accept_loss to true",
        )
    })
}

fn async_needs_workers(config: &Config) -> Option<Wrong> {
    let persistence = &config.persistence;
    let breach = persistence.pool_size == 0 && persistence.is_async();
    breach.then(|| {
        Wrong::new(
            "is 0, which is synchronous persistence, while persistence.mode is async",
            "write how many workers shall write, such as 4, or leave persistence.mode at sync",
        )
    })
}

/// Whether an entry key is free shows when its entry is written; a token that carries it was handed
/// out by then.
fn a_key_in_a_token_cannot_wait(config: &Config) -> Option<Wrong> {
    let breach = config.persistence.is_async() && config.tokens.reference.locator;
    breach.then(|| {
        Wrong::new(
            "is async, while tokens.reference.locator puts entry keys into tokens: whether a key \
             is free shows only when it is written",
            "leave persistence.mode at sync, or tokens.reference.locator at false",
        )
    })
}

#[cfg(test)]
mod tests {
    use crate::config::parse;

    const ASYNC: &str = "persistence.mode = 'async'\n";
    const ACCEPTED: &str = "persistence.accept_loss = true\n";
    const WORKERS: &str = "persistence.pool_size = 4\n";

    /// Every fault in these lines of TOML: its key, what is wrong, and what to do.
    fn breaches(lines: &[&str]) -> Vec<[String; 3]> {
        match parse(Some(("config.toml", &lines.concat())), []) {
            Ok(_) => Vec::new(),
            Err(faults) => faults.0.into_iter().map(|it| [it.key, it.problem, it.remedy]).collect(),
        }
    }

    fn breach(key: &str, problem: &str, remedy: &str) -> Vec<[String; 3]> {
        vec![[key, problem, remedy].map(str::to_owned)]
    }

    #[test]
    fn async_persistence_is_for_those_who_accept_its_losses() {
        assert_eq!(
            breaches(&[ASYNC, WORKERS]),
            breach(
                "persistence.accept_loss",
                "is false, while persistence.mode is async, where tokens are answered before they \
                 are written and a crash loses those that wait",
                "set it to true if you can bear that, or leave persistence.mode at sync, which \
                 loses nothing"
            )
        );
        assert_eq!(breaches(&[ASYNC, WORKERS, ACCEPTED]), <Vec<[String; 3]>>::new());
        assert_eq!(breaches(&[ACCEPTED]), <Vec<[String; 3]>>::new());
    }

    #[test]
    fn a_number_of_workers_alone_is_refused_with_what_it_would_mean() {
        assert_eq!(
            breaches(&["persistence.pool_size = 100\n"]),
            breach(
                "persistence.pool_size",
                "is 100, which asks for asynchronous persistence, where tokens are answered before \
                 they are written and a crash loses those that wait",
                "leave it at 0, or set persistence.mode to async and persistence.accept_loss to \
                 true"
            )
        );
        assert_eq!(breaches(&["persistence.pool_size = 0\n"]), <Vec<[String; 3]>>::new());
    }

    #[test]
    fn async_persistence_needs_somebody_who_writes() {
        assert_eq!(
            breaches(&[ASYNC, ACCEPTED]),
            breach(
                "persistence.pool_size",
                "is 0, which is synchronous persistence, while persistence.mode is async",
                "write how many workers shall write, such as 4, or leave persistence.mode at sync"
            )
        );
    }

    #[test]
    fn a_token_that_carries_its_key_cannot_wait() {
        let located = "tokens.reference.locator = true\n";

        assert_eq!(
            breaches(&[ASYNC, ACCEPTED, WORKERS, located]),
            breach(
                "persistence.mode",
                "is async, while tokens.reference.locator puts entry keys into tokens: whether a \
                 key is free shows only when it is written",
                "leave persistence.mode at sync, or tokens.reference.locator at false"
            )
        );
        assert_eq!(breaches(&[located]), <Vec<[String; 3]>>::new());
    }

    #[test]
    fn all_that_is_wrong_with_async_persistence_is_told_at_once() {
        let keys: Vec<_> = breaches(&[ASYNC]).into_iter().map(|[key, ..]| key).collect();

        assert_eq!(keys, ["persistence.accept_loss", "persistence.pool_size"]);
    }
}
