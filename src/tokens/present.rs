//! Presenting: find, judge. The only way in which a presented token is looked at.

use std::sync::Arc;

use crate::{
    model::{
        attempt::Attempt,
        entry_key::EntryKey,
        jwt_id::JwtId,
        secret::Sha256,
        standing::{Refusal, StandingEntry},
        timestamp::Timestamp,
        token_entry::{EntryFormat, TokenEntry, TokenKind},
        token_string::Recognised,
    },
    store::TokenName,
};

use super::{
    Error, Result, Tokens,
    claims::AccessTokenClaims,
    jwt::{self, ACCESS_TOKEN_TYPE},
    key_set::LoadedKey,
    refresh,
    remembered::{Payload, VerifiedJwt},
    seal::Belonging,
};

/// A token of ours, found.
#[derive(Debug)]
pub struct Presented {
    /// Its entry, and what stands around it.
    pub found: Arc<StandingEntry>,
    /// Why it is not usable; `None` if it is.
    pub refusal: Option<Refusal>,
}

impl Tokens {
    /// Looks at a presented string. `None` if it is no token of ours. Consumes nothing and writes
    /// nothing.
    ///
    /// # Errors
    ///
    /// [`Error::Store`] if the store cannot be reached: then nothing is known of the token.
    pub async fn present(&self, presented: &str, now: Timestamp) -> Result<Option<Presented>> {
        let found = self.find(presented).await?;
        let look = Attempt::look(now);
        let refusal = |found: &StandingEntry| found.judge(&look).map(|refused| refused.refusal);
        Ok(found.map(|found| Presented { refusal: refusal(&found), found }))
    }

    /// Finds the entry of a presented string, by whichever of our forms it has.
    pub(super) async fn find(&self, presented: &str) -> Result<Option<Arc<StandingEntry>>> {
        match self.policy().reference.recognise(presented) {
            None => Ok(None),
            Some(Recognised::Reference(hash)) => self.find_reference(&hash).await,
            Some(Recognised::Located(key, hash)) => self.find_located(key, &hash).await,
            Some(Recognised::Jwt) => match refresh::jwt_id(presented) {
                Some(id) => self.find_refresh_jwt(presented, id).await,
                None => self.find_jwt(presented).await,
            },
        }
    }

    /// The claims that a usable token stands for. What the row says beats what was sealed: it is
    /// the row that is judged.
    ///
    /// # Errors
    ///
    /// [`Error::Unsealable`] if the payload of a reference token was altered, swapped or lost.
    pub async fn claims_of(
        &self,
        presented: &Presented,
        now: Timestamp,
    ) -> Result<AccessTokenClaims> {
        let entry = &presented.found.entry;
        let row = AccessTokenClaims::of_entry(entry, &self.policy().issuer);
        if entry.format == EntryFormat::Jwt {
            return Ok(row);
        }
        let payload = self.open_payload(entry, now).await?;
        Ok(AccessTokenClaims { iss: payload.iss.clone(), sub: payload.sub.clone(), ..row })
    }

    /// What was sealed in an entry.
    async fn open_payload(&self, entry: &TokenEntry, now: Timestamp) -> Result<Arc<Payload>> {
        let unsealable = || Error::Unsealable(format!("entry {}", entry.entry_key));
        let Some(sealed) = &entry.payload else { return Err(unsealable()) };
        if let Some(payload) = self.remembered.payload(entry.entry_key, &entry.client_id, sealed) {
            return Ok(payload);
        }
        let plain = self.open_sealed(entry, now).await?;
        let AccessTokenClaims { iss, sub, .. } =
            serde_json::from_slice(&plain).map_err(|_| unsealable())?;
        let (sealed, client_id) = (sealed.clone(), entry.client_id.clone());
        let payload = Arc::new(Payload { sealed, client_id, iss, sub });
        self.remembered.keep_payload(entry.entry_key, &payload);
        Ok(payload)
    }

