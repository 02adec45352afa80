//! How the server does: what was to do, what there is, who is there, and what somebody should look
//! at. All of it is read from what was counted before, in a few statements about few rows.

mod nodes;
mod warnings;

use std::time::Duration;

use crate::{
    app::App,
    model::{
        series::{Counted, Gauge, Period, Range, STEP_NAMES, STEPS, p99},
        timestamp::Timestamp,
    },
    store::{ActiveOfType, SWEEP_LEASE, SeriesPoint},
};

use super::Result;

pub use self::{
    nodes::{NodeHealth, NodeState},
    warnings::{ReuseKind, Warning},
};

/// At most so many types are told apart.
const TYPES: i64 = 50;

/// How far back "just now" reaches, in whole minutes.
const JUST_NOW: Duration = Duration::from_mins(5);

/// How the server does.
#[derive(Debug)]
pub struct Overview {
    /// When it was looked at.
    pub at: Timestamp,
    /// How far back.
    pub range: Range,
    /// When the first point begins; the last one is that of now, and goes on.
    pub first: Timestamp,
    /// How often what is counted happened, in the order of [`Counted::ALL`].
    pub strips: Vec<Strip>,
    /// How long introspections took.
    pub latency: Latency,
    /// The size of the database in bytes at each point, where it was measured.
    pub database_bytes: Vec<Option<i64>>,
    /// How many tokens were good at each point, where that was counted.
    pub active: Vec<Option<i64>>,
    /// What was measured last; `None` before the first time.
    pub measured: Option<Measured>,
    /// How many tokens of each type are good, the most first.
    pub by_type: Vec<ActiveOfType>,
    /// What happened in the last five minutes that are over.
    pub just_now: JustNow,
    /// The servers.
    pub nodes: Vec<NodeState>,
    /// When the sweep was last done.
    pub swept_at: Option<Timestamp>,
    /// How many tokens it deleted then, if that is known.
    pub swept: Option<i64>,
    /// What somebody should look at, the worst first.
    pub warnings: Vec<Warning>,
}

/// How often something happened.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Strip {
    /// What.
    pub counted: Counted,
    /// How often in all.
    pub total: i64,
    /// How often in each period.
    pub points: Vec<i64>,
    /// When the period began in which it happened most often, and how often; `None` if it never
    /// happened.
    pub peak: Option<(Timestamp, i64)>,
}

/// What 99 of 100 introspections took no longer than.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Latency {
    /// In all.
    pub p99: Option<Duration>,
    /// In each period; `None` where there were none.
    pub points: Vec<Option<Duration>>,
}

/// What one node measured for all, not long ago.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Measured {
    /// When.
    pub at: Timestamp,
    /// The size of the database in bytes.
    pub database_bytes: i64,
    /// How many entries there were that are not to be swept yet.
    pub entries: i64,
    /// How many of them were good.
    pub active: i64,
    /// How many rows the sweep would have deleted, counted up to ten thousand.
    pub overdue: i64,
    /// How many it will delete within a day from then; `None` if a server of an earlier version
    /// measured.
    pub due_in_a_day: Option<i64>,
}

/// What happened in the last minutes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct JustNow {
    /// How many introspections there were.
    pub introspected: i64,
    /// How many of them said that the token is not active.
    pub refused: i64,
    /// What 99 of 100 took no longer than.
    pub p99: Option<Duration>,
}

