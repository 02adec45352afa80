//! Reading what a person presents: credentials in one `Authorization` header, and the realm that
//! they are for.

use axum::http::{HeaderMap, header};

use crate::{
    error::{Code, Error, Result},
    model::{
        person_refusal::PersonRefusal,
        secret::Secret,
        user::{DEFAULT_REALM, is_realm},
    },
};

use super::person;

/// The header that names a realm.
const REALM: &str = "x-auth-realm";

/// The most credentials in one header that differ.
const MOST: usize = 3;

/// What was presented, before any of it is proven.
#[derive(Debug)]
pub struct Credentials {
    /// What follows `Basic`: name and password, encoded.
    pub(super) basic: Option<Secret>,
    /// What follows `Bearer`.
    pub(super) bearer: Option<Secret>,
    /// The realm that was named.
    pub(super) realm: Option<String>,
}

impl Credentials {
    /// Reads the credentials of a request.
    ///
    /// One header may hold several, parted by commas, of different schemes; of two of one scheme
    /// the last counts. Other schemes are passed over.
    ///
    /// # Errors
    ///
    /// `credentials_missing` where there are none, `invalid_credentials` where they cannot be read.
    pub fn read(headers: &HeaderMap) -> Result<Self> {
        let malformed = || person::refused(None, PersonRefusal::Malformed, DEFAULT_REALM);
        let realm = realm(headers).map_err(|()| malformed())?;
        let mut values = headers.get_all(header::AUTHORIZATION).iter();
        let missing = || missing(realm.as_deref());
        let Some(value) = values.next() else { return Err(missing()) };
        if values.next().is_some() {
            return Err(malformed());
        }
        let pairs = value.to_str().ok().and_then(pairs).ok_or_else(malformed)?;
        let last = |wanted: &[&str]| {
            let is_wanted =
                |scheme: &str| wanted.iter().any(|one| scheme.eq_ignore_ascii_case(one));
            let found = pairs.iter().rev().find(|(scheme, _)| is_wanted(scheme));
            found.map(|(_, credential)| Secret::new((*credential).to_owned()))
        };
        let (basic, bearer) = (last(&["basic", "plain"]), last(&["bearer"]));
        if basic.is_none() && bearer.is_none() {
            return Err(missing());
        }
        Ok(Self { basic, bearer, realm })
    }

    /// The realm to look for a name in, and to challenge for.
    #[must_use]
    pub fn realm(&self) -> &str {
        self.realm.as_deref().unwrap_or(DEFAULT_REALM)
    }
}

/// Nothing was presented that we know.
fn missing(realm: Option<&str>) -> Error {
    let text = "This needs a user's name and password, or a token, in an Authorization header.";
    Error::new(Code::CredentialsMissing, text).in_realm(realm.unwrap_or(DEFAULT_REALM))
}

/// The schemes and what follows each. `None` if there are too many, or one is no such pair.
fn pairs(value: &str) -> Option<Vec<(&str, &str)>> {
    let mut pairs = Vec::new();
    for part in value.split(',') {
        let mut words = part.split([' ', '\t']).filter(|word| !word.is_empty());
        let (Some(scheme), Some(credential), None) = (words.next(), words.next(), words.next())
        else {
            return None;
        };
        if !pairs.contains(&(scheme, credential)) {
            pairs.push((scheme, credential));
        }
    }
    (pairs.len() <= MOST).then_some(pairs)
}

/// The realm that was named, in whichever case. An empty one is none.
pub(super) fn realm(headers: &HeaderMap) -> std::result::Result<Option<String>, ()> {
    let mut values = headers.get_all(REALM).iter();
    let Some(value) = values.next() else { return Ok(None) };
    if values.next().is_some() {
        return Err(());
    }
    let realm = value.to_str().map_err(drop)?.trim().to_ascii_lowercase();
    match realm.as_str() {
        "" => Ok(None),
        text if is_realm(text) => Ok(Some(realm)),
        _ => Err(()),
    }
}

#[cfg(test)]
mod tests {
    use axum::http::HeaderValue;
    use proptest::prelude::*;

    use super::*;

    fn read(pairs: &[(&'static str, &str)]) -> std::result::Result<[Option<String>; 3], Code> {
        let mut headers = HeaderMap::new();
        for (name, value) in pairs {
            headers.append(*name, HeaderValue::from_bytes(value.as_bytes()).unwrap());
        }
        let text = |secret: Option<Secret>| secret.map(|secret| secret.expose().to_owned());
        let read = Credentials::read(&headers).map_err(|error| error.code)?;
        Ok([text(read.basic), text(read.bearer), read.realm])
    }

    fn one(value: &str) -> std::result::Result<(Option<String>, Option<String>), Code> {
        read(&[("authorization", value)]).map(|[basic, bearer, _]| (basic, bearer))
    }

    #[expect(clippy::unnecessary_wraps, reason = "what is read is optional")]
    fn some(text: &str) -> Option<String> {
        Some(text.to_owned())
    }

    #[test]
    fn schemes_are_read_in_any_case_and_several_beside_each_other() {
        assert_eq!(one("bAsIc YQ=="), Ok((some("YQ=="), None)));
        assert_eq!(one("Plain YQ=="), Ok((some("YQ=="), None)));
        assert_eq!(one("Bearer t, Basic YQ=="), Ok((some("YQ=="), some("t"))));
        assert_eq!(one("Digest x,\tBearer   t "), Ok((None, some("t"))));
    }

    #[test]
    fn of_one_scheme_the_last_counts_and_exact_repetitions_count_once() {
        assert_eq!(one("Bearer a, Bearer b"), Ok((None, some("b"))));
        assert_eq!(one("Basic a, Plain b"), Ok((some("b"), None)));
        assert_eq!(
            one("Bearer a, Bearer a, Bearer a, Bearer b, Basic c"),
            Ok((some("c"), some("b")))
        );
    }

    #[test]
    fn four_that_differ_or_what_is_no_pair_is_refused() {
        for bad in
            ["Bearer a, Bearer b, Bearer c, Bearer d", "Bearer", "Bearer a b", "", ",", "Bearer a,"]
        {
            assert_eq!(one(bad), Err(Code::InvalidCredentials), "{bad:?}");
        }
        assert_eq!(one("Bearer \u{e9}"), Err(Code::InvalidCredentials));
        let twice = [("authorization", "Bearer a"), ("authorization", "Bearer a")];
        assert_eq!(read(&twice), Err(Code::InvalidCredentials));
    }

    #[test]
    fn nothing_that_we_know_is_nothing() {
        assert_eq!(read(&[]), Err(Code::CredentialsMissing));
        assert_eq!(one("Digest x"), Err(Code::CredentialsMissing));
    }

    #[test]
    fn a_realm_is_named_in_any_case_and_once() {
        let with = |realms: &[&str]| {
            let realms = realms.iter().map(|realm| ("x-auth-realm", *realm));
            let all: Vec<_> =
                std::iter::once(("authorization", "Bearer a")).chain(realms).collect();
            read(&all).map(|[_, _, realm]| realm)
        };

        assert_eq!(with(&["Internal"]), Ok(some("internal")));
        assert_eq!(with(&[""]), Ok(None));
        for bad in ["a-b", "a\"b", "a b", "\u{e9}", &"a".repeat(64)] {
            assert_eq!(with(&[bad]), Err(Code::InvalidCredentials), "{bad}");
        }
        assert_eq!(with(&["a", "a"]), Err(Code::InvalidCredentials));
    }

    proptest! {
        #[test]
        fn no_header_panics(value in "\\PC{0,60}") {
            let _ = one(&value);
        }
    }
}
