//! A commit that comes about after its node gave up on it: nobody was told of it, but every node
//! hears of it, the one that asked for it included.

use std::time::Duration;

use super::revoked_rows;
use crate::common::{Engine, TestDatabase, TestServer, until::until};

#[tokio::test]
async fn a_commit_that_was_given_up_is_heard_by_its_own_node_too() {
    let server = TestServer::on(Engine::Postgres).await;
    let server = server.restarted(|config| config.store.timeout = Duration::from_millis(300)).await;
    let database = server.database();
    let client = server.machine("mailer", "read").await;
    let token = server.token(&client).await;
    until("has a lease", async || server.app.store.answers_from_cache()).await;
    slow_down_revocations(&database).await;

    let answer = server.post("/revoke", &client, &format!("token={token}")).await;
    // Read before the end is there, and kept.
    let before = server.is_active(&client, &token).await;
    until("committed", async || revoked_rows(&database).await == 1).await;

    answer.assert_error(503, "temporarily_unavailable");
    assert!(before, "it was given up before it was committed");
    until("heard", async || !server.is_active(&client, &token).await).await;
    database.remove().await;
}

/// Lets the commit of every revocation take a second. No time limit of a statement covers that.
async fn slow_down_revocations(database: &TestDatabase) {
    for sql in [
        "CREATE FUNCTION dawdle() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
             PERFORM pg_sleep(1);
             RETURN NULL;
         END $$",
        "CREATE CONSTRAINT TRIGGER dawdle AFTER UPDATE ON tokens DEFERRABLE INITIALLY DEFERRED
         FOR EACH ROW WHEN (NEW.status = 'revoked') EXECUTE FUNCTION dawdle()",
    ] {
        database.execute(sql).await;
    }
}
