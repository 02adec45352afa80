//! The two cookies of people's browsers: each holds 256 random bits and nothing else.

use axum::http::{HeaderMap, HeaderValue, header};

use crate::model::{
    browser_session::BrowserSession, issuer::Issuer, secret::Secret, timestamp::Timestamp,
};

/// Which cookie.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Cookie {
    /// Names the browser before anybody signed in: what forms are bound to.
    Browser,
    /// Opens the browser session.
    Session,
}

/// How many seconds a browser keeps a cookie that outlives its window: 400 days, the most that
/// browsers allow.
pub(super) const LONGEST: i64 = 400 * 24 * 60 * 60;

impl Cookie {
    /// Its name. On https it has the prefix with which no other host, path or unencrypted answer can
    /// set it (RFC 6265bis §4.1.3.2); a server on loopback may have no https.
    pub(super) fn name(self, issuer: &Issuer) -> &'static str {
        match (self, issuer.is_https()) {
            (Self::Browser, true) => "__Host-tessera_browser",
            (Self::Browser, false) => "tessera_browser",
            (Self::Session, true) => "__Host-tessera_session",
            (Self::Session, false) => "tessera_session",
        }
    }

    /// Its value in a request, if it was sent once and is of our making.
    pub(super) fn read(self, headers: &HeaderMap, issuer: &Issuer) -> Option<Secret> {
        let name = self.name(issuer);
        let sent = headers.get_all(header::COOKIE).iter().filter_map(|value| value.to_str().ok());
        let pairs = sent.flat_map(|value| value.split(';')).filter_map(|pair| pair.split_once('='));
        let mut values = pairs.filter(|(known, _)| known.trim() == name).map(|(_, value)| value);
        let (Some(value), None) = (values.next(), values.next()) else { return None };
        let value = value.trim();
        let is_ours = value.len() == 43
            && value.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-' || b == b'_');
        is_ours.then(|| Secret::new(value.to_owned()))
    }

    /// The header that sets it, for so many seconds, or as long as the browser runs.
    pub(super) fn set(self, value: &Secret, seconds: Option<i64>, issuer: &Issuer) -> HeaderValue {
        let age = seconds.map_or_else(String::new, |seconds| format!("; Max-Age={seconds}"));
        self.header(&format!("{}{age}", value.expose()), issuer)
    }

    /// The header that takes it away.
    pub(super) fn clear(self, issuer: &Issuer) -> HeaderValue {
        self.header("; Max-Age=0", issuer)
    }

    fn header(self, value: &str, issuer: &Issuer) -> HeaderValue {
        let secure = if issuer.is_https() { "; Secure" } else { "" };
        let name = self.name(issuer);
        let text = format!("{name}={value}; Path=/; HttpOnly; SameSite=Lax{secure}");
        let mut value =
            HeaderValue::try_from(text).unwrap_or_else(|_| HeaderValue::from_static(""));
        value.set_sensitive(true);
        value
    }
}

/// The header that lets a browser open `session` by `secret`: until its end if it is to outlive the
/// window, as its person asked.
pub(super) fn of_session(
    secret: &Secret,
    session: &BrowserSession,
    at: Timestamp,
    issuer: &Issuer,
) -> HeaderValue {
    let left = i64::try_from(session.expires_at.since(at).as_secs()).unwrap_or(LONGEST);
    Cookie::Session.set(secret, session.is_remembered.then_some(left.min(LONGEST)), issuer)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::secret::Random;

    fn https() -> Issuer {
        Issuer::parse("https://id.example").unwrap()
    }

    fn sent(value: &str) -> HeaderMap {
        HeaderMap::from_iter([(header::COOKIE, value.parse().unwrap())])
    }

    #[test]
    fn a_cookie_is_opaque_and_kept_from_scripts_other_sites_and_other_hosts() {
        let secret = Secret::generate(&Random::system());

        let set = Cookie::Session.set(&secret, Some(60), &https());

        let expected = format!(
            "__Host-tessera_session={}; Max-Age=60; Path=/; HttpOnly; SameSite=Lax; Secure",
            secret.expose()
        );
        assert_eq!(set.to_str().unwrap(), expected);
        assert!(set.is_sensitive());
        let local = Issuer::parse("http://127.0.0.1:8080").unwrap();
        let expected = "tessera_browser=; Max-Age=0; Path=/; HttpOnly; SameSite=Lax";
        assert_eq!(Cookie::Browser.clear(&local).to_str().unwrap(), expected);
    }

    #[test]
    fn only_one_value_of_our_making_is_read() {
        let secret = Secret::generate(&Random::system());
        let value = secret.expose();
        let read = |text: &str| Cookie::Session.read(&sent(text), &https());
        let one = format!("a=b; __Host-tessera_session={value}");

        assert_eq!(read(&one).unwrap().expose(), value);
        assert!(read(&format!("{one}; __Host-tessera_session={value}")).is_none());
        assert!(read(&format!("tessera_session={value}")).is_none());
        assert!(read("__Host-tessera_session=short").is_none());
        assert!(read(&format!("__Host-tessera_session={}!", &value[..42])).is_none());
    }
}
