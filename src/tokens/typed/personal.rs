//! The tokens that people make for themselves: typed tokens of the type `personal`, which say who
//! somebody is where they would otherwise give their password. They are no access tokens: nothing
//! else takes them.

use std::{net::IpAddr, sync::Arc, time::Duration};

use metrics::counter;
use serde_json::Value;
use uuid::Uuid;

use crate::{
    model::{
        attempt::{Attempt, Circumstances},
        client_id::ClientId,
        rules::Rule,
        scope::Scope,
        space_delimited::SpaceDelimited,
        standing::StandingEntry,
        timestamp::Timestamp,
        token_entry::{TokenEntry, TokenKind},
        token_type::{PERSONAL, TokenType},
        user::User,
        user_snapshot::UserSnapshot,
        verdict::Refused,
    },
    store::Command,
};

use super::{
    super::{Error, Result, Tokens},
    CreateRefusal, CreatedToken, Maker, NewTypedToken,
    spend::{After, Ending},
};

/// How long one lives where neither its maker nor the rules of the type say: 90 days.
pub const PERSONAL_LIFE: Duration = Duration::from_hours(90 * 24);

/// How long one lives that `GET /token` makes, where the rules of the type do not say: an hour, as
/// Auth-O-Tron asks its store for.
pub const GOT_PERSONAL_LIFE: Duration = Duration::from_hours(1);

/// How long one may live where the rules of the type do not say: 365 days.
pub const LONGEST_PERSONAL_LIFE: Duration = Duration::from_hours(365 * 24);

/// A token that a person makes for themselves.
#[derive(Debug, Clone)]
pub struct PersonalTerms<'a> {
    /// The person.
    pub user: &'a User,
    /// What they call it.
    pub name: Option<String>,
    /// What it is good for, of what they may do; empty for all of it.
    pub scope: Scope,
    /// How long it is to live; `None` for as long as its type says.
    pub expires_in: Option<Duration>,
    /// The end of what they proved themselves by, which it must not outlive.
    pub not_after: Option<Timestamp>,
    /// When.
    pub at: Timestamp,
}

/// The attribute that says what its maker calls it.
const NAME: &str = "name";

impl Tokens {
    /// The type of the tokens that people make for themselves, unless it was taken away.
    ///
    /// # Errors
    ///
    /// [`Error::Store`] if the store cannot be reached.
    pub async fn personal_type(&self) -> Result<Option<TokenType>> {
        let types = self.store.token_types().await?;
        let is_it =
            |known: &&TokenType| known.removed_at.is_none() && known.name.fold() == PERSONAL;
        Ok(types.iter().find(is_it).cloned())
    }

    /// Makes such a token, with whatever `add` puts beside its entry: it is written with it or not
    /// at all. The log is told of either.
    ///
    /// # Errors
    ///
    /// [`Error::Store`] if the entry could not be written; then there is no token.
    pub async fn create_personal(
        &self,
        token_type: &TokenType,
        terms: PersonalTerms<'_>,
        add: impl Fn(Command, &CreatedToken) -> Command,
    ) -> Result<std::result::Result<CreatedToken, CreateRefusal>> {
        let name = terms.name.map(|name| (NAME.to_owned(), Value::String(name)));
        let new = NewTypedToken {
            maker: Maker::Person(terms.user),
            token_type,
            purposes: Vec::new(),
            identity: None,
            attributes: name.into_iter().collect(),
            expires_in: terms.expires_in,
            not_after: terms.not_after,
            at: terms.at,
        };
        let made = self.create_within(&new, &terms.scope, add).await?;
        tell(terms.user.user_id, &made);
        Ok(made)
    }

    /// What its maker calls such a token, where they said so and it has not ended.
    ///
    /// # Errors
    ///
    /// [`Error::Unsealable`] if what was kept was altered, swapped or lost.
    pub async fn name_of_personal(
        &self,
        entry: &TokenEntry,
        at: Timestamp,
    ) -> Result<Option<String>> {
        if entry.payload.is_none() {
            return Ok(None);
        }
        let mut attributes = self.open_typed(entry, at).await?.attributes;
        let name = attributes.remove(NAME);
        Ok(name.and_then(|name| name.as_str().map(str::to_owned)))
    }

    /// Finds the token that a string is, if somebody made it for themselves.
    ///
    /// # Errors
    ///
    /// [`super::super::Error::Store`] if the store cannot be reached: then nothing is known.
    pub async fn find_personal(&self, presented: &str) -> Result<Option<Arc<StandingEntry>>> {
        let found = self.find_any(presented).await?;
        Ok(found.filter(|found| is_personal(&found.entry)))
    }

