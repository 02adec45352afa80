//! What files declare, before anybody looks at a store.

use toml::de::DeTable;

use crate::{
    config::Wrong,
    model::{
        client::Client,
        client_secret::SecretKind,
        resource_server::ResourceServer,
        scope::DescribedScope,
        secret::Secret,
        timestamp::Timestamp,
        token_type::{DeclaredType, TypeDefinition, TypeName},
        user::{PasswordHash, User},
    },
};

use super::{
    clients,
    file::DeclaredFile,
    noun::Noun,
    page::{Fetch, Findings, Page, Place, Section},
    resource_servers, token_types, users,
};

/// What files declare together. Nothing is in it twice.
#[derive(Default)]
pub struct Declaration {
    pub(super) token_types: Vec<DeclaredTokenType>,
    /// The types of the settings file, where it is they that are to be brought about.
    pub(super) of_settings: Option<Vec<DeclaredType>>,
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

/// A token type as it is to be.
pub(super) struct DeclaredTokenType {
    pub(super) place: Place,
    pub(super) token_type: DeclaredType,
    /// What deserves a look.
    pub(super) notes: Vec<String>,
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
    let file = (name, text);
    read_by(Declaration::take, declaration, file, (now, fetch))
}

/// Reads the token types of a file, its name and its text, and nothing else of it.
pub(super) fn read_types(name: &str, text: &str) -> (Declaration, Findings) {
    let mut declaration = Declaration::default();
    let mut fetch = |_: &_| Err(Wrong::new("is not read", "name nothing outside the file"));
    read_by(Declaration::take_types, &mut declaration, (name, text), (Timestamp(0), &mut fetch));
    let mut findings = std::mem::take(&mut declaration.findings);
    declaration.refuse_duplicates(&mut findings);
    (declaration, findings)
}

/// Reads a file as far as `take` takes what it holds. Returns whether a secret itself stands in it.
fn read_by(
    take: fn(&mut Declaration, Section<'_, '_, '_>),
    declaration: &mut Declaration,
    (name, text): (&str, &str),
    (now, fetch): (Timestamp, Fetch<'_>),
) -> bool {
    let mut findings = std::mem::take(&mut declaration.findings);
    let mut page = Page::new((name, text), &mut findings, fetch, now);
    let (table, errors) = DeTable::parse_recoverable(text);
    if errors.is_empty() {
        take(declaration, Section::whole(&mut page, table.get_ref()));
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

impl Reading {
    /// The same, together with the token types of the settings file: whatever else came from there
    /// is to go.
    #[must_use]
    pub fn with_settings(mut self, token_types: &[DeclaredType]) -> Self {
        self.declaration.of_settings = Some(token_types.to_vec());
        self
    }
}

impl Declaration {
    fn take(&mut self, mut whole: Section<'_, '_, '_>) {
        self.read_types_of(&mut whole);
        let clients = whole.each("clients", clients::read);
        let servers = whole.each("resource_servers", resource_servers::read);
        let scopes = whole.each("scopes", resource_servers::read_scope);
        let users = whole.each("users", users::read);
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

    /// What every token type says, those of the settings file too.
    pub(super) fn definitions(&self) -> impl Iterator<Item = (&TypeName, &TypeDefinition)> {
        let declared = self.token_types.iter().map(|declared| &declared.token_type);
        let all = declared.chain(self.of_settings.iter().flatten());
        all.map(|declared| (&declared.name, &declared.definition))
    }

    /// Takes the token types, and looks at nothing else.
    fn take_types(&mut self, mut whole: Section<'_, '_, '_>) {
        self.read_types_of(&mut whole);
    }

    fn read_types_of(&mut self, whole: &mut Section<'_, '_, '_>) {
        let Some(types) = token_types::read(whole) else { return };
        self.mentioned.push(Noun::TokenType);
        self.notes.extend(types.iter().flat_map(|declared| declared.notes.clone()));
        self.token_types.extend(types);
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
