//! Uses that many want at once, over several servers, and through their violent ends: as many are
//! allowed as there are, and never one more.

use std::{fs, net::SocketAddr, sync::Arc};

use serde_json::{Value, json};
use tessera::model::client_id::ClientId;
use tokio::{sync::Mutex, task::JoinSet};

use super::{CONNECTIONS, until};
use crate::common::{
    Engine, TestClient, TestDatabase,
    http::HttpConnection,
    process::{Process, Program},
};

/// How many calls there are, and how many of them there are uses for.
const CALLS: usize = 10_000;
const USES: usize = 3_333;

/// How many uses a token has that is used while its server is killed, and how often that happens.
const USES_OF_THE_KILLED: usize = 400;
const KILLS: usize = 6;

#[tokio::test]
async fn of_ten_thousand_calls_as_many_are_allowed_as_there_are_uses_on_sqlite() {
    spend_by_ten_thousand_calls(Engine::Sqlite).await;
}

/// Two servers share the database.
#[tokio::test]
async fn of_ten_thousand_calls_as_many_are_allowed_as_there_are_uses_on_postgres() {
    spend_by_ten_thousand_calls(Engine::Postgres).await;
}

#[tokio::test]
async fn a_server_that_is_killed_grants_no_use_too_many_on_sqlite() {
    spend_while_it_is_killed(Engine::Sqlite).await;
}

#[tokio::test]
async fn a_server_that_is_killed_grants_no_use_too_many_on_postgres() {
    spend_while_it_is_killed(Engine::Postgres).await;
}

/// A database whose servers know tickets, and a client that may do everything about them.
fn box_office(database: &TestDatabase, uses: usize) -> (Program, TestClient) {
    let types = format!(
        "[[token_types]]\nname = 'Ticket'\n[[token_types.rules]]\ntype = 'UseCount'\n\
         max_use_count = {uses}\n"
    );
    fs::write(database.folder.join("config.toml"), types).unwrap();
    let program = Program::on(database).set("TESSERA_LOG__LEVEL", "info");
    let scope = "tokens.create:ticket tokens.use:ticket";
    let add = ["client", "add", "office", "--kind", "machine", "--scope", scope];
    let secret = program.run(&add, "").trim().to_owned();
    (program, TestClient { id: ClientId::parse("office").unwrap(), secret })
}

async fn bearer(server: &Process, client: &TestClient) -> String {
    server.connect().await.unwrap().token(client).await.unwrap()
}

async fn ticket(server: &Process, bearer: &str) -> String {
    let mut connection = server.connect().await.unwrap();
    let made = connection.post_json("/tokens", bearer, &json!({"type": "Ticket"})).await.unwrap();
    made.json()["token"].as_str().unwrap().to_owned()
}

async fn spend_by_ten_thousand_calls(engine: Engine) {
    let database = TestDatabase::create(engine).await;
    let (program, client) = box_office(&database, USES);
    let mut servers = vec![program.serve().await];
    if engine == Engine::Postgres {
        servers.push(program.clone().named("second").serve().await);
    }
    let bearer = bearer(&servers[0], &client).await;
    let request = json!({"type": "Ticket", "token": ticket(&servers[0], &bearer).await});

    let mut callers = JoinSet::new();
    for number in 0..CONNECTIONS {
        let mut connection = servers[number % servers.len()].connect().await.unwrap();
        let (bearer, request) = (bearer.clone(), request.clone());
        callers.spawn(async move {
            let mut allowed = 0;
            for _ in (number..CALLS).step_by(CONNECTIONS) {
                let answer = connection.post_json("/tokens/use", &bearer, &request).await.unwrap();
                match outcome(&answer.json()).as_str() {
                    "allowed" => allowed += 1,
                    outcome => assert_eq!(outcome, "invalid", "{answer:?}"),
                }
            }
            allowed
        });
    }
    let allowed: usize = callers.join_all().await.into_iter().sum();

    assert_eq!(allowed, USES);
    drop(servers);
    database.remove().await;
}

/// Uses that have a key of their own, and are asked for until there is an answer.
#[derive(Clone)]
struct Keyed {
    /// Those that nobody has an answer to.
    waiting: Arc<Mutex<Vec<usize>>>,
    allowed: Arc<Mutex<Vec<usize>>>,
}

