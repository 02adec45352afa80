//! What a name, an origin or a lifetime must look like, whoever sets it.

use std::time::Duration;

use url::Url;

use crate::model::{
    client::Client, client_id::ClientId, look_alike::is_disguise, resource_server::is_audience,
    scope::Scope,
};

use super::{Error, Result};

/// The longest name, in characters.
const LONGEST_NAME: usize = 100;

/// The shortest and longest secret that a person may choose, in bytes.
const CHOSEN_SECRET: std::ops::RangeInclusive<usize> = 16..=1024;

/// The shortest password, in characters, and the longest, in bytes.
const SHORTEST_PASSWORD: usize = 8;
const LONGEST_PASSWORD: usize = 1024;

/// A name for people: not empty, not long, and nothing in it that could disguise it.
pub(super) fn name(name: &str) -> Result<()> {
    let length = name.chars().count();
    if name.trim().is_empty() || length > LONGEST_NAME {
        return Err(Error::Invalid(format!("a name has 1 to {LONGEST_NAME} characters")));
    }
    if name.chars().any(|c| c.is_control() || is_disguise(c)) {
        let text = "a name holds no control, direction or invisible characters";
        return Err(Error::Invalid(text.to_owned()));
    }
    Ok(())
}

/// The name of a client, which is not the one that stands for people.
pub(super) fn client_id(client_id: &ClientId) -> Result<()> {
    if client_id.is_of_people() {
        let text =
            format!("{client_id} stands for people's own tokens, and no client has that name");
        return Err(Error::Invalid(text));
    }
    Ok(())
}

/// An origin as browsers send it: scheme, host and port, nothing else.
pub(super) fn origin(text: &str) -> Result<()> {
    let normal = Url::parse(text).ok().map(|url| url.origin());
    if normal.is_some_and(|origin| origin.is_tuple() && origin.ascii_serialization() == text) {
        return Ok(());
    }
    Err(Error::Invalid(format!("{text} is no origin; write it as https://app.example")))
}

/// How long access tokens of one client live: whole seconds, up to a year.
pub(super) fn lifetime(lifetime: Duration) -> Result<i64> {
    let seconds = i64::try_from(lifetime.as_secs()).unwrap_or(i64::MAX);
    if lifetime.subsec_nanos() == 0 && (1..=365 * 24 * 60 * 60).contains(&seconds) {
        Ok(seconds)
    } else {
        Err(Error::Invalid("a lifetime is between 1s and 365d, in whole seconds".to_owned()))
    }
}

/// A role of users in applications. It stands in tokens, parted from others by a space.
pub(super) fn role(role: &str) -> Result<()> {
    match Scope::parse(role) {
        Ok(_) if !role.is_empty() && !role.contains(' ') => Ok(()),
        _ => Err(Error::Invalid(format!(
            "{role:?} is no role: printable ASCII without spaces, quotes and backslashes"
        ))),
    }
}

/// A password that a person chose: at least eight characters, and not so many that hashing takes
/// long (NIST SP 800-63B §3.1.1.2).
pub(super) fn password(password: &str) -> Result<()> {
    let count = password.chars().count();
    if count >= SHORTEST_PASSWORD && password.len() <= LONGEST_PASSWORD && !password.contains('\0')
    {
        return Ok(());
    }
    let text = format!(
        "a password has {SHORTEST_PASSWORD} characters or more, and at most \
                        {LONGEST_PASSWORD} bytes"
    );
    Err(Error::Invalid(text))
}

/// What stands in `aud`.
pub(super) fn audience(audience: &str) -> Result<()> {
    if is_audience(audience) {
        return Ok(());
    }
    let text = "an audience has 1 to 200 printable ASCII characters and no space";
    Err(Error::Invalid(text.to_owned()))
}

/// A client that is to introspect must be able to prove who it is (RFC 7662 §2.1).
pub(super) fn introspector(client: &Client) -> Result<()> {
    if client.is_public() {
        let text = format!("{} is a public client and cannot introspect", client.client_id);
        return Err(Error::Invalid(text));
    }
    Ok(())
}

/// A secret that a person chose.
pub(super) fn chosen_secret(secret: &str) -> Result<()> {
    if CHOSEN_SECRET.contains(&secret.len()) && !secret.contains('\0') {
        return Ok(());
    }
    Err(Error::Invalid(format!(
        "a chosen secret has {} to {} bytes; a generated one is better",
        CHOSEN_SECRET.start(),
        CHOSEN_SECRET.end()
    )))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn disguised_names_are_refused() {
        for bad in ["", "  ", "a\u{202e}b", "a\nb", "a\u{200b}", &"x".repeat(101)] {
            assert!(name(bad).is_err(), "{bad:?}");
        }
        assert!(name("Fjörd — Büro 2").is_ok());
    }

    #[test]
    fn only_whole_origins_in_normal_form_pass() {
        assert!(origin("https://app.example").is_ok() && origin("http://127.0.0.1:3000").is_ok());
        for bad in [
            "*",
            "null",
            "https://app.example/",
            "https://App.example",
            "app.example",
            "https://app.example:443",
            "file:///x",
        ] {
            assert!(origin(bad).is_err(), "{bad}");
        }
    }
}
