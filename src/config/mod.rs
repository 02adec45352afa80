//! The settings: read from a file and the environment, judged at once, handed on as [`Config`].
//!
//! [`KEYS`] is the one table of what can be set. The walk over the file, the names in the
//! environment, the shipped `config.toml`, the table in `docs/configuration.md` and the hints about
//! misspelt keys all derive from it. To add a setting, add one row there and one field to
//! [`Config`]. Whatever is wrong is reported together, as [`Faults`]; a [`Config`] that exists is
//! sound, and nobody looks at a file or a variable after that.

mod alike;
mod environment;
mod fault;
mod file;
pub mod import;
mod jwt;
mod key;
mod keys;
mod kind;
mod mail;
mod master;
mod named;
mod network;
mod no_store;
mod persistence;
mod personal_tokens;
mod postgres_url;
mod reach;
mod read;
mod render;
mod rules;
mod sessions;
mod store_url;
mod token_types;
mod typed;
mod values;

use std::{
    fs,
    path::{Path, PathBuf},
};

use self::values::Values;
pub use self::{
    fault::{Fault, Faults, Wrong},
    jwt::{Jwt, JwtSignature, SecretSource, is_sample, judge_secret, note_of_sample},
    keys::{KEYS, Key},
    kind::Kind,
    mail::{Links, Mail},
    master::{HOW_TO_MAKE_ONE, MasterBytes, MasterSource},
    named::bounded_seconds,
    persistence::{Persistence, PersistenceMode},
    personal_tokens::PersonalTokens,
    render::{documentation_table, shipped_file},
    sessions::Sessions,
    store_url::StoreUrl,
    token_types::{json_of, offset_of},
    typed::{
        Access, Admin, Audit, Cache, Config, ForwardAuth, Keys, Level, Log, LogFormat, Metrics,
        Migrate, Reference, Refresh, Server, Store, Sweep, Tls, Tokens, Tracing,
    },
    values::{Setting, Source},
};
pub use crate::model::{duration, nearest::nearest};

/// What a successful reading of the settings gives.
#[derive(Debug)]
pub struct Loaded {
    /// The settings as the other rooms use them.
    pub config: Config,
    /// The same settings as an operator wrote them, in the order of [`KEYS`], secrets masked.
    pub settings: Vec<Setting>,
    /// Sentences for the operator about what was ignored. Nothing in them is wrong.
    pub notes: Vec<String>,
    /// The file that was read, if any.
    pub file: Option<PathBuf>,
    /// What was stated that only a store can do, where there is none. Not to be served with; told
    /// together with what declared files ask for.
    pub needs_a_store: Vec<Fault>,
}

/// Reads the address of a database as `store.url` states it.
///
/// # Errors
///
/// What is wrong with it, to be read after its name, and what to do about that.
pub fn parse_store_url(text: &str) -> Result<StoreUrl, (String, String)> {
    StoreUrl::parse(text).map_err(|Wrong { problem, remedy }| (problem, remedy))
}

/// Chooses the settings file: `flag` (`--config`), else `environment` (`TESSERA_CONFIG`, where
/// empty means unset), else `config.toml` in the working directory if there is one, else none.
///
/// A file that was named is returned even if it does not exist; [`load`] then refuses it.
#[must_use]
pub fn choose_file(flag: Option<&Path>, environment: Option<&Path>) -> Option<PathBuf> {
    let environment = environment.filter(|path| !path.as_os_str().is_empty());
    let usual = Some(Path::new("config.toml")).filter(|path| path.exists());
    flag.or(environment).or(usual).map(Path::to_owned)
}

/// Reads the settings from `file` and from the variables in `environment`, which win.
///
/// # Errors
///
/// Everything that is wrong with the settings, at once; a file that cannot be read too.
pub fn load(
    file: Option<&Path>,
    environment: impl IntoIterator<Item = (String, String)>,
) -> Result<Loaded, Faults> {
    let mut values = Values::default();
    if let Some(path) = file {
        let name = path.display().to_string();
        match fs::read_to_string(path) {
            Ok(text) => file::read(&name, &text, &mut values),
            Err(error) => {
                let problem = format!("can't be read: {error}");
                let remedy = "check --config, TESSERA_CONFIG and the file's permissions";
                values.refuse_file(&name, name.clone(), Wrong::new(problem, remedy));
            }
        }
    }
    finish(file.map(Path::to_owned), environment, values)
}

/// Reads the settings from `text`, a file's name and TOML, and from `environment`, which wins.
///
/// Opens nothing but the files that `_FILE` variables name.
///
/// # Errors
///
/// Everything that is wrong with the settings, at once.
pub fn parse(
    text: Option<(&str, &str)>,
    environment: impl IntoIterator<Item = (String, String)>,
) -> Result<Loaded, Faults> {
    let mut values = Values::default();
    if let Some((name, text)) = text {
        file::read(name, text, &mut values);
    }
    finish(text.map(|(name, _)| PathBuf::from(name)), environment, values)
}

fn finish(
    file: Option<PathBuf>,
    environment: impl IntoIterator<Item = (String, String)>,
    mut values: Values,
) -> Result<Loaded, Faults> {
    environment::read(environment, &mut values);
    no_store::imply(&mut values);
    let config = Config::read(&mut values);
    rules::check(&config, &mut values);
    no_store::warn(&config, &mut values);
    let needs_a_store = no_store::refusals(&config, &values);
    let settings = values.settings();
    let (mut faults, notes) = values.into_outcome();
    if faults.is_empty() {
        return Ok(Loaded { config, settings, notes, file, needs_a_store });
    }
    faults.extend(needs_a_store);
    Err(Faults(faults))
}
