//! What stands around an operator's page: where one is, who one is, and what one may.

use crate::{
    model::user::OperatorRole,
    pages::{account, gate::sign_out, person::PersonInWords},
};

use super::{guard::AdminVisit, inspect};

/// What the layout of operators shows.
pub(super) struct Frame {
    /// Which page this is.
    pub(super) here: Section,
    /// Where it is, to come back to it.
    pub(super) path: String,
    pub(super) person: PersonInWords,
    pub(super) theme_proof: String,
    pub(super) sign_out_proof: String,
    pub(super) find_proof: String,
    /// Whether whoever looks may change something here.
    pub(super) can_change: bool,
    /// What that takes.
    pub(super) role: OperatorRole,
    /// Whether what is dangerous takes the password once more.
    pub(super) needs_proof: bool,
}

/// A page of the navigation.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Section {
    Overview,
    Tokens,
    Types,
    Inspect,
    Clients,
    ResourceServers,
    Users,
    Keys,
    Audit,
    Settings,
}

impl Frame {
    /// The frame of the page at `path`, for this operator.
    pub(super) fn new(admin: &AdminVisit, here: Section, path: impl Into<String>) -> Self {
        Self {
            here,
            path: path.into(),
            person: PersonInWords::of(admin.user()),
            theme_proof: admin.csrf(account::THEME_STEP),
            sign_out_proof: admin.csrf(sign_out::STEP),
            find_proof: admin.csrf(inspect::STEP),
            can_change: admin.can_change(),
            role: admin.role(),
            needs_proof: admin.needs_proof(),
        }
    }

    /// Where the console begins.
    #[expect(clippy::unused_self, reason = "templates know no types")]
    pub(super) fn first(&self) -> &'static str {
        Section::Overview.path()
    }

    /// The navigation: groups of pages, each with the key of its heading.
    #[expect(clippy::unused_self, reason = "templates know no types")]
    pub(super) fn groups(&self) -> [(&'static str, &'static [Section]); 4] {
        [
            ("", &[Section::Overview]),
            ("admin-token-store", &[Section::Tokens, Section::Types, Section::Inspect]),
            ("admin-identity", &[Section::Clients, Section::ResourceServers, Section::Users]),
            ("admin-operations", &[Section::Keys, Section::Audit, Section::Settings]),
        ]
    }

    /// The version of the program.
    #[expect(clippy::unused_self, reason = "templates know no types")]
    pub(super) fn version(&self) -> &'static str {
        env!("CARGO_PKG_VERSION")
    }
}

impl Section {
    /// Where it is.
    pub(super) fn path(self) -> &'static str {
        match self {
            Self::Overview => "/admin",
            Self::Tokens => "/admin/tokens",
            Self::Types => "/admin/types",
            Self::Inspect => "/admin/inspect",
            Self::Clients => "/admin/clients",
            Self::ResourceServers => "/admin/resource-servers",
            Self::Users => "/admin/users",
            Self::Keys => "/admin/keys",
            Self::Audit => "/admin/audit",
            Self::Settings => "/admin/settings",
        }
    }

    /// The key of its name.
    pub(super) fn key(self) -> &'static str {
        match self {
            Self::Overview => "admin-overview",
            Self::Tokens => "admin-tokens",
            Self::Types => "admin-types",
            Self::Inspect => "admin-inspect",
            Self::Clients => "admin-clients",
            Self::ResourceServers => "admin-servers",
            Self::Users => "admin-users",
            Self::Keys => "admin-keys",
            Self::Audit => "admin-audit",
            Self::Settings => "admin-settings",
        }
    }

    /// The name of its drawing.
    pub(super) fn icon(self) -> &'static str {
        match self {
            Self::Overview => "grid",
            Self::Tokens => "ticket",
            Self::Types => "rules",
            Self::Inspect => "lens",
            Self::Clients => "app",
            Self::ResourceServers => "db",
            Self::Users => "users",
            Self::Keys => "key",
            Self::Audit => "scroll",
            Self::Settings => "gear",
        }
    }

    /// The letter that leads there after `g`.
    pub(super) fn letter(self) -> &'static str {
        match self {
            Self::Overview => "o",
            Self::Tokens => "t",
            Self::Types => "y",
            Self::Inspect => "i",
            Self::Clients => "c",
            Self::ResourceServers => "r",
            Self::Users => "u",
            Self::Keys => "k",
            Self::Audit => "a",
            Self::Settings => "s",
        }
    }
}
