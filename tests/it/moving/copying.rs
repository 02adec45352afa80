//! A copy of a store, on either engine, is the store.

use super::{Site, assert_refused, issue, object};
use crate::common::Engine::{self, Postgres, Sqlite};

#[tokio::test]
async fn a_file_copied_to_a_file_answers_as_it_did() {
    copy_and_compare(Sqlite, Sqlite).await;
}

#[tokio::test]
async fn a_file_copied_to_a_server_answers_as_it_did() {
    copy_and_compare(Sqlite, Postgres).await;
}

#[tokio::test]
async fn a_server_copied_to_a_file_answers_as_it_did() {
    copy_and_compare(Postgres, Sqlite).await;
}

#[tokio::test]
async fn a_server_copied_to_a_server_answers_as_it_did() {
    copy_and_compare(Postgres, Postgres).await;
}

async fn copy_and_compare(source: Engine, target: Engine) {
    let (from, to) = (Site::new(source).await, Site::new(target).await);
    let holdings = from.fill();
    from.stuff(1_000).await;
    let listed = ["clients", "client_secrets", "signing_keys", "tokens"];
    let keys = from.program.run(&["key", "list", "--json"], "");

    let copied = from.copy_to(&to, &[]);

    assert_eq!(copied.code, Some(0), "{copied:?}");
    let told = object(&copied.out);
    assert_eq!(told["entries"], from.entries().await);
    let tables = listed.map(|name| told["tables"][name].as_u64().unwrap());
    assert_eq!(tables, [1, 2, 2, from.entries().await]);
    assert_eq!(to.program.run(&["key", "list", "--json"], ""), keys);
    assert!(!to.files().iter().any(|name| name.contains("unfinished")), "{:?}", to.files());
    holdings.work_at(&to).await;
    // The old one is as it was.
    holdings.work_at(&from).await;
    from.remove().await;
    to.remove().await;
}

/// There and back again, with what was written in between.
#[tokio::test]
async fn a_store_that_comes_back_has_what_was_done_abroad() {
    let [home, abroad, back] =
        [Site::new(Sqlite).await, Site::new(Postgres).await, Site::new(Sqlite).await];
    let mut holdings = home.fill();
    assert_eq!(home.copy_to(&abroad, &[]).code, Some(0));
    holdings.revoked.push(holdings.live.remove(1));
    abroad.revoke(&holdings.revoked[3]);
    holdings.live.push(issue(&abroad.program));

    assert_eq!(abroad.copy_to(&back, &[]).code, Some(0));

    holdings.work_at(&back).await;
    for site in [home, abroad, back] {
        site.remove().await;
    }
}

#[tokio::test]
async fn a_rehearsal_beside_running_servers_has_dead_tokens_and_harms_none() {
    for engine in [Sqlite, Postgres] {
        for target in [Sqlite, Postgres] {
            let (from, to) = (Site::new(engine).await, Site::new(target).await);
            let holdings = from.fill();
            let (server, mut connection) = from.serve().await;

            let copied = from.copy_to(&to, &["--while-running"]);

            assert_eq!(copied.code, Some(0), "{copied:?}");
            for token in &holdings.live {
                assert!(connection.is_active(&holdings.client, token).await.unwrap());
            }
            holdings.are_ended_at(&to).await;
            drop(server);
            from.remove().await;
            to.remove().await;
        }
    }
}

#[tokio::test]
async fn a_rehearsal_of_a_file_that_nobody_has_open_leaves_nothing_beside_it() {
    let (from, to) = (Site::new(Sqlite).await, Site::new(Sqlite).await);
    let holdings = from.fill();
    let before = from.files();

    assert_eq!(from.copy_to(&to, &["--while-running"]).code, Some(0));

    assert_eq!(from.files(), before);
    holdings.are_ended_at(&to).await;
    from.remove().await;
    to.remove().await;
}

#[tokio::test]
async fn a_used_store_is_not_copied_because_something_would_be_lost() {
    for engine in [Sqlite, Postgres] {
        let (from, to) = (Site::new(engine).await, Site::new(Sqlite).await);
        from.fill();
        let (server, _) = from.serve().await;

        assert_refused(&from.copy_to(&to, &[]), 1, "would be lost");

        assert!(to.files().is_empty());
        drop(server);
        assert_eq!(from.copy_to(&to, &[]).code, Some(0));
        from.remove().await;
        to.remove().await;
    }
}

