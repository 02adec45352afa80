//! `PinIp`: it works from where it was first used.

use std::net::IpAddr;

use ipnet::IpNet;
use serde::{Deserialize, Serialize};

use super::Fields;

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
/// It works from the network it was first used from.
pub struct PinIp {
    /// How many leading bits of an IPv4 address are pinned, 8 to 32.
    pub ipv4: u8,
    /// How many leading bits of an IPv6 address are pinned, 16 to 128.
    pub ipv6: u8,
}

/// What one network has in IPv6: a machine changes its address within it of its own accord.
pub(super) const USUAL_IPV6: u8 = 64;

impl PinIp {
    /// The network of `address` that a token is pinned to, such as `192.0.2.0/24`. An IPv4 address
    /// in its IPv6 form counts as IPv4.
    #[must_use]
    pub fn pin_of(&self, address: IpAddr) -> String {
        let address = address.to_canonical();
        let bits = if address.is_ipv4() { self.ipv4 } else { self.ipv6 };
        let whole = IpNet::from(address);
        IpNet::new(address, bits).unwrap_or(whole).trunc().to_string()
    }

    /// Reads it. `by = "ip/24"` tells the bits of IPv4; `ipv6` those of IPv6, if others than 64.
    pub(super) fn read(fields: &mut Fields<'_>) -> Option<Self> {
        let ipv4 = fields.text("by", Some("ip/24")).and_then(|by| bits(fields, &by));
        let ipv6 = fields.integer("ipv6", (16, 128), Some(i64::from(USUAL_IPV6)));
        Some(Self { ipv4: ipv4?, ipv6: u8::try_from(ipv6?).ok()? })
    }
}

fn bits(fields: &mut Fields<'_>, by: &str) -> Option<u8> {
    if let "dpop" | "mtls" = by {
        let remedy = "write ip/24: this version pins to networks only";
        fields.refuse("by", "PinKey needs dpop or mtls enabled", remedy);
        return None;
    }
    let digits = by.strip_prefix("ip/").filter(|text| text.bytes().all(|b| b.is_ascii_digit()));
    let bits = digits.and_then(|text| text.parse().ok()).filter(|bits| (8..=32).contains(bits));
    fields.demand("by", bits.is_some(), "must be ip/8 to ip/32", "write it such as ip/24")?;
    bits
}

#[cfg(test)]
mod tests {

    use crate::model::rules::{
        Rule,
        testing::{problems, rule},
    };

    fn pin(given: &str, address: &str) -> String {
        let Rule::PinIp(pin) = rule(given) else { panic!("{given}") };
        pin.pin_of(address.parse().unwrap())
    }

    #[test]
    fn the_network_of_an_address_is_what_it_is_pinned_to() {
        let by_24 = r#"{"type": "PinIp", "by": "ip/24"}"#;
        let by_all = r#"{"type": "PinIp", "by": "ip/32", "ipv6": 128}"#;

        assert_eq!(pin(by_24, "192.0.2.77"), "192.0.2.0/24");
        assert_eq!(pin(by_24, "::ffff:192.0.2.77"), "192.0.2.0/24");
        assert_eq!(pin(by_24, "2001:db8:1:2:3:4:5:6"), "2001:db8:1:2::/64");
        assert_eq!(pin(by_all, "192.0.2.77"), "192.0.2.77/32");
        assert_eq!(pin(by_all, "2001:db8::1"), "2001:db8::1/128");
        assert_eq!(rule(r#"{"type": "PinIp"}"#), rule(by_24));
    }

    #[test]
    fn what_is_wrong_is_named() {
        for (given, expected) in [
            (r#"{"by": "dpop"}"#, "PinKey needs dpop or mtls enabled"),
            (r#"{"by": "mtls"}"#, "PinKey needs dpop or mtls enabled"),
            (r#"{"by": "ip"}"#, "by must be ip/8 to ip/32"),
            (r#"{"by": "ip/7"}"#, "by must be ip/8 to ip/32"),
            (r#"{"by": "ip/33"}"#, "by must be ip/8 to ip/32"),
            (r#"{"by": "ip/+24"}"#, "by must be ip/8 to ip/32"),
            (r#"{"ipv6": 15}"#, "ipv6 must be 16..128, got 15"),
            (r#"{"ipv6": 129}"#, "ipv6 must be 16..128, got 129"),
        ] {
            assert_eq!(problems("PinIp", given), [expected]);
        }
    }
}
