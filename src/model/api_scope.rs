//! The scope tokens that open this server's own API: `tokens.create:PasswordReset` and its like.

use super::{scope::Scope, token_type};

words! {
    /// What the bearer of an access token may do with the typed tokens of one type.
    pub enum ApiAct: "act" {
        /// Make them.
        Create = "tokens.create",
        /// Use them, whoever made them.
        Use = "tokens.use",
        /// End them.
        Delete = "tokens.delete",
        /// See those it made.
        List = "tokens.list",
    }
}

/// Whether a scope token is one for this server's own API.
#[must_use]
pub fn is_for_api(scope_token: &str) -> bool {
    split(scope_token).is_some()
}

impl ApiAct {
    /// The scope token for the type as somebody named it.
    #[must_use]
    pub fn scope_token(self, type_name: &str) -> String {
        format!("{self}:{type_name}")
    }

    /// Whether `scope` allows it for the type whose folded name is `type_fold`.
    #[must_use]
    pub fn is_in(self, scope: &Scope, type_fold: &str) -> bool {
        self.types_in(scope).any(|allowed| allowed == type_fold)
    }

    /// The folded names of the types for which `scope` allows it.
    pub fn types_in(self, scope: &Scope) -> impl Iterator<Item = String> {
        let named = scope.iter().filter_map(split);
        named.filter(move |(act, _)| *act == self).map(|(_, name)| token_type::fold(name))
    }
}

/// The act and the type that a scope token names. Acts are compared byte for byte as all of a scope
/// is; types are not.
fn split(scope_token: &str) -> Option<(ApiAct, &str)> {
    let (act, type_name) = scope_token.split_once(':')?;
    let act = act.parse().ok()?;
    (!type_name.is_empty()).then_some((act, type_name))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_type_is_compared_without_case_and_the_act_with_it() {
        let scope = Scope::parse("read tokens.use:PasswordReset Tokens.create:Invite").unwrap();

        assert!(ApiAct::Use.is_in(&scope, "passwordreset"));
        assert!(!ApiAct::Use.is_in(&scope, "invite") && !ApiAct::Create.is_in(&scope, "invite"));
        assert!(!ApiAct::Create.is_in(&scope, "passwordreset"));
    }

    #[test]
    fn a_scope_token_of_our_own_names_an_act_and_a_type() {
        assert!(is_for_api("tokens.list:x") && is_for_api("tokens.create:a:b"));
        for other in ["tokens.list", "tokens.list:", "tokens.read:x", "tokens:x", "read", ":x"] {
            assert!(!is_for_api(other), "{other}");
        }
    }
}
