//! Refused authentications: counted a minute, never told one by one.

use std::time::Duration;

use tessera::acts::audit::{note_guessed, refused_since, sweep};

use crate::common::{TestClient, TestServer, on_each_engine};

use super::{all, page};

on_each_engine!(
    refused_clients_are_counted_by_minute_and_address,
    what_several_nodes_count_at_once_is_added_up,
    counts_come_up_in_searches_and_a_summary,
    counts_leave_with_the_events_of_their_time,
    guesses_that_are_slowed_down_are_told_once_a_minute,
    a_network_of_one_subscriber_is_one_row,
);

const RACERS: usize = 40;

async fn refuse(server: &TestServer, name: &str) {
    let id = tessera::model::client_id::ClientId::parse(name).unwrap();
    let wrong = TestClient { id, secret: "wrong".to_owned() };
    server.post("/token", &wrong, "grant_type=client_credentials").await;
}

async fn flush(server: &TestServer) {
    server.app.refusals.write(&server.app.store).await.unwrap();
}

async fn rows(server: &TestServer, condition: &str) -> u64 {
    let sql = format!("refused_authentications WHERE {condition}");
    server.database().count(&sql).await
}

async fn refused_clients_are_counted_by_minute_and_address(server: TestServer) {
    server.machine("mailer", "read").await;
    let events = server.database().count("audit").await;
    for _ in 0..3 {
        refuse(&server, "mailer").await;
    }
    refuse(&server, "nobody").await;
    server.advance(Duration::from_mins(1));
    refuse(&server, "mailer").await;

    assert_eq!(rows(&server, "1 = 1").await, 0, "no request waits for it");
    flush(&server).await;

    assert_eq!(rows(&server, "client_id = 'mailer'").await, 2);
    assert_eq!(rows(&server, "client_id = 'mailer' AND refusals = 3").await, 1);
    assert_eq!(rows(&server, "client_id = '~unknown' AND refusals = 1").await, 1);
    assert_eq!(rows(&server, "client_id = 'nobody'").await, 0);
    assert_eq!(server.database().count("audit").await, events);
}

async fn what_several_nodes_count_at_once_is_added_up(server: TestServer) {
    server.machine("mailer", "read").await;
    let mut racers = tokio::task::JoinSet::new();
    for _ in 0..RACERS {
        let app = server.app.clone();
        let at = server.now();
        racers.spawn(async move {
            let client = tessera::model::client_id::ClientId::parse("mailer").unwrap();
            app.refusals.note_client(Some(&client), [192, 0, 2, 1].into(), at);
            app.refusals.write(&app.store).await.unwrap();
        });
    }
    while let Some(done) = racers.join_next().await {
        done.unwrap();
    }

    flush(&server).await;
    assert_eq!(rows(&server, &format!("refusals = {RACERS}")).await, 1);
    assert_eq!(rows(&server, "1 = 1").await, 1);
}

async fn counts_come_up_in_searches_and_a_summary(server: TestServer) {
    server.machine("mailer", "read").await;
    let began = server.now();
    refuse(&server, "mailer").await;
    refuse(&server, "mailer").await;
    server.advance(Duration::from_mins(2));
    flush(&server).await;

    for query in ["", "client:mailer", "action:authentication.*", "at:<1h mailer"] {
        let page = page(&server, query, 50).await;
        let counted: Vec<_> = page
            .events
            .iter()
            .filter(|kept| kept.event.action == "authentication.refused")
            .collect();
        assert_eq!(counted.len(), 1, "{query}");
        assert_eq!(counted[0].event.detail.as_deref(), Some("2 times in this minute"));
    }
    for query in ["client:other", "-action:authentication.*", "action:client.*", "request:x"] {
        let found = all(&server, query).await;
        assert!(found.iter().all(|kept| kept.event.action != "authentication.refused"), "{query}");
    }
    let summary = refused_since(&server.app, began.minus(Duration::from_hours(1))).await.unwrap();
    assert_eq!((summary[0].client_id.as_str(), summary[0].refusals), ("mailer", 2));
    assert_eq!(summary[0].addresses, 1);
}

async fn counts_leave_with_the_events_of_their_time(server: TestServer) {
    server.machine("mailer", "read").await;
    refuse(&server, "mailer").await;
    flush(&server).await;
    server.advance(Duration::from_hours(24 * 399));
    sweep(&server.app).await.unwrap();
    assert_eq!(rows(&server, "1 = 1").await, 1);

    server.advance(Duration::from_hours(25));
    sweep(&server.app).await.unwrap();

    assert_eq!(rows(&server, "1 = 1").await, 0);
}

async fn guesses_that_are_slowed_down_are_told_once_a_minute(server: TestServer) {
    let ingrid = server.signed_in("ingrid").await;
    for _ in 0..3 {
        server.app.refusals.note_guessed(ingrid.user_id, [192, 0, 2, 1].into(), server.now());
    }
    server.advance(Duration::from_mins(1));
    let (user, from) = server.app.refusals.take_guessed(server.now()).remove(0);
    note_guessed(&server.app, user, from).await.unwrap();

    let found = all(&server, "action:authentication.guessed user:ingrid").await;
    assert_eq!(found.len(), 1);
    assert_eq!(found[0].event.address.as_deref(), Some("192.0.2.1"));
}

async fn a_network_of_one_subscriber_is_one_row(server: TestServer) {
    for last in 1..=500_u16 {
        let from = std::net::Ipv6Addr::new(0x2001, 0xdb8, 1, 2, 3, 4, 5, last);
        server.app.refusals.note_client(None, from.into(), server.now());
    }
    flush(&server).await;

    assert_eq!(rows(&server, "address = '2001:db8:1:2::' AND refusals = 500").await, 1);
    assert_eq!(rows(&server, "1 = 1").await, 1);
}
