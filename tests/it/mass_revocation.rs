//! Many tokens ended at once: all of a client or user by one statement, or those that a query
//! means in batches, each of which says when, by whom and why.

mod generations;
mod measured;
mod scene;

use std::{
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};

use tessera::{
    acts::{
        self,
        tokens::{Ended, Listing, MassRevocation, revoke_many},
    },
    model::client::ClientStatus,
    store::Fault,
};
use tokio::sync::watch;

use crate::common::{Engine, TestServer, on_each_engine, server::operator};

pub(crate) use scene::copies;
use scene::{entry_of, family, issue, measure, parse, revoke, user};

on_each_engine!(
    all_of_a_client_end_by_one_statement,
    all_of_a_user_end_wherever_they_are,
    what_a_query_means_ends_row_by_row_and_each_says_why,
    who_stops_it_ends_no_more_and_the_audit_log_says_so,
    whole_families_end_with_what_may_yet_come_of_them,
    a_family_of_thousands_is_counted_a_stretch_at_a_time,
    a_run_that_was_interrupted_is_begun_again,
    what_is_over_is_neither_counted_nor_touched,
    what_was_issued_after_the_count_stays,
    few_matches_among_many_are_found_page_by_page,
);

async fn all_of_a_client_end_by_one_statement(server: TestServer) {
    let client = server.machine("mailer", "read").await;
    let other = server.machine("other", "read").await;
    let (token, spared) = (server.token(&client).await, server.token(&other).await);
    copies(&server, "mailer", 1500).await;
    assert!(server.is_active(&client, &token).await);

    let (reach, ended) = revoke(&server.app, "client:mailer", false).await;

    assert_eq!((reach.tokens, ended), (1501, Ended::All));
    assert!(!server.is_active(&client, &token).await);
    assert!(server.is_active(&other, &spared).await);
    assert_eq!(server.database().count("tokens WHERE ended_at IS NOT NULL").await, 0, "one row");
    assert!(server.is_active(&client, &server.token(&client).await).await, "it goes on");
    assert_eq!(measure(&server.app, "client:mailer", false).await.tokens, 1);
}

async fn all_of_a_user_end_wherever_they_are(server: TestServer) {
    let clients = [server.machine("one", "read").await, server.machine("two", "read").await];
    let (alice, bob) = (user(&server, "Alice").await, user(&server, "bob").await);
    let mut tokens = Vec::new();
    for client in &clients {
        tokens.push(issue(&server, client, Some(&alice), None).await);
    }
    let spared = issue(&server, &clients[0], Some(&bob), None).await;

    let (reach, ended) = revoke(&server.app, "user:ALICE", false).await;

    assert_eq!((reach.tokens, reach.people.count().0, ended), (2, 1, Ended::All));
    assert_eq!(reach.clients.count(), (2, false));
    for (client, token) in clients.iter().zip(&tokens) {
        assert!(!server.is_active(client, token).await);
    }
    assert!(server.is_active(&clients[0], &spared).await);
    let by_id = format!("user:{}", bob.user_id);
    assert_eq!(revoke(&server.app, &by_id, false).await.1, Ended::All);
    assert!(!server.is_active(&clients[0], &spared).await);
}

async fn what_a_query_means_ends_row_by_row_and_each_says_why(server: TestServer) {
    let client = server.machine("mailer", "read").await;
    let token = server.token(&client).await;
    copies(&server, "mailer", 1200).await;
    server.advance(Duration::from_mins(2));
    let young = server.token(&client).await;

    let (reach, ended) = revoke(&server.app, "client:mailer created:>1m", false).await;

    assert_eq!((reach.tokens, ended), (1201, Ended::Tokens(1201)));
    assert!(!server.is_active(&client, &token).await);
    assert!(server.is_active(&client, &young).await);
    let said = "tokens WHERE status = 'revoked' AND ended_by = 'cli:test' AND payload IS NULL
                AND end_reason = 'a leak' AND ended_at IS NOT NULL";
    assert_eq!(server.database().count(said).await, 1201);
    let audit = "audit WHERE action IN ('tokens.revocation_begun', 'tokens.revoked')
                 AND target = 'client:mailer created:>1m' AND reason = 'a leak'";
    assert_eq!(server.database().count(audit).await, 2);
}

