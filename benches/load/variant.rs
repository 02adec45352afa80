//! The ways in which the server is set up for its cases.

use super::{
    cases::Case,
    database::{Database, Engine},
    server::CACHE_OFF,
    settings::Settings,
};

/// How the server is set up. One runs at a time: on SQLite it owns the file, and on PostgreSQL it
/// shall have the machine for itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Variant {
    /// As it comes.
    Plain,
    /// It answers before it writes.
    Async,
    /// Its references carry their entry keys.
    Located,
    /// It keeps no entry in memory.
    CacheOff,
    /// Two servers share the database.
    TwoNodes,
}

impl Variant {
    /// Those that are wanted on a database, in their order.
    pub fn wanted(settings: &Settings, database: &Database) -> Vec<Self> {
        let all = [Self::Plain, Self::Async, Self::Located, Self::CacheOff, Self::TwoNodes];
        let wanted = |variant: &Self| {
            settings.wants_nodes(variant.nodes())
                && (*variant != Self::TwoNodes || database.engine == Engine::Postgres)
                && variant.cases(settings).next().is_some()
        };
        all.into_iter().filter(wanted).collect()
    }

    /// Its cases, as far as they are wanted. Revocation comes after the issuance that gives it
    /// tokens.
    pub fn cases(self, settings: &Settings) -> impl Iterator<Item = Case> {
        let all: &[Case] = match self {
            Self::Plain => &[
                Case::Cached,
                Case::Uncached,
                Case::Garbage,
                Case::Plain,
                Case::Reuse,
                Case::Refresh,
                Case::Jwt,
                Case::Revoke,
                Case::Create,
                Case::Use,
                Case::Hot,
                Case::Authenticate,
                Case::Mix,
            ],
            Self::Async => &[Case::IssueAsync],
            Self::Located => &[Case::Located],
            Self::CacheOff => &[Case::Strict],
            Self::TwoNodes => {
                &[Case::Cached, Case::Plain, Case::Reuse, Case::Revoke, Case::Hot, Case::Mix]
            }
        };
        all.iter().copied().filter(|case| settings.wants(*case))
    }

    /// What is set beside the settings that every server has.
    pub fn settings(self) -> &'static [(&'static str, &'static str)] {
        match self {
            Self::Plain | Self::TwoNodes => &[],
            Self::Async => &[
                ("TESSERA_PERSISTENCE__MODE", "async"),
                ("TESSERA_PERSISTENCE__ACCEPT_LOSS", "true"),
                ("TESSERA_PERSISTENCE__POOL_SIZE", "4"),
            ],
            Self::Located => &[("TESSERA_TOKENS__REFERENCE__LOCATOR", "true")],
            Self::CacheOff => &[CACHE_OFF],
        }
    }

    /// How many servers there are.
    pub fn nodes(self) -> usize {
        if self == Self::TwoNodes { 2 } else { 1 }
    }

    /// What follows the name of a case in the report.
    pub fn suffix(self) -> &'static str {
        if self == Self::TwoNodes { ", two nodes" } else { "" }
    }
}
