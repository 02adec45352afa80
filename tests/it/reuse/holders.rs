//! Holders of slots that are good no more: the next who asks gets another token, at once.

use std::time::Duration;

use tessera::{
    acts::{self, keys},
    model::{
        authorization::Authorization,
        client::{ClientKind, ClientStatus},
        reuse::Reuse,
        space_delimited::SpaceDelimited,
        token_format::TokenFormat,
    },
    tokens::access_slot,
};

use super::{client, client_with, reusing, token, valid};
use crate::common::{
    Engine, TestClient, TestServer, on_each_engine,
    server::{ISSUER, operator},
    until::until,
};

on_each_engine!(
    an_expired_holder_is_replaced,
    a_revoked_holder_is_replaced,
    a_holder_of_an_older_generation_is_replaced,
    a_holder_that_was_swept_is_replaced,
    a_string_that_cannot_be_opened_is_replaced_and_ends,
    strings_that_were_swapped_between_rows_are_told_to_nobody,
    a_string_that_no_look_recognises_is_not_told,
    what_is_kept_of_a_string_is_sealed_and_goes_when_it_ends,
    slots_are_swept_with_their_holders,
);

const HOUR: Duration = Duration::from_hours(1);

async fn an_expired_holder_is_replaced(server: TestServer) {
    let server = reusing(server).await;
    let client = client(&server, "mailer").await;
    let first = token(&server, &client, "a").await;

    server.advance(HOUR);
    let second = token(&server, &client, "a").await;

    assert_ne!(second, first);
    assert!(!server.is_active(&client, &first).await && server.is_active(&client, &second).await);
    assert_eq!(token(&server, &client, "a").await, second);
    assert_eq!(server.database().count("slots").await, 1);
    let superseded = server.database().count("tokens WHERE status = 'superseded'").await;
    assert_eq!(superseded, 0, "it ended by itself");
}

async fn a_revoked_holder_is_replaced(server: TestServer) {
    let server = reusing(server).await;
    let client = client(&server, "mailer").await;
    let first = token(&server, &client, "a").await;
    assert_eq!(token(&server, &client, "a").await, first);

    assert_eq!(server.post("/revoke", &client, &format!("token={first}")).await.status, 200);
    let second = token(&server, &client, "a").await;

    assert_ne!(second, first);
    assert!(!server.is_active(&client, &first).await && server.is_active(&client, &second).await);
    assert_eq!(token(&server, &client, "a").await, second);
}

async fn a_holder_of_an_older_generation_is_replaced(server: TestServer) {
    let server = reusing(server).await;
    let mailer = client(&server, "mailer").await;
    let first = token(&server, &mailer, "a").await;

    let deleted = ClientStatus::Deleted;
    acts::clients::set_status(&server.app, &operator(), &mailer.id, deleted).await.unwrap();
    let again = client(&server, "mailer").await;
    let second = token(&server, &again, "a").await;

    assert_ne!(second, first, "the name came back, the token did not");
    assert!(!server.is_active(&again, &first).await && server.is_active(&again, &second).await);
    // All of before, as restoring a backup ends it.
    server.database().execute("UPDATE instance SET generation = generation + 1").await;
    let server = server.restarted(|_| ()).await;
    let third = token(&server, &again, "a").await;
    assert_ne!(third, second);
    assert_eq!(token(&server, &again, "a").await, third);
}

async fn a_holder_that_was_swept_is_replaced(server: TestServer) {
    let server = reusing(server).await;
    let client = client(&server, "mailer").await;
    let first = token(&server, &client, "a").await;
    server.database().execute("DELETE FROM tokens").await;
    let server = server.restarted(|_| ()).await;

    let second = token(&server, &client, "a").await;

    assert_ne!(second, first);
    assert_eq!(token(&server, &client, "a").await, second);
}

async fn a_string_that_cannot_be_opened_is_replaced_and_ends(server: TestServer) {
    let mut server = reusing(server).await;
    let client = client(&server, "mailer").await;
    // Its envelope key is gone; it was altered; it is not there.
    for harm in ["seal_key = 999", "token_sealed = payload", "token_sealed = NULL"] {
        let first = token(&server, &client, "a").await;
        let sql = format!("UPDATE tokens SET {harm} WHERE status = 'valid'");
        assert_eq!(server.database().execute(&sql).await, 1, "{harm}");
        server = server.restarted(|_| ()).await;

        let second = token(&server, &client, "a").await;

        assert_ne!(second, first, "{harm}");
        assert!(!server.is_active(&client, &first).await, "{harm}");
        assert_eq!(token(&server, &client, "a").await, second);
        assert_eq!(valid(&server).await, 1, "{harm}");
    }
    assert_eq!(server.database().count("tokens WHERE status = 'superseded'").await, 3);
    let by = "tokens WHERE ended_by = 'client:mailer' AND end_reason <> '' AND ended_at > 0";
    assert_eq!(server.database().count(by).await, 3);
}

/// Whoever writes to the database hands one client the token of another, or so they think.
async fn strings_that_were_swapped_between_rows_are_told_to_nobody(server: TestServer) {
    let server = reusing(server).await;
    let (one, other) = (client(&server, "one").await, client(&server, "other").await);
    let mut tokens = vec![token(&server, &one, "a").await, token(&server, &one, "b").await];
    tokens.push(token(&server, &other, "a").await);
    // The same client's token for another scope, to another client and to itself.
    let of_b = "(SELECT o.token_sealed FROM tokens o WHERE o.client_id = 'one' AND o.scope = 'b')";
    let sql = format!("UPDATE tokens SET token_sealed = {of_b} WHERE scope = 'a'");
    assert_eq!(server.database().execute(&sql).await, 2);
    let server = server.restarted(|_| ()).await;

    for (client, scope) in [(&one, "a"), (&other, "a")] {
        let told = token(&server, client, scope).await;

        assert!(!tokens.contains(&told), "{scope}");
        tokens.push(told);
    }
    assert_eq!(token(&server, &one, "b").await, tokens[1], "it was left as it was");
}

