//! Looking at a token's entry with every request: the row decides, as it does for the server.

use std::net::IpAddr;

use crate::{
    model::{
        attempt::{Attempt, Circumstances},
        jwt_id::JwtId,
        space_delimited::SpaceDelimited,
        standing::StandingEntry,
        timestamp::Timestamp,
        token_entry::TokenKind,
        token_string::{Recognised, TokenStringForm},
        token_type::SpendOn,
    },
    store::{EntryReader, ReadError},
    tokens::claims::AccessTokenClaims,
};

use super::{
    Jwks, ValidToken,
    jwks::chain,
    validator::{Looked, Unavailable, look_at_jwt},
    verifier::{AllClaims, Expected},
};

/// The entries of tokens, as a resource server with access to the database sees them.
///
/// One look for each request, kept by nobody: a token is refused by the first call after its
/// revocation. A row that is missing makes its token invalid. Nothing is written, so tokens whose
/// type says that introspection spends a use are refused here: ask introspection about those.
#[derive(Debug)]
pub struct Entries {
    reader: EntryReader,
    form: TokenStringForm,
}

impl Entries {
    /// The entries that `reader` sees.
    #[must_use]
    pub fn new(reader: EntryReader) -> Self {
        Self { reader, form: TokenStringForm::default() }
    }

    /// The same, of a server whose reference tokens begin with `prefix` (its setting
    /// `tokens.reference.prefix`).
    #[must_use]
    pub fn prefixed(self, prefix: &str) -> Self {
        let form = TokenStringForm { prefix: prefix.to_owned(), ..self.form };
        Self { form, ..self }
    }

    /// What a token is good for, presented `from` an address where that is known.
    pub(super) async fn look(
        &self,
        token: &str,
        keys: &Jwks,
        (expected, now, from): (&Expected, Timestamp, Option<IpAddr>),
    ) -> Looked {
        let (found, more) = match self.form.recognise(token) {
            None => return Ok(Err("unknown")),
            Some(Recognised::Reference(hash)) => {
                let found = self.reader.find_by_hash(&hash).await.map_err(|e| unread(&e))?;
                (found.filter(|found| found.entry.is_of_reference(&hash)), None)
            }
            Some(Recognised::Located(key, hash)) => {
                let found = self.reader.find_by_key(key).await.map_err(|e| unread(&e))?;
                (found.filter(|found| found.entry.is_of_located(&hash)), None)
            }
            Some(Recognised::Jwt) => {
                let said = match look_at_jwt(token, keys, (expected, now)).await? {
                    Ok(said) => said,
                    Err(reason) => return Ok(Err(reason)),
                };
                let Some(id) = JwtId::parse(&said.claims.jti) else { return Ok(Err("unknown")) };
                let found = self.reader.find_by_key(id.entry_key).await.map_err(|e| unread(&e))?;
                let is_its =
                    |found: &StandingEntry| found.entry.is_of_jwt(&id, &said.claims.client_id);
                (found.filter(is_its), Some(said.more))
            }
        };
        let Some(found) = found else { return Ok(Err("unknown")) };
        Ok(judge(&found, (expected, now, from)).and_then(|claims| {
            let said = AllClaims { claims, more: more.unwrap_or_default() };
            ValidToken::of(said).ok_or("unreadable")
        }))
    }
}

/// What the row says, if it says that the token is good for this resource server. The row beats
/// what the token says of itself.
fn judge(
    found: &StandingEntry,
    (expected, now, from): (&Expected, Timestamp, Option<IpAddr>),
) -> Result<AccessTokenClaims, &'static str> {
    let entry = &found.entry;
    if entry.kind != TokenKind::Access {
        return Err("other_kind");
    }
    let circumstances = Circumstances {
        type_name: None,
        purpose: None,
        identity: None,
        client_id: entry.client_id.clone(),
        audience: SpaceDelimited::parse(&expected.audience),
        address: from.map(|address| address.to_canonical()),
    };
    if let Some(refused) = found.judge(&Attempt { at: now, presented: Some(circumstances) }) {
        return Err(refused.refusal.as_str());
    }
    if entry.rules.0.is_some() && entry.rules.spend_on() == SpendOn::Introspection {
        return Err("not_spendable");
    }
    let claims = AccessTokenClaims::of_entry(entry, &expected.issuer);
    expected.admits(&claims, now)?;
    Ok(claims)
}

fn unread(error: &ReadError) -> Unavailable {
    tracing::warn!(
        event = "validation.entry_not_read",
        cause = %chain(error),
        "the entry of a token cannot be read: {error}"
    );
    Unavailable::Entries
}
