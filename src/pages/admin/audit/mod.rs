//! The audit log: looked through, followed while it grows, and written out.

pub(in crate::pages) mod export;
mod line;
pub(in crate::pages) mod stream;

use askama::{Template, filters::Safe};
use axum::{
    extract::{RawQuery, State},
    response::Response,
};
use uuid::Uuid;

use crate::{
    acts::audit::{self, Looking},
    app::App,
    error::{Code, Error, Result},
    model::{
        duration,
        parameters::Parameters,
        query::{AuditQuery, QueryFault},
    },
    pages::{
        html::{self, Forms},
        layout::Layout,
    },
};

use super::{
    frame::{Frame, Section},
    guard::AdminVisit,
};
use line::Line;

/// About so many events stand on a page.
const LIMIT: usize = 50;

/// Queries that have a tab: the key of the name, and the query.
const VIEWS: [(&str, &str); 5] = [
    ("admin-audit-all", ""),
    (
        "admin-audit-changes",
        "-action:session.began,session.signed_out,authentication.*,consent.allowed,personal_token.*,\
         code.*,family.*",
    ),
    ("admin-audit-refused", "action:authentication.refused"),
    (
        "admin-audit-security",
        "action:authentication.guessed,code.reuse_detected,family.reuse_detected,key.withdrawn",
    ),
    ("admin-audit-sign-ins", "action:session.began,session.signed_out,session.ended"),
];

#[derive(Template)]
#[template(path = "admin/audit.html")]
struct AuditPage<'a> {
    layout: Layout<'a>,
    frame: Frame,
    csrf: String,
    /// What was asked, as it was typed.
    query: String,
    /// What is wrong with it.
    faults: Vec<String>,
    lines: Vec<Safe<String>>,
    /// The page after this one, if there may be one.
    older: Option<Uuid>,
    /// Whether this is the newest one, which grows.
    is_newest: bool,
    /// Where following goes on from.
    newest: Option<Uuid>,
    /// How far the chain is sealed.
    sequence: i64,
    /// How long events are kept.
    keep: String,
}

/// Shows a page of the log, the newest events first.
pub(in crate::pages) async fn get(
    State(app): State<App>,
    RawQuery(query): RawQuery,
    admin: AdminVisit,
) -> Result<Response> {
    let asked = Parameters::parse(query.unwrap_or_default().as_bytes())?;
    let query = asked.get("q").unwrap_or_default().trim().to_owned();
    let from = asked.get("from").map(place).transpose()?;
    let layout = admin.layout(&app);
    let (lines, older, newest, faults) = match AuditQuery::parse(&query) {
        Ok(query) => {
            let looking = Looking { query, newest_first: true, from, limit: LIMIT };
            let page = audit::search(&app, &looking).await?;
            let newest = page.events.first().map(|kept| kept.event.audit_id);
            let lines = page.events.iter().map(|kept| Line::of(kept, layout.words).html());
            let lines = lines.collect::<Result<_>>()?;
            (lines, page.next, newest, Vec::new())
        }
        Err(faults) => {
            let faults = faults.0.iter().map(said).collect();
            (Vec::new(), None, None, faults)
        }
    };
    let page = AuditPage {
        frame: Frame::new(&admin, Section::Audit, Section::Audit.path()),
        csrf: admin.csrf(export::STEP),
        is_newest: from.is_none() && faults.is_empty(),
        sequence: audit::age(&app).await?.sequence,
        keep: duration::format(app.config().audit.keep),
        layout,
        query,
        faults,
        lines,
        older,
        newest,
    };
    html::answer_with(&page, Forms::Here)
}

/// What is wrong with a query, and what to write instead.
fn said(fault: &QueryFault) -> String {
    let QueryFault { what, problem, remedy, .. } = fault;
    format!("{what} {problem}: {remedy}.")
}

/// Where a page begins.
fn place(text: &str) -> Result<Uuid> {
    text.parse().map_err(|_| Error::new(Code::InvalidRequest, "There is no such place in the log."))
}

impl AuditPage<'_> {
    /// The tabs: the key of the name, the query, and whether it is the one that is shown.
    fn views(&self) -> Vec<(&'static str, &'static str, bool)> {
        VIEWS.iter().map(|(name, query)| (*name, *query, *query == self.query)).collect()
    }

    /// Words for how far the chain is sealed, and how long events are kept.
    fn kept(&self) -> String {
        let words = self.layout.words;
        let texts = [("keep", self.keep.clone()), ("sequence", self.sequence.to_string())];
        words.mixed("admin-audit-kept", &texts, &[])
    }
}
