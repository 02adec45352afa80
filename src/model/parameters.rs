//! The parameters of a request (RFC 6749 Appendix B).

use url::form_urlencoded;

use super::secret::Secret;

/// At most so many parameters in one request.
const LIMIT: usize = 100;

/// The parameters that may be sent more than once (RFC 8707 §2, RFC 8693 §2.1).
const REPEATABLE: &[&str] = &["resource", "audience"];

/// The parameters that must never stand in a URL, where logs and histories would keep them.
const SECRETS: &[&str] = &[
    "access_token",
    "assertion",
    "client_assertion",
    "client_secret",
    "code",
    "code_verifier",
    "device_code",
    "password",
    "refresh_token",
    "subject_token",
    "token",
];

/// Parameters that were sent, with values that are not empty: an empty one is as if it were absent
/// (RFC 6749 §3.1).
#[derive(Default)]
pub struct Parameters(Vec<(String, Secret)>);

/// Why parameters cannot be read.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum BadParameters {
    /// There are too many.
    #[error("There are more than {LIMIT} parameters.")]
    TooMany,
    /// Percent signs or bytes that are no UTF-8.
    #[error("The parameters are not form-encoded UTF-8.")]
    NotForm,
    /// One that may stand once stands twice (RFC 6749 §3.2).
    #[error("The parameter {0} is repeated.")]
    Repeated(&'static str),
    /// One stands twice whose name we do not know.
    #[error("A parameter is repeated.")]
    UnknownRepeated,
    /// One has no value.
    #[error("A parameter is empty; leave it out.")]
    Empty,
    /// A credential or token stands in the URL.
    #[error("The parameter {0} must not stand in the URL.")]
    SecretInUrl(&'static str),
}

impl Parameters {
    /// Reads a form-encoded body or query.
    ///
    /// # Errors
    ///
    /// [`BadParameters`] for too many, unreadable or repeated ones.
    pub fn parse(encoded: &[u8]) -> Result<Self, BadParameters> {
        if !is_well_formed(encoded) {
            return Err(BadParameters::NotForm);
        }
        let mut all: Vec<(String, Secret)> = Vec::new();
        for (number, (name, value)) in form_urlencoded::parse(encoded).enumerate() {
            if number == LIMIT {
                return Err(BadParameters::TooMany);
            }
            if value.is_empty() {
                continue;
            }
            if all.iter().any(|(known, _)| *known == name) && !REPEATABLE.contains(&&*name) {
                return Err(
                    known(&name).map_or(BadParameters::UnknownRepeated, BadParameters::Repeated)
                );
            }
            all.push((name.into_owned(), Secret::new(value.into_owned())));
        }
        Ok(Self(all))
    }

    /// Refuses a query that carries a credential or token; any other query is ignored.
    ///
    /// # Errors
    ///
    /// [`BadParameters::SecretInUrl`] if it does.
    pub fn refuse_secrets_in(query: &str) -> Result<(), BadParameters> {
        let found = form_urlencoded::parse(query.as_bytes())
            .find_map(|(name, _)| SECRETS.iter().find(|secret| **secret == name));
        found.map_or(Ok(()), |name| Err(BadParameters::SecretInUrl(name)))
    }

    /// Refuses a query that has an empty parameter, where that is not as if it were absent.
    ///
    /// # Errors
    ///
    /// [`BadParameters::Empty`] if it does.
    pub fn refuse_empty_in(query: &str) -> Result<(), BadParameters> {
        let mut all = form_urlencoded::parse(query.as_bytes());
        if all.any(|(_, value)| value.is_empty()) { Err(BadParameters::Empty) } else { Ok(()) }
    }

    /// Whether a null character stands in one. The store keeps none.
    #[must_use]
    pub fn hold_null(&self) -> bool {
        self.0.iter().any(|(name, value)| name.contains('\0') || value.expose().contains('\0'))
    }

    /// The value of a parameter that may stand once.
    #[must_use]
    pub fn get(&self, name: &str) -> Option<&str> {
        self.all(name).next()
    }

    /// The name of every parameter, in the order sent.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.0.iter().map(|(name, _)| name.as_str())
    }

    /// Every value of a parameter, in the order sent.
    pub fn all(&self, name: &str) -> impl Iterator<Item = &str> {
        self.0.iter().filter(move |(known, _)| known == name).map(|(_, value)| value.expose())
    }
}

