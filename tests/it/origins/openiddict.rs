//! `OpenIddict`'s token storage: every numbered line of what it promises, and of what its code adds.
//!
//! - b27 not applicable: there is no device flow yet, and so no user codes

mod families;
mod people;
mod resource_servers;
mod without_store;

use std::time::Duration;

use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use serde_json::{Value, json};
use tessera::{
    acts::tokens::Listing,
    config,
    jobs::sweep,
    model::{secret::Sha256, token_entry::TokenEntry, token_format::TokenFormat},
    tokens::jwt,
};

use crate::common::{TestClient, TestServer, on_each_engine, typed::Wanted};

on_each_engine!(
    b01_every_token_has_one_entry_that_says_whose_it_is_and_until_when,
    b02_the_payload_of_a_jwt_is_not_stored,
    b04_a_reference_is_256_random_bits_and_its_entry_holds_the_payload,
    b05_the_reference_is_the_token_and_its_payload_is_none,
    b06_a_jwt_is_revoked_like_any_other_token,
    b13_what_the_database_holds_of_a_reference_opens_nothing,
    b14_an_entry_has_all_that_is_asked_of_it,
    b15_a_new_entry_is_valid,
    b16_a_token_of_one_type_is_refused_where_another_is_expected,
    b17_a_payload_belongs_to_its_row,
    b18_nothing_stands_for_a_row_that_is_missing_or_broken,
    b19_the_row_beats_the_token,
    b20_a_client_learns_that_a_token_is_not_active_and_nothing_else,
    b25_who_is_not_meant_learns_nothing_and_a_revocation_ends_one_token,
    b26_what_is_over_is_swept_and_what_is_valid_never,
);

/// The server as it is with `tokens.access.format = "jwt"`.
async fn with_jwts(server: TestServer) -> TestServer {
    server.restarted(|config| config.tokens.access.format = TokenFormat::Jwt).await
}

/// A server that reads every row each time: it is changed behind its back.
async fn without_cache(server: TestServer) -> TestServer {
    server.restarted(|config| config.cache.enabled = false).await
}

async fn entries(server: &TestServer) -> Vec<TokenEntry> {
    let listing = Listing { limit: 100, ..Listing::default() };
    let found = tessera::acts::tokens::list(&server.app, &listing).await.unwrap();
    found.entries.into_iter().map(|found| found.entry).collect()
}

/// What is answered about a token.
async fn told(server: &TestServer, client: &TestClient, token: &str) -> String {
    server.post("/introspect", client, &format!("token={token}")).await.body
}

const INACTIVE: &str = r#"{"active":false}"#;

async fn b01_every_token_has_one_entry_that_says_whose_it_is_and_until_when(server: TestServer) {
    let client = server.machine("mailer", "read").await;
    server.token(&client).await;
    let server = with_jwts(server).await;
    server.token(&client).await;

    let entries = entries(&server).await;

    assert_eq!(entries.len(), 2);
    for entry in entries {
        assert_eq!(entry.client_id, client.id);
        // It acts for itself: there is no user.
        assert_eq!((entry.subject, entry.user_id), (None, None));
        assert_eq!(entry.created_at, server.now());
        assert_eq!(entry.expires_at, Some(server.now().plus(Duration::from_hours(1))));
    }
}

async fn b02_the_payload_of_a_jwt_is_not_stored(server: TestServer) {
    let server = with_jwts(server).await;
    let client = server.machine("mailer", "read").await;

    server.token(&client).await;

    let entry = entries(&server).await.remove(0);
    assert_eq!((entry.payload, entry.reference_hash), (None, None));
}

async fn b04_a_reference_is_256_random_bits_and_its_entry_holds_the_payload(server: TestServer) {
    let client = server.machine("mailer", "read").await;

    let token = server.token(&client).await;

    let is_letter = |b: u8| b.is_ascii_alphanumeric() || b == b'-' || b == b'_';
    assert!(token.len() == 43 && token.bytes().all(is_letter), "{token}");
    assert_eq!(URL_SAFE_NO_PAD.decode(&token).unwrap().len(), 32);
    assert!(entries(&server).await[0].payload.is_some());
}

async fn b05_the_reference_is_the_token_and_its_payload_is_none(server: TestServer) {
    let client = server.machine("mailer", "read").await;
    let token = server.token(&client).await;
    let payload = entries(&server).await.remove(0).payload.unwrap();
    let payload = URL_SAFE_NO_PAD.encode(&payload);

    assert_eq!(told(&server, &client, &payload).await, INACTIVE);
    server.post("/revoke", &client, &format!("token={payload}")).await;
    assert!(server.is_active(&client, &token).await);
    server.post("/revoke", &client, &format!("token={token}")).await;
    assert!(!server.is_active(&client, &token).await);
}

