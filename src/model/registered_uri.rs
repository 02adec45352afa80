//! Addresses that an operator registers for a client: where people may be sent, and what they may
//! read.
//!
//! What is registered is compared byte for byte later, so what could mean two things is refused
//! here: only schemes on a list, and only addresses in normal form.

use std::net::{Ipv4Addr, Ipv6Addr};

use url::{Host, Url};

use super::client::ClientKind;

/// The longest address, in bytes.
const LONGEST: usize = 2000;

/// Why an address is not taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum BadUri {
    /// It is no absolute address in ASCII, or a very long one.
    #[error("it is no absolute address of at most {LONGEST} ASCII characters without spaces")]
    NotAbsolute,
    /// It is written in one of several ways.
    #[error(
        "it is not in normal form (lower-case scheme and host, no default port, no dot segments)"
    )]
    NotNormal,
    /// It has a fragment (RFC 6749 §3.1.2).
    #[error("it has a fragment, which an answer has no place beside")]
    Fragment,
    /// It carries a user name or password.
    #[error("it holds a user name or password")]
    UserInfo,
    /// A wildcard means nothing here.
    #[error("it has a *, and no address here stands for several")]
    Wildcard,
    /// It is http to another machine.
    #[error("it is http, which is for this machine only (127.0.0.1, [::1] or localhost)")]
    Insecure,
    /// It has a scheme of its own that anybody could take.
    #[error("its scheme is neither https nor, for a native client, a reversed domain name")]
    Scheme,
    /// It has no host.
    #[error("it has no host")]
    NoHost,
}

/// Whether people may be sent to `text` when a client of `kind` is answered (RFC 6749 §3.1.2,
/// RFC 8252 §7, RFC 9700 §2.1).
///
/// # Errors
///
/// [`BadUri`] says why not.
pub fn check_redirect(text: &str, kind: ClientKind) -> Result<(), BadUri> {
    let url = parse(text)?;
    match url.scheme() {
        "https" | "http" => check_web(&url),
        scheme if kind == ClientKind::Native && is_reversed_domain(scheme) => Ok(()),
        _ => Err(BadUri::Scheme),
    }
}

/// Whether people may be shown a link to `text`.
///
/// # Errors
///
/// [`BadUri`] says why not.
pub fn check_link(text: &str) -> Result<(), BadUri> {
    let url = parse(text)?;
    match url.scheme() {
        "https" | "http" => check_web(&url),
        _ => Err(BadUri::Scheme),
    }
}

/// The host of a web address, without its port: what a pairwise subject is made for (OpenID Connect
/// Core §8.1).
#[must_use]
pub fn host(text: &str) -> Option<String> {
    let url = Url::parse(text).ok()?;
    let is_web = matches!(url.scheme(), "https" | "http");
    url.host_str().filter(|_| is_web).map(str::to_owned)
}

/// What every address has to be.
fn parse(text: &str) -> Result<Url, BadUri> {
    let is_plain = |byte: u8| byte.is_ascii_graphic() && !br#""<>\^`{|}"#.contains(&byte);
    if text.len() > LONGEST || !text.bytes().all(is_plain) {
        return Err(BadUri::NotAbsolute);
    }
    if text.contains('*') {
        return Err(BadUri::Wildcard);
    }
    if text.contains('#') {
        return Err(BadUri::Fragment);
    }
    let url = Url::parse(text).map_err(|_| BadUri::NotAbsolute)?;
    let after_scheme = text.split_once(':').map_or("", |(_, rest)| rest);
    let authority = after_scheme.strip_prefix("//").unwrap_or_default();
    let authority = authority.split(['/', '?']).next().unwrap_or_default();
    if authority.contains('@') || !url.username().is_empty() || url.password().is_some() {
        return Err(BadUri::UserInfo);
    }
    // The library writes the slash that a bare host may leave out.
    let is_normal = url.as_str() == text || url.as_str().strip_suffix('/') == Some(text);
    if !is_normal || has_hidden_segment(text) {
        return Err(BadUri::NotNormal);
    }
    Ok(url)
}

/// Whether somebody who decodes once more, or cuts at a semicolon, would see a dot segment.
fn has_hidden_segment(text: &str) -> bool {
    let path = text.split('?').next().unwrap_or_default().to_ascii_lowercase();
    path.contains("%2e") || path.contains("%2f") || path.contains("%5c") || path.contains("..;")
}

