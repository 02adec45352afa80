//! How token types differ.

use std::collections::HashSet;

use crate::model::token_type::{self, DeclaredType, TokenType, TypeDefinition, TypeSource};

use super::{
    declaration::Declaration,
    difference::Action,
    noun::Noun,
    plan::{Draft, Step},
    type_fields::type_changes,
};

/// Compares the types of the settings file, if it is about them, with the store. They are all that
/// come from there: any other is taken away, unless another file declares it from now on.
pub(super) fn compare_settings(draft: &mut Draft<'_>, declaration: &Declaration) {
    let Some(of_settings) = &declaration.of_settings else { return };
    for token_type in of_settings {
        compare(draft, token_type.clone(), TypeSource::File);
    }
    let mut kept = names(declaration);
    kept.extend(of_settings.iter().map(|kept| kept.name.fold()));
    remove(draft, TypeSource::File, &kept);
}

/// Removes every type of the store that is not declared.
pub(super) fn remove_others(draft: &mut Draft<'_>, declaration: &Declaration) {
    remove(draft, TypeSource::Store, &names(declaration));
}

fn names(declaration: &Declaration) -> HashSet<String> {
    declaration.token_types.iter().map(|declared| declared.token_type.name.fold()).collect()
}

/// Compares a type with the store.
pub(super) fn compare(draft: &mut Draft<'_>, declared: DeclaredType, source: TypeSource) {
    let DeclaredType { name, definition } = declared;
    let fold = name.fold();
    let shown = name.to_string();
    let after = TokenType {
        name,
        source,
        version: 1,
        definition,
        updated_at: draft.options.now,
        removed_at: None,
    };
    let Some(before) = draft.seen.token_type(&fold) else {
        let changes = type_changes(None, &after);
        let steps = vec![Step::AddType(Box::new(after))];
        return draft.push(Noun::TokenType, (Action::Add, shown), changes, steps);
    };
    let changes = type_changes(Some(before), &after);
    if changes.is_empty() {
        return draft.push(Noun::TokenType, (Action::Unchanged, shown), changes, Vec::new());
    }
    let mut after = after;
    // What says the same in other words is the same.
    if after.definition.says_the_same_as(&before.definition) {
        after.definition = before.definition.clone();
    }
    let steps = vec![Step::ChangeType(Box::new(after), Box::new(before.clone()))];
    draft.push(Noun::TokenType, (Action::Change, shown), changes, steps);
}

fn remove(draft: &mut Draft<'_>, source: TypeSource, kept: &HashSet<String>) {
    let seen = draft.seen;
    for known in &seen.types {
        let is_there = known.source == source && known.removed_at.is_none();
        if !is_there || kept.contains(&known.name.fold()) {
            continue;
        }
        let known = Box::new(known.clone());
        let name = (Action::Remove, known.name.to_string());
        // What belongs to the protocol stays, and is as it came.
        let step = if token_type::stays(known.name.as_str()) {
            let built_in = TokenType {
                source: TypeSource::BuiltIn,
                definition: TypeDefinition::default(),
                ..(*known).clone()
            };
            Step::ChangeType(Box::new(built_in), known)
        } else {
            Step::RemoveType(known)
        };
        draft.push(Noun::TokenType, name, Vec::new(), vec![step]);
    }
}
