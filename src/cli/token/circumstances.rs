//! What a token is presented for, as somebody who looks at it may say.

use std::net::IpAddr;

use crate::{
    acts,
    app::App,
    cli::problem::Problem,
    model::{
        attempt::{Attempt, Circumstances},
        client_id::ClientId,
        space_delimited::SpaceDelimited,
        standing::{Refusal, StandingEntry},
        timestamp::Timestamp,
        verdict::{Answer, Check},
    },
};

use super::said;

#[derive(Debug, clap::Args)]
#[command(next_help_heading = "As whoever presents it")]
pub(in crate::cli) struct CircumstanceArguments {
    /// What for
    #[arg(long, value_name = "PURPOSE", value_parser = said)]
    purpose: Option<String>,
    /// For whom
    #[arg(long, value_name = "IDENTITY", value_parser = said)]
    identity: Option<String>,
    /// By which client
    #[arg(long, value_name = "NAME", value_parser = ClientId::parse)]
    client: Option<ClientId>,
    /// From where
    #[arg(long, value_name = "IP")]
    address: Option<IpAddr>,
    /// Taken for a token of this type
    #[arg(long = "type", value_name = "TYPE")]
    type_name: Option<String>,
}

/// The circumstances that are known, and those that are not.
#[derive(Debug)]
pub(super) struct Given<'a> {
    arguments: Option<&'a CircumstanceArguments>,
    look: Attempt,
    presented: Attempt,
    /// Whether it was used for the purpose that is given, where each is good once.
    purpose_used: bool,
}

impl CircumstanceArguments {
    /// What an attempt under these circumstances would be.
    pub(super) async fn given(
        &self,
        found: &StandingEntry,
        app: &App,
        now: Timestamp,
    ) -> Result<Given<'_>, Problem> {
        let audience = match &self.client {
            Some(client) => acts::tokens::audience_of(app, client).await?,
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
        Ok(Given { arguments: Some(self), look: Attempt::look(now), presented, purpose_used })
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

impl Given<'_> {
    /// Nothing is known.
    pub(super) fn nothing(now: Timestamp) -> Self {
        let (look, presented) = (Attempt::look(now), Attempt::look(now));
        Self { arguments: None, look, presented, purpose_used: false }
    }

    /// Every check. Those that hang on what was not said are left open.
    pub(super) fn explain<'a>(&'a self, found: &'a StandingEntry) -> Vec<Check<'a>> {
        let Some(arguments) = self.arguments else { return found.explain(&self.look) };
        let mut open = found.explain(&self.look);
        let decide = |check: Check<'a>| {
            if arguments.say(&check) {
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
