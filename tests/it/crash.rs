//! The program ended under load, with and without warning, again and again: what it acknowledged
//! is so when it is back.

mod families;
mod losses;
mod uses;

use std::{
    collections::HashMap,
    env, fs,
    io::Result,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};

use tessera::store;
use tokio::task::JoinSet;

use crate::common::{
    Engine, TestClient, TestDatabase,
    http::HttpConnection,
    process::{Process, Program},
    until::until,
};

/// How many connections the load comes over.
const CONNECTIONS: usize = 24;

/// What was said of the end of a token.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Revocation {
    /// Nobody asked for it.
    None,
    /// It was asked for, and the answer never came.
    Asked,
    /// It was acknowledged.
    Acknowledged,
}

/// Every token whose issue was acknowledged.
type Ledger = HashMap<String, Revocation>;

#[tokio::test]
async fn a_server_killed_under_load_keeps_its_word_on_sqlite() {
    kill_again_and_again(Engine::Sqlite).await;
}

#[tokio::test]
async fn a_server_killed_under_load_keeps_its_word_on_postgres() {
    kill_again_and_again(Engine::Postgres).await;
}

#[tokio::test]
async fn a_server_told_to_stop_answers_what_it_accepted_on_sqlite() {
    stop_under_load(Engine::Sqlite).await;
}

#[tokio::test]
async fn a_server_told_to_stop_answers_what_it_accepted_on_postgres() {
    stop_under_load(Engine::Postgres).await;
}

#[tokio::test]
async fn a_first_start_that_is_killed_hinders_no_later_one_on_sqlite() {
    kill_first_starts(Engine::Sqlite).await;
}

#[tokio::test]
async fn a_first_start_that_is_killed_hinders_no_later_one_on_postgres() {
    kill_first_starts(Engine::Postgres).await;
}

#[tokio::test]
async fn half_a_master_key_that_a_killed_start_left_is_made_anew() {
    let database = TestDatabase::create(Engine::Sqlite).await;
    let key = store::key_path(&database.folder.join("tessera.db"));
    let unfinished = key.with_extension("key.unfinished");
    fs::write(&unfinished, "AAEC").unwrap();

    Program::on(&database).add_machine("crash");

    let key = fs::read_to_string(key).unwrap();
    assert_eq!((key.trim().len(), unfinished.exists()), (44, false));
    database.remove().await;
}

async fn kill_again_and_again(engine: Engine) {
    let database = TestDatabase::create(engine).await;
    let program = Program::on(&database);
    let client = program.add_machine("crash");
    let (mut all, mut latest) = (Ledger::new(), Ledger::new());

    for round in 0..rounds() {
        let mut server = program.serve().await;
        check(&server, &client, &latest).await;
        all.extend(latest);
        let load = Load::on(&server, &client).await;
        // Never at the same point: early, while caches are cold, and late.
        load.until_acknowledged(5 + round % 10 * 12).await;
        server.kill();
        latest = load.end().await;
        server.assert_log_holds_none_of(&client, latest.keys());
    }

    all.extend(latest);
    check(&program.serve().await, &client, &all).await;
    if engine == Engine::Postgres {
        assert!(shared_transactions(&database).await > 0, "nothing was killed in a group");
    }
    database.remove().await;
}

/// How many transactions wrote more than one of the rows that are there.
async fn shared_transactions(database: &TestDatabase) -> u64 {
    let sql = "CREATE TEMPORARY TABLE shared AS
               SELECT 1 FROM tokens GROUP BY xmin::text HAVING count(*) > 1";
    database.execute(sql).await
}

/// What was accepted is answered: so the rows are those that were acknowledged, and no other.
async fn stop_under_load(engine: Engine) {
    let database = TestDatabase::create(engine).await;
    let program = Program::on(&database);
    let client = program.add_machine("crash");
    let mut all = Ledger::new();

    for round in 1..=5 {
        let mut server = program.serve().await;
        let load = Load::on(&server, &client).await;
        load.until_acknowledged(round * 20).await;
        server.terminate();
        let status = server.ended().await;
        all.extend(load.end().await);
        assert!(status.success(), "{status}: {}", server.log());
    }

    let revoked = all.values().filter(|said| **said == Revocation::Acknowledged).count();
    let rows = database.execute("UPDATE tokens SET uses = 0").await;
    let ended = database.execute("UPDATE tokens SET uses = 0 WHERE status = 'revoked'").await;
    assert_eq!((rows, ended), (all.len() as u64, revoked as u64));
    check(&program.serve().await, &client, &all).await;
    database.remove().await;
}

