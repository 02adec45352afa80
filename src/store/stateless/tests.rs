use uuid::Uuid;

use super::*;
use crate::model::{
    audit::AuditEvent,
    entry_key::EntryKey,
    jwt_id::JwtId,
    secret::{Random, Sha256},
};

const NOW: Timestamp = Timestamp(1_800_000_000_000);

fn store() -> Store {
    Store::disabled(CacheOptions { enabled: true, entries: 10 }, Uuid::nil())
}

fn entry() -> TokenEntry {
    let id = JwtId { entry_key: EntryKey::draw(NOW, &Random::system()), salt: 7 };
    TokenEntry::blank(id, &ClientId::parse("mailer").unwrap(), NOW)
}

fn used(number: usize, until: Timestamp) -> Command {
    let identifier = Sha256::of(number.to_string().as_bytes());
    Command::new().use_identifier("client_assertion", identifier, until)
}

fn event() -> AuditEvent {
    AuditEvent {
        audit_id: Uuid::nil(),
        at: NOW,
        actor: "test".to_owned(),
        action: "token.issued".to_owned(),
        target: "tok_1".to_owned(),
        reason: None,
        detail: None,
        request_id: None,
        address: None,
        node: None,
    }
}

#[tokio::test]
async fn a_jwt_needs_no_row_and_everything_else_does() {
    let store = store();
    let reference = TokenEntry { format: EntryFormat::Reference, ..entry() };
    let refresh = TokenEntry { kind: TokenKind::Refresh, ..entry() };

    let jwt = Command::new().insert_token(entry()).insert_audit_event(event());
    assert!(store.run(jwt).await.unwrap());
    for entry in [reference, refresh] {
        let refused = store.run(Command::new().insert_token(entry)).await.unwrap_err();
        assert!(matches!(refused, Error::Disabled), "{refused}");
    }
    assert!(matches!(store.read().await, Err(Error::Disabled)));
    assert!(matches!(store.write().await, Err(Error::Disabled)));
    assert!(matches!(store.begin().await, Err(Error::Disabled)));
    assert_eq!(Error::Disabled.to_string(), "token store is disabled");
}

#[tokio::test]
async fn a_command_that_needs_a_row_uses_no_identifier() {
    let store = store();
    let reference = TokenEntry { format: EntryFormat::Reference, ..entry() };

    let refused = store.run(used(1, NOW).insert_token(reference)).await;

    assert!(matches!(refused, Err(Error::Disabled)));
    assert!(store.run(used(1, NOW)).await.unwrap());
}

#[tokio::test]
async fn an_identifier_counts_once_until_its_time_is_over() {
    let store = store();

    assert!(store.run(used(1, NOW)).await.unwrap());
    assert!(!store.run(used(1, NOW)).await.unwrap());
    store.forget_identifiers(Timestamp(NOW.0 - 1));
    assert!(!store.run(used(1, NOW)).await.unwrap());
    store.forget_identifiers(NOW);
    assert!(store.run(used(1, NOW)).await.unwrap());
}

#[tokio::test]
async fn no_identifier_is_forgotten_to_make_room() {
    let store = store();
    let most = identifiers::MOST / 2;
    for number in 0..most {
        assert!(store.run(used(number, NOW)).await.unwrap());
    }

    let one_more = store.run(used(most, NOW)).await;

    assert!(matches!(one_more, Err(Error::Busy)));
    assert!(!store.run(used(0, NOW)).await.unwrap());
}

#[tokio::test]
async fn a_client_that_takes_all_it_can_leaves_room_to_the_others() {
    let store = store();
    let [greedy, other] = ["greedy", "other"].map(|name| ClientId::parse(name).unwrap());
    let mut number = 0;
    let mut fill = async |client: &ClientId, until| {
        let before = number;
        loop {
            match store.run(used(number, until).shown_by(client)).await {
                Ok(is_new) => assert!(is_new),
                Err(error) => break assert!(matches!(error, Error::Busy), "{error}"),
            }
            number += 1;
        }
        number - before
    };

    assert_eq!(fill(&greedy, NOW).await, identifiers::MOST / 2);
    assert_eq!(fill(&other, Timestamp(NOW.0 + 1)).await, identifiers::MOST / 4);
    assert_eq!(fill(&greedy, NOW).await, 0);
    // What is over leaves its room.
    store.forget_identifiers(NOW);
    assert!(fill(&greedy, NOW).await > 0);
}
