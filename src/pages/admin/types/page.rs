//! The page of one token type, however it is written: as fields, or as text.

use askama::Template;
use axum::response::Response;

use crate::{
    acts::{declared::Changed, tokens::Given, types},
    app::App,
    error::Result,
    model::{
        token_entry::TokenKind,
        token_type::{DeclaredType, TokenType, TypeSource, toml_text},
    },
    pages::{
        admin::{
            frame::{Frame, Section},
            guard::AdminVisit,
            tokens::{shown::Life, times::Times, verdict::Ruling},
        },
        html::{self, Forms},
        layout::Layout,
    },
};

use super::{
    body::{Body, Read},
    drawn::Drawn,
    path_of,
};

/// What the form of a type is bound to; of none, that of a new one.
pub(super) fn step(known: Option<&TokenType>) -> String {
    known.map_or("admin|types".to_owned(), |known| format!("admin|types|{}", known.name.fold()))
}

#[derive(Template)]
#[template(path = "admin/types/edit.html")]
struct TypePage<'a> {
    layout: Layout<'a>,
    frame: Frame,
    csrf: String,
    /// The type that there is; `None` of a new one.
    known: Option<Known>,
    /// Its form; `None` where it is written as text.
    drawn: Option<Drawn>,
    text: String,
    /// All that is wrong, where that is to be said.
    faults: Vec<String>,
    /// How what somebody else wrote meanwhile differs from what was typed.
    changes: Vec<Changed>,
    sample: Option<Sample>,
    /// How long tokens live that only settings give an end, and which setting that is.
    lives: Option<String>,
    /// What went wrong, as a key.
    trouble: Option<&'static str>,
    is_saved: bool,
}

/// A type that there is.
struct Known {
    name: String,
    /// Where it is.
    path: String,
    version: String,
    /// What its version would be once it is saved.
    next: String,
    updated_at: i64,
    /// The key of where it comes from.
    source: &'static str,
    /// The key of why it cannot be changed here, if it cannot.
    why_not: Option<&'static str>,
    is_removed: bool,
}

/// A way to write it.
struct View {
    /// What its button wants.
    word: &'static str,
    /// The key of what it is called.
    key: &'static str,
    /// Where it is, for whoever saves nothing.
    address: String,
    is_here: bool,
}

/// What a token of the type would be, and what a file says that declares it.
struct Sample {
    ruling: Ruling,
    life: Option<Life>,
    text: String,
    command: String,
}

/// What is shown of a form that came back.
#[derive(Default)]
pub(super) struct Came {
    /// Whether all that is wrong is to be said.
    pub(super) is_checked: bool,
    /// What is wrong beside the others that there are.
    pub(super) wrong: Vec<String>,
    pub(super) changes: Vec<Changed>,
    /// The place of a rule that was just added.
    pub(super) added: Option<usize>,
    pub(super) trouble: Option<&'static str>,
    pub(super) is_saved: bool,
}

impl Came {
    /// That something went wrong, as a key.
    pub(super) fn trouble(key: &'static str) -> Self {
        Self { trouble: Some(key), ..Self::default() }
    }

    /// That all that is wrong is to be said.
    pub(super) fn checked() -> Self {
        Self { is_checked: true, ..Self::default() }
    }
}

/// Shows the page.
///
/// # Errors
///
/// `server_error` if the template fails.
pub(super) fn show(
    app: &App,
    admin: &AdminVisit,
    (known, body): (Option<&TokenType>, Body),
    came: Came,
) -> Result<Response> {
    let layout = admin.layout(app);
    let times = Times { words: layout.words, now: admin.at() };
    let path = known.map_or(Section::Types.path().to_owned(), |known| path_of(&known.name));
    let Read { declared, faults, wrong } = body.read();
    let version = known.map_or(1, |known| {
        // What cannot be changed here stays as it is.
        known.version + i64::from(admin.can_change() && types::is_of_the_store(known))
    });
    let told = if came.is_checked { &faults[..] } else { &[] };
    let named = known.map(|known| known.name.as_str());
    let (drawn, text) = match body {
        Body::Fields(draft) => {
            let drawn = Drawn::of(&draft, (named, came.added), told, layout.words);
            (Some(drawn), String::new())
        }
        Body::Text(text) => (None, text),
    };
    let mut all = came.wrong;
    if came.is_checked {
        all.extend(told.iter().map(|fault| format!("{}: {}", fault.problem, fault.remedy)));
        all.extend(wrong);
    }
    let page = TypePage {
        frame: Frame::new(admin, Section::Types, path),
        csrf: admin.csrf(&step(known)),
        known: known.map(Known::of),
        drawn,
        text,
        faults: all,
        changes: came.changes,
        lives: known.and_then(|known| lives(app, known, times)),
        sample: declared.map(|declared| Sample::of(&declared, version, times)),
        trouble: came.trouble,
        is_saved: came.is_saved,
        layout,
    };
    html::answer_with(&page, Forms::Here)
}

/// How long tokens of a type live by the settings: access tokens, where no rule says so.
fn lives(app: &App, known: &TokenType, times: Times) -> Option<String> {
    let length = times.length(app.config().tokens.access_lifetime);
    let is_access = known.name.fold() == TokenKind::Access.as_str();
    is_access.then(|| times.words.with("admin-types-lives", [("length", &length)]))
}

impl Known {
    fn of(known: &TokenType) -> Self {
        let source = super::source_key(known.source);
        let why_not = (!types::is_of_the_store(known)).then_some(match known.source {
            TypeSource::File => "admin-types-file-why",
            _ => "admin-types-built-in-why",
        });
        Self {
            name: known.name.to_string(),
            path: path_of(&known.name),
            version: known.version.to_string(),
            next: (known.version + 1).to_string(),
            updated_at: known.updated_at.0,
            source,
            why_not,
            is_removed: known.removed_at.is_some(),
        }
    }
}

impl Sample {
    fn of(declared: &DeclaredType, version: i64, times: Times) -> Self {
        let found = types::sample(declared, (version, times.now));
        Self {
            ruling: Ruling::on(&found, &Given::nothing(times.now), &[], times),
            life: Life::of(&found, found.status_word(times.now), times.now),
            text: toml_text(declared),
            command: format!("tessera apply {}.toml", declared.name),
        }
    }
}

impl TypePage<'_> {
    /// Whether whoever looks can change it here.
    fn can_save(&self) -> bool {
        self.frame.can_change && self.known.as_ref().is_none_or(|known| known.why_not.is_none())
    }

    /// Where the form leads.
    fn action(&self) -> String {
        let address = self.known.as_ref().map_or(Section::Types.path(), |known| &known.path);
        address.to_owned()
    }

    /// Where it is taken away.
    fn end(&self) -> String {
        format!("{}/delete", self.action())
    }

    /// The ways to write it.
    fn views(&self) -> [View; 2] {
        let view = |word, key, is_here| {
            let address = format!("{}?as={word}", self.action());
            View { word, key, address, is_here }
        };
        [
            view("fields", "admin-types-as-fields", self.drawn.is_some()),
            view("text", "admin-types-as-text", self.drawn.is_none()),
        ]
    }
}