async fn who_stops_it_ends_no_more_and_the_audit_log_says_so(server: TestServer) {
    let client = server.machine("mailer", "read").await;
    let token = server.token(&client).await;
    let query = parse("client:mailer type:access");
    let stop = watch::Sender::new(false);
    let revocation = MassRevocation::see(&server.app, query, false).await.unwrap();
    let revocation = revocation.until(stop.subscribe());

    stop.send_replace(true);
    let stopped = revoke_many(&server.app, &operator(), &revocation, "a leak").await.unwrap();
    assert_eq!(stopped, Ended::Stopped(0));
    assert!(server.is_active(&client, &token).await);
    let audit = "audit WHERE action = 'tokens.revocation_stopped' AND detail = '0 of them'";
    assert_eq!(server.database().count(audit).await, 1);

    stop.send_replace(false);
    let ended = revoke_many(&server.app, &operator(), &revocation, "a leak").await.unwrap();
    assert_eq!(ended, Ended::Tokens(1));
}

async fn whole_families_end_with_what_may_yet_come_of_them(server: TestServer) {
    let client = server.machine("mailer", "read").await;
    let alice = user(&server, "alice").await;
    let (lost, kept) = (family(&server).await, family(&server).await);
    let first = issue(&server, &client, Some(&alice), Some(lost)).await;
    let second = issue(&server, &client, Some(&alice), Some(lost)).await;
    let spared = issue(&server, &client, Some(&alice), Some(kept)).await;
    let alone = issue(&server, &client, None, None).await;
    let entry = entry_of(&server.app, &first).await;
    let query = format!("entry:{entry},{}", entry_of(&server.app, &alone).await);

    let (reach, ended) = revoke(&server.app, &query, true).await;

    assert_eq!((reach.tokens, reach.families.count().0, ended), (3, 1, Ended::Tokens(3)));
    for token in [&first, &second, &alone] {
        assert!(!server.is_active(&client, token).await);
    }
    let late = issue(&server, &client, Some(&alice), Some(lost)).await;
    assert!(!server.is_active(&client, &late).await, "its family is over");
    assert!(server.is_active(&client, &spared).await);
    let said = "authorizations WHERE status = 'revoked' AND ended_by = 'cli:test'
                AND end_reason = 'a leak' AND ended_at IS NOT NULL";
    assert_eq!(server.database().count(said).await, 1);
    assert_eq!(revoke(&server.app, &query, true).await.1, Ended::Tokens(1), "the late one");
}

async fn a_family_of_thousands_is_counted_a_stretch_at_a_time(server: TestServer) {
    let client = server.machine("mailer", "read").await;
    let (large, small) = (family(&server).await, family(&server).await);
    issue(&server, &client, None, Some(small)).await;
    server.advance(Duration::from_secs(1));
    let first = issue(&server, &client, None, Some(large)).await;
    copies(&server, "mailer", 2500).await;
    let of_first = "SELECT authorization_id FROM tokens WHERE format = 'reference'
                    ORDER BY created_at DESC LIMIT 1";
    let sql = format!("UPDATE tokens SET authorization_id = ({of_first}) WHERE format = 'jwt'");
    assert_eq!(server.database().execute(&sql).await, 2500);
    let query = format!("entry:{} type:access", entry_of(&server.app, &first).await);

    let reach = measure(&server.app, &query, true).await;
    let all = measure(&server.app, "type:access client:mailer", true).await;
    let revocation = MassRevocation::see(&server.app, parse(&query), true).await.unwrap();
    let bounded = revocation.measure_within(&server.app, 1000).await.unwrap();

    assert_eq!((reach.tokens, reach.is_cut), (2501, false));
    assert_eq!((all.tokens, all.families.count().0), (2502, 2));
    assert!(bounded.is_cut && (1000..2501).contains(&bounded.tokens), "{bounded:?}");
}

