//! Signing out from the account.

use axum::{extract::State, http::header, response::Response};

use crate::{
    acts::sign_in,
    app::App,
    error::Result,
    pages::{cookies::Cookie, html, visit::Posted},
};

/// What the form is bound to, wherever it stands.
pub(in crate::pages) const STEP: &str = "account|sign-out";

/// Ends the session. A form that is old or not ours leads back to the account, which has a fresh
/// one.
pub(in crate::pages) async fn post(State(app): State<App>, posted: Posted) -> Result<Response> {
    let Some(live) = &posted.visit.session else {
        return Ok(html::see_other(&app.issuer, "/login"));
    };
    if !posted.is_genuine(STEP) {
        return Ok(html::see_other(&app.issuer, "/account/security"));
    }
    sign_in::sign_out(
        &app,
        (&live.user, live.session.session_id),
        (&posted.visit.from, posted.visit.at),
    )
    .await?;
    let mut response = html::see_other(&app.issuer, "/signed-out");
    response.headers_mut().append(header::SET_COOKIE, Cookie::Session.clear(&app.issuer));
    Ok(response)
}
