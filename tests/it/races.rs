//! What happens when several do the same thing at once: for every statement that states a
//! condition, that exactly one of them is told it won.
//!
//! On PostgreSQL they come from two servers, over several connections each; on SQLite, whose file
//! has one server, from many requests to it.

mod clients;
mod codes;
mod endings;
mod keys;
mod mass_revocation;
mod nodes;
mod opening;
mod refresh;
mod secrets;
mod slots;
mod sweeping;
mod tokens;
mod uses;

use std::future::Future;

use tessera::app::App;
use tokio::task::JoinSet;

use crate::common::{Engine, TestServer};

/// How often a race is run where one run might go well by luck.
const ROUNDS: usize = 20;

/// The servers that race: two on PostgreSQL, one on SQLite.
async fn nodes(server: &TestServer) -> Vec<App> {
    match server.database().engine {
        Engine::Sqlite => vec![server.app.clone()],
        Engine::Postgres => vec![server.app.clone(), server.neighbour().await.app],
    }
}

/// Does `work` so many times at once, by turns on each of `nodes`; what each of them said.
async fn at_once<T, F>(nodes: &[App], times: usize, work: impl Fn(App, usize) -> F) -> Vec<T>
where
    T: Send + 'static,
    F: Future<Output = T> + Send + 'static,
{
    let mut runs = JoinSet::new();
    for number in 0..times {
        runs.spawn(work(nodes[number % nodes.len()].clone(), number));
    }
    runs.join_all().await
}

/// How many said yes.
fn winners(answers: &[bool]) -> usize {
    answers.iter().filter(|won| **won).count()
}
