//! What leads people to a new password, and to their account: typed tokens that stand in the address
//! of a letter, are good once, and for a while.

use std::{net::IpAddr, sync::Arc, time::Duration};

use uuid::Uuid;

use crate::{
    model::{
        attempt::{Attempt, Circumstances},
        client_id::ClientId,
        rules::{Expiry, Rule, SubjectAlive, SubjectEvent, UseCount},
        space_delimited::SpaceDelimited,
        standing::StandingEntry,
        timestamp::Timestamp,
        token_entry::TokenKind,
        token_type::{
            INVITATION, PASSWORD_RESET, SpendOn, TokenType, TypeDefinition, TypeName, TypeSource,
        },
        user::User,
    },
    store::Command,
};

use super::{
    super::{Error, Result, Tokens},
    CreatedToken, Maker, NewTypedToken,
    spend::Ending,
};

/// Where it leads.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Link {
    /// To a new password.
    PasswordReset,
    /// To the first password of an account.
    Invitation,
}

/// One that is good.
#[derive(Debug)]
pub struct FoundLink {
    /// Whom it was made for.
    pub user_id: Uuid,
    /// Where it leads.
    pub link: Link,
    found: Arc<StandingEntry>,
}

impl Link {
    /// The name of its type.
    #[must_use]
    pub fn type_name(self) -> &'static str {
        match self {
            Self::PasswordReset => PASSWORD_RESET,
            Self::Invitation => INVITATION,
        }
    }

    /// Its type. The rules are ours, whatever somebody configured under that name: another password
    /// of its user ends it, too.
    fn token_type(self, lifetime: Duration, at: Timestamp) -> Result<TokenType> {
        let name = TypeName::parse(self.type_name());
        let events = vec![SubjectEvent::PasswordChange];
        let definition = TypeDefinition {
            spend_on: SpendOn::Use,
            rules: vec![
                Rule::Expiry(Expiry { expiry_time: lifetime }),
                Rule::UseCount(UseCount { max_use_count: 1 }),
                Rule::SubjectAlive(SubjectAlive { events }),
            ],
            ..TypeDefinition::default()
        };
        Ok(TokenType {
            name: name.map_err(|_| Error::Cryptography("name a type"))?,
            source: TypeSource::BuiltIn,
            version: 1,
            definition,
            updated_at: at,
            removed_at: None,
        })
    }
}

impl Tokens {
    /// Makes a link for an active user, with whatever `add` puts beside its entry. `None` if the
    /// user is not active any more.
    ///
    /// # Errors
    ///
    /// [`Error::Store`] if the entry could not be written; then there is no link.
    pub async fn create_link(
        &self,
        link: Link,
        (user, lifetime): (&User, Duration),
        at: Timestamp,
        add: impl Fn(Command, &CreatedToken) -> Command,
    ) -> Result<Option<CreatedToken>> {
        let token_type = link.token_type(lifetime, at)?;
        let new = NewTypedToken {
            maker: Maker::Person(user),
            token_type: &token_type,
            purposes: Vec::new(),
            identity: None,
            attributes: serde_json::Map::new(),
            expires_in: None,
            not_after: None,
            at,
        };
        Ok(self.create_with(&new, add).await?.ok())
    }

    /// Finds the link that a string is, if it is good. Nothing is spent.
    ///
    /// # Errors
    ///
    /// [`Error::Store`] if the store cannot be reached.
    pub async fn find_link(
        &self,
        presented: &str,
        now: (IpAddr, Timestamp),
    ) -> Result<Option<FoundLink>> {
        let Some(found) = self.find_any(presented).await? else { return Ok(None) };
        let entry = &found.entry;
        let link = [Link::PasswordReset, Link::Invitation]
            .into_iter()
            .find(|link| link.type_name() == entry.type_name);
        let is_ours = entry.kind == TokenKind::Typed && entry.client_id.is_of_people();
        let (Some(link), Some(user_id), true) = (link, entry.user_id, is_ours) else {
            return Ok(None);
        };
        let is_good = found.judge(&self.link_attempt(link, now)).is_none();
        Ok(is_good.then_some(FoundLink { user_id, link, found }))
    }

    /// Spends a link. Returns whether it was still good: of several at once, one is told so.
    ///
    /// # Errors
    ///
    /// [`Error::Store`] if the store cannot be reached.
    pub async fn spend_link(&self, link: &FoundLink, now: (IpAddr, Timestamp)) -> Result<bool> {
        let attempt = self.link_attempt(link.link, now);
        let ending = self.spend_entry(&link.found, &attempt, None).await?;
        Ok(matches!(ending, Ending::Spent(_)))
    }

    fn link_attempt(&self, link: Link, (from, at): (IpAddr, Timestamp)) -> Attempt {
        let circumstances = Circumstances {
            type_name: Some(link.type_name().to_owned()),
            purpose: None,
            identity: None,
            client_id: ClientId::of_people(),
            audience: SpaceDelimited::parse(self.policy().issuer.as_str()),
            address: Some(from.to_canonical()),
        };
        Attempt { at, presented: Some(circumstances) }
    }
}