/// How the server does, and how it did.
///
/// # Errors
///
/// What the store says.
pub async fn overview(app: &App, range: Range) -> Result<Overview> {
    let (now, first) = (app.now(), range.begins(app.now()));
    let minute = Period::Minute.begun(now);
    let mut store = app.store.read().await?;
    let points = store.series(range.period(), first).await?;
    let mut recent = store.series(Period::Minute, minute.minus(JUST_NOW)).await?;
    recent.retain(|point| point.at < minute);
    let latest = store.latest_series().await?;
    let by_type = store.active_by_type(TYPES).await?;
    let swept_at = store.lease_finished_at(SWEEP_LEASE).await?;
    let reuses = warnings::reuses(&mut store, now).await?;
    drop(store);
    let facts = if app.store.is_sqlite() { None } else { Some(nodes::facts(app).await?) };

    let nodes = match &facts {
        Some(facts) => nodes::states(app, facts, now),
        None => nodes::alone(app).into_iter().collect(),
    };
    let told = facts.as_deref().unwrap_or_default();
    let seen =
        warnings::Seen { now, latest: &latest, facts: told, nodes: &nodes, swept_at, reuses };
    let warnings = warnings::all(app, seen);
    let line = Line { range, first, points: &points };
    Ok(Overview {
        at: now,
        range,
        first,
        strips: Counted::ALL.into_iter().map(|counted| line.strip(counted)).collect(),
        latency: line.latency(),
        database_bytes: line.measured(Gauge::DatabaseBytes),
        active: line.measured(Gauge::Active),
        measured: measured(&latest),
        by_type,
        just_now: just_now(&recent),
        nodes,
        swept_at,
        swept: swept(&latest, swept_at),
        warnings,
    })
}

/// The last value of what is measured.
fn last(latest: &[SeriesPoint], gauge: Gauge) -> Option<&SeriesPoint> {
    latest.iter().find(|point| point.name == gauge.name())
}

fn measured(latest: &[SeriesPoint]) -> Option<Measured> {
    let value = |gauge| last(latest, gauge).map_or(0, |point| point.value);
    let at = last(latest, Gauge::Entries)?.at;
    let due = last(latest, Gauge::DueInADay).filter(|point| point.at == at);
    Some(Measured {
        at,
        database_bytes: value(Gauge::DatabaseBytes),
        entries: value(Gauge::Entries),
        active: value(Gauge::Active),
        overdue: value(Gauge::Overdue),
        due_in_a_day: due.map(|point| point.value),
    })
}

/// What the last sweep deleted. A server of the version before notes only that it swept.
fn swept(latest: &[SeriesPoint], swept_at: Option<Timestamp>) -> Option<i64> {
    let noted = last(latest, Gauge::Swept)?;
    (Some(noted.at) == swept_at.map(|at| Period::Minute.begun(at))).then_some(noted.value)
}

fn just_now(recent: &[SeriesPoint]) -> JustNow {
    let sum = |name| recent.iter().filter(|point| point.name == name).map(|it| it.value).sum();
    JustNow {
        introspected: sum(Counted::Introspected.name()),
        refused: sum(Counted::Refused.name()),
        p99: p99(&STEP_NAMES.map(sum)),
    }
}

/// Points of many series, to be taken apart.
struct Line<'p> {
    range: Range,
    first: Timestamp,
    points: &'p [SeriesPoint],
}

impl Line<'_> {
    /// The places and values of one series.
    fn of(&self, name: &str) -> impl Iterator<Item = (usize, i64)> {
        let (length, count) = (self.range.period().length().as_secs(), self.range.points());
        self.points.iter().filter(move |point| point.name == name).filter_map(move |point| {
            let place = usize::try_from(point.at.since(self.first).as_secs() / length).ok()?;
            (place < count).then_some((place, point.value))
        })
    }

    fn strip(&self, counted: Counted) -> Strip {
        let mut points = vec![0; self.range.points()];
        self.of(counted.name()).for_each(|(place, value)| points[place] += value);
        let most = points.iter().copied().enumerate().max_by_key(|(_, value)| *value);
        let began = |place| self.first.plus(self.range.period().length() * place);
        let peak = most
            .filter(|(_, value)| *value > 0)
            .and_then(|(place, value)| Some((began(u32::try_from(place).ok()?), value)));
        Strip { counted, total: points.iter().sum(), points, peak }
    }

    fn latency(&self) -> Latency {
        let mut points = vec![[0; STEPS]; self.range.points()];
        let mut all = [0; STEPS];
        for (step, name) in STEP_NAMES.iter().enumerate() {
            for (place, value) in self.of(name) {
                points[place][step] += value;
                all[step] += value;
            }
        }
        Latency { p99: p99(&all), points: points.iter().map(p99).collect() }
    }

    fn measured(&self, gauge: Gauge) -> Vec<Option<i64>> {
        let mut points = vec![None; self.range.points()];
        self.of(gauge.name()).for_each(|(place, value)| points[place] = Some(value));
        points
    }
}
