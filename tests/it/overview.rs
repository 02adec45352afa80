//! What is counted and measured for the overview, and what it reads.

mod measured;

use std::{
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};

use tessera::{
    acts::overview::{self, NodeHealth, Overview, Warning},
    jobs::figures,
    model::{
        client::ClientKind,
        series::{Counted, Period, Range},
        user::OperatorRole,
    },
    store::{Fault, SeriesPoint},
};

use crate::common::{Engine, TestServer, on_each_engine, until::until};

on_each_engine!(
    what_happened_stands_in_its_minute_and_in_every_range,
    a_minute_is_written_once_and_only_when_it_is_over,
    a_stop_writes_the_minute_that_has_begun,
    what_could_not_be_written_is_written_later,
    latency_and_refusals_are_those_of_introspection,
    a_reuse_is_told_of_for_a_day,
    the_overview_takes_few_statements,
    the_table_says_of_each_period_what_happened_in_it,
);

const MINUTE: Duration = Duration::from_mins(1);

pub(super) async fn look(server: &TestServer, range: Range) -> Overview {
    overview::overview(&server.app, range).await.unwrap()
}

/// What somebody should look at, but for who is silent: beats do not know of a clock that leaps.
pub(super) async fn warnings(server: &TestServer) -> Vec<Warning> {
    let mut warnings = look(server, Range::Day).await.warnings;
    warnings.retain(|warning| !matches!(warning, Warning::NodeSilent { .. }));
    warnings
}

/// How often something happened, in all and in each period in which it did.
fn told(seen: &Overview, counted: Counted) -> (i64, Vec<(usize, i64)>) {
    let strip = seen.strips.iter().find(|strip| strip.counted == counted).unwrap();
    let points = strip.points.iter().copied().enumerate().filter(|(_, value)| *value > 0);
    (strip.total, points.collect())
}

async fn what_happened_stands_in_its_minute_and_in_every_range(server: TestServer) {
    let client = server.machine("mailer", "read").await;
    let token = server.token(&client).await;
    figures::run(&server.app).await;
    server.advance(MINUTE);
    assert!(server.is_active(&client, &token).await);
    server.post("/revoke", &client, &format!("token={token}")).await;
    assert!(!server.is_active(&client, &token).await);
    figures::run(&server.app).await;
    server.advance(MINUTE);
    figures::run(&server.app).await;

    let hour = look(&server, Range::Hour).await;
    assert_eq!(told(&hour, Counted::Issued), (1, vec![(57, 1)]));
    assert_eq!(told(&hour, Counted::Introspected), (2, vec![(58, 2)]));
    assert_eq!(told(&hour, Counted::Refused), (1, vec![(58, 1)]));
    assert_eq!(told(&hour, Counted::Revoked), (1, vec![(58, 1)]));
    assert_eq!(hour.strips[Counted::Issued as usize].peak, Some((hour.first.plus(57 * MINUTE), 1)));
    for range in Range::ALL {
        let seen = look(&server, range).await;
        let last = range.points() - 1;
        assert_eq!(seen.strips[0].points.len(), range.points());
        assert_eq!(told(&seen, Counted::Introspected).0, 2, "{range:?}");
        if range != Range::Hour {
            assert_eq!(told(&seen, Counted::Introspected).1, [(last, 2)], "{range:?}");
        }
    }
}

