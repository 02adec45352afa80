//! `[[users]]`.

use serde_json::Value;
use toml::de::{DeTable, DeValue};
use uuid::Uuid;

use crate::{
    acts::{checks, people},
    config::Wrong,
    hashing::is_hash,
    model::{
        user::{Attributes, DEFAULT_REALM, PasswordHash, User, is_realm},
        username::Username,
    },
};

use super::{
    client_secrets::stated,
    clients::{items, scope, wrong},
    declaration::{DeclaredPassword, DeclaredUser},
    page::{Section, mistyped, text},
};

/// The keys of which a password has one.
const SOURCES: [&str; 4] = ["value", "env", "file", "hash"];

/// Reads a user. `None` if they have no name.
pub(super) fn read(mut section: Section<'_, '_, '_>) -> Option<DeclaredUser> {
    let realm = section.read("realm", |value| {
        let realm = text(value)?;
        let remedy = "write 1 to 63 characters of a-z 0-9 _ .";
        if is_realm(&realm) { Ok(realm) } else { Err(Wrong::new("is no realm", remedy)) }
    });
    let realm = realm.unwrap_or_else(|| DEFAULT_REALM.to_owned());
    if section.value("username").is_none() {
        section.refuse("username", Wrong::new("is missing", "write username = \"ingrid\""));
    }
    let username = section.read("username", |value| {
        let remedy = "write the name without it";
        Username::parse(&text(value)?).map_err(|fault| Wrong::new(fault.to_string(), remedy))
    });
    if let Some(username) = &username {
        section.name = format!("users.{realm}/{}", username.as_str());
    }
    let roles = items(&mut section, "roles").unwrap_or_default();
    for role in roles.iter() {
        if let Err(error) = checks::role(role) {
            section.refuse("roles", wrong(&error));
        }
    }
    let operator_roles = items(&mut section, "operator_roles").unwrap_or_default();
    for role in operator_roles.iter() {
        if let Err(wrong) = people::operator_role(role) {
            section.refuse("operator_roles", wrong);
        }
    }
    let scope = scope(&mut section).unwrap_or_default();
    let attributes = section.read("attributes", attributes).unwrap_or_default();
    let claims = section.read("claims", claims).unwrap_or_default();
    let disabled = section.boolean("disabled");
    let password = password(&mut section);
    let has_password = matches!(password, DeclaredPassword::Known(_) | DeclaredPassword::Hash(_));
    let fits = username.as_ref().map_or(Ok(()), people::name_with_password);
    if let (true, Err(wrong)) = (has_password, fits) {
        section.refuse("username", wrong);
    }
    let (place, now) = (section.place.clone(), section.page.now);
    section.finish();
    let blank = User::blank(Uuid::nil(), &realm, &username?, now);
    let user = User { roles, operator_roles, attributes, scope, claims, ..blank };
    Some(DeclaredUser { place, user, disabled, password })
}

fn password(section: &mut Section<'_, '_, '_>) -> DeclaredPassword {
    let Some((place, value)) = section.value("password") else { return DeclaredPassword::Kept };
    let remedy = "write password = { env = \"NAME\" }, or value, file or hash; or \"none\"";
    match value {
        DeValue::String(text) if text == "none" => DeclaredPassword::None,
        DeValue::Table(table) => {
            let mut below = section.below((place, "password"), table);
            let given = SOURCES.iter().filter(|key| below.value(key).is_some()).count();
            if given != 1 {
                let problem = "must have exactly one of value, env, file and hash";
                let (name, place) = (below.name.clone(), below.place.clone());
                below.page.findings.report(&place, &name, Wrong::new(problem, remedy));
            }
            let known = stated(&mut below);
            if let Some((key, secret)) = &known
                && let Err(error) = checks::password(secret.expose())
            {
                below.refuse(key, wrong(&error));
            }
            let hash = below.read("hash", hash);
            below.finish();
            match (known, hash) {
                (Some((_, secret)), _) => DeclaredPassword::Known(secret),
                (None, Some(hash)) => DeclaredPassword::Hash(hash),
                (None, None) => DeclaredPassword::Kept,
            }
        }
        other => {
            // It may be the password itself.
            let problem = mistyped("a table", other).problem;
            section.refuse_at(&place, "password", Wrong::new(problem, remedy));
            DeclaredPassword::Kept
        }
    }
}

/// The refusal never repeats the text: it may be the password itself by mistake.
fn hash(value: &DeValue<'_>) -> Result<PasswordHash, Wrong> {
    let text = text(value)?;
    if is_hash(&text) {
        return Ok(PasswordHash::new(text));
    }
    let remedy = "write $argon2id$v=19$m=19456,t=2,p=1$salt$hash, of a sane size; or use env";
    Err(Wrong::new("is no argon2id hash in PHC form", remedy))
}

/// What is known of a user.
fn attributes(value: &DeValue<'_>) -> Result<Attributes, Wrong> {
    let attributes = table_of(value)?;
    people::attributes(&attributes).map(|()| attributes)
}

/// What is said of a user to applications.
fn claims(value: &DeValue<'_>) -> Result<Attributes, Wrong> {
    let claims = table_of(value)?;
    people::claims(&claims).map(|()| claims)
}

fn table_of(value: &DeValue<'_>) -> Result<Attributes, Wrong> {
    let DeValue::Table(table) = value else { return Err(mistyped("a table", value)) };
    Ok(members(table)?.into_iter().collect())
}

fn members(table: &DeTable<'_>) -> Result<Vec<(String, Value)>, Wrong> {
    let member = |(name, value): (&toml::Spanned<toml::de::DeString<'_>>, &toml::Spanned<_>)| {
        Ok((name.get_ref().to_string(), json(value.get_ref())?))
    };
    table.iter().map(member).collect()
}

/// A value of TOML in JSON.
fn json(value: &DeValue<'_>) -> Result<Value, Wrong> {
    let unfit = || Wrong::new("holds a number or time that JSON has not", "write it as a string");
    Ok(match value {
        DeValue::String(text) => Value::String(text.to_string()),
        DeValue::Boolean(value) => Value::Bool(*value),
        DeValue::Integer(number) => {
            let number = i64::from_str_radix(number.as_str(), number.radix());
            Value::from(number.map_err(|_| unfit())?)
        }
        DeValue::Float(number) => {
            let number: f64 = number.as_str().parse().map_err(|_| unfit())?;
            Value::from(Some(number).filter(|number| number.is_finite()).ok_or_else(unfit)?)
        }
        DeValue::Array(items) => {
            Value::Array(items.iter().map(|item| json(item.get_ref())).collect::<Result<_, _>>()?)
        }
        DeValue::Table(table) => Value::Object(members(table)?.into_iter().collect()),
        DeValue::Datetime(_) => return Err(unfit()),
    })
}
