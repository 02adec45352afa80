//! The chain: each event gets one place, and whoever changes the log behind our back is found out.

use std::time::Duration;

use tessera::{
    acts::{
        Operator,
        audit::{Break, ChainWalk, Damage, Noted, Step, WholeChain, age, seal, sweep},
    },
    jobs,
    model::id::uuid_v7,
};

use uuid::Uuid;

use crate::common::{TestServer, on_each_engine};

use super::all;

on_each_engine!(
    events_get_their_places_once_they_are_old_enough,
    a_changed_event_is_found,
    a_removed_event_is_found,
    an_end_that_was_cut_off_is_found,
    reordered_events_are_found,
    an_event_that_was_put_in_is_found,
    what_was_noted_elsewhere_is_compared,
    what_is_swept_leaves_a_chain_that_holds,
    a_beginning_that_was_cut_off_is_found,
    a_log_that_was_emptied_is_found,
    a_late_event_comes_later_in_the_chain,
    the_job_seals_by_one_node_at_a_time,
    a_clock_that_is_ahead_leaves_nothing_unsealed,
    two_who_seal_at_once_make_one_chain,
);

const DAY: Duration = Duration::from_hours(24);

/// Makes `count` events and seals them.
async fn sealed(server: &TestServer, count: usize) -> Vec<i64> {
    for number in 0..count {
        server.machine(&format!("app-{number}"), "read").await;
    }
    server.advance(Duration::from_secs(10));
    seal(&server.app).await.unwrap();
    let found = all(server, "").await;
    found.iter().rev().map(|kept| kept.sequence.unwrap()).collect()
}

async fn verified(server: &TestServer) -> Step {
    ChainWalk::new(None).finish(&server.app).await.unwrap()
}

async fn whole(server: &TestServer) -> WholeChain {
    match verified(server).await {
        Step::Whole(whole) => whole,
        other => panic!("{other:?}"),
    }
}

fn broken(sequence: i64, damage: Damage) -> Step {
    Step::Broken(Break { sequence, damage })
}

async fn events_get_their_places_once_they_are_old_enough(server: TestServer) {
    server.machine("app", "read").await;

    assert_eq!(seal(&server.app).await.unwrap(), 0);
    assert_eq!(whole(&server).await.sequence, 0);
    server.advance(Duration::from_secs(6));
    assert!(age(&server.app).await.unwrap().unsealed >= Duration::from_secs(6));
    let count = i64::try_from(server.database().count("audit").await).unwrap();
    assert_eq!(i64::try_from(seal(&server.app).await.unwrap()).unwrap(), count);

    let age = age(&server.app).await.unwrap();
    assert_eq!((age.sequence, age.unsealed), (count, Duration::ZERO));
    assert_eq!(whole(&server).await.sequence, count);
}

async fn a_changed_event_is_found(server: TestServer) {
    for (column, value) in [
        ("actor", "'cli:other'"),
        ("action", "'client.deleted'"),
        ("target", "'other'"),
        ("reason", "'because'"),
        ("detail", "''"),
        ("address", "'192.0.2.9'"),
        ("request_id", "'req_9'"),
        ("node", "'elsewhere'"),
        ("at", "at + 1"),
    ] {
        let count = sealed(&server, 0).await.len();
        server.machine(&format!("of-{column}"), "read").await;
        let more = sealed(&server, 0).await.len();
        assert!(more > count, "{column}");
        let place = i64::try_from(more).unwrap();
        let sql = format!("UPDATE audit SET {column} = {value} WHERE sequence = {place}");

        let undo = all(&server, "").await;
        let kept = undo.iter().find(|kept| kept.sequence == Some(place)).unwrap().event.clone();
        assert_eq!(server.database().execute(&sql).await, 1, "{column}");
        assert_eq!(verified(&server).await, broken(place, Damage::Changed), "{column}");

        let text = |text: &Option<String>| {
            text.as_ref().map_or("NULL".to_owned(), |text| format!("'{text}'"))
        };
        let before = match column {
            "actor" => format!("'{}'", kept.actor),
            "action" => format!("'{}'", kept.action),
            "target" => format!("'{}'", kept.target),
            "reason" => text(&kept.reason),
            "detail" => text(&kept.detail),
            "address" => text(&kept.address),
            "request_id" => text(&kept.request_id),
            "node" => text(&kept.node),
            _ => kept.at.0.to_string(),
        };
        let sql = format!("UPDATE audit SET {column} = {before} WHERE sequence = {place}");
        server.database().execute(&sql).await;
        assert_eq!(whole(&server).await.sequence, place, "{column}");
    }
}

