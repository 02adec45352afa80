//! Sealing: each event gets its place, and what stands for it and all before it. The order is that
//! of sealing: an event whose transaction was slow comes later, and none is ever put in between.

use std::time::Duration;

use crate::{
    app::App,
    model::{
        audit::{AuditChain, AuditEvent},
        timestamp::Timestamp,
    },
};

use super::{Error, Result};

/// How old an event is when it is sealed: most of those with an earlier key are there by then.
const SETTLED: Duration = Duration::from_secs(5);

/// A clock that is further ahead than this is wrong. What was written by it is not waited for.
const AHEAD: Duration = Duration::from_hours(1);

/// At most so many events share a transaction.
const BATCH: i64 = 500;

/// How long events wait to be sealed, and how far the chain goes.
#[derive(Debug, Clone, Copy)]
pub struct Age {
    /// How long the oldest event without a place has waited.
    pub unsealed: Duration,
    /// The place of the last sealed event.
    pub sequence: i64,
}

/// Gives every event that is old enough its place. Returns how many got one. Where another does so
/// at the same moment, each event still gets one place.
///
/// # Errors
///
/// [`Error::Conflict`] if the row about the chain's end is gone, and what the store says.
pub async fn seal(app: &App) -> Result<u64> {
    let mut total = 0;
    loop {
        let sealed = seal_some(app).await?;
        total += sealed;
        if sealed < BATCH.unsigned_abs() {
            return Ok(total);
        }
    }
}

async fn seal_some(app: &App) -> Result<u64> {
    let now = app.now();
    let mut store = app.store.read().await?;
    let events = (now.minus(SETTLED), now.plus(AHEAD));
    let mut events = store.unsealed_events(events, BATCH).await?;
    drop(store);
    if events.is_empty() {
        return Ok(0);
    }
    events.sort_by_key(|event| (event.at, event.audit_id));
    let head = head(app, now).await?;
    let key = app.tokens.sealer().audit_key(&app.store, now).await?;
    let (mut sequence, mut chain) = (head.sequence, head.chain.clone());
    let mut links = Vec::with_capacity(events.len());
    for event in &events {
        sequence += 1;
        chain = key.link(&chain, event, sequence);
        links.push((event.audit_id, sequence, chain.clone()));
    }
    let mut store = app.store.begin().await?;
    // First: whoever loses changes nothing.
    let is_first = store.move_audit_chain(&head, (sequence, &chain), now).await?;
    if !is_first || !store.seal_events(&links).await? {
        store.roll_back().await?;
        return Ok(0);
    }
    store.commit().await?;
    Ok(links.len() as u64)
}

/// The ends of the chain, which is begun where there is none.
async fn head(app: &App, now: Timestamp) -> Result<AuditChain> {
    if let Some(head) = app.store.read().await?.audit_chain().await? {
        return Ok(head);
    }
    app.store.write().await?.begin_audit_chain(now).await?;
    let head = app.store.read().await?.audit_chain().await?;
    let text = "the row about the end of the audit log's chain is gone: tessera audit verify";
    head.ok_or_else(|| Error::Conflict(text.to_owned()))
}

/// Takes away, at the front of the chain, what was kept for as long as the settings say; and what
/// was counted of refused authentications. Returns how many events.
///
/// # Errors
///
/// What the store says; what was taken away until then stays away.
pub async fn sweep(app: &App) -> Result<u64> {
    let now = app.now();
    let before = now.minus(app.config().audit.keep);
    let is_over = |event: &AuditEvent| event.at < before || event.at > now.plus(AHEAD);
    let mut total = 0;
    loop {
        let mut store = app.store.read().await?;
        let Some(ends) = store.audit_chain().await? else { break };
        let key = app.tokens.sealer().audit_key(&app.store, now).await?;
        // Whoever cut off the beginning must not have us vouch for it: it stays as it is.
        if key.swept_until(ends.kept_after, &ends.kept_chain).is_none() {
            break;
        }
        let sealed = store.sealed_events(ends.kept_after, BATCH).await?;
        drop(store);
        let last = sealed.iter().take_while(|kept| is_over(&kept.event)).last();
        let Some((sequence, chain)) =
            last.and_then(|last| Some((last.sequence?, last.chain.clone()?)))
        else {
            break;
        };
        let mut store = app.store.begin().await?;
        let beginning = key.beginning(sequence, &chain);
        let swept = store.sweep_audit(&ends, (sequence, &beginning)).await?;
        store.commit().await?;
        let Some(swept) = swept else { break };
        total += swept;
    }
    while app.store.write().await?.sweep_refused(before, BATCH).await? == BATCH.unsigned_abs() {}
    Ok(total)
}

/// How long events wait, and how far the chain goes.
///
/// # Errors
///
/// What the store says.
pub async fn age(app: &App) -> Result<Age> {
    let mut store = app.store.read().await?;
    let oldest = store.oldest_unsealed_event().await?;
    let sequence = store.audit_chain().await?.map_or(0, |chain| chain.sequence);
    let now = app.now();
    let unsealed = oldest.map_or(Duration::ZERO, |at| now.since(at));
    Ok(Age { unsealed, sequence })
}
