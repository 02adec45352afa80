//! Looking through the log and following it.

use std::time::Duration;

use tessera::{
    acts::{
        Operator,
        audit::{Looking, Tail, search, to_json},
        clients,
    },
    model::{audit::Origin, client::ClientStatus, id::uuid_v7},
};

use crate::common::{TestServer, on_each_engine};

use super::{all, page, targets};

on_each_engine!(
    every_key_finds_its_events_and_no_others,
    pages_go_on_where_the_last_ended_in_either_order,
    no_page_reads_more_than_its_share,
    whoever_follows_hears_each_event_once_late_ones_too,
    an_event_as_an_object_has_all_its_parts,
);

/// Writes one event of somebody.
async fn write(server: &TestServer, operator: &Operator, action: &str, target: &str) {
    let id = (uuid_v7(server.now(), &server.app.random), server.now());
    let event = operator.did(id, action, target, None);
    let mut store = server.app.store.begin().await.unwrap();
    store.insert_audit_event(&event).await.unwrap();
    store.commit().await.unwrap();
}

async fn every_key_finds_its_events_and_no_others(server: TestServer) {
    server.people(&["{ username = 'Mei' }"]).await;
    server.machine("mailer", "read").await;
    server.advance(Duration::from_hours(2));
    let origin = Origin {
        address: Some("203.0.113.7".parse().unwrap()),
        request_id: Some("req_7".to_owned()),
    };
    let ingrid = Operator::new("user:default/ingrid").from(&origin);
    write(&server, &ingrid, "client.changed", "mailer").await;
    server.advance(Duration::from_millis(1));
    write(&server, &ingrid, "user.locked", "default/Mei").await;

    for (query, expected) in [
        ("action:user.locked", vec!["default/Mei"]),
        ("action:user.lo*,client.changed", vec!["default/Mei", "mailer"]),
        ("actor:user:default/ingrid", vec!["default/Mei", "mailer"]),
        ("target:mailer at:<1h", vec!["mailer"]),
        ("client:mailer -action:client.added", vec!["mailer"]),
        ("user:mei -action:user.added", vec!["default/Mei"]),
        ("user:ingrid", vec!["default/Mei", "mailer"]),
        ("address:203.0.113.7", vec!["default/Mei", "mailer"]),
        ("address:203.0.113.8", vec![]),
        ("request:req_7", vec!["default/Mei", "mailer"]),
        ("node:nowhere", vec![]),
        ("mailer -at:<1h", vec!["mailer"]),
        ("at:>1h mailer", vec!["mailer"]),
        ("at:<1h -mailer", vec!["default/Mei"]),
    ] {
        assert_eq!(targets(&server, query).await, expected, "{query}");
    }
    let node = all(&server, "request:req_7").await[0].event.node.clone().unwrap();
    assert_eq!(targets(&server, &format!("node:{node} at:<1h")).await.len(), 2);
}

async fn pages_go_on_where_the_last_ended_in_either_order(server: TestServer) {
    let operator = Operator::new("cli:many");
    for number in 0..57 {
        server.advance(Duration::from_millis(1));
        let (action, target) = ("client.changed", format!("app-{number}"));
        write(&server, &operator, action, &target).await;
    }
    let expected: Vec<_> = (0..57).map(|number| format!("app-{number}")).collect();

    for query in ["actor:cli:many", "action:client.*", ""] {
        for newest_first in [true, false] {
            let mut found = Vec::new();
            let query = query.parse().unwrap();
            let mut looking = Looking { query, newest_first, from: None, limit: 10 };
            loop {
                let page = search(&server.app, &looking).await.unwrap();
                assert!(page.events.len() <= 10);
                found.extend(page.events.into_iter().map(|kept| kept.event.target));
                match page.next {
                    Some(next) => looking.from = Some(next),
                    None => break,
                }
            }
            if newest_first {
                found.reverse();
            }
            let found: Vec<_> = found.into_iter().filter(|it| it.starts_with("app-")).collect();
            assert_eq!(found, expected);
        }
    }
}

async fn no_page_reads_more_than_its_share(server: TestServer) {
    let operator = Operator::new("cli:many");
    let mut store = server.app.store.begin().await.unwrap();
    for number in 0..2000 {
        let id = (uuid_v7(server.now(), &server.app.random), server.now());
        let event = operator.did(id, "client.changed", &format!("app-{number}"), None);
        store.insert_audit_event(&event).await.unwrap();
    }
    store.commit().await.unwrap();

    // Nothing matches, and no index leads there: a page ends all the same, and says where.
    let nothing = page(&server, "address:203.0.113.9", 50).await;

    assert!(nothing.events.is_empty() && nothing.next.is_some());
    assert!(all(&server, "address:203.0.113.9").await.is_empty());
    assert_eq!(targets(&server, "target:app-7").await, ["app-7"]);
}

async fn whoever_follows_hears_each_event_once_late_ones_too(server: TestServer) {
    let operator = Operator::new("cli:test");
    write(&server, &operator, "client.changed", "before").await;
    server.advance(Duration::from_secs(1));
    let mut tail = Tail::from(server.now());
    let late = (uuid_v7(server.now(), &server.app.random), server.now());
    server.advance(Duration::from_secs(3));
    write(&server, &operator, "client.changed", "one").await;
    let news = |tail: Vec<tessera::model::audit::KeptEvent>| -> Vec<String> {
        tail.into_iter().map(|kept| kept.event.target).collect()
    };

    assert_eq!(news(tail.next(&server.app).await.unwrap()), ["one"]);
    assert_eq!(news(tail.next(&server.app).await.unwrap()), [""; 0]);
    let mut store = server.app.store.begin().await.unwrap();
    let event = operator.did(late, "client.changed", "late", None);
    store.insert_audit_event(&event).await.unwrap();
    store.commit().await.unwrap();
    write(&server, &operator, "client.changed", "two").await;
    assert_eq!(news(tail.next(&server.app).await.unwrap()), ["late", "two"]);
    server.advance(Duration::from_mins(10));
    write(&server, &operator, "client.changed", "three").await;
    assert_eq!(news(tail.next(&server.app).await.unwrap()), ["three"]);
    assert_eq!(news(tail.next(&server.app).await.unwrap()), [""; 0]);
}

async fn an_event_as_an_object_has_all_its_parts(server: TestServer) {
    let client = server.machine("app", "read").await;
    let operator = Operator::new("cli:test").because("a \u{202e}reason\n");
    clients::set_status(&server.app, &operator, &client.id, ClientStatus::Disabled).await.unwrap();

    let object = to_json(&all(&server, "action:client.disabled").await[0]);

    let parts = [
        "id",
        "at",
        "actor",
        "action",
        "target",
        "reason",
        "detail",
        "request_id",
        "address",
        "node",
        "sequence",
        "chain",
    ];
    assert!(parts.iter().all(|part| object.get(part).is_some()), "{object}");
    assert_eq!(object["reason"], "a \u{202e}reason\n");
    assert_eq!(object["sequence"], serde_json::Value::Null);
}
