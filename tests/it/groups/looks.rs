//! Looks at the same time: they share statements, and see what they must.

use std::{
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};

use tokio::task::JoinSet;

use crate::common::{TestServer, on_each_engine};

on_each_engine!(
    many_who_look_at_one_token_at_once_cost_few_statements,
    a_token_that_was_looked_for_before_it_was_issued_is_seen_at_once,
    a_kept_token_ends_at_the_second_it_expires,
);

/// How many look at once.
const LOOKERS: usize = 64;

/// One for whoever came first, one for those who came meanwhile, for each of the two that read.
const FEW: usize = 4;

async fn many_who_look_at_one_token_at_once_cost_few_statements(server: TestServer) {
    let client = server.machine("mailer", "read").await;
    let token = server.token(&client).await;
    let server = Arc::new(server);
    let count = count_looks_for_tokens(&server);

    let mut looking = JoinSet::new();
    for _ in 0..LOOKERS {
        let (server, client, token) = (Arc::clone(&server), client.clone(), token.clone());
        looking.spawn(async move { server.is_active(&client, &token).await });
    }
    let answers = looking.join_all().await;

    assert_eq!(answers, [true; LOOKERS]);
    let count = count.load(Ordering::SeqCst);
    assert!((1..=FEW).contains(&count), "{count} statements");
}

/// Nothing is kept of what was not found. The string is known beforehand where a server that
/// keeps no cache made it.
async fn a_token_that_was_looked_for_before_it_was_issued_is_seen_at_once(server: TestServer) {
    let client = server.machine("mailer", "read").await;
    let token = server.token(&client).await;
    let database = server.database();
    // Issued again later: its row is moved out of the way, and back.
    database.execute("CREATE TABLE aside AS SELECT * FROM tokens").await;
    database.execute("DELETE FROM tokens").await;
    for _ in 0..3 {
        assert!(!server.is_active(&client, &token).await);
    }

    database.execute("INSERT INTO tokens SELECT * FROM aside").await;

    assert!(server.is_active(&client, &token).await);
}

async fn a_kept_token_ends_at_the_second_it_expires(server: TestServer) {
    let client = server.machine("mailer", "read").await;
    let token = server.token(&client).await;
    for _ in 0..3 {
        assert!(server.is_active(&client, &token).await);
    }

    server.advance(Duration::from_millis(3_599_999));
    let before = server.is_active(&client, &token).await;
    server.advance(Duration::from_millis(1));
    let at = server.is_active(&client, &token).await;

    assert!(before && !at);
}

/// Counts the statements that look for tokens from now on.
fn count_looks_for_tokens(server: &TestServer) -> Arc<AtomicUsize> {
    let count = Arc::new(AtomicUsize::new(0));
    let shared = Arc::clone(&count);
    server.app.store.fail(Some(Arc::new(move |sql: &str| {
        if sql.contains("FROM given CROSS JOIN tokens") {
            shared.fetch_add(1, Ordering::SeqCst);
        }
        None
    })));
    count
}
