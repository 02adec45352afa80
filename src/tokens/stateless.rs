//! JWTs without entries: where there is no store, what is signed in a token is all there is to
//! judge it by.

use std::sync::Arc;

use crate::model::{
    client_id::ClientId,
    jwt_id::JwtId,
    scope::Scope,
    space_delimited::SpaceDelimited,
    standing::{Standing, StandingEntry},
    timestamp::Timestamp,
    token_entry::TokenEntry,
    token_type::ACCESS,
};

use super::{
    Result, Tokens,
    claims::{AccessTokenClaims, AudienceClaim},
};

impl Tokens {
    /// The entry that a JWT of ours would have, made of its claims, beside the client as files
    /// declare it. It has ended only by its time, or with its client. `None` if it says what we
    /// never wrote.
    pub(super) async fn stand_in(
        &self,
        claims: &AccessTokenClaims,
        id: JwtId,
    ) -> Result<Option<Arc<StandingEntry>>> {
        let Some(entry) = entry_of(claims, id) else { return Ok(None) };
        let client = self.store.find_registered_client(&entry.client_id).await?;
        let standing = Standing {
            client_status: client.map(|found| found.client.status.as_str().to_owned()),
            // No generation is ever raised where none is kept.
            client_generation_now: Some(entry.client_generation),
            user_status: None,
            user_locked_until: None,
            user_generation_now: None,
            password_generation_now: None,
            username: None,
            type_shown: Some(ACCESS.to_owned()),
            family_status: None,
            global_generation_now: Some(entry.global_generation),
        };
        Ok(Some(Arc::new(StandingEntry { entry, standing })))
    }
}

fn entry_of(claims: &AccessTokenClaims, id: JwtId) -> Option<TokenEntry> {
    let client_id = ClientId::parse(&claims.client_id).ok()?;
    let audience: SpaceDelimited = match &claims.aud {
        AudienceClaim::One(only) => [only.clone()].into_iter().collect(),
        AudienceClaim::Many(all) => all.iter().cloned().collect(),
    };
    Some(TokenEntry {
        subject: Some(claims.sub.clone()).filter(|sub| *sub != claims.client_id),
        scope: Scope::parse(&claims.scope).ok()?,
        audience,
        not_before: claims.nbf.map(moment),
        expires_at: Some(moment(claims.exp)),
        ..TokenEntry::blank(id, &client_id, moment(claims.iat))
    })
}

fn moment(seconds: i64) -> Timestamp {
    Timestamp(seconds.saturating_mul(1000))
}
