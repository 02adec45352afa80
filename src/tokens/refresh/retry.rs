//! A refresh token that was turned into another one comes again.

use uuid::Uuid;

use crate::{
    model::{
        attempt::Attempt,
        audit::{AuditEvent, Operator, Origin},
        client::Client,
        entry_key::EntryKey,
        id::uuid_v7,
        jwt_id::JwtId,
        standing::{Refusal, StandingEntry},
        timestamp::Timestamp,
        token_entry::{EntryStatus, TokenEntry},
    },
    store::{End, Retry, TokenName},
};

use super::{
    super::{Issued, Result, Tokens},
    RefreshRefusal, Replay,
};

/// How often an answer that was lost is given again.
const LIMIT: i64 = 5;

/// What came of it.
pub type Retried = std::result::Result<Issued, RefreshRefusal>;

impl Tokens {
    /// Answers once more what the token brought, if its answer may have been lost: within the
    /// leeway, if what it brought was not used. Later, it ends the family, unless that has ended: the
    /// token is in two hands (RFC 9700 §4.14.2).
    ///
    /// # Errors
    ///
    /// [`super::super::Error::Store`] if the store cannot be reached: then nothing is known.
    pub async fn retry_refresh(
        &self,
        client: &Client,
        (presented, found): (&str, &StandingEntry),
        (origin, at): (&Origin, Timestamp),
    ) -> Result<Retried> {
        // Whoever lost a race looked at it before it was redeemed.
        let found = match self.store.find_token(TokenName::Key(found.entry.entry_key)).await? {
            Some(now) if is_the_same(&now.entry, found.entry.id()) => now,
            _ => return Ok(Err(RefreshRefusal::Spent)),
        };
        if let Err(refusal) = self.account_end(&found.entry, at).await? {
            return Ok(Err(RefreshRefusal::NotGood(refusal)));
        }
        if let Some(issued) = self.replay(client, (presented, &found), at).await? {
            return Ok(Ok(issued));
        }
        let entry = &found.entry;
        let is_in_time =
            entry.redeemed_at.is_some_and(|redeemed_at| self.is_in_time(redeemed_at, at));
        if entry.status != EntryStatus::Redeemed || is_in_time {
            return Ok(Err(RefreshRefusal::Spent));
        }
        // Whoever comes with one of a family that has ended harms nobody, and tells nothing new.
        let is_alive = found.standing.family_status.as_deref() == Some("valid");
        if is_alive && self.end_reused(entry, (origin, at)).await? {
            return Ok(Err(RefreshRefusal::Reused));
        }
        Ok(Err(RefreshRefusal::NotGood(Refusal::Revoked)))
    }

    /// The answer that a token brought, once more: if it may be given again, all that it tells of is
    /// good, and the client may still have it.
    async fn replay(
        &self,
        client: &Client,
        (presented, found): (&str, &StandingEntry),
        at: Timestamp,
    ) -> Result<Option<Issued>> {
        let (entry, leeway) = (&found.entry, self.policy().refresh.reuse_leeway);
        let Some(successor) = entry.successor_key.filter(|_| !leeway.is_zero()) else {
            return Ok(None);
        };
        if !self.is_good(successor, at).await? {
            return Ok(None);
        }
        let (since, until) = (at.minus(leeway), at.plus(leeway));
        let retry = Retry { presented: entry.id(), at, since, until, limit: LIMIT };
        let sealed = self.store.write().await?.replay(&retry, &client.client_id).await?;
        let opened = sealed.and_then(|sealed| Replay::open(&sealed, presented, entry));
        let Some(issued) = opened.and_then(|opened| opened.into_issued(at)) else {
            return Ok(None);
        };
        let may_have_it = issued.scope.iter().all(|token| client.scope.contains(token));
        let may_be_told = may_have_it && self.is_good(issued.entry_key, at).await?;
        Ok(may_be_told.then_some(issued))
    }

    /// Whether the token with this entry works, or will when its time comes.
    async fn is_good(&self, key: EntryKey, at: Timestamp) -> Result<bool> {
        let found = self.store.find_token(TokenName::Key(key)).await?;
        let refused = found.map(|found| found.judge(&Attempt::look(at)));
        Ok(refused.is_some_and(|refused| refused.is_none_or(|refused| refused.until.is_some())))
    }

    /// Whether a token that was redeemed at one time and comes at another may have come because its
    /// answer was lost. It may come a little before, by the clock of another node.
    fn is_in_time(&self, redeemed_at: Timestamp, at: Timestamp) -> bool {
        let leeway = self.policy().refresh.reuse_leeway;
        !leeway.is_zero() && at < redeemed_at.plus(leeway) && redeemed_at < at.plus(leeway)
    }

    /// Ends the family of a token that came again too late. Returns whether it did.
    async fn end_reused(
        &self,
        entry: &TokenEntry,
        (origin, at): (&Origin, Timestamp),
    ) -> Result<bool> {
        let Some(family) = entry.authorization_id else { return Ok(false) };
        let reason = format!("{} was used again after it was replaced", entry.entry_key);
        let end = End { at, by: "server".to_owned(), reason };
        let detail = Some(format!("of {}; its family was ended", entry.client_id));
        let (id, target) = (uuid_v7(at, &self.random), entry.entry_key.to_string());
        let server = Operator::new("server").from(origin);
        let event = server.did((id, at), "family.reuse_detected", &target, detail);
        self.end_family(family, &end, event).await
    }

    /// Ends a family and every token of it, and writes `event` into the audit log, unless it has
    /// ended. Returns whether it did.
    ///
    /// # Errors
    ///
    /// [`super::super::Error::Store`] if the store cannot be reached: then nothing is known.
    pub async fn end_family(
        &self,
        family: Uuid,
        end: &End,
        event: impl Into<Option<AuditEvent>>,
    ) -> Result<bool> {
        let mut store = self.store.begin().await?;
        let is_first = store.end_family(family, end).await?;
        if is_first && let Some(event) = event.into() {
            store.insert_audit_event(&event).await?;
        }
        store.commit().await?;
        Ok(is_first)
    }
}

fn is_the_same(entry: &TokenEntry, id: JwtId) -> bool {
    entry.jti_salt == id.salt
}
