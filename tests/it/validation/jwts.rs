//! JWTs that a resource server checks by itself, with the keys that the server publishes.

use std::time::Duration;

use axum::http::{Request, StatusCode, header};
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use tessera::{
    acts::keys,
    model::token_format::TokenFormat,
    tokens::jwt,
    validation::{HttpClient, Jwks, Way},
};

use tokio::task::JoinSet;

use crate::common::{TestServer, certificates::Authority, on_each_engine, server::operator};

use super::{
    Api, ISSUER, MILLISECOND, ORDERS, Served, challenge, clock, just_before, jwts, shop, token_for,
};

on_each_engine!(
    each_request_is_answered_as_rfc_6750_asks,
    a_token_of_another_issuer_audience_or_kind_is_refused,
    made_up_keys_do_not_make_anybody_ask_more_than_once_in_ten_seconds,
    a_new_key_is_read_when_a_token_names_it,
    a_withdrawn_key_is_forgotten_after_five_minutes,
    keys_that_were_read_stand_in_for_an_hour,
    without_any_keys_nobody_is_judged,
    keys_come_over_tls_from_whom_one_trusts,
);

async fn each_request_is_answered_as_rfc_6750_asks(server: TestServer) {
    let (_, client) = shop(&server, TokenFormat::Jwt).await;
    let served = Served::of(&server).await;
    let api = Api::new(&server, jwts(&served, &server));
    let read = token_for(&server, &client, "orders.read").await;
    let write = token_for(&server, &client, "orders.write").await;

    let good = api.get("/orders", &read).await;
    assert_eq!(good.body, "shop orders.read Sensitive");

    let lacking = api.get("/orders", &write).await;
    assert_eq!(lacking.status, StatusCode::FORBIDDEN);
    assert_eq!(challenge(&lacking), r#"Bearer error="insufficient_scope", scope="orders.read""#);
    assert_eq!(api.get("/both", &read).await.status, StatusCode::FORBIDDEN);

    let bare = api.send(Request::get("/orders")).await;
    assert_eq!((bare.status.as_u16(), challenge(&bare)), (401, r#"Bearer realm="orders""#));
    let basic = Request::get("/me").header(header::AUTHORIZATION, "Basic YTpi");
    assert_eq!(challenge(&api.send(basic).await), r#"Bearer realm="orders""#);

    let wrong = api.get("/me", &format!("{read}x")).await;
    assert_eq!(wrong.status, StatusCode::UNAUTHORIZED);
    assert!(challenge(&wrong).contains(r#"error="invalid_token""#), "{wrong:?}");
    assert_eq!(wrong.header("cache-control"), Some("no-store"));

    let twice = Request::get("/me")
        .header(header::AUTHORIZATION, format!("Bearer {read}"))
        .header(header::AUTHORIZATION, format!("Bearer {read}"));
    let twice = api.send(twice).await;
    assert_eq!(twice.status, StatusCode::BAD_REQUEST);
    assert!(challenge(&twice).contains(r#"error="invalid_request""#), "{twice:?}");
    let in_url = api.get(&format!("/me?access_token={read}"), &read).await;
    assert_eq!(in_url.status, StatusCode::BAD_REQUEST);
}

async fn a_token_of_another_issuer_audience_or_kind_is_refused(server: TestServer) {
    let (_, client) = shop(&server, TokenFormat::Jwt).await;
    let served = Served::of(&server).await;
    let token = token_for(&server, &client, "orders.read").await;
    let with = |issuer, audience| Api::with(&server, (issuer, audience), jwts(&served, &server));

    assert_eq!(with(ISSUER, ORDERS).status(&token).await, 200);
    assert_eq!(with("https://id.example.evil", ORDERS).status(&token).await, 401);
    assert_eq!(with(ISSUER, "https://orders.example/").status(&token).await, 401);
    assert_eq!(with(ISSUER, "https://orders").status(&token).await, 401);

    let api = with(ISSUER, ORDERS);
    let before = served.count("/jwks.json");
    let [_, payload, signature] = parts(&token);
    for header in [
        r#"{"alg":"ES256","typ":"JWT"}"#,
        r#"{"alg":"ES256"}"#,
        r#"{"alg":"none","typ":"at+jwt"}"#,
        r#"{"alg":"ES256","typ":"at+jwt","crit":["x"],"x":1}"#,
    ] {
        let header = URL_SAFE_NO_PAD.encode(header);
        assert_eq!(api.status(&format!("{header}.{payload}.{signature}")).await, 401);
    }
    assert_eq!(api.status("A".repeat(43).as_str()).await, 401);
    // None of them is a token of the server's, whatever keys it has.
    assert_eq!(served.count("/jwks.json"), before);
    // A key of the server's as a shared secret.
    let kid = jwt::header(&token).unwrap().kid.unwrap();
    let forged =
        URL_SAFE_NO_PAD.encode(format!(r#"{{"alg":"HS256","typ":"at+jwt","kid":"{kid}"}}"#));
    assert_eq!(api.status(&format!("{forged}.{payload}.{signature}")).await, 401);
}

fn parts(token: &str) -> [&str; 3] {
    token.split('.').collect::<Vec<_>>().try_into().unwrap()
}

async fn made_up_keys_do_not_make_anybody_ask_more_than_once_in_ten_seconds(server: TestServer) {
    let (_, client) = shop(&server, TokenFormat::Jwt).await;
    let served = Served::of(&server).await;
    let api = Api::new(&server, jwts(&served, &server));
    let token = token_for(&server, &client, "orders.read").await;
    let [_, payload, signature] = parts(&token);
    assert_eq!(api.status(&token).await, 200);
    let made_up = |n: usize| {
        let header = format!(
            r#"{{"alg":"ES256","typ":"at+jwt","kid":"{n}","jku":"http://127.0.0.1:1/","jwk":{{}}}}"#
        );
        format!("{}.{payload}.{signature}", URL_SAFE_NO_PAD.encode(header))
    };

    server.advance(Duration::from_secs(10));
    let mut asking = JoinSet::new();
    for token in (0..50).map(made_up) {
        let api = api.clone();
        asking.spawn(async move { api.status(&token).await });
    }
    assert_eq!(asking.join_all().await, [401; 50]);
    assert_eq!(served.count("/jwks.json"), 2);

    server.advance(Duration::from_secs(10));
    for n in 50..60 {
        assert_eq!(api.status(&made_up(n)).await, 401);
    }
    assert_eq!(served.count("/jwks.json"), 3);
    assert_eq!(api.status(&token).await, 200);
}

async fn a_new_key_is_read_when_a_token_names_it(server: TestServer) {
    let (_, client) = shop(&server, TokenFormat::Jwt).await;
    let served = Served::of(&server).await;
    let api = Api::new(&server, jwts(&served, &server));
    assert_eq!(api.status(&token_for(&server, &client, "orders.read").await).await, 200);
    let planned = keys::plan(&server.app, None).await.unwrap();
    keys::rotate(&server.app, &operator(), &planned[0], true).await.unwrap();
    let token = token_for(&server, &client, "orders.read").await;

    assert_eq!(api.status(&token).await, 401, "within ten seconds of the last look");
    server.advance(Duration::from_secs(10));
    assert_eq!(api.status(&token).await, 200);
    assert_eq!(served.count("/jwks.json"), 2);
}

async fn a_withdrawn_key_is_forgotten_after_five_minutes(server: TestServer) {
    let (_, client) = shop(&server, TokenFormat::Jwt).await;
    let served = Served::of(&server).await;
    let api = Api::new(&server, jwts(&served, &server));
    let token = token_for(&server, &client, "orders.read").await;
    assert_eq!(api.status(&token).await, 200);
    let kid = jwt::header(&token).unwrap().kid.unwrap();
    keys::withdraw(&server.app, &operator(), &kid, Some("leaked")).await.unwrap();

    server.advance(just_before(Duration::from_mins(5)));
    assert_eq!(api.status(&token).await, 200);
    server.advance(MILLISECOND);
    assert_eq!(api.status(&token).await, 401);
}

async fn keys_that_were_read_stand_in_for_an_hour(server: TestServer) {
    let server =
        server.restarted(|config| config.tokens.access_lifetime = Duration::from_hours(3)).await;
    let (_, client) = shop(&server, TokenFormat::Jwt).await;
    let mut served = Served::of(&server).await;
    let api = Api::new(&server, jwts(&served, &server));
    let token = token_for(&server, &client, "orders.read").await;
    assert_eq!(api.status(&token).await, 200);
    served.end().await;

    server.advance(Duration::from_mins(6));
    assert_eq!(api.status(&token).await, 200);
    server.advance(Duration::from_mins(54));
    assert_eq!(api.status(&token).await, 503);
    // A clock that was set back makes no key young again.
    server.rewind(Duration::from_hours(1));
    assert_eq!(api.status(&token).await, 200);
    server.rewind(MILLISECOND);
    assert_eq!(api.status(&token).await, 503);
}

async fn without_any_keys_nobody_is_judged(server: TestServer) {
    let (_, client) = shop(&server, TokenFormat::Jwt).await;
    let mut served = Served::of(&server).await;
    let api = Api::new(&server, jwts(&served, &server));
    let token = token_for(&server, &client, "orders.read").await;
    served.end().await;

    let answer = api.get("/me", &token).await;

    assert_eq!(answer.status, StatusCode::SERVICE_UNAVAILABLE);
    assert_eq!(answer.header("retry-after"), Some("2"));
    assert_eq!(answer.header("www-authenticate"), None);
    assert_eq!(api.send(Request::get("/me")).await.status, StatusCode::UNAUTHORIZED);
}

async fn keys_come_over_tls_from_whom_one_trusts(server: TestServer) {
    let (authority, stranger) = (Authority::new(), Authority::new());
    let folder = server.database().folder;
    let tls = authority.pair(&["localhost"]).write(&folder).load();
    let listening = tessera::server::Listening::bind("127.0.0.1:0".parse().unwrap()).await.unwrap();
    let served = Served::on(&server, listening.speaking(Some(tls)));
    let (_, client) = shop(&server, TokenFormat::Jwt).await;
    let token = token_for(&server, &client, "orders.read").await;
    let port = served.address.port();
    let api = |host: &str, trusted: &Authority| {
        let base = tessera::model::issuer::Issuer::parse(&format!("https://{host}:{port}"));
        let client = HttpClient::trusting(&base.unwrap(), trusted.root_pem.as_bytes()).unwrap();
        Api::new(&server, Way::Jwts(Jwks::new(client, clock(&server))))
    };

    assert_eq!(api("localhost", &authority).status(&token).await, 200);
    assert_eq!(api("localhost", &stranger).status(&token).await, 503);
    assert_eq!(api("127.0.0.1", &authority).status(&token).await, 503);
}
