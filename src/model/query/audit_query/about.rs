//! Whom an event is about.

use crate::model::audit::AuditEvent;

use super::super::{
    condition::{Condition, UserName},
    token_query::TokenQuery,
};

/// What is noted of ending the tokens that a query means. The query is the target.
pub const TOKENS_ENDED: [&str; 3] =
    ["tokens.revoked", "tokens.revocation_begun", "tokens.revocation_stopped"];

/// Whether an event is about a client: it is the target, the detail names it, or all or some of its
/// tokens were meant.
pub(super) fn is_about(event: &AuditEvent, client: &str) -> bool {
    let names = |detail: &str| {
        detail.split([' ', ',', ';']).any(|word| word.trim_end_matches(':') == client)
    };
    let meant = |condition: &Condition| match condition {
        Condition::Client(clients) => clients.iter().any(|it| it.as_str() == client),
        _ => false,
    };
    event.target == client
        || event.detail.as_deref().is_some_and(names)
        || is_of_tokens(event, meant)
}

/// Whether tokens were ended by a query one of whose parts, which leaves nothing out, is so.
fn is_of_tokens(event: &AuditEvent, is_so: impl Fn(&Condition) -> bool) -> bool {
    TOKENS_ENDED.contains(&event.action.as_str())
        && TokenQuery::parse(&event.target)
            .is_ok_and(|query| query.terms.iter().any(|it| !it.negated && is_so(&it.condition)))
}

/// Whether an event is about a user, or was done by them.
pub(super) fn is_of(event: &AuditEvent, user: &UserName) -> bool {
    let UserName::Named { realm, name } = user else { return false };
    let is_theirs = |text: &str| {
        let parts = text.split_once('/');
        parts.is_some_and(|(of, other)| of == realm && other.to_lowercase() == name.folded())
    };
    let meant = |condition: &Condition| match condition {
        Condition::User(users) => users.iter().any(|it| match it {
            UserName::Named { realm: of, name: other } => {
                of == realm && other.folded() == name.folded()
            }
            UserName::Id(_) => false,
        }),
        _ => false,
    };
    is_theirs(&event.target)
        || event.actor.strip_prefix("user:").is_some_and(is_theirs)
        || is_of_tokens(event, meant)
}
