//! The page before something that cannot be undone: what it does, to whom, the line that does the
//! same from a terminal, and one button.

use askama::Template;
use axum::response::Response;

use crate::{
    app::App,
    error::Result,
    model::parameters::Parameters,
    pages::{
        html::{self, Forms},
        layout::Layout,
    },
};

use super::{
    frame::{Frame, Section},
    guard::AdminVisit,
};

/// What somebody is asked to confirm. All texts are ready to read.
pub(super) struct Confirm {
    /// The page that it belongs to.
    pub(super) section: Section,
    /// A question.
    pub(super) title: String,
    /// What happens, in a sentence or two.
    pub(super) text: String,
    /// What goes with it: names and what they are.
    pub(super) facts: Vec<(String, String)>,
    /// Where the form leads.
    pub(super) action: String,
    /// What the form is bound to.
    pub(super) step: String,
    /// What the form holds beside.
    pub(super) hidden: Vec<(&'static str, String)>,
    /// The reason that was typed, if one is asked for.
    pub(super) reason: Option<String>,
    /// What must be typed, such as how many things it hits, where that is much.
    pub(super) must_type: Option<String>,
    /// The word on the button.
    pub(super) button: String,
    /// Whether it ends something for good, so that the button says danger.
    pub(super) is_final: bool,
    /// Where one goes who would rather not.
    pub(super) back: String,
    /// The command that does the same.
    pub(super) command: String,
    /// What went wrong, as a key.
    pub(super) trouble: Option<&'static str>,
}

/// One of several that somebody chooses.
pub(super) struct Choice {
    /// The field.
    pub(super) name: &'static str,
    /// What is to be chosen.
    pub(super) legend: String,
    /// What there is to choose from.
    pub(super) options: Vec<Alternative>,
}

/// What can be chosen.
pub(super) struct Alternative {
    /// What the field says.
    pub(super) value: &'static str,
    /// Its name.
    pub(super) text: String,
    /// What it means.
    pub(super) hint: String,
    /// Whether it is chosen.
    pub(super) is_chosen: bool,
}

/// The field in which what must be typed is.
pub(super) const TYPED: &str = "typed";

#[derive(Template)]
#[template(path = "admin/confirm.html")]
struct ConfirmPage<'a> {
    layout: Layout<'a>,
    frame: Frame,
    csrf: String,
    confirm: &'a Confirm,
    /// What the form holds beside, under names that are not known before.
    named: &'a [(String, String)],
    choices: &'a [Choice],
}

/// The longest reason, in characters.
const LONGEST_REASON: usize = 500;

/// The reason that was typed.
pub(super) fn reason(fields: &Parameters) -> String {
    fields.get("reason").unwrap_or_default().trim().chars().take(LONGEST_REASON).collect()
}

/// Shows the page.
///
/// # Errors
///
/// `server_error` if the template fails.
pub(super) fn show(app: &App, admin: &AdminVisit, confirm: &Confirm) -> Result<Response> {
    show_with(app, admin, confirm, (&[], &[]))
}

/// The same with more in the form: fields of any name, and what can be chosen.
///
/// # Errors
///
/// `server_error` if the template fails.
pub(super) fn show_with(
    app: &App,
    admin: &AdminVisit,
    confirm: &Confirm,
    (named, choices): (&[(String, String)], &[Choice]),
) -> Result<Response> {
    let page = ConfirmPage {
        layout: admin.layout(app),
        frame: Frame::new(admin, confirm.section, &*confirm.back),
        csrf: admin.csrf(&confirm.step),
        confirm,
        named,
        choices,
    };
    html::answer_with(&page, Forms::Here)
}
