//! How the server does, at a glance.

mod figures;
mod periods;
mod warnings;

use std::time::Duration;

use askama::Template;
use axum::{
    extract::{RawQuery, State},
    response::Response,
};

use crate::{
    acts::overview::{self, NodeHealth, NodeState, Overview, Strip},
    app::App,
    error::Result,
    model::{
        parameters::Parameters,
        series::{Counted, Range},
        timestamp::Timestamp,
    },
    pages::{
        dates::Moment,
        html::{self, Forms},
        layout::Layout,
        words::Words,
    },
};

use super::{
    chart::Chart,
    frame::{Frame, Section},
    guard::AdminVisit,
};
use figures::{bytes, milliseconds, number, swept};
use periods::{TableRow, axis, begun, drawn, label, rows};
use warnings::{Told, told};

/// What one wants to know of traffic at a glance, and its colour.
const STRIPS: [(Counted, &str); 4] = [
    (Counted::Introspected, "2"),
    (Counted::Issued, "1"),
    (Counted::Revoked, "3"),
    (Counted::Refused, "3"),
];

/// How many microseconds an introspection should take no longer than.
const TARGET: i64 = 5000;

/// The height of a chart that stands by itself.
const TALL: u16 = 150;

#[derive(Template)]
#[template(path = "admin/overview.html")]
struct OverviewPage<'a> {
    layout: Layout<'a>,
    frame: Frame,
    range: Range,
    /// Whether figures are shown as a table.
    is_table: bool,
    at: Moment,
    warnings: Vec<Told>,
    facts: Vec<Fact>,
    strips: Vec<ShownStrip>,
    /// What was counted and measured, period by period.
    rows: Vec<TableRow>,
    /// Times below the charts.
    axis: Vec<String>,
    by_type: Vec<ShownType>,
    latency: Chart,
    database: Chart,
    nodes: Vec<ShownNode>,
}

/// A figure, what it is, and what there is to say about it.
struct Fact {
    name: &'static str,
    figure: String,
    about: String,
}

struct ShownStrip {
    key: &'static str,
    color: &'static str,
    total: String,
    peak: String,
    chart: Chart,
}

/// A type; the share is of the most frequent one, in hundredths.
struct ShownType {
    name: String,
    active: String,
    ending: String,
    share: i64,
}

struct ShownNode {
    name: String,
    version: String,
    is_this: bool,
    /// The shape and the key of how it is.
    health: (&'static str, &'static str),
    seen: Moment,
    requests: String,
    p99: String,
    memory: String,
}

/// Shows the page.
pub(in crate::pages) async fn get(
    State(app): State<App>,
    RawQuery(query): RawQuery,
    admin: AdminVisit,
) -> Result<Response> {
    let asked = Parameters::parse(query.unwrap_or_default().as_bytes())?;
    let range = asked.get("r").and_then(Range::parse).unwrap_or(Range::Day);
    let seen = overview::overview(&app, range).await?;
    let layout = admin.layout(&app);
    let words = layout.words;
    let is_table = asked.get("as") == Some("table");
    let page = OverviewPage {
        frame: Frame::new(&admin, Section::Overview, Section::Overview.path()),
        range,
        is_table,
        at: Moment::new(words, seen.at, seen.at),
        warnings: seen.warnings.iter().map(|warning| told(warning, words, seen.at)).collect(),
        facts: facts(&seen, words),
        strips: STRIPS.iter().filter_map(|strip| shown(*strip, &seen, words)).collect(),
        rows: if is_table { rows(&seen, words) } else { Vec::new() },
        axis: axis(&seen, words),
        by_type: types(&seen, words),
        latency: Chart::of(&micros(&seen.latency.points), (TALL, TARGET + 1)),
        database: Chart::of(&seen.database_bytes, (TALL, 1 << 20)),
        nodes: seen.nodes.iter().map(|node| ShownNode::of(node, words, seen.at)).collect(),
        layout,
    };
    html::answer_with(&page, Forms::Here)
}

fn micros(points: &[Option<Duration>]) -> Vec<Option<i64>> {
    let micros = |took: Duration| i64::try_from(took.as_micros()).unwrap_or(i64::MAX);
    points.iter().map(|point| point.map(micros)).collect()
}

