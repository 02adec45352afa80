//! Resource servers: there are few, so the list is whole.

pub(in crate::pages) mod delete;
pub(in crate::pages) mod one;

use askama::Template;
use axum::{
    extract::{RawQuery, State},
    response::Response,
};

use crate::{
    acts::resource_servers,
    app::App,
    error::Result,
    model::resource_server::ResourceServer,
    pages::{
        gate::encoded,
        html::{self, Forms},
        layout::Layout,
    },
};

use super::{
    form::News,
    frame::{Frame, Section},
    guard::AdminVisit,
};

#[derive(Template)]
#[template(path = "admin/resource_servers/list.html")]
struct ServersPage<'a> {
    layout: Layout<'a>,
    frame: Frame,
    servers: Vec<Row>,
    news: News,
}

struct Row {
    name: String,
    audience: String,
    path: String,
    scope: Vec<String>,
    is_default: bool,
    introspectors: Vec<String>,
}

/// Shows the list.
pub(in crate::pages) async fn get(
    State(app): State<App>,
    RawQuery(query): RawQuery,
    admin: AdminVisit,
) -> Result<Response> {
    let done = match query.as_deref() {
        Some("done=saved") => Some("admin-saved"),
        Some("done=deleted") => Some("admin-servers-deleted"),
        _ => None,
    };
    let page = ServersPage {
        layout: admin.layout(&app),
        frame: Frame::new(&admin, Section::ResourceServers, Section::ResourceServers.path()),
        servers: resource_servers::list(&app).await?.iter().map(Row::of).collect(),
        news: News::done(done),
    };
    html::answer_with(&page, Forms::Here)
}

impl Row {
    fn of(server: &ResourceServer) -> Self {
        Self {
            name: server.name.clone(),
            audience: server.audience.clone(),
            path: path_of(&server.audience),
            scope: server.scope.iter().map(str::to_owned).collect(),
            is_default: server.is_default,
            introspectors: server.introspectors.iter().map(str::to_owned).collect(),
        }
    }
}

/// Where a resource server is changed. An audience is often an address itself, so it stands in the
/// query.
fn path_of(audience: &str) -> String {
    format!("/admin/resource-servers/one?audience={}", encoded(audience))
}
