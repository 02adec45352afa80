//! Families that are refreshed without a pause while their server is killed again and again: the
//! client that asks again with the token that it has goes on, and none is cut off.

use std::{
    net::SocketAddr,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
};

use serde_json::Value;
use tessera::model::client_id::ClientId;
use tokio::task::JoinSet;

use super::until;
use crate::common::{
    Engine, TestClient, TestDatabase,
    http::HttpConnection,
    process::{Process, Program},
};

const FAMILIES: usize = 12;
const KILLS: usize = 5;

#[tokio::test]
async fn a_client_whose_answers_are_lost_keeps_its_family_on_sqlite() {
    refresh_while_it_is_killed(Engine::Sqlite).await;
}

#[tokio::test]
async fn a_client_whose_answers_are_lost_keeps_its_family_on_postgres() {
    refresh_while_it_is_killed(Engine::Postgres).await;
}

async fn refresh_while_it_is_killed(engine: Engine) {
    let database = TestDatabase::create(engine).await;
    let program = Program::on(&database)
        .set("TESSERA_LOG__LEVEL", "info")
        // The machine may be busy; what is to be seen is that nobody is cut off by a crash.
        .set("TESSERA_TOKENS__REFRESH__REUSE_LEEWAY", "10m");
    let grants = ["--grant", "client_credentials", "--grant", "refresh_token"];
    let add = ["client", "add", "app", "--kind", "machine", "--scope", "read"];
    let secret = program.run(&[add.as_slice(), &grants].concat(), "").trim().to_owned();
    let client = TestClient { id: ClientId::parse("app").unwrap(), secret };
    let mut tokens: Vec<String> = (0..FAMILIES)
        .map(|_| {
            let issued = program.run(&["token", "issue", "--client", "app", "--refresh"], "");
            issued.lines().nth(1).unwrap().to_owned()
        })
        .collect();

    for _ in 0..KILLS {
        let mut server = program.serve().await;
        let answers = Arc::new(AtomicUsize::new(0));
        let load = refresh_until_it_breaks(server.address(), &client, tokens, &answers);
        let load = tokio::spawn(load);
        until("refreshed", async || answers.load(Ordering::SeqCst) > 3 * FAMILIES).await;
        server.kill();
        tokens = load.await.unwrap();
    }

    let server = program.serve().await;
    for token in &tokens {
        let (status, answer) = refresh(&server, &client, token).await;
        assert_eq!(status, 200, "{answer}");
    }
    // Nobody was given two tokens that are both good.
    assert_eq!(database.count("tokens WHERE kind = 'refresh' AND status = 'valid'").await, 12);
    drop(server);
    database.remove().await;
}

async fn refresh(server: &Process, client: &TestClient, token: &str) -> (u16, Value) {
    let mut connection = server.connect().await.unwrap();
    let answer = connection.post("/token", client, &form(token)).await.unwrap();
    (answer.status, answer.json())
}

fn form(token: &str) -> String {
    format!("grant_type=refresh_token&refresh_token={token}")
}

/// Refreshes each family until its connection breaks. Returns the last token that each client got.
fn refresh_until_it_breaks(
    address: SocketAddr,
    client: &TestClient,
    tokens: Vec<String>,
    answers: &Arc<AtomicUsize>,
) -> impl Future<Output = Vec<String>> + use<> {
    let mut callers = JoinSet::new();
    for mut token in tokens {
        let (client, answers) = (client.clone(), Arc::clone(answers));
        callers.spawn(async move {
            let Ok(mut connection) = HttpConnection::to(address).await else { return token };
            while let Ok(answer) = connection.post("/token", &client, &form(&token)).await {
                assert_eq!(answer.status, 200, "{answer:?}");
                answer.json()["refresh_token"].as_str().unwrap().clone_into(&mut token);
                answers.fetch_add(1, Ordering::SeqCst);
            }
            token
        });
    }
    async move { callers.join_all().await }
}