/// It stands in no table of nodes, and yet it writes.
#[tokio::test]
async fn a_server_that_keeps_nothing_in_memory_is_noticed_too() {
    let (from, to) = (Site::new(Postgres).await, Site::new(Sqlite).await);
    from.fill();
    let server = from.with("TESSERA_CACHE__ENABLED", "false").serve().await;

    assert_refused(&from.copy_to(&to, &[]), 1, "would be lost");

    drop(server);
    from.remove().await;
    to.remove().await;
}

/// What a server that was killed left behind is no sign of life.
#[tokio::test]
async fn a_server_that_was_killed_hinders_no_copy() {
    let (from, to) = (Site::new(Postgres).await, Site::new(Postgres).await);
    let holdings = from.fill();
    let (mut server, _) = from.serve().await;
    crate::common::until::until("joined", async || from.database.count("nodes").await == 1).await;
    server.kill();

    let copied = from.copy_to(&to, &[]);

    assert_eq!(copied.code, Some(0), "{copied:?}");
    assert_eq!(to.database.count("nodes").await, 0);
    holdings.work_at(&to).await;
    from.remove().await;
    to.remove().await;
}

#[tokio::test]
async fn nothing_is_copied_over_anything() {
    for engine in [Sqlite, Postgres] {
        let (from, to) = (Site::new(Sqlite).await, Site::new(engine).await);
        let (ours, theirs) = (from.fill(), to.fill());

        assert_refused(&from.copy_to(&to, &[]), 1, "not empty");

        ours.work_at(&from).await;
        theirs.work_at(&to).await;
        from.remove().await;
        to.remove().await;
    }
}

#[tokio::test]
async fn an_empty_store_is_as_good_as_none() {
    for engine in [Sqlite, Postgres] {
        let (from, to) = (Site::new(Postgres).await, Site::new(engine).await);
        let holdings = from.fill();
        to.program.run(&["db", "migrate"], "");

        assert_eq!(from.copy_to(&to, &[]).code, Some(0));

        holdings.work_at(&to).await;
        from.remove().await;
        to.remove().await;
    }
}

#[tokio::test]
async fn a_text_that_the_other_engine_cannot_hold_is_named() {
    let (from, to) = (Site::new(Sqlite).await, Site::new(Postgres).await);
    from.fill();
    from.database.execute("UPDATE resource_servers SET name = 'a' || char(0) || 'b'").await;

    let refused = from.copy_to(&to, &[]);

    assert_refused(&refused, 1, "resource_servers https://api.example has a NUL character");
    assert!(to.is_empty());
    from.remove().await;
    to.remove().await;
}

#[tokio::test]
async fn a_value_that_belongs_nowhere_is_named() {
    let (from, to) = (Site::new(Sqlite).await, Site::new(Postgres).await);
    from.fill();
    from.database.execute("UPDATE resource_servers SET created_at = 'yesterday'").await;

    let refused = from.copy_to(&to, &[]);

    assert_refused(&refused, 1, "resource_servers row 1 has something that does not belong there");
    assert!(refused.err.contains("created_at"), "{}", refused.err);
    assert!(to.is_empty());
    from.remove().await;
    to.remove().await;
}

#[tokio::test]
async fn a_password_is_taken_from_anywhere_but_the_arguments() {
    let from = Site::new(Sqlite).await;
    let to = Site::new(Postgres).await;
    let holdings = from.fill();
    let url = to.database.url.replacen('@', ":hunter2@", 1);

    let refused = from.program.attempt(&["db", "copy", &url], "");
    assert_refused(&refused, 2, "password");
    assert!(!refused.err.contains("hunter2"), "{}", refused.err);
    assert_eq!(from.program.attempt(&["db", "copy", "-"], &format!("{url}\n")).code, Some(0));

    holdings.work_at(&to).await;
    from.remove().await;
    to.remove().await;
}

#[tokio::test]
async fn a_target_that_makes_no_sense_is_refused_before_anything() {
    let from = Site::new(Sqlite).await;
    from.fill();
    let own = from.database.url.clone();

    for (target, code, words) in [
        ("mysql://x/y", 2, "mysql"),
        (own.as_str(), 2, "the store itself"),
        ("postgres://nobody@127.0.0.1:1/none", 3, ""),
    ] {
        assert_refused(&from.program.attempt(&["db", "copy", target], ""), code, words);
    }
    from.remove().await;
}
