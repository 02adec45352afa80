//! Issuing: an authorization becomes an entry, and the string that the client holds.

use std::sync::Arc;

use crate::{
    model::{
        authorization::Authorization,
        client::Client,
        entry_key::EntryKey,
        jwt_id::JwtId,
        scope::Scope,
        secret::Secret,
        signature_algorithm::SignatureAlgorithm,
        space_delimited::SpaceDelimited,
        timestamp::Timestamp,
        token_entry::{EntryFormat, TokenEntry},
        token_format::TokenFormat,
    },
    store::Command,
};

use super::{
    Error, Result, Tokens,
    claims::{AccessTokenClaims, AudienceClaim},
    jwt::ACCESS_TOKEN_TYPE,
    key_set::LoadedKey,
    ruled::AccessRules,
    seal::Belonging,
    typed::CreateRefusal,
};

/// An access token, just issued. The only place where its string is ever seen.
#[derive(Debug)]
pub struct Issued {
    /// The string for the client.
    pub token: Secret,
    /// Its entry.
    pub entry_key: EntryKey,
    /// How many seconds it lives.
    pub expires_in: i64,
    /// What it is for.
    pub scope: Scope,
    /// Whom it is for.
    pub audience: SpaceDelimited,
    /// What gets the next one, where the grant can be refreshed.
    pub refresh: Option<Secret>,
    /// Who signed in, where the client asked for that.
    pub id_token: Option<Secret>,
    /// Whether the client had it before: an active one, or the answer to a refresh.
    pub is_again: bool,
}

/// What a token is to be made of.
#[derive(Clone, Copy)]
pub(super) struct Order<'a> {
    pub(super) client: &'a Client,
    pub(super) authorization: &'a Authorization,
    pub(super) rules: &'a AccessRules,
    /// What signs it; `None` for a reference.
    pub(super) key: Option<&'a LoadedKey>,
    pub(super) at: Timestamp,
}

/// A token that has no entry in the store yet.
pub(super) struct Draft {
    pub(super) entry: TokenEntry,
    pub(super) issued: Issued,
}

impl Tokens {
    /// Issues an access token and makes its entry durable; or tells the one that the client has, or
    /// puts another in its place, where that is what it gets that asks again.
    ///
    /// # Errors
    ///
    /// [`Error::Store`] if the entry could not be written; then there is no token.
    /// [`Error::Contended`] if so many asked for the same at once that its turn never came.
    pub async fn issue_access_token(
        &self,
        client: &Client,
        authorization: &Authorization,
        now: Timestamp,
    ) -> Result<std::result::Result<Issued, CreateRefusal>> {
        let key = self.signing_key(client, now).await?;
        let whose = (client, key.is_some());
        let rules = match self.access_rules(whose, authorization, now).await? {
            Ok(rules) => rules,
            Err(refusal) => return Ok(Err(refusal)),
        };
        let order = Order { client, authorization, rules: &rules, key: key.as_deref(), at: now };
        match self.slot_of(&order) {
            Some(slot) => self.issue_in_slot(&order, &slot).await.map(Ok),
            None => self.issue_another(&order, |command, _| command).await,
        }
    }

    /// Issues an access token and makes its entry durable, together with what `with` adds to the
    /// command, or not at all. It is always another one, beside all that the client has.
    ///
    /// # Errors
    ///
    /// As [`Tokens::issue_access_token`].
    pub async fn issue_access_token_with(
        &self,
        client: &Client,
        authorization: &Authorization,
        now: Timestamp,
        with: impl Fn(Command, &Issued) -> Command,
    ) -> Result<std::result::Result<Issued, CreateRefusal>> {
        let key = self.signing_key(client, now).await?;
        let whose = (client, key.is_some());
        let rules = match self.access_rules(whose, authorization, now).await? {
            Ok(rules) => rules,
            Err(refusal) => return Ok(Err(refusal)),
        };
        let order = Order { client, authorization, rules: &rules, key: key.as_deref(), at: now };
        self.issue_another(&order, with).await
    }

    /// Issues a token beside all that the client has.
    async fn issue_another(
        &self,
        order: &Order<'_>,
        with: impl Fn(Command, &Issued) -> Command,
    ) -> Result<std::result::Result<Issued, CreateRefusal>> {
        let Order { client, rules, at, .. } = *order;
        for _ in 0..rules.draws() {
            let (places, _turn) = match self.access_places(client, rules, at).await? {
                Ok(places) => places,
                Err(refusal) => return Ok(Err(refusal)),
            };
            let Draft { entry, issued } = self.draft(order.authorization, rules, order.key, at)?;
            let command = places.take(Command::new(), entry.entry_key, at);
            let command = with(command.insert_token(entry), &issued);
            if self.store.persist(command).await? {
                return Ok(Ok(issued));
            }
        }
        Err(rules.none_free())
    }

