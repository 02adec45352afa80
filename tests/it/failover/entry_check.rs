//! The entry check of a resource server, whose address has both hosts.

use tessera::{
    model::{secret::Sha256, token_entry::EntryStatus},
    store::{EntryReader, ReadError},
};

use super::{node, promote, revoke, uses};
use crate::common::{TestServer, pair::Pair, until::until};

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn the_entry_check_asks_the_primary_wherever_it_stands_and_its_successor() {
    let pair = Pair::start().await;
    let node = node(&pair).await;
    let client = node.machine("mailer", "read").await;
    let [live, ended] = [node.token(&client).await, node.token(&client).await];
    let url = Pair::url(&[pair.standby.port, pair.primary.port], "tessera");
    let reader = EntryReader::open(&url).await.unwrap();
    assert!(is_active(&reader, &live).await.unwrap());

    tokio::task::block_in_place(|| pair.kill(&pair.primary));
    let nobody = is_active(&reader, &live).await;
    assert!(matches!(nobody, Err(ReadError::NoHost(_))), "{nobody:?}");
    let nobody = EntryReader::open(&url).await.unwrap_err();
    assert!(matches!(nobody, ReadError::NoHost(_)), "{nobody:?}");
    promote(&pair).await;

    assert!(is_active(&reader, &live).await.unwrap());
    until("moved", async || uses(&node, &pair.standby)).await;
    revoke(&node, &client, &ended).await;
    assert!(!is_active(&reader, &ended).await.unwrap());
    assert!(is_active(&reader, &live).await.unwrap());
}

/// Nobody told the old one of its successor, nor the reader.
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn the_entry_check_leaves_a_primary_that_goes_on_beside_its_successor() {
    let pair = Pair::start().await;
    let node: TestServer = node(&pair).await;
    let client = node.machine("mailer", "read").await;
    let token = node.token(&client).await;
    let reader = EntryReader::open(&pair.database().url).await.unwrap();
    assert!(is_active(&reader, &token).await.unwrap());

    promote(&pair).await;
    until("moved", async || uses(&node, &pair.standby)).await;
    revoke(&node, &client, &token).await;

    until("refused", async || !is_active(&reader, &token).await.unwrap()).await;
}

async fn is_active(reader: &EntryReader, token: &str) -> Result<bool, ReadError> {
    let found = reader.find_by_hash(&Sha256::of(token.as_bytes())).await?;
    Ok(found.expect("an entry").entry.status == EntryStatus::Valid)
}
