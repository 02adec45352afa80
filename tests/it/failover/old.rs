//! A primary of old that comes back, and takes writes as if nothing had happened.

use super::{is_ready, node, promote, revoke, uses};
use crate::common::{pair::Pair, until::until};

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_primary_of_old_is_not_used_even_if_there_is_no_other() {
    let pair = Pair::start().await;
    let node = node(&pair).await;
    let client = node.machine("mailer", "read").await;
    let token = node.token(&client).await;
    tokio::task::block_in_place(|| pair.kill(&pair.primary));
    promote(&pair).await;
    until("moved", async || uses(&node, &pair.standby) && is_ready(&node).await).await;
    revoke(&node, &client, &token).await;

    tokio::task::block_in_place(|| {
        pair.wait_for_no_standby(&pair.primary);
        pair.start_host(&pair.primary);
    });
    assert_eq!(node.app.store.hosts().await.iter().filter(|host| host.takes_writes).count(), 2);
    assert!(!node.is_active(&client, &token).await, "it was revoked on the one that follows");
    tokio::task::block_in_place(|| pair.kill(&pair.standby));

    let old = format!("{} takes writes, but on timeline 1, before 2", pair.primary.name());
    until("told why", async || {
        let said =
            node.app.store.ping().await.map_or_else(|error| error.to_string(), |()| String::new());
        said.contains(&old)
    })
    .await;
    assert!(!is_ready(&node).await);
    let answer = node.post("/introspect", &client, &format!("token={token}")).await;
    answer.assert_error(503, "temporarily_unavailable");

    tokio::task::block_in_place(|| pair.start_host(&pair.standby));
    until("ready", async || is_ready(&node).await).await;
    assert!(uses(&node, &pair.standby) && !node.is_active(&client, &token).await);
}
