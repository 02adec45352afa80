//! What can be set of a user by a page, each described once.

use std::collections::BTreeMap;

use serde_json::Value;

use crate::{
    acts::users::UserChanges,
    model::{
        scope::Scope,
        space_delimited::SpaceDelimited,
        user::{Attributes, OperatorRole, User},
    },
    pages::admin::form::{Field, Kind, Word},
};

/// A part of a user's page. Each is saved by itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Part {
    /// What they may do in applications.
    Access,
    /// What is said and known of them.
    Said,
    /// What they may do to the server itself.
    Operator,
}

const ROLES: &[Word] = &[
    (OperatorRole::Auditor.as_str(), "admin-users-auditor"),
    (OperatorRole::TokenAdmin.as_str(), "admin-users-token-admin"),
    (OperatorRole::ClientAdmin.as_str(), "admin-users-client-admin"),
    (OperatorRole::UserAdmin.as_str(), "admin-users-user-admin"),
    (OperatorRole::Admin.as_str(), "admin-users-admin"),
];

impl Part {
    pub(super) const ALL: [Self; 3] = [Self::Access, Self::Said, Self::Operator];

    pub(super) fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|part| part.name() == name)
    }

    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Access => "access",
            Self::Said => "said",
            Self::Operator => "operator",
        }
    }

    /// The keys of its heading and of what is said below it.
    pub(super) fn words(self) -> (&'static str, &'static str) {
        match self {
            Self::Access => ("admin-users-access", "admin-users-access-text"),
            Self::Said => ("admin-users-said", "admin-users-said-text"),
            Self::Operator => ("admin-users-operator", "admin-users-operator-text"),
        }
    }

    /// Whether saving it takes recent proof.
    pub(super) fn is_dangerous(self) -> bool {
        self == Self::Operator
    }

    /// Its fields, as they stand for this user; empty for none.
    pub(super) fn fields(self, user: Option<&User>) -> Vec<Field> {
        let text = |read: fn(&User) -> String| user.map(read).unwrap_or_default();
        let field = |(name, label, hint), kind, value| Field {
            name,
            label,
            hint,
            kind,
            value,
            wrong: None,
        };
        match self {
            Self::Access => vec![
                field(
                    ("roles", "admin-users-roles", Some("admin-users-roles-hint")),
                    Kind::Code,
                    text(|user| user.roles.to_string()),
                ),
                field(
                    ("scope", "admin-users-scope", Some("admin-users-scope-hint")),
                    Kind::Code,
                    text(|user| user.scope.to_string()),
                ),
            ],
            Self::Said => vec![
                field(
                    ("claims", "admin-users-claims", Some("admin-users-claims-hint")),
                    Kind::Lines(6),
                    text(|user| pretty(&user.claims)),
                ),
                field(
                    ("attributes", "admin-users-attributes", Some("admin-users-attributes-hint")),
                    Kind::Lines(6),
                    text(|user| pretty(&user.attributes)),
                ),
            ],
            Self::Operator => vec![field(
                ("operator_roles", "admin-users-operator-roles", None),
                Kind::Boxes(ROLES),
                text(|user| user.operator_roles.to_string()),
            )],
        }
    }
}

/// What was typed as changes of `before`, with what is wrong beside its field.
pub(super) fn read(before: Option<&User>, fields: &mut [Field]) -> Option<UserChanges> {
    let mut changes = UserChanges::default();
    for field in fields.iter_mut() {
        field.wrong = put(&mut changes, before, field).err();
    }
    fields.iter().all(|field| field.wrong.is_none()).then_some(changes)
}

fn put(changes: &mut UserChanges, before: Option<&User>, field: &Field) -> Result<(), String> {
    let text = field.value.as_str();
    match field.name {
        "roles" => changes.roles = Some(list(text)),
        "operator_roles" => changes.operator_roles = Some(list(text)),
        "scope" => {
            let scope = list(text).to_string();
            changes.scope = Some(Scope::parse(&scope).map_err(|fault| fault.to_string())?);
        }
        "claims" => changes.claims = differences(before.map(|user| &user.claims), text)?,
        "attributes" => {
            changes.attributes = differences(before.map(|user| &user.attributes), text)?;
        }
        _ => {}
    }
    Ok(())
}

fn list(text: &str) -> SpaceDelimited {
    text.split_whitespace().map(str::to_owned).collect()
}

/// What another object changes: all that stands in it, and what does not any more.
fn differences(
    before: Option<&Attributes>,
    text: &str,
) -> Result<BTreeMap<String, Option<Value>>, String> {
    let text = if text.is_empty() { "{}" } else { text };
    let given: BTreeMap<String, Value> =
        serde_json::from_str(text).map_err(|fault| format!("this is no JSON object: {fault}"))?;
    let before = before.into_iter().flat_map(Attributes::iter);
    let gone = before.filter(|(name, _)| !given.contains_key(*name));
    let mut all: BTreeMap<_, _> = gone.map(|(name, _)| (name.to_owned(), None)).collect();
    all.extend(given.into_iter().map(|(name, value)| (name, Some(value))));
    Ok(all)
}

fn pretty(attributes: &Attributes) -> String {
    serde_json::to_string_pretty(attributes).unwrap_or_else(|_| attributes.to_string())
}
