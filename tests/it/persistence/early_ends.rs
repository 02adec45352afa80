//! Ends of tokens that wait on another node: who may write them, and for how long they are kept.

use std::time::Duration;

use tessera::{
    acts::{self, clients::ClientChanges},
    config::{Config, StoreUrl},
    jobs::sweep,
    model::{
        client::{ClientAuthentication, ClientKind},
        space_delimited::SpaceDelimited,
    },
    store::Fault,
};

use super::{held, later, release, revoke, waiting, write};
use crate::common::{
    Engine, Measured, TestClient, TestDatabase, TestServer,
    line::{Line, LineState},
    server::operator,
    until::until,
};

const LIFETIME: Duration = Duration::from_hours(1);

/// Two servers where nobody writes what waits and nothing is kept that has ended, and a client.
async fn two() -> (TestDatabase, [TestServer; 2], TestClient) {
    let server = TestServer::on(Engine::Postgres).await;
    let server = server.restarted(|config| config.tokens.keep_ended = Duration::ZERO).await;
    let database = server.database();
    let (one, client) = held(server).await;
    let other = one.neighbour().await;
    (database, [one, other], client)
}

async fn set(server: &TestServer, client: &TestClient, changes: ClientChanges) {
    acts::clients::set(&server.app, &operator(), &client.id, changes).await.unwrap();
}

fn living(lifetime: Duration) -> ClientChanges {
    ClientChanges { access_lifetime: Some(Some(lifetime)), ..ClientChanges::default() }
}

fn granted(grants: &str) -> ClientChanges {
    let grant_types = Some(SpaceDelimited::parse(grants));
    ClientChanges { grant_types, ..ClientChanges::default() }
}

/// Writes what waits, after a sweep of all that may go by then.
async fn write_much_later([one, other]: &[TestServer; 2], later: Duration) {
    one.advance(later);
    sweep::sweep(&other.app).await.unwrap().expect("nobody else sweeps");
    write(one).await;
}

async fn is_dead(servers: &[TestServer; 2], client: &TestClient, token: &str) {
    for server in servers {
        assert!(!server.is_active(client, token).await);
    }
}

#[tokio::test]
async fn an_end_is_kept_as_long_as_the_token_of_whoever_asked_lives_longest() {
    let (database, servers, client) = two().await;
    let [one, other] = &servers;
    let brief = one.client("brief", ClientKind::Machine, living(Duration::from_mins(1))).await;
    let tokens = [one.token(&client).await, one.token(&client).await];

    // The owner comes after a stranger whose own tokens live for a minute, and before.
    revoke(other, &brief, &tokens[0]).await;
    revoke(other, &client, &tokens[0]).await;
    revoke(other, &client, &tokens[1]).await;
    revoke(other, &brief, &tokens[1]).await;
    write_much_later(&servers, Duration::from_secs(3_599)).await;

    for token in &tokens {
        is_dead(&servers, &client, token).await;
    }
    assert_eq!(database.count("tokens WHERE status = 'revoked'").await, 2);
    one.advance(Duration::from_mins(3));
    sweep::sweep(&other.app).await.unwrap().expect("nobody else sweeps");
    assert_eq!(database.count("tokens").await, 0, "and no longer");
    drop(servers);
    database.remove().await;
}

#[tokio::test]
async fn an_end_is_kept_as_long_as_a_token_lives_of_before_lifetimes_were_shortened() {
    let (database, servers, client) = two().await;
    let [one, other] = &servers;
    set(one, &client, living(2 * LIFETIME)).await;
    let token = one.token(&client).await;
    set(one, &client, living(Duration::from_mins(1))).await;

    revoke(other, &client, &token).await;
    write_much_later(&servers, Duration::from_secs(7_199)).await;

    is_dead(&servers, &client, &token).await;
    drop(servers);
    database.remove().await;
}

#[tokio::test]
async fn a_client_that_lost_the_grant_ends_what_waits_of_before() {
    let (database, servers, client) = two().await;
    let [one, other] = &servers;
    let token = one.token(&client).await;
    set(one, &client, granted("refresh_token")).await;
    assert!(one.is_active(&client, &token).await);

    revoke(other, &client, &token).await;

    is_dead(&servers, &client, &token).await;
    write(one).await;
    is_dead(&servers, &client, &token).await;
    drop(servers);
    database.remove().await;
}

