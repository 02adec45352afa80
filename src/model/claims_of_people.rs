//! What is said of people to those they signed in to (OpenID Connect Core §5.1, §5.4).
//!
//! Claims are what the user's `claims` say, name by name; but a standard one is told only in the
//! form that the standard gives it, since clients fail on any other.

use std::collections::BTreeSet;

use serde_json::{Map, Value};

use super::{
    scope::Scope,
    user::{RESERVED_CLAIMS, User},
};

/// The form of a standard claim.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Form {
    Text,
    Boolean,
    /// `YYYY-MM-DD`, or `YYYY`; the year may be `0000`.
    Birthdate,
    /// An object of texts (§5.1.1).
    Address,
    /// When the user was last changed, in seconds since 1970.
    UpdatedAt,
    /// As the user has it, or else their name.
    Username,
}

/// Every standard claim: the scope that asks for it, its name and its form.
const CLAIMS: &[(&str, &str, Form)] = &[
    ("profile", "name", Form::Text),
    ("profile", "family_name", Form::Text),
    ("profile", "given_name", Form::Text),
    ("profile", "middle_name", Form::Text),
    ("profile", "nickname", Form::Text),
    ("profile", "preferred_username", Form::Username),
    ("profile", "profile", Form::Text),
    ("profile", "picture", Form::Text),
    ("profile", "website", Form::Text),
    ("profile", "gender", Form::Text),
    ("profile", "birthdate", Form::Birthdate),
    ("profile", "zoneinfo", Form::Text),
    ("profile", "locale", Form::Text),
    ("profile", "updated_at", Form::UpdatedAt),
    ("email", "email", Form::Text),
    ("email", "email_verified", Form::Boolean),
    ("address", "address", Form::Address),
    ("phone", "phone_number", Form::Text),
    ("phone", "phone_number_verified", Form::Boolean),
];

/// The names of all standard claims.
pub fn claim_names() -> impl Iterator<Item = &'static str> {
    CLAIMS.iter().map(|(_, name, _)| *name)
}

/// The scope token that a standard claim belongs to (§5.4): who allowed that has allowed the claim.
#[must_use]
pub fn scope_of_claim(name: &str) -> Option<&'static str> {
    CLAIMS.iter().find(|(_, known, _)| *known == name).map(|(scope, ..)| *scope)
}

/// What `scope` asks for of `user`, and the claims that are asked for by name. What is not known of
/// them is left out, and so is what is blank.
#[must_use]
pub fn claims_of(user: &User, scope: &Scope, by_name: &BTreeSet<String>) -> Map<String, Value> {
    let of_scope = CLAIMS.iter().filter(|(of, ..)| scope.contains(of)).map(|(_, name, _)| *name);
    let by_name = by_name.iter().map(String::as_str);
    let told = of_scope.chain(by_name).filter(|name| !RESERVED_CLAIMS.contains(name));
    told.filter_map(|name| Some((name.to_owned(), claim(user, name)?))).collect()
}

/// One claim of a user; `None` where it is not known, or not in its form.
fn claim(user: &User, name: &str) -> Option<Value> {
    let form = CLAIMS.iter().find(|(_, known, _)| *known == name).map(|(.., form)| *form);
    let said = user.claims.get(name);
    match form {
        Some(Form::UpdatedAt) => Some(user.updated_at.seconds().into()),
        Some(Form::Username) => {
            said.and_then(text).or_else(|| Some(Value::from(user.username.as_str())))
        }
        Some(Form::Text) => text(said?),
        Some(Form::Boolean) => said.filter(|said| said.is_boolean()).cloned(),
        Some(Form::Birthdate) => text(said?).filter(|said| said.as_str().is_some_and(is_birthdate)),
        Some(Form::Address) => address(said?),
        None => said.filter(|said| !is_blank(said)).cloned(),
    }
}

fn text(said: &Value) -> Option<Value> {
    (said.is_string() && !is_blank(said)).then(|| said.clone())
}

/// Whether nothing is said, in whatever way: clients take a text that is blank, or the word `null`,
/// for a fault.
fn is_blank(said: &Value) -> bool {
    match said {
        Value::Null => true,
        Value::String(text) => text.trim().is_empty() || text == "null",
        Value::Object(members) => members.is_empty(),
        _ => false,
    }
}

