//! What a move carries is what there is.

use crate::{
    common::{Engine, TestServer, on_each_engine},
    moving::{Site, assert_refused},
};

on_each_engine!(every_column_of_the_schema_is_carried, a_column_that_nobody_listed_is_seen);

async fn every_column_of_the_schema_is_carried(server: TestServer) {
    let unlisted = server.app.store.unlisted_columns().await.unwrap();

    assert!(unlisted.is_empty(), "store/moving/tables.rs lacks {unlisted:?}");
}

async fn a_column_that_nobody_listed_is_seen(server: TestServer) {
    server.database().execute("ALTER TABLE clients ADD COLUMN shoe_size BIGINT").await;
    server.database().execute("CREATE TABLE shoes (shoe_id BIGINT PRIMARY KEY)").await;

    let unlisted = server.app.store.unlisted_columns().await.unwrap();

    let names: Vec<_> = unlisted.iter().filter_map(|column| column.split(' ').next()).collect();
    assert_eq!(names, ["clients.shoe_size", "shoes.shoe_id"]);
}

#[tokio::test]
async fn nothing_is_moved_of_which_something_would_be_lost() {
    for engine in [Engine::Sqlite, Engine::Postgres] {
        let (from, to) = (Site::new(engine).await, Site::new(Engine::Sqlite).await);
        from.fill();
        from.database.execute("ALTER TABLE clients ADD COLUMN shoe_size BIGINT").await;

        assert_refused(&from.copy_to(&to, &[]), 1, "clients.shoe_size");

        assert!(to.files().is_empty(), "{:?}", to.files());
        from.remove().await;
        to.remove().await;
    }
}
