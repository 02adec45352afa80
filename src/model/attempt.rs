//! Attempts: somebody presents a token, for something, from somewhere.

use std::net::IpAddr;

use super::{client_id::ClientId, space_delimited::SpaceDelimited, timestamp::Timestamp};

/// What is known of an attempt to use a token.
#[derive(Debug, Clone)]
pub struct Attempt {
    /// When. All that is decided about it goes by this moment.
    pub at: Timestamp,
    /// What it is for and who presents it. `None` of somebody who only looks: then what hangs on
    /// it is neither held nor refused.
    pub presented: Option<Circumstances>,
}

impl Attempt {
    /// A mere look.
    #[must_use]
    pub const fn look(at: Timestamp) -> Self {
        Self { at, presented: None }
    }
}

/// What a token is presented for, by whom and from where.
#[derive(Debug, Clone)]
pub struct Circumstances {
    /// The type that the caller takes it for, as it named it; `None` where it does not say.
    pub type_name: Option<String>,
    /// What for.
    pub purpose: Option<String>,
    /// For whom, byte for byte.
    pub identity: Option<String>,
    /// The client that asks.
    pub client_id: ClientId,
    /// The resource servers that this client acts for.
    pub audience: SpaceDelimited,
    /// Where it was presented; `None` where nobody knows.
    pub address: Option<IpAddr>,
}

words! {
    /// What comes of an attempt.
    pub enum Outcome: "outcome" {
        /// It worked, and a use was spent.
        Allowed = "allowed",
        /// Not so, not here or not yet.
        NotAllowed = "not_allowed",
        /// Never, or never again.
        Invalid = "invalid",
        /// Too often; later.
        Throttled = "throttled",
    }
}
