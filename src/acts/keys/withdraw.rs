//! Withdrawing a key that leaked: nothing that it signed counts any more.

use crate::{
    acts::{Error, Operator, Result, event},
    app::App,
    model::{
        signing_key::{SigningKey, SigningKeyState},
        timestamp::Timestamp,
    },
    store::Transaction,
};

use super::{in_state, steps};

/// What became of it.
#[derive(Debug, Clone)]
pub struct Withdrawn {
    /// The key that signs in its place, if it was the one that signed.
    pub successor: Option<String>,
}

/// Finds a key that can be withdrawn, and the one that is to follow it, if it is published already.
///
/// # Errors
///
/// [`Error::NotFound`] if there is none of that name, or it was withdrawn.
pub async fn find(app: &App, kid: &str) -> Result<(SigningKey, Option<SigningKey>)> {
    let keys = app.store.read().await?.all_signing_keys().await?;
    let Some(key) = keys.iter().find(|key| key.kid == kid) else {
        return Err(Error::NotFound(format!("there is no key named {kid}")));
    };
    if key.state == SigningKeyState::Revoked {
        return Err(Error::NotFound(format!("{kid} was withdrawn already")));
    }
    let staged = in_state(&keys, key.algorithm, SigningKeyState::Staged);
    Ok((key.clone(), staged.filter(|staged| staged.kid != kid).cloned()))
}

/// Withdraws a key. When this returns, no node signs with it, publishes it or takes what it signed.
/// If it was the one that signed, another does, from the same moment on.
///
/// # Errors
///
/// [`Error::NotFound`] as for [`find`], and [`Error::Conflict`] if its state changed meanwhile.
pub async fn withdraw(
    app: &App,
    operator: &Operator,
    kid: &str,
    reason: Option<&str>,
) -> Result<Withdrawn> {
    let now = app.now();
    let (key, staged) = find(app, kid).await?;
    let successor = match (key.state, staged) {
        (SigningKeyState::Active, Some(staged)) => Some(staged),
        (SigningKeyState::Active, None) => {
            let state = SigningKeyState::Active;
            Some(app.tokens.make_signing_key(key.algorithm, state, now, now).await?)
        }
        _ => None,
    };
    let mut store = app.store.begin().await?;
    if !replace(app, &mut store, (&key, successor.as_ref()), now).await? {
        store.roll_back().await?;
        return Err(Error::Conflict(format!("{kid} was changed meanwhile; look again")));
    }
    let detail = format!("{}, was {}", key.algorithm, key.state);
    let mut withdrawn = event(app, (operator, now), "key.withdrawn", kid, Some(detail));
    withdrawn.reason = reason.map(str::to_owned);
    store.insert_audit_event(&withdrawn).await?;
    if let Some(successor) = &successor {
        let event = steps::activated(app, (operator, now), Some(&key), successor);
        store.insert_audit_event(&event).await?;
    }
    store.commit().await?;
    Ok(Withdrawn { successor: successor.map(|successor| successor.kid) })
}

async fn replace(
    app: &App,
    store: &mut Transaction,
    (key, successor): (&SigningKey, Option<&SigningKey>),
    now: Timestamp,
) -> Result<bool> {
    let longest = steps::longest_lifetime(app, store).await?;
    if !store.withdraw_signing_key(&key.kid, key.state, now, longest).await? {
        return Ok(false);
    }
    match successor {
        Some(successor) => steps::begin_signing(store, successor, now).await,
        None => Ok(true),
    }
}