/// At whatever point of making the database, the master key and the signing key the end comes.
async fn kill_first_starts(engine: Engine) {
    for milliseconds in (0..64).step_by(8) {
        let database = TestDatabase::create(engine).await;
        let program = Program::on(&database);

        let mut first = program.start();
        tokio::time::sleep(Duration::from_millis(milliseconds)).await;
        first.kill();

        let client = program.add_machine("crash");
        let server = program.serve().await;
        let mut connection = server.connect().await.unwrap();
        let token = connection.token(&client).await.unwrap();
        assert!(connection.is_active(&client, &token).await.unwrap());
        drop(server);
        database.remove().await;
    }
}

/// How often the server is killed; more with `TESSERA_CRASH_ROUNDS`.
fn rounds() -> usize {
    env::var("TESSERA_CRASH_ROUNDS").map_or(20, |rounds| rounds.parse().unwrap())
}

/// Clients that issue, look at and revoke tokens until their connection breaks.
struct Load {
    clients: JoinSet<Ledger>,
    acknowledged: Arc<AtomicUsize>,
}

impl Load {
    async fn on(server: &Process, client: &TestClient) -> Self {
        let (mut clients, acknowledged) = (JoinSet::new(), Arc::new(AtomicUsize::new(0)));
        for _ in 0..CONNECTIONS {
            let (connection, client) = (server.connect().await.unwrap(), client.clone());
            clients.spawn(use_until_it_breaks(connection, client, Arc::clone(&acknowledged)));
        }
        Self { clients, acknowledged }
    }

    async fn until_acknowledged(&self, count: usize) {
        until("acknowledged", async || self.acknowledged.load(Ordering::Relaxed) >= count).await;
    }

    /// All that was acknowledged.
    async fn end(self) -> Ledger {
        self.clients.join_all().await.into_iter().flatten().collect()
    }
}

async fn use_until_it_breaks(
    mut connection: HttpConnection,
    client: TestClient,
    acknowledged: Arc<AtomicUsize>,
) -> Ledger {
    let mut ledger = Ledger::new();
    while live_one_life(&mut connection, &client, &mut ledger).await.is_ok() {
        acknowledged.fetch_add(1, Ordering::Relaxed);
    }
    ledger
}

/// Gets a token, looks at it, and ends every second one.
async fn live_one_life(
    connection: &mut HttpConnection,
    client: &TestClient,
    ledger: &mut Ledger,
) -> Result<()> {
    let token = connection.token(client).await?;
    ledger.insert(token.clone(), Revocation::None);
    assert!(connection.is_active(client, &token).await?, "just issued");
    if ledger.len().is_multiple_of(2) {
        ledger.insert(token.clone(), Revocation::Asked);
        connection.revoke(client, &token).await?;
        ledger.insert(token.clone(), Revocation::Acknowledged);
        assert!(!connection.is_active(client, &token).await?, "just revoked");
    }
    Ok(())
}

/// Every token is as it was acknowledged to be.
async fn check(server: &Process, client: &TestClient, ledger: &Ledger) {
    let tokens: Vec<_> = ledger.iter().map(|(token, said)| (token.clone(), *said)).collect();
    let mut checks = JoinSet::new();
    for part in tokens.chunks(tokens.len().div_ceil(CONNECTIONS).max(1)) {
        let (part, client) = (part.to_vec(), client.clone());
        let mut connection = server.connect().await.unwrap();
        checks.spawn(async move {
            for (token, said) in part {
                let is_active = connection.is_active(&client, &token).await.unwrap();
                match said {
                    Revocation::None => assert!(is_active, "an acknowledged token is lost"),
                    Revocation::Acknowledged => assert!(!is_active, "a revoked token is back"),
                    Revocation::Asked => {}
                }
            }
        });
    }
    checks.join_all().await;
}
