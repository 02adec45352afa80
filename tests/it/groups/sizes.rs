//! Groups of any size: every command of them is done, exactly once.

use tessera::{
    model::{secret::Sha256, timestamp::Timestamp},
    store::Command,
};
use tokio::task::JoinSet;

use super::trap::Trap;
use crate::common::{TestServer, on_each_engine};

on_each_engine!(a_group_of_any_size_is_done_whole);

/// One, powers of two, what lies beside them, more than one statement takes on SQLite, and more
/// than one group takes.
const SIZES: [usize; 11] = [1, 2, 3, 7, 31, 63, 64, 65, 203, 512, 600];

async fn a_group_of_any_size_is_done_whole(server: TestServer) {
    for size in SIZES {
        let trap = Trap::set(&server.app, None).await;
        let mut running = JoinSet::new();
        for number in 0..size {
            let (store, command) = (server.app.store.clone(), use_identifier(size, number));
            running.spawn(async move { store.run(command).await.unwrap() });
        }
        let done = running.join_all().await;
        let (_, statements) = trap.release().await;

        assert!(done.iter().all(|done| *done), "of {size}");
        let inserts = statements.iter().filter(|sql| sql.contains("INSERT INTO used")).count();
        assert!(inserts <= FEW, "{inserts} statements for {size}");
    }
    let rows = server.database().execute("UPDATE used_identifiers SET expires_at = 0").await;
    // And one for each time the writer was held.
    assert_eq!(rows, (SIZES.iter().sum::<usize>() + SIZES.len()) as u64);
}

/// The largest group and the rest, each in as few statements as powers of two need.
const FEW: usize = 12;

fn use_identifier(size: usize, number: usize) -> Command {
    let identifier = Sha256::of(format!("{number} of {size}").as_bytes());
    Command::new().use_identifier("test", identifier, Timestamp(1))
}
