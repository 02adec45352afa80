//! Tokens that nobody uses are revoked, where the settings say so: refresh tokens, and those that
//! people made for themselves. By one node at a time, a stretch of rows after the other.

use std::time::{Duration, Instant};

use crate::{
    acts::{
        self, Operator,
        tokens::{UnusedTokens, unused},
    },
    app::App,
    error::Error,
    model::{entry_key::EntryKey, timestamp::Timestamp},
    store::{self, UnusedSince},
};

/// The name of the lease.
pub const LEASE: &str = "unused";

/// How long the lease lasts without being prolonged.
const LEASE_LENGTH: Duration = Duration::from_mins(1);

/// How often it looks whether it is time.
pub(super) const INTERVAL: Duration = Duration::from_mins(10);

/// How often it runs.
const PAUSE: Duration = Duration::from_hours(6);

/// So many rows are looked at in one statement.
const STRETCH: i64 = 1000;

/// How many times as long as a stretch took the rest after it is.
const REST: u32 = 4;

/// How long a use may wait to be written, and clocks may be apart.
const MARGIN: Duration = Duration::from_mins(2);

/// Runs once, if it is time and no other node does. What fails is tried again the next time.
pub async fn run(app: &App) {
    if app.store.is_disabled() {
        return;
    }
    let outcome = async { if is_due(app).await? { end_unused(app).await } else { Ok(None) } };
    match outcome.await {
        Ok(_) => {}
        Err(acts::Error::Store(error)) => Error::from(error).log(),
        Err(error) => tracing::error!(event = "tokens.not_ended", "unused tokens: {error}"),
    }
}

/// Whether the last time was long enough ago. Notes on the way since when uses are noted.
///
/// # Errors
///
/// What the store says.
pub async fn is_due(app: &App) -> acts::Result<bool> {
    let (now, config) = (app.now(), app.config());
    let mut store = app.store.write().await?;
    store.note_noting(app.node, (!config.tokens.note_use.is_zero()).then_some(now)).await?;
    if config.tokens.revoke_unused_after.is_zero() {
        return Ok(false);
    }
    let last = store.lease_finished_at(LEASE).await?;
    Ok(last.is_none_or(|last| now.since(last).max(last.since(now)) >= PAUSE))
}

/// Ends what was not used for as long as the settings say. `None` if they say nothing, or if another
/// node is at it.
///
/// # Errors
///
/// What the store says; what was ended until then stays ended.
pub async fn end_unused(app: &App) -> acts::Result<Option<u64>> {
    let (now, after) = (app.now(), app.config().tokens.revoke_unused_after);
    if after.is_zero() || !take_lease(app, now).await? {
        return Ok(None);
    }
    let since = since(app, (now, after)).await?;
    let mut unused = UnusedTokens::new(&Operator::new("job:unused"), after, now);
    let outcome = walk(app, (now, since), &mut unused).await;
    let is_whole = matches!(outcome, Ok(true));
    unused::tell(app, &unused, is_whole).await?;
    outcome?;
    app.store.write().await?.finish_lease(LEASE, app.node, app.now()).await?;
    Ok(Some(unused.count))
}

/// Since when tokens must not have been used. The use of a personal token is noted now and then, so
/// it may be later than its row says; and where nobody noted uses for long enough, nothing is known
/// of them.
async fn since(
    app: &App,
    (now, after): (Timestamp, Duration),
) -> Result<UnusedSince, store::Error> {
    let refresh = now.minus(after);
    let personal = refresh.minus(app.config().tokens.note_use + MARGIN);
    let noted = app.store.read().await?.noting_since().await?;
    let is_known = noted.is_some_and(|noted| noted <= personal);
    Ok(UnusedSince { refresh, personal: if is_known { personal } else { Timestamp(i64::MIN) } })
}

/// Goes through all entries. Returns whether it came to the end.
async fn walk(
    app: &App,
    (now, since): (Timestamp, UnusedSince),
    unused: &mut UnusedTokens,
) -> acts::Result<bool> {
    let (mut first, last) = (EntryKey::floor(now), EntryKey::highest());
    loop {
        let began = Instant::now();
        let mut store = app.store.read().await?;
        let stretch = store.token_stretch((first, last), (store::Way::Up, STRETCH)).await?;
        let Some(end) = stretch.last else { return Ok(true) };
        let found = store.unused_tokens((first, end), since, now).await?;
        drop(store);
        unused::end(app, unused, &found).await?;
        match end.next() {
            Some(next) if stretch.entries == STRETCH => first = next,
            _ => return Ok(true),
        }
        if app.is_stopping() || !take_lease(app, app.now()).await? {
            return Ok(false);
        }
        tokio::time::sleep(began.elapsed() * REST).await;
    }
}

async fn take_lease(app: &App, now: Timestamp) -> Result<bool, store::Error> {
    app.store.write().await?.take_lease(LEASE, app.node, now, now.plus(LEASE_LENGTH)).await
}
