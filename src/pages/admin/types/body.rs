//! What somebody writes of a token type: the fields of its form, or a text. Each can be turned into
//! the other, and nothing that was typed is lost.

use crate::{
    acts::types,
    model::token_type::{DeclaredType, TypeFault, toml_text},
    pages::admin::guard::AdminPosted,
};

use super::draft::Draft;

/// What was written.
pub(super) enum Body {
    Fields(Draft),
    Text(String),
}

/// What came of reading it.
#[derive(Default)]
pub(super) struct Read {
    /// The type, if nothing is wrong with it.
    pub(super) declared: Option<DeclaredType>,
    /// What is wrong with which field.
    pub(super) faults: Vec<TypeFault>,
    /// What is wrong with the text.
    pub(super) wrong: Vec<String>,
}

impl Body {
    /// A type that there is: its form, unless a text is asked for or a rule is of a later version.
    pub(super) fn of(declared: &DeclaredType, as_text: bool) -> Self {
        let draft = if as_text { None } else { Draft::of(declared) };
        draft.map_or_else(|| Self::Text(toml_text(declared)), Self::Fields)
    }

    /// What a new type begins with.
    pub(super) fn new(as_text: bool) -> Self {
        let draft = Draft::new();
        if as_text { Self::Text(draft.text()) } else { Self::Fields(draft) }
    }

    /// What somebody typed.
    pub(super) fn typed(posted: &AdminPosted) -> Self {
        match posted.field("view") {
            "text" => Self::Text(posted.field("text").replace("\r\n", "\n")),
            _ => Self::Fields(Draft::typed(posted)),
        }
    }

    /// The same as text.
    pub(super) fn into_text(self) -> Self {
        match self {
            Self::Fields(draft) => Self::Text(draft.text()),
            text @ Self::Text(_) => text,
        }
    }

    /// The same as fields; as it was if it has none, since something is wrong with it.
    pub(super) fn into_fields(self) -> Self {
        let declared = if let Self::Text(text) = &self { types::read_one(text).ok() } else { None };
        declared.and_then(|declared| Draft::of(&declared)).map_or(self, Self::Fields)
    }

    /// Whether it came from a form of another version.
    pub(super) fn is_foreign(&self) -> bool {
        matches!(self, Self::Fields(draft) if draft.is_foreign)
    }

    /// Reads it.
    pub(super) fn read(&self) -> Read {
        match self {
            Self::Fields(draft) => {
                let mut reading = draft.read();
                let faults = reading.faults;
                Read { declared: reading.types.pop(), faults, ..Read::default() }
            }
            Self::Text(text) => match types::read_one(text) {
                Ok(declared) => Read { declared: Some(declared), ..Read::default() },
                Err(wrong) => Read { wrong, ..Read::default() },
            },
        }
    }
}
