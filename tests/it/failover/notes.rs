//! What a node noted at a primary that is gone.

use super::{node, promote};
use crate::{
    common::{pair::Pair, until::until},
    persistence::later,
};

/// A standby that is behind does not have the note.
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn that_tokens_may_wait_is_noted_anew_where_another_host_takes_over() {
    let pair = Pair::start().await;
    let node = node(&pair).await;
    let client = node.machine("mailer", "read").await;
    let node = node.restarted(|config| later(config, 0)).await;
    node.token(&client).await;

    tokio::task::block_in_place(|| pair.kill(&pair.primary));
    until("not ready", async || !super::is_ready(&node).await).await;
    promote(&pair).await;
    until("ready", async || super::is_ready(&node).await).await;
    let standby = pair.database_at(&Pair::url(&[pair.standby.port], "tessera"));
    let forgotten = "DELETE FROM leases WHERE name = 'waiting'";
    assert_eq!(standby.execute(forgotten).await, 1);

    node.token(&client).await;

    assert_eq!(standby.count("leases WHERE name = 'waiting'").await, 1);
}
