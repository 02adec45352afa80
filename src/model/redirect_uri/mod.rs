//! Redirect URIs: where a browser may be sent with an answer (RFC 6749 §3.1.2, RFC 9700 §2.1).
//!
//! One type stands for the decision. Whatever sends a browser somewhere takes it, never a string.

use super::{
    client::{Client, ClientKind},
    space_delimited::SpaceDelimited,
};

/// A redirect URI that belongs to the client. It is made by the decision alone, so an answer cannot
/// go to any other.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CheckedRedirect(String);

/// Why a request has no address that an answer may go to. It is told on a page.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum RedirectRefusal {
    /// The one that was sent is none of the client's.
    #[error("the redirect_uri is none of those that the client registered, byte for byte")]
    Unregistered,
    /// None was sent, and there is more than one (RFC 6749 §3.1.2.3).
    #[error("the redirect_uri is missing, and the client registered more than one")]
    Ambiguous,
    /// None was sent, and OpenID asks for it (OpenID Connect Core §3.1.2.1).
    #[error("the redirect_uri is missing, which a request with the scope openid needs")]
    Missing,
    /// The client has none at all.
    #[error("the client registered no redirect_uri")]
    NoneRegistered,
}

/// Hosts that are the machine of the person: an application there cannot choose its port ahead.
const LOOPBACK: &[&str] = &["http://127.0.0.1", "http://[::1]"];

impl CheckedRedirect {
    /// Decides where the answer to an authorization request goes: to the address that was `sent`, if
    /// the client registered that, byte for byte. For a native client, the port of a loopback
    /// address may be any (RFC 8252 §7.3).
    ///
    /// # Errors
    ///
    /// A [`RedirectRefusal`]; then nobody is sent anywhere.
    pub fn check(
        client: &Client,
        sent: Option<&str>,
        is_openid: bool,
    ) -> Result<Self, RedirectRefusal> {
        let registered = &client.sign_in.redirect_uris;
        if registered.is_empty() {
            return Err(RedirectRefusal::NoneRegistered);
        }
        let sent = match sent {
            Some(sent) => sent,
            None if is_openid => return Err(RedirectRefusal::Missing),
            None if registered.len() > 1 => return Err(RedirectRefusal::Ambiguous),
            None => registered.iter().next().unwrap_or_default(),
        };
        find(registered, client.kind, sent).ok_or(RedirectRefusal::Unregistered)
    }

    /// Decides where somebody goes who signed out (RP-Initiated Logout §3). `None` if the address is
    /// none of those that the client registered for that, by the same rule.
    #[must_use]
    pub fn after_sign_out(client: &Client, sent: &str) -> Option<Self> {
        find(&client.sign_in.post_logout_redirect_uris, client.kind, sent)
    }

    /// The address, as it was sent.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The address with `members` in its query, after those that it has.
    #[must_use]
    pub fn with_query(&self, members: &str) -> String {
        let separator = match self.0.find('?') {
            _ if members.is_empty() => "",
            None => "?",
            Some(at) if at + 1 == self.0.len() || self.0.ends_with('&') => "",
            Some(_) => "&",
        };
        format!("{}{separator}{members}", self.0)
    }

    /// The address with `members` for a fragment. No registered one has its own.
    #[must_use]
    pub fn with_fragment(&self, members: &str) -> String {
        format!("{}#{members}", self.0)
    }

    /// The place that the address is at: its origin, or its scheme where it has none that a person
    /// can read.
    #[must_use]
    pub fn origin_or_scheme(&self) -> String {
        let (scheme, rest) = self.0.split_once(':').unwrap_or((&self.0, ""));
        let end = |c: char| matches!(c, '/' | '?');
        let host = rest.strip_prefix("//").and_then(|rest| rest.split(end).next());
        let is_plain = |b: u8| b.is_ascii_alphanumeric() || matches!(b, b'.' | b'-' | b':');
        match host.filter(|host| !host.is_empty() && host.bytes().all(is_plain)) {
            Some(host) => format!("{scheme}://{host}"),
            None => format!("{scheme}:"),
        }
    }
}

/// The rule for every address: byte for byte, and for native clients on loopback but for the port.
fn find(registered: &SpaceDelimited, kind: ClientKind, sent: &str) -> Option<CheckedRedirect> {
    // Where there is a fragment, what is added to the query would be part of it.
    let is_good = |known: &&str| !known.contains('#') && is_same(known, sent, kind);
    registered.iter().find(is_good).map(|_| CheckedRedirect(sent.to_owned()))
}

fn is_same(registered: &str, sent: &str, kind: ClientKind) -> bool {
    if registered == sent {
        return true;
    }
    match (kind, without_port(registered), without_port(sent)) {
        (ClientKind::Native, Some(registered), Some(sent)) => registered == sent,
        _ => false,
    }
}

/// The parts of a loopback address but for its port: scheme with host, and all that follows. `None`
/// for anything that is written in any other way.
fn without_port(uri: &str) -> Option<(&'static str, &str)> {
    let host = LOOPBACK.iter().find(|host| uri.starts_with(**host))?;
    let after_host = &uri[host.len()..];
    let rest = match after_host.strip_prefix(':') {
        None => after_host,
        Some(after_colon) => {
            let digits = after_colon.bytes().take_while(u8::is_ascii_digit).count();
            let (port, rest) = after_colon.split_at(digits);
            let is_port = !port.starts_with('0') && port.parse::<u16>().is_ok();
            is_port.then_some(rest)?
        }
    };
    // Anything else would go on with the host: `http://127.0.0.1.evil`, `http://127.0.0.1:80@evil`.
    (rest.is_empty() || rest.starts_with(['/', '?'])).then_some((*host, rest))
}

#[cfg(test)]
mod tests;
