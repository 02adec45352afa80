//! Opening: several servers at one database that is still empty.

use std::sync::Arc;

use tessera::{
    app::{App, Clock, OpenError, Opened},
    model::{issuer::Issuer, secret::Random, signature_algorithm::SignatureAlgorithm},
    store,
};
use tokio::{sync::Barrier, task::JoinSet};

use crate::common::{
    Engine, TestDatabase,
    server::{ISSUER, START, config_for},
};

#[tokio::test]
async fn eight_servers_open_one_empty_database_at_once() {
    let database = TestDatabase::create(Engine::Postgres).await;

    let apps: Vec<App> =
        open_at_once(&database, 8).await.into_iter().map(|o| o.unwrap().app).collect();

    let kid = |app: &App| app.tokens.keys().signing(SignatureAlgorithm::Es256).unwrap().kid.clone();
    assert!(apps.iter().all(|app| kid(app) == kid(&apps[0])));
    drop(apps);
    database.remove().await;
}

#[tokio::test]
async fn one_of_several_processes_opens_an_sqlite_file() {
    let database = TestDatabase::create(Engine::Sqlite).await;

    let opened = open_at_once(&database, 4).await;

    let owned =
        |o: &Result<_, OpenError>| matches!(o, Err(OpenError::Store(store::Error::Owned(_))));
    assert_eq!(opened.iter().filter(|o| o.is_ok()).count(), 1);
    assert_eq!(opened.iter().filter(|o| owned(o)).count(), 3);
    drop(opened);
    open(&database).await.expect("nobody holds it any more");
    database.remove().await;
}

#[tokio::test]
async fn the_fewest_connections_are_enough_to_open_an_empty_database() {
    let database = TestDatabase::create(Engine::Postgres).await;
    let mut config = config_for(&database);
    config.store.connections = 8;

    let issuer = Issuer::parse(ISSUER).unwrap();
    let opened = App::open(config, issuer, Clock::new(|| START), Random::system()).await;

    assert!(opened.is_ok(), "{opened:?}");
    drop(opened);
    database.remove().await;
}

async fn open_at_once(database: &TestDatabase, times: usize) -> Vec<Result<Opened, OpenError>> {
    let start = Arc::new(Barrier::new(times));
    let mut servers = JoinSet::new();
    for _ in 0..times {
        let (database, start) = (database.clone(), Arc::clone(&start));
        servers.spawn(async move {
            start.wait().await;
            open(&database).await
        });
    }
    servers.join_all().await
}

async fn open(database: &TestDatabase) -> Result<Opened, OpenError> {
    let issuer = Issuer::parse(ISSUER).unwrap();
    App::open(config_for(database), issuer, Clock::new(|| START), Random::system()).await
}