    /// Whether such a token would be refused as who somebody is. Nothing is spent.
    #[must_use]
    pub fn judge_personal(
        &self,
        found: &StandingEntry,
        now: (IpAddr, Timestamp),
    ) -> Option<Refused> {
        found.judge(&self.personal_attempt(now))
    }

    /// Presents such a token as who somebody is: its rules count, and a use is spent where they say
    /// so. Returns when it ends if it is not used again, if ever; or why it is not good.
    ///
    /// # Errors
    ///
    /// [`super::super::Error::Store`] if the store cannot be reached.
    pub async fn present_personal(
        &self,
        found: &Arc<StandingEntry>,
        now: (IpAddr, Timestamp),
    ) -> Result<std::result::Result<Option<Timestamp>, Refused>> {
        Ok(match self.spend_entry(found, &self.personal_attempt(now), None).await? {
            Ending::Spent(after) => Ok(unused_end(&found.entry, after)),
            Ending::Refused(refused) => Err(refused),
        })
    }

    fn personal_attempt(&self, (from, at): (IpAddr, Timestamp)) -> Attempt {
        let circumstances = Circumstances {
            type_name: Some(PERSONAL.to_owned()),
            purpose: None,
            identity: None,
            client_id: ClientId::of_people(),
            audience: SpaceDelimited::parse(self.policy().issuer.as_str()),
            address: Some(from.to_canonical()),
        };
        Attempt { at, presented: Some(circumstances) }
    }

    /// What such a token says of its user: what is so of them now; or, where the settings want
    /// that, what was so when it was made, if that was kept then.
    ///
    /// # Errors
    ///
    /// [`Error::Unsealable`] if what was kept was altered, swapped or lost.
    pub async fn told_by_personal(
        &self,
        entry: &TokenEntry,
        user: &Arc<User>,
        at: Timestamp,
    ) -> Result<Arc<User>> {
        let then = match self.policy().user_snapshot {
            UserSnapshot::Issue if entry.payload.is_some() => {
                self.open_typed(entry, at).await?.user
            }
            UserSnapshot::Issue | UserSnapshot::Live => None,
        };
        let told = match then {
            Some(then) => then
                .of_then(user)
                .map(Arc::new)
                .map_err(|_| Error::Unsealable(format!("entry {}", entry.entry_key)))?,
            None => Arc::clone(user),
        };
        Ok(limited_to(Some(&entry.scope).filter(|scope| !scope.is_empty()), told))
    }
}

/// Tells the log what came of somebody's wish for a token, whichever way they asked for it.
fn tell(user_id: Uuid, made: &std::result::Result<CreatedToken, CreateRefusal>) {
    match made {
        Ok(CreatedToken { entry_key: key, .. }) => {
            counter!("tessera_typed_tokens_created_total").increment(1);
            tracing::info!(
                event = "personal_token.created",
                token.entry = %key,
                user.id = %user_id,
                "made {key} for user {user_id}"
            );
        }
        Err(refusal) => tracing::info!(
            event = "personal_token.not_created",
            user.id = %user_id,
            reason = %refusal,
            "made no personal token for user {user_id}: {refusal}"
        ),
    }
}

/// `user`, with what they may do limited to `limit`, if there is one.
#[must_use]
pub fn limited_to(limit: Option<&Scope>, user: Arc<User>) -> Arc<User> {
    let Some(scope) = limit else { return user };
    if user.scope.iter().all(|token| scope.contains(token)) {
        return user;
    }
    let limited = user.scope.retain(|token| scope.contains(token));
    Arc::new(User { scope: limited, ..User::clone(&user) })
}

/// When an entry that was just used ends if that was its last use: its own end, or that of the rest
/// which it may take. `None` if neither comes.
fn unused_end(entry: &TokenEntry, after: After) -> Option<Timestamp> {
    let rests_since = after.last_used_at.unwrap_or(entry.rests_since());
    let rested = entry.rules.spending(None).idle.map(|most| rests_since.plus(most));
    [after.expires_at, rested].into_iter().flatten().min()
}

/// Whether somebody made it for themselves.
#[must_use]
pub fn is_personal(entry: &TokenEntry) -> bool {
    entry.kind == TokenKind::Typed
        && entry.type_name == PERSONAL
        && entry.client_id.is_of_people()
        && entry.user_id.is_some()
}

/// How long one is to live: as asked, else as its type says, else as is usual.
#[must_use]
pub fn personal_life(
    token_type: &TokenType,
    asked: Option<Duration>,
    usual: Duration,
) -> Option<Duration> {
    let has_rule = token_type.definition.rules.iter().any(|rule| matches!(rule, Rule::Expiry(_)));
    asked.or((!has_rule).then_some(usual))
}
