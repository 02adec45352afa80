//! Making, replacing and retiring client secrets, with an overlap, so that nothing stops working.

use std::time::Duration;

use crate::{
    app::App,
    model::{
        client::ClientAuthentication,
        client_id::ClientId,
        client_secret::{ClientSecret, SecretKind},
        id::uuid_v7,
        secret::{Random, Secret},
        timestamp::Timestamp,
    },
    store::Transaction,
};

use super::{Error, Operator, Result, checks, clients, event};

/// What generated secrets begin with, so that people and scanners recognise them.
const PREFIX: &str = "tsk_";

/// How many characters of a secret tell it from the others.
const HINT: usize = 6;

/// The longest overlap.
const LONGEST_OVERLAP: Duration = Duration::from_hours(8760);

/// A secret that was replaced.
#[derive(Debug)]
pub struct RotatedSecret {
    /// The new one, where it was drawn: shown once.
    pub secret: Option<Secret>,
    /// How to tell it from the others.
    pub hint: String,
    /// The older ones that are still live, and when they end.
    pub older: Vec<ClientSecret>,
}

/// A secret, its row, and whether there is something to show.
pub(super) struct MadeSecret {
    pub(super) row: ClientSecret,
    pub(super) shown: Option<Secret>,
}

impl MadeSecret {
    /// The row, and what there is to show.
    pub(super) fn into_parts(self) -> (ClientSecret, Option<Secret>) {
        (self.row, self.shown)
    }
}

/// Gives a client a new secret; the older ones work until `overlap` is over.
///
/// # Errors
///
/// [`Error::NotFound`], and [`Error::Invalid`] for a client without secrets.
pub async fn rotate(
    app: &App,
    operator: &Operator,
    client_id: &ClientId,
    overlap: Duration,
    chosen: Option<Secret>,
) -> Result<RotatedSecret> {
    rotate_with(app, operator, client_id, Rotation { overlap, chosen, seen: None }).await
}

/// The same with a drawn secret, if the newest one is still that of this hint, which somebody saw;
/// none where they saw no secret.
///
/// # Errors
///
/// As [`rotate`], and [`Error::Conflict`] if there is a newer one.
pub async fn rotate_seen(
    app: &App,
    operator: &Operator,
    client_id: &ClientId,
    (overlap, seen): (Duration, Option<&str>),
) -> Result<RotatedSecret> {
    let seen = Some(seen.map(str::to_owned));
    rotate_with(app, operator, client_id, Rotation { overlap, chosen: None, seen }).await
}

/// How a secret is replaced.
struct Rotation {
    overlap: Duration,
    chosen: Option<Secret>,
    /// The hint of the newest one, where somebody looked at that before.
    #[expect(clippy::option_option, reason = "somebody may have looked and seen none")]
    seen: Option<Option<String>>,
}

async fn rotate_with(
    app: &App,
    operator: &Operator,
    client_id: &ClientId,
    Rotation { overlap, chosen, seen }: Rotation,
) -> Result<RotatedSecret> {
    let now = app.now();
    let client = clients::find(app, client_id).await?;
    let with_secret = [ClientAuthentication::SecretBasic, ClientAuthentication::SecretPost];
    if !with_secret.contains(&client.authentication) {
        let method = client.authentication;
        return Err(Error::Invalid(format!(
            "{client_id} authenticates by {method}, not by secret"
        )));
    }
    if overlap > LONGEST_OVERLAP {
        return Err(Error::Invalid("an overlap lasts at most 365d".to_owned()));
    }
    let made = make(app, client_id, chosen, now).await?;

    // Noted uses belong to what is shown of the older ones; without them it is still true.
    let _ = app.last_uses.write(&app.store).await;
    let mut store = hold(app, client_id).await?;
    if let Some(seen) = seen {
        let newest = store.client_secrets(client_id).await?.into_iter().next();
        if newest.map(|newest| newest.hint) != seen {
            store.roll_back().await?;
            let text = format!("there is another secret of {client_id} meanwhile; look again");
            return Err(Error::Conflict(text));
        }
    }
    insert(&mut store, &made.row).await?;
    store.end_older_secrets(client_id, made.row.secret_id, now.plus(overlap)).await?;
    let detail = format!("new {}", made.row.hint);
    let event =
        event(app, (operator, now), "client.secret_rotated", client_id.as_str(), Some(detail));
    store.insert_audit_event(&event).await?;
    let all = store.client_secrets(client_id).await?;
    // Nothing may fail after this: the new secret has yet to be shown.
    store.commit().await?;

    let is_older = |s: &ClientSecret| s.secret_id != made.row.secret_id && s.is_live(now);
    let older = all.into_iter().filter(is_older).collect();
    Ok(RotatedSecret { secret: made.shown, hint: made.row.hint, older })
}