async fn a_removed_event_is_found(server: TestServer) {
    sealed(&server, 5).await;

    server.database().execute("DELETE FROM audit WHERE sequence IN (3, 4)").await;

    assert_eq!(verified(&server).await, broken(3, Damage::Missing(4)));
    // Who closes the gap is found out as well.
    server.database().execute("UPDATE audit SET sequence = 3 WHERE sequence = 5").await;
    assert_eq!(verified(&server).await, broken(3, Damage::Changed));
}

async fn an_end_that_was_cut_off_is_found(server: TestServer) {
    let last = *sealed(&server, 5).await.last().unwrap();

    server.database().execute(&format!("DELETE FROM audit WHERE sequence = {last}")).await;

    assert_eq!(verified(&server).await, broken(last, Damage::Missing(last)));
    server.database().execute("DELETE FROM audit_chain").await;
    assert_eq!(verified(&server).await, broken(last - 1, Damage::NoEnd));
    // A second chain is not begun beside what is left of the first.
    server.machine("new", "read").await;
    server.advance(Duration::from_secs(10));
    assert!(seal(&server.app).await.is_err());
}

async fn reordered_events_are_found(server: TestServer) {
    sealed(&server, 5).await;

    for (from, to) in [(2, 1002), (4, 2), (1002, 4)] {
        let sql = format!("UPDATE audit SET sequence = {to} WHERE sequence = {from}");
        server.database().execute(&sql).await;
    }

    assert_eq!(verified(&server).await, broken(2, Damage::Moved(4)));
}

async fn an_event_that_was_put_in_is_found(server: TestServer) {
    let last = *sealed(&server, 3).await.last().unwrap();
    let next = last + 1;
    server.machine("late", "read").await;
    let put = |chain: &str| {
        format!("UPDATE audit SET sequence = {next}, chain = {chain} WHERE sequence IS NULL")
    };
    let copied = format!("(SELECT chain FROM audit WHERE sequence = {last})");

    server.database().execute(&put(&copied)).await;

    assert_eq!(verified(&server).await, broken(next, Damage::Changed));
    server.database().execute(&format!("UPDATE audit_chain SET sequence = {next}")).await;
    assert_eq!(verified(&server).await, broken(next, Damage::Changed));
    server.database().execute("DELETE FROM audit WHERE target = 'late'").await;
    server.database().execute(&format!("UPDATE audit_chain SET sequence = {}", last - 1)).await;
    assert_eq!(verified(&server).await, broken(last, Damage::Added));
}

async fn what_was_noted_elsewhere_is_compared(server: TestServer) {
    sealed(&server, 2).await;
    let first = whole(&server).await;
    let noted = Noted { sequence: first.sequence, chain: first.chain.clone() };
    let compare = async |noted: &Noted| {
        ChainWalk::new(Some(noted.clone())).finish(&server.app).await.unwrap()
    };
    server.machine("more", "read").await;
    sealed(&server, 0).await;

    assert!(matches!(compare(&noted).await, Step::Whole(_)));
    let other = Noted { chain: vec![7; 32], ..noted.clone() };
    assert_eq!(compare(&other).await, broken(noted.sequence, Damage::NotAsNoted));
    let now = whole(&server).await.sequence;
    let ahead = Noted { sequence: now + 5, ..noted };
    assert_eq!(compare(&ahead).await, broken(now + 1, Damage::Missing(now + 5)));
}

async fn what_is_swept_leaves_a_chain_that_holds(server: TestServer) {
    let old = *sealed(&server, 4).await.last().unwrap();
    server.advance(300 * DAY);
    server.machine("younger", "read").await;
    sealed(&server, 0).await;
    let before = whole(&server).await;
    server.advance(99 * DAY + Duration::from_hours(23));
    assert_eq!(sweep(&server.app).await.unwrap(), 0);
    server.advance(Duration::from_hours(2));

    assert_eq!(i64::try_from(sweep(&server.app).await.unwrap()).unwrap(), old);

    let after = whole(&server).await;
    assert_eq!((after.kept_after, &after.chain), (old, &before.chain));
    assert_eq!(sweep(&server.app).await.unwrap(), 0);
    // What was swept before cannot be taken for more than was.
    server.database().execute(&format!("DELETE FROM audit WHERE sequence = {}", old + 1)).await;
    assert!(matches!(verified(&server).await, Step::Broken(found) if found.sequence == old + 1));
}

