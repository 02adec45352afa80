//! When tokens, clients and secrets were last used, and what becomes of those that nobody uses.

mod unused;

use std::{sync::Arc, time::Duration};

use axum::http::Method;
use serde_json::{Value, json};
use tessera::{
    acts::{clients, tokens},
    model::{client::ClientKind, client_id::ClientId, entry_key::EntryKey, timestamp::Timestamp},
    store::{Fault, UsedAt},
};

use crate::{
    common::{TestClient, TestServer, on_each_engine, people::bearer},
    personal_tokens::{alice, token, with_people},
};

on_each_engine!(
    an_access_token_says_when_it_was_last_asked_about,
    a_use_is_noted_once_in_a_while_however_many_ask,
    the_setting_decides_how_often,
    asking_about_a_refresh_token_is_no_use,
    a_personal_token_says_when_it_was_last_shown,
    what_counts_its_own_uses_is_left_alone,
    a_client_says_when_it_was_last_known,
    what_cannot_be_written_waits_on,
    a_row_that_ended_is_not_touched,
);

/// When the entry of a token says that it was last used, after all that waits was written.
pub(super) async fn last_use(server: &TestServer, token: &str) -> Option<Timestamp> {
    server.app.last_uses.write(&server.app.store).await.unwrap();
    let presented = server.app.tokens.present(token, server.now()).await.unwrap();
    let key = match presented {
        Some(found) => found.found.entry.entry_key,
        None => server.app.tokens.find_personal(token).await.unwrap().unwrap().entry.entry_key,
    };
    last_use_of(server, key).await
}

async fn last_use_of(server: &TestServer, key: EntryKey) -> Option<Timestamp> {
    tokens::find(&server.app, &key.to_string()).await.unwrap().entry.last_used_at
}

async fn an_access_token_says_when_it_was_last_asked_about(server: TestServer) {
    let api = server.introspector("api", "read").await;
    let client = server.machine("mailer", "read").await;
    let token = server.token(&client).await;
    assert_eq!(last_use(&server, &token).await, None);

    server.advance(Duration::from_secs(90));
    assert!(server.is_active(&api, &token).await);

    assert_eq!(last_use(&server, &token).await, Some(server.now()));
    // Nothing comes of asking with what is none.
    assert!(!server.is_active(&api, "unknown").await);
}

async fn a_use_is_noted_once_in_a_while_however_many_ask(server: TestServer) {
    let client = server.machine("mailer", "read").await;
    let token = server.token(&client).await;
    let first = server.now();
    for seconds in [0, 1, 300, 298] {
        server.advance(Duration::from_secs(seconds));
        let asked = (0..8).map(|_| server.is_active(&client, &token));
        assert!(futures_util::future::join_all(asked).await.into_iter().all(|is| is));
        assert_eq!(last_use(&server, &token).await, Some(first));
    }
    server.advance(Duration::from_secs(1));
    assert!(server.is_active(&client, &token).await);
    assert_eq!(last_use(&server, &token).await, Some(server.now()));

    // Nor by two nodes: the row decides.
    let listing = tokens::Listing { limit: 1, ..Default::default() };
    let found = tokens::list(&server.app, &listing).await.unwrap();
    let key = found.entries[0].entry.entry_key;
    let used = |at: Timestamp| UsedAt { at, before: at.minus(Duration::from_mins(10)) };
    let at = server.now().plus(Duration::from_mins(10));
    let note = async |at| {
        let mut store = server.app.store.write().await.unwrap();
        store.note_token_uses(&[(key, used(at))]).await.unwrap()
    };
    assert_eq!(note(Timestamp(at.0 - 1)).await, 0);
    assert_eq!(note(at).await, 1);
    assert_eq!(note(at).await, 0);
}

async fn the_setting_decides_how_often(server: TestServer) {
    let client = server.machine("mailer", "read").await;
    let token = server.token(&client).await;
    let off = server.restarted(|config| config.tokens.note_use = Duration::ZERO).await;
    assert!(off.is_active(&client, &token).await);
    assert_eq!(last_use(&off, &token).await, None);

    let often = off.restarted(|config| config.tokens.note_use = Duration::from_secs(5)).await;
    for _ in 0..2 {
        often.advance(Duration::from_secs(5));
        assert!(often.is_active(&client, &token).await);
        assert_eq!(last_use(&often, &token).await, Some(often.now()));
    }
}

