//! One token type: what it says and, where it is the store's, the form that changes it.

use askama::Template;
use axum::{
    extract::{Path, State},
    response::Response,
};

use crate::{
    acts::{
        declared::Changed,
        tokens::Given,
        types::{self, NotWritten, Seen},
    },
    app::App,
    error::Result,
    model::{
        timestamp::Timestamp,
        token_type::{DeclaredType, TokenType, toml_text},
    },
    pages::{
        admin::{
            frame::{Frame, Section},
            guard::{AdminPosted, AdminVisit},
            tokens::{shown::Life, times::Times, verdict::Ruling},
        },
        gate::encoded,
        html::{self, Forms},
        layout::Layout,
    },
};

const STEP: &str = "admin|types";

/// What the form of a new type begins with.
const NEW: &str = "[[token_types]]\nname = \"DownloadLink\"\ndescription = \"\"\n\n\
    [[token_types.rules]]\ntype = \"Expiry\"\nexpiry_time = \"24h\"\n\n\
    [[token_types.rules]]\ntype = \"UseCount\"\nmax_use_count = 1\n";

#[derive(Template)]
#[template(path = "admin/types/edit.html")]
struct EditPage<'a> {
    layout: Layout<'a>,
    frame: Frame,
    csrf: String,
    /// The type that there is; `None` of a new one.
    known: Option<Known>,
    text: String,
    faults: Vec<String>,
    /// How what somebody else wrote meanwhile differs from what was typed.
    changes: Vec<Changed>,
    sample: Option<Sample>,
    /// What went wrong, as a key.
    trouble: Option<&'static str>,
    is_saved: bool,
}

/// A type that there is.
struct Known {
    name: String,
    version: String,
    updated_at: i64,
    /// The key of where it comes from.
    source: &'static str,
    /// The key of why it cannot be changed here, if it cannot.
    why_not: Option<&'static str>,
    is_removed: bool,
}

/// What a token of the type would be.
struct Sample {
    ruling: Ruling,
    life: Option<Life>,
}

/// What is shown of a form that came back.
#[derive(Default)]
struct Came {
    faults: Vec<String>,
    changes: Vec<Changed>,
    trouble: Option<&'static str>,
    is_saved: bool,
}

/// Shows the page.
pub(in crate::pages) async fn get(
    State(app): State<App>,
    Path(name): Path<String>,
    axum::extract::RawQuery(query): axum::extract::RawQuery,
    admin: AdminVisit,
) -> Result<Response> {
    let known = types::find(&app, &name).await?;
    let text = text_of(&known);
    let came = Came { is_saved: query.as_deref() == Some("done=saved"), ..Came::default() };
    show(&app, &admin, (Some(&known), text), came)
}

/// Changes a type, or says what a change would come to.
pub(in crate::pages) async fn post(
    State(app): State<App>,
    Path(name): Path<String>,
    posted: AdminPosted,
) -> Result<Response> {
    let known = types::find(&app, &name).await?;
    save(&app, &posted, Some(known)).await
}

/// Shows the form of a new type.
pub(super) fn begin(app: &App, admin: &AdminVisit) -> Result<Response> {
    show(app, admin, (None, NEW.to_owned()), Came::default())
}

/// Writes what a form says, unless it only asks what that would come to.
pub(super) async fn save(
    app: &App,
    posted: &AdminPosted,
    known: Option<TokenType>,
) -> Result<Response> {
    let (admin, text) = (&posted.admin, posted.field("text").replace("\r\n", "\n"));
    let again =
        |known: Option<&TokenType>, came: Came| show(app, admin, (known, text.clone()), came);
    if !posted.is_genuine(STEP) {
        return again(known.as_ref(), Came { trouble: Some("form-stale"), ..Came::default() });
    }
    if posted.fields.get("preview").is_some() {
        let faults = types::read_one(&text).err().unwrap_or_default();
        return again(known.as_ref(), Came { faults, ..Came::default() });
    }
    if known.as_ref().is_some_and(|known| !types::is_of_the_store(known)) {
        let trouble = Some("admin-types-not-here");
        return again(known.as_ref(), Came { trouble, ..Came::default() });
    }
    let seen = known.as_ref().map(|known| (known.name.as_str(), seen(posted)));
    match types::write(app, &admin.operator(), (&text, seen)).await {
        Ok(written) => {
            let name = encoded(written.name.as_str());
            Ok(html::see_other(&app.issuer, &format!("/admin/types/{name}?done=saved")))
        }
        Err(NotWritten::Faulty(faults)) => {
            again(known.as_ref(), Came { faults, ..Came::default() })
        }
        Err(NotWritten::Changed(now, changes)) => {
            let trouble = Some("admin-types-changed");
            again(Some(&now), Came { changes, trouble, ..Came::default() })
        }
        Err(NotWritten::Failed(error)) => Err(error.into()),
    }
}

/// Which state of the type the form was made from.
fn seen(posted: &AdminPosted) -> Seen {
    let number = |name: &str| posted.field(name).parse().unwrap_or_default();
    (number("version"), Timestamp(number("updated_at")))
}

/// A type as a file declares it.
fn text_of(known: &TokenType) -> String {
    let (name, definition) = (known.name.clone(), known.definition.clone());
    toml_text(&DeclaredType { name, definition })
}

fn show(
    app: &App,
    admin: &AdminVisit,
    (known, text): (Option<&TokenType>, String),
    came: Came,
) -> Result<Response> {
    let times = Times { words: admin.layout(app).words, now: admin.at() };
    let version = known.map_or(1, |known| known.version);
    let path = known.map_or(Section::Types.path().to_owned(), |known| {
        format!("/admin/types/{}", encoded(known.name.as_str()))
    });
    let sample = types::read_one(&text).ok().map(|declared| {
        let found = types::sample(&declared, (version, times.now));
        let ruling = Ruling::on(&found, &Given::nothing(times.now), &[], times);
        Sample { life: Life::of(&found, found.status_word(times.now), times.now), ruling }
    });
    let page = EditPage {
        layout: admin.layout(app),
        frame: Frame::new(admin, Section::Types, path),
        csrf: admin.csrf(STEP),
        known: known.map(Known::of),
        text,
        faults: came.faults,
        changes: came.changes,
        sample,
        trouble: came.trouble,
        is_saved: came.is_saved,
    };
    html::answer_with(&page, Forms::Here)
}

impl Known {
    fn of(known: &TokenType) -> Self {
        let source = super::source_key(known.source);
        let why_not = (!types::is_of_the_store(known)).then_some(match known.source {
            crate::model::token_type::TypeSource::File => "admin-types-file-why",
            _ => "admin-types-built-in-why",
        });
        Self {
            name: known.name.to_string(),
            version: known.version.to_string(),
            updated_at: known.updated_at.0,
            source,
            why_not,
            is_removed: known.removed_at.is_some(),
        }
    }
}

impl EditPage<'_> {
    /// Whether whoever looks can change it here.
    fn can_save(&self) -> bool {
        self.frame.can_change && self.known.as_ref().is_none_or(|known| known.why_not.is_none())
    }

    /// Where the form leads.
    fn action(&self) -> String {
        let address = |known: &Known| format!("/admin/types/{}", encoded(&known.name));
        self.known.as_ref().map_or(Section::Types.path().to_owned(), address)
    }
}
