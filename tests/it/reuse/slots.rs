//! Who gets the same token, and how long.

use std::time::Duration;

use tessera::{
    acts::{
        self,
        resource_servers::{self, ResourceServerChanges},
        tokens::IssueRequest,
    },
    model::{
        id::uuid_v7, parameters::Parameters, reuse::Reuse, scope::Scope, secret::Random, user::User,
    },
};
use uuid::Uuid;

use super::{ask, client, client_with, expires_in, reusing, token, token_in, valid};
use crate::common::{TestClient, TestServer, on_each_engine, server::operator};

on_each_engine!(
    who_asks_again_gets_the_token_that_it_has,
    without_the_setting_each_token_is_another,
    a_client_may_differ_from_its_server,
    however_the_same_scope_is_written_it_is_one_token,
    other_scopes_audiences_and_clients_have_tokens_of_their_own,
    users_have_tokens_of_their_own_and_families_share_none,
    what_remains_is_told_and_is_a_second_at_least,
    one_that_is_good_for_too_short_a_time_is_left_to_whoever_has_it,
    what_an_operator_issues_is_another_one,
    another_server_process_finds_it_in_the_database,
    without_a_cache_it_is_found_each_time,
);

async fn who_asks_again_gets_the_token_that_it_has(server: TestServer) {
    let server = reusing(server).await;
    let client = client(&server, "mailer").await;

    let (first, second) = (ask(&server, &client, "a").await, ask(&server, &client, "a").await);

    assert_eq!(token_in(&first), token_in(&second));
    assert_eq!(first.body, second.body, "nothing tells them apart");
    assert_eq!(server.database().count("tokens").await, 1);
    assert_eq!(server.database().count("slots").await, 1);
    assert!(server.is_active(&client, &token_in(&second)).await);
}

async fn without_the_setting_each_token_is_another(server: TestServer) {
    let client = client(&server, "mailer").await;

    let tokens = [token(&server, &client, "a").await, token(&server, &client, "a").await];

    assert_ne!(tokens[0], tokens[1]);
    for token in &tokens {
        assert!(server.is_active(&client, token).await);
    }
    assert_eq!(server.database().count("slots").await, 0);
    assert_eq!(server.database().count("tokens WHERE token_sealed IS NOT NULL").await, 0);
}

async fn a_client_may_differ_from_its_server(server: TestServer) {
    let keen = client_with(&server, "keen", Reuse::ReuseActive).await;
    assert_eq!(token(&server, &keen, "a").await, token(&server, &keen, "a").await);

    let server = reusing(server).await;
    let shy = client_with(&server, "shy", Reuse::New).await;

    assert_ne!(token(&server, &shy, "a").await, token(&server, &shy, "a").await);
}

async fn however_the_same_scope_is_written_it_is_one_token(server: TestServer) {
    let server = reusing(server).await;
    let client = client(&server, "mailer").await;
    let first = token(&server, &client, "a b").await;

    for scope in ["a  b", "b a", "a b a", " b a  b "] {
        let answer = ask(&server, &client, scope).await;

        assert_eq!(token_in(&answer), first, "{scope:?}");
        assert_eq!(server.introspect(&client, &first).await["scope"], "a b");
    }
    assert_eq!(server.database().count("tokens").await, 1);
}

async fn other_scopes_audiences_and_clients_have_tokens_of_their_own(server: TestServer) {
    let server = reusing(server).await;
    for (audience, scope) in [("https://one.example", "a"), ("https://two.example", "a")] {
        let scope = Some(Scope::parse(scope).unwrap());
        let changes = ResourceServerChanges { scope, ..ResourceServerChanges::default() };
        resource_servers::add(&server.app, &operator(), audience, changes).await.unwrap();
    }
    let clients = [client(&server, "mailer").await, client(&server, "mail").await];
    let mut tokens = Vec::new();
    for client in &clients {
        for scope in ["a", "A", "b", "a b", "A b", ""] {
            tokens.push(token(&server, client, scope).await);
        }
        for audience in ["https://one.example", "https://two.example"] {
            let form = format!("grant_type=client_credentials&scope=a&resource={audience}");
            tokens.push(token_in(&server.post("/token", client, &form).await));
        }
    }

    let mut different = tokens.clone();
    different.sort_unstable();
    different.dedup();
    // Without a scope, a client asks for all that it may: that is a slot like the others.
    assert_eq!((tokens.len(), different.len()), (16, 16));
    assert_eq!(token(&server, &clients[0], "A b a").await, tokens[5]);
}

