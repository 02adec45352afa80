//! How a request is refused (RFC 6750 §3).

use hyper::{
    Response, StatusCode,
    http::{HeaderValue, header},
};

/// After how many seconds somebody who could not be judged may come again.
const AGAIN: &str = "2";

/// Why a request is not let through.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Refused {
    /// It carries no access token.
    Missing,
    /// It carries one as none may be carried: a sentence for the client's developer.
    BadRequest(&'static str),
    /// Its token is not good here, for a reason that only the log sees: one word.
    Invalid(&'static str),
    /// Its token lacks these scope tokens, parted by spaces.
    InsufficientScope(String),
    /// Nobody could say whether its token is good. It may be: no challenge, or clients would throw
    /// away good tokens and all come for new ones, from a server that is in trouble already.
    Unavailable,
}

impl Refused {
    /// The answer to the request. `realm` names what is protected, where that has a name.
    pub(super) fn answer<B: Default>(&self, realm: Option<&str>) -> Response<B> {
        let mut answer = Response::new(B::default());
        *answer.status_mut() = self.status();
        let headers = answer.headers_mut();
        headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
        if *self == Self::Unavailable {
            headers.insert(header::RETRY_AFTER, HeaderValue::from_static(AGAIN));
        } else if let Ok(challenge) = HeaderValue::from_str(&self.challenge(realm)) {
            headers.insert(header::WWW_AUTHENTICATE, challenge);
        }
        answer
    }

    /// The status of the answer.
    #[must_use]
    pub fn status(&self) -> StatusCode {
        match self {
            Self::BadRequest(_) => StatusCode::BAD_REQUEST,
            Self::Missing | Self::Invalid(_) => StatusCode::UNAUTHORIZED,
            Self::InsufficientScope(_) => StatusCode::FORBIDDEN,
            Self::Unavailable => StatusCode::SERVICE_UNAVAILABLE,
        }
    }

    /// The challenge. Of a request without a token it names no error (RFC 6750 §3.1).
    fn challenge(&self, realm: Option<&str>) -> String {
        let mut parts: Vec<String> = Vec::new();
        parts.extend(realm.map(|realm| format!("realm=\"{realm}\"")));
        match self {
            Self::Missing | Self::Unavailable => {}
            Self::BadRequest(sentence) => {
                parts.push("error=\"invalid_request\"".to_owned());
                parts.push(format!("error_description=\"{sentence}\""));
            }
            Self::Invalid(_) => {
                parts.push("error=\"invalid_token\"".to_owned());
                parts.push("error_description=\"The access token is not good here.\"".to_owned());
            }
            Self::InsufficientScope(needed) => {
                parts.push("error=\"insufficient_scope\"".to_owned());
                parts.push(format!("scope=\"{needed}\""));
            }
        }
        format!("Bearer {}", parts.join(", ")).trim_end().to_owned()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn told(refused: &Refused, realm: Option<&str>) -> (u16, Option<String>) {
        let answer: Response<()> = refused.answer(realm);
        let challenge = answer.headers().get(header::WWW_AUTHENTICATE);
        let challenge = challenge.map(|challenge| challenge.to_str().unwrap().to_owned());
        (answer.status().as_u16(), challenge)
    }

    #[test]
    fn each_refusal_has_the_answer_of_rfc_6750() {
        let challenge = |text: &str| Some(text.to_owned());

        assert_eq!(told(&Refused::Missing, None), (401, challenge("Bearer")));
        assert_eq!(
            told(&Refused::Missing, Some("orders")),
            (401, challenge("Bearer realm=\"orders\""))
        );
        assert_eq!(
            told(&Refused::Invalid("revoked"), None),
            (
                401,
                challenge(
                    "Bearer error=\"invalid_token\", \
                     error_description=\"The access token is not good here.\""
                )
            )
        );
        assert_eq!(
            told(&Refused::InsufficientScope("a b".to_owned()), Some("x")),
            (403, challenge("Bearer realm=\"x\", error=\"insufficient_scope\", scope=\"a b\""))
        );
        assert_eq!(told(&Refused::BadRequest("No."), None).0, 400);
        assert_eq!(told(&Refused::Unavailable, None), (503, None));
    }
}