async fn the_table_says_of_each_period_what_happened_in_it(server: TestServer) {
    let point = |name: &str, minutes: u32, value| SeriesPoint {
        name: name.to_owned(),
        at: server.now().minus(MINUTE * minutes),
        value,
    };
    let counted = [point("introspected", 2, 1234), point("issued", 2, 7), point("issued", 1, 1)];
    server.app.store.set_series(&[Period::Minute], &counted).await.unwrap();
    let mut browser = server.operator(OperatorRole::Auditor).await;

    let page = browser.get("/admin?r=1h&as=table").await;

    let rows: Vec<_> = page.body.split("<th scope=\"row\">").skip(1).collect();
    let counts = |row: &str| {
        let cells = row.split("class=\"num\">").skip(1).filter_map(|it| it.split('<').next());
        cells.take(4).map(str::to_owned).collect::<Vec<_>>()
    };
    assert_eq!(rows.len(), 60, "{}", page.body);
    assert_eq!(counts(rows[57]), ["1,234", "7", "0", "0"]);
    assert_eq!(counts(rows[58]), ["0", "1", "0", "0"]);
    assert_eq!(counts(rows[56]), ["0", "0", "0", "0"]);
}

async fn a_minute_is_written_once_and_only_when_it_is_over(server: TestServer) {
    let client = server.machine("mailer", "read").await;
    server.token(&client).await;

    figures::run(&server.app).await;
    assert_eq!(told(&look(&server, Range::Hour).await, Counted::Issued).0, 0);
    for _ in 0..3 {
        server.advance(MINUTE);
        figures::run(&server.app).await;
        assert_eq!(told(&look(&server, Range::Hour).await, Counted::Issued).0, 1);
    }
}

async fn a_stop_writes_the_minute_that_has_begun(server: TestServer) {
    let client = server.machine("mailer", "read").await;
    server.token(&client).await;

    server.app.tally.write_all(&server.app.store, server.now()).await.unwrap();
    server.app.tally.write_all(&server.app.store, server.now()).await.unwrap();

    assert_eq!(told(&look(&server, Range::Hour).await, Counted::Issued), (1, vec![(59, 1)]));
}

async fn what_could_not_be_written_is_written_later(server: TestServer) {
    let client = server.machine("mailer", "read").await;
    server.token(&client).await;
    figures::run(&server.app).await;
    server.advance(MINUTE);
    let refuse = |sql: &str| sql.contains("INTO series").then_some(Fault::Refused);

    server.app.store.fail(Some(Arc::new(refuse)));
    figures::run(&server.app).await;
    server.app.store.fail(None);
    assert_eq!(told(&look(&server, Range::Day).await, Counted::Issued).0, 0);
    figures::run(&server.app).await;

    assert_eq!(told(&look(&server, Range::Hour).await, Counted::Issued), (1, vec![(58, 1)]));
}

async fn latency_and_refusals_are_those_of_introspection(server: TestServer) {
    let client = server.machine("mailer", "read").await;
    let token = server.token(&client).await;
    assert!(look(&server, Range::Hour).await.latency.p99.is_none());
    for text in [token.as_str(), "unknown"] {
        server.introspect(&client, text).await;
    }
    figures::run(&server.app).await;
    server.advance(MINUTE);
    figures::run(&server.app).await;

    let seen = look(&server, Range::Hour).await;
    let (now, p99) = (seen.just_now, seen.latency.p99.unwrap());
    assert_eq!((now.introspected, now.refused, now.p99), (2, 1, Some(p99)));
    assert!(p99 > Duration::ZERO && seen.latency.points[58] == Some(p99), "{seen:?}");
    // Five minutes later they are no news any more.
    server.advance(5 * MINUTE);
    assert_eq!(look(&server, Range::Hour).await.just_now.introspected, 0);
}

async fn a_reuse_is_told_of_for_a_day(server: TestServer) {
    let client = server.application("app", "read", ClientKind::Web).await;
    let first = server.begin(&client, "").await;
    server.refresh(&client, &first.refresh).await;
    server.advance(Duration::from_mins(10));
    server.try_refresh(&client, &first.refresh, "").await.assert_error(400, "invalid_grant");

    let seen = warnings(&server).await;
    let [Warning::Reused { event, .. }] = seen.as_slice() else { panic!("{seen:?}") };
    assert_eq!((event.action.as_str(), event.at), ("family.reuse_detected", server.now()));
    server.app.tally.write_all(&server.app.store, server.now()).await.unwrap();
    assert_eq!(told(&look(&server, Range::Day).await, Counted::RefreshReused).0, 1);

    server.advance(Duration::from_hours(25));
    assert_eq!(warnings(&server).await, []);
}

