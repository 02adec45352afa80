//! What a token is presented for, as somebody who looks at it may say; and what comes of that.

use std::net::IpAddr;

use crate::{
    acts::Result,
    app::App,
    model::{
        attempt::{Attempt, Circumstances},
        client_id::ClientId,
        space_delimited::SpaceDelimited,
        standing::{Refusal, StandingEntry},
        timestamp::Timestamp,
        verdict::{Answer, Check, Fact, Whose},
    },
    store::End,
};

use super::{audience_of, generation_end};

/// The circumstances that somebody says.
#[derive(Debug, Clone, Default)]
pub struct Said {
    /// What for.
    pub purpose: Option<String>,
    /// For whom.
    pub identity: Option<String>,
    /// By which client.
    pub client: Option<ClientId>,
    /// From where.
    pub address: Option<IpAddr>,
    /// Taken for a token of this type.
    pub type_name: Option<String>,
}

/// The circumstances that are known, and those that are not.
#[derive(Debug)]
pub struct Given {
    said: Option<Said>,
    look: Attempt,
    presented: Attempt,
    /// Whether it was used for the purpose that is given, where each is good once.
    purpose_used: bool,
}

/// Somebody all of whose tokens were ended since it was made.
#[derive(Debug)]
pub struct Raised {
    /// Whose.
    pub whose: Whose,
    /// When, by whom and why, where that is known.
    pub end: Option<End>,
}

impl Said {
    /// What an attempt under these circumstances would be.
    ///
    /// # Errors
    ///
    /// What the store says.
    pub async fn given(self, found: &StandingEntry, app: &App, now: Timestamp) -> Result<Given> {
        let audience = match &self.client {
            Some(client) => audience_of(app, client).await?,
            None => SpaceDelimited::default(),
        };
        let circumstances = Circumstances {
            type_name: self.type_name.clone(),
            purpose: self.purpose.clone(),
            identity: self.identity.clone(),
            client_id: self.client.clone().unwrap_or_else(|| found.entry.client_id.clone()),
            audience,
            address: self.address,
        };
        let presented = Attempt { at: now, presented: Some(circumstances) };
        let purpose_used = app.tokens.was_purpose_used(&found.entry, &presented).await?;
        Ok(Given { said: Some(self), look: Attempt::look(now), presented, purpose_used })
    }

    /// Whether they say what this check hangs on, if it hangs on any.
    fn say(&self, check: &Check<'_>) -> bool {
        match check.name {
            "purpose" | "purpose_once" => self.purpose.is_some(),
            "identity" => self.identity.is_some(),
            "allowed_client" | "audience" => self.client.is_some(),
            "network" | "pinned_network" => self.address.is_some(),
            _ => true,
        }
    }
}

impl Given {
    /// Nothing is known.
    #[must_use]
    pub fn nothing(now: Timestamp) -> Self {
        let (look, presented) = (Attempt::look(now), Attempt::look(now));
        Self { said: None, look, presented, purpose_used: false }
    }

    /// Every check. Those that hang on what was not said are left open.
    #[must_use]
    pub fn explain<'a>(&'a self, found: &'a StandingEntry) -> Vec<Check<'a>> {
        let Some(said) = &self.said else { return found.explain(&self.look) };
        let mut open = found.explain(&self.look);
        let decide = |check: Check<'a>| {
            if said.say(&check) {
                return self.with_used_purpose(check);
            }
            let same = open.iter().position(|other| other.name == check.name);
            same.map_or(check, |place| open.swap_remove(place))
        };
        found.explain(&self.presented).into_iter().map(decide).collect()
    }

    /// What other rows say of the purpose, where each is good once.
    fn with_used_purpose<'a>(&self, check: Check<'a>) -> Check<'a> {
        if check.name != "purpose_once" {
            return check;
        }
        let used = Answer::Fails(Refusal::PurposeUsed.into());
        let answer = if self.purpose_used { used } else { Answer::Holds };
        Check { answer, ..check }
    }
}

/// Whose tokens were all ended since an entry was made, the earliest first: that is what ended it.
///
/// # Errors
///
/// What the store says.
pub async fn raised(app: &App, found: &StandingEntry, checks: &[Check<'_>]) -> Result<Vec<Raised>> {
    let mut all = Vec::new();
    for check in checks {
        let Fact::Generation { raised } = &check.fact else { continue };
        for whose in raised {
            let end = generation_end(app, &found.entry, *whose).await?;
            all.push(Raised { whose: *whose, end });
        }
    }
    all.sort_by_key(|raised| raised.end.as_ref().map_or(i64::MAX, |end| end.at.0));
    Ok(all)
}
