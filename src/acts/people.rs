//! What may be said of a user, whoever says it: files, commands and pages go by the same rules.

use crate::{
    config::Wrong,
    model::{
        account_end::AccountLimits,
        user::{Attributes, LONGEST_ATTRIBUTES, OperatorRole, RESERVED_CLAIMS},
        username::Username,
    },
};

use super::Error;

/// What is known of a user. What it says about time has to be readable: see [`AccountLimits`].
pub(super) fn attributes(attributes: &Attributes) -> Result<(), Wrong> {
    size(attributes)?;
    AccountLimits::of(attributes).map(drop).map_err(|unreadable| {
        let problem = format!("can't be taken: {unreadable}");
        Wrong::new(problem, "write it so, or give the attribute another name")
    })
}

/// What is said of a user to applications.
pub(super) fn claims(claims: &Attributes) -> Result<(), Wrong> {
    size(claims)?;
    for (name, _) in claims.iter() {
        if RESERVED_CLAIMS.contains(&name) {
            let problem = format!("holds {name}, which the server itself says");
            return Err(Wrong::new(problem, "choose another name, or put it into attributes"));
        }
        if name.is_empty() || name.chars().any(char::is_control) {
            let problem = "holds a claim without a name, or with a control character in it";
            return Err(Wrong::new(problem, "name each claim, such as email"));
        }
    }
    Ok(())
}

/// What somebody may do to the server itself.
pub(super) fn operator_role(role: &str) -> Result<(), Wrong> {
    role.parse::<OperatorRole>().map(drop).map_err(|unknown| {
        let remedy = format!("one of: {}", unknown.known);
        Wrong::new(format!("{:?} is not an {}", unknown.word, unknown.list), remedy)
    })
}

/// The name of somebody who has a password.
pub(super) fn name_with_password(name: &Username) -> Result<(), Wrong> {
    if name.takes_password() {
        return Ok(());
    }
    let problem = "holds a colon, and the user a password: Basic ends the name at the first one";
    let remedy = "choose a name without a colon, or write password = \"none\"";
    Err(Wrong::new(problem, remedy))
}

fn size(attributes: &Attributes) -> Result<(), Wrong> {
    if attributes.to_string().len() <= LONGEST_ATTRIBUTES {
        return Ok(());
    }
    let problem = format!("has more than {LONGEST_ATTRIBUTES} bytes of JSON");
    Err(Wrong::new(problem, "keep large things elsewhere"))
}

/// The same as a refusal of a deed about `what`.
pub(super) fn invalid(what: &str) -> impl Fn(Wrong) -> Error {
    move |Wrong { problem, remedy }| Error::Invalid(format!("{what} {problem}: {remedy}"))
}
