//! The end of a token that is not written yet.

use tessera::{
    acts::tokens::{self, Ended, MassRevocation, revoke_many},
    model::{reuse::Reuse, secret::Secret},
};

use super::{held, revoke, waiting, write};
use crate::{
    common::{TestServer, on_each_engine, server::operator},
    personal_tokens::{alice, token, with_people},
};

on_each_engine!(
    a_token_that_is_revoked_before_it_is_written_never_comes_back,
    a_token_that_was_looked_at_is_revoked_before_it_is_written,
    a_token_of_another_is_not_revoked_before_it_is_written,
    a_token_can_be_revoked_twice_before_it_is_written,
    a_token_that_is_revoked_while_it_is_written_is_dead,
    a_query_finds_what_waited_when_it_was_asked,
    an_operator_ends_a_token_before_it_is_written,
    whom_a_token_superseded_stays_dead_when_that_one_is_revoked_early,
    a_client_that_asks_for_the_end_of_a_dead_token_of_a_person_changes_nothing,
);

async fn a_token_that_is_revoked_before_it_is_written_never_comes_back(server: TestServer) {
    let (server, client) = held(server).await;
    let token = server.token(&client).await;

    revoke(&server, &client, &token).await;

    let end = "tokens WHERE status = 'revoked' AND payload IS NULL AND ended_by = 'client:mailer'";
    assert_eq!((server.database().count(end).await, waiting(&server)), (1, 1));
    assert!(!server.is_active(&client, &token).await);
    write(&server).await;
    assert!(!server.is_active(&client, &token).await);
    assert_eq!((server.database().count("tokens").await, waiting(&server)), (1, 0));
    let server = server.restarted(|_| {}).await;
    assert!(!server.is_active(&client, &token).await);
    assert_eq!(server.database().count(end).await, 1);
}

async fn a_token_that_was_looked_at_is_revoked_before_it_is_written(server: TestServer) {
    let (server, client) = held(server).await;
    let (token, kept) = (server.token(&client).await, server.token(&client).await);
    for _ in 0..2 {
        assert!(server.is_active(&client, &token).await);
        assert!(server.is_active(&client, &kept).await);
    }

    revoke(&server, &client, &token).await;

    assert!(!server.is_active(&client, &token).await);
    assert!(server.is_active(&client, &kept).await);
    write(&server).await;
    assert!(!server.is_active(&client, &token).await);
    assert!(server.is_active(&client, &kept).await);
}

async fn a_token_of_another_is_not_revoked_before_it_is_written(server: TestServer) {
    let other = server.machine("reports", "read").await;
    let (server, client) = held(server).await;
    let token = server.token(&client).await;

    revoke(&server, &other, &token).await;

    assert!(server.is_active(&client, &token).await);
    write(&server).await;
    assert!(server.is_active(&client, &token).await);
    assert_eq!(server.database().count("tokens").await, 1);
}

async fn a_token_can_be_revoked_twice_before_it_is_written(server: TestServer) {
    let (server, client) = held(server).await;
    let token = server.token(&client).await;

    revoke(&server, &client, &token).await;
    revoke(&server, &client, &token).await;
    write(&server).await;
    revoke(&server, &client, &token).await;

    assert!(!server.is_active(&client, &token).await);
    assert_eq!(server.database().count("tokens WHERE status = 'revoked'").await, 1);
}

/// Whichever comes first: the row or the end.
async fn a_token_that_is_revoked_while_it_is_written_is_dead(server: TestServer) {
    let client = server.machine("mailer", "read").await;
    let server = server.restarted(|config| super::later(config, 4)).await;
    for _ in 0..50 {
        let token = server.token(&client).await;
        revoke(&server, &client, &token).await;
        assert!(!server.is_active(&client, &token).await);
    }

    server.app.store.write_waiting().await.unwrap();

    assert_eq!(server.database().count("tokens").await, 50);
    assert_eq!(server.database().count("tokens WHERE status = 'revoked'").await, 50);
}

async fn a_query_finds_what_waited_when_it_was_asked(server: TestServer) {
    let client = server.machine("mailer", "read").await;
    let server = server.restarted(|config| super::later(config, 1)).await;
    let mut tokens = Vec::new();
    for _ in 0..20 {
        tokens.push(server.token(&client).await);
    }
    server.advance(std::time::Duration::from_millis(1));
    let query = tessera::model::query::TokenQuery::parse("client:mailer type:access");

    let revocation = MassRevocation::see(&server.app, query.unwrap(), false).await.unwrap();
    let ended = revoke_many(&server.app, &operator(), &revocation, "a leak").await.unwrap();

    assert_eq!(ended, Ended::Tokens(20));
    for token in &tokens {
        assert!(!server.is_active(&client, token).await);
    }
}

async fn an_operator_ends_a_token_before_it_is_written(server: TestServer) {
    let (server, client) = held(server).await;
    let token = server.token(&client).await;
    let found = tokens::inspect(&server.app, &Secret::new(token.clone())).await.unwrap().unwrap();
    let entry = &found.found.entry;

    assert!(tokens::revoke(&server.app, &operator(), entry, "a leak").await.unwrap());

    assert!(!server.is_active(&client, &token).await);
    assert!(!tokens::revoke(&server.app, &operator(), entry, "a leak").await.unwrap());
    write(&server).await;
    assert!(!server.is_active(&client, &token).await);
    let told = "audit WHERE action = 'token.revoked' AND reason = 'a leak'";
    assert_eq!(server.database().count(told).await, 1);
}

async fn whom_a_token_superseded_stays_dead_when_that_one_is_revoked_early(server: TestServer) {
    let client = server.machine("mailer", "read").await;
    let renewing = |config: &mut tessera::config::Config| {
        super::later(config, 0);
        config.tokens.reuse = Reuse::Renew;
    };
    let server = server.restarted(renewing).await;
    let (first, second) = (server.token(&client).await, server.token(&client).await);
    assert_eq!(waiting(&server), 2);

    revoke(&server, &client, &second).await;
    write(&server).await;

    for token in [&first, &second] {
        assert!(!server.is_active(&client, token).await);
    }
    let third = server.token(&client).await;
    write(&server).await;
    assert!(server.is_active(&client, &third).await);
    assert_eq!(server.database().count("tokens WHERE status = 'valid'").await, 1);
}

/// Its entry rests on no generation of a client, as the end of a token does that nobody knew.
async fn a_client_that_asks_for_the_end_of_a_dead_token_of_a_person_changes_nothing(
    server: TestServer,
) {
    let server = with_people(server).await;
    let string = token(&server, &alice()).await;
    let found = server.app.tokens.find_personal(&string).await.unwrap().unwrap();
    assert!(tokens::revoke(&server.app, &operator(), &found.entry, "lost").await.unwrap());
    let (server, client) = held(server).await;

    revoke(&server, &client, &string).await;

    let end = "tokens WHERE status = 'revoked' AND ended_by LIKE '%client:%'";
    assert_eq!(server.database().count(end).await, 0);
    assert_eq!(server.database().count("tokens WHERE type_name = 'personal'").await, 1);
}
