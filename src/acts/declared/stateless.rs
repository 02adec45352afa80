//! Declared files where there is no store: they are all that there is, at every start and reload.

use uuid::{Builder, Uuid};

use crate::{
    acts::{Error, Result, client_settings::needs_secret, keys, secrets},
    app::App,
    config::{Config, Fault, Wrong},
    model::{
        client::{Client, ClientStatus},
        client_secret::ClientSecret,
        registered_client::RegisteredClient,
        reuse::Reuse,
        secret::Sha256,
        signature_algorithm::SignatureAlgorithm,
        timestamp::Timestamp,
        token_format::TokenFormat,
        user::{PasswordHash, User, UserStatus},
    },
    store::{Held, UserKey},
};

use super::{
    declaration::{
        Declaration, DeclaredClient, DeclaredPassword, DeclaredSecret, DeclaredUser, Reading,
        SecretSource, read,
    },
    file::DeclaredFile,
    page::Findings,
    plan::PlanOptions,
    plan_secrets::find,
    references::References,
    settle::Settled,
    state::State,
};

/// The grant that redeems what only a store remembers.
const REFRESH: &str = "refresh_token";

/// Everything that is wrong with files where there is no store: what is wrong anywhere, and what
/// only a store could do.
#[must_use]
pub fn faults_without_store(files: &[DeclaredFile], now: Timestamp) -> Vec<Fault> {
    let Reading { declaration, mut findings } = read(files, now);
    let nothing = State::default();
    // That nobody is there to see a secret that is drawn is not the reason.
    let options = PlanOptions { prune: false, attended: true, now };
    let references = References { declaration: &declaration, state: &nothing, options: &options };
    references.check(&mut findings);
    for declared in &declaration.token_types {
        let key = format!("token_types.{}", declared.token_type.name);
        findings.report(&declared.place, &key, needs("is a type of tokens", "remove it"));
    }
    declaration.clients.iter().for_each(|declared| refuse_client(declared, &mut findings));
    findings.into_faults()
}

/// Holds what files declare, and the signing keys, in place of what was held before: all of it, or
/// nothing changes. Only where there is no store.
///
/// # Errors
///
/// [`Error::Faulty`] with everything that is wrong with the files or the file of keys.
pub async fn hold(app: &App, files: &[DeclaredFile], config: &Config) -> Result<Settled> {
    let now = app.now();
    let mut faults = faults_without_store(files, now);
    let declaration = read(files, now).declaration;
    let algorithms = algorithms(&declaration, config);
    // Nothing is made for files that are not taken.
    let own = if faults.is_empty() {
        keys::own(app, config, &algorithms).await?.map_err(|of_keys| faults.extend(of_keys)).ok()
    } else {
        None
    };
    let Some(own) = own else { return Err(Error::Faulty(faults)) };
    let mut notes = declaration.notes.clone();
    if let Some(path) = own.made_at {
        notes.push(format!(
            "Signing keys were made: {}. Back the file up; every server of this issuer needs it.",
            path.display()
        ));
    }
    let mut clients = Vec::new();
    for declared in declaration.clients {
        clients.push(client(app, declared, now, &mut notes).await?);
    }
    let mut users = Vec::new();
    for declared in declaration.users {
        users.push(user(app, declared).await?);
    }
    let servers = declaration.resource_servers.into_iter().map(|declared| declared.server);
    app.store.hold(Held::new(clients, servers.collect(), users, own.rows));
    app.read_keys().await?;
    Ok(Settled { differences: Vec::new(), notes })
}

/// What a start would find wrong with the file of keys. `may_make` where it makes one that is
/// missing.
#[must_use]
pub fn key_faults(
    files: &[DeclaredFile],
    config: &Config,
    (may_make, now): (bool, Timestamp),
) -> Vec<Fault> {
    let declaration = read(files, now).declaration;
    keys::own_faults(config, &algorithms(&declaration, config), may_make)
}

/// The algorithms by which somebody wants tokens to be signed.
fn algorithms(declaration: &Declaration, config: &Config) -> Vec<SignatureAlgorithm> {
    let mut wanted: Vec<_> = config.algorithms().collect();
    wanted.extend(declaration.clients.iter().filter_map(|one| one.client.access_algorithm));
    SignatureAlgorithm::ALL.iter().filter(|one| wanted.contains(one)).copied().collect()
}

fn needs(what: &str, remedy: &str) -> Wrong {
    let remedy = format!("{remedy}; or set store.enabled = true");
    Wrong::new(format!("{what}, which needs a store"), remedy)
}

/// Reports what a client is to have that only a store can give it.
fn refuse_client(declared: &DeclaredClient, findings: &mut Findings) {
    let client = &declared.client;
    for (field, what) in of_a_store(client) {
        let key = format!("clients.{}.{field}", client.client_id);
        findings.report(&declared.place, &key, needs(&what, "remove it"));
    }
    for secret in declared.secrets.iter().flatten() {
        if matches!(secret.source, SecretSource::Generate) {
            let remedy = "state it by value, env or file, or by hint and verifier";
            findings.report(&secret.place, &secret.name, needs("is to be drawn", remedy));
        }
    }
}

