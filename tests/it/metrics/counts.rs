//! What is counted, and that it is counted right.

use std::{
    ops::Range,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

use tessera::{
    acts::clients::ClientChanges,
    model::{
        client::ClientKind,
        client_id::ClientId,
        secret::{Secret, Sha256},
    },
    store::{Command, Fault},
};
use tokio::task::JoinSet;

use crate::common::{
    Browser, Engine, Measured, TestClient, TestServer, asking::Ask, on_each_engine, until::until,
};

on_each_engine!(
    refused_clients_are_counted_by_reason,
    tokens_called_inactive_are_counted_by_reason,
    answers_to_authorization_requests_are_counted_by_what_they_say,
    groups_are_counted_by_size_and_their_commits_timed,
    whoever_waits_is_seen_to_wait,
    what_is_kept_is_counted,
    guesses_that_are_not_looked_at_are_counted,
);

async fn refused_clients_are_counted_by_reason(server: TestServer) {
    let client = server.machine("mailer", "read").await;
    let measured = Measured::begin(server.now());
    let wrong = TestClient { secret: "wrong".to_owned(), ..client.clone() };
    let nobody = TestClient { id: ClientId::parse("nobody").unwrap(), ..client.clone() };
    let posted = format!("client_id=mailer&client_secret={}", client.secret);

    server.post("/token", &wrong, "").await;
    server.post("/introspect", &wrong, "").await;
    server.post("/revoke", &nobody, "").await;
    server.post_form("/token", "client_id=a+b").await;
    server.post_form("/token", "grant_type=client_credentials").await;
    server.post_form("/token", &posted).await;

    let count = |reason: &str| {
        let series = format!("tessera_client_refusals_total{{reason=\"{reason}\"}}");
        measured.value(&server.app, &series)
    };
    let reasons = ["wrong_secret", "unknown", "impossible_name", "unnamed", "other_method"];
    assert_eq!(reasons.map(count), [2, 1, 1, 1, 1]);
    let page = measured.page(&server.app);
    let all = page.series.iter().filter(|series| series.name == "tessera_client_refusals_total");
    assert_eq!(all.map(|series| series.value).sum::<i64>(), 6);
}

async fn tokens_called_inactive_are_counted_by_reason(server: TestServer) {
    let (client, other) =
        (server.machine("mailer", "read").await, server.machine("other", "read").await);
    let measured = Measured::begin(server.now());
    let (revoked, expired) = (server.token(&client).await, server.token(&client).await);
    server.post("/revoke", &client, &format!("token={revoked}")).await;

    server.introspect(&other, &expired).await;
    server.introspect(&client, &revoked).await;
    server.introspect(&client, "no token").await;
    server.advance(Duration::from_hours(1));
    server.introspect(&client, &expired).await;

    for reason in ["hidden", "revoked", "unknown", "expired"] {
        let series = format!("tessera_token_refusals_total{{reason=\"{reason}\"}}");
        assert_eq!(measured.value(&server.app, &series), 1, "{reason}");
    }
}

async fn answers_to_authorization_requests_are_counted_by_what_they_say(server: TestServer) {
    let client = server.site("app", "openid").await;
    let user_id = server.user("ingrid").await;
    let mut browser = Browser::of(&server);
    let measured = Measured::begin(server.now());
    let ask = |name: &str, value: &str| Ask::of(&client).with(name, value);

    browser.get(&ask("client_id", "nobody").path()).await;
    browser.get(&ask("redirect_uri", "https://app.example/other").path()).await;
    browser.returned(&ask("scope", "openid all")).await;
    browser.returned(&ask("prompt", "none")).await;
    browser.enter(&server, user_id).await;
    browser.returned(&ask("prompt", "none")).await.code();

    let count = |outcome: &str| {
        let series = format!("tessera_authorizations_total{{outcome=\"{outcome}\"}}");
        measured.value(&server.app, &series)
    };
    let outcomes = ["allowed", "invalid_scope", "login_required", "access_denied", "not_answered"];
    assert_eq!(outcomes.map(count), [1, 1, 1, 0, 2]);
}

async fn groups_are_counted_by_size_and_their_commits_timed(server: TestServer) {
    let measured = Measured::begin(server.now());
    let server = server.restarted(|_| {}).await;

    let asking = use_identifiers(&server, 0..20);
    assert!(asking.join_all().await.into_iter().all(|done| done));

    let value = |series: &str| measured.value(&server.app, series);
    assert_eq!(value("tessera_write_group_size_sum"), 20);
    let groups = value("tessera_write_group_size_count");
    assert!((1..20).contains(&groups), "{groups} groups");
    assert_eq!(value("tessera_commit_duration_seconds_count"), groups);
    assert_eq!(value("tessera_write_group_size_bucket{le=\"512\"}"), groups);
}

fn use_identifiers(server: &TestServer, numbers: Range<u32>) -> JoinSet<bool> {
    let mut asking = JoinSet::new();
    for number in numbers {
        let app = server.app.clone();
        asking.spawn(async move {
            let identifier = Sha256::of(&number.to_be_bytes());
            let command = Command::new().use_identifier("test", identifier, app.now());
            app.store.run(command).await.unwrap()
        });
    }
    asking
}

async fn whoever_waits_is_seen_to_wait(server: TestServer) {
    let measured = Measured::begin(server.now());
    let value = |name: &str| measured.value(&server.app, name);
    let is_held = Arc::new(AtomicBool::new(false));
    let held = Arc::clone(&is_held);
    let delayed = move |sql: &str| {
        let is_first = sql.contains("used_identifiers") && !held.swap(true, Ordering::SeqCst);
        is_first.then_some(Fault::Delayed(Duration::from_millis(500)))
    };
    server.app.store.fail(Some(Arc::new(delayed)));

    let first = use_identifiers(&server, 0..1);
    until("held", async || is_held.load(Ordering::SeqCst)).await;
    let others = use_identifiers(&server, 1..4);
    until("waiting", async || value("tessera_write_queue_length") == 3).await;
    first.join_all().await;
    others.join_all().await;

    assert_eq!(value("tessera_write_queue_length"), 0);
    assert_eq!(value("tessera_write_queue_limit"), 4096);
    assert_eq!(value("tessera_read_queue_limit"), 8192);
}

async fn what_is_kept_is_counted(server: TestServer) {
    let measured = Measured::begin(server.now());
    let server = server.restarted(|_| {}).await;
    let client = server.machine("mailer", "read").await;
    let token = server.token(&client).await;
    let count = |series: &str| measured.value(&server.app, series);

    // The library counts a little later than it keeps.
    until("counted", async || {
        server.introspect(&client, &token).await;
        count("tessera_cache_lookups_total{kind=\"token\",outcome=\"hit\"}") > 0
            && count("tessera_cache_lookups_total{kind=\"client\",outcome=\"hit\"}") > 0
            && count("tessera_cache_entries{kind=\"token\"}") == 1
            && count("tessera_cache_entries{kind=\"client\"}") == 1
    })
    .await;
}

async fn guesses_that_are_not_looked_at_are_counted(server: TestServer) {
    let id = ClientId::parse("mailer").unwrap();
    let chosen = Secret::new("correct horse battery".to_owned());
    server.add(&id, ClientKind::Machine, ClientChanges::default(), Some(chosen)).await.unwrap();
    let measured = Measured::begin(server.now());
    let wrong = TestClient { id: id.clone(), secret: "wrong horse".to_owned() };

    for _ in 0..11 {
        server.post("/token", &wrong, "").await;
    }

    let count = |reason: &str| {
        let series = format!("tessera_hashing_refusals_total{{reason=\"{reason}\"}}");
        measured.value(&server.app, &series)
    };
    assert_eq!((count("throttled"), count("busy")), (1, 0));
    assert_eq!(measured.value(&server.app, "tessera_hashing_queue_length"), 0);
    assert_eq!(measured.value(&server.app, "tessera_hashing_queue_limit"), 33);
}

/// Only where there can be others.
#[tokio::test]
async fn how_long_a_change_waits_for_the_others_is_measured() {
    let measured = Measured::begin(tessera::model::timestamp::Timestamp(0));
    let server = TestServer::on(Engine::Postgres).await;
    let client = server.machine("mailer", "read").await;
    let token = server.token(&client).await;
    let count = || measured.value(&server.app, "tessera_confirmation_duration_seconds_count");
    let before = count();

    server.post("/revoke", &client, &format!("token={token}")).await;

    until("measured", async || count() > before).await;
    server.database().remove().await;
}
