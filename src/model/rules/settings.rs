//! A rule as it is written in settings.

use serde_json::{Map, Value};

use super::{PinIp, Rule, pin_ip::USUAL_IPV6};

impl Rule {
    /// Its keys and values as settings state them, `type` among them. What [`Rule::name`] and these
    /// say is read back as the same rule; a rule of a later version has none.
    #[must_use]
    pub fn settings(&self) -> Option<Map<String, Value>> {
        if matches!(self, Self::Unknown) {
            return None;
        }
        let Ok(Value::Object(mut keys)) = serde_json::to_value(self) else { return None };
        match self {
            Self::NotBefore(rule) => {
                keys.extend(rule.at.map(|at| ("at".to_owned(), at.rfc3339().into())));
            }
            Self::PinIp(PinIp { ipv4, ipv6 }) => {
                keys.remove("ipv4");
                keys.insert("by".to_owned(), format!("ip/{ipv4}").into());
                if *ipv6 == USUAL_IPV6 {
                    keys.remove("ipv6");
                }
            }
            _ => {}
        }
        Some(keys)
    }
}