async fn b06_a_jwt_is_revoked_like_any_other_token(server: TestServer) {
    let server = with_jwts(server).await;
    let client = server.machine("mailer", "read").await;
    let token = server.token(&client).await;
    assert!(server.is_active(&client, &token).await);

    server.post("/revoke", &client, &format!("token={token}")).await;

    assert_eq!(told(&server, &client, &token).await, INACTIVE);
}

async fn b13_what_the_database_holds_of_a_reference_opens_nothing(server: TestServer) {
    let client = server.machine("mailer", "read").await;
    let token = server.token(&client).await;
    let hash = entries(&server).await.remove(0).reference_hash.unwrap();

    assert_eq!(hash, *Sha256::of(token.as_bytes()).as_bytes());
    assert_eq!(told(&server, &client, &URL_SAFE_NO_PAD.encode(&hash)).await, INACTIVE);
    // Its bytes count, not what they decode to, and not what they are in another case.
    let last = token.chars().last().unwrap();
    let letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
    let same_bytes = letters.chars().filter(|letter| *letter != last).find(|letter| {
        let spelt = format!("{}{letter}", &token[..42]);
        base64_of_any_tail(&spelt) == base64_of_any_tail(&token)
    });
    for other in [
        token.to_ascii_lowercase(),
        token.to_ascii_uppercase(),
        format!("{}{}", &token[..42], same_bytes.unwrap()),
    ] {
        assert_eq!(told(&server, &client, &other).await, INACTIVE, "{other}");
    }
}

/// What 43 letters decode to where the two bits that are left over may be anything.
fn base64_of_any_tail(token: &str) -> Vec<u8> {
    use base64::engine::{GeneralPurpose, GeneralPurposeConfig};
    let lenient = GeneralPurposeConfig::new()
        .with_encode_padding(false)
        .with_decode_padding_mode(base64::engine::DecodePaddingMode::RequireNone)
        .with_decode_allow_trailing_bits(true);
    GeneralPurpose::new(&base64::alphabet::URL_SAFE, lenient).decode(token).unwrap()
}

async fn b14_an_entry_has_all_that_is_asked_of_it(server: TestServer) {
    let client = server.machine("mailer", "read").await;
    server.token(&client).await;
    let database = server.database();

    let whole = "tokens WHERE client_id = 'mailer' AND subject IS NULL AND type_name = 'access' \
                 AND status = 'valid' AND authorization_id IS NULL AND redeemed_at IS NULL \
                 AND created_at < expires_at AND payload IS NOT NULL \
                 AND reference_hash IS NOT NULL AND entry_key > 0";
    assert_eq!(database.count(whole).await, 1);
    for status in ["inactive", "redeemed", "rejected", "revoked", "superseded", "valid"] {
        let sql = format!("UPDATE tokens SET status = '{status}', redeemed_at = 1");
        assert_eq!(database.execute(&sql).await, 1, "{status}");
    }
    assert!(database.try_execute("UPDATE tokens SET status = 'gone'").await.is_err());
}

async fn b15_a_new_entry_is_valid(server: TestServer) {
    let client = server.machine("mailer", "read").await;
    server.define("[[token_types]]\nname = 'Link'").await;

    server.token(&client).await;
    server.create(&client, "Link", Wanted::default()).await;

    assert_eq!(server.database().count("tokens WHERE status = 'valid'").await, 2);
}

async fn b16_a_token_of_one_type_is_refused_where_another_is_expected(server: TestServer) {
    server.define("[[token_types]]\nname = 'Link'").await;
    let server = with_jwts(server).await;
    let client = server.machine("mailer", "tokens.use:Link").await;
    let (access, link) =
        (server.token(&client).await, server.create(&client, "Link", Wanted::default()).await);

    let header = URL_SAFE_NO_PAD.decode(access.split('.').next().unwrap()).unwrap();
    assert_eq!(serde_json::from_slice::<Value>(&header).unwrap()["typ"], "at+jwt");
    let entry = entries(&server).await.into_iter().find(|entry| entry.payload.is_none()).unwrap();
    let jti = server.introspect(&client, &access).await["jti"].as_str().unwrap().to_owned();
    assert_ne!(jti, entry.entry_key.to_string());
    assert_eq!(told(&server, &client, &link).await, INACTIVE);
    for (token, outcome) in [(access.as_str(), "invalid"), (link.as_str(), "allowed")] {
        let request = axum::http::Request::builder()
            .method("POST")
            .uri("/tokens/use")
            .header("content-type", "application/json")
            .header("authorization", format!("Bearer {access}"));
        let body = json!({"type": "Link", "token": token}).to_string();
        assert_eq!(server.send(request, &body).await.json()["outcome"], outcome);
    }
}

