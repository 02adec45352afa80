//! Errors of our own API: problems (RFC 9457).

use axum::{
    body::Body,
    http::{HeaderValue, header},
    response::Response,
};
use serde::Serialize;
use utoipa::ToSchema;

use super::Error;

/// What went wrong.
///
/// Its `type` is always `about:blank`: status and `code` tell problems apart.
#[derive(Debug, Serialize, ToSchema)]
pub struct Problem {
    /// Always `about:blank`.
    #[serde(rename = "type")]
    #[schema(value_type = String, example = "about:blank")]
    about: &'static str,
    /// The name of the status.
    #[schema(value_type = String, example = "Bad Request")]
    title: &'static str,
    /// The status of the answer.
    #[schema(minimum = 400, maximum = 599)]
    status: u16,
    /// What is wrong with the request, in a sentence for whoever writes the caller.
    detail: String,
    /// What is wrong, in a word for programs.
    #[schema(value_type = String, example = "invalid_request")]
    code: &'static str,
}

impl From<&Error> for Problem {
    fn from(error: &Error) -> Self {
        let status = error.code.status();
        Self {
            about: "about:blank",
            // RFC 9457 §4.2.1.
            title: status.canonical_reason().unwrap_or("Error"),
            status: status.as_u16(),
            detail: error.description.clone().into_owned(),
            code: error.code.as_str(),
        }
    }
}

/// Gives the error in `response`, if there is one, the face of a problem.
#[must_use]
pub fn show_as_problem(mut response: Response) -> Response {
    let Some(error) = response.extensions().get::<Error>() else { return response };
    let Ok(text) = serde_json::to_vec(&Problem::from(error)) else { return response };
    let headers = response.headers_mut();
    headers.remove(header::CONTENT_LENGTH);
    let media_type = HeaderValue::from_static("application/problem+json");
    headers.insert(header::CONTENT_TYPE, media_type);
    *response.body_mut() = Body::from(text);
    response
}

#[cfg(test)]
mod tests {
    use axum::response::IntoResponse;

    use super::*;
    use crate::error::Code;

    #[test]
    fn a_problem_keeps_status_and_headers_and_says_all_members() {
        let error = Error::new(Code::TooSoon, "Wait.").after(std::time::Duration::from_millis(1));

        let response = show_as_problem(error.into_response());

        assert_eq!(response.status(), 429);
        assert_eq!(response.headers()["content-type"], "application/problem+json");
        assert_eq!(response.headers()["retry-after"], "1");
        let problem = Problem::from(response.extensions().get::<Error>().unwrap());
        assert_eq!(
            serde_json::to_string(&problem).unwrap(),
            r#"{"type":"about:blank","title":"Too Many Requests","status":429,"detail":"Wait.","code":"too_soon"}"#
        );
    }
}
