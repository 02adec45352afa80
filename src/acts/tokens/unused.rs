//! Ending tokens that nobody uses, and telling of it once.

use std::time::Duration;

use crate::{
    acts::{Operator, Result, ended, event},
    app::App,
    config::duration,
    model::{entry_key::EntryKey, timestamp::Timestamp},
    store::End,
};

/// Why such a token was ended.
const REASON: &str = "unused";

/// Tokens that are ended because nobody uses them.
#[derive(Debug)]
pub struct UnusedTokens {
    operator: Operator,
    after: Duration,
    end: End,
    /// How many were ended.
    pub count: u64,
}

impl UnusedTokens {
    /// None so far. They are ended `now`, since they were not used for `after`.
    #[must_use]
    pub fn new(operator: &Operator, after: Duration, now: Timestamp) -> Self {
        let end = ended(operator, now, REASON);
        Self { operator: operator.clone(), after, end, count: 0 }
    }
}

/// Ends some, each unless it was used since the moment beside it.
///
/// # Errors
///
/// What the store says; then none of these was ended.
pub async fn end(
    app: &App,
    unused: &mut UnusedTokens,
    tokens: &[(EntryKey, Timestamp)],
) -> Result<()> {
    if tokens.is_empty() {
        return Ok(());
    }
    let mut store = app.store.begin().await?;
    let count = store.end_unused_tokens(tokens, &unused.end).await?;
    store.commit().await?;
    unused.count += count;
    Ok(())
}

/// Tells the audit log how many were ended, if any were, and whether those were all.
///
/// # Errors
///
/// What the store says.
pub async fn tell(app: &App, unused: &UnusedTokens, is_whole: bool) -> Result<()> {
    if unused.count == 0 {
        return Ok(());
    }
    let action = if is_whole { "tokens.revoked" } else { "tokens.revocation_stopped" };
    let (after, count) = (duration::format(unused.after), unused.count);
    let target = format!("kind:refresh,typed used:>{after},never created:>{after}");
    let now = app.now();
    let detail = Some(format!("{count} of them"));
    let mut event = event(app, (&unused.operator, now), action, &target, detail);
    event.reason = Some(REASON.to_owned());
    let mut store = app.store.begin().await?;
    store.insert_audit_event(&event).await?;
    Ok(store.commit().await?)
}