    /// Opens what was sealed in an entry.
    pub(super) async fn open_sealed(&self, entry: &TokenEntry, now: Timestamp) -> Result<Vec<u8>> {
        let unsealable = || Error::Unsealable(format!("entry {}", entry.entry_key));
        let (Some(sealed), Some(seal_key)) = (&entry.payload, entry.seal_key) else {
            return Err(unsealable());
        };
        let belonging = Belonging::payload(entry.entry_key, &entry.client_id);
        if let Some(plain) = self.sealer.open(seal_key, &belonging, sealed) {
            return Ok(plain);
        }
        // Another node may have begun a new period since we last looked.
        self.sealer.renew(&self.store, now).await?;
        self.sealer.open(seal_key, &belonging, sealed).ok_or_else(unsealable)
    }

    pub(super) async fn find_reference(&self, hash: &Sha256) -> Result<Option<Arc<StandingEntry>>> {
        let found = self.store.find_token(TokenName::from(hash)).await?;
        // The index compared bytes; this comparison takes the same time wherever they differ.
        Ok(found.filter(|found| found.entry.is_of_reference(hash)))
    }

    async fn find_located(
        &self,
        key: EntryKey,
        hash: &Sha256,
    ) -> Result<Option<Arc<StandingEntry>>> {
        let found = self.store.find_token(TokenName::Key(key)).await?;
        Ok(found.filter(|found| found.entry.is_of_located(hash)))
    }

    async fn find_jwt(&self, presented: &str) -> Result<Option<Arc<StandingEntry>>> {
        let Some(jwt) = self.verify_jwt(presented).await? else { return Ok(None) };
        if let Some(claims) = &jwt.claims {
            return self.stand_in(claims, jwt.id).await;
        }
        let found = self.store.find_token(TokenName::Key(jwt.id.entry_key)).await?;
        let is_its = |found: &Arc<StandingEntry>| {
            found.entry.kind != TokenKind::Refresh && found.entry.is_of_jwt(&jwt.id, &jwt.client_id)
        };
        Ok(found.filter(is_its))
    }

    /// What a JWT that we signed says of its entry. It is ours if its signature, its type and its
    /// issuer are, and if it has an entry; that it has expired is for its entry to say.
    pub(super) async fn verify_jwt(&self, presented: &str) -> Result<Option<Arc<VerifiedJwt>>> {
        let hash = Sha256::of(presented.as_bytes());
        // What a withdrawn key signed is good no more, however often it was before.
        self.keys.reload(&self.store, &self.sealer).await?;
        if let Some(jwt) = self.remembered.jwt(&hash)
            && self.keys.find(&jwt.kid).is_some()
        {
            return Ok(Some(jwt));
        }
        let Ok(header) = jwt::header(presented) else { return Ok(None) };
        if !jwt::has_type(&header, ACCESS_TOKEN_TYPE) {
            return Ok(None);
        }
        let Some(key) = self.find_key(header.kid.as_deref()).await? else { return Ok(None) };
        let claims = jwt::verify(presented, &key.verifier, key.algorithm.into());
        let Ok(claims) = claims as std::result::Result<AccessTokenClaims, _> else {
            return Ok(None);
        };
        let is_ours = claims.iss == self.policy().issuer.as_str();
        let Some(id) = JwtId::parse(&claims.jti).filter(|_| is_ours) else { return Ok(None) };
        let (kid, client_id) = (key.kid.clone(), claims.client_id.clone());
        let claims = self.store.is_disabled().then(|| Box::new(claims));
        let jwt = Arc::new(VerifiedJwt { kid, id, client_id, claims });
        self.remembered.keep_jwt(&hash, &jwt);
        Ok(Some(jwt))
    }

    /// The key named `kid`; another node may have made it a moment ago, and not told us yet.
    pub(super) async fn find_key(&self, kid: Option<&str>) -> Result<Option<Arc<LoadedKey>>> {
        let Some(kid) = kid else { return Ok(None) };
        if let Some(key) = self.keys.find(kid) {
            return Ok(Some(key));
        }
        self.keys.read(&self.store, &self.sealer).await?;
        Ok(self.keys.find(kid))
    }
}
