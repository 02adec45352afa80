//! `store.enabled = false`: JWTs without any database, and what every operation answers then.

mod answers;
mod commands;
mod example;
mod keys;
mod people;
mod reloading;
mod starting;
mod starting_together;

use crate::common::{Engine, TestDatabase, process::Program};

/// The program without a store, in a folder of its own. Its settings stand in `config.toml`.
async fn program() -> (TestDatabase, Program) {
    let database = TestDatabase::create(Engine::Sqlite).await;
    let program = Program::on(&database)
        .without("TESSERA_STORE__URL")
        .without("TESSERA_SERVER__ISSUER")
        .without("TESSERA_LOG__LEVEL");
    (database, program)
}

fn write(database: &TestDatabase, name: &str, text: &str) {
    std::fs::write(database.folder.join(name), text).unwrap();
}
