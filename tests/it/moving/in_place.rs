//! A store that something else put back.

use super::{Site, object};
use crate::common::{
    Engine::{self, Postgres, Sqlite},
    until::until,
};

#[tokio::test]
async fn tokens_end_at_a_running_server_at_once() {
    for engine in [Sqlite, Postgres] {
        let site = Site::new(engine).await;
        let holdings = site.fill();
        let (server, mut connection) = site.serve().await;
        for token in &holdings.live {
            assert!(connection.is_active(&holdings.client, token).await.unwrap());
        }

        let done = site.program.attempt(&["db", "restore", "--in-place", "--yes", "--json"], "");

        assert_eq!(done.code, Some(0), "{done:?}");
        assert_eq!(object(&done.out)["tokens_ended"], true);
        holdings.are_ended_on(&mut connection).await;
        let token = connection.token(&holdings.client).await.unwrap();
        assert!(connection.is_active(&holdings.client, &token).await.unwrap());
        drop(server);
        site.remove().await;
    }
}

#[tokio::test]
async fn it_asks_before_it_ends_everything() {
    let site = Site::new(Engine::Sqlite).await;
    let holdings = site.fill();

    let refused = site.program.attempt(&["db", "restore", "--in-place"], "");

    assert_eq!(refused.code, Some(2), "{refused:?}");
    holdings.work_at(&site).await;
    site.remove().await;
}

/// The table of nodes came back with the rest: those that live stay in it, the others go.
#[tokio::test]
async fn nodes_that_came_back_with_the_rest_are_forgotten() {
    let site = Site::new(Postgres).await;
    let holdings = site.fill();
    let (server, mut connection) = site.serve().await;
    let nodes = async || site.database.count("nodes").await;
    until("joined", async || nodes().await == 1).await;
    let sql = "INSERT INTO nodes (node_id, name, version, started_at, seen_at, beats)
               SELECT gen_random_uuid(), 'ghost', '0', 0, 0, n FROM generate_series(1, 3) n";
    site.database.execute(sql).await;

    let done = site.program.attempt(&["db", "restore", "--in-place", "--yes"], "");

    assert_eq!(done.code, Some(0), "{done:?}");
    assert_eq!(nodes().await, 1);
    holdings.are_ended_on(&mut connection).await;
    drop(server);
    site.remove().await;
}
