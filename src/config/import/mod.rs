//! Other systems' settings, read so that nothing in them is dropped without a word.
//!
//! What Auth-O-Tron (`auth_o_tron`) and WSO2 (`wso2`) are set up with becomes settings of ours,
//! users and secrets; `remarks` tells what has no place here and what is another thing than it was
//! there. Nothing is written and nothing hashed here: the command line does that.

mod auth_o_tron;
mod recognise;
mod remarks;
mod text;
mod wso2;
mod yaml;

use std::collections::BTreeMap;

use serde_json::Value;

use super::fault::Faults;
use crate::model::secret::Secret;

pub use remarks::Remark;
pub use text::USERS_FILE;

/// Settings that were another system's.
#[derive(Debug)]
pub struct Imported {
    /// Whose they were, for people.
    pub system: &'static str,
    /// What they come to here, in the order in which they are to stand.
    pub settings: Vec<ImportedSetting>,
    /// Whom they name.
    pub users: Vec<ImportedUser>,
    /// What must not stand in the settings.
    pub secrets: Vec<ImportedSecret>,
    /// What there is to know about all this.
    pub remarks: Vec<Remark>,
}

/// A setting of ours.
#[derive(Debug, Clone, PartialEq)]
pub struct ImportedSetting {
    /// Its key.
    pub path: &'static str,
    /// Its value.
    pub value: Value,
    /// What to say above it, perhaps nothing: lines.
    pub why: String,
}

/// A user, with the password that is to be hashed.
#[derive(Debug)]
pub struct ImportedUser {
    /// The namespace of the name.
    pub realm: String,
    /// The name.
    pub username: String,
    /// Roles in applications.
    pub roles: Vec<String>,
    /// What else is known of them.
    pub attributes: BTreeMap<String, String>,
    /// How they prove who they are.
    pub password: ImportedPassword,
}

/// What is known of a password.
#[derive(Debug)]
pub enum ImportedPassword {
    /// The password itself.
    Clear(Secret),
    /// A hash, as PHC string.
    Hash {
        /// The hash.
        hash: String,
        /// Where it stands: file and line.
        from: String,
    },
}

/// A secret that a setting is to name a file for.
#[derive(Debug)]
pub struct ImportedSecret {
    /// The key of the setting; a file that holds the secret is called like it.
    pub setting: &'static str,
    /// The secret.
    pub secret: Secret,
}

/// How to import.
#[derive(Debug, Clone, Default)]
pub struct ImportOptions {
    /// Other names for realms, by their old ones.
    pub realms: BTreeMap<String, String>,
}

/// Reads the settings of another system: `text`, out of the file `name`.
///
/// # Errors
///
/// Everything that is wrong with them, at once; also if they are nobody's whose settings are known
/// here.
pub fn import(name: &str, text: &str, options: &ImportOptions) -> Result<Imported, Faults> {
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    match recognise::origin(name, text).map_err(Faults)? {
        recognise::Origin::AuthOTron => auth_o_tron::import(name, text, options),
        recognise::Origin::Wso2 => wso2::import(name, text),
    }
}

impl Imported {
    /// Whether something of the old settings has no place here.
    #[must_use]
    pub fn leaves_something_out(&self) -> bool {
        self.remarks.iter().any(|remark| remark.is_left_out)
    }
}

fn set(path: &'static str, value: impl Into<Value>, why: &str) -> ImportedSetting {
    ImportedSetting { path, value: value.into(), why: why.to_owned() }
}

#[cfg(test)]
mod tests;
