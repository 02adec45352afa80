//! Reading a Basic header (RFC 7617, with the encoding of RFC 6749 §2.3.1).

use axum::http::{HeaderMap, header};
use base64::{Engine, engine::general_purpose::STANDARD};
use url::form_urlencoded;
use zeroize::Zeroizing;

use crate::{
    error::{Code, Error, Result},
    model::{client_refusal::ClientRefusal, secret::Secret},
};

/// A name and a secret, or why there are none.
pub(super) type Pair = std::result::Result<(String, Secret), ClientRefusal>;

/// The name and secret in a Basic header; or that it is of another scheme, or cannot be read. `None`
/// if there is no `Authorization` header.
///
/// # Errors
///
/// `invalid_request` for several headers.
pub(super) fn read(headers: &HeaderMap) -> Result<Option<Pair>> {
    let mut values = headers.get_all(header::AUTHORIZATION).iter();
    let Some(value) = values.next() else { return Ok(None) };
    if values.next().is_some() {
        return Err(Error::new(Code::InvalidRequest, "There are several Authorization headers."));
    }
    let pair = value.to_str().ok().and_then(pair);
    Ok(Some(pair.ok_or(ClientRefusal::HeaderUnreadable)))
}

fn pair(value: &str) -> Option<(String, Secret)> {
    let (scheme, encoded) = value.split_once(' ')?;
    if !scheme.eq_ignore_ascii_case("basic") {
        return None;
    }
    let decoded = Zeroizing::new(STANDARD.decode(encoded.trim()).ok()?);
    let (name, secret) = str::from_utf8(&decoded).ok()?.split_once(':')?;
    Some((form_decode(name)?, Secret::new(form_decode(secret)?)))
}

/// Decodes one form-encoded value. `None` if it is not UTF-8 in the end.
fn form_decode(text: &str) -> Option<String> {
    // A separator would end the value for the decoder; as a literal character it stands for itself.
    let literal = text.replace('&', "%26").replace('=', "%3D");
    let (value, _) = form_urlencoded::parse(literal.as_bytes()).next()?;
    (!value.contains('\u{fffd}')).then(|| value.into_owned())
}

#[cfg(test)]
mod tests {
    use axum::http::HeaderValue;
    use proptest::prelude::*;

    use super::*;

    fn header(value: &str) -> Option<(String, String)> {
        let mut headers = HeaderMap::new();
        headers.insert(header::AUTHORIZATION, HeaderValue::from_str(value).ok()?);
        read(&headers).ok()??.ok().map(|(name, secret)| (name, secret.expose().to_owned()))
    }

    fn basic(pair: &str) -> Option<(String, String)> {
        header(&format!("Basic {}", STANDARD.encode(pair)))
    }

    #[test]
    fn both_halves_are_form_decoded() {
        let read = basic("my%2Dclient:a+b%3A%26c:d").unwrap();

        assert_eq!(read, ("my-client".to_owned(), "a b:&c:d".to_owned()));
    }

    #[test]
    fn literal_separators_stand_for_themselves() {
        assert_eq!(basic("a:b&c=d").unwrap().1, "b&c=d");
    }

    #[test]
    fn the_scheme_is_read_in_any_case() {
        assert!(header(&format!("bAsIc {}", STANDARD.encode("a:b"))).is_some());
    }

    #[test]
    fn what_is_not_basic_is_refused() {
        for value in ["", "Basic", "Basic !!!", "Bearer abc", "Basic YWI=", "Basic /////w=="] {
            assert!(header(value).is_none(), "{value}");
        }
        assert!(basic("").is_none() && basic("a:%ff").is_none());
    }

    proptest! {
        #[test]
        fn what_a_client_encodes_is_read_back(name in "[a-z]{1,9}", secret in "[ -~äß€]{1,40}") {
            let encode = |text: &str| form_urlencoded::byte_serialize(text.as_bytes()).collect::<String>();

            let read = basic(&format!("{}:{}", encode(&name), encode(&secret)));

            prop_assert_eq!(read, Some((name, secret)));
        }

        #[test]
        fn no_header_panics(value in "\\PC{0,60}") {
            let _ = header(&value);
            let _ = basic(&value);
        }
    }
}
