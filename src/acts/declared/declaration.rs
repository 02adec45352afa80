//! What files declare, before anybody looks at a store.

use std::{collections::HashMap, fmt};

use toml::de::DeTable;

use crate::{
    config::Wrong,
    model::{
        client::Client, client_secret::SecretKind, resource_server::ResourceServer,
        scope::DescribedScope, secret::Secret, timestamp::Timestamp, user::PasswordHash,
        user::User,
    },
};

use super::{
    clients,
    file::DeclaredFile,
    page::{Fetch, Findings, Page, Place, Section},
    resource_servers, users,
};

/// What can be declared.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Noun {
    /// An app that may ask for tokens.
    Client,
    /// An API that tokens are for.
    ResourceServer,
    /// A scope token and its description.
    Scope,
    /// A person, or the account of a service.
    User,
}

/// What files declare together. Nothing is in it twice.
#[derive(Default)]
pub struct Declaration {
    pub(super) clients: Vec<DeclaredClient>,
    pub(super) resource_servers: Vec<DeclaredServer>,
    pub(super) scopes: Vec<DeclaredScope>,
    pub(super) users: Vec<DeclaredUser>,
    /// The nouns that the files say anything about, if only that there are none.
    pub(super) mentioned: Vec<Noun>,
    /// What deserves a look.
    pub(super) notes: Vec<String>,
    findings: Findings,
}

/// What came of reading files.
pub struct Reading {
    /// What they declare, as far as it could be read.
    pub(super) declaration: Declaration,
    pub(super) findings: Findings,
}

/// A client as it is to be.
pub(super) struct DeclaredClient {
    pub(super) place: Place,
    /// Whether nothing is wrong with it. If something is, only its name is to be relied on.
    pub(super) is_sound: bool,
    pub(super) client: Client,
    /// `None` leaves it as it is.
    pub(super) disabled: Option<bool>,
    /// `None` if the file says nothing about secrets.
    pub(super) secrets: Option<Vec<DeclaredSecret>>,
}

/// A secret as it is to be.
pub(super) struct DeclaredSecret {
    pub(super) place: Place,
    /// What it is called in faults.
    pub(super) name: String,
    pub(super) source: SecretSource,
    pub(super) end: DeclaredEnd,
}

/// When a secret is to end.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum DeclaredEnd {
    /// As it does; a new one never.
    Kept,
    /// Never.
    Never,
    /// Then: a whole second.
    At(Timestamp),
}

/// Where a secret comes from.
pub(super) enum SecretSource {
    /// It is known.
    Known(Secret),
    /// It is drawn, unless the client has one already.
    Generate,
    /// It is in the store, or else what is kept of it stands in the file.
    Hint { hint: String, verifier: Option<Verifier> },
}

/// What is kept of a secret. It has no `Debug`.
#[derive(Clone, PartialEq, Eq)]
pub(super) struct Verifier {
    pub(super) kind: SecretKind,
    pub(super) bytes: Vec<u8>,
}

/// A resource server as it is to be.
pub(super) struct DeclaredServer {
    pub(super) place: Place,
    pub(super) server: ResourceServer,
}

/// A scope token that exists. Without a description there is nothing to keep of it.
pub(super) struct DeclaredScope {
    pub(super) place: Place,
    pub(super) scope: DescribedScope,
}

/// A user as they are to be.
pub(super) struct DeclaredUser {
    pub(super) place: Place,
    pub(super) user: User,
    /// `None` leaves it as it is.
    pub(super) disabled: Option<bool>,
    pub(super) password: DeclaredPassword,
}

/// The password of a user.
pub(super) enum DeclaredPassword {
    /// It stays as it is.
    Kept,
    /// They have none.
    None,
    /// It is known.
    Known(Secret),
    /// It was hashed elsewhere.
    Hash(PasswordHash),
}

/// Reads files, which together are one declaration. Needs no store.
#[must_use]
pub fn read(files: &[DeclaredFile], now: Timestamp) -> Reading {
    let mut declaration = Declaration::default();
    for file in files {
        let mut fetch = |external: &_| file.find(external);
        let states_secret = read_page(&mut declaration, (&file.name, &file.text), now, &mut fetch);
        if states_secret && file.is_open {
            declaration.notes.push(format!(
                "{name} holds a secret, and every user may read it: chmod 600 {name}, and put \
                 another secret into it.",
                name = file.name
            ));
        }
    }
    let mut findings = std::mem::take(&mut declaration.findings);
    declaration.refuse_duplicates(&mut findings);
    Reading { declaration, findings }
}

