//! `PinIp`: it works from where it was first used.

use std::net::IpAddr;

use ipnet::IpNet;
use serde::{Deserialize, Serialize};

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
/// It works from the network it was first used from.
pub struct PinIp {
    /// How many leading bits of an IPv4 address are pinned, 8 to 32.
    pub ipv4: u8,
    /// How many leading bits of an IPv6 address are pinned, 16 to 128.
    pub ipv6: u8,
}

impl PinIp {
    /// The network that a use from `address` pins.
    #[must_use]
    pub fn pin_of(&self, address: IpAddr) -> String {
        let address = address.to_canonical();
        let bits = if address.is_ipv4() { self.ipv4 } else { self.ipv6 };
        let network = IpNet::new(address, bits).map(|network| network.trunc().to_string());
        network.unwrap_or_else(|_| address.to_string())
    }
}
