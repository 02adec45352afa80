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