/// Reads one file, its name and its text, into `declaration`. Returns whether a secret itself stands
/// in it.
pub(super) fn read_page(
    declaration: &mut Declaration,
    (name, text): (&str, &str),
    now: Timestamp,
    fetch: Fetch<'_>,
) -> bool {
    let mut findings = std::mem::take(&mut declaration.findings);
    let mut page = Page::new((name, text), &mut findings, fetch, now);
    let (table, errors) = DeTable::parse_recoverable(text);
    if errors.is_empty() {
        declaration.take(Section::whole(&mut page, table.get_ref()));
    }
    for error in errors {
        let place = page.place(error.span().map_or(0, |span| span.start));
        // The message names what TOML expected, never what stands there.
        let problem = format!("is not TOML: {}", error.message());
        page.findings.report(&place, name, Wrong::new(problem, "correct it"));
    }
    let states_secret = page.states_secret;
    declaration.findings = findings;
    states_secret
}

impl Declaration {
    fn take(&mut self, mut whole: Section<'_, '_, '_>) {
        let clients = whole.each("clients", clients::read);
        let servers = whole.each("resource_servers", resource_servers::read);
        let scopes = whole.each("scopes", resource_servers::read_scope);
        let users = whole.each("users", users::read);
        if whole.value("token_types").is_some() {
            let problem = "this version of Tessera has no token types of one's own";
            whole.refuse("token_types", Wrong::new(problem, "remove them"));
        }
        whole.finish();
        let mentioned = [
            (Noun::Client, clients.is_some()),
            (Noun::ResourceServer, servers.is_some()),
            (Noun::Scope, scopes.is_some()),
            (Noun::User, users.is_some()),
        ];
        self.mentioned.extend(mentioned.iter().filter(|(_, is)| *is).map(|(noun, _)| *noun));
        self.clients.extend(clients.into_iter().flatten());
        self.resource_servers.extend(servers.into_iter().flatten());
        self.scopes.extend(scopes.into_iter().flatten());
        self.users.extend(users.into_iter().flatten());
    }

    /// Reports what stands in the files twice, and keeps the first.
    fn refuse_duplicates(&mut self, findings: &mut Findings) {
        let mut once = Once { findings, first: HashMap::new() };
        self.clients.retain(|declared| {
            once.is_first("clients", declared.client.client_id.as_str(), &declared.place)
        });
        self.resource_servers.retain(|declared| {
            once.is_first("resource_servers", &declared.server.audience, &declared.place)
        });
        self.scopes
            .retain(|declared| once.is_first("scopes", &declared.scope.scope, &declared.place));
        self.users.retain(|declared| {
            let User { realm, username_fold, .. } = &declared.user;
            once.is_first("users", &format!("{realm}/{username_fold}"), &declared.place)
        });
    }
}

/// The places of names that were seen.
struct Once<'f> {
    findings: &'f mut Findings,
    first: HashMap<String, Place>,
}

impl Once<'_> {
    fn is_first(&mut self, noun: &str, name: &str, place: &Place) -> bool {
        let key = format!("{noun}.{name}");
        let Some(first) = self.first.get(&key) else {
            self.first.insert(key, place.clone());
            return true;
        };
        let problem = format!("is declared already, at {first}");
        self.findings.report(place, &key, Wrong::new(problem, "keep one of them"));
        false
    }
}

impl DeclaredEnd {
    /// The moment, if there is one.
    pub(super) fn moment(self) -> Option<Timestamp> {
        match self {
            Self::At(end) => Some(end),
            Self::Kept | Self::Never => None,
        }
    }
}

impl Noun {
    /// Every noun, in the order of the file.
    pub const ALL: &'static [Noun] = &[Noun::Client, Noun::ResourceServer, Noun::Scope, Noun::User];

    /// The word that programs know it by.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Noun::Client => "client",
            Noun::ResourceServer => "resource_server",
            Noun::Scope => "scope",
            Noun::User => "user",
        }
    }

    /// The name of its array of tables.
    #[must_use]
    pub const fn section(self) -> &'static str {
        match self {
            Noun::Client => "clients",
            Noun::ResourceServer => "resource_servers",
            Noun::Scope => "scopes",
            Noun::User => "users",
        }
    }
}

impl fmt::Display for Noun {
    /// The words that people know it by.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Noun::ResourceServer => "resource server",
            noun => noun.as_str(),
        })
    }
}