async fn the_overview_takes_few_statements(server: TestServer) {
    let client = server.machine("mailer", "read").await;
    server.token(&client).await;
    assert!(tessera::jobs::census::take(&server.app).await.unwrap());
    let seen = Arc::new(AtomicUsize::new(0));
    let of_tokens = Arc::new(AtomicUsize::new(0));
    let (all, tokens) = (Arc::clone(&seen), Arc::clone(&of_tokens));
    server.app.store.fail(Some(Arc::new(move |sql: &str| {
        // Beats and the like go on meanwhile.
        if sql.starts_with("SELECT") && !sql.contains("pg_notify") {
            all.fetch_add(1, Ordering::SeqCst);
            tokens.fetch_add(usize::from(sql.contains("tokens ")), Ordering::SeqCst);
        }
        None
    })));

    look(&server, Range::Week).await;

    server.app.store.fail(None);
    let counted = seen.load(Ordering::SeqCst);
    assert!((6..=10).contains(&counted), "{counted}");
    assert_eq!(of_tokens.load(Ordering::SeqCst), 0);
}

#[tokio::test]
async fn nodes_add_to_the_same_rows_and_each_says_how_it_does() {
    let server = TestServer::on(Engine::Postgres).await;
    let database = server.database();
    let other = server.neighbour().await;
    let client = server.machine("mailer", "read").await;
    for node in [&server, &other] {
        for _ in 0..30 {
            node.token(&client).await;
        }
        figures::run(&node.app).await;
    }
    server.advance(MINUTE);

    tokio::join!(figures::run(&server.app), figures::run(&other.app));

    until("all were heard of", async || {
        let nodes = look(&server, Range::Hour).await.nodes;
        // Whoever was silent for that minute is forgotten until it is heard of again.
        nodes.len() == 2 && nodes.iter().all(|node| node.health == NodeHealth::Healthy)
    })
    .await;
    let seen = look(&server, Range::Hour).await;
    assert_eq!(told(&seen, Counted::Issued), (60, vec![(58, 60)]));
    assert_eq!(seen.nodes.len(), 2, "{seen:?}");
    for node in &seen.nodes {
        assert_eq!(node.health, NodeHealth::Healthy);
        // Whoever was forgotten says them anew once the next minute is over.
        let Some(figures) = node.figures else { continue };
        assert_eq!(figures.at, server.now());
        assert!((figures.requests_per_second - 0.5).abs() < 0.001, "{figures:?}");
        assert!(figures.memory_bytes.unwrap() > 1_000_000 && figures.store_micros.is_some());
    }
    assert_eq!(seen.nodes.iter().filter(|node| node.is_this).count(), 1);
    drop((server, other));
    database.remove().await;
}

#[tokio::test]
async fn the_one_server_of_a_file_says_how_it_does() {
    let server = TestServer::on(Engine::Sqlite).await;
    let database = server.database();
    figures::run(&server.app).await;
    assert!(look(&server, Range::Day).await.nodes[0].figures.is_none());
    server.advance(MINUTE);
    figures::run(&server.app).await;

    let seen = look(&server, Range::Day).await;
    let [node] = seen.nodes.as_slice() else { panic!("{seen:?}") };
    assert!(node.is_this && node.figures.is_some(), "{node:?}");
    drop(server);
    database.remove().await;
}

#[test]
fn the_points_of_a_range_are_as_many_as_its_periods() {
    for range in Range::ALL {
        let length = range.period().length() * u32::try_from(range.points()).unwrap();
        assert!(length >= Duration::from_hours(1) && length <= Duration::from_hours(30 * 24));
        assert!(Period::ALL.contains(&range.period()));
    }
}
