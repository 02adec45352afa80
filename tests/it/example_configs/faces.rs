//! What becomes of a token between the client, the database and an API.

use axum::{
    body::Body,
    http::{Request, StatusCode, header},
};
use tessera::model::{clock::Clock, timestamp::Timestamp};
use tower::ServiceExt;

use super::{Example, client};
use crate::{
    common::{people::opened, until::until},
    validation::example::api::{Asked, Settings, api},
};

pub(super) async fn the_same_token_again(it: &Example) {
    let (service, mut connection) = (client("service"), it.connect().await);

    let first = connection.token(&service).await.unwrap();
    let again = connection.token(&service).await.unwrap();

    assert_eq!((&again, it.database.count("tokens").await), (&first, 1));
    connection.revoke(&service, &first).await.unwrap();
    let another = connection.token(&service).await.unwrap();
    assert_ne!(another, first);
    assert!(connection.is_active(&service, &another).await.unwrap());
}

pub(super) async fn tokens_that_are_written_later(it: &Example) {
    let (service, mut connection) = (client("service"), it.connect().await);
    let mut tokens = Vec::new();
    for _ in 0..20 {
        tokens.push(connection.token(&service).await.unwrap());
    }

    for token in &tokens {
        assert!(connection.is_active(&service, token).await.unwrap());
    }
    until("written", async || it.database.count("tokens").await == 20).await;
    assert!(it.process.log().contains("persistence.mode is async, which is discouraged"));
}

/// The API is examples/resource-server, on the same database.
pub(super) async fn entries_looked_at_by_an_api(it: &Example) {
    let (service, mut connection) = (client("service"), it.connect().await);
    let token = connection.token(&service).await.unwrap();
    let issued_at = opened(&token).1["iat"].as_i64().unwrap();
    let settings = Settings {
        issuer: "https://id.example".to_owned(),
        server: Some(format!("http://{}", it.process.address())),
        audience: "https://orders.example".to_owned(),
        way: Asked::Entries { database: it.database.url.clone() },
    };
    let api = api(settings, Clock::new(move || Timestamp(issued_at * 1000))).await.unwrap();
    let ask = async || {
        let bearer = format!("Bearer {token}");
        let request = Request::get("/me").header(header::AUTHORIZATION, bearer);
        api.clone().oneshot(request.body(Body::empty()).unwrap()).await.unwrap().status()
    };
    assert_eq!(ask().await, StatusCode::OK);

    connection.revoke(&service, &token).await.unwrap();

    assert_eq!(ask().await, StatusCode::UNAUTHORIZED, "at its first call after that");
}
