//! What the rules of a type name outside it: clients, resource servers and scope tokens.

use super::TypeDefinition;
use crate::model::rules::Rule;

/// Something that a rule names, and that may not be there.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Named<'d> {
    /// A client, in `Client`.
    Client(&'d str),
    /// A resource server, in `Audience`.
    Audience(&'d str),
    /// A scope token, in `ScopeCeiling`.
    Scope(&'d str),
}

impl TypeDefinition {
    /// Everything that its rules name, in their order.
    pub fn named(&self) -> impl Iterator<Item = Named<'_>> {
        self.rules.iter().flat_map(|rule| {
            let (names, named): (&[String], fn(&str) -> Named<'_>) = match rule {
                Rule::Client(rule) => (&rule.allow, |name| Named::Client(name)),
                Rule::Audience(rule) => (&rule.allow, |name| Named::Audience(name)),
                Rule::ScopeCeiling(rule) => (&rule.max, |name| Named::Scope(name)),
                _ => (&[], |name| Named::Client(name)),
            };
            names.iter().map(move |name| named(name))
        })
    }

    /// A sentence for each thing that its rules name and that is not there: such a rule may be
    /// stated ahead of what it names, so it is no fault.
    #[must_use]
    pub fn unknown_names(&self, is_there: impl Fn(Named<'_>) -> bool) -> Vec<String> {
        let sentence = |named: Named<'_>| match named {
            Named::Client(name) => format!("unknown client {name}"),
            Named::Audience(name) => format!("unknown resource server {name}"),
            Named::Scope(name) => format!("scope {name} is not defined"),
        };
        self.named().filter(|named| !is_there(*named)).map(sentence).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::token_type::read_all;

    #[test]
    fn what_is_named_and_not_there_is_told() {
        let given = serde_json::json!([{"name": "access", "rules": [
            {"type": "Client", "allow": ["app1", "app2"]},
            {"type": "UseCount", "max_use_count": 1},
            {"type": "Audience", "allow": ["billing"]},
            {"type": "ScopeCeiling", "max": ["x"]}]}]);
        let types = read_all(given.as_array().unwrap()).types;
        let definition = &types[0].definition;

        assert_eq!(
            definition.unknown_names(|_| false),
            [
                "unknown client app1",
                "unknown client app2",
                "unknown resource server billing",
                "scope x is not defined"
            ]
        );
        assert_eq!(
            definition.unknown_names(|named| named != Named::Client("app2")),
            ["unknown client app2"]
        );
    }
}