fn address(said: &Value) -> Option<Value> {
    let members = said.as_object()?.iter();
    let told: Map<_, _> =
        members.filter_map(|(name, value)| Some((name.clone(), text(value)?))).collect();
    (!told.is_empty()).then_some(Value::Object(told))
}

fn is_birthdate(text: &str) -> bool {
    let is_number = |part: &str, length: usize| {
        part.len() == length && part.bytes().all(|byte| byte.is_ascii_digit())
    };
    let parts: Vec<_> = text.split('-').collect();
    match parts.as_slice() {
        [year] => is_number(year, 4),
        [year, month, day] => is_number(year, 4) && is_number(month, 2) && is_number(day, 2),
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;
    use uuid::Uuid;

    use super::*;
    use crate::model::{
        timestamp::Timestamp,
        user::{Attributes, DEFAULT_REALM},
        username::Username,
    };

    fn user(claims: &Value) -> User {
        let name = Username::parse("ingrid").unwrap();
        let now = Timestamp(1_800_000_000_999);
        let claims = Attributes::try_from(claims.to_string()).unwrap();
        User { claims, ..User::blank(Uuid::from_u128(7), DEFAULT_REALM, &name, now) }
    }

    fn told(claims: &Value, scope: &str, by_name: &[&str]) -> Value {
        let by_name = by_name.iter().map(|name| (*name).to_owned()).collect();
        Value::Object(claims_of(&user(claims), &Scope::parse(scope).unwrap(), &by_name))
    }

    #[test]
    fn every_claim_belongs_to_a_scope_of_ours_and_no_other_has_one() {
        for (scope, name, _) in CLAIMS {
            assert!(crate::model::scope::OPENID_SCOPES.contains(scope), "{name}");
            assert_eq!(scope_of_claim(name), Some(*scope), "{name} stands there once");
        }
        assert_eq!(scope_of_claim("sub"), None);
    }

    #[test]
    fn a_scope_asks_for_its_own_claims_and_no_other() {
        let known = json!({
            "name": "Ingrid Olsen", "email": "i@example.org", "email_verified": true,
            "phone_number": "+47 1", "team": "north",
        });

        assert_eq!(told(&known, "openid", &[]), json!({}));
        let email = json!({"email": "i@example.org", "email_verified": true});
        assert_eq!(told(&known, "openid email", &[]), email);
        assert_eq!(told(&known, "phone", &[]), json!({"phone_number": "+47 1"}));
        let profile = json!({
            "name": "Ingrid Olsen", "preferred_username": "ingrid", "updated_at": 1_800_000_000,
        });
        assert_eq!(told(&known, "profile", &[]), profile);
    }

    #[test]
    fn claims_are_asked_for_by_name_too() {
        let known = json!({"name": "Ingrid", "team": "north", "empty": "", "list": []});

        let asked = ["name", "team", "empty", "list", "unknown", "sub", "acr", "roles", "iss"];

        assert_eq!(
            told(&known, "", &asked),
            json!({"name": "Ingrid", "team": "north", "list": []})
        );
    }

    #[test]
    fn what_is_not_in_its_form_is_left_out() {
        let wrong = json!({
            "name": " ", "nickname": "null", "given_name": null, "family_name": 7,
            "birthdate": "1. Mai", "preferred_username": "", "updated_at": "yesterday",
            "email": "", "email_verified": "true", "phone_number_verified": 1,
            "address": {"locality": "", "country": null, "region": 1},
        });

        let all = told(&wrong, "profile email address phone", &[]);

        let left = json!({"preferred_username": "ingrid", "updated_at": 1_800_000_000});
        assert_eq!(all, left);
    }

    #[test]
    fn an_address_has_no_empty_member() {
        let known = json!({"address": {"locality": "Oslo", "region": " ", "country": "NO"}});

        let address = json!({"address": {"locality": "Oslo", "country": "NO"}});
        assert_eq!(told(&known, "address", &[]), address);
        assert_eq!(told(&json!({"address": "Oslo"}), "address", &[]), json!({}));
    }

    #[test]
    fn a_birthdate_may_hide_its_year_or_its_day() {
        for good in ["1990-05-01", "0000-05-01", "1990"] {
            assert!(is_birthdate(good), "{good}");
        }
        for bad in ["", "90", "1990-5-1", "1990-05", "1990-05-01T00", "01.05.1990", "1990-05-0ü"] {
            assert!(!is_birthdate(bad), "{bad}");
        }
    }
}
