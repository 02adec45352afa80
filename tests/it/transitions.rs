//! The transitions that must not be: what has ended stays as it ended, whatever is asked of it.

use std::time::Duration;

use tessera::{
    model::{
        client::ClientKind,
        rules::Spending,
        token_entry::{EntryStatus, TokenEntry},
    },
    store::{Command, End, Fate, Rotation, Spend, Target},
};

use crate::common::{TestServer, families::Pair, on_each_engine};

on_each_engine!(
    nothing_changes_what_has_ended,
    what_was_redeemed_is_never_valid_again,
    what_waits_for_somebody_is_not_used,
);

const ENDED: [EntryStatus; 3] =
    [EntryStatus::Revoked, EntryStatus::Superseded, EntryStatus::Rejected];

/// The entry of a token.
async fn entry(server: &TestServer, token: &str) -> TokenEntry {
    let found = server.app.tokens.present(token, server.now()).await.unwrap().unwrap();
    found.found.entry.clone()
}

/// Puts a token into a status, behind the server's back.
async fn set(server: &TestServer, entry: &TokenEntry, status: EntryStatus) {
    let key = i64::from_be_bytes(entry.entry_key.to_bytes());
    let sql = format!(
        "UPDATE tokens SET status = '{status}', redeemed_at = 1, ended_at = 2, ended_by = 'test'
         WHERE entry_key = {key}"
    );
    assert_eq!(server.database().execute(&sql).await, 1);
}

/// Everything that can be asked of an entry which is there, but for deleting a typed one.
fn all(server: &TestServer, entry: &TokenEntry, pair: &TokenEntry) -> Vec<Command> {
    let at = server.now();
    let end = End { at, by: "cli:test".to_owned(), reason: "asked".to_owned() };
    let kept = Fate::Kept { expires_at: Some(at.plus(Duration::from_hours(1))) };
    let succeeded = Fate::Succeeded { by: Box::new(pair.clone()), replay: vec![1] };
    let rotation = |fate| Rotation {
        presented: entry.id(),
        client_id: entry.client_id.clone(),
        family: entry.authorization_id.unwrap(),
        parent: None,
        at,
        fate,
        access: pair.clone(),
        id: None,
    };
    let spend = Spend { id: entry.id(), at, spending: Spending::default() };
    vec![
        Command::new().revoke_token(Target::Entry(entry.entry_key), &entry.client_id, end.clone()),
        Command::new().supersede_token(entry.entry_key, end),
        Command::new().spend(spend),
        Command::new().rotate(rotation(kept)),
        Command::new().rotate(rotation(succeeded)),
    ]
}

async fn nothing_changes_what_has_ended(server: TestServer) {
    let client = server.application("app", "read", ClientKind::Web).await;
    for status in ENDED {
        let Pair { access, refresh, .. } = server.begin(&client, "").await;
        let (access, refresh) = (entry(&server, &access).await, entry(&server, &refresh).await);
        for token in [&access, &refresh] {
            set(&server, token, status).await;

            for command in all(&server, token, &access) {
                let shown = format!("{command:?}");
                assert!(!server.app.store.run(command).await.unwrap(), "{status}: {shown}");
            }
        }

        for token in [&access, &refresh] {
            let key = i64::from_be_bytes(token.entry_key.to_bytes());
            let same = format!(
                "tokens WHERE entry_key = {key} AND status = '{status}' AND ended_at = 2
                 AND ended_by = 'test'"
            );
            assert_eq!(server.database().count(&same).await, 1, "{status}");
        }
    }
}

/// It may still be revoked, with its family; nothing makes it good again.
async fn what_was_redeemed_is_never_valid_again(server: TestServer) {
    let client = server.application("app", "read", ClientKind::Web).await;
    let pair = server.begin(&client, "").await;
    let (access, refresh) =
        (entry(&server, &pair.access).await, entry(&server, &pair.refresh).await);
    set(&server, &refresh, EntryStatus::Redeemed).await;

    for command in all(&server, &refresh, &access).into_iter().skip(1) {
        let shown = format!("{command:?}");
        assert!(!server.app.store.run(command).await.unwrap(), "{shown}");
    }

    assert_eq!(server.database().count("tokens WHERE status = 'redeemed'").await, 1);
}

async fn what_waits_for_somebody_is_not_used(server: TestServer) {
    let client = server.application("app", "read", ClientKind::Web).await;
    let pair = server.begin(&client, "").await;
    let (access, refresh) =
        (entry(&server, &pair.access).await, entry(&server, &pair.refresh).await);
    set(&server, &refresh, EntryStatus::Inactive).await;

    for command in all(&server, &refresh, &access).into_iter().skip(1) {
        let shown = format!("{command:?}");
        assert!(!server.app.store.run(command).await.unwrap(), "{shown}");
    }
    server.try_refresh(&client, &pair.refresh, "").await.assert_error(400, "invalid_grant");
}
