//! The landing page: what this server is, and where programs begin to read.

use askama::Template;
use axum::{extract::State, response::Response};

use crate::{app::App, error::Result};

use super::{html, layout::Layout};

#[derive(Template)]
#[template(path = "home.html")]
struct HomePage<'a> {
    layout: Layout<'a>,
}

/// Shows the landing page.
pub(super) async fn get(State(app): State<App>) -> Result<Response> {
    html::answer(&HomePage { layout: Layout::new(&app.issuer) })
}
