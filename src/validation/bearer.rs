//! The access token of a request, from the one place where it may stand (RFC 6750 §2.1).

use hyper::http::{HeaderMap, Uri, header};
use url::form_urlencoded;

use super::challenge::Refused;

/// The longest token that is looked at, in bytes.
const LONGEST: usize = 8 * 1024;

/// Reads the token.
///
/// # Errors
///
/// [`Refused::Missing`] where there is none, or credentials of another kind;
/// [`Refused::BadRequest`] for several of them and for one in the URL (RFC 6750 §2.3), which logs
/// and histories keep; [`Refused::Invalid`] for what cannot be a token.
pub(super) fn read<'r>(headers: &'r HeaderMap, uri: &Uri) -> Result<&'r str, Refused> {
    let query = uri.query().unwrap_or_default();
    if form_urlencoded::parse(query.as_bytes()).any(|(name, _)| name == "access_token") {
        return Err(Refused::BadRequest("The access token must not stand in the URL."));
    }
    let mut values = headers.get_all(header::AUTHORIZATION).iter();
    let Some(value) = values.next() else { return Err(Refused::Missing) };
    if values.next().is_some() {
        return Err(Refused::BadRequest("There are several Authorization headers."));
    }
    let (scheme, token) = value.as_bytes().split_at(value.len().min("Bearer ".len()));
    if !scheme.eq_ignore_ascii_case(b"Bearer ") {
        return Err(Refused::Missing);
    }
    let token = str::from_utf8(token).unwrap_or_default().trim_matches(' ');
    let is_token = (1..=LONGEST).contains(&token.len()) && token.bytes().all(is_of_token);
    if is_token { Ok(token) } else { Err(Refused::Invalid("malformed")) }
}

/// What `b64token` is made of (RFC 6750 §2.1).
fn is_of_token(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || b"-._~+/=".contains(&byte)
}

#[cfg(test)]
mod tests {
    use hyper::http::HeaderValue;
    use proptest::prelude::*;

    use super::*;

    fn read_from(values: &[&str], uri: &str) -> Result<String, Refused> {
        let mut headers = HeaderMap::new();
        for value in values {
            headers.append(header::AUTHORIZATION, HeaderValue::from_str(value).unwrap());
        }
        read(&headers, &uri.parse().unwrap()).map(str::to_owned)
    }

    #[test]
    fn the_scheme_has_no_case_and_the_token_stands_alone() {
        assert_eq!(read_from(&["bEARER a.b_c~"], "/").unwrap(), "a.b_c~");
        for other in ["Basic abc", "Bearer", "Bearerabc", ""] {
            assert!(matches!(read_from(&[other], "/"), Err(Refused::Missing)), "{other}");
        }
        let long = format!("Bearer {}", "a".repeat(LONGEST + 1));
        for bad in ["Bearer ", "Bearer a b", "Bearer a,b", "Bearer \u{e9}", "Bearer a\"b", &long] {
            assert!(matches!(read_from(&[bad], "/"), Err(Refused::Invalid(_))), "{bad}");
        }
    }

    #[test]
    fn several_tokens_and_one_in_the_url_are_bad_requests() {
        let is_bad =
            |values: &[&str], uri| matches!(read_from(values, uri), Err(Refused::BadRequest(_)));

        assert!(is_bad(&["Bearer a", "Bearer a"], "/"));
        assert!(is_bad(&["Bearer a", "Basic a"], "/"));
        assert!(is_bad(&["Bearer a"], "/?x=1&access_token=a"));
        assert!(is_bad(&[], "/?access%5Ftoken=a"));
        assert!(is_bad(&[], "/?access_token"));
        assert!(!is_bad(&["Bearer a"], "/?token=a&code=b"));
    }

    proptest! {
        #[test]
        fn no_header_panics(value in any::<Vec<u8>>()) {
            if let Ok(value) = HeaderValue::from_bytes(&value) {
                let mut headers = HeaderMap::new();
                headers.insert(header::AUTHORIZATION, value);
                let _ = read(&headers, &Uri::from_static("/"));
            }
        }
    }
}
