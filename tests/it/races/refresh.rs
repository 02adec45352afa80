//! Refreshing: of many who present one token, one turns it; and no token of a family outlives the
//! answer that ended it.

use std::sync::Arc;

use tessera::{
    model::{audit::Origin, client::ClientKind, standing::StandingEntry},
    store::End,
    tokens::{
        Issued,
        refresh::{RefreshRefusal, Refreshing},
    },
};

use super::{at_once, nodes};
use crate::common::{TestClient, TestServer, families::Pair, on_each_engine};

on_each_engine!(
    one_of_many_turns_a_token_and_the_next_five_are_answered_alike,
    nothing_of_a_family_outlives_the_answer_that_ended_it,
    of_many_who_prove_a_theft_one_ends_the_family,
);

const CALLERS: usize = 60;

/// Presents a refresh token as the grant does, without HTTP.
async fn refresh(
    app: &tessera::app::App,
    client: &TestClient,
    found: &StandingEntry,
    presented: &str,
) -> std::result::Result<Issued, RefreshRefusal> {
    let registered = app.store.find_registered_client(&client.id).await.unwrap().unwrap();
    let authorization = tessera::model::authorization::Authorization {
        client_id: client.id.clone(),
        client_generation: found.entry.client_generation,
        user: None,
        family: found.entry.authorization_id,
        scope: found.entry.scope.clone(),
        audience: found.entry.audience.clone(),
    };
    let (client, authorization, at) = (&registered.client, &authorization, app.now());
    let refreshing =
        Refreshing { client, presented, found, authorization, origin: &Origin::default(), at };
    app.tokens.refresh(&refreshing).await.unwrap()
}

async fn look(server: &TestServer, token: &str) -> Arc<StandingEntry> {
    server.app.tokens.find_refresh_token(token).await.unwrap().unwrap()
}

async fn one_of_many_turns_a_token_and_the_next_five_are_answered_alike(server: TestServer) {
    let client = server.application("app", "read", ClientKind::Web).await;
    let nodes = nodes(&server).await;
    for round in 0..5 {
        let pair = server.begin(&client, "").await;
        let found = look(&server, &pair.refresh).await;

        let answers = at_once(&nodes, CALLERS, |app, _| {
            let (client, found, token) = (client.clone(), Arc::clone(&found), pair.refresh.clone());
            async move { refresh(&app, &client, &found, &token).await }
        })
        .await;

        let strings = |issued: &Issued| {
            (issued.token.expose().to_owned(), issued.refresh.as_ref().unwrap().expose().to_owned())
        };
        let mut told: Vec<_> =
            answers.iter().filter_map(|answer| answer.as_ref().ok()).map(strings).collect();
        assert_eq!(told.len(), 6, "round {round}: one, and five that came again");
        told.dedup();
        assert_eq!(told.len(), 1);
        assert!(server.is_active(&client, &told[0].0).await);
        server.refresh(&client, &told[0].1).await;
    }
    // Begun, turned by one of many, and refreshed once more: six tokens each.
    assert_eq!(server.database().count("tokens").await, 5 * 6);
}

async fn nothing_of_a_family_outlives_the_answer_that_ended_it(server: TestServer) {
    let client = server.application("app", "read", ClientKind::Web).await;
    let nodes = nodes(&server).await;
    for _ in 0..super::ROUNDS {
        let pair = server.begin(&client, "").await;
        let found = look(&server, &pair.refresh).await;
        let end = End { at: server.now(), by: "cli:test".to_owned(), reason: "a leak".to_owned() };

        let answers = at_once(&nodes, 8, |app, number| {
            let (client, found, token) = (client.clone(), Arc::clone(&found), pair.refresh.clone());
            let end = end.clone();
            async move {
                if number == 5 {
                    let family = found.entry.authorization_id.unwrap();
                    app.tokens.end_family(family, &end, None).await.unwrap();
                    return None;
                }
                refresh(&app, &client, &found, &token).await.ok()
            }
        })
        .await;

        for issued in answers.into_iter().flatten() {
            assert!(!server.is_active(&client, issued.token.expose()).await);
            let next = issued.refresh.unwrap();
            let answer = server.try_refresh(&client, next.expose(), "").await;
            answer.assert_error(400, "invalid_grant");
        }
        assert!(!server.is_active(&client, &pair.access).await);
    }
    let left = "UPDATE tokens SET scope = scope WHERE status = 'valid'";
    assert_eq!(server.database().execute(left).await, 0);
}

async fn of_many_who_prove_a_theft_one_ends_the_family(server: TestServer) {
    let client = server.application("app", "read", ClientKind::Web).await;
    let nodes = nodes(&server).await;
    let pair: Pair = server.begin(&client, "").await;
    server.refresh(&client, &pair.refresh).await;
    server.advance(std::time::Duration::from_mins(1));
    let found = look(&server, &pair.refresh).await;

    let answers = at_once(&nodes, 30, |app, _| {
        let (client, found, token) = (client.clone(), Arc::clone(&found), pair.refresh.clone());
        async move { refresh(&app, &client, &found, &token).await }
    })
    .await;

    assert!(answers.iter().all(Result::is_err));
    let told = "UPDATE audit SET actor = actor WHERE action = 'family.reuse_detected'";
    assert_eq!(server.database().execute(told).await, 1);
}
