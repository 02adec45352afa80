//! Asking the server about a token (RFC 7662), and keeping good answers for a moment.

use std::{fmt, time::Duration};

use base64::{Engine, engine::general_purpose::STANDARD};
use hyper::{
    HeaderMap, Method,
    body::Bytes,
    http::{HeaderValue, header},
};
use serde::Deserialize;
use tokio::sync::Semaphore;
use url::form_urlencoded;
use zeroize::Zeroizing;

use crate::model::{
    secret::{Secret, Sha256},
    timestamp::Timestamp,
};

use super::{
    http::{Fault, HttpClient, Question},
    jwks::chain,
    kept::KeptAnswers,
    valid_token::ValidToken,
    validator::Unavailable,
    verifier::{AllClaims, Expected},
};

/// Where every server is asked.
const PATH: &str = "/introspect";

/// How long an answer is kept unless one says otherwise.
const USUAL_AGE: Duration = Duration::from_secs(5);

/// How many answers are kept unless one says otherwise.
const USUAL_CAPACITY: usize = 10_000;

/// How many questions are under way at most: whoever sends made-up tokens makes us ask for each.
const AT_ONCE: usize = 64;

/// How long one waits for a turn to ask.
const PATIENCE: Duration = Duration::from_secs(2);

/// Asks a server about tokens, as one of its clients.
///
/// Only answers that call a token active are kept: by the token's hash, never beyond its end, five
/// seconds and ten thousand answers unless one says otherwise. So a revoked token passes for five
/// seconds at most, and a token that was just issued is never taken for unknown.
pub struct Introspection {
    client: HttpClient,
    credentials: HeaderValue,
    kept: KeptAnswers<ValidToken>,
    turns: Semaphore,
}

/// The part of an answer that says whether there is more.
#[derive(Deserialize)]
struct Response {
    active: bool,
    token_type: Option<String>,
}

impl Introspection {
    /// Asks the server of `client` as `client_id`, which may introspect for the audience of this
    /// resource server, with a Basic header (RFC 6749 §2.3.1).
    #[must_use]
    pub fn new(client: HttpClient, client_id: &str, secret: &Secret) -> Self {
        let kept = KeptAnswers::new(USUAL_AGE, USUAL_CAPACITY);
        let credentials = basic(client_id, secret);
        Self { client, credentials, kept, turns: Semaphore::new(AT_ONCE) }
    }

    /// The same, keeping `capacity` answers, each for less than `longest`. With no time or no room,
    /// the server is asked every time: the only way for tokens whose type says that introspection
    /// spends a use.
    #[must_use]
    pub fn keeping(self, longest: Duration, capacity: usize) -> Self {
        Self { kept: KeptAnswers::new(longest, capacity), ..self }
    }

    /// What a token is good for at `now`, or why it is not: one word, for the log.
    ///
    /// # Errors
    ///
    /// [`Unavailable`] if the server does not say: nothing is known of the token.
    pub(super) async fn look(
        &self,
        token: &str,
        (expected, now): (&Expected, Timestamp),
    ) -> Result<Result<ValidToken, &'static str>, Unavailable> {
        let hash = Sha256::of(token.as_bytes());
        if let Some(kept) = self.kept.find(&hash, now) {
            // It may have expired while it was kept.
            return Ok(expected.admits(kept.claims(), now).map(|()| kept));
        }
        let answer = self.ask(token).await.map_err(|fault| {
            tracing::warn!(
                event = "validation.not_introspected",
                cause = %chain(&fault),
                "the introspection endpoint of {:?} does not say what a token is good for: {fault}",
                self.client
            );
            Unavailable::Introspection
        })?;
        let judged = judge(&answer, expected, now);
        match &judged {
            Ok(valid) => self.kept.keep(&hash, now, valid.clone()),
            Err(_) => self.kept.forget(&hash),
        }
        Ok(judged)
    }

    async fn ask(&self, token: &str) -> Result<Bytes, Fault> {
        let turn = tokio::time::timeout(PATIENCE, self.turns.acquire()).await;
        let Ok(Ok(_turn)) = turn else { return Err(Fault::Late) };
        let body: String = form_urlencoded::Serializer::new(String::new())
            .append_pair("token", token)
            .append_pair("token_type_hint", "access_token")
            .finish();
        let mut headers = HeaderMap::new();
        headers.insert(header::AUTHORIZATION, self.credentials.clone());
        let form = HeaderValue::from_static("application/x-www-form-urlencoded");
        headers.insert(header::CONTENT_TYPE, form);
        let question =
            Question { method: Method::POST, path: PATH, headers, body: Bytes::from(body) };
        let answer = self.client.ask(&question).await?;
        // What is no answer at all is not one that says no.
        match serde_json::from_slice::<Response>(&answer.body) {
            Ok(_) => Ok(answer.body),
            Err(error) => Err(Fault::Content(error.to_string())),
        }
    }
}

