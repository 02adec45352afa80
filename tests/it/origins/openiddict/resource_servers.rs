//! APIs that look at tokens by themselves, in the database, or by asking.

use std::time::Duration;

use tessera::{model::token_format::TokenFormat, validation::Way};

use crate::{
    common::{TestServer, on_each_engine},
    validation::{
        Api, MILLISECOND, Served, customer, introspection, just_before, jwts, shop, token_for,
        with_entries,
    },
};

on_each_engine!(
    b08_a_revoked_jwt_is_good_for_who_checks_it_alone_until_it_expires,
    b09_a_revoked_jwt_is_refused_by_the_first_call_after_it,
    b10_a_remote_api_asks_and_a_revoked_token_is_refused_within_five_seconds,
);

async fn b08_a_revoked_jwt_is_good_for_who_checks_it_alone_until_it_expires(server: TestServer) {
    let (_, client) = shop(&server, TokenFormat::Jwt).await;
    let served = Served::of(&server).await;
    let api = Api::new(&server, jwts(&served, &server));
    let token = token_for(&server, &client, "orders.read").await;

    assert_eq!(api.status(&token).await, 200);
    assert_eq!(server.post("/revoke", &client, &format!("token={token}")).await.status, 200);
    assert!(!server.is_active(&client, &token).await);

    assert_eq!(api.status(&token).await, 200);
    server.advance(just_before(Duration::from_hours(1)));
    assert_eq!(api.status(&token).await, 200);
    server.advance(MILLISECOND);
    assert_eq!(api.status(&token).await, 401);
}

async fn b09_a_revoked_jwt_is_refused_by_the_first_call_after_it(server: TestServer) {
    let (_, client) = shop(&server, TokenFormat::Jwt).await;
    let served = Served::of(&server).await;
    let api = with_entries(&server, &served).await;
    let token = token_for(&server, &client, "orders.read").await;
    assert_eq!(api.get("/orders", &token).await.body, "shop orders.read Sensitive");
    assert_eq!(api.get("/both", &token).await.status, 403);

    server.post("/revoke", &client, &format!("token={token}")).await;

    assert_eq!(api.status(&token).await, 401);
    assert_eq!(served.count("/introspect"), 0);
}

async fn b10_a_remote_api_asks_and_a_revoked_token_is_refused_within_five_seconds(
    server: TestServer,
) {
    let (caller, shop) = shop(&server, TokenFormat::Reference).await;
    let signed = customer(&server, "signed", TokenFormat::Jwt).await;
    let served = Served::of(&server).await;
    let api = Api::new(&server, Way::Introspection(introspection(&served, &caller)));

    for client in [shop, signed] {
        let token = token_for(&server, &client, "orders.read").await;
        let before = served.count("/introspect");
        let expected = format!("{} orders.read Sensitive", client.id);
        assert_eq!(api.get("/orders", &token).await.body, expected);
        assert_eq!(api.get("/both", &token).await.status, 403);
        assert_eq!(served.count("/introspect"), before + 1);

        server.post("/revoke", &client, &format!("token={token}")).await;
        server.advance(just_before(Duration::from_secs(5)));
        assert_eq!(api.status(&token).await, 200);
        server.advance(MILLISECOND);
        assert_eq!(api.status(&token).await, 401);
        assert_eq!(served.count("/introspect"), before + 2);
    }
}
