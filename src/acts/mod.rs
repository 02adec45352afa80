//! What operators do, each deed once: pages, the operators' API and the command line all call it.
//!
//! A deed checks what it is given, writes the change and its audit event in one transaction, and
//! says what it did. It knows nothing of faces.

pub mod account;
pub mod audit;
pub mod authorize;
pub mod browser_sessions;
pub mod client_list;
pub mod clients;
pub mod consents;
pub mod declared;
pub mod edits;
pub mod keys;
pub mod links;
pub mod logout;
pub mod master_key;
pub mod moving;
pub mod overview;
pub mod resource_servers;
pub mod saved_queries;
pub mod secrets;
pub mod settings;
pub mod setup;
pub mod sign_in;
pub mod tokens;
pub mod types;
pub mod users;

mod checks;
mod client_edits;
mod client_settings;
mod people;
mod sign_in_settings;

use crate::{
    app::App,
    config::Fault,
    error::Code,
    hashing,
    model::{audit::AuditEvent, id::uuid_v7, timestamp::Timestamp},
    store::{self, End},
    tokens::Error as TokensError,
};

pub use crate::model::audit::Operator;

/// Why a deed was not done.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// There is nothing of that name.
    #[error("{0}")]
    NotFound(String),
    /// It is there already, or somebody else changed it meanwhile.
    #[error("{0}")]
    Conflict(String),
    /// What was asked makes no sense; what to do about it.
    #[error("{0}")]
    Invalid(String),
    /// Everything that is wrong with a declared state.
    #[error("{} in the declared state", wrong_things(.0))]
    Faulty(Vec<Fault>),
    /// Too much is being hashed already.
    #[error("the server is busy hashing secrets; try again in a moment")]
    Busy,
    /// The store could not do as asked.
    #[error(transparent)]
    Store(#[from] store::Error),
    /// A token or key could not be made.
    #[error(transparent)]
    Tokens(#[from] TokensError),
}

/// The result of a deed.
pub type Result<T, E = Error> = std::result::Result<T, E>;

impl From<hashing::Error> for Error {
    fn from(error: hashing::Error) -> Self {
        match error {
            hashing::Error::Busy | hashing::Error::Throttled(_) => Error::Busy,
            hashing::Error::Unhashable => Error::Invalid("the secret cannot be hashed".to_owned()),
        }
    }
}

impl From<Error> for crate::error::Error {
    /// What pages show of a deed that was not done.
    fn from(error: Error) -> Self {
        match error {
            Error::Store(error) => error.into(),
            Error::Tokens(error) => error.into(),
            Error::Busy => Self::busy(),
            Error::NotFound(_) => Self::new(Code::NotFound, Self::sentence(&error.to_string())),
            Error::Conflict(_) | Error::Invalid(_) | Error::Faulty(_) => {
                Self::new(Code::InvalidRequest, Self::sentence(&error.to_string()))
            }
        }
    }
}

/// How many things are wrong.
fn wrong_things(faults: &[Fault]) -> String {
    match faults.len() {
        1 => "1 thing is wrong".to_owned(),
        count => format!("{count} things are wrong"),
    }
}

/// How a deed ends tokens: when, by whom and why.
fn ended(operator: &Operator, now: Timestamp, reason: &str) -> End {
    End { at: now, by: operator.as_str().to_owned(), reason: reason.to_owned() }
}

/// The audit event of a deed.
fn event(
    app: &App,
    (operator, now): (&Operator, Timestamp),
    action: &str,
    target: &str,
    detail: Option<String>,
) -> AuditEvent {
    operator.did((uuid_v7(now, &app.random), now), action, target, detail)
}