impl std::fmt::Debug for Parameters {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_list().entries(self.0.iter().map(|(name, _)| name)).finish()
    }
}

/// Names we may repeat in an error without repeating what an attacker wrote.
fn known(name: &str) -> Option<&'static str> {
    const OTHERS: &[&str] =
        &["client_assertion_type", "client_id", "grant_type", "scope", "token_type_hint"];
    SECRETS.iter().chain(OTHERS).find(|known| **known == name).copied()
}

/// Whether every percent sign begins an octet and all octets together are UTF-8. The URL library
/// would put replacement characters where they are not.
fn is_well_formed(encoded: &[u8]) -> bool {
    let mut octets = Vec::with_capacity(encoded.len());
    let mut rest = encoded;
    while let Some((first, after)) = rest.split_first() {
        if *first != b'%' {
            octets.push(*first);
            rest = after;
            continue;
        }
        let Some((hex, after)) = after.split_at_checked(2) else { return false };
        let octet = str::from_utf8(hex)
            .ok()
            .filter(|_| hex.iter().all(u8::is_ascii_hexdigit))
            .and_then(|hex| u8::from_str_radix(hex, 16).ok());
        let Some(octet) = octet else { return false };
        octets.push(octet);
        rest = after;
    }
    str::from_utf8(&octets).is_ok()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn values_are_form_decoded_and_empty_ones_are_absent() {
        let parameters = Parameters::parse(b"scope=a+b%21&x=&resource=1&resource=2").unwrap();

        assert_eq!(parameters.get("scope"), Some("a b!"));
        assert_eq!(parameters.get("x"), None);
        assert_eq!(parameters.all("resource").collect::<Vec<_>>(), ["1", "2"]);
    }

    #[test]
    fn repeated_parameters_are_refused_by_name_where_we_know_it() {
        let repeated = |body: &[u8]| Parameters::parse(body).unwrap_err();

        assert_eq!(repeated(b"scope=a&scope=a"), BadParameters::Repeated("scope"));
        assert_eq!(repeated(b"zz=1&zz=2"), BadParameters::UnknownRepeated);
        assert!(Parameters::parse(b"scope=&scope=a").is_ok());
    }

    #[test]
    fn broken_encodings_are_refused() {
        for body in [&b"a=%"[..], b"a=%4", b"a=%zz", b"a=%+1", b"a=%ff", b"a=\xff"] {
            assert_eq!(Parameters::parse(body).unwrap_err(), BadParameters::NotForm, "{body:?}");
        }
    }

    #[test]
    fn there_is_room_for_a_hundred() {
        let body = |count: usize| {
            let parameters: Vec<_> = (0..count).map(|n| format!("p{n}=1")).collect();
            parameters.join("&")
        };

        assert!(Parameters::parse(body(100).as_bytes()).is_ok());
        assert_eq!(Parameters::parse(body(101).as_bytes()).unwrap_err(), BadParameters::TooMany);
    }

    #[test]
    fn secrets_in_a_query_are_refused_and_the_rest_is_not() {
        assert_eq!(
            Parameters::refuse_secrets_in("a=b&client_secret=x"),
            Err(BadParameters::SecretInUrl("client_secret"))
        );
        assert_eq!(Parameters::refuse_secrets_in("tenant=1&foo"), Ok(()));
    }

    #[test]
    fn their_values_do_not_show() {
        let parameters = Parameters::parse(b"client_secret=hunter2").unwrap();

        assert_eq!(format!("{parameters:?}"), r#"["client_secret"]"#);
    }

    proptest! {
        #[test]
        fn what_is_encoded_is_read_back(name in "[a-z]{1,8}", value in "\\PC{1,40}") {
            let body: String =
                form_urlencoded::Serializer::new(String::new()).append_pair(&name, &value).finish();

            let parameters = Parameters::parse(body.as_bytes()).unwrap();

            prop_assert_eq!(parameters.get(&name), Some(value.as_str()));
        }

        #[test]
        fn no_input_panics(body: Vec<u8>) {
            let _ = Parameters::parse(&body);
        }
    }
}
