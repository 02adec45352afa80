//! The landing page: what this server is, and where programs begin to read.

use askama::Template;
use axum::{extract::State, http::HeaderMap, response::Response};

use crate::{app::App, error::Result};

use super::{face::Face, html, layout::Layout};

#[derive(Template)]
#[template(path = "home.html")]
struct HomePage<'a> {
    layout: Layout<'a>,
}

/// Shows the landing page.
pub(super) async fn get(State(app): State<App>, headers: HeaderMap) -> Result<Response> {
    let face = Face::of(&headers, &app.issuer);
    html::answer(&HomePage { layout: Layout::of(&app.issuer, face) })
}
