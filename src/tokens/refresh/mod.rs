//! Refreshing: a refresh token gets new tokens for the same authorization (RFC 6749 §6).
//!
//! All that descends from one authorization is a family. It begins with the first refresh token and
//! has one end, which no refresh moves. Where refresh tokens rotate, each is good once: a second
//! use within the leeway gets the same answer, as long as nobody used what stands in it; one that
//! comes later tells that the token is in two hands, and ends the family.

mod begin;
mod jwt;
mod kept;
mod replay;
mod retry;
mod rotate;

use std::sync::Arc;

use crate::model::{
    audit::Origin,
    authorization::Authorization,
    client::Client,
    entry_key::EntryKey,
    jwt_id::JwtId,
    secret::Secret,
    standing::{Refusal, StandingEntry},
    timestamp::Timestamp,
    token_entry::{TokenEntry, TokenKind},
    token_format::TokenFormat,
};

use super::{
    Result, Tokens,
    claims::{AccessTokenClaims, AudienceClaim},
    issue::blank_entry,
    key_set::LoadedKey,
    typed::CreateRefusal,
};

use self::{jwt::REFRESH_TOKEN_TYPE, replay::Replay};

pub(super) use self::{jwt::jwt_id, kept::KeptReplays};

pub use self::{begin::NewFamily, retry::Retried};

/// A refresh token that is presented, and what it is to bring.
#[derive(Debug, Clone, Copy)]
pub struct Refreshing<'a> {
    /// Who presents it.
    pub client: &'a Client,
    /// The string.
    pub presented: &'a str,
    /// Its entry.
    pub found: &'a StandingEntry,
    /// What the access token is for: all that was granted, or part of it.
    pub authorization: &'a Authorization,
    /// By which way it came.
    pub origin: &'a Origin,
    /// When.
    pub at: Timestamp,
}

/// Why a refresh token brought nothing.
#[derive(Debug)]
pub enum RefreshRefusal {
    /// The rules of access tokens do not allow one more.
    Create(CreateRefusal),
    /// It is not good; for the log only.
    NotGood(Refusal),
    /// It was turned into another one before, and somebody used that already, or it came again too
    /// often.
    Spent,
    /// The same, and too late for a retry: its family was ended.
    Reused,
}

/// When a refresh token ends.
#[derive(Debug, Clone, Copy)]
pub(super) struct Ends {
    expires_at: Timestamp,
    absolute_at: Timestamp,
}

impl Tokens {
    /// Finds the refresh token that is presented, whosever it is.
    ///
    /// # Errors
    ///
    /// [`super::Error::Store`] if the store cannot be reached.
    pub async fn find_refresh_token(&self, presented: &str) -> Result<Option<Arc<StandingEntry>>> {
        let found = self.find(presented).await?;
        Ok(found.filter(|found| found.entry.kind == TokenKind::Refresh))
    }

    /// When a refresh token of a family ends that is used at `now`.
    pub(super) fn ends(&self, client: &Client, absolute_at: Timestamp, now: Timestamp) -> Ends {
        let lifetime = client.refresh_lifetime(self.policy().refresh.lifetime);
        Ends { expires_at: now.floor_to_second().plus(lifetime).min(absolute_at), absolute_at }
    }

    fn refresh_format(&self, client: &Client) -> TokenFormat {
        client.refresh_format.unwrap_or(self.policy().refresh.format)
    }

    /// The key that signs the refresh tokens of `client`; `None` where they are references.
    pub(super) async fn refresh_key(
        &self,
        client: &Client,
        now: Timestamp,
    ) -> Result<Option<Arc<LoadedKey>>> {
        match self.refresh_format(client) {
            TokenFormat::Reference => Ok(None),
            TokenFormat::Jwt => self.key_that_signs(client, now).await.map(Some),
        }
    }

    /// Draws a refresh token of the family of `authorization`.
    pub(super) fn draft_refresh(
        &self,
        authorization: &Authorization,
        ends: Ends,
        key: Option<&LoadedKey>,
        now: Timestamp,
    ) -> Result<(TokenEntry, Secret)> {
        // Kept until the family's end, so that a token that was stolen is known however late.
        let kept_until = ends.absolute_at.plus(self.policy().keep_ended);
        let entry_key = EntryKey::draw(kept_until, &self.random);
        let id = JwtId { entry_key, salt: self.random.bits().cast_signed() };
        let kind = TokenKind::Refresh;
        let mut entry = TokenEntry {
            kind,
            type_name: kind.as_str().to_owned(),
            absolute_at: Some(ends.absolute_at),
            ..blank_entry(authorization, id, (now, ends.expires_at))
        };
        let claims = self.refresh_claims(&entry, ends, now);
        let token = match key {
            None => self.make_reference(&mut entry, &claims)?,
            Some(key) => {
                let token = Secret::new(key.sign(REFRESH_TOKEN_TYPE, &claims)?);
                entry.reference_hash = Some(token.hash().as_bytes().to_vec());
                token
            }
        };
        Ok((entry, token))
    }

    fn refresh_claims(&self, entry: &TokenEntry, ends: Ends, now: Timestamp) -> AccessTokenClaims {
        let issuer = self.policy().issuer.as_str().to_owned();
        let client_id = entry.client_id.as_str().to_owned();
        AccessTokenClaims {
            sub: entry.subject.clone().unwrap_or_else(|| client_id.clone()),
            // Nobody else has anything to do with it.
            aud: AudienceClaim::One(issuer.clone()),
            iss: issuer,
            client_id,
            iat: now.seconds(),
            exp: ends.expires_at.seconds(),
            nbf: None,
            jti: entry.id().to_string(),
            scope: entry.scope.to_string(),
        }
    }
}
