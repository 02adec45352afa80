//! `[[token_types]]`.

use serde_json::Value;
use toml::de::DeValue;

use crate::{
    config::{Faults, Wrong, json_of, offset_of},
    model::token_type::{self, DeclaredType, TypeFault},
};

use super::{
    declaration::{DeclaredTokenType, read_types},
    page::{Section, mistyped, no_array},
};

/// Where they stand.
const SECTION: &str = "token_types";

/// Reads the token types of a file, its name and its text, whatever else it holds. Says too what
/// deserves a look.
///
/// # Errors
///
/// Everything that is wrong with them.
pub fn read_token_types(
    name: &str,
    text: &str,
) -> Result<(Vec<DeclaredType>, Vec<String>), Faults> {
    let (declaration, findings) = read_types(name, text);
    if findings.count() > 0 {
        return Err(Faults(findings.into_faults()));
    }
    let types = declaration.token_types.into_iter().map(|declared| declared.token_type);
    Ok((types.collect(), declaration.notes))
}

/// Reads the token types of a whole file; `None` if it says nothing about them.
pub(super) fn read(whole: &mut Section<'_, '_, '_>) -> Option<Vec<DeclaredTokenType>> {
    let (place, value) = whole.value(SECTION)?;
    let DeValue::Array(items) = value else {
        whole.refuse_at(&place, SECTION, no_array(SECTION, value));
        return Some(Vec::new());
    };
    let mut found = Vec::new();
    for (at, item) in items.iter().enumerate() {
        let place = whole.page.place(item.span().start);
        let Value::Object(members) = json_of(item.get_ref()) else {
            let key = format!("{SECTION}[{at}]");
            whole.refuse_at(&place, &key, mistyped("a table", item.get_ref()));
            continue;
        };
        let token_type::Reading { types, faults, notes } = token_type::read(at, &members);
        for TypeFault { place, path, problem, remedy } in faults {
            let place = whole.page.place(offset_of(items, &place));
            whole.page.findings.report(&place, &path, Wrong::new(problem, remedy));
        }
        let declared = |token_type| DeclaredTokenType {
            place: place.clone(),
            token_type,
            notes: notes.clone(),
        };
        found.extend(types.into_iter().map(declared));
    }
    Some(found)
}
