//! The settings files in `examples/configs`: each is started as a newcomer would start it, on both
//! engines where it has a store, and does what it is for.

mod faces;
mod formats;

use std::{collections::BTreeSet, fs, path::PathBuf};

use crate::common::{
    Engine, TestClient, TestDatabase,
    http::HttpConnection,
    process::{Process, Program},
};
use tessera::model::client_id::ClientId;

/// Every example, and what does with it what it is for: one test on each engine.
macro_rules! examples {
    ($($test:ident: $name:literal),+ $(,)?) => {
        /// Those that have a test.
        const TESTED: &[&str] = &[$($name),+];

        $(mod $test {
            use super::{Engine, Example};

            #[tokio::test]
            async fn sqlite() {
                Example::run($name, Engine::Sqlite, async |it| super::$test(it).await).await;
            }

            #[tokio::test]
            async fn postgres() {
                Example::run($name, Engine::Postgres, async |it| super::$test(it).await).await;
            }
        })+
    };
}

use faces::{entries_looked_at_by_an_api, the_same_token_again, tokens_that_are_written_later};
use formats::{access_by_reference, jwt_for_one_client, jwts_by_default, refresh_by_reference};

examples! {
    entries_looked_at_by_an_api: "entry-validation",
    jwts_by_default: "openiddict",
    jwt_for_one_client: "jwt-per-client",
    access_by_reference: "reference-access",
    refresh_by_reference: "reference-refresh",
    the_same_token_again: "reuse",
    tokens_that_are_written_later: "async",
}

/// Those whose tests are elsewhere.
const ELSEWHERE: &[&str] = &[
    // tests/it/forward_auth/example.rs
    "auth-o-tron",
    // tests/it/conformance, applied rather than started with
    "conformance",
    // tests/it/declared
    "declared",
    // tests/it/no_store/example.rs, without an engine
    "no-store",
    // tests/it/token_types
    "password-reset",
    // tests/it/failover/starting.rs, on PostgreSQL: an SQLite file has no hosts
    "several-hosts",
];

/// What every client of the examples shows.
const SECRET: &str = "correct horse battery staple";

/// An example, started on a database of its own.
struct Example {
    program: Program,
    database: TestDatabase,
    process: Process,
}

impl Example {
    /// Starts an example, does something with it, and takes its database away.
    async fn run(name: &str, engine: Engine, does: impl AsyncFnOnce(&Self)) {
        let database = TestDatabase::create(engine).await;
        let program = program(name, &database);
        let process = program.serve().await;
        let example = Self { program, database, process };
        does(&example).await;
        let Self { database, process, .. } = example;
        drop(process);
        database.remove().await;
    }

    async fn connect(&self) -> HttpConnection {
        self.process.connect().await.unwrap()
    }
}

/// How to run an example on a database. Its clients take their secrets from the environment.
fn program(name: &str, database: &TestDatabase) -> Program {
    let file = folder().join(format!("{name}.toml"));
    Program::on(database)
        .set("TESSERA_CONFIG", file.to_str().unwrap())
        .set("EXAMPLE_SECRET", SECRET)
}

/// A client of an example.
fn client(name: &str) -> TestClient {
    TestClient { id: ClientId::parse(name).unwrap(), secret: SECRET.to_owned() }
}

fn folder() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("examples/configs")
}

#[test]
fn every_example_is_run_by_a_test() {
    let files = fs::read_dir(folder()).unwrap().map(|file| file.unwrap().path());
    let files = files.filter(|path| path.extension().is_some_and(|it| it == "toml"));
    let names = files.map(|path| path.file_stem().unwrap().to_str().unwrap().to_owned());
    let known: BTreeSet<String> =
        TESTED.iter().chain(ELSEWHERE).map(|name| (*name).to_owned()).collect();

    assert_eq!(names.collect::<BTreeSet<_>>(), known);
}