/// What an answer makes of a token. Active is not enough: its holder is told so too, of a token that
/// is meant for somebody else.
fn judge(answer: &[u8], expected: &Expected, now: Timestamp) -> Result<ValidToken, &'static str> {
    let response: Response = serde_json::from_slice(answer).map_err(|_| "unreadable")?;
    if !response.active {
        return Err("inactive");
    }
    if !response.token_type.is_some_and(|kind| kind.eq_ignore_ascii_case("Bearer")) {
        return Err("other_kind");
    }
    let mut said: AllClaims = serde_json::from_slice(answer).map_err(|_| "unreadable")?;
    said.more.retain(|name, _| name != "active" && name != "token_type");
    expected.admits(&said.claims, now)?;
    ValidToken::of(said).ok_or("unreadable")
}

fn basic(client_id: &str, secret: &Secret) -> HeaderValue {
    let encoded = |text: &str| form_urlencoded::byte_serialize(text.as_bytes()).collect::<String>();
    let pair = Zeroizing::new(format!("{}:{}", encoded(client_id), encoded(secret.expose())));
    let text = Zeroizing::new(format!("Basic {}", STANDARD.encode(pair.as_bytes())));
    let mut value = HeaderValue::from_str(&text).expect("base64 may stand in a header");
    value.set_sensitive(true);
    value
}

impl fmt::Debug for Introspection {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Introspection({:?})", self.client)
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;
    use crate::model::issuer::Issuer;

    const NOW: Timestamp = Timestamp(1_800_000_000_000);

    fn good() -> Value {
        json!({
            "active": true, "token_type": "Bearer", "iss": "https://id.example", "sub": "alice",
            "aud": ["https://other.example", "https://api.example"], "client_id": "app",
            "iat": 1_799_999_990, "exp": 1_800_000_010, "jti": "x", "scope": "read",
            "username": "alice",
        })
    }

    fn judged(answer: &Value) -> Result<ValidToken, &'static str> {
        let issuer = Issuer::parse("https://id.example").unwrap();
        let expected = Expected { issuer, audience: "https://api.example".to_owned() };
        judge(answer.to_string().as_bytes(), &expected, NOW)
    }

    fn with(name: &str, value: Value) -> Value {
        let mut answer = good();
        answer[name] = value;
        answer
    }

    #[test]
    fn an_active_token_for_us_is_good_and_its_other_claims_are_told() {
        let valid = judged(&good()).unwrap();

        assert_eq!((valid.subject(), valid.client_id()), ("alice", "app"));
        assert_eq!(valid.more().keys().collect::<Vec<_>>(), ["username"]);
    }

    #[test]
    fn active_is_not_enough() {
        let refused = |name: &str, value: Value| judged(&with(name, value)).unwrap_err();

        assert_eq!(refused("active", json!(false)), "inactive");
        assert_eq!(refused("active", json!("true")), "unreadable");
        assert_eq!(refused("aud", json!("https://other.example")), "other_audience");
        assert_eq!(refused("aud", json!([])), "other_audience");
        assert_eq!(refused("iss", json!("https://id.example.evil")), "other_issuer");
        assert_eq!(refused("token_type", json!("refresh_token")), "other_kind");
        assert_eq!(refused("exp", json!(1_800_000_000)), "expired");
        assert_eq!(refused("nbf", json!(1_800_000_001)), "not_yet_valid");
        assert_eq!(refused("scope", json!("a\"b")), "unreadable");
        for absent in ["iss", "aud", "exp", "sub", "client_id"] {
            assert_eq!(refused(absent, Value::Null), "unreadable", "{absent}");
        }
        let untyped = with("token_type", Value::Null);
        assert_eq!(judged(&untyped).unwrap_err(), "other_kind");
    }

    #[test]
    fn name_and_secret_are_form_encoded_and_do_not_show() {
        let value = basic("a:b", &Secret::new("c d%".to_owned()));

        assert_eq!(value.to_str().unwrap(), format!("Basic {}", STANDARD.encode("a%3Ab:c+d%25")));
        assert_eq!(format!("{value:?}"), "Sensitive");
    }
}
