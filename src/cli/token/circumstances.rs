//! What a token is presented for, as somebody who looks at it may say.

use std::net::IpAddr;

use crate::{acts::tokens::Said, model::client_id::ClientId};

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

impl CircumstanceArguments {
    /// The same, for the deed.
    pub(super) fn said(&self) -> Said {
        Said {
            purpose: self.purpose.clone(),
            identity: self.identity.clone(),
            client: self.client.clone(),
            address: self.address,
            type_name: self.type_name.clone(),
        }
    }
}
