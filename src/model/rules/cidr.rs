//! `Cidr`: it works from some networks only.

use ipnet::IpNet;
use serde::{Deserialize, Serialize};

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
/// It works from addresses in `allow`, all if that is empty, and in none of `deny`.
pub struct Cidr {
    /// From where it works.
    pub allow: Vec<IpNet>,
    /// From where it does not.
    pub deny: Vec<IpNet>,
}

impl Cidr {
    /// Whether it works from `address`.
    #[must_use]
    pub fn admits(&self, address: std::net::IpAddr) -> bool {
        let is_in = |nets: &[IpNet]| nets.iter().any(|net| net.contains(&address));
        (self.allow.is_empty() || is_in(&self.allow)) && !is_in(&self.deny)
    }
}
