//! A resource server that asks about every token.

use std::time::Duration;

use tessera::{
    acts::clients,
    model::{client::ClientStatus, secret::Secret, token_format::TokenFormat},
    validation::{Introspection, Way},
};

use crate::common::{TestServer, on_each_engine, server::operator};

use super::{Api, ISSUER, MILLISECOND, Served, introspection, just_before, shop, token_for};

on_each_engine!(
    the_reference_is_the_token_and_what_it_stands_for_is_none,
    a_kept_answer_ends_with_its_token,
    what_is_not_active_is_asked_about_every_time,
    without_time_to_keep_it_every_answer_is_fresh,
    a_kept_answer_is_good_for_its_own_token_only,
    active_for_somebody_else_is_not_good_here,
    while_the_server_is_silent_nobody_passes_and_nobody_is_called_invalid,
    a_wrong_secret_of_ones_own_refuses_nobodys_token,
    a_connection_that_lay_ready_and_was_closed_is_made_anew,
);

async fn the_reference_is_the_token_and_what_it_stands_for_is_none(server: TestServer) {
    let server = server.restarted(|config| config.tokens.reference.locator = true).await;
    let (caller, client) = shop(&server, TokenFormat::Reference).await;
    let served = Served::of(&server).await;
    let api = Api::new(&server, Way::Introspection(introspection(&served, &caller)));
    let token = token_for(&server, &client, "orders.read").await;

    assert_eq!(api.status(&token).await, 200);
    for other in [&token[11..], &token[..43], &format!("{token}="), &token.to_lowercase(), "a.b.c"]
    {
        assert_eq!(api.status(other).await, 401, "{other}");
    }
}

async fn a_kept_answer_ends_with_its_token(server: TestServer) {
    let (caller, client) = shop(&server, TokenFormat::Reference).await;
    let served = Served::of(&server).await;
    let long = introspection(&served, &caller).keeping(Duration::from_hours(24), 10);
    let api = Api::new(&server, Way::Introspection(long));
    let token = token_for(&server, &client, "orders.read").await;
    assert_eq!(api.status(&token).await, 200);

    server.advance(just_before(Duration::from_hours(1)));
    assert_eq!((api.status(&token).await, served.count("/introspect")), (200, 1));
    server.advance(MILLISECOND);
    assert_eq!(api.status(&token).await, 401);
}

async fn what_is_not_active_is_asked_about_every_time(server: TestServer) {
    let (caller, client) = shop(&server, TokenFormat::Reference).await;
    let served = Served::of(&server).await;
    let api = Api::new(&server, Way::Introspection(introspection(&served, &caller)));
    let token = token_for(&server, &client, "orders.read").await;
    let (operator, id) = (operator(), &client.id);
    let set = |status| clients::set_status(&server.app, &operator, id, status);

    set(ClientStatus::Disabled).await.unwrap();
    assert_eq!(api.status(&token).await, 401);
    set(ClientStatus::Active).await.unwrap();

    assert_eq!(api.status(&token).await, 200);
    assert_eq!(served.count("/introspect"), 2);
}

async fn without_time_to_keep_it_every_answer_is_fresh(server: TestServer) {
    let (caller, client) = shop(&server, TokenFormat::Reference).await;
    let served = Served::of(&server).await;
    let fresh = introspection(&served, &caller).keeping(Duration::ZERO, 10);
    let api = Api::new(&server, Way::Introspection(fresh));
    let token = token_for(&server, &client, "orders.read").await;

    assert_eq!(api.status(&token).await, 200);
    server.post("/revoke", &client, &format!("token={token}")).await;
    assert_eq!(api.status(&token).await, 401);
}

async fn a_kept_answer_is_good_for_its_own_token_only(server: TestServer) {
    let (caller, client) = shop(&server, TokenFormat::Reference).await;
    let served = Served::of(&server).await;
    let api = Api::new(&server, Way::Introspection(introspection(&served, &caller)));
    let read = token_for(&server, &client, "orders.read").await;
    let write = token_for(&server, &client, "orders.write").await;

    for _ in 0..2 {
        assert_eq!(api.get("/orders", &read).await.status, 200);
        assert_eq!(api.get("/orders", &write).await.status, 403);
    }
    assert_eq!(served.count("/introspect"), 2);
}

async fn active_for_somebody_else_is_not_good_here(server: TestServer) {
    let (caller, client) = shop(&server, TokenFormat::Reference).await;
    let served = Served::of(&server).await;
    let api = Api::new(&server, Way::Introspection(introspection(&served, &caller)));
    // The API's own token, which it holds: the server calls it active to its holder.
    let own = server.token(&caller).await;
    assert!(server.is_active(&caller, &own).await);
    assert_eq!(api.status(&own).await, 401);

    let token = token_for(&server, &client, "orders.read").await;
    let elsewhere = Way::Introspection(introspection(&served, &caller));
    let elsewhere = Api::with(&server, (ISSUER, "https://stock.example"), elsewhere);
    assert_eq!(elsewhere.status(&token).await, 401);
    let other = Way::Introspection(introspection(&served, &caller));
    let other = Api::with(&server, ("https://other.example", super::ORDERS), other);
    assert_eq!(other.status(&token).await, 401);
}

async fn while_the_server_is_silent_nobody_passes_and_nobody_is_called_invalid(server: TestServer) {
    let (caller, client) = shop(&server, TokenFormat::Reference).await;
    let mut served = Served::of(&server).await;
    let api = Api::new(&server, Way::Introspection(introspection(&served, &caller)));
    let token = token_for(&server, &client, "orders.read").await;
    assert_eq!(api.status(&token).await, 200);
    served.end().await;

    assert_eq!(api.status(&token).await, 200, "it was asked about a moment ago");
    server.advance(Duration::from_secs(5));
    let answer = api.get("/me", &token).await;
    assert_eq!(answer.status, 503);
    assert_eq!(answer.header("www-authenticate"), None);
    assert_eq!(answer.body, "");
}

async fn a_wrong_secret_of_ones_own_refuses_nobodys_token(server: TestServer) {
    let (caller, client) = shop(&server, TokenFormat::Reference).await;
    let served = Served::of(&server).await;
    let token = token_for(&server, &client, "orders.read").await;
    let wrong = Secret::new("wrong".to_owned());
    let wrong = Introspection::new(served.client(), caller.id.as_str(), &wrong);
    assert_eq!(Api::new(&server, Way::Introspection(wrong)).status(&token).await, 503);
}

async fn a_connection_that_lay_ready_and_was_closed_is_made_anew(server: TestServer) {
    let (caller, client) = shop(&server, TokenFormat::Reference).await;
    let mut served = Served::of(&server).await;
    let fresh = introspection(&served, &caller).keeping(Duration::ZERO, 0);
    let api = Api::new(&server, Way::Introspection(fresh));
    let token = token_for(&server, &client, "orders.read").await;
    assert_eq!(api.status(&token).await, 200);

    let address = served.address;
    served.end().await;
    let listening = tessera::server::Listening::bind(address).await.unwrap();
    let _again = Served::on(&server, listening);

    assert_eq!(api.status(&token).await, 200);
}
