//! `Audience`: it works for some resource servers only.

use serde::{Deserialize, Serialize};

use crate::model::{resource_server::is_audience, rules::Fields};

words! {
    /// How the audiences of a caller and those allowed have to meet.
    #[derive(Serialize, Deserialize)]
    #[serde(rename_all = "snake_case")]
    pub enum Mode: "mode" {
        /// One of them is enough.
        Any = "any",
        /// The caller has to have them all.
        All = "all",
    }
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
/// It works where the caller acts for a resource server of `allow`.
pub struct Audience {
    /// The audiences; not empty.
    pub allow: Vec<String>,
    /// Whether one is enough.
    pub mode: Mode,
}

impl Audience {
    pub(super) fn read(fields: &mut Fields<'_>) -> Option<Self> {
        let allow = fields.names("allow", is_audience, "audience of a resource server");
        let mode = fields.word("mode", Some(Mode::Any));
        Some(Self { allow: allow?, mode: mode? })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::rules::{
        Rule,
        testing::{problems, rule},
    };

    #[test]
    fn one_audience_is_enough_unless_all_are_wanted() {
        let any = rule(r#"{"type": "Audience", "allow": ["billing"]}"#);
        let all = rule(r#"{"type": "Audience", "allow": ["a", "b"], "mode": "all"}"#);

        assert!(matches!(any, Rule::Audience(Audience { mode: Mode::Any, .. })));
        assert!(
            matches!(all, Rule::Audience(Audience { mode: Mode::All, allow }) if allow.len() == 2)
        );
    }

    #[test]
    fn what_is_wrong_is_named() {
        for (given, expected) in [
            ("{}", "allow must not be empty"),
            (r#"{"allow": []}"#, "allow must not be empty"),
            (r#"{"allow": ["a b"]}"#, "allow[0] \"a b\" is no audience of a resource server"),
            (r#"{"allow": ["a"], "mode": "some"}"#, "mode \"some\" is unknown"),
        ] {
            assert_eq!(problems("Audience", given), [expected]);
        }
    }
}
