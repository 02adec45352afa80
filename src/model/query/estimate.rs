//! What a query means as a whole, where somebody else has counted that already or a planner of
//! statements has a good idea of it.

use uuid::Uuid;

use crate::model::{
    client_id::ClientId,
    status_word::StatusWord,
    token_entry::{EntryFormat, EntryStatus, TokenKind},
};

use super::{
    condition::{Condition, Term},
    narrowed::{only, stored},
    search::Search,
};

/// How many match may be known to whoever counts all entries now and then, or knows how often a
/// value occurs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Rough {
    /// All entries that are kept.
    All,
    /// Those that are good: of these types, folded, or of any where none is named.
    Good(Vec<String>),
    /// Those with one value in one column.
    Like(Alike),
}

/// A column and its value.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Alike {
    /// The client.
    Client(ClientId),
    /// The user.
    User(Uuid),
    /// The folded name of the type.
    Type(String),
    /// The kind.
    Kind(TokenKind),
    /// The format.
    Format(EntryFormat),
    /// What the store says.
    Status(EntryStatus),
}

impl Search {
    /// What the query means as a whole. `None` where nobody could tell more than by looking: what
    /// one condition leaves is no sample of what another one would.
    #[must_use]
    pub fn rough(&self) -> Option<Rough> {
        let terms = &self.query.terms;
        if terms.iter().any(|term| term.negated) {
            return None;
        }
        let conditions: Vec<&Condition> =
            terms.iter().map(|Term { condition, .. }| condition).collect();
        match conditions[..] {
            [] => Some(Rough::All),
            [Condition::Status(words)] if is_active(words) => Some(Rough::Good(Vec::new())),
            [Condition::Status(words), Condition::Type(names)]
            | [Condition::Type(names), Condition::Status(words)]
                if is_active(words) =>
            {
                let mut names = names.clone();
                names.sort();
                names.dedup();
                Some(Rough::Good(names))
            }
            [one] => self.alike(one).map(Rough::Like),
            _ => None,
        }
    }

    fn alike(&self, condition: &Condition) -> Option<Alike> {
        match condition {
            Condition::Client(clients) => only(clients).cloned().map(Alike::Client),
            Condition::User(users) => self.user(only(users)?).map(Alike::User),
            Condition::Type(names) => only(names).cloned().map(Alike::Type),
            Condition::Kind(kinds) => only(kinds).copied().map(Alike::Kind),
            Condition::Format(formats) => only(formats).copied().map(Alike::Format),
            Condition::Status(words) => {
                // What is stored as valid may be expired, paused or cut off.
                stored(words).filter(|status| is_final(*status)).map(Alike::Status)
            }
            _ => None,
        }
    }
}

fn is_active(words: &[StatusWord]) -> bool {
    *words == [StatusWord::Active]
}

/// Whether an entry that is stored as this is called nothing else.
fn is_final(status: EntryStatus) -> bool {
    !matches!(status, EntryStatus::Valid | EntryStatus::Inactive)
}

#[cfg(test)]
mod tests {
    use std::collections::HashMap;

    use super::*;
    use crate::model::{query::TokenQuery, timestamp::Timestamp};

    fn rough(query: &str) -> Option<Rough> {
        let query = TokenQuery::parse(query).unwrap();
        Search { query, at: Timestamp(0), users: HashMap::new() }.rough()
    }

    #[test]
    fn what_was_counted_or_is_one_value_of_one_column_is_known() {
        let client = ClientId::parse("roster").unwrap();
        let good = |names: &[&str]| Rough::Good(names.iter().map(ToString::to_string).collect());
        for (query, known) in [
            ("", Rough::All),
            ("status:active", good(&[])),
            ("status:active type:Refresh,access,refresh", good(&["access", "refresh"])),
            ("type:access status:active", good(&["access"])),
            ("client:roster", Rough::Like(Alike::Client(client))),
            ("type:Refresh", Rough::Like(Alike::Type("refresh".to_owned()))),
            ("kind:typed", Rough::Like(Alike::Kind(TokenKind::Typed))),
            ("format:jwt", Rough::Like(Alike::Format(EntryFormat::Jwt))),
            ("status:revoked", Rough::Like(Alike::Status(EntryStatus::Revoked))),
        ] {
            assert_eq!(rough(query), Some(known), "{query}");
        }
    }

    #[test]
    fn what_only_looking_can_tell_is_not() {
        for query in [
            "roster",
            "-client:roster",
            "-status:active",
            "client:roster,ledger",
            "client:roster status:active",
            "client:roster type:refresh",
            "status:active status:active",
            "status:expiring",
            "status:active,waiting",
            "status:waiting",
            "status:expired",
            "status:cut_off",
            "scope:read",
            "expires:<1d",
            "expires:<1d type:access",
            "uses:0",
        ] {
            assert_eq!(rough(query), None, "{query}");
        }
    }
}
