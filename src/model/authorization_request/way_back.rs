//! Where an answer goes, and how.

use crate::model::{parameters::Parameters, redirect_uri::CheckedRedirect};

use super::{AuthorizationRequest, ResponseMode, read};

/// The longest `state`, in bytes.
const LONGEST_STATE: usize = 4096;

/// What an answer needs to get back to the client, an error too.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WayBack {
    /// Where it goes.
    pub redirect: CheckedRedirect,
    /// How it travels.
    pub mode: ResponseMode,
    /// What goes along as it came.
    pub state: Option<String>,
}

/// The `state` is longer than an answer can carry. It cannot be left out of an answer either.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the state is longer than {LONGEST_STATE} bytes")]
pub struct StateTooLong;

impl WayBack {
    /// That of a request whose redirect URI was found good.
    ///
    /// # Errors
    ///
    /// [`StateTooLong`]; then nobody is sent anywhere.
    pub fn of(parameters: &Parameters, redirect: CheckedRedirect) -> Result<Self, StateTooLong> {
        let back = read::way_back(parameters, redirect);
        let length = back.state.as_ref().map_or(0, String::len);
        if length > LONGEST_STATE { Err(StateTooLong) } else { Ok(back) }
    }

    /// That of a request that was kept, and whose redirect URI was found good again.
    #[must_use]
    pub fn of_kept(request: &AuthorizationRequest, redirect: CheckedRedirect) -> Self {
        let mode = request.response_mode.parse().unwrap_or(ResponseMode::Query);
        Self { redirect, mode, state: request.state.clone() }
    }
}