fn facts(seen: &Overview, words: Words) -> Vec<Fact> {
    let none = || words.text("overview-not-yet").into_owned();
    let measured = seen.measured.as_ref();
    let just = &seen.just_now;
    let refused = if just.introspected == 0 {
        "0 %".to_owned()
    } else {
        format!(
            "{}.{} %",
            just.refused * 100 / just.introspected,
            just.refused * 1000 / just.introspected % 10
        )
    };
    vec![
        Fact {
            name: "overview-active",
            figure: measured.map_or_else(none, |it| number(words, it.active)),
            about: measured.map_or_else(String::new, |it| {
                let ago = Moment::past(words, it.at, seen.at).distance;
                let entries = number(words, it.entries);
                words.with("overview-of-entries", [("entries", &entries), ("ago", &ago)])
            }),
        },
        Fact {
            name: "overview-p99",
            figure: seen.latency.p99.map_or_else(none, milliseconds),
            about: words.text("overview-p99-target").into_owned(),
        },
        Fact {
            name: "overview-refused",
            figure: refused,
            about: words
                .with("overview-of-introspections", [("count", &number(words, just.introspected))]),
        },
        Fact {
            name: "overview-database",
            figure: measured.map_or_else(none, |it| bytes(it.database_bytes)),
            about: swept(seen, words),
        },
    ]
}

fn shown(
    (counted, color): (Counted, &'static str),
    seen: &Overview,
    words: Words,
) -> Option<ShownStrip> {
    let Strip { total, points, peak, .. } = seen.strips.iter().find(|it| it.counted == counted)?;
    let key = match counted {
        Counted::Introspected => "overview-introspected",
        Counted::Issued => "overview-issued",
        Counted::Revoked => "overview-revoked",
        _ => "overview-inactive",
    };
    let peak = peak.map_or_else(
        || words.text("overview-nothing").into_owned(),
        |(at, count)| {
            let time = begun(seen, at, words);
            words.with("overview-peak", [("count", &number(words, count)), ("time", &time)])
        },
    );
    Some(ShownStrip {
        key,
        color,
        total: number(words, *total),
        peak,
        chart: Chart::of(&drawn(points), (56, 1)),
    })
}

fn types(seen: &Overview, words: Words) -> Vec<ShownType> {
    let most = seen.by_type.iter().map(|it| it.active).max().unwrap_or(0).max(1);
    let each = seen.by_type.iter().map(|it| ShownType {
        name: it.name.clone(),
        active: number(words, it.active),
        ending: number(words, it.ending),
        share: it.active.saturating_mul(100) / most,
    });
    each.collect()
}

impl ShownNode {
    fn of(node: &NodeState, words: Words, now: Timestamp) -> Self {
        let health = match node.health {
            NodeHealth::Healthy => ("ok", "node-healthy"),
            NodeHealth::Silent => ("bad", "node-silent"),
            NodeHealth::Ahead(_) => ("warn", "node-ahead"),
        };
        let figures = node.figures.as_ref();
        let p99 = figures.and_then(|it| it.introspection_p99_micros).map(Duration::from_micros);
        let memory = figures.and_then(|it| it.memory_bytes).and_then(|it| i64::try_from(it).ok());
        Self {
            name: node.name.clone(),
            version: node.version.clone(),
            is_this: node.is_this,
            health,
            seen: Moment::past(words, node.seen_at, now),
            requests: figures
                .map_or_else(String::new, |it| format!("{:.1}", it.requests_per_second)),
            p99: p99.map_or_else(String::new, milliseconds),
            memory: memory.map_or_else(String::new, bytes),
        }
    }
}

impl OverviewPage<'_> {
    fn ranges(&self) -> [(Range, String); 4] {
        Range::ALL.map(|range| (range, label(range, self.layout.words)))
    }

    /// What stands at the edge of the chart of latency.
    fn latency_edge(&self) -> String {
        milliseconds(Duration::from_micros(self.latency.top.unsigned_abs()))
    }

    /// How far down the line of the target is.
    fn target(&self) -> f64 {
        self.latency.depth(TARGET, TALL)
    }

    fn database_edge(&self) -> String {
        bytes(self.database.top)
    }
}
