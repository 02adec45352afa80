//! A code brings tokens, once.

use std::sync::Arc;

use crate::{
    model::{
        attempt::Attempt,
        audit::{Operator, Origin},
        authorization::Authorization,
        authorization_code::CodeFacts,
        client::Client,
        id::uuid_v7,
        standing::{Refusal, StandingEntry},
        timestamp::Timestamp,
        token_entry::TokenEntry,
    },
    store::{CodeRedemption, Command, End, TokenName},
};

use super::super::{
    Issued, Result, Tokens,
    id_token::{IdTokenPlan, SignedIn},
    issue::Draft,
    key_set::LoadedKey,
    typed::CreateRefusal,
};

/// A code that is presented with all that proves it, and what it is to bring.
#[derive(Debug, Clone, Copy)]
pub struct Redeeming<'a> {
    /// Who presents it.
    pub client: &'a Client,
    /// Its entry.
    pub found: &'a StandingEntry,
    /// What it was asked for with.
    pub facts: &'a CodeFacts,
    /// What the access token is for: all that was allowed, or part of it.
    pub authorization: &'a Authorization,
    /// By which way it came.
    pub origin: &'a Origin,
    /// When.
    pub at: Timestamp,
}

/// Why a code brought nothing.
#[derive(Debug)]
pub enum RedeemRefusal {
    /// The rules of access tokens do not allow one more.
    Create(CreateRefusal),
    /// It is not good; for the log only.
    NotGood(Refusal),
    /// It was redeemed before: all that came of it was ended.
    Reused,
}

/// What came of it.
pub type Redeemed = std::result::Result<Issued, RedeemRefusal>;

/// What signs the tokens that a code brings; `None` for references, and where there is no ID token.
struct Keys {
    access: Option<Arc<LoadedKey>>,
    refresh: Option<Arc<LoadedKey>>,
    id: Option<IdTokenPlan>,
}

impl Tokens {
    /// Turns a code into tokens. Of several who present it, one does, and gets its answer: but the
    /// others have used it, too, and end all that came of it before they are answered (RFC 6749
    /// §4.1.2, RFC 9700 §2.1.1).
    ///
    /// # Errors
    ///
    /// [`super::super::Error::Store`] if they could not be written; then there are none.
    pub async fn redeem_code(&self, redeeming: &Redeeming<'_>) -> Result<Redeemed> {
        let Redeeming { client, found, authorization, origin, at, .. } = *redeeming;
        let Some(family) = found.entry.authorization_id else {
            return Ok(Err(RedeemRefusal::NotGood(Refusal::Orphaned)));
        };
        let account_ends_at = match self.account_end(&found.entry, at).await? {
            Ok(end) => end,
            Err(refusal) => return Ok(Err(RedeemRefusal::NotGood(refusal))),
        };
        let keys = self.keys_of(redeeming).await?;
        let rules = self.access_rules((client, keys.access.is_some()), authorization, at).await?;
        let rules = match rules {
            Ok(rules) => rules,
            Err(refusal) => return Ok(Err(RedeemRefusal::Create(refusal))),
        };
        let family_ends_at = self.family_end(redeeming, (rules.expires_at, account_ends_at));
        let rules = rules.within(family_ends_at);
        for _ in 0..rules.draws() {
            let (places, _turn) = match self.access_places(client, &rules, at).await? {
                Ok(places) => places,
                Err(refusal) => return Ok(Err(RedeemRefusal::Create(refusal))),
            };
            let draft = self.draft(authorization, &rules, keys.access.as_deref(), at)?;
            let command = places.take(Command::new(), draft.entry.entry_key, at);
            let (entries, issued) = self.complete(redeeming, draft, (&keys, family_ends_at))?;
            let code = found.entry.id();
            let client_id = client.client_id.clone();
            let redemption = CodeRedemption { code, client_id, family, at, family_ends_at };
            if self.store.run(command.redeem_code(redemption).insert_successors(entries)).await? {
                return Ok(Ok(issued));
            }
            match self.why_lost(&found.entry, at).await? {
                Some(Refusal::Redeemed) => {
                    return Ok(Err(self.reuse_code(found, (origin, at)).await?));
                }
                Some(refusal) => return Ok(Err(RedeemRefusal::NotGood(refusal))),
                None if !self.store.read().await?.family_may_begin(family).await? => {
                    return Ok(Err(RedeemRefusal::NotGood(Refusal::Orphaned)));
                }
                // A key was taken.
                None => {}
            }
        }
        Err(rules.none_free())
    }