fn check_web(url: &Url) -> Result<(), BadUri> {
    let host = url.host().ok_or(BadUri::NoHost)?;
    if url.scheme() == "https" || is_this_machine(&host) {
        return Ok(());
    }
    Err(BadUri::Insecure)
}

fn is_this_machine(host: &Host<&str>) -> bool {
    match host {
        Host::Domain(name) => *name == "localhost",
        Host::Ipv4(address) => *address == Ipv4Addr::LOCALHOST,
        Host::Ipv6(address) => *address == Ipv6Addr::LOCALHOST,
    }
}

/// `com.example.app`: whoever has the domain may claim the scheme (RFC 8252 §7.1).
fn is_reversed_domain(scheme: &str) -> bool {
    let mut labels = scheme.split('.');
    let is_label = |label: &str| {
        !label.is_empty() && label.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-')
    };
    scheme.contains('.') && labels.all(is_label)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn https_is_for_everybody_and_http_for_this_machine() {
        for text in [
            "https://app.example",
            "https://app.example/callback",
            "https://app.example:8443/callback?a=b&c=d%20e",
            "http://localhost:3000/callback",
            "http://127.0.0.1:7000/",
            "http://[::1]/callback",
        ] {
            assert_eq!(check_redirect(text, ClientKind::Web), Ok(()), "{text}");
            assert_eq!(check_link(text), Ok(()), "{text}");
        }
    }

    #[test]
    fn a_scheme_of_its_own_is_a_reversed_domain_of_a_native_client() {
        let judge = check_redirect;

        assert_eq!(judge("com.example.app:/callback", ClientKind::Native), Ok(()));
        assert_eq!(judge("com.example.app:/callback", ClientKind::Web), Err(BadUri::Scheme));
        assert_eq!(judge("myapp:/callback", ClientKind::Native), Err(BadUri::Scheme));
        assert_eq!(check_link("com.example.app:/callback"), Err(BadUri::Scheme));
    }

    #[test]
    fn what_could_mean_something_else_is_refused() {
        for (text, why) in [
            ("/callback", BadUri::NotAbsolute),
            ("https://app.example/a b", BadUri::NotAbsolute),
            ("https://app.example/\u{e4}", BadUri::NotAbsolute),
            ("https://app.example\\@evil.example/", BadUri::NotAbsolute),
            ("https://app.example/*", BadUri::Wildcard),
            ("https://*.app.example/", BadUri::Wildcard),
            ("https://app.example/#here", BadUri::Fragment),
            ("https://app.example/#", BadUri::Fragment),
            ("http://localhost:80@evil.example/", BadUri::UserInfo),
            ("https://@app.example/", BadUri::UserInfo),
            ("https://a@b@app.example/", BadUri::UserInfo),
            ("https://app.example/a/../b", BadUri::NotNormal),
            ("https://app.example/a/%2e%2e/b", BadUri::NotNormal),
            ("https://app.example/a/..;/b", BadUri::NotNormal),
            ("https://app.example/a%2Fb", BadUri::NotNormal),
            ("https://APP.example/", BadUri::NotNormal),
            ("https://app.example:443/", BadUri::NotNormal),
            ("http://app.example/", BadUri::Insecure),
            ("http://localhost.evil.example/", BadUri::Insecure),
            ("http://127.0.0.2/", BadUri::Insecure),
            ("javascript:alert(1)", BadUri::Scheme),
            ("JaVaScRiPt:alert(1)", BadUri::NotNormal),
            ("data:text/html,x", BadUri::Scheme),
            ("file:///etc/passwd", BadUri::Scheme),
        ] {
            assert_eq!(check_redirect(text, ClientKind::Web), Err(why), "{text}");
        }
        let long = format!("https://app.example/{}", "a".repeat(2000));
        assert_eq!(check_link(&long), Err(BadUri::NotAbsolute));
    }

    #[test]
    fn the_host_of_an_address_has_no_port() {
        assert_eq!(host("https://app.example:8443/x").as_deref(), Some("app.example"));
        assert_eq!(host("com.example.app:/callback"), None);
    }

    proptest! {
        #[test]
        fn no_text_panics(text in "\\PC{0,60}") {
            let _ = check_redirect(&text, ClientKind::Native);
            let _ = host(&text);
        }
    }
}