async fn users_have_tokens_of_their_own_and_families_share_none(server: TestServer) {
    let server = reusing(server).await;
    let client = client(&server, "mailer").await;
    let (alice, bob) = (user(&server, "alice").await, user(&server, "bob").await);

    let of_alice = issue(&server, &client, Some(&alice), None).await;
    let of_bob = issue(&server, &client, Some(&bob), None).await;
    let of_nobody = issue(&server, &client, None, None).await;

    assert!(of_alice != of_bob && of_bob != of_nobody && of_nobody != of_alice);
    assert_eq!(issue(&server, &client, Some(&alice), None).await, of_alice);
    let family = Some(uuid_v7(server.now(), &Random::system()));
    let in_family = issue(&server, &client, Some(&alice), family).await;
    assert_ne!(in_family, of_alice);
    assert_ne!(in_family, issue(&server, &client, Some(&alice), family).await);
}

async fn what_remains_is_told_and_is_a_second_at_least(server: TestServer) {
    let server = reusing(server).await;
    let client = client(&server, "mailer").await;
    let first = ask(&server, &client, "a").await;
    assert_eq!(expires_in(&first), 3600);

    for (after, remaining) in [(1, 3599), (1999, 3598), (3_596_998, 1)] {
        server.advance(Duration::from_millis(after));
        let again = ask(&server, &client, "a").await;
        assert_eq!((token_in(&again), expires_in(&again)), (token_in(&first), remaining));
    }
    // Two milliseconds more than a second were left; now it is a second.
    server.advance(Duration::from_millis(2));
    let next = ask(&server, &client, "a").await;

    assert_ne!(token_in(&next), token_in(&first));
    assert_eq!(expires_in(&next), 3600);
    assert!(server.is_active(&client, &token_in(&first)).await, "it is good to its end");
    assert_eq!(token(&server, &client, "a").await, token_in(&next));
    assert_eq!(server.database().count("slots").await, 1);
}

async fn one_that_is_good_for_too_short_a_time_is_left_to_whoever_has_it(server: TestServer) {
    let server = reusing(server)
        .await
        .restarted(|config| config.tokens.reuse_min_remaining = Duration::from_mins(10))
        .await;
    let client = client(&server, "mailer").await;
    let first = token(&server, &client, "a").await;
    server.advance(Duration::from_mins(50));
    server.rewind(Duration::from_millis(1));
    assert_eq!(token(&server, &client, "a").await, first);

    server.advance(Duration::from_millis(1));
    let second = token(&server, &client, "a").await;

    assert_ne!(second, first);
    assert!(server.is_active(&client, &first).await);
    assert_eq!(valid(&server).await, 2);
}

async fn what_an_operator_issues_is_another_one(server: TestServer) {
    let server = reusing(server).await;
    let client = client(&server, "mailer").await;
    let first = token(&server, &client, "a").await;

    let parameters = Parameters::parse(b"scope=a").unwrap();
    let request = IssueRequest::access(client.id.clone(), parameters);
    let issued = acts::tokens::issue(&server.app, &operator(), &request).await.unwrap();

    assert_ne!(issued.token.expose(), first);
    assert_eq!(token(&server, &client, "a").await, first);
}

async fn another_server_process_finds_it_in_the_database(server: TestServer) {
    let server = reusing(server).await;
    let client = client(&server, "mailer").await;
    let first = token(&server, &client, "a").await;

    let server = server.restarted(|_| ()).await;

    assert_eq!(token(&server, &client, "a").await, first);
}

async fn without_a_cache_it_is_found_each_time(server: TestServer) {
    let server = reusing(server).await.restarted(|config| config.cache.enabled = false).await;
    let client = client(&server, "mailer").await;

    let first = token(&server, &client, "a").await;

    assert_eq!(token(&server, &client, "a").await, first);
    assert_eq!(token(&server, &client, "a").await, first);
}

/// A user of this name.
async fn user(server: &TestServer, name: &str) -> User {
    server.found_user(server.user(name).await).await
}

/// A token for a user, or in a family. What the client knows them by tells no two users apart.
async fn issue(
    server: &TestServer,
    client: &TestClient,
    user: Option<&User>,
    family: Option<Uuid>,
) -> String {
    server.issue_for(client, user.map(|user| (user, "somebody")), family).await
}