/// Of a client that cannot have a token that waits, nobody needs the end of one.
#[tokio::test]
async fn a_client_without_the_grant_leaves_no_rows_unless_it_had_it_a_moment_ago() {
    let (database, servers, client) = two().await;
    let [one, other] = &servers;
    let never = one.client("never", ClientKind::Web, granted("refresh_token")).await;
    set(one, &client, granted("refresh_token")).await;
    let keeper = one.machine("keeper", "read").await;
    one.token(&keeper).await;
    let made_up = |number: usize| format!("{:0>43}", format!("x{number}"));

    revoke(other, &never, &made_up(1)).await;
    assert_eq!(database.count("tokens").await, 0);
    for number in 0..302 {
        let form = format!("token={}", made_up(number));
        let status = other.post("/revoke", &client, &form).await.status.as_u16();
        assert_eq!(status, if number < 300 { 200 } else { 503 });
    }
    assert_eq!(database.count("tokens").await, 300, "so many in a minute");
    one.advance(LIFETIME + Duration::from_mins(2));
    one.token(&keeper).await;
    revoke(other, &client, &made_up(400)).await;

    assert_eq!(database.count("tokens").await, 300, "what it had is over");
    drop(servers);
    database.remove().await;
}

/// So a public client never had a token that waits, and nothing is written for it.
#[tokio::test]
async fn no_client_becomes_public() {
    let (database, servers, client) = two().await;
    let changes = ClientChanges {
        authentication: Some(ClientAuthentication::None),
        ..granted("refresh_token")
    };

    let refused = acts::clients::set(&servers[0].app, &operator(), &client.id, changes).await;

    assert!(refused.is_err());
    drop(servers);
    database.remove().await;
}

/// A node that is taken for dead, and comes back with what waits on it.
#[tokio::test]
async fn what_waits_on_a_node_that_nobody_hears_of_is_revoked_all_the_same() {
    let synchronous = TestServer::on(Engine::Postgres).await;
    let database = synchronous.database();
    let client = synchronous.machine("mailer", "read").await;
    let (mut line, url) = Line::to_database(&database).await;
    let on_a_line = |config: &mut Config| {
        later(config, 0);
        config.store.url = StoreUrl::Postgres(url);
        config.store.timeout = Duration::from_millis(300);
    };
    let silent = synchronous.neighbour_with(on_a_line).await;
    until("joined", async || silent.app.store.answers_from_cache()).await;
    let (token, kept) = (silent.token(&client).await, silent.token(&client).await);
    assert_eq!(waiting(&silent), 2);

    line.set(LineState::Silent).await;
    let other = synchronous.token(&client).await;
    revoke(&synchronous, &client, &other).await;
    until("taken off the table", async || database.count("nodes").await == 1).await;
    revoke(&synchronous, &client, &token).await;
    line.set(LineState::Whole).await;
    release(&silent, 1);
    until("written", async || waiting(&silent) == 0).await;

    assert!(!synchronous.is_active(&client, &token).await);
    assert!(synchronous.is_active(&client, &kept).await);
    until("answered", async || {
        let answer = silent.post("/introspect", &client, &format!("token={token}")).await;
        let is_answered = answer.status == 200;
        assert!(!is_answered || answer.json()["active"] == false, "{answer:?}");
        is_answered
    })
    .await;
    drop((synchronous, silent));
    database.remove().await;
}

#[tokio::test]
async fn a_token_waits_only_after_the_others_were_told_that_some_may() {
    let server = TestServer::on(Engine::Postgres).await;
    let database = server.database();
    let measured = Measured::begin(server.now());
    let (server, client) = held(server).await;
    let refuse = |sql: &str| sql.contains("INSERT INTO leases").then_some(Fault::Refused);
    server.app.store.fail(Some(std::sync::Arc::new(refuse)));

    server.token(&client).await;

    assert_eq!((database.count("tokens").await, waiting(&server)), (1, 0));
    assert_eq!(measured.value(&server.app, "tessera_persistence_fallbacks_total"), 1);
    server.app.store.fail(None);
    server.token(&client).await;
    assert_eq!((database.count("tokens").await, waiting(&server)), (1, 1));
    let told = format!("leases WHERE name = 'waiting' AND until > {}", server.now().0);
    assert_eq!(database.count(&told).await, 1);
    drop(server);
    database.remove().await;
}

#[tokio::test]
async fn a_made_up_end_is_kept_no_longer_than_anything_waits() {
    let (database, servers, client) = two().await;
    let [one, other] = &servers;
    one.token(&client).await;
    let yearly = one.client("yearly", ClientKind::Machine, ClientChanges::default()).await;
    for lifetime in [Duration::from_hours(365 * 24), LIFETIME] {
        set(one, &yearly, living(lifetime)).await;
    }

    revoke(other, &client, &"x".repeat(43)).await;

    assert_eq!(database.count("tokens WHERE status = 'revoked'").await, 1);
    let soon = one.now().plus(LIFETIME + Duration::from_mins(10));
    let kept_longer = format!("tokens WHERE expires_at > {}", soon.0);
    assert_eq!(database.count(&kept_longer).await, 0);
    drop(servers);
    database.remove().await;
}
