//! What it costs.

use tessera::{
    acts::{
        clients::ClientChanges,
        tokens::{MassRevocation, revoke_many},
    },
    model::client::ClientKind,
};

use crate::common::{Engine, TestClient, TestServer, server::operator};

use super::scene::{copies, issue, parse};

/// Says what it costs to end so many tokens of one client, by one statement and in batches:
/// `TESSERA_MANY=100000 cargo test --release --test it measured -- --ignored --nocapture`.
#[tokio::test]
#[ignore = "it measures"]
async fn measured() {
    let many = std::env::var("TESSERA_MANY").map_or(10_000, |many| many.parse().unwrap());
    for engine in [Engine::Sqlite, Engine::Postgres] {
        let server = TestServer::on(engine).await;
        for query in ["client:mailer", "client:mailer type:access"] {
            let name = if query.contains(' ') { "mailer" } else { "other" };
            server.client(name, ClientKind::Machine, ClientChanges::default()).await;
            let client = TestClient {
                secret: String::new(),
                id: tessera::model::client_id::ClientId::parse(name).unwrap(),
            };
            issue(&server, &client, None, None).await;
            copies(&server, name, many - 1).await;
            let query = query.replace("mailer", name);
            let began = std::time::Instant::now();
            let revocation = MassRevocation::see(&server.app, parse(&query), false).await.unwrap();
            let tokens = revocation.measure(&server.app).await.unwrap().tokens;
            let counted = began.elapsed();
            let ended = revoke_many(&server.app, &operator(), &revocation, "x").await.unwrap();
            let took = began.elapsed().saturating_sub(counted);
            println!("{engine:?} {query}: {tokens} counted in {counted:?}, {ended:?} in {took:?}");
        }
        server.database().remove().await;
    }
}
