//! `PinIp`: it works from where it was first used.

use serde::{Deserialize, Serialize};

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
/// It works from the network it was first used from.
pub struct PinIp {
    /// How many leading bits of an IPv4 address are pinned, 8 to 32.
    pub ipv4: u8,
    /// How many leading bits of an IPv6 address are pinned, 16 to 128.
    pub ipv6: u8,
}
