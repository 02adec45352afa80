//! Refresh tokens that are JWTs. Only we read them, and each has an entry, so it is the entry that
//! tells whether one is ours: it holds the hash of the whole string. No signing key has to be kept
//! as long as a family lasts.

use std::sync::Arc;

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use serde::Deserialize;

use crate::{
    model::{
        jwt_id::JwtId,
        secret::Sha256,
        standing::StandingEntry,
        token_entry::{EntryFormat, TokenKind},
    },
    store::TokenName,
};

use super::super::{Result, Tokens, jwt};

/// The `typ` of refresh tokens that are JWTs: ours alone, so that nobody takes one for another.
pub(super) const REFRESH_TOKEN_TYPE: &str = "rt+jwt";

#[derive(Deserialize)]
struct Named {
    jti: String,
}

/// Which token a JWT says it is, if it says that it is a refresh token. Nothing in it is verified.
pub(in crate::tokens) fn jwt_id(presented: &str) -> Option<JwtId> {
    let header = jwt::header(presented).ok()?;
    if !jwt::has_type(&header, REFRESH_TOKEN_TYPE) {
        return None;
    }
    let claims = URL_SAFE_NO_PAD.decode(presented.split('.').nth(1)?).ok()?;
    let Named { jti } = serde_json::from_slice(&claims).ok()?;
    JwtId::parse(&jti)
}

impl Tokens {
    /// Finds the entry of a refresh token that is a JWT: the one that it names, if that holds the
    /// hash of this very string.
    pub(in crate::tokens) async fn find_refresh_jwt(
        &self,
        presented: &str,
        id: JwtId,
    ) -> Result<Option<Arc<StandingEntry>>> {
        let hash = Sha256::of(presented.as_bytes());
        let found = self.store.find_token(TokenName::Key(id.entry_key)).await?;
        Ok(found.filter(|found| {
            found.entry.kind == TokenKind::Refresh
                && found.entry.format == EntryFormat::Jwt
                && found.entry.has_hash(&hash)
        }))
    }
}
