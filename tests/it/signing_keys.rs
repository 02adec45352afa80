//! The life of signing keys: staged, active, retiring, dropped, or withdrawn before its time.

mod leaving;

use std::{slice::from_ref, time::Duration};

use jsonwebtoken::{DecodingKey, jwk::JwkSet};
use tessera::{
    acts::{
        self,
        clients::{self, ClientChanges},
        keys::{self, Taken},
    },
    jobs::rotation,
    model::{
        client::{ClientKind, ClientStatus},
        key_rotation::KeyStep,
        signature_algorithm::SignatureAlgorithm,
        signing_key::{SigningKey, SigningKeyState},
        token_format::TokenFormat,
    },
    tokens::{claims::AccessTokenClaims, jwt},
};

use crate::common::{TestClient, TestServer, on_each_engine, server::operator};

on_each_engine!(
    a_key_is_published_signs_and_leaves_in_good_time,
    the_name_in_a_header_is_always_that_of_the_key_that_signed,
    a_clock_that_jumps_makes_one_key_and_no_more,
    an_algorithm_that_nobody_uses_gets_no_new_key,
    a_key_verifies_as_long_as_the_longest_token_it_can_have_signed,
    public_keys_are_kept_no_longer_than_a_new_one_is_published_ahead,
    without_an_interval_keys_are_rotated_by_hand,
);

const DAY: Duration = Duration::from_hours(24);
const HOUR: Duration = Duration::from_hours(1);
const MILLISECOND: Duration = Duration::from_millis(1);

/// A server whose access tokens are JWTs, and a client.
async fn with_jwts(server: TestServer) -> (TestServer, TestClient) {
    let server = server.restarted(|config| config.tokens.access.format = TokenFormat::Jwt).await;
    let client = server.machine("mailer", "read").await;
    (server, client)
}

/// What the job does now.
async fn turn(server: &TestServer) -> Vec<KeyStep> {
    let taken = rotation::rotate(&server.app).await.unwrap().expect("nobody else is at it");
    taken.into_iter().map(|taken: Taken| taken.step).collect()
}

async fn rows(server: &TestServer) -> Vec<SigningKey> {
    server.app.store.read().await.unwrap().all_signing_keys().await.unwrap()
}

async fn row(server: &TestServer, kid: &str) -> SigningKey {
    rows(server).await.into_iter().find(|key| key.kid == kid).unwrap()
}

/// The names of the keys that are published.
async fn published(server: &TestServer) -> Vec<String> {
    let keys = server.get("/jwks.json", &[]).await.json();
    let keys = keys["keys"].as_array().unwrap();
    keys.iter().map(|key| key["kid"].as_str().unwrap().to_owned()).collect()
}

fn just_before(length: Duration) -> Duration {
    length.checked_sub(MILLISECOND).unwrap()
}

fn kid(token: &str) -> String {
    jwt::header(token).unwrap().kid.unwrap()
}

async fn rotate(server: &TestServer, at_once: bool) -> String {
    let planned = keys::plan(&server.app, None).await.unwrap();
    keys::rotate(&server.app, &operator(), &planned[0], at_once).await.unwrap().kid
}

async fn withdraw(server: &TestServer, kid: &str) -> acts::Result<Option<String>> {
    let withdrawn = keys::withdraw(&server.app, &operator(), kid, Some("leaked")).await;
    withdrawn.map(|withdrawn| withdrawn.successor)
}

/// A client that gets tokens by `algorithm` that live so long.
async fn client_of(
    server: &TestServer,
    algorithm: SignatureAlgorithm,
    lifetime: Option<Duration>,
) -> TestClient {
    let changes = ClientChanges {
        access_algorithm: Some(Some(algorithm)),
        access_lifetime: lifetime.map(Some),
        ..ClientChanges::default()
    };
    server.client("special", ClientKind::Machine, changes).await
}

async fn a_key_is_published_signs_and_leaves_in_good_time(server: TestServer) {
    let (server, client) = with_jwts(server).await;
    let first = kid(&server.token(&client).await);

    server.advance(just_before(89 * DAY));
    assert_eq!(turn(&server).await, []);
    server.advance(MILLISECOND);
    assert_eq!(turn(&server).await, [KeyStep::Stage]);
    let second = published(&server).await[1].clone();
    assert_eq!(published(&server).await, [first.clone(), second.clone()]);
    assert_eq!(kid(&server.token(&client).await), first, "the new one signs nothing yet");

    server.advance(just_before(DAY));
    assert_eq!(turn(&server).await, []);
    let last_of_first = server.token(&client).await;
    server.advance(MILLISECOND);
    assert_eq!(turn(&server).await, [KeyStep::Activate]);
    let first_of_second = server.token(&client).await;
    assert_eq!((kid(&last_of_first), kid(&first_of_second)), (first.clone(), second.clone()));
    assert_eq!(published(&server).await, [first.clone(), second.clone()]);
    assert!(server.is_active(&client, &last_of_first).await);

    server.advance(Duration::from_secs(3598));
    assert!(server.is_active(&client, &last_of_first).await, "it lives to its end");
    server.advance(HOUR + Duration::from_millis(1999));
    assert_eq!(turn(&server).await, []);
    assert_eq!(published(&server).await, [first, second.clone()]);
    server.advance(MILLISECOND);
    assert_eq!(turn(&server).await, [KeyStep::Drop]);
    assert_eq!(published(&server).await, from_ref(&second));
    assert_eq!(rows(&server).await.len(), 1);

    let server = server.restarted(|_| ()).await;
    assert_eq!(kid(&server.token(&client).await), second);
}

