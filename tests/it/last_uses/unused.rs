//! Tokens that nobody uses.

use std::time::Duration;

use tessera::{
    acts::tokens::{self, Listing},
    jobs::unused,
    model::client::ClientKind,
};

use crate::{
    common::{TestServer, on_each_engine, people::bearer},
    personal_tokens::{alice, is_good, token, with_people},
};

on_each_engine!(
    refresh_tokens_that_nobody_uses_are_ended_and_nothing_else,
    nothing_is_ended_unless_the_settings_say_so,
    a_personal_token_is_ended_where_its_use_would_have_been_known,
    one_that_is_used_at_the_last_moment_stays,
    the_query_finds_what_was_never_used_by_when_it_was_made,
);

const DAY: Duration = Duration::from_hours(24);

async fn after_30_days(server: TestServer) -> TestServer {
    server.restarted(|config| config.tokens.revoke_unused_after = 30 * DAY).await
}

async fn matching(server: &TestServer, query: &str) -> usize {
    let listing = Listing { query: query.parse().unwrap(), limit: 100, ..Listing::default() };
    tokens::list(&server.app, &listing).await.unwrap().entries.len()
}

async fn refresh_tokens_that_nobody_uses_are_ended_and_nothing_else(server: TestServer) {
    let long = |config: &mut tessera::config::Config| {
        config.tokens.access_lifetime = 90 * DAY;
        config.tokens.refresh_lifetime = 90 * DAY;
        config.tokens.refresh_absolute = 365 * DAY;
        config.tokens.revoke_unused_after = 30 * DAY;
    };
    let server = server.restarted(long).await;
    let client = server.application("app", "read", ClientKind::Web).await;
    let (rests, used) = (server.begin(&client, "").await, server.begin(&client, "").await);
    server.advance(20 * DAY);
    let used = server.refresh(&client, &used.refresh).await;
    server.advance(10 * DAY);
    assert_eq!(unused::end_unused(&server.app).await.unwrap(), Some(0));

    server.advance(Duration::from_secs(1));
    assert_eq!(
        matching(&server, "kind:refresh status:active used:>30d,never created:>30d").await,
        1
    );
    assert_eq!(unused::end_unused(&server.app).await.unwrap(), Some(1));

    assert!(!server.is_active(&client, &rests.refresh).await);
    assert!(server.is_active(&client, &used.refresh).await);
    for access in [&rests.access, &used.access] {
        assert!(server.is_active(&client, access).await);
    }
    let ended = "UPDATE tokens SET status = status WHERE status = 'revoked'
                 AND end_reason = 'unused' AND ended_by = 'job:unused'";
    assert_eq!(server.database().execute(ended).await, 1);
    let told = "UPDATE audit SET actor = actor WHERE action = 'tokens.revoked'
                AND actor = 'job:unused' AND reason = 'unused' AND detail = '1 of them'";
    assert_eq!(server.database().execute(told).await, 1);
    // Once is enough.
    assert_eq!(unused::end_unused(&server.app).await.unwrap(), Some(0));
    assert_eq!(server.database().execute(told).await, 1);
}

async fn nothing_is_ended_unless_the_settings_say_so(server: TestServer) {
    let client = server.application("app", "read", ClientKind::Web).await;
    let pair = server.begin(&client, "").await;
    server.advance(13 * DAY);

    assert!(!unused::is_due(&server.app).await.unwrap());
    assert_eq!(unused::end_unused(&server.app).await.unwrap(), None);
    assert!(server.is_active(&client, &pair.refresh).await);
    // It runs at most once in six hours.
    let server = after_30_days(server).await;
    assert!(unused::is_due(&server.app).await.unwrap());
    unused::end_unused(&server.app).await.unwrap();
    assert!(!unused::is_due(&server.app).await.unwrap());
    server.advance(Duration::from_hours(6));
    assert!(unused::is_due(&server.app).await.unwrap());
}

async fn a_personal_token_is_ended_where_its_use_would_have_been_known(server: TestServer) {
    let server = after_30_days(with_people(server).await).await;
    let (rests, used) = (token(&server, &alice()).await, token(&server, &alice()).await);
    server.advance(31 * DAY);
    // Until now nobody noted what was used.
    assert!(unused::is_due(&server.app).await.unwrap());
    assert_eq!(unused::end_unused(&server.app).await.unwrap(), Some(0));

    assert_eq!(server.authenticate(&bearer(&used)).await.status, 200);
    server.app.last_uses.write(&server.app.store).await.unwrap();
    server.advance(30 * DAY);
    assert_eq!(unused::end_unused(&server.app).await.unwrap(), Some(0));
    server.advance(Duration::from_mins(13));
    server.authenticate(&bearer(&used)).await;
    server.app.last_uses.write(&server.app.store).await.unwrap();
    assert_eq!(unused::end_unused(&server.app).await.unwrap(), Some(1));

    assert!(!is_good(&server, &rests).await);
    assert!(is_good(&server, &used).await);
}

async fn one_that_is_used_at_the_last_moment_stays(server: TestServer) {
    let server = after_30_days(server).await;
    let client = server.application("app", "read", ClientKind::Web).await;
    let pair = server.begin(&client, "").await;
    let found = server.app.tokens.present(&pair.refresh, server.now()).await.unwrap().unwrap();
    let key = found.found.entry.entry_key;
    server.database().execute("UPDATE tokens SET last_used_at = created_at + 5").await;

    let end = |at| tessera::store::End { at, by: "x".to_owned(), reason: "unused".to_owned() };
    let mut store = server.app.store.begin().await.unwrap();
    let since = server.now().plus(Duration::from_millis(5));
    let ended = store.end_unused_tokens(&[(key, since)], &end(server.now())).await.unwrap();
    store.commit().await.unwrap();

    assert_eq!(ended, 0);
    assert!(server.is_active(&client, &pair.refresh).await);
}

async fn the_query_finds_what_was_never_used_by_when_it_was_made(server: TestServer) {
    let client = server.application("app", "read", ClientKind::Web).await;
    server.begin(&client, "").await;
    server.advance(2 * DAY);
    server.begin(&client, "").await;

    // `used` alone does not find what was never used: its making does.
    assert_eq!(matching(&server, "kind:refresh used:>1d").await, 0);
    assert_eq!(matching(&server, "kind:refresh used:>1d,never").await, 2);
    assert_eq!(matching(&server, "kind:refresh used:>1d,never created:>1d").await, 1);
}
