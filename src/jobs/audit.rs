//! The audit log is sealed, swept and checked a little at a time, by one node at a time. Whoever
//! else is at it all the same makes no second chain: the row about its end is changed on condition.

use std::time::Duration;

use metrics::gauge;
use tokio::sync::Mutex;

use crate::{
    acts::{
        self,
        audit::{self, ChainWalk, Damage, Step},
    },
    app::App,
    error::Error,
    model::{
        series::{Gauge, Period},
        timestamp::Timestamp,
    },
    store::SeriesPoint,
};

/// The name of the lease.
pub const LEASE: &str = "audit";

/// How long the lease lasts without being prolonged.
const LEASE_LENGTH: Duration = Duration::from_mins(1);

/// How often it runs.
pub(super) const INTERVAL: Duration = Duration::from_secs(5);

/// How often, at most, it does more than to seal: and takes its lease where nothing is to seal.
const REST: Duration = Duration::from_mins(1);

/// How many pages of the chain are checked then.
const PAGES: usize = 10;

/// How long after the chain was checked to its end it is checked again.
const PAUSE: Duration = Duration::from_hours(1);

/// The check that is under way on this node, or when the last one came to its end.
#[derive(Debug, Default)]
pub struct Check(Mutex<State>);

#[derive(Debug, Default)]
struct State {
    /// When this node last did more than to seal.
    rested_at: Option<Timestamp>,
    walk: Option<ChainWalk>,
    ended_at: Option<Timestamp>,
}

/// Runs once, if no other node does. What fails is tried again the next time.
pub async fn run(app: &App, check: &Check) {
    if app.store.is_disabled() {
        return;
    }
    if let Err(error) = take_turn(app, check).await {
        match error {
            acts::Error::Store(error) => Error::from(error).log(),
            acts::Error::Tokens(error) => Error::from(error).log(),
            error => tracing::error!(event = "audit.not_sealed", "audit log: {error}"),
        }
    }
}

/// Seals what is to be sealed; now and then sweeps, and checks the next pages. Returns whether there
/// was anything to do and it was this node's turn.
///
/// # Errors
///
/// What the store says; what was done until then stays done.
pub async fn take_turn(app: &App, check: &Check) -> acts::Result<bool> {
    let mut state = check.0.lock().await;
    let now = app.now();
    let is_rested = state.rested_at.is_none_or(|at| now.since(at) >= REST || at > now);
    if !is_rested && audit::age(app).await?.unsealed < INTERVAL {
        return Ok(false);
    }
    let mut store = app.store.write().await?;
    let is_ours = store.take_lease(LEASE, app.node, now, now.plus(LEASE_LENGTH)).await?;
    drop(store);
    if !is_ours {
        return Ok(false);
    }
    audit::seal(app).await?;
    if is_rested {
        state.rested_at = Some(now);
        audit::sweep(app).await?;
        look_on(app, &mut state).await?;
    }
    app.store.write().await?.finish_lease(LEASE, app.node, app.now()).await?;
    Ok(true)
}

/// Checks the next pages of the chain.
async fn look_on(app: &App, state: &mut State) -> acts::Result<()> {
    let now = app.now();
    if state.walk.is_none() && state.ended_at.is_some_and(|at| now.since(at) < PAUSE) {
        return Ok(());
    }
    let mut walk = state.walk.take().unwrap_or_else(|| ChainWalk::new(None));
    let mut step = Step::Going;
    for _ in 0..PAGES {
        step = walk.step(app).await?;
        if step != Step::Going {
            break;
        }
    }
    match step {
        Step::Going => {
            state.walk = Some(walk);
            return Ok(());
        }
        Step::Whole(_) => {
            gauge!("tessera_audit_chain_broken").set(0.0);
            note_broken(app, 0, now).await?;
        }
        Step::Broken(found) => {
            gauge!("tessera_audit_chain_broken").set(1.0);
            let sequence = found.sequence;
            let damage = match found.damage {
                Damage::Missing(_) => "missing",
                Damage::Changed => "changed",
                Damage::Moved(_) => "moved",
                Damage::Added => "added",
                Damage::OtherBeginning => "another beginning",
                Damage::NoEnd | Damage::OtherEnd | Damage::NotAsNoted => "another end",
            };
            tracing::error!(
                event = "audit.chain_broken",
                sequence,
                damage,
                "the audit log was tampered with at #{sequence}: {damage}; see tessera audit verify"
            );
            note_broken(app, 1, now).await?;
        }
    }
    state.ended_at = Some(now);
    Ok(())
}

/// Tells the overview of all nodes whether the chain is broken.
async fn note_broken(app: &App, value: i64, at: Timestamp) -> acts::Result<()> {
    let name = Gauge::ChainBroken.name().to_owned();
    let point = SeriesPoint { name, at, value };
    Ok(app.store.set_series(&Period::ALL, &[point]).await?)
}

/// Measures how long events wait to be sealed, whoever seals.
///
/// # Errors
///
/// What the store says.
pub async fn measure(app: &App) -> acts::Result<()> {
    let age = audit::age(app).await?;
    gauge!("tessera_audit_unsealed_seconds").set(age.unsealed.as_secs_f64());
    // It is there before anything was checked.
    gauge!("tessera_audit_chain_broken").increment(0.0);
    Ok(())
}