async fn asking_about_a_refresh_token_is_no_use(server: TestServer) {
    let client = server.application("app", "read", ClientKind::Web).await;
    let first = server.begin(&client, "").await;
    let second = server.refresh(&client, &first.refresh).await;

    assert!(server.is_active(&client, &second.refresh).await);
    assert_eq!(last_use(&server, &second.refresh).await, None);
    // So a retry, whose answer was lost, is still a retry.
    let again = server.refresh(&client, &first.refresh).await;
    assert_eq!(again.refresh, second.refresh);
}

async fn a_personal_token_says_when_it_was_last_shown(server: TestServer) {
    let server = with_people(server).await;
    let token = token(&server, &alice()).await;
    assert_eq!(last_use(&server, &token).await, None);

    server.advance(Duration::from_mins(1));
    assert_eq!(server.authenticate(&bearer(&token)).await.status, 200);
    assert_eq!(last_use(&server, &token).await, Some(server.now()));
    server.advance(Duration::from_mins(10));
    let answer = server.ask_as(&bearer(&token), Method::GET, "/tokens", Value::Null).await;
    assert_eq!(answer.status, 200, "{answer:?}");
    assert_eq!(last_use(&server, &token).await, Some(server.now()));
}

async fn what_counts_its_own_uses_is_left_alone(server: TestServer) {
    let idle = "[[token_types]]\nname = 'personal'\n\
                rules = [{ type = 'Idle', max_idle = '1h', touch_every = '5m' }]";
    let server = with_people(server).await;
    server.define(idle).await;
    let token = token(&server, &alice()).await;
    let made = server.now();

    server.advance(Duration::from_mins(6));
    assert_eq!(server.authenticate(&bearer(&token)).await.status, 200);
    let first = server.now();
    assert_eq!(last_use(&server, &token).await, Some(first));
    server.advance(Duration::from_mins(4));
    assert_eq!(server.authenticate(&bearer(&token)).await.status, 200);
    assert_eq!(last_use(&server, &token).await, Some(first));

    assert!(first > made);
    server.advance(Duration::from_mins(56));
    assert_eq!(server.authenticate(&bearer(&token)).await.status, 401);
}

async fn a_client_says_when_it_was_last_known(server: TestServer) {
    let client = server.machine("mailer", "read").await;
    let read = async |id: &ClientId| {
        server.app.last_uses.write(&server.app.store).await.unwrap();
        server.app.store.read().await.unwrap().client_last_used_at(id).await.unwrap()
    };
    assert_eq!(read(&client.id).await, None);

    server.token(&client).await;
    let first = server.now();
    assert_eq!(read(&client.id).await, Some(first));
    server.advance(Duration::from_secs(59));
    let form = "grant_type=client_credentials";
    let stranger = TestClient { secret: "wrong".to_owned(), ..client.clone() };
    let wrong = server.post("/token", &stranger, form).await;
    wrong.assert_error(401, "invalid_client");
    server.token(&client).await;
    assert_eq!(read(&client.id).await, Some(first));
    server.advance(Duration::from_secs(1));
    server.token(&client).await;
    assert_eq!(read(&client.id).await, Some(server.now()));
    let (_, secrets) = clients::show(&server.app, &client.id).await.unwrap();
    assert_eq!(secrets[0].last_used_at, Some(server.now()));
    // The client is the same: nobody has to forget it, and nobody's plan is void.
    assert_eq!(clients::show(&server.app, &client.id).await.unwrap().0.version, 1);
}

async fn what_cannot_be_written_waits_on(server: TestServer) {
    let client = server.machine("mailer", "read").await;
    let token = server.token(&client).await;
    assert!(server.is_active(&client, &token).await);
    let used = server.now();
    let refuse = |sql: &str| sql.contains("SET last_used_at").then_some(Fault::Refused);

    server.app.store.fail(Some(Arc::new(refuse)));
    assert!(server.app.last_uses.write(&server.app.store).await.is_err());
    server.app.store.fail(None);

    server.advance(Duration::from_secs(30));
    assert_eq!(last_use(&server, &token).await, Some(used));
}

async fn a_row_that_ended_is_not_touched(server: TestServer) {
    let client = server.machine("mailer", "read").await;
    let token = server.token(&client).await;
    assert!(server.is_active(&client, &token).await);
    server.post("/revoke", &client, &format!("token={token}")).await;

    assert_eq!(last_use(&server, &token).await, None);
    assert_eq!(server.introspect(&client, &token).await, json!({"active": false}));
}
