//! The first tokens of a family.

use crate::{
    model::{
        authorization::Authorization, client::Client, family::Family, id::uuid_v7,
        timestamp::Timestamp,
    },
    store::Command,
};

use super::{
    super::{Issued, Result, Tokens, issue::Draft},
    CreateRefusal,
};

/// A grant that can be refreshed, just redeemed.
#[derive(Debug, Clone, Copy)]
pub struct NewFamily<'a> {
    /// Who gets the tokens.
    pub client: &'a Client,
    /// What was granted. Its family is not drawn yet.
    pub authorization: &'a Authorization,
    /// Which grant it came of.
    pub grant_type: &'a str,
    /// When.
    pub at: Timestamp,
}

impl Tokens {
    /// Issues the first refresh token and the first access token of a family, and makes their
    /// entries durable, together with what `with` adds to the command, or not at all.
    ///
    /// # Errors
    ///
    /// [`super::super::Error::Store`] if they could not be written; then there are no tokens.
    pub async fn begin_family(
        &self,
        new: &NewFamily<'_>,
        with: impl Fn(Command, &Issued) -> Command,
    ) -> Result<std::result::Result<Issued, CreateRefusal>> {
        let NewFamily { client, at, .. } = *new;
        let family = self.family(new);
        let authorization =
            Authorization { family: Some(family.family_id), ..new.authorization.clone() };
        let ends = self.ends(client, family.expires_at, at);
        let (key, refresh_key) =
            (self.signing_key(client, at).await?, self.refresh_key(client, at).await?);
        let rules = self.access_rules((client, key.is_some()), &authorization, at).await?;
        let rules = match rules {
            Ok(rules) => rules.within(family.expires_at),
            Err(refusal) => return Ok(Err(refusal)),
        };
        for _ in 0..rules.draws() {
            let (places, _turn) = match self.access_places(client, &rules, at).await? {
                Ok(places) => places,
                Err(refusal) => return Ok(Err(refusal)),
            };
            let Draft { entry, mut issued } =
                self.draft(&authorization, &rules, key.as_deref(), at)?;
            let (refresh, token) =
                self.draft_refresh(&authorization, ends, refresh_key.as_deref(), at)?;
            issued.refresh = Some(token);
            let command = places.take(Command::new(), entry.entry_key, at);
            let command = command.insert_family(family.clone());
            let command = command.insert_token(refresh).insert_token(entry);
            if self.store.run(with(command, &issued)).await? {
                return Ok(Ok(issued));
            }
        }
        Err(rules.none_free())
    }

    fn family(&self, new: &NewFamily<'_>) -> Family {
        let Authorization { client_id, user, scope, audience, .. } = new.authorization;
        Family {
            family_id: uuid_v7(new.at, &self.random),
            client_id: client_id.clone(),
            user_id: user.as_ref().map(|user| user.user_id),
            subject: user.as_ref().map(|user| user.subject.clone()),
            consent_id: None,
            origin: None,
            grant_type: new.grant_type.to_owned(),
            scope: scope.clone(),
            audience: audience.clone(),
            created_at: new.at,
            expires_at: new.at.floor_to_second().plus(self.policy().refresh.absolute),
        }
    }
}
