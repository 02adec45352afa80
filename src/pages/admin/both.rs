//! Two operators changed the same thing: both versions, field by field, and which one stays.

use askama::Template;
use axum::response::Response;

use crate::{
    app::App,
    error::Result,
    pages::{
        html::{self, Forms},
        layout::Layout,
    },
};

use super::{
    form::Field,
    frame::{Frame, Section},
    guard::{AdminPosted, AdminVisit},
};

/// What somebody typed, while somebody else changed the same thing.
pub(super) struct Both {
    /// The page that it belongs to.
    pub(super) section: Section,
    /// What was changed, ready to read.
    pub(super) name: String,
    /// Where the form leads.
    pub(super) action: String,
    /// What the form is bound to.
    pub(super) step: String,
    /// Which part of the page was saved.
    pub(super) part: &'static str,
    /// What the form holds beside.
    pub(super) hidden: Vec<(&'static str, String)>,
    /// Whether saving takes recent proof.
    pub(super) is_dangerous: bool,
    /// The version of now.
    pub(super) version: i64,
    /// The fields with what was typed, and what stands there now.
    pub(super) fields: Vec<(Field, String)>,
}

#[derive(Template)]
#[template(path = "admin/both.html")]
struct BothPage<'a> {
    layout: Layout<'a>,
    frame: Frame,
    csrf: String,
    both: &'a Both,
}

impl BothPage<'_> {
    /// Whether a field says another thing than what stands there now.
    #[expect(clippy::unused_self, reason = "templates know no functions")]
    fn differ(&self, field: &Field, now: &str) -> bool {
        differ(&field.value, now)
    }
}

impl Both {
    /// Whether what was typed is how it stands anyway.
    pub(super) fn is_alike(&self) -> bool {
        self.fields.iter().all(|(field, now)| !differ(&field.value, now))
    }
}

/// Shows the page.
///
/// # Errors
///
/// `server_error` if the template fails.
pub(super) fn show(app: &App, admin: &AdminVisit, both: &Both) -> Result<Response> {
    let page = BothPage {
        layout: admin.layout(app),
        frame: Frame::new(admin, both.section, &*both.action),
        csrf: admin.csrf(&both.step),
        both,
    };
    html::answer_with(&page, Forms::Here)
}

/// What was typed into a field, unless somebody chose what `stands` there.
pub(super) fn chosen(posted: &AdminPosted, field: Field, stands: String) -> Field {
    let keep = format!("keep.{}", field.name);
    if posted.field(&keep) == "theirs" {
        return Field { value: stands, ..field };
    }
    field.typed(posted)
}

/// Whether two texts of a field mean another thing.
pub(super) fn differ(one: &str, other: &str) -> bool {
    one.split_whitespace().ne(other.split_whitespace())
}
