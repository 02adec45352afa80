//! A refresh token brings new tokens.

use crate::{
    model::{
        authorization::Authorization, secret::Secret, standing::Refusal, token_entry::TokenEntry,
    },
    store::{Command, Fate, Rotation},
};

use super::{
    super::{
        Issued, Result, Tokens,
        id_token::{IdTokenPlan, SignedIn},
        issue::Draft,
    },
    LoadedKey, RefreshRefusal, Refreshing, Replay, Retried,
};

impl Tokens {
    /// Turns a refresh token into new tokens. Of several who present it, one does; the others get
    /// the same answer, as anybody whose answer was lost.
    ///
    /// # Errors
    ///
    /// [`super::super::Error::Store`] if they could not be written; then there are none.
    pub async fn refresh(&self, refreshing: &Refreshing<'_>) -> Result<Retried> {
        let Refreshing { client, presented, found, authorization, origin, at } = *refreshing;
        let account_ends_at = match self.account_end(&found.entry, at).await? {
            Ok(end) => end,
            Err(refusal) => return Ok(Err(RefreshRefusal::NotGood(refusal))),
        };
        let key = self.signing_key(client, at).await?;
        let refresh_key = self.refresh_key(client, at).await?;
        let rules = self.access_rules((client, key.is_some()), authorization, at).await?;
        let absolute_at = found.entry.absolute_at.unwrap_or(at);
        let rules = match rules {
            Ok(rules) => {
                rules.within(account_ends_at.map_or(absolute_at, |end| end.min(absolute_at)))
            }
            Err(refusal) => return Ok(Err(RefreshRefusal::Create(refusal))),
        };
        let plan = self.plan_id_token_again(refreshing).await?;
        for _ in 0..rules.draws() {
            let (places, _turn) = match self.access_places(client, &rules, at).await? {
                Ok(places) => places,
                Err(refusal) => return Ok(Err(RefreshRefusal::Create(refusal))),
            };
            let Draft { entry: access, mut issued } =
                self.draft(authorization, &rules, key.as_deref(), at)?;
            let access = TokenEntry { global_generation: found.entry.global_generation, ..access };
            let id = self.id_token_again(refreshing, plan.as_ref(), &mut issued)?;
            let fate = self.fate(refreshing, refresh_key.as_deref(), &mut issued)?;
            let command = places.take(Command::new(), access.entry_key, at);
            let Some(rotation) = rotation(refreshing, fate, (access, id)) else {
                return Ok(Err(RefreshRefusal::NotGood(Refusal::Orphaned)));
            };
            if self.store.run(command.rotate(rotation)).await? {
                if client.rotates_refresh_tokens(self.policy().refresh.rotate) {
                    self.replays.keep(found.entry.entry_key, at);
                }
                return Ok(Ok(issued));
            }
            if let Some(refusal) = self.why_lost(&found.entry, at).await? {
                return match refusal {
                    Refusal::Redeemed => {
                        self.retry_refresh(client, (presented, found), (origin, at)).await
                    }
                    refusal => Ok(Err(RefreshRefusal::NotGood(refusal))),
                };
            }
        }
        Err(rules.none_free())
    }

    /// What the ID token is made with that comes with refreshed tokens: it tells of the sign-in of
    /// then, and answers no request that had a nonce (OpenID Connect Core §12.2). `None` where
    /// nobody signed in, or the client does not ask who did.
    async fn plan_id_token_again(
        &self,
        refreshing: &Refreshing<'_>,
    ) -> Result<Option<IdTokenPlan>> {
        let Refreshing { client, found, authorization, at, .. } = *refreshing;
        let Some(family) = found.entry.authorization_id.filter(|_| authorization.scope.asks_who())
        else {
            return Ok(None);
        };
        let Some(origin) = self.store.read().await?.family_origin(family).await? else {
            return Ok(None);
        };
        let session_id = origin.session_id.to_string();
        let (sign_in, session_id) = (&origin.sign_in, session_id.as_str());
        let signed_in = SignedIn { sign_in, session_id, nonce: None };
        self.plan_id_token(client, authorization, signed_in, at).await
    }

    fn id_token_again(
        &self,
        refreshing: &Refreshing<'_>,
        plan: Option<&IdTokenPlan>,
        issued: &mut Issued,
    ) -> Result<Option<TokenEntry>> {
        let Refreshing { client, found, authorization, at, .. } = *refreshing;
        let Some(plan) = plan else { return Ok(None) };
        let (id, token) = self.draft_id_token((client, plan), authorization, &issued.token, at)?;
        issued.id_token = Some(token);
        let global_generation = found.entry.global_generation;
        Ok(Some(TokenEntry { global_generation, ..id }))
    }

    /// What becomes of the presented token, and what the answer says of it.
    fn fate(
        &self,
        refreshing: &Refreshing<'_>,
        key: Option<&LoadedKey>,
        issued: &mut Issued,
    ) -> Result<Fate> {
        let Refreshing { client, presented, found, authorization, at, .. } = *refreshing;
        let (entry, policy) = (&found.entry, self.policy());
        let mut ends = self.ends(client, entry.absolute_at.unwrap_or(at), at);
        if !policy.refresh.sliding {
            ends.expires_at = entry.expires_at.unwrap_or(ends.expires_at);
        }
        if !client.rotates_refresh_tokens(policy.refresh.rotate) {
            issued.refresh = Some(Secret::new(presented.to_owned()));
            return Ok(Fate::Kept { expires_at: Some(ends.expires_at) });
        }
        // What is narrowed is the access token; the next refresh begins with all that was granted.
        let whole = Authorization {
            scope: entry.scope.clone(),
            audience: entry.audience.clone(),
            ..authorization.clone()
        };
        let (by, token) = self.draft_refresh(&whole, ends, key, at)?;
        let by = TokenEntry {
            parent_key: Some(entry.entry_key),
            global_generation: entry.global_generation,
            ..by
        };
        issued.refresh = Some(token);
        let replay = Replay::of(issued, at).seal(presented, entry, &self.random)?;
        Ok(Fate::Succeeded { by: Box::new(by), replay })
    }
}

fn rotation(
    refreshing: &Refreshing<'_>,
    fate: Fate,
    (access, id): (TokenEntry, Option<TokenEntry>),
) -> Option<Rotation> {
    let entry = &refreshing.found.entry;
    Some(Rotation {
        presented: entry.id(),
        client_id: entry.client_id.clone(),
        family: entry.authorization_id?,
        parent: entry.parent_key,
        at: refreshing.at,
        fate,
        access,
        id,
    })
}
