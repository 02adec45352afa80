//! The server's own name on the wire.

use std::net::IpAddr;

use url::{Host, Url};

/// The issuer identifier: an absolute http or https URL without query, fragment, credentials or
/// trailing slash (RFC 8414 §2). It may have a path.
///
/// Every absolute address we ever print is made from it; the Host header is never read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Issuer {
    text: String,
    host: String,
    https: bool,
    loopback: bool,
}

impl Issuer {
    /// Reads an issuer.
    ///
    /// # Errors
    ///
    /// A sentence that says what is wrong with `text`.
    pub fn parse(text: &str) -> Result<Self, &'static str> {
        let url = Url::parse(text).map_err(|_| "it is not an absolute URL")?;
        if !matches!(url.scheme(), "http" | "https") {
            return Err("its scheme is neither https nor http");
        }
        if !url.username().is_empty() || url.password().is_some() {
            return Err("it holds a user name or password");
        }
        if url.query().is_some() || url.fragment().is_some() {
            return Err("it has a query or fragment");
        }
        if text.ends_with('/') {
            return Err("it ends with a slash");
        }
        // Clients compare issuers byte for byte, so ours must already be in normal form.
        if url.as_str().trim_end_matches('/') != text {
            return Err(
                "it is not in normal form (lower-case host, no default port, no dot segments)",
            );
        }
        if !url.path().bytes().all(is_plain) || url.path().contains("//") {
            return Err("its path holds more than letters, digits and . _ ~ - between slashes");
        }
        if RESERVED.iter().any(|path| url.path().starts_with(path)) {
            return Err("its path is one that every server answers at the root");
        }
        let host = url.host().ok_or("it has no host")?;
        Ok(Self {
            text: text.to_owned(),
            host: host_text(&host),
            https: url.scheme() == "https",
            loopback: is_loopback(&host),
        })
    }

    /// The issuer as text, without a trailing slash.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// Its host: a name, or an address without brackets.
    #[must_use]
    pub fn host(&self) -> &str {
        &self.host
    }

    /// Whether it is an https address.
    #[must_use]
    pub fn is_https(&self) -> bool {
        self.https
    }

    /// Whether its host is this machine: `localhost`, 127.0.0.0/8 or `[::1]`.
    #[must_use]
    pub fn is_loopback(&self) -> bool {
        self.loopback
    }

    /// The absolute address of one of our paths, which begins with a slash.
    #[must_use]
    pub fn join(&self, path: &str) -> String {
        format!("{}{path}", self.text)
    }

    /// Its origin, as browsers write it: scheme, host, and the port if it is not the usual one.
    #[must_use]
    pub fn origin(&self) -> &str {
        self.text.strip_suffix(self.path()).unwrap_or(&self.text)
    }

    /// The path of the issuer: empty, or a slash and more, without a slash at its end.
    #[must_use]
    pub fn path(&self) -> &str {
        let after_scheme = self.text.split_once("://").map_or("", |(_, rest)| rest);
        after_scheme.find('/').map_or("", |slash| &after_scheme[slash..])
    }
}

/// Paths that mean something at the root of every host, whatever the issuer's path.
const RESERVED: &[&str] = &["/.well-known", "/healthz", "/readyz"];

/// What a router takes for itself and nothing else.
fn is_plain(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || b"/._~-".contains(&byte)
}

fn host_text(host: &Host<&str>) -> String {
    match host {
        Host::Domain(name) => (*name).to_owned(),
        Host::Ipv4(address) => address.to_string(),
        Host::Ipv6(address) => address.to_string(),
    }
}

fn is_loopback(host: &Host<&str>) -> bool {
    match host {
        Host::Domain(name) => *name == "localhost",
        Host::Ipv4(address) => IpAddr::from(*address).is_loopback(),
        Host::Ipv6(address) => IpAddr::from(*address).is_loopback(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_issuer_may_have_a_port_and_a_path() {
        let issuer = Issuer::parse("https://id.example:8443/tenant").unwrap();

        assert_eq!(issuer.join("/token"), "https://id.example:8443/tenant/token");
        assert_eq!(issuer.path(), "/tenant");
        assert_eq!(issuer.host(), "id.example");
        assert_eq!(Issuer::parse("https://[2001:db8::1]:8443").unwrap().host(), "2001:db8::1");
        assert!(issuer.is_https() && !issuer.is_loopback());
    }

    #[test]
    fn loopback_is_told_from_names_that_look_like_it() {
        assert!(Issuer::parse("http://127.0.0.1:8080").unwrap().is_loopback());
        assert!(Issuer::parse("http://[::1]:8080").unwrap().is_loopback());
        assert!(Issuer::parse("http://localhost").unwrap().is_loopback());
        assert!(!Issuer::parse("http://localhost.example").unwrap().is_loopback());
    }

    #[test]
    fn what_is_no_issuer_is_refused() {
        for text in [
            "",
            "id.example",
            "ftp://id.example",
            "https://id.example/",
            "https://id.example?a",
            "https://id.example#a",
            "https://u@id.example",
            "https://ID.example",
            "https://id.example:443",
            "https://id.example/a/../b",
            "https://id.example/a/",
            "https://id.example/healthz",
            "https://id.example/.well-known/x",
            "https://id.example/:a",
            "https://id.example/*a",
            "https://id.example/a//b",
            "https://id.example/%7Ba%7D",
        ] {
            assert!(Issuer::parse(text).is_err(), "{text}");
        }
    }
}
