//! Networks as people write them.

use std::net::IpAddr;

use ipnet::IpNet;

use super::fault::Wrong;

const REMEDY: &str = "write the addresses that your proxy calls from, such as 10.4.0.7 or \
     10.4.0.0/16";

/// Reads an address or a network of them in CIDR notation.
///
/// What would quietly trust nobody or everybody is refused: bits behind the prefix, IPv4 in its
/// IPv6 form, and a prefix of no bits.
pub(super) fn network(text: &str) -> Result<IpNet, Wrong> {
    let address: Option<IpAddr> = text.parse().ok();
    let network = address.map(IpNet::from).or_else(|| text.parse().ok());
    let Some(network) = network else {
        return Err(Wrong::new(format!("{text:?} is no IP address and no network"), REMEDY));
    };
    if network.addr() != network.network() {
        let remedy = format!("write {} or {}", network.trunc(), network.addr());
        let problem = format!("{text:?} has bits set behind its prefix");
        return Err(Wrong::new(problem, remedy));
    }
    if network.prefix_len() == 0 {
        let problem = format!("{text:?} is everybody, who could then claim any address");
        return Err(Wrong::new(problem, REMEDY));
    }
    if matches!(network.addr(), IpAddr::V6(address) if address.to_ipv4_mapped().is_some()) {
        let problem = format!("{text:?} is IPv4 in its IPv6 form");
        return Err(Wrong::new(problem, "write it as IPv4, which stands for both forms"));
    }
    Ok(network)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_and_networks_are_read() {
        for (text, expected) in [
            ("10.4.0.7", "10.4.0.7/32"),
            ("10.4.0.0/16", "10.4.0.0/16"),
            ("10.4.0.7/32", "10.4.0.7/32"),
            ("2001:db8::1", "2001:db8::1/128"),
            ("2001:db8::/32", "2001:db8::/32"),
        ] {
            assert_eq!(network(text).unwrap().to_string(), expected);
        }
    }

    #[test]
    fn what_would_trust_nobody_or_everybody_is_refused_with_what_to_write() {
        for (text, problem, remedy) in [
            ("10.4.0.7/16", "has bits set behind its prefix", "write 10.4.0.0/16 or 10.4.0.7"),
            ("2001:db8::1/32", "has bits set", "write 2001:db8::/32 or 2001:db8::1"),
            ("0.0.0.0/0", "is everybody", "write the addresses that your proxy"),
            ("::/0", "is everybody", "write the addresses that your proxy"),
            ("::ffff:10.0.0.1", "is IPv4 in its IPv6 form", "write it as IPv4"),
            ("::ffff:10.0.0.0/104", "is IPv4 in its IPv6 form", "write it as IPv4"),
            ("10.4.0.0/33", "is no IP address", "such as 10.4.0.7"),
            ("10.4.0.0/", "is no IP address", "such as 10.4.0.7"),
            ("10.4", "is no IP address", "such as 10.4.0.7"),
            ("proxy.example", "is no IP address", "such as 10.4.0.7"),
        ] {
            let wrong = network(text).unwrap_err();

            assert!(wrong.problem.contains(problem), "{}", wrong.problem);
            assert!(wrong.remedy.contains(remedy), "{}", wrong.remedy);
        }
    }
}
