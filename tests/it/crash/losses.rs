//! What a crash costs in each mode of persistence: measured, not believed.

use super::{Ledger, Load, Revocation};
use crate::common::{
    Engine, TestDatabase,
    process::{Process, Program},
};

/// How often the server is killed in each mode.
const KILLS: usize = 4;

/// How many tokens may wait.
const LIMIT: usize = 500;

#[tokio::test]
async fn synchronous_persistence_loses_nothing_and_asynchronous_no_more_than_waits_on_sqlite() {
    compare(Engine::Sqlite).await;
}

#[tokio::test]
async fn synchronous_persistence_loses_nothing_and_asynchronous_no_more_than_waits_on_postgres() {
    compare(Engine::Postgres).await;
}

/// What was acknowledged, and what of it is not there after the crash.
#[derive(Debug, Default)]
struct Losses {
    acknowledged: usize,
    lost: usize,
    most_at_once: usize,
}

async fn compare(engine: Engine) {
    let sync = measure(engine, &[]).await;
    let limit = LIMIT.to_string();
    let later = measure(
        engine,
        &[
            ("TESSERA_PERSISTENCE__MODE", "async"),
            ("TESSERA_PERSISTENCE__ACCEPT_LOSS", "true"),
            ("TESSERA_PERSISTENCE__POOL_SIZE", "2"),
            ("TESSERA_PERSISTENCE__QUEUE_LIMIT", &limit),
        ],
    )
    .await;

    // Shown with --nocapture.
    println!("{engine:?}, {KILLS} crashes each: sync {sync:?}, async {later:?}");
    assert!(sync.acknowledged > 0 && later.acknowledged > 0);
    assert_eq!(sync.lost, 0, "an acknowledged token is lost: {sync:?}");
    assert!(later.most_at_once <= LIMIT, "more is lost than may wait: {later:?}");
}

async fn measure(engine: Engine, settings: &[(&str, &str)]) -> Losses {
    let database = TestDatabase::create(engine).await;
    let program = Program::on(&database);
    let program = settings.iter().fold(program, |program, (name, value)| program.set(name, value));
    let client = program.add_machine("crash");
    let mut losses = Losses::default();
    for round in 0..KILLS {
        let mut server = program.serve().await;
        let load = Load::on(&server, &client).await;
        load.until_acknowledged(10 + round * 20).await;
        server.kill();
        let ledger = load.end().await;

        let server = program.serve().await;
        let lost = count_lost(&server, &client, &ledger).await;
        losses.acknowledged += ledger.len();
        losses.lost += lost;
        losses.most_at_once = losses.most_at_once.max(lost);
    }
    database.remove().await;
    losses
}

/// How many tokens that nobody revoked are not there. What was revoked is dead in any mode.
async fn count_lost(
    server: &Process,
    client: &crate::common::TestClient,
    ledger: &Ledger,
) -> usize {
    let mut connection = server.connect().await.unwrap();
    let mut lost = 0;
    for (token, said) in ledger {
        let is_active = connection.is_active(client, token).await.unwrap();
        match said {
            Revocation::None => lost += usize::from(!is_active),
            Revocation::Acknowledged => assert!(!is_active, "a revoked token is back"),
            Revocation::Asked => {}
        }
    }
    lost
}
