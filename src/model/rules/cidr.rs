//! `Cidr`: it works from some networks only.

use std::net::IpAddr;

use ipnet::IpNet;
use serde::{Deserialize, Serialize};

use super::Fields;

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
/// It works from addresses in `allow`, all if that is empty, and in none of `deny`.
pub struct Cidr {
    /// From where it works.
    pub allow: Vec<IpNet>,
    /// From where it does not.
    pub deny: Vec<IpNet>,
}

impl Cidr {
    /// Whether it works from `address`. An IPv4 address in its IPv6 form counts as IPv4.
    #[must_use]
    pub fn admits(&self, address: IpAddr) -> bool {
        let address = address.to_canonical();
        let holds = |network: &IpNet| network.contains(&address);
        (self.allow.is_empty() || self.allow.iter().any(holds)) && !self.deny.iter().any(holds)
    }

    pub(super) fn read(fields: &mut Fields<'_>) -> Option<Self> {
        let allow = networks(fields, "allow");
        let deny = networks(fields, "deny");
        let (allow, deny) = (allow?, deny?);
        let remedy = "name a network, such as 10.4.0.0/16, or leave the rule out";
        let says_something = !allow.is_empty() || !deny.is_empty();
        fields.demand("allow", says_something, "must not be empty", remedy)?;
        Some(Self { allow, deny })
    }
}

/// The networks of a list; a single address is a network, too.
fn networks(fields: &mut Fields<'_>, key: &'static str) -> Option<Vec<IpNet>> {
    let texts = fields.texts(key)?;
    let mut networks = Vec::new();
    for (at, text) in texts.iter().enumerate() {
        match network(text) {
            Ok(network) => networks.push(network),
            Err((problem, remedy)) => {
                fields.refuse(key, format!("{key}[{at}] {text:?}: {problem}"), remedy);
            }
        }
    }
    (networks.len() == texts.len()).then_some(networks)
}

/// Reads a network, or says what is wrong with it and what to write.
fn network(text: &str) -> Result<IpNet, (&'static str, String)> {
    let address: Option<IpAddr> = text.parse().ok();
    let network = address.map(IpNet::from).or_else(|| text.parse().ok());
    let example = || "write it such as 10.4.0.7, 10.4.0.0/16 or 2001:db8::/32".to_owned();
    let network = network.ok_or_else(|| ("no address and no network", example()))?;
    if network.addr() != network.network() {
        let remedy = format!("write {} or {}", network.trunc(), network.addr());
        return Err(("host bits set", remedy));
    }
    if matches!(network.addr(), IpAddr::V6(address) if address.to_ipv4_mapped().is_some()) {
        let remedy = "write it as IPv4, which stands for both forms".to_owned();
        return Err(("IPv4 in its IPv6 form", remedy));
    }
    Ok(network)
}

#[cfg(test)]
mod tests {

    use crate::model::rules::{
        Rule,
        testing::{problems, rule},
    };

    fn admits(given: &str, address: &str) -> bool {
        let Rule::Cidr(cidr) = rule(given) else { panic!("{given}") };
        cidr.admits(address.parse().unwrap())
    }

    #[test]
    fn it_works_where_it_is_allowed_and_not_denied() {
        let given = r#"{"type": "Cidr", "allow": ["10.0.0.0/8", "2001:db8::/32"],
            "deny": ["10.9.0.0/16"]}"#;

        for (address, expected) in [
            ("10.0.0.0", true),
            ("10.255.255.255", true),
            ("11.0.0.0", false),
            ("9.255.255.255", false),
            ("10.9.0.1", false),
            ("::ffff:10.1.2.3", true),
            ("::ffff:10.9.2.3", false),
            ("2001:db8:ffff::1", true),
            ("2001:db9::1", false),
        ] {
            assert_eq!(admits(given, address), expected, "{address}");
        }
    }

    #[test]
    fn without_allow_all_but_the_denied_works() {
        let given = r#"{"type": "Cidr", "deny": ["192.0.2.7"]}"#;

        assert!(admits(given, "192.0.2.8") && admits(given, "2001:db8::1"));
        assert!(!admits(given, "192.0.2.7"));
    }

    #[test]
    fn what_is_wrong_is_named() {
        for (given, expected) in [
            (r#"{"allow": ["10.0.0.1/8"]}"#, "allow[0] \"10.0.0.1/8\": host bits set"),
            (r#"{"deny": ["10.0.0.0/8", "::1/8"]}"#, "deny[1] \"::1/8\": host bits set"),
            (r#"{"allow": ["here"]}"#, "allow[0] \"here\": no address and no network"),
            (
                r#"{"allow": ["10.0.0.0/33"]}"#,
                "allow[0] \"10.0.0.0/33\": no address and no network",
            ),
            (
                r#"{"allow": ["::ffff:10.0.0.0/104"]}"#,
                "allow[0] \"::ffff:10.0.0.0/104\": IPv4 in its IPv6 form",
            ),
            ("{}", "allow must not be empty"),
            (r#"{"allow": [], "deny": []}"#, "allow must not be empty"),
            (r#"{"allow": "10.0.0.0/8"}"#, "allow must be a list of texts and is text"),
            (r#"{"allow": [10]}"#, "allow[0] must be text and is a number"),
        ] {
            assert_eq!(problems("Cidr", given), [expected]);
        }
    }

    #[test]
    fn every_network_that_is_wrong_is_named() {
        assert_eq!(problems("Cidr", r#"{"allow": ["x", "10.0.0.0/8"], "deny": ["y"]}"#).len(), 2);
    }
}
