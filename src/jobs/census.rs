//! Measuring for the overview what nobody counts as it happens: how many tokens are good, how large
//! the database is, what is due. By one node at a time, a stretch of rows after the other with rests
//! in between, and seldom: whoever asks for the overview reads what was found.

use std::{
    collections::BTreeMap,
    time::{Duration, Instant},
};

use crate::{
    app::App,
    error::Error,
    model::{
        entry_key::EntryKey,
        series::{ACTIVE_OF, ENDING_OF, Gauge, Period, SIGNED, SIGNED_BY},
        timestamp::Timestamp,
    },
    store::{self, CountOfKey, CountOfType, SeriesPoint},
};

use super::sweep;

/// The name of the lease.
pub const LEASE: &str = "census";

/// How long the lease lasts without being prolonged.
const LEASE_LENGTH: Duration = Duration::from_mins(1);

/// How long after it was taken it is prolonged.
const PROLONGED_AFTER: Duration = Duration::from_secs(20);

/// How often it looks whether it is time.
pub(super) const INTERVAL: Duration = Duration::from_mins(1);

/// So many rows are counted at a time.
const STRETCH: i64 = 1000;

/// A table of so many rows is counted more often than a larger one.
const SMALL: i64 = 10_000;

/// How often a small table is counted.
const PAUSE_OF_SMALL: Duration = Duration::from_mins(5);

/// How often a larger one is.
const PAUSE: Duration = Duration::from_mins(15);

/// How many times as long as a stretch took the rest after it is, so that others get their turn.
const REST: u32 = 4;

/// What ends within this time is said to end soon.
const SOON: Duration = Duration::from_hours(1);

/// What is swept within this time is told beforehand.
const SWEPT_SOON: Duration = Duration::from_hours(24);

/// Secrets that end within this time are to be looked after.
const SECRETS_SOON: Duration = Duration::from_hours(14 * 24);

/// What was counted of tokens.
#[derive(Debug, Default, PartialEq, Eq)]
struct Census {
    entries: i64,
    /// How many of them will be swept soon.
    due: i64,
    /// By the folded name of the type: how many are good, and how many of them end soon.
    by_type: BTreeMap<String, (i64, i64)>,
    /// By the name of the key that signed them: how many JWTs work.
    by_key: BTreeMap<String, i64>,
}

/// Runs once, if it is time and no other node does. What fails is tried again the next time.
pub async fn run(app: &App) {
    if app.store.is_disabled() {
        return;
    }
    let outcome = async { if is_due(app).await? { take(app).await } else { Ok(false) } };
    if let Err(error) = outcome.await {
        Error::from(error).log();
    }
}

/// Whether the last time was long enough ago.
///
/// # Errors
///
/// What the store says.
pub async fn is_due(app: &App) -> Result<bool, store::Error> {
    let (now, mut store) = (app.now(), app.store.read().await?);
    let Some(last) = store.lease_finished_at(LEASE).await? else { return Ok(true) };
    // A clock that was set back is no reason to wait for it.
    let ago = now.since(last).max(last.since(now));
    if ago < PAUSE_OF_SMALL || ago >= PAUSE {
        return Ok(ago >= PAUSE);
    }
    let latest = store.latest_series().await?;
    let entries = latest.iter().find(|point| point.name == Gauge::Entries.name());
    Ok(entries.is_none_or(|entries| entries.value <= SMALL))
}

/// Measures everything, and deletes what is too old. Returns whether it came to its end: `false` if
/// another node is at it, or this one is about to stop.
///
/// # Errors
///
/// What the store says.
pub async fn take(app: &App) -> Result<bool, store::Error> {
    let now = app.now();
    if !take_lease(app, now).await? {
        return Ok(false);
    }
    let Some(census) = count(app, now).await? else { return Ok(false) };
    write(app, &census, now).await?;
    sweep_series(app, now).await?;
    app.store.write().await?.finish_lease(LEASE, app.node, app.now()).await?;
    Ok(true)
}