async fn b17_a_payload_belongs_to_its_row(server: TestServer) {
    let server = without_cache(server).await;
    let (one, other) = (server.machine("one", "read").await, server.machine("other", "read").await);
    let (mine, theirs) = (server.token(&one).await, server.token(&other).await);

    let swap = "UPDATE tokens SET payload = \
                (SELECT payload FROM tokens AS given WHERE given.client_id = 'other') \
                WHERE client_id = 'one'";
    assert_eq!(server.database().execute(swap).await, 1);

    server
        .post("/introspect", &one, &format!("token={mine}"))
        .await
        .assert_error(500, "server_error");
    assert!(server.is_active(&other, &theirs).await);
}

async fn b18_nothing_stands_for_a_row_that_is_missing_or_broken(server: TestServer) {
    let server = without_cache(server).await;
    let client = server.machine("mailer", "read").await;
    let token = server.token(&client).await;

    assert_eq!(told(&server, &client, &format!("{token}.{token}.{token}")).await, INACTIVE);
    assert_eq!(told(&server, &client, &"A".repeat(43)).await, INACTIVE);
    server.database().execute("UPDATE tokens SET payload = NULL").await;
    let broken = server.post("/introspect", &client, &format!("token={token}")).await;
    broken.assert_error(500, "server_error");
}

async fn b19_the_row_beats_the_token(server: TestServer) {
    let server = without_cache(with_jwts(server).await).await;
    let client = server.machine("mailer", "read").await;
    let token = server.token(&client).await;
    let (now, database) = (server.now(), server.database());
    let end = now.plus(Duration::from_mins(1)).0;

    database.execute(&format!("UPDATE tokens SET expires_at = {end}")).await;
    server.advance(Duration::from_mins(1));
    assert_eq!(told(&server, &client, &token).await, INACTIVE);

    server.rewind(Duration::from_mins(1));
    assert!(server.is_active(&client, &token).await && jwt::header(&token).is_ok());
    database.execute("DELETE FROM tokens").await;
    assert_eq!(told(&server, &client, &token).await, INACTIVE);
}

async fn b20_a_client_learns_that_a_token_is_not_active_and_nothing_else(server: TestServer) {
    let client = server.machine("mailer", "read").await;
    let (revoked, expired) = (server.token(&client).await, server.token(&client).await);
    server.post("/revoke", &client, &format!("token={revoked}")).await;
    server.advance(Duration::from_hours(1));

    for token in [&revoked, &expired, "unknown"] {
        assert_eq!(told(&server, &client, token).await, INACTIVE);
        let answer = server.post("/revoke", &client, &format!("token={token}")).await;
        assert_eq!((answer.status.as_u16(), &*answer.body), (200, ""));
    }
}

async fn b25_who_is_not_meant_learns_nothing_and_a_revocation_ends_one_token(server: TestServer) {
    let (client, other) =
        (server.machine("mailer", "read").await, server.machine("other", "read").await);
    let (one, two) = (server.token(&client).await, server.token(&client).await);

    assert_eq!(told(&server, &other, &one).await, INACTIVE);
    server.post("/revoke", &other, &format!("token={one}")).await;
    assert!(server.is_active(&client, &one).await);
    server.post("/revoke", &client, &format!("token={one}")).await;

    assert!(!server.is_active(&client, &one).await && server.is_active(&client, &two).await);
}

async fn b26_what_is_over_is_swept_and_what_is_valid_never(server: TestServer) {
    let client = server.machine("mailer", "read").await;
    server.define("[[token_types]]\nname = 'Link'").await;
    let endless = server.create(&client, "Link", Wanted::default()).await;
    let revoked = server.token(&client).await;
    server.post("/revoke", &client, &format!("token={revoked}")).await;
    server.token(&client).await;

    let kept = config::parse(None, []).unwrap().config.tokens.keep_ended;
    server.advance(kept + Duration::from_hours(1) + Duration::from_secs(1));
    let live = server.token(&client).await;
    assert_eq!(sweep::sweep(&server.app).await.unwrap(), Some(2));

    assert!(server.is_active(&client, &live).await);
    let used = server.peek("Link", &endless, crate::common::typed::Presented::default()).await;
    assert_eq!(used.outcome.as_str(), "allowed");
}
