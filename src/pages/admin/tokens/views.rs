//! Filters that operators give a name.

use axum::{extract::State, response::Response};

use crate::{
    acts::{self, saved_queries},
    app::App,
    error::{Code, Error, Result},
    model::parameters::Parameters,
    pages::{
        admin::{guard::AdminPosted, tokens::filter},
        gate::encoded,
        html,
    },
};

/// What the forms are bound to.
pub(super) const STEP: &str = "admin|tokens|views";

/// Saves a filter, or deletes one.
pub(in crate::pages) async fn post(
    State(app): State<App>,
    posted: AdminPosted,
) -> Result<Response> {
    let query = posted.field("q").trim();
    let address = filter::address(query);
    if !posted.is_genuine(STEP) {
        // Nothing is lost: the filter is in the address, and its form there is a new one.
        return Ok(html::see_other(&app.issuer, &address));
    }
    let operator = posted.admin.operator();
    if let Some(id) = posted.fields.get("delete") {
        let unknown = || Error::new(Code::NotFound, "There is no such filter.");
        let query_id = id.parse().map_err(|_| unknown())?;
        saved_queries::remove(&app, &operator, query_id).await?;
        return Ok(html::see_other(&app.issuer, &with(&address, "done=deleted")));
    }
    let name = posted.field("name");
    let trouble = match saved_queries::save(&app, &operator, (name, query)).await {
        Ok(()) => return Ok(html::see_other(&app.issuer, &with(&address, "done=saved"))),
        Err(acts::Error::Conflict(_)) => "admin-tokens-view-taken",
        Err(acts::Error::Invalid(_)) if !saved_queries::is_sound(name) => "admin-tokens-view-unfit",
        Err(acts::Error::Invalid(_)) if saved_queries::is_full(&app).await? => {
            "admin-tokens-views-full"
        }
        Err(error) => return Err(error.into()),
    };
    let asked = Parameters::parse(format!("q={}", encoded(query)).as_bytes())?;
    super::show(&app, &posted.admin, &asked, Some((name, trouble))).await
}

/// An address with one more parameter.
pub(super) fn with(address: &str, parameter: &str) -> String {
    let joined = if address.contains('?') { '&' } else { '?' };
    format!("{address}{joined}{parameter}")
}
