//! Whose word about a caller's address counts, and what it says.
//!
//! A proxy adds the address that it was called from at the right end of a header; what stands
//! further left came with the request, and anybody may have made it up. So the header is read from
//! the right, and only as far as trusted proxies wrote it.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use ipnet::IpNet;

/// The proxies whose headers count: single addresses and networks.
#[derive(Debug, Clone, Default)]
pub struct TrustedProxies(Vec<IpNet>);

/// The header that the proxies write. Only one counts: a proxy lets the other through as it came.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ForwardedHeader {
    /// `X-Forwarded-For`, a list of addresses.
    XForwardedFor,
    /// `Forwarded` (RFC 7239), a list whose elements say `for=`.
    Forwarded,
}

impl TrustedProxies {
    /// Trusts these networks and nobody else.
    #[must_use]
    pub fn new(networks: Vec<IpNet>) -> Self {
        Self(networks)
    }

    /// Whether nobody is trusted.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Whether `address` is one of these proxies. An IPv4 address counts as such in its IPv6 form,
    /// too.
    #[must_use]
    pub fn trust(&self, address: IpAddr) -> bool {
        let address = address.to_canonical();
        self.0.iter().any(|network| network.contains(&address))
    }

    /// Where a request came from that reached us from `peer`: the rightmost address that is no
    /// trusted proxy's. `lines` are the values of `header`, in the order in which they came.
    ///
    /// What cannot be read ends the search, and the last proxy that could be is the answer: nothing
    /// to the left of it is anybody's word.
    pub fn caller<'h, Lines>(&self, peer: IpAddr, header: ForwardedHeader, lines: Lines) -> IpAddr
    where
        Lines: IntoIterator<Item = &'h [u8]>,
        Lines::IntoIter: DoubleEndedIterator,
    {
        let mut known = peer.to_canonical();
        if !self.trust(known) {
            return known;
        }
        for element in lines.into_iter().rev().flat_map(|line| header.elements(line)) {
            match header.address(element) {
                None => break,
                Some(address) if self.trust(address) => known = address,
                Some(address) => return address,
            }
        }
        known
    }
}

impl ForwardedHeader {
    /// Both of them.
    pub const ALL: [Self; 2] = [Self::XForwardedFor, Self::Forwarded];

    /// The header's name, in small letters.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::XForwardedFor => "x-forwarded-for",
            Self::Forwarded => "forwarded",
        }
    }

    fn elements(self, line: &[u8]) -> FromTheRight<'_> {
        FromTheRight { rest: Some(line), separator: b',', quotes: self == Self::Forwarded }
    }

    /// The address in an element; `None` if there is none in it, or nothing that says so clearly.
    fn address(self, element: &[u8]) -> Option<IpAddr> {
        let address = match self {
            Self::XForwardedFor => node(text(element)?),
            Self::Forwarded => node(&for_parameter(element)?),
        };
        address.map(|address| address.to_canonical())
    }
}

/// The parts of a list, the last one first.
///
/// Quotes are paired from the right as well. Were they paired from the left, a stranger's single
/// quote would swallow what the proxy wrote behind it.
struct FromTheRight<'h> {
    rest: Option<&'h [u8]>,
    separator: u8,
    quotes: bool,
}

impl<'h> Iterator for FromTheRight<'h> {
    type Item = &'h [u8];

    fn next(&mut self) -> Option<&'h [u8]> {
        let list = self.rest.take()?;
        let mut quoted = false;
        for (at, byte) in list.iter().enumerate().rev() {
            if *byte == b'"' && self.quotes && !is_escaped(&list[..at]) {
                quoted = !quoted;
            } else if *byte == self.separator && !quoted {
                self.rest = Some(&list[..at]);
                return Some(&list[at + 1..]);
            }
        }
        Some(list)
    }
}

/// Whether a backslash that counts stands at the end.
fn is_escaped(before: &[u8]) -> bool {
    let backslashes = before.iter().rev().take_while(|byte| **byte == b'\\').count();
    !backslashes.is_multiple_of(2)
}

fn text(bytes: &[u8]) -> Option<&str> {
    Some(str::from_utf8(bytes).ok()?.trim_matches([' ', '\t']))
}

/// The value of the one parameter `for` in an element of `Forwarded` (RFC 7239 §4).
fn for_parameter(element: &[u8]) -> Option<String> {
    let parameters = FromTheRight { rest: Some(element), separator: b';', quotes: true };
    let mut found = None;
    for parameter in parameters {
        let parameter = text(parameter)?;
        if parameter.is_empty() {
            continue;
        }
        let (name, value) = parameter.split_once('=')?;
        if name.eq_ignore_ascii_case("for") && found.replace(unquoted(value)?).is_some() {
            return None;
        }
    }
    found
}

/// A value without its quotes (RFC 9110 §5.6.4).
fn unquoted(value: &str) -> Option<String> {
    let Some(quoted) = value.strip_prefix('"') else {
        return (!value.contains('"')).then(|| value.to_owned());
    };
    let mut plain = String::new();
    let mut characters = quoted.strip_suffix('"')?.chars();
    while let Some(character) = characters.next() {
        match character {
            '"' => return None,
            '\\' => plain.push(characters.next()?),
            _ => plain.push(character),
        }
    }
    Some(plain)
}

/// An address, perhaps with a port behind it. An IPv6 address with a port stands in brackets
/// (RFC 7239 §6). `unknown` and names that hide an address are none.
fn node(text: &str) -> Option<IpAddr> {
    if let Ok(address) = text.parse() {
        return Some(address);
    }
    if let Some(bracketed) = text.strip_prefix('[') {
        let (address, rest) = bracketed.split_once(']')?;
        let has_port = rest.strip_prefix(':').is_some_and(is_port);
        let address: Option<Ipv6Addr> = address.parse().ok();
        return address.filter(|_| rest.is_empty() || has_port).map(IpAddr::from);
    }
    let (address, port) = text.split_once(':')?;
    let address: Option<Ipv4Addr> = address.parse().ok();
    address.filter(|_| is_port(port)).map(IpAddr::from)
}

/// A port or, as a proxy may hide it, an underscore and a name.
fn is_port(text: &str) -> bool {
    let is_name = |byte: u8| byte.is_ascii_alphanumeric() || b"._-".contains(&byte);
    match text.strip_prefix('_') {
        Some(name) => !name.is_empty() && name.bytes().all(is_name),
        None => text.bytes().all(|byte| byte.is_ascii_digit()) && text.parse::<u16>().is_ok(),
    }
}

#[cfg(test)]
mod tests;
