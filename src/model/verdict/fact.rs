//! What checks are decided on: times, counts and names, for each face to write as it likes.

use std::{net::IpAddr, time::Duration};

use crate::model::{
    client_id::ClientId,
    entry_key::EntryKey,
    purposes::Purposes,
    rules::{Cidr, Mode, Schedule},
    space_delimited::SpaceDelimited,
    timestamp::Timestamp,
    token_entry::EntryStatus,
};

/// What a check was decided on. Where something was asked for, `asked` is `None` of somebody who
/// only looks, or who did not say.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Fact<'a> {
    /// Its type.
    Type {
        /// The name, as it is shown if it is configured.
        name: &'a str,
        /// The version whose rules the token has; `None` if it has none.
        version: Option<i64>,
    },
    /// How it ended, if it did.
    End {
        /// What the store says of it.
        status: EntryStatus,
        /// When it ended.
        at: Option<Timestamp>,
        /// Who ended it.
        by: Option<&'a str>,
        /// Why.
        reason: Option<&'a str>,
        /// What it was turned into.
        successor: Option<EntryKey>,
    },
    /// Its client.
    Client {
        /// The name.
        client_id: &'a ClientId,
        /// The status; `None` if there is no such client any more.
        status: Option<&'a str>,
    },
    /// Its user.
    User {
        /// The name, if the user is there.
        username: Option<&'a str>,
        /// The status; `None` if there is no such user any more.
        status: Option<&'a str>,
    },
    /// Its family.
    Family {
        /// The status; `None` if the family is gone.
        status: Option<&'a str>,
    },
    /// Whose tokens were all ended since it was made.
    Generation {
        /// Whose; nobody's where none were.
        raised: Vec<Whose>,
    },
    /// Its user has the password of when it was made, or another.
    Password,
    /// A person has to confirm it.
    Confirmation,
    /// When it begins.
    Start {
        /// The first moment at which it works.
        at: Timestamp,
    },
    /// When it ends.
    Expiry {
        /// The first moment at which it does not work; `None` for never.
        at: Option<Timestamp>,
    },
    /// How long it may rest.
    Idle {
        /// The first moment at which it has rested too long.
        ends_at: Timestamp,
        /// How long it may.
        max_idle: Duration,
        /// When it was last used; `None` for never.
        last_used_at: Option<Timestamp>,
    },
    /// How often it may be used.
    Uses {
        /// How often it was.
        used: i64,
        /// How often it may be.
        max: i64,
        /// When it was last used; `None` for never.
        last_used_at: Option<Timestamp>,
    },
    /// It has a rule that this version does not know.
    UnknownRule,
    /// How often it may be used in a window of time.
    Rate {
        /// How often it was in the window that is open.
        used: i64,
        /// How often it may be.
        max: i64,
        /// How long a window lasts.
        window: Duration,
        /// When the window that is open ends; `None` if none is.
        ends_at: Option<Timestamp>,
    },
    /// The type it was taken for.
    AskedType {
        /// As it was asked for.
        asked: &'a str,
        /// What it is.
        name: &'a str,
    },
    /// What it is for.
    Purposes {
        /// What it is good for.
        bound: &'a Purposes,
        /// As it was asked for.
        asked: Option<&'a str>,
    },
    /// For whom it is.
    Identity {
        /// For whom it is good.
        bound: &'a str,
        /// As it was asked for.
        asked: Option<&'a str>,
    },
    /// Which clients may use it.
    Clients {
        /// Those that may.
        allowed: &'a [String],
        /// The one that asks.
        asked: Option<&'a ClientId>,
    },
    /// At which resource servers it works.
    Audiences {
        /// Those where it does.
        allowed: &'a [String],
        /// Whether one of them is enough.
        mode: Mode,
        /// Those that the caller acts for.
        asked: Option<&'a SpaceDelimited>,
    },
    /// From which networks it works.
    Networks {
        /// Those from which it does, and does not.
        cidr: &'a Cidr,
        /// Where it was presented.
        asked: Option<IpAddr>,
    },
    /// The network it was first used from.
    Pin {
        /// That network; `None` before the first use.
        bound: Option<&'a str>,
        /// Where it was presented.
        asked: Option<IpAddr>,
    },
    /// At which hours it works.
    Hours {
        /// Those hours.
        schedule: &'a Schedule,
    },
    /// It works once for each purpose.
    OncePerPurpose {
        /// As it was asked for.
        asked: Option<&'a str>,
    },
}

/// Whose tokens can be ended all at once.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Whose {
    /// Those of a client.
    Client,
    /// Those of a user.
    User,
    /// Those of the whole server.
    Server,
}

impl Whose {
    /// Its name for programs and in the store, which stays what it is.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Whose::Client => "client",
            Whose::User => "user",
            Whose::Server => "server",
        }
    }
}
