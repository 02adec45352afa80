//! What a name, an origin or a lifetime must look like, whoever sets it.

use std::time::Duration;

use url::Url;

use crate::{
    config::bounded_seconds,
    model::{
        client::Client, client_id::ClientId, look_alike::is_disguise, resource_server::is_audience,
        scope::Scope,
    },
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

/// The name of a client, which is not the one that stands for people, and can stand in the address
/// of a page.
pub(super) fn client_id(client_id: &ClientId) -> Result<()> {
    if client_id.is_of_people() {
        let text =
            format!("{client_id} stands for people's own tokens, and no client has that name");
        return Err(Error::Invalid(text));
    }
    if matches!(client_id.as_str(), "." | "..") {
        let text = "an address that ends in . or .. leads elsewhere; choose another client id";
        return Err(Error::Invalid(text.to_owned()));
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

/// How long access tokens of one client live, within the bounds of the server's own: in seconds.
pub(super) fn access_lifetime(lifetime: Duration) -> Result<i64> {
    within_bounds_of("tokens.lifetimes.access", lifetime)
}

/// How long refresh tokens of one client live, within the bounds of the server's own: in seconds.
pub(super) fn refresh_lifetime(lifetime: Duration) -> Result<i64> {
    within_bounds_of("tokens.lifetimes.refresh", lifetime)
}

fn within_bounds_of(path: &str, lifetime: Duration) -> Result<i64> {
    bounded_seconds(path, lifetime).map_err(|(least, most)| {
        let text = format!("a lifetime is between {least} and {most}, in whole seconds");
        Error::Invalid(text)
    })
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
    fn a_clients_lifetime_has_the_bounds_of_the_servers_own() {
        let days = |days: u64| Duration::from_hours(days * 24);
        assert_eq!(refresh_lifetime(days(400)).unwrap(), 400 * 86_400);
        assert_eq!(refresh_lifetime(days(3650)).unwrap(), 3650 * 86_400);
        assert_eq!(access_lifetime(days(365)).unwrap(), 365 * 86_400);
        assert_eq!(access_lifetime(Duration::from_secs(1)).unwrap(), 1);
        for (refused, bounds) in [
            (refresh_lifetime(days(3651)), "between 1s and 3650d, in whole seconds"),
            (access_lifetime(days(366)), "between 1s and 365d, in whole seconds"),
            (refresh_lifetime(Duration::ZERO), "between 1s and 3650d, in whole seconds"),
            (refresh_lifetime(Duration::from_millis(1500)), "in whole seconds"),
            (access_lifetime(Duration::MAX), "in whole seconds"),
        ] {
            assert!(refused.unwrap_err().to_string().ends_with(bounds));
        }
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