    /// Ends all that came of a code that is presented again, with all that proves it, after it was
    /// redeemed: it is in two hands, and nobody can say whose tokens are whose.
    ///
    /// # Errors
    ///
    /// [`super::super::Error::Store`] if the store cannot be reached: then nothing is known.
    pub async fn reuse_code(
        &self,
        found: &StandingEntry,
        (origin, at): (&Origin, Timestamp),
    ) -> Result<RedeemRefusal> {
        let entry = &found.entry;
        let Some(family) = entry.authorization_id else {
            return Ok(RedeemRefusal::NotGood(Refusal::Redeemed));
        };
        let reason = format!("{} was redeemed twice", entry.entry_key);
        let end = End { at, by: "server".to_owned(), reason };
        let detail = Some(format!("of {}; all that came of it was ended", entry.client_id));
        let (id, target) = (uuid_v7(at, &self.random), entry.entry_key.to_string());
        let server = Operator::new("server").from(origin);
        let event = server.did((id, at), "code.reuse_detected", &target, detail);
        let is_first = self.end_family(family, &end, event).await?;
        let known = RedeemRefusal::NotGood(Refusal::Redeemed);
        Ok(if is_first { RedeemRefusal::Reused } else { known })
    }

    async fn keys_of(&self, redeeming: &Redeeming<'_>) -> Result<Keys> {
        let Redeeming { client, facts, authorization, at, .. } = *redeeming;
        let signed_in = SignedIn {
            sign_in: &facts.sign_in,
            session_id: &facts.session_id,
            nonce: facts.nonce.as_deref(),
        };
        Ok(Keys {
            access: self.signing_key(client, at).await?,
            refresh: self.refresh_key(client, at).await?,
            id: self.plan_id_token(client, authorization, signed_in, at).await?,
        })
    }

    /// The end of the family that a code begins: as long as it can be refreshed, or as its access
    /// token is good; never beyond the account, nor the browser session that it does not outlive.
    fn family_end(
        &self,
        redeeming: &Redeeming<'_>,
        (access_ends_at, account_ends_at): (Timestamp, Option<Timestamp>),
    ) -> Timestamp {
        let Redeeming { client, facts, at, .. } = *redeeming;
        let absolute = at.floor_to_second().plus(self.policy().refresh.absolute);
        let by_itself = if refreshes(client) { absolute } else { access_ends_at };
        let ends = [facts.session_ends_at, account_ends_at].into_iter().flatten();
        ends.fold(by_itself, |end, other| end.min(other.floor_to_second()))
    }

    /// All entries that the code brings, and the answer.
    fn complete(
        &self,
        redeeming: &Redeeming<'_>,
        draft: Draft,
        (keys, family_ends_at): (&Keys, Timestamp),
    ) -> Result<(Vec<TokenEntry>, Issued)> {
        let Redeeming { client, found, authorization, at, .. } = *redeeming;
        let Draft { entry: access, mut issued } = draft;
        let mut entries = vec![access];
        if let Some(plan) = &keys.id {
            let (id, token) =
                self.draft_id_token((client, plan), authorization, &issued.token, at)?;
            issued.id_token = Some(token);
            entries.push(id);
        }
        if refreshes(client) {
            // What is narrowed is the access token; a refresh begins with all that was allowed.
            let whole = Authorization {
                scope: found.entry.scope.clone(),
                audience: found.entry.audience.clone(),
                ..authorization.clone()
            };
            let ends = self.ends(client, family_ends_at, at);
            let (refresh, token) = self.draft_refresh(&whole, ends, keys.refresh.as_deref(), at)?;
            issued.refresh = Some(token);
            entries.push(refresh);
        }
        for entry in &mut entries {
            entry.global_generation = found.entry.global_generation;
        }
        Ok((entries, issued))
    }

    /// Why a code or a refresh token was not turned into anything: what its row says now. `None` if
    /// it says nothing against it.
    pub(in crate::tokens) async fn why_lost(
        &self,
        entry: &TokenEntry,
        at: Timestamp,
    ) -> Result<Option<Refusal>> {
        let now = self.store.find_token(TokenName::Key(entry.entry_key)).await?;
        let Some(now) = now.filter(|now| now.entry.jti_salt == entry.jti_salt) else {
            return Ok(Some(Refusal::Orphaned));
        };
        Ok(now.judge(&Attempt::look(at)).map(|refused| refused.refusal))
    }
}

/// Whether the client gets what brings new tokens.
fn refreshes(client: &Client) -> bool {
    client.grant_types.contains("refresh_token")
}
