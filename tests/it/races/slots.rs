//! Slots of access tokens: of many who ask for the same at once, all get one token.

use std::{collections::BTreeSet, time::Duration};

use tessera::{
    acts,
    app::App,
    model::{
        authorization::Authorization,
        client_id::ClientId,
        entry_key::EntryKey,
        jwt_id::JwtId,
        reuse::{PreviousJwt, Reuse},
        scope::Scope,
        secret::Sha256,
        space_delimited::SpaceDelimited,
        token_entry::TokenEntry,
        token_format::TokenFormat,
    },
    store::{Command, TakenSlot, Taking},
    tokens::{self, Issued},
};

use super::{ROUNDS, at_once, nodes};
use crate::common::{TestServer, on_each_engine, server::ISSUER};

on_each_engine!(
    of_many_who_ask_for_one_slot_all_get_one_token,
    many_slots_at_once_are_one_token_each,
    of_many_who_come_after_an_expired_holder_all_get_one_token,
    of_many_who_come_after_a_revoked_holder_all_get_one_token,
    of_many_who_take_a_slot_from_whom_they_saw_one_does,
    of_many_renewals_the_last_token_is_the_one_that_is_valid,
    of_many_jwts_the_last_is_the_one_that_is_valid,
    a_token_that_is_revoked_while_many_ask_is_told_to_none_who_ask_after,
);

const CROWD: usize = 50;

async fn with(server: TestServer, reuse: Reuse) -> TestServer {
    server.restarted(|config| config.tokens.reuse = reuse).await
}

async fn of_many_who_ask_for_one_slot_all_get_one_token(server: TestServer) {
    let server = with(server, Reuse::ReuseActive).await;
    let client = server.machine("mailer", "a b").await;
    let nodes = nodes(&server).await;
    for round in 0..ROUNDS {
        let scope = format!("a{round} b");

        let tokens = crowd(&nodes, &client.id, &scope).await;

        assert_eq!(tokens.len(), 1, "round {round}");
        assert_eq!(server.database().count("tokens").await, round as u64 + 1);
        assert_eq!(server.database().count("slots").await, round as u64 + 1);
    }
}

async fn many_slots_at_once_are_one_token_each(server: TestServer) {
    let server = with(server, Reuse::ReuseActive).await;
    let client = server.machine("mailer", "a").await;
    let nodes = nodes(&server).await;

    let told = at_once(&nodes, 200, |app, number| {
        let (client, slot) = (client.id.clone(), number % 20);
        async move { (slot, told(&app, &client, &format!("a{slot}")).await.unwrap()) }
    })
    .await;

    let different: BTreeSet<_> = told.iter().collect();
    assert_eq!(different.len(), 20);
    assert_eq!(server.database().count("tokens").await, 20);
}

async fn of_many_who_come_after_an_expired_holder_all_get_one_token(server: TestServer) {
    let server = with(server, Reuse::ReuseActive).await;
    let client = server.machine("mailer", "a").await;
    let nodes = nodes(&server).await;
    let mut seen = crowd(&nodes, &client.id, "a").await;
    for round in 1..=ROUNDS {
        server.advance(Duration::from_hours(1));

        let tokens = crowd(&nodes, &client.id, "a").await;

        assert_eq!(tokens.len(), 1, "round {round}");
        seen.extend(tokens);
        assert_eq!(seen.len(), round + 1);
        assert_eq!(server.database().count("tokens").await, round as u64 + 1);
        assert_eq!(server.database().count("slots").await, 1);
    }
}

async fn of_many_who_come_after_a_revoked_holder_all_get_one_token(server: TestServer) {
    let server = with(server, Reuse::ReuseActive).await;
    let client = server.machine("mailer", "a").await;
    let nodes = nodes(&server).await;
    for _ in 0..5 {
        let before = crowd(&nodes, &client.id, "a").await;
        let form = format!("token={}", before.first().unwrap());
        assert_eq!(server.post("/revoke", &client, &form).await.status, 200);

        let after = crowd(&nodes, &client.id, "a").await;

        assert_eq!((after.len(), after.intersection(&before).count()), (1, 0));
        let valid = server.database().count("tokens WHERE status = 'valid'").await;
        assert_eq!(valid, 1);
        let form = format!("token={}", after.first().unwrap());
        assert_eq!(server.post("/revoke", &client, &form).await.status, 200);
    }
}

