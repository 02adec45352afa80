//! The rules that access tokens are issued under: those of the type `access`, where somebody
//! configured any. Without them, issuing costs what it costs without this file.

use crate::{
    model::{
        authorization::Authorization,
        client::Client,
        rules::{CopiedRules, Rule, RuleSet, Terms},
        timestamp::Timestamp,
        token_type::{ACCESS, TokenType},
    },
    store,
};

use super::{
    Error, Result, Tokens,
    typed::{Counted, CreateRefusal, Places, Turn},
};

/// How often an entry key is drawn before giving up. Two in a row that are taken are all but
/// impossible with 30 random bits a second; three point to a broken source of randomness.
pub(super) const DRAWS: usize = 3;

/// The same where a place may be taken by another as often as there are others.
const DRAWS_FOR_PLACES: usize = 32;

/// What the rules make of one access token.
pub(super) struct AccessRules {
    pub(super) copied: CopiedRules,
    pub(super) terms: Terms,
    pub(super) expires_at: Timestamp,
}

impl AccessRules {
    /// The same for a token of a family, whose end none of its tokens outlives.
    pub(super) fn within(mut self, end: Timestamp) -> Self {
        self.expires_at = self.expires_at.min(end);
        self.terms.absolute_at = self.terms.absolute_at.map(|latest| latest.min(end));
        self
    }

    /// How often to draw.
    pub(super) fn draws(&self) -> usize {
        if self.copied.0.is_some() { DRAWS_FOR_PLACES } else { DRAWS }
    }

    /// Whether a rule counts anything: uses, or tokens that are made.
    pub(super) fn count_something(&self) -> bool {
        let counts = |rule: &Rule| matches!(rule, Rule::MaxActive(_) | Rule::Cooldown(_));
        self.copied.are_stateful() || self.copied.iter().any(counts)
    }

    /// What to say after so many in vain.
    pub(super) fn none_free(&self) -> Error {
        if self.copied.0.is_some() { Error::Store(store::Error::Busy) } else { Error::NoFreeKey }
    }
}

impl Tokens {
    /// The rules for a token of this authorization.
    pub(super) async fn access_rules(
        &self,
        (client, is_jwt): (&Client, bool),
        authorization: &Authorization,
        now: Timestamp,
    ) -> Result<std::result::Result<AccessRules, CreateRefusal>> {
        let lifetime = client.access_lifetime(self.policy().access_lifetime);
        let expires_at = now.floor_to_second().plus(lifetime);
        let types = self.store.token_types().await?;
        let Some(token_type) = types.iter().find(|found| is_ruled_access(found)) else {
            let (copied, terms) = (CopiedRules::default(), Terms::default());
            return Ok(Ok(AccessRules { copied, terms, expires_at }));
        };
        // The end of a JWT is signed: no use moves it.
        let moves = |rule: &&Rule| !is_jwt || !matches!(rule, Rule::Sliding(_));
        let rules: Vec<Rule> = token_type.definition.rules.iter().filter(moves).cloned().collect();
        for rule in &rules {
            match rule {
                Rule::Unknown => return Ok(Err(CreateRefusal::UnreadableRule)),
                Rule::Client(only) if !only.admits(client.client_id.as_str()) => {
                    return Ok(Err(CreateRefusal::ClientNotAllowed));
                }
                Rule::ScopeCeiling(ceiling)
                    if authorization.scope.iter().any(|token| !ceiling.admits(token)) =>
                {
                    return Ok(Err(CreateRefusal::ScopeTooWide));
                }
                _ => {}
            }
        }
        let terms = Terms::of(&rules, Some(lifetime), now);
        if terms.are_vain() {
            return Ok(Err(CreateRefusal::OverBeforeBegun));
        }
        let set = RuleSet {
            version: token_type.version,
            spend_on: token_type.definition.spend_on,
            rules,
            password_generation: None,
        };
        let copied = CopiedRules(Some(Box::new(set)));
        let expires_at = terms.expires_at.unwrap_or(expires_at);
        Ok(Ok(AccessRules { copied, terms, expires_at }))
    }

    /// The places that one more takes.
    pub(super) async fn access_places(
        &self,
        client: &Client,
        rules: &AccessRules,
        at: Timestamp,
    ) -> Result<std::result::Result<(Places, Option<Turn<'_>>), CreateRefusal>> {
        let Some(set) = &rules.copied.0 else { return Ok(Ok((Places::default(), None))) };
        let client_id = client.client_id.as_str();
        let counted = Counted { type_name: ACCESS, client_id, identity: None, at };
        self.find_places(&set.rules, counted).await
    }
}

fn is_ruled_access(token_type: &TokenType) -> bool {
    let definition = &token_type.definition;
    token_type.name.as_str().eq_ignore_ascii_case(ACCESS)
        && token_type.removed_at.is_none()
        && !definition.rules.is_empty()
}