async fn the_name_in_a_header_is_always_that_of_the_key_that_signed(server: TestServer) {
    let (server, client) = with_jwts(server).await;
    let mut tokens = Vec::new();

    for _ in 0..4 {
        tokens.push(server.token(&client).await);
        let next = rotate(&server, true).await;
        tokens.push(server.token(&client).await);
        assert_eq!(kid(tokens.last().unwrap()), next);
    }

    let body = server.get("/jwks.json", &[]).await.body;
    let jwks: JwkSet = serde_json::from_str(&body).unwrap();
    for token in &tokens {
        let jwk = jwks.find(&kid(token)).unwrap();
        let key = DecodingKey::from_jwk(jwk).unwrap();
        let claims =
            jwt::verify::<AccessTokenClaims>(token, &key, SignatureAlgorithm::Es256.into());
        assert!(claims.is_ok(), "{}", kid(token));
        assert!(server.is_active(&client, token).await);
    }
    assert_eq!(jwks.keys.len(), 5);
}

async fn a_clock_that_jumps_makes_one_key_and_no_more(server: TestServer) {
    server.advance(10_000 * DAY);

    let steps = [turn(&server).await, turn(&server).await, turn(&server).await];

    assert_eq!(steps, [vec![KeyStep::Stage], vec![], vec![]]);
    server.advance(DAY);
    let steps = [turn(&server).await, turn(&server).await, turn(&server).await];
    assert_eq!(steps, [vec![KeyStep::Activate], vec![], vec![]]);
    // When it is set right again, the key signs on.
    server.rewind(10_000 * DAY);
    assert_eq!([turn(&server).await, turn(&server).await], [[], []]);
    let started = rotate(&server, true).await;
    assert_eq!(rows(&server).await.iter().filter(|key| key.kid == started).count(), 1);
}

async fn an_algorithm_that_nobody_uses_gets_no_new_key(server: TestServer) {
    let client = client_of(&server, SignatureAlgorithm::EdDsa, None).await;
    clients::set_status(&server.app, &operator(), &client.id, ClientStatus::Deleted).await.unwrap();

    server.advance(89 * DAY);
    assert_eq!(turn(&server).await, [KeyStep::Stage], "ES256, which is the server's");
    server.advance(DAY);
    let mut steps = turn(&server).await;
    steps.sort_by_key(|step| step.as_str());

    assert_eq!(steps, [KeyStep::Activate, KeyStep::Retire]);
    let active: Vec<_> = rows(&server).await;
    let active: Vec<_> = active
        .iter()
        .filter(|key| key.state == SigningKeyState::Active)
        .map(|key| key.algorithm)
        .collect();
    assert_eq!(active, [SignatureAlgorithm::Es256]);
    // Whoever comes to use it again gets a key at once.
    let again = client_of(&server, SignatureAlgorithm::EdDsa, None).await;
    let server = server.restarted(|config| config.tokens.access.format = TokenFormat::Jwt).await;
    assert!(server.is_active(&again, &server.token(&again).await).await);
}

async fn a_key_verifies_as_long_as_the_longest_token_it_can_have_signed(server: TestServer) {
    let (server, client) = with_jwts(server).await;
    let special = client_of(&server, SignatureAlgorithm::Es256, Some(30 * DAY)).await;
    let long = server.token(&special).await;
    // Shorter from now on, which changes nothing for what is out there.
    let shorter = ClientChanges { access_lifetime: Some(Some(HOUR)), ..ClientChanges::default() };
    clients::set(&server.app, &operator(), &special.id, shorter).await.unwrap();
    let second = rotate(&server, true).await;

    let first = row(&server, &kid(&long)).await;
    assert_eq!(first.drop_at, Some(server.now().plus(30 * DAY + HOUR)));
    server.advance(just_before(30 * DAY));
    assert_eq!(turn(&server).await, []);
    assert!(server.is_active(&special, &long).await);

    // A setting of the server that was longer once counts as well.
    let server = server.restarted(|config| config.tokens.access_lifetime = 60 * DAY).await;
    turn(&server).await;
    let server = server.restarted(|config| config.tokens.access_lifetime = HOUR).await;
    turn(&server).await;
    rotate(&server, true).await;
    let second = row(&server, &second).await;
    assert_eq!(second.drop_at, Some(server.now().plus(60 * DAY + HOUR)));
    assert!(!server.is_active(&client, "eyJhbGciOiJFUzI1NiJ9.e30.AA").await);
}

async fn public_keys_are_kept_no_longer_than_a_new_one_is_published_ahead(server: TestServer) {
    let kept = server.get("/jwks.json", &[]).await;
    assert_eq!(kept.header("cache-control"), Some("public, max-age=300"));

    let minute = Duration::from_mins(1);
    let server = server.restarted(|config| config.keys.rotation.publish_ahead = minute).await;

    let kept = server.get("/jwks.json", &[]).await;
    assert_eq!(kept.header("cache-control"), Some("public, max-age=60"));
    // The first answer is kept for five minutes, and the next key signs no sooner than that.
    let second = rotate(&server, false).await;
    server.advance(just_before(Duration::from_mins(5)));
    assert_eq!(turn(&server).await, []);
    server.advance(MILLISECOND);
    assert_eq!(turn(&server).await, [KeyStep::Activate]);
    assert_eq!(row(&server, &second).await.state, SigningKeyState::Active);
}

async fn without_an_interval_keys_are_rotated_by_hand(server: TestServer) {
    let (server, client) = with_jwts(server).await;
    let server = server.restarted(|config| config.keys.rotation.interval = None).await;
    server.advance(1000 * DAY);
    assert_eq!(turn(&server).await, []);

    let second = rotate(&server, false).await;
    assert_eq!(rotate(&server, false).await, second, "it waits already");
    server.advance(DAY);

    assert_eq!(turn(&server).await, [KeyStep::Activate]);
    assert_eq!(kid(&server.token(&client).await), second);
}
