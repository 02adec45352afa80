//! A primary that falls silent, as a machine does that loses its power: no connection breaks.

use std::time::Duration;

use tokio::time::timeout;

use super::{STORE_TIMEOUT, is_ready, promote, revoke};
use crate::common::{
    TestServer,
    line::{Line, LineState},
    pair::Pair,
    until::until,
};

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_silent_primary_is_left_as_soon_as_another_takes_writes() {
    let pair = Pair::start().await;
    let mut to_primary = Line::to(pair.primary.address()).await;
    let to_standby = Line::to(pair.standby.address()).await;
    let [primary, standby] = [&to_primary, &to_standby].map(|line| line.address().port());
    let database = pair.database_at(&Pair::url(&[primary, standby], "tessera"));
    let node = TestServer::on_prepared(database).await.unwrap();
    let node = node.restarted(|config| config.store.timeout = STORE_TIMEOUT * 10).await;
    let client = node.machine("mailer", "read").await;
    let [live, ended] = [node.token(&client).await, node.token(&client).await];
    revoke(&node, &client, &ended).await;

    to_primary.set(LineState::Silent).await;
    // One that was asked before waits; whoever asks once it is known is told at once.
    until("not ready", async || {
        let asked = timeout(Duration::from_secs(1), node.app.store.ping());
        matches!(asked.await, Ok(Err(_)))
    })
    .await;
    until("without a lease", async || !node.app.store.answers_from_cache()).await;
    promote(&pair).await;

    // What was asked of the silent one is given up, long before its time is over.
    until("ready", async || is_ready(&node).await).await;
    assert_eq!(node.app.store.host(), Some(to_standby.address().to_string()));
    assert!(node.is_active(&client, &live).await && !node.is_active(&client, &ended).await);
    node.token(&client).await;
}
