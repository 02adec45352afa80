//! What changed: the word by which caches forget, on this node and on others.

use std::{collections::HashSet, fmt, str::FromStr};

use uuid::Uuid;

use crate::model::{client_id::ClientId, entry_key::EntryKey, secret::Sha256};

/// Something that an answer may rest on, and that is now another than it was.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(super) enum Change {
    /// Anything at all.
    Everything,
    /// A token's entry.
    Token(EntryKey),
    /// The entry of a plain reference, by the first 64 bits of its hash.
    Reference(u64),
    /// A client or its secrets.
    Client(ClientId),
    /// A user.
    User(Uuid),
    /// A family of tokens.
    Family(Uuid),
    /// The list of resource servers.
    ResourceServers,
    /// The signing keys.
    SigningKeys,
    /// The token types.
    TokenTypes,
}

/// Changes in the order in which they came, each once. There may be very many.
#[derive(Debug, Default)]
pub(super) struct Changes {
    list: Vec<Change>,
    known: HashSet<Change>,
}

/// How many marks there are. Two things may share one: then one is forgotten with the other.
const MARKS: usize = 1 << 16;

/// The marks of the things of which there is one.
const SINGLES: usize = 5;

/// The mark that a change of any client moves.
pub(super) const ANY_CLIENT: usize = 3;

impl Changes {
    /// Adds a change, unless it is among them.
    pub(super) fn note(&mut self, change: Change) {
        // One and the same thing is most often changed several times in a row.
        if self.list.last() != Some(&change) && self.known.insert(change.clone()) {
            self.list.push(change);
        }
    }

    /// All of them.
    pub(super) fn into_list(self) -> Vec<Change> {
        self.list
    }
}

impl Change {
    /// The change of the entry that the reference with this hash leads to.
    pub(super) fn reference(hash: &Sha256) -> Self {
        Change::Reference(beginning(hash.as_bytes()))
    }

    /// The mark that this change moves.
    pub(super) fn mark(&self) -> usize {
        match self {
            Change::Everything => 0,
            Change::ResourceServers => 1,
            Change::SigningKeys => 2,
            Change::TokenTypes => 4,
            Change::Token(key) => shared(u64::from_be_bytes(key.to_bytes())),
            Change::Reference(beginning) => shared(*beginning),
            Change::Client(client_id) => client_mark(client_id),
            Change::User(id) | Change::Family(id) => shared(id.as_u64_pair().1),
        }
    }

    /// How many marks there are.
    pub(super) const fn marks() -> usize {
        MARKS
    }
}

/// The first 64 bits of a hash.
pub(super) fn beginning(hash: &[u8]) -> u64 {
    hash.first_chunk().map_or(0, |first| u64::from_be_bytes(*first))
}

/// The mark of a client.
pub(super) fn client_mark(client_id: &ClientId) -> usize {
    // FNV-1a: names are short, and nobody gains by two that collide.
    let hash = client_id.as_str().bytes().fold(0xcbf2_9ce4_8422_2325, |hash: u64, byte| {
        (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3)
    });
    shared(hash ^ (hash >> 32))
}

fn shared(number: u64) -> usize {
    let range = (MARKS - SINGLES) as u64;
    SINGLES + usize::try_from(number % range).unwrap_or(0)
}

impl fmt::Display for Change {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Change::Everything => f.write_str("*"),
            Change::Token(key) => write!(f, "t{:x}", u64::from_be_bytes(key.to_bytes())),
            Change::Reference(beginning) => write!(f, "h{beginning:x}"),
            Change::Client(client_id) => write!(f, "c{client_id}"),
            Change::User(id) => write!(f, "u{}", id.simple()),
            Change::Family(id) => write!(f, "f{}", id.simple()),
            Change::ResourceServers => f.write_str("r"),
            Change::SigningKeys => f.write_str("k"),
            Change::TokenTypes => f.write_str("y"),
        }
    }
}

impl FromStr for Change {
    type Err = ();

    /// Reads what `Display` wrote. A word of a newer node that we do not know may mean anything.
    fn from_str(text: &str) -> Result<Self, ()> {
        let (Some(kind), Some(rest)) = (text.get(..1), text.get(1..)) else { return Err(()) };
        Ok(match kind {
            "t" => {
                let number = u64::from_str_radix(rest, 16).map_err(drop)?;
                Change::Token(EntryKey::from_bytes(number.to_be_bytes()).ok_or(())?)
            }
            "h" => Change::Reference(u64::from_str_radix(rest, 16).map_err(drop)?),
            "c" => Change::Client(ClientId::parse(rest).map_err(drop)?),
            "u" => Change::User(rest.parse().map_err(drop)?),
            "f" => Change::Family(rest.parse().map_err(drop)?),
            "r" if rest.is_empty() => Change::ResourceServers,
            "k" if rest.is_empty() => Change::SigningKeys,
            "y" if rest.is_empty() => Change::TokenTypes,
            _ => Change::Everything,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::timestamp::Timestamp;

    #[test]
    fn a_change_reads_back_as_it_was_written() {
        for change in [
            Change::Everything,
            Change::Token(EntryKey::floor(Timestamp(1_800_000_000_000))),
            Change::Client(ClientId::parse("report-mailer_2.x~").unwrap()),
            Change::reference(&Sha256::of(b"x")),
            Change::User(Uuid::from_u128(7)),
            Change::Family(Uuid::from_u128(u128::MAX)),
            Change::ResourceServers,
            Change::SigningKeys,
            Change::TokenTypes,
        ] {
            assert_eq!(change.to_string().parse(), Ok(change));
        }
    }

    #[test]
    fn many_changes_are_noted_once_each_and_without_looking_through_them_all() {
        let began = std::time::Instant::now();
        let mut changes = Changes::default();

        for round in 0..2 {
            for number in 0..200_000 {
                changes.note(Change::User(Uuid::from_u128(number)));
                changes.note(Change::User(Uuid::from_u128(number)));
            }
            assert!(began.elapsed().as_secs() < 30, "round {round}");
        }

        let list = changes.into_list();
        assert_eq!((list.len(), &list[7]), (200_000, &Change::User(Uuid::from_u128(7))));
    }

    #[test]
    fn what_only_a_newer_node_knows_changes_everything() {
        assert_eq!("x17".parse(), Ok(Change::Everything));
        assert_eq!("tzz".parse::<Change>(), Err(()));
    }

    #[test]
    fn every_mark_is_in_range_and_no_shared_one_is_a_single() {
        for id in [0, 1, u128::MAX, 65_535, 65_536] {
            let mark = Change::User(Uuid::from_u128(id)).mark();
            assert!((SINGLES..MARKS).contains(&mark));
        }
    }
}
