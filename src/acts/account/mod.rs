//! What people do to their own account: their password, their browsers, the apps that use it, the
//! tokens that they make for themselves.
//!
//! Whose something is stands in every statement: of another's, nobody learns that it is there.

mod apps;
mod password;
mod personal_tokens;
mod sessions;

use super::{Error, Result, ended, event};

pub use apps::{ConnectedApp, connected_apps, remove_app};
pub use password::{NewPassword, NotChanged, change_password};
pub use personal_tokens::{
    NewPersonalToken, NotMade, OwnToken, OwnTokens, make_token, own_tokens, remove_token,
};
pub use sessions::{end_other_sessions, end_session, live_sessions, sign_ins};

/// What everybody hears of what is not theirs, be it there or not.
fn not_theirs() -> Error {
    Error::NotFound("you have nothing of that kind".to_owned())
}
