//! A code, and the family that it stands for.

use std::time::Duration;

use uuid::Uuid;

use crate::{
    model::{
        account_end::AccountLimits,
        audience::Access,
        authorization::{Authorization, AuthorizingUser},
        authorization_code::{CODE_LIFETIME, CodeFacts},
        authorization_request::{AuthorizationRequest, SignIn},
        browser_session::BrowserSession,
        client::Client,
        entry_key::EntryKey,
        family::{Family, FamilyOrigin},
        id::uuid_v7,
        jwt_id::JwtId,
        openid_scope::OFFLINE_ACCESS,
        scope::Scope,
        secret::Secret,
        sign_in_settings::OutlivesSession,
        timestamp::Timestamp,
        token_entry::{EntryFormat, TokenEntry, TokenKind},
        user::User,
    },
    store::Command,
};

use super::super::{Error, Result, Tokens, issue::blank_entry, ruled::DRAWS, seal::Belonging};

/// How long a code is kept at least after its end: a second use of it must be known as one.
const KEPT_AT_LEAST: Duration = Duration::from_hours(24);

/// The grant that codes are redeemed by (RFC 6749 §4.1.3).
const GRANT_TYPE: &str = "authorization_code";

/// What a person allowed a client.
#[derive(Debug, Clone, Copy)]
pub struct NewCode<'a> {
    /// Who gets the code.
    pub client: &'a Client,
    /// Who allowed it.
    pub user: &'a User,
    /// Where they are signed in. It is live.
    pub session: &'a BrowserSession,
    /// What was asked for.
    pub request: &'a AuthorizationRequest,
    /// What was allowed of it.
    pub access: &'a Access,
    /// What is remembered of being asked.
    pub consent_id: Option<Uuid>,
    /// When.
    pub at: Timestamp,
}

impl Tokens {
    /// Issues a code, and makes it durable with the family that it stands for. Whoever ends the
    /// browser session before it is redeemed ends it as well, unless the family outlives that.
    ///
    /// # Errors
    ///
    /// [`Error::Store`] if it could not be written; then there is no code.
    pub async fn issue_code(&self, new: &NewCode<'_>) -> Result<Secret> {
        let subject = self.subject_of(new.client, new.user.user_id, new.at).await?;
        let ends_at = new.at.floor_to_second().plus(CODE_LIFETIME);
        let family = self.family_of_code(new, &subject, ends_at);
        for _ in 0..DRAWS {
            let (entry, code) = self.draft_code(new, &family)?;
            let command = Command::new().insert_family(family.clone());
            if self.store.run(command.insert_successors(vec![entry])).await? {
                return Ok(code);
            }
        }
        Err(Error::NoFreeKey)
    }

    fn family_of_code(&self, new: &NewCode<'_>, subject: &str, ends_at: Timestamp) -> Family {
        let NewCode { client, user, session, access, consent_id, at, .. } = *new;
        Family {
            family_id: uuid_v7(at, &self.random),
            client_id: client.client_id.clone(),
            user_id: Some(user.user_id),
            subject: Some(subject.to_owned()),
            consent_id,
            origin: Some(FamilyOrigin {
                session_id: session.session_id,
                outlives_session: outlives_session(client, &access.scope),
                sign_in: sign_in(new),
            }),
            grant_type: GRANT_TYPE.to_owned(),
            scope: access.scope.clone(),
            audience: access.audience.clone(),
            created_at: at,
            expires_at: ends_at,
        }
    }

    /// Draws a code, and seals into its entry what it was asked for with. It is of the generations
    /// of the session: one that was raised since ends it.
    fn draft_code(&self, new: &NewCode<'_>, family: &Family) -> Result<(TokenEntry, Secret)> {
        let NewCode { client, user, session, access, at, .. } = *new;
        let kept = self.policy().keep_ended.max(KEPT_AT_LEAST);
        let entry_key = EntryKey::draw(family.expires_at.plus(kept), &self.random);
        let id = JwtId { entry_key, salt: self.random.bits().cast_signed() };
        let authorization = Authorization {
            client_id: client.client_id.clone(),
            client_generation: client.generation,
            user: Some(AuthorizingUser {
                user_id: user.user_id,
                subject: family.subject.clone().unwrap_or_default(),
                generation: session.user_generation,
            }),
            family: Some(family.family_id),
            scope: access.scope.clone(),
            audience: access.audience.clone(),
        };
        let code = Secret::generate(&self.random);
        let facts = serde_json::to_vec(&facts(new, family))
            .map_err(|_| Error::Cryptography("write what a code was asked for with"))?;
        let sealed = self.sealer.seal(&Belonging::payload(entry_key, &client.client_id), &facts)?;
        let entry = TokenEntry {
            kind: TokenKind::Code,
            type_name: TokenKind::Code.as_str().to_owned(),
            format: EntryFormat::Reference,
            reference_hash: Some(code.hash().as_bytes().to_vec()),
            payload: Some(sealed.bytes),
            seal_key: Some(sealed.seal_key),
            global_generation: session.global_generation,
            ..blank_entry(&authorization, id, (at, family.expires_at))
        };
        Ok((entry, code))
    }
}

fn facts(new: &NewCode<'_>, family: &Family) -> CodeFacts {
    let NewCode { session, user, request, .. } = *new;
    let outlives_session = family.origin.as_ref().is_some_and(|origin| origin.outlives_session);
    let session_ends_at = (!outlives_session).then_some(session.expires_at);
    // Nothing outlives the account.
    let account_ends_at = AccountLimits::of(&user.attributes).ok().and_then(|it| it.ends_at);
    CodeFacts {
        redirect_uri: request.redirect_uri.clone(),
        names_redirect_uri: request.names_redirect_uri,
        code_challenge: request.code_challenge.clone(),
        nonce: request.nonce.clone(),
        session_id: session.session_id.to_string(),
        session_ends_at: [account_ends_at, session_ends_at].into_iter().flatten().min(),
        sign_in: sign_in(new),
    }
}

fn sign_in(new: &NewCode<'_>) -> SignIn {
    SignIn {
        auth_time: new.session.authenticated_at.seconds(),
        amr: new.session.methods.iter().map(str::to_owned).collect(),
        claims: new.request.claims.clone(),
    }
}

/// Whether what comes of a code goes on when the browser session ends.
fn outlives_session(client: &Client, scope: &Scope) -> bool {
    match client.sign_in.outlives_session {
        OutlivesSession::Never => false,
        OutlivesSession::Offline => scope.contains(OFFLINE_ACCESS),
        OutlivesSession::Always => true,
    }
}