async fn a_string_that_no_look_recognises_is_not_told(server: TestServer) {
    let server = reusing(server)
        .await
        .restarted(|config| {
            config.tokens.reference.prefix.push_str("acm_");
            config.tokens.reference.checksum = true;
        })
        .await;
    let client = client(&server, "mailer").await;
    let first = token(&server, &client, "a").await;

    let server = server.restarted(|config| config.tokens.reference.prefix.clear()).await;
    let second = token(&server, &client, "a").await;

    assert!(first.starts_with("acm_") && !second.starts_with("acm_"), "{second}");
    assert!(server.is_active(&client, &second).await);
    // Those of a form that is always recognised are told after a change of it.
    let server = server.restarted(|config| config.tokens.reference.locator = true).await;
    assert_eq!(token(&server, &client, "a").await, second);
    let located = token(&server, &client, "b").await;
    let server = server.restarted(|config| config.tokens.reference.locator = false).await;
    assert_eq!((located.len(), token(&server, &client, "b").await), (60, located));
}

async fn what_is_kept_of_a_string_is_sealed_and_goes_when_it_ends(server: TestServer) {
    let server = reusing(server).await;
    let client = client(&server, "mailer").await;
    let first = token(&server, &client, "a b A").await;
    let sealed = sealed_string(&server, &client).await.unwrap();

    assert!(!sealed.windows(8).any(|part| first.as_bytes().windows(8).any(|of| of == part)));
    // Nonce, string, tag.
    assert_eq!(sealed.len(), 12 + first.len() + 16);

    assert_eq!(server.post("/revoke", &client, &format!("token={first}")).await.status, 200);
    assert!(sealed_string(&server, &client).await.is_none());
}

async fn slots_are_swept_with_their_holders(server: TestServer) {
    let server = reusing(server).await;
    let client = client(&server, "mailer").await;
    for scope in ["a", "b"] {
        token(&server, &client, scope).await;
    }
    assert_eq!(server.database().count("slots").await, 2);

    server.advance(HOUR + Duration::from_hours(7 * 24) + Duration::from_secs(2));
    tessera::jobs::sweep::sweep(&server.app).await.unwrap();

    assert_eq!(server.database().count("slots").await, 0);
    token(&server, &client, "a").await;
    assert_eq!(server.database().count("slots").await, 1);
}

#[tokio::test]
async fn what_is_revoked_on_one_node_is_told_again_on_none() {
    let here = reusing(TestServer::on(Engine::Postgres).await).await;
    let there = here.neighbour().await;
    for node in [&here, &there] {
        until("has a lease", async || node.app.store.answers_from_cache()).await;
    }
    let client = client(&here, "mailer").await;
    for _ in 0..10 {
        let told = token(&here, &client, "a").await;
        for node in [&there, &here, &there] {
            assert_eq!(token(node, &client, "a").await, told);
        }

        assert_eq!(there.post("/revoke", &client, &format!("token={told}")).await.status, 200);

        let next = token(&here, &client, "a").await;
        assert_ne!(next, told);
        assert_eq!(token(&there, &client, "a").await, next);
    }
    assert_eq!(valid(&here).await, 1);
    here.database().remove().await;
}

/// A key that is withdrawn ends what it signed; the next JWT is signed by another.
#[tokio::test]
async fn a_jwt_whose_key_is_gone_gives_way() {
    for engine in [Engine::Sqlite, Engine::Postgres] {
        let server = reusing(TestServer::on(engine).await)
            .await
            .restarted(|config| {
                config.tokens.access.format = TokenFormat::Jwt;
                config.tokens.jwt_previous = tessera::model::reuse::PreviousJwt::Revoke;
            })
            .await;
        let client = client_with(&server, "mailer", Reuse::ReuseActive).await;
        let first = token(&server, &client, "a").await;
        let kid = tessera::tokens::jwt::header(&first).unwrap().kid.unwrap();

        keys::withdraw(&server.app, &operator(), &kid, None).await.unwrap();
        let second = token(&server, &client, "a").await;

        assert!(!server.is_active(&client, &first).await);
        assert!(server.is_active(&client, &second).await);
        assert_eq!(valid(&server).await, 1);
        server.database().remove().await;
    }
}

/// What the database keeps of the string of the client's token for all of its scope.
async fn sealed_string(server: &TestServer, client: &TestClient) -> Option<Vec<u8>> {
    let client = acts::clients::find(&server.app, &client.id).await.unwrap();
    assert_eq!(client.kind, ClientKind::Machine);
    let authorization = Authorization {
        client_id: client.client_id.clone(),
        client_generation: client.generation,
        user: None,
        family: None,
        scope: client.scope.clone(),
        audience: SpaceDelimited::parse(ISSUER),
    };
    let slot = access_slot(&authorization, TokenFormat::Reference);
    let mut store = server.app.store.read().await.unwrap();
    store.slot_holder(slot.as_hash()).await.unwrap().unwrap().token_sealed
}
