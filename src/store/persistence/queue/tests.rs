use super::*;
use crate::{
    model::{
        client_id::ClientId,
        entry_key::EntryKey,
        jwt_id::JwtId,
        secret::Random,
        timestamp::Timestamp,
        token_entry::{EntryFormat, TokenEntry},
    },
    store::{command::Command, slots::TakenSlot},
};

const NOW: Timestamp = Timestamp(1_800_000_000_000);

/// A token with this number, that wants this slot.
fn arrival(number: u8, slot: Option<u8>) -> Arrival {
    after(number, slot, None, false)
}

/// The same after this holder, which it ends or not.
fn after(number: u8, slot: Option<u8>, holder: Option<EntryKey>, ends_it: bool) -> Arrival {
    let entry_key = EntryKey::draw(NOW, &Random::system());
    let client_id = ClientId::parse("mailer").unwrap();
    let entry = TokenEntry {
        format: EntryFormat::Reference,
        reference_hash: Some(vec![number; 32]),
        ..TokenEntry::blank(JwtId { entry_key, salt: 0 }, &client_id, NOW)
    };
    let command = match slot {
        None => Command::new(),
        Some(slot) => Command::new().take_slot(TakenSlot {
            slot_key: Sha256::of(&[slot]),
            entry_key,
            holder,
            held_until: None,
            at: NOW,
        }),
    };
    let end = End { at: NOW, by: "test".to_owned(), reason: "renewed".to_owned() };
    let command = match holder.filter(|_| ends_it) {
        None => command,
        Some(holder) => command.supersede_token(holder, end),
    };
    Arrival::of(command.insert_token(entry)).unwrap_or_else(|_| unreachable!("it may wait"))
}

fn numbers(tokens: &[Arc<WaitingToken>]) -> Vec<u8> {
    tokens.iter().map(|token| token.hash[0]).collect()
}

fn waits(admission: &Admission) -> bool {
    matches!(admission, Admission::Waits(_))
}

#[test]
fn who_comes_first_is_taken_first() {
    let queue = Queue::default();
    queue.open(1, 10);
    for number in 1..=5 {
        assert!(waits(&queue.add(arrival(number, None))));
    }

    assert_eq!(numbers(&queue.take(0, 2)), [1, 2]);
    assert_eq!(numbers(&queue.take(0, 9)), [3, 4, 5]);
    assert!(queue.take(0, 1).is_empty());
}

#[test]
fn what_is_put_back_is_taken_next_in_its_order() {
    let queue = Queue::default();
    queue.open(1, 10);
    for number in 1..=4 {
        queue.add(arrival(number, None));
    }

    let part = queue.take(0, 3);
    queue.put_back(0, part[1..].to_vec());
    queue.settle(&part[..1]);

    assert_eq!(numbers(&queue.take(0, 9)), [2, 3, 4]);
    assert_eq!(queue.length().length, 3, "it waits until it is settled");
}

#[test]
fn no_more_wait_than_may() {
    let queue = Queue::default();
    queue.open(2, 2);
    assert!(waits(&queue.add(arrival(1, None))) && waits(&queue.add(arrival(2, None))));

    assert!(matches!(queue.add(arrival(3, None)), Admission::Full(_)));
    let first = queue.take(0, 1);
    assert!(matches!(queue.add(arrival(3, None)), Admission::Full(_)), "under way");
    queue.settle(&first);

    assert!(waits(&queue.add(arrival(3, None))));
    queue.close();
    assert!(matches!(queue.add(arrival(4, None)), Admission::Full(_)));
}

#[test]
fn what_wants_one_slot_goes_through_one_lane() {
    let queue = Queue::default();
    queue.open(7, 100);
    let lane_of = |slot: u8| {
        (0..7).find(|lane| {
            let taken = queue.take(*lane, 9);
            queue.settle(&taken);
            taken.iter().any(|token| {
                token.slot_key().is_some_and(|it| it.matches(Sha256::of(&[slot]).as_bytes()))
            })
        })
    };

    for slot in 0..20 {
        queue.add(arrival(1, Some(slot)));
        let first = lane_of(slot);
        queue.add(arrival(2, Some(slot)));

        assert!(first.is_some());
        assert_eq!(lane_of(slot), first);
    }
}

#[test]
fn whoever_ends_one_that_may_have_a_row_is_written_at_once() {
    let queue = Queue::default();
    queue.open(1, 10);
    let first = arrival(1, Some(1));
    let key = first.entry.entry_key;
    let at_once = |admission| matches!(admission, Admission::AtOnce(_));
    assert!(at_once(queue.add(after(2, Some(1), Some(key), true))), "nobody waits");
    queue.add(first);

    let begun = queue.take(0, 1);
    assert!(at_once(queue.add(after(2, Some(1), Some(key), true))));
    queue.put_back(0, begun.clone());
    assert!(at_once(queue.add(after(2, Some(1), Some(key), true))), "it may be written");

    assert!(!begun[0].is_superseded());
    queue.settle(&queue.take(0, 1));
    assert!(at_once(queue.add(after(2, Some(1), Some(key), true))));
}

#[test]
fn one_that_nobody_began_to_write_gives_way_only_to_whoever_ends_it() {
    let queue = Queue::default();
    queue.open(1, 10);
    let first = arrival(1, Some(1));
    let key = first.entry.entry_key;
    queue.add(first);
    let second = after(2, Some(1), Some(key), false);
    let second_key = second.entry.entry_key;

    assert!(matches!(queue.add(second), Admission::Waits(None)));
    let ending = queue.add(after(3, Some(1), Some(second_key), true));

    assert!(matches!(ending, Admission::Waits(Some(before)) if before.hash[0] == 2));
    let superseded: Vec<_> = queue.take(0, 9).iter().map(|it| it.is_superseded()).collect();
    assert_eq!(superseded, [false, true, false]);
}

#[test]
fn what_is_settled_is_found_no_more() {
    let queue = Queue::default();
    queue.open(1, 10);
    queue.add(arrival(1, Some(1)));
    let names = [TokenName::Hash([1; 32])];
    assert_eq!(queue.find_all(&names).len(), 1);
    assert!(queue.in_slot(&Sha256::of(&[1])).is_some());

    queue.settle(&queue.take(0, 1));

    assert!(queue.find_all(&names).is_empty() && queue.in_slot(&Sha256::of(&[1])).is_none());
    assert_eq!(queue.age(), Duration::ZERO);
}

#[test]
fn only_an_opaque_access_token_by_itself_may_wait() {
    let entry = || TokenEntry::clone(&arrival(1, None).entry);
    let may_wait = |entry| Arrival::of(Command::new().insert_token(entry)).is_ok();
    assert!(may_wait(entry()));

    for format in [EntryFormat::Jwt, EntryFormat::Located] {
        assert!(!may_wait(TokenEntry { format, ..entry() }), "{format:?}");
    }
    for kind in crate::model::token_entry::TokenKind::ALL {
        let is_access = *kind == crate::model::token_entry::TokenKind::Access;
        assert_eq!(may_wait(TokenEntry { kind: *kind, ..entry() }), is_access, "{kind}");
    }
    assert!(!may_wait(TokenEntry { identity: Some("alice".to_owned()), ..entry() }));
    let two = Command::new().insert_token(entry()).insert_token(entry());
    assert!(Arrival::of(two).is_err());
    let more = Command::new().insert_token(entry()).use_identifier("x", Sha256::of(b"y"), NOW);
    assert!(Arrival::of(more).is_err());
}
