//! examples/resource-server, in each of its three ways.

use std::net::SocketAddr;

use tessera::model::{secret::Secret, token_format::TokenFormat};
use tokio::net::TcpListener;

use crate::common::{TestServer, http::HttpConnection, on_each_engine};

use super::{ISSUER, ORDERS, Served, clock, customer, shop, token_for};

#[path = "../../../examples/resource-server/api.rs"]
pub(crate) mod api;

use api::{Asked, Settings};

on_each_engine!(the_example_serves_in_each_of_its_ways);

/// Serves it on a port of this machine.
async fn serve(server: &TestServer, served: &Served, way: Asked) -> SocketAddr {
    let settings = Settings {
        issuer: ISSUER.to_owned(),
        server: Some(format!("http://{}", served.address)),
        audience: ORDERS.to_owned(),
        way,
    };
    let router = api::api(settings, clock(server)).await.unwrap();
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    tokio::spawn(async move { axum::serve(listener, router).await });
    address
}

async fn the_example_serves_in_each_of_its_ways(server: TestServer) {
    let (caller, reference) = shop(&server, TokenFormat::Reference).await;
    let signed = customer(&server, "signed", TokenFormat::Jwt).await;
    let served = Served::of(&server).await;
    let asking = Asked::Introspection {
        client_id: caller.id.to_string(),
        secret: Secret::new(caller.secret),
    };
    let ways = [
        (Asked::Jwts, &signed),
        (asking, &reference),
        (Asked::Entries { database: server.database().url }, &reference),
    ];

    for (way, client) in ways {
        let address = serve(&server, &served, way).await;
        let mut connection = HttpConnection::to(address).await.unwrap();
        let read = format!("Bearer {}", token_for(&server, client, "orders.read").await);
        let write = format!("Bearer {}", token_for(&server, client, "orders.write").await);

        let orders = connection.get_with("/orders", &[("authorization", &read)]).await.unwrap();
        assert_eq!(orders.json()["of"], client.id.as_str());
        let me = connection.get_with("/me", &[("authorization", &write)]).await.unwrap();
        assert_eq!(me.json()["scope"], "orders.write");
        let lacking = connection.get_with("/orders", &[("authorization", &write)]).await.unwrap();
        assert_eq!(lacking.status, 403);
        let bare = connection.get("/orders").await.unwrap();
        assert_eq!(bare.header("www-authenticate"), Some("Bearer realm=\"orders\""));
        assert_eq!(connection.get("/healthz").await.unwrap().status, 200);
    }
}