    /// The key that signs the tokens of `client`, made where there is none; `None` where they are
    /// references. A key that was withdrawn or put in its place, as an answer said, is not it any
    /// more.
    ///
    /// # Errors
    ///
    /// [`Error::Store`] if the store cannot be reached.
    pub(super) async fn signing_key(
        &self,
        client: &Client,
        now: Timestamp,
    ) -> Result<Option<Arc<LoadedKey>>> {
        if self.access_format(client) == TokenFormat::Reference {
            return Ok(None);
        }
        self.key_that_signs(client, now).await.map(Some)
    }

    /// The key that signs JWTs for `client`, made where there is none.
    ///
    /// # Errors
    ///
    /// As [`Tokens::signing_key`].
    pub(super) async fn key_that_signs(
        &self,
        client: &Client,
        now: Timestamp,
    ) -> Result<Arc<LoadedKey>> {
        self.key_of(self.access_algorithm(client), now).await
    }

    /// Draws a key and makes everything that hangs on it.
    pub(super) fn draft(
        &self,
        authorization: &Authorization,
        rules: &AccessRules,
        key: Option<&LoadedKey>,
        now: Timestamp,
    ) -> Result<Draft> {
        let AccessRules { terms, expires_at, copied } = rules;
        let latest = terms.latest().unwrap_or(*expires_at);
        let entry_key = EntryKey::draw(latest.plus(self.policy().keep_ended), &self.random);
        let id = JwtId { entry_key, salt: self.random.bits().cast_signed() };
        let claims = self.claims(authorization, id, (now, rules));
        let mut entry = TokenEntry {
            rules: copied.clone(),
            not_before: terms.not_before,
            absolute_at: terms.absolute_at,
            max_uses: terms.max_uses,
            ..blank_entry(authorization, id, (now, *expires_at))
        };
        let token = match key {
            None => self.make_reference(&mut entry, &claims)?,
            // RFC 9068 §2.
            Some(key) => Secret::new(key.sign(ACCESS_TOKEN_TYPE, &claims)?),
        };
        let Authorization { scope, audience, .. } = authorization.clone();
        let expires_in = expires_at.seconds() - now.seconds();
        let issued = Issued {
            token,
            entry_key,
            expires_in,
            scope,
            audience,
            refresh: None,
            id_token: None,
            is_again: false,
        };
        Ok(Draft { entry, issued })
    }

    pub(super) fn access_format(&self, client: &Client) -> TokenFormat {
        client.access_format.unwrap_or(self.policy().access_format)
    }

    fn access_algorithm(&self, client: &Client) -> SignatureAlgorithm {
        client.access_algorithm.unwrap_or(self.policy().access_algorithm)
    }

    fn claims(
        &self,
        authorization: &Authorization,
        id: JwtId,
        (now, rules): (Timestamp, &AccessRules),
    ) -> AccessTokenClaims {
        let client_id = authorization.client_id.as_str().to_owned();
        AccessTokenClaims {
            iss: self.policy().issuer.as_str().to_owned(),
            // RFC 9068 §2.2: a client that acts for itself is its own subject.
            sub: authorization.user.as_ref().map_or(client_id.clone(), |user| user.subject.clone()),
            aud: AudienceClaim::from(&authorization.audience),
            client_id,
            iat: now.seconds(),
            exp: rules.expires_at.seconds(),
            nbf: rules.terms.not_before.map(Timestamp::seconds_up),
            jti: id.to_string(),
            scope: authorization.scope.to_string(),
        }
    }

    /// Draws the string of a reference token, and seals into its entry what it stands for.
    pub(super) fn make_reference(
        &self,
        entry: &mut TokenEntry,
        claims: &AccessTokenClaims,
    ) -> Result<Secret> {
        let form = &self.policy().reference;
        let token = form.generate(entry.entry_key, &self.random);
        let plain = serde_json::to_vec(claims).map_err(|_| Error::Cryptography("write claims"))?;
        let belonging = Belonging::payload(entry.entry_key, &entry.client_id);
        let sealed = self.sealer.seal(&belonging, &plain)?;
        entry.format = if form.locator { EntryFormat::Located } else { EntryFormat::Reference };
        entry.reference_hash = Some(token.hash().as_bytes().to_vec());
        entry.payload = Some(sealed.bytes);
        entry.seal_key = Some(sealed.seal_key);
        Ok(token)
    }
}

pub(super) fn blank_entry(
    authorization: &Authorization,
    id: JwtId,
    (now, expires_at): (Timestamp, Timestamp),
) -> TokenEntry {
    let user = authorization.user.as_ref();
    TokenEntry {
        user_id: user.map(|user| user.user_id),
        subject: user.map(|user| user.subject.clone()),
        authorization_id: authorization.family,
        scope: authorization.scope.clone(),
        audience: authorization.audience.clone(),
        client_generation: authorization.client_generation,
        user_generation: user.map(|user| user.generation),
        expires_at: Some(expires_at),
        ..TokenEntry::blank(id, &authorization.client_id, now)
    }
}