/// The statement itself, without the turns by which requests to one server spare it.
async fn of_many_who_take_a_slot_from_whom_they_saw_one_does(server: TestServer) {
    let nodes = nodes(&server).await;
    let client = ClientId::parse("mailer").unwrap();
    let slot_key = Sha256::of(b"a slot");
    let mut holder = None;
    for round in 0..ROUNDS {
        let outcomes = at_once(&nodes, CROWD, |app, _| {
            let (slot_key, client) = (slot_key.clone(), client.clone());
            async move {
                let at = app.now();
                let entry_key = EntryKey::draw(at.plus(Duration::from_hours(1)), &app.random);
                let id = JwtId { entry_key, salt: 0 };
                let taken = TakenSlot { slot_key, entry_key, holder, held_until: None, at };
                let command = Command::new()
                    .take_slot(taken)
                    .insert_token(TokenEntry::blank(id, &client, at));
                (entry_key, app.store.take(command).await.unwrap())
            }
        })
        .await;

        let done: Vec<_> = outcomes.iter().filter(|(_, taking)| *taking == Taking::Done).collect();
        let lost = outcomes.iter().filter(|(_, taking)| *taking == Taking::Lost).count();
        assert_eq!((done.len(), lost), (1, CROWD - 1), "round {round}");
        holder = Some(done[0].0);
        let found = server.app.store.read().await.unwrap().slot_holder(&slot_key).await.unwrap();
        assert_eq!(found.map(|found| found.entry_key), holder);
        assert_eq!(server.database().count("tokens").await, round as u64 + 1);
    }
}

async fn of_many_renewals_the_last_token_is_the_one_that_is_valid(server: TestServer) {
    let server = with(server, Reuse::Renew).await;
    one_is_valid_after_many(&server).await;
}

async fn of_many_jwts_the_last_is_the_one_that_is_valid(server: TestServer) {
    let server = server
        .restarted(|config| {
            config.tokens.access.format = TokenFormat::Jwt;
            config.tokens.jwt_previous = PreviousJwt::Revoke;
        })
        .await;
    one_is_valid_after_many(&server).await;
}

async fn one_is_valid_after_many(server: &TestServer) {
    let client = server.machine("mailer", "a").await;
    let nodes = nodes(server).await;

    // Of two servers that take turns, one may come too late as often as it tries.
    let told = at_once(&nodes, CROWD, |app, _| {
        let client = client.id.clone();
        async move {
            match told(&app, &client, "a").await {
                Ok(token) => Some(token),
                Err(tokens::Error::Contended) => None,
                Err(error) => panic!("{error}"),
            }
        }
    })
    .await;

    let told: Vec<String> = told.into_iter().flatten().collect();
    let different: BTreeSet<_> = told.iter().collect();
    assert!(told.len() > CROWD / 2 && different.len() == told.len(), "{}", told.len());
    let mut active = 0;
    for token in &told {
        active += usize::from(server.is_active(&client, token).await);
    }
    assert_eq!(active, 1);
    let count = async |status: &str| {
        server.database().count(&format!("tokens WHERE status = '{status}'")).await
    };
    let both = (count("valid").await, count("superseded").await);
    assert_eq!(both, (1, told.len() as u64 - 1));
}

async fn a_token_that_is_revoked_while_many_ask_is_told_to_none_who_ask_after(server: TestServer) {
    let server = with(server, Reuse::ReuseActive).await;
    let client = server.machine("mailer", "a").await;
    let nodes = nodes(&server).await;
    for _ in 0..5 {
        let before = crowd(&nodes, &client.id, "a").await.pop_first().unwrap();
        let (asking, id) = (nodes.clone(), client.id.clone());
        let meanwhile = tokio::spawn(async move { crowd(&asking, &id, "a").await });

        let answer = server.post("/revoke", &client, &format!("token={before}")).await;
        assert_eq!(answer.status, 200);
        let after = crowd(&nodes, &client.id, "a").await;

        assert!(after.len() == 1 && !after.contains(&before));
        let known: BTreeSet<_> = after.iter().chain([&before]).cloned().collect();
        assert!(meanwhile.await.unwrap().is_subset(&known));
    }
}

/// What so many get who ask at once.
async fn crowd(nodes: &[App], client: &ClientId, scope: &str) -> BTreeSet<String> {
    let told = at_once(nodes, CROWD, |app, _| {
        let (client, scope) = (client.clone(), scope.to_owned());
        async move { told(&app, &client, &scope).await.unwrap() }
    });
    told.await.into_iter().collect()
}

/// What somebody gets who asks, as from the token endpoint.
async fn told(app: &App, client: &ClientId, scope: &str) -> tokens::Result<String> {
    let client = acts::clients::find(app, client).await.unwrap();
    let authorization = Authorization {
        client_id: client.client_id.clone(),
        client_generation: client.generation,
        user: None,
        family: None,
        scope: Scope::parse(scope).unwrap(),
        audience: SpaceDelimited::parse(ISSUER),
    };
    let issued: Result<Issued, _> =
        app.tokens.issue_access_token(&client, &authorization, app.now()).await?;
    Ok(issued.unwrap().token.expose().to_owned())
}
