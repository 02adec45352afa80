//! Pages for people.
use crate::{
    app::App,
    error::{Code, Error},
};
use axum::{Router, response::IntoResponse};
/// The routes of this room.
pub fn router(_app: &App) -> Router<App> {
    Router::new()
}
/// Nothing is here.
pub async fn not_found() -> impl IntoResponse {
    Error::new(Code::NotFound, "Nothing is here.")
}
