//! The steps of a key's life. Each is a transaction of conditional statements and its audit events:
//! of several who take it at once, one does, and the others change nothing.

use std::time::Duration;

use crate::{
    acts::{Operator, Result, event},
    app::App,
    model::{
        audit::AuditEvent,
        signing_key::{SigningKey, SigningKeyState},
        timestamp::Timestamp,
    },
    store::{self, Transaction},
};

/// Publishes a new key, which signs nothing yet. False if its algorithm has one that waits already.
pub(super) async fn stage(
    app: &App,
    (operator, now): (&Operator, Timestamp),
    key: &SigningKey,
) -> Result<bool> {
    let mut store = app.store.begin().await?;
    if !store.insert_signing_key(key).await? {
        store.roll_back().await?;
        return Ok(false);
    }
    let detail = format!("{}, signs from {}", key.algorithm, key.signs_from().rfc3339());
    let event = event(app, (operator, now), "key.staged", &key.kid, Some(detail));
    store.insert_audit_event(&event).await?;
    store.commit().await?;
    Ok(true)
}

/// Lets `next`, which is staged or not in the store yet, sign in the place of `last`, if there is
/// one. False if somebody else was faster.
pub(super) async fn promote(
    app: &App,
    (operator, now): (&Operator, Timestamp),
    last: Option<&SigningKey>,
    next: &SigningKey,
) -> Result<bool> {
    let retired = last.map(|key| app.tokens.with_public_half(key)).transpose()?;
    let mut store = app.store.begin().await?;
    if let Some(retired) = &retired {
        let longest = longest_lifetime(app, &mut store).await?;
        if !store.retire_signing_key(retired, now, longest).await? {
            store.roll_back().await?;
            return Ok(false);
        }
    }
    if !begin_signing(&mut store, next, now).await? {
        store.roll_back().await?;
        return Ok(false);
    }
    store.insert_audit_event(&activated(app, (operator, now), last, next)).await?;
    store.commit().await?;
    Ok(true)
}

/// Lets the last key of an algorithm that nobody uses sign no more. False if somebody else was
/// faster.
pub(super) async fn retire(
    app: &App,
    (operator, now): (&Operator, Timestamp),
    key: &SigningKey,
) -> Result<bool> {
    let retired = app.tokens.with_public_half(key)?;
    let mut store = app.store.begin().await?;
    let longest = longest_lifetime(app, &mut store).await?;
    if !store.retire_signing_key(&retired, now, longest).await? {
        store.roll_back().await?;
        return Ok(false);
    }
    let detail = format!("{}, which nobody uses", key.algorithm);
    let event = event(app, (operator, now), "key.retired", &key.kid, Some(detail));
    store.insert_audit_event(&event).await?;
    store.commit().await?;
    Ok(true)
}

/// Deletes a key of whose signatures none can be good any more. False if somebody else was faster.
pub(super) async fn discard(
    app: &App,
    (operator, now): (&Operator, Timestamp),
    key: &SigningKey,
) -> Result<bool> {
    let mut store = app.store.begin().await?;
    if !store.delete_signing_key(&key.kid, now).await? {
        store.roll_back().await?;
        return Ok(false);
    }
    let event = event(app, (operator, now), "key.dropped", &key.kid, None);
    store.insert_audit_event(&event).await?;
    store.commit().await?;
    Ok(true)
}

/// Lets a key sign: one that waits, or one that is not in the store yet. False if it waits no more,
/// or another signs.
pub(super) async fn begin_signing(
    store: &mut Transaction,
    key: &SigningKey,
    now: Timestamp,
) -> Result<bool> {
    let begun = match key.state {
        SigningKeyState::Staged => store.activate_signing_key(&key.kid, now).await,
        _ => store.insert_signing_key(key).await,
    };
    match begun {
        Err(store::Error::Conflict) => Ok(false),
        begun => Ok(begun?),
    }
}

/// The event of a key that began to sign.
pub(super) fn activated(
    app: &App,
    by: (&Operator, Timestamp),
    last: Option<&SigningKey>,
    next: &SigningKey,
) -> AuditEvent {
    let place = last.map_or(String::new(), |last| format!(", in the place of {}", last.kid));
    event(app, by, "key.activated", &next.kid, Some(format!("{}{place}", next.algorithm)))
}

/// The longest lifetime that a JWT can be given now.
pub(super) async fn longest_lifetime(app: &App, store: &mut Transaction) -> Result<Duration> {
    let clients = u64::try_from(store.longest_client_lifetime().await?).unwrap_or(0);
    Ok(app.config().longest_lifetime().max(Duration::from_secs(clients)))
}
