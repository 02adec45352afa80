//! Revoked on one node, looked at on all others at once, again and again, while the connections by
//! which they hear of it are cut.

use std::{
    env,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};

use tessera::model::secret::Random;
use tokio::task::JoinSet;

use super::{Cluster, cut_a_listener, hits};
use crate::common::{TestClient, TestDatabase, http::HttpConnection};

const NODES: usize = 3;

/// How many revoke and look at the same time.
const READERS: usize = 12;

/// The longest time between two cuts, in milliseconds.
const LONGEST_PEACE: u64 = 3000;

#[tokio::test]
async fn no_node_answers_from_before_a_revocation_whatever_is_cut() {
    let cluster = Cluster::of(NODES).await;
    let left = Arc::new(AtomicUsize::new(pairs()));

    let mut readers = JoinSet::new();
    for _ in 0..READERS {
        let (nodes, client) = (cluster.connect().await, cluster.client.clone());
        let nodes = nodes.try_into().unwrap_or_else(|_| unreachable!("one to each node"));
        readers.spawn(revoke_and_look(nodes, client, Arc::clone(&left)));
    }
    let cutting = tokio::spawn(cut_at_random(cluster.database.clone()));
    let stale: Vec<String> = readers.join_all().await.into_iter().flatten().collect();
    cutting.abort();

    assert!(stale.is_empty(), "{} answers from before: {stale:?}", stale.len());
    for node in &cluster.nodes {
        let hits = hits(&node.metrics().await);
        assert!(hits > pairs() as u64 / 4, "{hits}: too little was kept to have tried much");
    }
    cluster.end().await;
}

/// How many tokens are revoked and looked at; more with `TESSERA_NODE_PAIRS`.
fn pairs() -> usize {
    env::var("TESSERA_NODE_PAIRS").map_or(400, |pairs| pairs.parse().unwrap())
}

/// Gets tokens, looks at each everywhere, revokes it somewhere and looks again everywhere. Returns
/// what was answered from before.
async fn revoke_and_look(
    mut nodes: [HttpConnection; NODES],
    client: TestClient,
    left: Arc<AtomicUsize>,
) -> Vec<String> {
    let random = Random::system();
    let one_less = |left: usize| left.checked_sub(1);
    let mut stale = Vec::new();
    while left.fetch_update(Ordering::Relaxed, Ordering::Relaxed, one_less).is_ok() {
        let issuer = any_of(NODES, &random);
        let token = nodes[issuer].token(&client).await.unwrap();
        for _ in 0..2 {
            // The first look is kept; the second is answered from what is kept.
            assert_eq!(look(&mut nodes, &client, &token).await, [true; NODES], "just issued");
        }

        let ender = any_of(NODES, &random);
        nodes[ender].revoke(&client, &token).await.unwrap();
        let seen = look(&mut nodes, &client, &token).await;

        if seen != [false; NODES] {
            stale.push(format!("revoked on {ender}, seen {seen:?}"));
        }
    }
    stale
}

/// What every node says of a token, all asked at once.
async fn look(
    [first, second, third]: &mut [HttpConnection; NODES],
    client: &TestClient,
    token: &str,
) -> [bool; NODES] {
    let looks = tokio::try_join!(
        first.is_active(client, token),
        second.is_active(client, token),
        third.is_active(client, token),
    );
    looks.unwrap().into()
}

async fn cut_at_random(database: TestDatabase) {
    let random = Random::system();
    loop {
        let peace = Duration::from_millis(random.bits() % LONGEST_PEACE);
        tokio::time::sleep(peace).await;
        cut_a_listener(&database).await;
    }
}

fn any_of(length: usize, random: &Random) -> usize {
    usize::try_from(random.bits() % length as u64).unwrap()
}
