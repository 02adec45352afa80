//! The life of signing keys: staged, active, retiring, dropped, or withdrawn before its time.

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
        timestamp::Timestamp,
        token_format::TokenFormat,
    },
    tokens::{claims::AccessTokenClaims, jwt},
};

use crate::common::{TestClient, TestServer, on_each_engine, server::operator};

on_each_engine!(
    a_key_is_published_signs_and_leaves_in_good_time,
    the_name_in_a_header_is_always_that_of_the_key_that_signed,
    a_clock_that_jumps_makes_one_key_and_no_more,
    a_withdrawn_key_verifies_nothing_and_another_signs,
    the_published_successor_takes_over_from_a_withdrawn_key,
    a_key_that_is_not_there_cannot_be_withdrawn,
    an_algorithm_that_nobody_uses_gets_no_new_key,
    a_key_verifies_as_long_as_the_longest_token_it_can_have_signed,
    public_keys_are_kept_no_longer_than_a_new_one_is_published_ahead,
    without_an_interval_keys_are_rotated_by_hand,
    a_retired_key_is_published_by_a_half_that_nobody_can_forge,
    a_private_half_is_destroyed_where_no_server_needs_it_any_more,
    what_keys_went_through_stands_in_the_audit_log,
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

async fn a_withdrawn_key_verifies_nothing_and_another_signs(server: TestServer) {
    let (server, client) = with_jwts(server).await;
    let token = server.token(&client).await;
    assert!(server.is_active(&client, &token).await);
    let first = kid(&token);

    let second = withdraw(&server, &first).await.unwrap().expect("somebody has to sign");

    assert!(!server.is_active(&client, &token).await);
    assert_eq!(published(&server).await, from_ref(&second));
    let after = server.token(&client).await;
    assert_eq!(kid(&after), second);
    assert!(server.is_active(&client, &after).await);
    let withdrawn = row(&server, &first).await;
    assert_eq!(withdrawn.state, SigningKeyState::Revoked);
    assert_eq!((withdrawn.private_sealed.len(), withdrawn.public_sealed), (0, None));
    let server = server.restarted(|_| ()).await;
    assert!(!server.is_active(&client, &token).await);
    server.advance(2 * HOUR);
    assert_eq!(turn(&server).await, [KeyStep::Drop]);
}

async fn the_published_successor_takes_over_from_a_withdrawn_key(server: TestServer) {
    let (server, client) = with_jwts(server).await;
    let first = kid(&server.token(&client).await);
    let second = rotate(&server, false).await;

    let successor = withdraw(&server, &first).await.unwrap();
    assert_eq!(successor.as_deref(), Some(&*second));
    assert_eq!(kid(&server.token(&client).await), second);

    // One that is only published, or only verifies, leaves no gap.
    let third = rotate(&server, false).await;
    assert_eq!(withdraw(&server, &third).await.unwrap(), None);
    let fourth = rotate(&server, true).await;
    assert_eq!(withdraw(&server, &second).await.unwrap(), None);
    assert_eq!(published(&server).await, [fourth]);
}

async fn a_key_that_is_not_there_cannot_be_withdrawn(server: TestServer) {
    let first = published(&server).await[0].clone();

    let unknown = withdraw(&server, "k-00-nobody").await.unwrap_err();
    withdraw(&server, &first).await.unwrap();
    let again = withdraw(&server, &first).await.unwrap_err();

    assert_eq!(unknown.to_string(), "there is no key named k-00-nobody");
    assert_eq!(again.to_string(), format!("{first} was withdrawn already"));
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

async fn a_retired_key_is_published_by_a_half_that_nobody_can_forge(server: TestServer) {
    let (server, client) = with_jwts(server).await;
    let token = server.token(&client).await;
    let before = rows(&server).await[0].clone();
    server.database().execute("CREATE TABLE stolen AS SELECT * FROM signing_keys").await;
    rotate(&server, true).await;
    let jwks = server.get("/jwks.json", &[]).await.body;
    let after = row(&server, &before.kid).await;
    assert_eq!(after.private_sealed, before.private_sealed, "the version before opens it");

    // What anybody writes where the private half was, or where people read, counts for nothing.
    let sql = r#"UPDATE signing_keys SET public_jwk = '{"kty":"oct","k":"AA"}';
                 UPDATE signing_keys SET private_sealed =
                     (SELECT k.private_sealed FROM signing_keys k WHERE k.state = 'active')
                 WHERE state = 'retiring'"#;
    server.database().execute(sql).await;
    let server = server.restarted(|_| ()).await;
    assert_eq!(server.get("/jwks.json", &[]).await.body, jwks);
    assert!(server.is_active(&client, &token).await);

    // Its own private half, which opens, is not taken for the public one.
    let sql = "UPDATE signing_keys SET public_sealed =
                   (SELECT private_sealed FROM stolen WHERE stolen.kid = signing_keys.kid)
               WHERE state = 'retiring'";
    server.database().execute(sql).await;
    let refused = server.try_restart(|_| ()).await.unwrap_err();
    assert!(matches!(refused, tessera::app::OpenError::Keys(_)), "{refused:?}");
}

async fn a_private_half_is_destroyed_where_no_server_needs_it_any_more(server: TestServer) {
    let (server, client) = with_jwts(server).await;
    let token = server.token(&client).await;
    server.database().execute("UPDATE instance SET oldest_schema = 2").await;

    server.advance(MILLISECOND);
    let second = rotate(&server, true).await;

    assert!(row(&server, &kid(&token)).await.private_sealed.is_empty());
    assert!(!row(&server, &second).await.private_sealed.is_empty());
    let server = server.restarted(|_| ()).await;
    assert_eq!(published(&server).await, [kid(&token), second]);
    assert!(server.is_active(&client, &token).await);
}

async fn what_keys_went_through_stands_in_the_audit_log(server: TestServer) {
    let first = published(&server).await[0].clone();
    let second = rotate(&server, false).await;
    server.advance(DAY);
    turn(&server).await;
    withdraw(&server, &first).await.unwrap();
    server.advance(2 * HOUR);
    turn(&server).await;

    for (action, kid, actor, reason) in [
        ("key.staged", &second, "cli:test", "reason IS NULL"),
        ("key.activated", &second, "job:keys", "reason IS NULL"),
        ("key.withdrawn", &first, "cli:test", "reason = 'leaked'"),
        ("key.dropped", &first, "job:keys", "reason IS NULL"),
    ] {
        let sql = format!(
            "UPDATE audit SET at = at
             WHERE action = '{action}' AND target = '{kid}' AND actor = '{actor}' AND {reason}"
        );
        assert_eq!(server.database().execute(&sql).await, 1, "{action}");
    }
    assert!(rows(&server).await.iter().all(|key| key.created_at > Timestamp(0)));
}