async fn spend_while_it_is_killed(engine: Engine) {
    let database = TestDatabase::create(engine).await;
    let (program, client) = box_office(&database, USES_OF_THE_KILLED);
    let mut server = program.serve().await;
    let bearer = bearer(&server, &client).await;
    let [plain, with_keys] = [ticket(&server, &bearer).await, ticket(&server, &bearer).await];
    let keyed = Keyed {
        waiting: Arc::new(Mutex::new((0..USES_OF_THE_KILLED + 50).collect())),
        allowed: Arc::default(),
    };

    let mut allowed = 0;
    for round in 1..=KILLS + 1 {
        let (address, is_last) = (server.address(), round > KILLS);
        let plain = use_until_it_breaks(address, &bearer, &plain, is_last);
        let keyed = use_each_key(address, &bearer, &with_keys, &keyed);
        let uses = tokio::spawn(async move { tokio::join!(plain, keyed).0 });
        if !is_last {
            let used = format!("tokens WHERE uses >= {}", round * 40);
            until("used", async || database.count(&used).await == 2).await;
            server.kill();
        }
        allowed += uses.await.unwrap();
        if !is_last {
            server = program.serve().await;
        }
    }

    // What was asked for at the moment of an end may have been spent without anybody's knowledge.
    assert!(allowed <= USES_OF_THE_KILLED, "{allowed} uses of {USES_OF_THE_KILLED}");
    assert!(allowed + KILLS * CONNECTIONS / 2 >= USES_OF_THE_KILLED, "{allowed}");
    let mut keys = keyed.allowed.lock().await.clone();
    keys.sort_unstable();
    keys.dedup();
    assert_eq!(keys.len(), USES_OF_THE_KILLED, "a retry with the same key is the same use");
    drop(server);
    database.remove().await;
}

/// Returns how many uses were allowed. Ends with the connections, or when nothing is left.
fn use_until_it_breaks(
    address: SocketAddr,
    bearer: &str,
    token: &str,
    is_last: bool,
) -> impl Future<Output = usize> + use<> {
    let (bearer, request) = (bearer.to_owned(), json!({"type": "Ticket", "token": token}));
    async move {
        let mut callers = JoinSet::new();
        for _ in 0..CONNECTIONS / 2 {
            let (bearer, request) = (bearer.clone(), request.clone());
            callers.spawn(async move {
                let mut allowed = 0;
                let Ok(mut connection) = HttpConnection::to(address).await else { return allowed };
                while let Ok(answer) = connection.post_json("/tokens/use", &bearer, &request).await
                {
                    match outcome(&answer.json()).as_str() {
                        "allowed" => allowed += 1,
                        _ if is_last => break,
                        _ => {}
                    }
                }
                allowed
            });
        }
        callers.join_all().await.into_iter().sum()
    }
}

/// Asks for each use that waits, until the connections break or none waits.
fn use_each_key(
    address: SocketAddr,
    bearer: &str,
    token: &str,
    keyed: &Keyed,
) -> impl Future<Output = ()> + use<> {
    let (bearer, token, keyed) = (bearer.to_owned(), token.to_owned(), keyed.clone());
    async move {
        let mut callers = JoinSet::new();
        for _ in 0..CONNECTIONS / 2 {
            let (bearer, token, keyed) = (bearer.clone(), token.clone(), keyed.clone());
            callers.spawn(async move {
                let Ok(mut connection) = HttpConnection::to(address).await else { return };
                loop {
                    let Some(key) = keyed.waiting.lock().await.pop() else { return };
                    let request =
                        json!({"type": "Ticket", "token": token, "use_key": key.to_string()});
                    match connection.post_json("/tokens/use", &bearer, &request).await {
                        Ok(answer) if outcome(&answer.json()) == "allowed" => {
                            keyed.allowed.lock().await.push(key);
                        }
                        Ok(_) => {}
                        Err(_) => return keyed.waiting.lock().await.push(key),
                    }
                }
            });
        }
        callers.join_all().await;
    }
}

fn outcome(answer: &Value) -> String {
    answer["outcome"].as_str().unwrap_or_else(|| panic!("{answer}")).to_owned()
}
