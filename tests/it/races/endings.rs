//! What is ended while something else is just coming of it: the end wins, whichever was first at
//! its row.
//!
//! Each end is held back before it commits, until the other waits for it or, by mistake, is done.

use std::cell::Cell;

use tessera::{
    model::{browser_session::BrowserSession, scope::Scope, secret::Secret},
    store::{End, SessionTarget, Transaction},
};

use crate::common::{
    Engine, TestClient, TestServer,
    asking::{Ask, Returned, request_in},
    browser::{Browser, Form},
    on_each_engine,
    until::until,
};

on_each_engine!(
    a_code_of_a_session_that_is_just_ending_brings_nothing,
    a_code_of_a_consent_that_is_just_taken_back_brings_nothing,
    a_session_that_is_just_renewed_ends_all_the_same,
    an_answer_brings_nothing_back_that_is_just_taken_back,
    two_answers_at_once_are_both_remembered,
);

fn end(server: &TestServer) -> End {
    End { at: server.now(), by: "cli:test".to_owned(), reason: "tested".to_owned() }
}

/// Commits as soon as `other` is done, or waits for a row that this transaction holds. On SQLite it
/// waits for the transaction itself, and nothing tells.
async fn commit_late(server: &TestServer, held: Transaction, other: &Cell<bool>) {
    let database = server.database();
    if database.engine == Engine::Postgres {
        let waiting =
            "pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'";
        let is_so = async || other.get() || database.count(waiting).await > 0;
        until("somebody waits for a row", is_so).await;
    }
    held.commit().await.unwrap();
}

/// What was answered before anything ends: on SQLite, nobody is given a code meanwhile.
async fn code_before(
    server: &TestServer,
    browser: &mut Browser<'_>,
    ask: &Ask,
) -> Option<Returned> {
    match server.database().engine {
        Engine::Sqlite => Some(browser.returned(ask).await),
        Engine::Postgres => None,
    }
}

/// A code is asked for, unless there is one, and redeemed while `ending` has not committed yet: that
/// brings nothing.
async fn refuse_redeemed(
    (server, client): (&TestServer, &TestClient),
    (browser, before): (&mut Browser<'_>, Option<Returned>),
    ending: Transaction,
) {
    let is_done = Cell::new(false);
    let redeeming = async {
        let returned = match before {
            Some(returned) => returned,
            None => browser.returned(&Ask::of(client)).await,
        };
        let answer = server.redeem(client, returned.code(), "").await;
        is_done.set(true);
        answer
    };
    let (answer, ()) = tokio::join!(redeeming, commit_late(server, ending, &is_done));

    answer.assert_error(400, "invalid_grant");
}

async fn a_code_of_a_session_that_is_just_ending_brings_nothing(server: TestServer) {
    let client = server.site("app", "openid").await;
    let user_id = server.user("ingrid").await;
    let mut browser = Browser::of(&server);
    let person = browser.enter(&server, user_id).await;

    let before = code_before(&server, &mut browser, &Ask::of(&client)).await;
    let mut ending = server.app.store.begin().await.unwrap();
    let target = SessionTarget::One(person.session.session_id);
    assert_eq!(ending.end_sessions(target, &end(&server)).await.unwrap(), 1);

    refuse_redeemed((&server, &client), (&mut browser, before), ending).await;
}

async fn a_code_of_a_consent_that_is_just_taken_back_brings_nothing(server: TestServer) {
    let client = server.site_with("app", "openid", |_| {}).await;
    let user_id = server.user("ingrid").await;
    let mut browser = Browser::of(&server);
    browser.get("/login").await;
    browser.enter(&server, user_id).await;
    let form = question(&mut browser, &Ask::of(&client)).await;
    Returned::of(&browser.submit(&form).await).code();

    let before = code_before(&server, &mut browser, &Ask::of(&client)).await;
    let mut ending = server.app.store.begin().await.unwrap();
    assert!(ending.end_consent((&client.id, user_id), &end(&server)).await.unwrap());

    refuse_redeemed((&server, &client), (&mut browser, before), ending).await;
}

async fn a_session_that_is_just_renewed_ends_all_the_same(server: TestServer) {
    let person = server.signed_in("ingrid").await;
    let secret = Secret::generate(&server.app.random);
    let renewed = BrowserSession { session_hash: secret.hash(), ..person.session.clone() };

    let mut renewing = server.app.store.begin().await.unwrap();
    assert!(renewing.retire_session(&person.session.session_hash, &end(&server)).await.unwrap());
    renewing.insert_session(&renewed).await.unwrap();
    let is_done = Cell::new(false);
    let ending = async {
        server.sign_out(&person).await;
        is_done.set(true);
    };
    tokio::join!(ending, commit_late(&server, renewing, &is_done));

    let mut store = server.app.store.read().await.unwrap();
    let found = store.find_session(&secret.hash()).await.unwrap().unwrap();
    assert_eq!(found.session.ended_at, Some(server.now()));
}

/// The question that a request leads to, answered with yes.
async fn question(browser: &mut Browser<'_>, ask: &Ask) -> Form {
    let answer = browser.get(&ask.path()).await;
    request_in(&answer, "/consent");
    Form::of(&browser.follow(answer).await).with("decision", "allow")
}

/// What is remembered that somebody allows a client.
async fn remembered(server: &TestServer, user: uuid::Uuid) -> Vec<Scope> {
    let mut store = server.app.store.read().await.unwrap();
    let consents = store.consents_of(user).await.unwrap();
    consents.into_iter().map(|consent| consent.scope).collect()
}

async fn an_answer_brings_nothing_back_that_is_just_taken_back(server: TestServer) {
    let client = server.site_with("app", "openid read write", |_| {}).await;
    let user_id = server.user("ingrid").await;
    let mut browser = Browser::of(&server);
    browser.get("/login").await;
    browser.enter(&server, user_id).await;
    let ask = |scope: &str| Ask::of(&client).with("scope", scope);
    let form = question(&mut browser, &ask("openid write")).await;
    Returned::of(&browser.submit(&form).await).code();
    let form = question(&mut browser, &ask("openid read")).await;

    let mut ending = server.app.store.begin().await.unwrap();
    assert!(ending.end_consent((&client.id, user_id), &end(&server)).await.unwrap());
    let is_done = Cell::new(false);
    let answering = async {
        let returned = Returned::of(&browser.submit(&form).await);
        is_done.set(true);
        returned
    };
    let (returned, ()) = tokio::join!(answering, commit_late(&server, ending, &is_done));

    returned.code();
    assert_eq!(remembered(&server, user_id).await, [Scope::parse("openid read").unwrap()]);
}

async fn two_answers_at_once_are_both_remembered(server: TestServer) {
    let client = server.site_with("app", "openid read write", |_| {}).await;
    let user_id = server.user("ingrid").await;
    let mut browser = Browser::of(&server);
    browser.get("/login").await;
    browser.enter(&server, user_id).await;
    let mut forms = Vec::new();
    for scope in ["openid read", "openid write"] {
        forms.push(question(&mut browser, &Ask::of(&client).with("scope", scope)).await);
    }
    let mut other = browser.clone();

    let (one, two) = tokio::join!(browser.submit(&forms[0]), other.submit(&forms[1]));

    Returned::of(&one).code();
    Returned::of(&two).code();
    let scopes = remembered(&server, user_id).await;
    assert_eq!(scopes.len(), 1, "{scopes:?}");
    for token in ["openid", "read", "write"] {
        assert!(scopes[0].contains(token), "{scopes:?}");
    }
}