async fn a_run_that_was_interrupted_is_begun_again(server: TestServer) {
    let client = server.machine("mailer", "read").await;
    server.token(&client).await;
    copies(&server, "mailer", 1200).await;
    let query = "client:mailer type:access";
    let batches = Arc::new(AtomicUsize::new(0));
    let seen = Arc::clone(&batches);
    server.app.store.fail(Some(Arc::new(move |sql: &str| {
        let is_batch = sql.contains("UPDATE tokens");
        let is_third = is_batch && seen.fetch_add(1, Ordering::SeqCst) > 20;
        is_third.then_some(Fault::Refused)
    })));

    let revocation = MassRevocation::see(&server.app, parse(query), false).await.unwrap();
    let first = revoke_many(&server.app, &operator(), &revocation, "a leak").await;
    let seen = batches.load(Ordering::SeqCst);
    server.app.store.fail(None);

    let ended = "tokens WHERE status = 'revoked'";
    let before = server.database().count(ended).await;
    match server.database().engine {
        // A batch is many statements there.
        Engine::Sqlite => assert!(first.is_err() && before > 0, "{first:?} after {seen}"),
        Engine::Postgres => assert!(seen > 0, "{first:?}"),
    }
    let (reach, _) = revoke(&server.app, query, false).await;
    assert_eq!(u64::try_from(reach.tokens).unwrap(), 1201 - before);
    assert_eq!(server.database().count(ended).await, 1201);
    assert_eq!(measure(&server.app, query, false).await.tokens, 0);
}

async fn what_is_over_is_neither_counted_nor_touched(server: TestServer) {
    let client = server.machine("mailer", "read").await;
    let gone = server.machine("gone", "read").await;
    server.token(&gone).await;
    acts::clients::set_status(&server.app, &operator(), &gone.id, ClientStatus::Deleted)
        .await
        .unwrap();
    let stopped = server.machine("stopped", "read").await;
    let asleep = server.token(&stopped).await;
    acts::clients::set_status(&server.app, &operator(), &stopped.id, ClientStatus::Disabled)
        .await
        .unwrap();
    server.token(&client).await;
    let ended = server.token(&client).await;
    server.post("/revoke", &client, &format!("token={ended}")).await;

    assert_eq!(measure(&server.app, "type:access", false).await.tokens, 2);
    assert_eq!(revoke(&server.app, "client:stopped", false).await.0.tokens, 1);
    acts::clients::set_status(&server.app, &operator(), &stopped.id, ClientStatus::Active)
        .await
        .unwrap();
    assert!(!server.is_active(&stopped, &asleep).await, "it does not wake up");
    server.advance(Duration::from_hours(2));
    assert_eq!(measure(&server.app, "type:access", false).await.tokens, 0);
    assert_eq!(measure(&server.app, "status:expired", false).await.tokens, 0);
}

async fn what_was_issued_after_the_count_stays(server: TestServer) {
    let client = server.machine("mailer", "read").await;
    let old = server.token(&client).await;
    let revocation = MassRevocation::see(&server.app, parse("type:access"), false).await.unwrap();
    assert_eq!(revocation.measure(&server.app).await.unwrap().tokens, 1);

    server.advance(Duration::from_millis(1));
    let young = server.token(&client).await;
    let ended = revoke_many(&server.app, &operator(), &revocation, "a leak").await.unwrap();

    assert_eq!(ended, Ended::Tokens(1));
    assert!(!server.is_active(&client, &old).await);
    assert!(server.is_active(&client, &young).await);
}

async fn few_matches_among_many_are_found_page_by_page(server: TestServer) {
    let (few, many) = (server.machine("few", "read").await, server.machine("many", "read").await);
    for number in 0..5 {
        let token = server.token(&few).await;
        let entry = entry_of(&server.app, &token).await;
        server.token(&many).await;
        copies(&server, "many", 900).await;
        server.advance(Duration::from_mins(1));
        assert!(number < 5, "{entry}");
    }
    for query in ["few", "scope:read -client:many", "client:few,none status:active", "client:few"] {
        let mut listing = Listing { query: parse(query), limit: 2, ..Listing::default() };
        let mut keys = Vec::new();
        loop {
            let page = acts::tokens::list(&server.app, &listing).await.unwrap();
            keys.extend(page.entries.iter().map(|found| found.entry.entry_key));
            listing.after = keys.last().copied();
            if !page.has_more {
                break;
            }
            assert_eq!(page.entries.len(), 2, "{query}");
        }

        assert_eq!(keys.len(), 5, "{query}");
        assert!(keys.is_sorted(), "{query}");
    }
}