async fn a_beginning_that_was_cut_off_is_found(server: TestServer) {
    sealed(&server, 4).await;
    let database = server.database();

    // As a sweep would leave it.
    database
        .execute(
            "UPDATE audit_chain SET kept_after = 2,
                 kept_chain = (SELECT chain FROM audit WHERE sequence = 2)",
        )
        .await;
    database.execute("DELETE FROM audit WHERE sequence <= 2").await;

    assert_eq!(verified(&server).await, broken(3, Damage::OtherBeginning));
    // Nor do we vouch for it once the rest of it is old.
    server.advance(401 * DAY);
    sweep(&server.app).await.unwrap();
    assert_eq!(verified(&server).await, broken(3, Damage::OtherBeginning));
}

async fn a_log_that_was_emptied_is_found(server: TestServer) {
    sealed(&server, 4).await;
    let database = server.database();

    database.execute("UPDATE audit_chain SET kept_after = sequence, kept_chain = chain").await;
    database.execute("DELETE FROM audit").await;

    assert!(matches!(verified(&server).await, Step::Broken(_)));
}

async fn a_late_event_comes_later_in_the_chain(server: TestServer) {
    server.machine("first", "read").await;
    let early = Operator::new("cli:slow").did(
        (uuid_v7(server.now(), &server.app.random), server.now()),
        "client.changed",
        "slow",
        None,
    );
    server.advance(Duration::from_secs(10));
    let sealed = i64::try_from(seal(&server.app).await.unwrap()).unwrap();
    let mut store = server.app.store.begin().await.unwrap();
    store.insert_audit_event(&early).await.unwrap();
    store.commit().await.unwrap();

    assert_eq!(seal(&server.app).await.unwrap(), 1);

    let found = all(&server, "actor:cli:slow").await;
    assert_eq!(found[0].sequence, Some(sealed + 1));
    assert_eq!(whole(&server).await.sequence, sealed + 1);
}

async fn the_job_seals_by_one_node_at_a_time(server: TestServer) {
    server.machine("app", "read").await;
    server.advance(Duration::from_secs(10));
    let check = jobs::audit::Check::default();

    let (other, now) = (Uuid::max(), server.now());
    let until = now.plus(Duration::from_mins(1));
    let mut store = server.app.store.write().await.unwrap();
    assert!(store.take_lease(jobs::audit::LEASE, other, now, until).await.unwrap());
    drop(store);

    assert!(!jobs::audit::take_turn(&server.app, &check).await.unwrap());
    assert_eq!(whole(&server).await.sequence, 0);
    server.advance(Duration::from_mins(1));
    assert!(jobs::audit::take_turn(&server.app, &check).await.unwrap());
    assert!(whole(&server).await.sequence > 0);
}

async fn a_clock_that_is_ahead_leaves_nothing_unsealed(server: TestServer) {
    server.machine("app", "read").await;
    server.database().execute("UPDATE audit SET at = at + 4000000000000").await;

    assert!(seal(&server.app).await.unwrap() > 0);
    assert!(whole(&server).await.sequence > 0);
}

async fn two_who_seal_at_once_make_one_chain(server: TestServer) {
    let is_sqlite = server.app.store.is_sqlite();
    let neighbour = if is_sqlite { None } else { Some(server.neighbour().await) };
    // One process owns an SQLite file.
    let other = neighbour.as_ref().map_or(&server.app, |neighbour| &neighbour.app);
    for round in 0..5 {
        for number in 0..5 {
            server.machine(&format!("app-{round}-{number}"), "read").await;
        }
        server.advance(Duration::from_secs(10));
        let (here, there) = tokio::join!(seal(&server.app), seal(other));
        // Whoever lost did nothing.
        assert!(here.unwrap() + there.unwrap() >= 5);
    }

    let count = i64::try_from(server.database().count("audit").await).unwrap();
    assert_eq!(whole(&server).await.sequence, count);
    assert_eq!(server.database().count("audit WHERE sequence IS NULL").await, 0);
}
