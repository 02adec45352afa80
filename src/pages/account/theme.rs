//! The choice of colours, kept by the browser.

use axum::{extract::State, http::header, response::Response};

use crate::{
    app::App,
    error::Result,
    pages::{admin, face::Theme, html, visit::Posted},
};

use super::{Room, THEME_STEP};

/// Remembers the colours that were chosen, and leads back. What is no form of ours changes nothing.
pub(in crate::pages) async fn post(State(app): State<App>, posted: Posted) -> Result<Response> {
    let to = posted.fields.get("to").unwrap_or_default();
    let room = Room::ALL.into_iter().find(|room| room.path() == to).unwrap_or(Room::Security);
    let here = if admin::is_address(to) { to } else { room.path() };
    let mut response = html::see_other(&app.issuer, here);
    let chosen = posted.fields.get("theme").and_then(Theme::parse);
    if let Some(theme) = chosen.filter(|_| posted.is_genuine(THEME_STEP)) {
        response.headers_mut().append(header::SET_COOKIE, theme.cookie(&app.issuer));
    }
    Ok(posted.visit.introduce(response, &app.issuer))
}
