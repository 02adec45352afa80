//! What tests have in common: a server of one's own for each, on each engine.

pub mod asking;
pub mod browser;
pub mod certificates;
pub mod client;
pub mod codes;
pub mod database;
pub mod families;
pub mod held;
pub mod http;
pub mod line;
pub mod logged;
pub mod measured;
pub mod pair;
pub mod people;
pub mod process;
pub mod server;
pub mod smtp;
pub mod stateless;
pub mod typed;
pub mod until;

pub use browser::{Browser, Form};
pub use client::TestClient;
pub use database::{Engine, TestDatabase};
pub use measured::Measured;
pub use server::TestServer;

/// Runs each test once per engine, every time on a database of its own. A test that is not listed
/// is dead code, which the compiler reports.
macro_rules! on_each_engine {
    ($($test:ident),+ $(,)?) => {$(
        mod $test {
            use $crate::common::{Engine, TestServer};

            #[tokio::test]
            async fn sqlite() {
                let server = TestServer::on(Engine::Sqlite).await;
                let database = server.database();
                super::$test(server).await;
                database.remove().await;
            }

            #[tokio::test]
            async fn postgres() {
                let server = TestServer::on(Engine::Postgres).await;
                let database = server.database();
                super::$test(server).await;
                database.remove().await;
            }
        }
    )+};
}
pub(crate) use on_each_engine;
