//! Many tokens ended at once, by several who do so at once, while others are issued.

use tessera::{
    acts::{
        self,
        tokens::{Ended, IssueRequest, MassRevocation, revoke_many},
    },
    app::App,
    model::{parameters::Parameters, query::TokenQuery, secret::Secret},
};

use super::{at_once, nodes};
use crate::common::{TestClient, TestServer, on_each_engine, server::operator};

on_each_engine!(
    in_batches_each_token_ends_once_and_none_that_was_counted_is_active_anywhere,
    by_generation_one_of_several_ends_them_and_nobody_is_answered_before,
    no_token_that_is_issued_beside_a_raised_generation_outlives_it_by_mistake,
);

/// How many tokens there are when it begins.
const TOKENS: usize = 40;

async fn in_batches_each_token_ends_once_and_none_that_was_counted_is_active_anywhere(
    server: TestServer,
) {
    let client = server.machine("mailer", "read").await;
    let nodes = nodes(&server).await;
    for round in 0..3 {
        let tokens = known_everywhere(&server, &client, &nodes).await;
        let before = ended(&server).await;

        let counts = at_once(&nodes, 8, |app, number| {
            let (id, tokens) = (client.id.clone(), tokens.clone());
            async move {
                if number >= 4 {
                    for _ in 0..10 {
                        issue(&app, &id).await;
                    }
                    return 0;
                }
                let revocation = see(&app, "client:mailer type:access").await;
                let counted = revocation.measure(&app).await.unwrap().tokens;
                let done = revoke_many(&app, &operator(), &revocation, "a race").await.unwrap();
                assert_eq!(active(&app, &tokens).await, 0, "on the node that was asked");
                let Ended::Tokens(count) = done else { panic!("{done:?} of {counted}") };
                count
            }
        })
        .await;

        for app in &nodes {
            assert_eq!(active(app, &tokens).await, 0, "round {round}");
        }
        let ended = i64::try_from(ended(&server).await - before).unwrap();
        assert_eq!(counts.iter().sum::<i64>(), ended, "each is counted by whoever ended it");
        assert!(ended >= i64::try_from(TOKENS).unwrap());
    }
}

async fn by_generation_one_of_several_ends_them_and_nobody_is_answered_before(server: TestServer) {
    let client = server.machine("mailer", "read").await;
    let nodes = nodes(&server).await;
    for round in 0..5 {
        let tokens = known_everywhere(&server, &client, &nodes).await;
        let everywhere = nodes.clone();

        let told = at_once(&nodes, 6, |app, _| {
            let (tokens, everywhere) = (tokens.clone(), everywhere.clone());
            async move {
                let revocation = see(&app, "client:mailer").await;
                let done = revoke_many(&app, &operator(), &revocation, "a race").await.unwrap();
                for app in &everywhere {
                    assert_eq!(active(app, &tokens).await, 0, "{done:?}, round {round}");
                }
                done
            }
        })
        .await;

        assert!(told.contains(&Ended::All), "{told:?}");
        let again = issue(&server.app, &client.id).await;
        assert_eq!(active(&server.app, &[again]).await, 1, "it may go on");
    }
}

async fn no_token_that_is_issued_beside_a_raised_generation_outlives_it_by_mistake(
    server: TestServer,
) {
    let client = server.machine("mailer", "read").await;
    let nodes = nodes(&server).await;
    for _ in 0..5 {
        let seen = see(&server.app, "client:mailer").await;
        let raised = std::sync::atomic::AtomicBool::new(false);
        let raised = std::sync::Arc::new(raised);
        let seen = std::sync::Arc::new(seen);

        // What was answered before the raise began is dead after it; what is asked for after it
        // was answered is alive; what comes in between is either.
        let early = issue(&server.app, &client.id).await;
        let answers = at_once(&nodes, 8, |app, number| {
            let (id, raised, seen) = (client.id.clone(), raised.clone(), seen.clone());
            async move {
                if number == 0 {
                    revoke_many(&app, &operator(), &seen, "a race").await.unwrap();
                    raised.store(true, std::sync::atomic::Ordering::SeqCst);
                    return Vec::new();
                }
                let mut late = Vec::new();
                for _ in 0..10 {
                    let is_late = raised.load(std::sync::atomic::Ordering::SeqCst);
                    let token = issue(&app, &id).await;
                    late.extend(is_late.then_some(token));
                }
                late
            }
        })
        .await;

        let late: Vec<Secret> = answers.into_iter().flatten().collect();
        for app in &nodes {
            assert_eq!(active(app, std::slice::from_ref(&early)).await, 0);
            assert_eq!(active(app, &late).await, late.len());
        }
    }
}

/// Tokens that every node has looked at, and so may keep.
async fn known_everywhere(server: &TestServer, client: &TestClient, nodes: &[App]) -> Vec<Secret> {
    let mut tokens = Vec::new();
    for _ in 0..TOKENS {
        tokens.push(Secret::new(server.token(client).await));
    }
    for app in nodes {
        assert_eq!(active(app, &tokens).await, TOKENS);
    }
    tokens
}

async fn see(app: &App, query: &str) -> MassRevocation {
    MassRevocation::see(app, TokenQuery::parse(query).unwrap(), false).await.unwrap()
}

async fn issue(app: &App, client: &tessera::model::client_id::ClientId) -> Secret {
    let parameters = Parameters::parse(b"").unwrap();
    acts::tokens::issue(app, &operator(), &IssueRequest::access(client.clone(), parameters))
        .await
        .unwrap()
        .token
}

/// How many of the tokens a node takes for usable.
async fn active(app: &App, tokens: &[Secret]) -> usize {
    let mut count = 0;
    for token in tokens {
        let presented = acts::tokens::inspect(app, token).await.unwrap().unwrap();
        count += usize::from(presented.refusal.is_none());
    }
    count
}

async fn ended(server: &TestServer) -> u64 {
    server.database().count("tokens WHERE status = 'revoked'").await
}
