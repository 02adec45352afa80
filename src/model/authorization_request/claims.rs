//! Claims that are asked for one by one (OpenID Connect Core §5.5).

use std::collections::BTreeSet;

use serde_json::Value;

use crate::model::{
    authentication_class::AuthenticationClass, claims_of_people::scope_of_claim,
    json_object::JsonObject,
};

use super::{
    AskedClaims,
    refusal::{AuthorizationError, AuthorizationRefusal},
};

/// The longest subject, in bytes (OpenID Connect Core §2). What is asked for is kept before anybody
/// has proven anything, and must be small.
const LONGEST_SUBJECT: usize = 255;

/// What a `claims` parameter asks for.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct ReadClaims {
    /// The claims.
    pub(super) asked: AskedClaims,
    /// The subject that the ID token has to have.
    pub(super) subject: Option<String>,
}

/// Reads a `claims` parameter. `class` is what this server states of sign-ins, if anything.
///
/// # Errors
///
/// `invalid_request` for what is no JSON object of objects; `unmet_authentication_requirements` if
/// the person must have signed in in a way that we say nothing about (§5.5.1.1).
pub(super) fn read(
    text: &str,
    class: Option<&AuthenticationClass>,
) -> Result<ReadClaims, AuthorizationRefusal> {
    let mut claims = JsonObject::parse(text.as_bytes()).map_err(|_| malformed())?;
    let mut members = |name: &str| match claims.take(name) {
        None => Ok(Vec::new()),
        Some(Value::Object(members)) => Ok(members.into_iter().collect::<Vec<_>>()),
        Some(_) => Err(malformed()),
    };
    let (id_token, userinfo) = (members("id_token")?, members("userinfo")?);
    if !id_token.iter().chain(&userinfo).all(|(_, wish)| wish.is_null() || wish.is_object()) {
        return Err(malformed());
    }
    let wish = |name: &str| id_token.iter().find(|(known, _)| known == name).map(|(_, wish)| wish);
    if wish("acr").is_some_and(|wish| demands_another(wish, class)) {
        return Err(AuthorizationRefusal::new(
            AuthorizationError::UnmetAuthenticationRequirements,
            "claims asks for an authentication context class that this server does not state.",
        ));
    }
    let subject = wish("sub").and_then(|wish| wish["value"].as_str()).map(str::to_owned);
    if subject.as_ref().is_some_and(|subject| subject.len() > LONGEST_SUBJECT) {
        return Err(malformed());
    }
    let known = |members: &[(String, Value)]| -> BTreeSet<String> {
        // Others than the standard ones are ignored, as §5.5 asks; those that say something about the
        // sign-in itself are in every ID token.
        let names = members.iter().map(|(name, _)| name);
        names.filter(|name| scope_of_claim(name).is_some()).cloned().collect()
    };
    let asked = AskedClaims { id_token: known(&id_token), userinfo: known(&userinfo) };
    Ok(ReadClaims { asked, subject })
}

/// Whether nothing but other classes than this one would do.
fn demands_another(wish: &Value, class: Option<&AuthenticationClass>) -> bool {
    let (one, several) = (&wish["value"], &wish["values"]);
    if wish["essential"] != true || (one.is_null() && several.is_null()) {
        return false;
    }
    let Some(class) = class.map(AuthenticationClass::as_str) else { return true };
    let is_among = several.as_array().is_some_and(|all| all.iter().any(|value| value == class));
    one != class && !is_among
}

fn malformed() -> AuthorizationRefusal {
    let text = "claims must be a JSON object as in OpenID Connect Core 5.5, each name once.";
    AuthorizationRefusal::new(AuthorizationError::InvalidRequest, text)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names(names: &[&str]) -> BTreeSet<String> {
        names.iter().map(|name| (*name).to_owned()).collect()
    }

    fn read(text: &str) -> Result<ReadClaims, AuthorizationRefusal> {
        super::read(text, None)
    }

    fn error(text: &str) -> AuthorizationError {
        read(text).unwrap_err().error
    }

    #[test]
    fn known_claims_are_taken_and_others_ignored() {
        let text = r#"{"userinfo":{"name":{"essential":true},"https://x.example/y":null},
            "id_token":{"email":null,"auth_time":{"essential":true},"sub":{"value":"s"}},
            "verified_claims":{"x":1},"other":7}"#;

        let read = read(text).unwrap();

        assert_eq!(read.asked.userinfo, names(&["name"]));
        assert_eq!(read.asked.id_token, names(&["email"]));
        assert_eq!(read.subject.as_deref(), Some("s"));
    }

    #[test]
    fn nothing_asked_for_is_fine() {
        for text in ["{}", r#"{"userinfo":null}"#, r#"{"id_token":{},"userinfo":{}}"#] {
            assert_eq!(read(text), Ok(ReadClaims::default()), "{text}");
        }
    }

    #[test]
    fn what_could_be_read_two_ways_is_refused() {
        for text in [
            "",
            "[]",
            "name",
            r#"{"userinfo":[]}"#,
            r#"{"userinfo":{"name":true}}"#,
            r#"{"userinfo":{"name":{},"name":null}}"#,
            r#"{"userinfo":{}} x"#,
            &format!("{}{}", "{\"a\":".repeat(20), "}".repeat(20)),
            &format!(r#"{{"id_token":{{"sub":{{"value":"{}"}}}}}}"#, "s".repeat(256)),
            r#"{"id_token":{"sub":{"value":"\ud800"}}}"#,
        ] {
            assert_eq!(error(text), AuthorizationError::InvalidRequest, "{text}");
        }
    }

    #[test]
    fn a_class_of_sign_in_that_is_a_must_has_to_be_the_one_that_is_stated() {
        let one: AuthenticationClass = "1".parse().unwrap();
        let class = |wish: &str, class: Option<&AuthenticationClass>| {
            let read = super::read(&format!(r#"{{"id_token":{{"acr":{wish}}}}}"#), class);
            read.map(drop).map_err(|refusal| refusal.error)
        };
        let unmet = Err(AuthorizationError::UnmetAuthenticationRequirements);

        for wish in [r#"{"values":["2"]}"#, r#"{"essential":true}"#, "null"] {
            assert_eq!((class(wish, Some(&one)), class(wish, None)), (Ok(()), Ok(())), "{wish}");
        }
        for wish in [r#""values":["2","1"]"#, r#""value":"1""#] {
            let wish = format!(r#"{{"essential":true,{wish}}}"#);
            assert_eq!((class(&wish, Some(&one)), class(&wish, None)), (Ok(()), unmet), "{wish}");
        }
        for wish in [r#""values":["2"]"#, r#""value":"2""#, r#""value":1"#, r#""values":"1""#] {
            let wish = format!(r#"{{"essential":true,{wish}}}"#);
            assert_eq!(class(&wish, Some(&one)), unmet, "{wish}");
        }
    }
}
