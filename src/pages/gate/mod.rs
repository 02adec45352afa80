//! The pages that stand before the account: signing in, and what leads there.

mod destination;
pub(super) mod forgot;
pub(super) mod login;
pub(super) mod new_password;
pub(super) mod setup;
pub(super) mod sign_out;

use std::time::Duration;

pub(super) use destination::encoded;

use axum::{
    http::{HeaderValue, StatusCode, header},
    response::Response,
};

/// Where people go who came for nothing in particular.
const ACCOUNT: &str = "/account/security";

/// The same answer with `status`, which says when to come back.
fn later(mut response: Response, status: StatusCode, wait: Duration) -> Response {
    *response.status_mut() = status;
    let seconds = wait.as_secs().max(1);
    response.headers_mut().insert(header::RETRY_AFTER, HeaderValue::from(seconds));
    response
}
