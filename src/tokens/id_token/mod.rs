//! ID tokens: who signed in, told to the client (OpenID Connect Core §2).
//!
//! Each has an entry, as every token has; but nobody presents one to be let in, so that it is found
//! nowhere. It says no more of a person than what was asked for it by name: all else is told at the
//! userinfo endpoint (§5.4).

mod claims;

use std::{collections::BTreeSet, sync::Arc};

use serde_json::{Map, Value};

use crate::{
    model::{
        authorization::Authorization,
        authorization_request::SignIn,
        browser_session::BY_PASSWORD,
        claims_of_people::claims_of,
        client::Client,
        entry_key::EntryKey,
        jwt_id::JwtId,
        scope::Scope,
        secret::Secret,
        signature_algorithm::SignatureAlgorithm,
        space_delimited::SpaceDelimited,
        timestamp::Timestamp,
        token_entry::{TokenEntry, TokenKind},
    },
    store::UserKey,
};

use super::{Result, Tokens, issue::blank_entry, key_set::LoadedKey};

use claims::{IdTokenClaims, half_hash};

/// The `typ` of ID tokens, which has to say no more: each of our other JWTs has one of its own, or
/// claims that no ID token has.
pub(super) const ID_TOKEN_TYPE: &str = "JWT";

/// What ID tokens of one answer are made with.
#[derive(Debug)]
pub(super) struct IdTokenPlan {
    key: Arc<LoadedKey>,
    sign_in: SignIn,
    session_id: String,
    nonce: Option<String>,
    /// What was asked for by name.
    about: Map<String, Value>,
}

/// The sign-in that an ID token tells of.
#[derive(Debug, Clone, Copy)]
pub(super) struct SignedIn<'a> {
    pub(super) sign_in: &'a SignIn,
    pub(super) session_id: &'a str,
    pub(super) nonce: Option<&'a str>,
}

impl Tokens {
    /// What the ID token of an answer is made with. `None` where the client did not ask who the
    /// person is (§3.1.2.1).
    pub(super) async fn plan_id_token(
        &self,
        client: &Client,
        authorization: &Authorization,
        signed_in: SignedIn<'_>,
        at: Timestamp,
    ) -> Result<Option<IdTokenPlan>> {
        let Some(user) = authorization.user.as_ref().filter(|_| authorization.scope.asks_who())
        else {
            return Ok(None);
        };
        let SignedIn { sign_in, session_id, nonce } = signed_in;
        let key = self.key_of(self.id_algorithm(client), at).await?;
        let asked = &sign_in.claims.id_token;
        let about = self.about(user.user_id, asked).await?;
        let (sign_in, session_id) = (sign_in.clone(), self.sid_of(client, session_id, at).await?);
        let nonce = nonce.map(str::to_owned);
        Ok(Some(IdTokenPlan { key, sign_in, session_id, nonce, about }))
    }

    /// The claims of a user that were asked for by name.
    async fn about(
        &self,
        user_id: uuid::Uuid,
        asked: &BTreeSet<String>,
    ) -> Result<Map<String, Value>> {
        if asked.is_empty() {
            return Ok(Map::new());
        }
        let user = self.store.find_user(UserKey::Id(user_id)).await?;
        Ok(user.map(|user| claims_of(&user, &Scope::default(), asked)).unwrap_or_default())
    }

    /// Draws an ID token beside an access token. It is good for as long as one of those: by then
    /// the client has looked at it.
    pub(super) fn draft_id_token(
        &self,
        (client, plan): (&Client, &IdTokenPlan),
        authorization: &Authorization,
        access_token: &Secret,
        now: Timestamp,
    ) -> Result<(TokenEntry, Secret)> {
        let lifetime = client.access_lifetime(self.policy().access_lifetime);
        let expires_at = now.floor_to_second().plus(lifetime);
        let entry_key = EntryKey::draw(expires_at.plus(self.policy().keep_ended), &self.random);
        let id = JwtId { entry_key, salt: self.random.bits().cast_signed() };
        let client_id = authorization.client_id.as_str();
        let claims = IdTokenClaims {
            iss: self.policy().issuer.as_str().to_owned(),
            sub: authorization.user.as_ref().map(|u| u.subject.clone()).unwrap_or_default(),
            aud: client_id.to_owned(),
            azp: client_id.to_owned(),
            iat: now.seconds(),
            exp: expires_at.seconds(),
            auth_time: plan.sign_in.auth_time,
            amr: plan.sign_in.amr.clone(),
            acr: self.class_of(&plan.sign_in),
            sid: plan.session_id.clone(),
            nonce: plan.nonce.clone(),
            at_hash: Some(half_hash(plan.key.algorithm, access_token.expose())),
            jti: id.to_string(),
            about: plan.about.clone(),
        };
        let token = Secret::new(plan.key.sign(ID_TOKEN_TYPE, &claims)?);
        let kind = TokenKind::Id;
        let entry = TokenEntry {
            kind,
            type_name: kind.as_str().to_owned(),
            audience: SpaceDelimited::parse(client_id),
            ..blank_entry(authorization, id, (now, expires_at))
        };
        Ok((entry, token))
    }

    /// What a sign-in was worth. Nothing is said of one in another way than by password alone.
    fn class_of(&self, sign_in: &SignIn) -> Option<String> {
        let policy = self.policy();
        let class = policy.password_class.as_ref().filter(|_| sign_in.amr == [BY_PASSWORD]);
        class.map(ToString::to_string)
    }

    fn id_algorithm(&self, client: &Client) -> SignatureAlgorithm {
        client.sign_in.id_token_algorithm.unwrap_or(self.policy().id_algorithm)
    }
}