/// Counts the tokens that are good at `now`. What the sweep would delete is not looked at.
async fn count(app: &App, now: Timestamp) -> Result<Option<Census>, store::Error> {
    let (mut first, mut last) = (EntryKey::floor(now), EntryKey::floor(now.plus(SWEPT_SOON)));
    let (mut census, mut taken_at) = (Census::default(), now);
    let tokens = app.config().tokens.clone();
    let algorithms = (tokens.access.algorithm, tokens.id_algorithm);
    loop {
        let began = Instant::now();
        let mut store = app.store.read().await?;
        let stretch = store.token_stretch((first, last), (store::Way::Up, STRETCH)).await?;
        let is_soon = last != EntryKey::highest();
        if is_soon {
            census.due += stretch.entries;
        }
        let Some(end) = stretch.last else {
            if !is_soon {
                return Ok(Some(census));
            }
            (first, last) = (last.next().unwrap_or(last), EntryKey::highest());
            continue;
        };
        let times = (now, now.plus(SOON));
        let counts = store.count_active_tokens((first, end), times).await?;
        let is_signed = counts.iter().any(|of| of.signed > 0);
        let signed = if is_signed {
            store.count_signed_tokens((first, end), now, algorithms).await?
        } else {
            Vec::new()
        };
        drop(store);
        census.add(stretch.entries, counts, signed);
        match end.next() {
            Some(next) if stretch.entries == STRETCH || is_soon => first = next,
            _ => return Ok(Some(census)),
        }
        let at = app.now();
        if app.is_stopping() {
            return Ok(None);
        }
        if at.since(taken_at) >= PROLONGED_AFTER {
            if !take_lease(app, at).await? {
                return Ok(None);
            }
            taken_at = at;
        }
        tokio::time::sleep(began.elapsed() * REST).await;
    }
}

async fn write(app: &App, census: &Census, now: Timestamp) -> Result<(), store::Error> {
    let overdue = sweep::preview(app).await?.rows;
    let soon = now.plus(SECRETS_SOON);
    let secrets = app.store.read().await?.count_ending_secrets((now, soon)).await?;
    let active = census.by_type.values().map(|(active, _)| active).sum();
    let gauges = [
        (Gauge::DatabaseBytes, app.store.bytes().await?),
        (Gauge::Entries, census.entries),
        (Gauge::Overdue, overdue),
        (Gauge::DueInADay, census.due),
        (Gauge::SecretsEnding, secrets),
        (Gauge::Active, active),
    ];
    // By type first: they are read by the minute of the total.
    let by_type = census.by_type.iter().flat_map(|(name, (active, ending))| {
        [(format!("{ACTIVE_OF}{name}"), *active), (format!("{ENDING_OF}{name}"), *ending)]
    });
    let signed = census.by_key.values().sum();
    let by_key = census.by_key.iter().map(|(kid, count)| (format!("{SIGNED_BY}{kid}"), *count));
    let parts = by_type.chain(by_key).chain([(SIGNED.to_owned(), signed)]);
    let parts: Vec<_> = parts.map(|(name, value)| SeriesPoint { name, at: now, value }).collect();
    app.store.set_series(&[Period::Minute], &parts).await?;
    let gauges = gauges.map(|(gauge, value)| {
        let name = gauge.name().to_owned();
        SeriesPoint { name, at: now, value }
    });
    app.store.set_series(&Period::ALL, &gauges).await
}

/// Deletes what is older than its period is kept, one series after the other.
async fn sweep_series(app: &App, now: Timestamp) -> Result<(), store::Error> {
    let mut name = String::new();
    loop {
        let next = app.store.read().await?.next_series(&name).await?;
        let Some(next) = next else { return Ok(()) };
        app.store.write().await?.sweep_series(&next, now).await?;
        name = next;
    }
}

async fn take_lease(app: &App, now: Timestamp) -> Result<bool, store::Error> {
    app.store.write().await?.take_lease(LEASE, app.node, now, now.plus(LEASE_LENGTH)).await
}

impl Census {
    fn add(&mut self, entries: i64, counts: Vec<CountOfType>, signed: Vec<CountOfKey>) {
        self.entries += entries;
        for CountOfType { type_name, active, ending, .. } in counts {
            let sum = self.by_type.entry(type_name).or_default();
            *sum = (sum.0 + active, sum.1 + ending);
        }
        for CountOfKey { kid, active } in signed {
            *self.by_key.entry(kid).or_default() += active;
        }
    }
}
