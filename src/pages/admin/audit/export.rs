//! Writing the log out, as lines of JSON. That is noted in the log itself, so it takes a form.

use std::io;

use axum::{
    body::{Body, Bytes},
    extract::State,
    http::header,
    response::{IntoResponse, Response},
};
use futures_util::{Stream, stream};

use crate::{
    acts::audit::{self, Looking},
    app::App,
    error::{Code, Error, Result},
    model::query::AuditQuery,
    pages::{admin::guard::AdminPosted, html},
};

/// What the form is bound to.
pub(super) const STEP: &str = "admin|audit|export";

/// So many events are read at a time.
const LIMIT: usize = 500;

/// Writes out every event that matches, the oldest first.
pub(in crate::pages) async fn post(
    State(app): State<App>,
    posted: AdminPosted,
) -> Result<Response> {
    let text = posted.field("q").trim();
    let query = AuditQuery::parse(text)
        .map_err(|_| Error::new(Code::InvalidRequest, "The query cannot be read."))?;
    if !posted.is_genuine(STEP) {
        return Ok(html::see_other(&app.issuer, "/admin/audit"));
    }
    audit::note_export(&app, &posted.admin.operator(), text).await?;
    let looking = Looking { query, newest_first: false, from: None, limit: LIMIT };
    let headers = [
        (header::CONTENT_TYPE, "application/x-ndjson"),
        (header::CONTENT_DISPOSITION, "attachment; filename=\"audit.ndjson\""),
        (header::CACHE_CONTROL, "no-store"),
        (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
    ];
    Ok((headers, Body::from_stream(lines(app, looking))).into_response())
}

/// The lines, a page at a time. Where the store fails, the answer breaks off, which whoever reads
/// it notices.
fn lines(app: App, looking: Looking) -> impl Stream<Item = io::Result<Bytes>> {
    stream::try_unfold(Some(looking), move |looking| {
        let app = app.clone();
        async move {
            let Some(mut looking) = looking else { return Ok(None) };
            let page = audit::search(&app, &looking).await.map_err(io::Error::other)?;
            let lines = page.events.iter().map(|kept| audit::to_json(kept).to_string());
            let text = lines.fold(String::new(), |text, line| text + &line + "\n");
            let next = page.next.map(|next| {
                looking.from = Some(next);
                looking
            });
            Ok(Some((Bytes::from(text), next)))
        }
    })
}
