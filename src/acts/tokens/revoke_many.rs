//! Ending many tokens: all of a client or user at once, or those that a query means, in batches.

use crate::{
    acts::{Operator, Result, ended, event},
    app::App,
    store::{End, Transaction},
};

use super::mass_revocation::{FAMILIES, Holder, MassRevocation};

/// How many tokens are ended in one transaction.
const BATCH: usize = 500;

/// What was ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Ended {
    /// So many tokens, one by one.
    Tokens(i64),
    /// So many tokens, one by one, until it was told to stop. Others may live on.
    Stopped(i64),
    /// Every token of a client or user that was issued until then. Nobody counted them.
    All,
    /// All of them had been ended by somebody else meanwhile.
    Already,
}

/// Ends what `revocation` means, for whichever face asks. When this returns, no node takes any of
/// these tokens for usable.
///
/// All tokens of one client or user end by one statement that raises their generation. Everything
/// else ends in batches, each of which is durable and announced before the next begins: whoever
/// stops in between, as [`MassRevocation::until`] can, has ended some of them, and may begin again.
///
/// # Errors
///
/// What the store says. What was ended until then stays ended.
pub async fn revoke_many(
    app: &App,
    operator: &Operator,
    revocation: &MassRevocation,
    reason: &str,
) -> Result<Ended> {
    let end = ended(operator, app.now(), reason);
    match &revocation.whole {
        Some(holder) => end_all(app, operator, (revocation, holder), &end).await,
        None => end_in_batches(app, operator, revocation, &end).await,
    }
}

async fn end_all(
    app: &App,
    operator: &Operator,
    (revocation, holder): (&MassRevocation, &Holder),
    end: &End,
) -> Result<Ended> {
    let mut store = app.store.begin().await?;
    let is_first = match holder {
        Holder::Client(id, seen) => store.raise_client_generation((id, *seen), end).await?,
        Holder::User(id, seen) => store.raise_user_generation((*id, *seen), end).await?,
    };
    if is_first {
        let detail = "all that were issued until then";
        tell(app, operator, (&mut store, revocation), ("tokens.revoked", end, detail)).await?;
    }
    store.commit().await?;
    Ok(if is_first { Ended::All } else { Ended::Already })
}

async fn end_in_batches(
    app: &App,
    operator: &Operator,
    revocation: &MassRevocation,
    end: &End,
) -> Result<Ended> {
    // What is not written yet is found by no query.
    app.store.write_waiting().await?;
    let mut store = app.store.begin().await?;
    let detail = "begun";
    tell(app, operator, (&mut store, revocation), ("tokens.revocation_begun", end, detail)).await?;
    store.commit().await?;
    let (count, is_complete) = end_each(app, revocation, end).await?;
    let count = i64::try_from(count).unwrap_or(i64::MAX);
    let mut store = app.store.begin().await?;
    // Also what somebody else ended a moment ago, and we only saw to have ended.
    store.wait_for_all_nodes();
    let action = if is_complete { "tokens.revoked" } else { "tokens.revocation_stopped" };
    let detail = format!("{count} of them");
    tell(app, operator, (&mut store, revocation), (action, end, &detail)).await?;
    store.commit().await?;
    Ok(if is_complete { Ended::Tokens(count) } else { Ended::Stopped(count) })
}

/// Ends batch after batch. Returns how many tokens that were, and whether it came to the end.
async fn end_each(app: &App, revocation: &MassRevocation, end: &End) -> Result<(u64, bool)> {
    let mut count = 0;
    let mut walk = revocation.walk(app);
    while let Some(found) = walk.next().await? {
        let (families, alone) = revocation.part(&found);
        for families in families.chunks(FAMILIES) {
            if revocation.is_stopped() {
                return Ok((count, false));
            }
            let mut store = app.store.begin().await?;
            count += store.revoke_families(families, end).await?;
            store.commit().await?;
        }
        for batch in alone.chunks(BATCH) {
            if revocation.is_stopped() {
                return Ok((count, false));
            }
            let entries: Vec<_> = batch.iter().map(|found| &found.entry).collect();
            let mut store = app.store.begin().await?;
            count += store.revoke_tokens(&entries, end).await?;
            store.commit().await?;
        }
        if revocation.is_stopped() && !walk.is_over() {
            return Ok((count, false));
        }
    }
    Ok((count, true))
}

/// Writes into the audit log what is being done.
async fn tell(
    app: &App,
    operator: &Operator,
    (store, revocation): (&mut Transaction, &MassRevocation),
    (action, end, detail): (&str, &End, &str),
) -> Result<()> {
    let query = revocation.search.query.to_string();
    let families = if revocation.takes_families { ", in whole families" } else { "" };
    let detail = format!("{detail}{families}");
    let mut event = event(app, (operator, app.now()), action, &query, Some(detail));
    event.reason = Some(end.reason.clone());
    Ok(store.insert_audit_event(&event).await?)
}