/// Ends one secret now.
///
/// # Errors
///
/// [`Error::NotFound`] if the client has no live secret that ends so, [`Error::Conflict`] if it is
/// the last live one, without which the client could not authenticate.
pub async fn retire(
    app: &App,
    operator: &Operator,
    client_id: &ClientId,
    hint: &str,
) -> Result<()> {
    let now = app.now();
    let mut store = hold(app, client_id).await?;
    if !store.retire_secret(client_id, hint, now).await? {
        let all = store.client_secrets(client_id).await?;
        store.roll_back().await?;
        let is_live = all.iter().any(|secret| secret.hint == hint && secret.is_live(now));
        return Err(why_not_retired(client_id, hint, is_live));
    }
    let detail = Some(hint.to_owned());
    let event = event(app, (operator, now), "client.secret_retired", client_id.as_str(), detail);
    store.insert_audit_event(&event).await?;
    store.commit().await?;
    Ok(())
}

/// Begins a change of a client's secrets. Until it ends, nobody else changes them or deletes the
/// client: a secret that came after the deletion would open to whoever is given the name next.
async fn hold(app: &App, client_id: &ClientId) -> Result<Transaction> {
    let mut store = app.store.begin().await?;
    if store.hold_client(client_id).await? {
        return Ok(store);
    }
    store.roll_back().await?;
    Err(clients::not_found(client_id))
}

fn why_not_retired(client_id: &ClientId, hint: &str, is_live: bool) -> Error {
    if is_live {
        let text =
            format!("it is the last secret of {client_id}; rotate it, or disable the client");
        Error::Conflict(text)
    } else {
        Error::NotFound(format!("{client_id} has no live secret that ends in {hint}"))
    }
}

/// Makes a secret: the chosen one, hashed slowly, or one drawn with 256 random bits.
pub(super) async fn make(
    app: &App,
    client_id: &ClientId,
    chosen: Option<Secret>,
    now: Timestamp,
) -> Result<MadeSecret> {
    let (kind, hint, verifier, shown) = match chosen {
        Some(secret) => {
            checks::chosen_secret(secret.expose())?;
            let phc = app.hasher.hash(&secret).await?;
            (SecretKind::Chosen, random_hint(&app.random), phc.into_bytes(), None)
        }
        None => {
            let secret = Secret::new(format!("{PREFIX}{}", Secret::generate(&app.random).expose()));
            let hint = secret.expose()[secret.expose().len() - HINT..].to_owned();
            let hash = secret.hash().as_bytes().to_vec();
            (SecretKind::Generated, hint, hash, Some(secret))
        }
    };
    Ok(MadeSecret { row: kept(app, client_id, (hint, kind, verifier), now), shown })
}

/// The row of a secret of which this is kept.
pub(super) fn kept(
    app: &App,
    client_id: &ClientId,
    (hint, kind, verifier): (String, SecretKind, Vec<u8>),
    now: Timestamp,
) -> ClientSecret {
    ClientSecret {
        secret_id: uuid_v7(now, &app.random),
        client_id: client_id.clone(),
        hint,
        kind,
        verifier,
        created_at: now,
        expires_at: None,
        last_used_at: None,
        last_used_from: None,
    }
}

pub(super) async fn insert(store: &mut Transaction, row: &ClientSecret) -> Result<()> {
    if store.insert_client_secret(row).await? {
        return Ok(());
    }
    // One in 69 billion: another secret of this client ends in the same six characters.
    Err(Error::Conflict("the drawn secret looks like another; try again".to_owned()))
}

/// What names a chosen secret, of which nothing may be shown.
fn random_hint(random: &Random) -> String {
    let drawn = Secret::generate(random);
    drawn.expose()[..HINT].to_owned()
}