/// The settings of a client that only a store can keep: which, and what they are.
fn of_a_store(client: &Client) -> Vec<(&'static str, String)> {
    let refresh_rotate = client.refresh_rotate.map(|rotates| format!("is {rotates}"));
    let refresh_format = client.refresh_format.map(|format| format!("is {format}"));
    let refresh_lifetime = client.refresh_lifetime.map(|seconds| format!("is {seconds} s"));
    let is_reference = client.access_format == Some(TokenFormat::Reference);
    // A file of keys does not tell which of two algorithms an RSA key is for.
    let is_pss = client.access_algorithm == Some(SignatureAlgorithm::Ps256);
    let refreshes = client.grant_types.contains(REFRESH);
    let reuse = client.reuse.filter(|reuse| *reuse != Reuse::New);
    [
        ("access_format", is_reference.then(|| "is reference".to_owned())),
        ("access_algorithm", is_pss.then(|| "is PS256".to_owned())),
        ("grant_types", refreshes.then(|| format!("has {REFRESH}"))),
        ("refresh_format", refresh_format),
        ("refresh_rotate", refresh_rotate),
        ("refresh_lifetime", refresh_lifetime),
        ("reuse", reuse.map(|reuse| format!("is {reuse}"))),
    ]
    .into_iter()
    .filter_map(|(field, what)| Some((field, what?)))
    .collect()
}

async fn client(
    app: &App,
    declared: DeclaredClient,
    now: Timestamp,
    notes: &mut Vec<String>,
) -> Result<RegisteredClient> {
    let DeclaredClient { client, disabled, secrets: declared, .. } = declared;
    let status = if disabled == Some(true) { ClientStatus::Disabled } else { ClientStatus::Active };
    let client = Client { status, ..client };
    let name = &client.client_id;
    let before = app.store.find_registered_client(name).await?;
    let before = before.as_ref().map_or(&[][..], |found| found.secrets.as_slice());
    let mut secrets = Vec::new();
    for declared in declared.into_iter().flatten() {
        match secret(app, (&client, before), declared, now).await? {
            Some(secret) if secret.is_live(now) => secrets.push(secret),
            Some(_) => notes.push(format!("A secret of {name} has ended and is not added.")),
            // It was refused before.
            None => {}
        }
    }
    if needs_secret(&client) && secrets.is_empty() {
        notes.push(format!("{name} has no live secret and can't authenticate."));
    }
    Ok(RegisteredClient { client, secrets })
}

/// A secret as it is kept. One that was hashed before is not hashed again.
async fn secret(
    app: &App,
    (client, before): (&Client, &[ClientSecret]),
    declared: DeclaredSecret,
    now: Timestamp,
) -> Result<Option<ClientSecret>> {
    let client_id = &client.client_id;
    let kept = match declared.source {
        SecretSource::Known(known) => match find(app, before, &known, now).await? {
            Some(found) => found.clone(),
            None => secrets::make(app, client_id, Some(known), now).await?.into_parts().0,
        },
        SecretSource::Hint { hint, verifier: Some(verifier) } => {
            secrets::kept(app, client_id, (hint, verifier.kind, verifier.bytes), now)
        }
        SecretSource::Hint { verifier: None, .. } | SecretSource::Generate => return Ok(None),
    };
    Ok(Some(ClientSecret { expires_at: declared.end.moment(), ..kept }))
}

async fn user(app: &App, declared: DeclaredUser) -> Result<User> {
    let DeclaredUser { user, disabled, password, .. } = declared;
    let status = if disabled == Some(true) { UserStatus::Disabled } else { UserStatus::Active };
    let password = match password {
        DeclaredPassword::Kept | DeclaredPassword::None => None,
        DeclaredPassword::Hash(hash) => Some(hash),
        DeclaredPassword::Known(secret) => {
            let key = UserKey::Name(user.realm.clone(), user.username_fold.clone());
            let before = app.store.find_user(key).await?;
            let before = before.and_then(|before| before.password.clone());
            let phc = before.as_ref().map(PasswordHash::expose);
            let is_same = match phc {
                Some(phc) => app.hasher.recognise(&secret, &[phc]).await?.is_some(),
                None => false,
            };
            match before.filter(|_| is_same) {
                Some(hash) => Some(hash),
                None => Some(PasswordHash::new(app.hasher.hash(&secret).await?)),
            }
        }
    };
    Ok(User { user_id: user_id(&user), status, password, ..user })
}

/// The same at every start and on every server: made of realm and name, which no store has to keep.
fn user_id(user: &User) -> Uuid {
    let User { realm, username_fold, .. } = user;
    let named = Sha256::of(format!("user|{}|{realm}{username_fold}", realm.len()).as_bytes());
    let (bytes, _) = named.as_bytes().split_first_chunk().expect("a hash has 32 bytes");
    Builder::from_custom_bytes(*bytes).into_uuid()
}
