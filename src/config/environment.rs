//! Reads settings out of environment variables.

use std::{collections::BTreeMap, fs, os::unix::fs::PermissionsExt};

use super::{
    fault::Wrong,
    keys::{KEYS, Key},
    named,
    values::{Source, Values},
};

const PREFIX: &str = "TESSERA_";

/// Our variables that are no settings.
const OTHERS: &[&str] = &["TESSERA_CONFIG", "TESSERA_TEST_POSTGRES"];

/// Gives `values` every setting that the variables in `environment` state, or that stands in a
/// file they name. Variables of others are not looked at.
pub(super) fn read(environment: impl IntoIterator<Item = (String, String)>, values: &mut Values) {
    let mut ours: BTreeMap<String, String> =
        environment.into_iter().filter(|(name, _)| name.starts_with(PREFIX)).collect();
    for key in KEYS.iter().filter(|key| !key.is_in_file_only()) {
        let variable = key.variable();
        let file_variable = format!("{variable}_FILE");
        match (ours.remove(&variable), ours.remove(&file_variable)) {
            (None, None) => {}
            // What stands in for bytes that were no text.
            (Some(value), None) if value.contains(char::REPLACEMENT_CHARACTER) => {
                let wrong = Wrong::new("is no UTF-8 text", "write it in UTF-8");
                values.refuse(key, Source::Variable(variable), wrong);
            }
            (Some(value), None) => values.give(key, value, Source::Variable(variable)),
            (None, Some(path)) => read_file(key, file_variable, path, values),
            (Some(_), Some(_)) => {
                let from = format!("environment {variable} and {file_variable}");
                values.refuse(key, from, Wrong::new("is given twice", "remove one of the two"));
            }
        }
    }
    for name in ours.keys().filter(|name| !OTHERS.contains(&name.as_str())) {
        leftover(name, values);
    }
}

fn read_file(key: &'static Key, variable: String, path: String, values: &mut Values) {
    match fs::read_to_string(&path) {
        Ok(text) => {
            if key.secret && is_open_to_all(&path) {
                values.note(format!(
                    "{path}, which {variable} names, is open to every user: chmod 640 {path}"
                ));
            }
            let text = text.trim_end_matches(['\r', '\n']).to_owned();
            values.give(key, text, Source::VariableFile { variable, path });
        }
        Err(error) => {
            let remedy = format!("let {variable} name a readable text file, or remove it");
            let wrong = Wrong::new(format!("can't be read: {error}"), remedy);
            values.refuse(key, Source::VariableFile { variable, path }, wrong);
        }
    }
}

/// Whether users that are neither its owner nor of its group may do anything with a file.
fn is_open_to_all(path: &str) -> bool {
    fs::metadata(path).is_ok_and(|metadata| metadata.permissions().mode() & 0o007 != 0)
}

/// A variable of ours that sets nothing: misspelt if it looks like a setting, else perhaps meant
/// for something else.
fn leftover(name: &str, values: &mut Values) {
    let path = name[PREFIX.len()..].to_lowercase().replace("__", ".");
    let meant = named::guess(path.trim_end_matches("_file"));
    let names =
        |key: &&Key| key.is_in_file_only() && name.trim_end_matches("_FILE") == key.variable();
    if let Some(key) = KEYS.iter().find(names) {
        let remedy = format!("unset it, and write [[{}]] into the settings file", key.path);
        let wrong = Wrong::new("sets what stands in the settings file only", remedy);
        return values.refuse_name(name, "environment", wrong, [key]);
    }
    let meant = meant.filter(|key| !key.is_in_file_only());
    let hint = meant.map_or(String::new(), |key| format!("; did you mean {}?", key.variable()));
    if path.contains('.') {
        let wrong = Wrong::new(format!("no such setting{hint}"), "rename or unset it");
        values.refuse_name(name, "environment", wrong, meant);
    } else {
        values.note(format!("{name} is no setting of Tessera and is ignored{hint}"));
    }
}

#[cfg(test)]
mod tests {
    use crate::config::{Fault, Faults, Loaded, parse};

    fn with(variables: &[(&str, &str)]) -> Result<Loaded, Faults> {
        parse(None, variables.iter().map(|(name, value)| ((*name).into(), (*value).into())))
    }

    /// The one fault of these variables.
    fn fault(variables: &[(&str, &str)]) -> [String; 4] {
        let mut faults = with(variables).unwrap_err().0;
        assert_eq!(faults.len(), 1, "{faults:?}");
        let Fault { key, from, problem, remedy } = faults.remove(0);
        [key, from, problem, remedy]
    }

    #[test]
    fn a_value_that_was_no_text_is_a_fault_and_never_a_default() {
        let fault = fault(&[("TESSERA_STORE__URL", "sqlite:a\u{fffd}.db")]);

        assert_eq!((fault[0].as_str(), fault[2].as_str()), ("store.url", "is no UTF-8 text"));
    }

    #[test]
    fn single_underscores_belong_to_the_name() {
        let config = with(&[
            ("TESSERA_SERVER__REQUEST_TIMEOUT", "7s"),
            ("TESSERA_TOKENS__LIFETIMES__ACCESS", "PT10M"),
            ("TESSERA_TOKENS__REFERENCE__CHECKSUM", "true"),
        ])
        .unwrap()
        .config;

        assert_eq!(config.server.request_timeout.as_secs(), 7);
        assert_eq!(config.tokens.access_lifetime.as_secs(), 600);
        assert!(config.tokens.reference.checksum);
    }

    #[test]
    fn a_misspelt_setting_is_refused_with_the_nearest_one() {
        assert_eq!(
            fault(&[("TESSERA_STORE__ULR", "postgres://u:hunter2@h/d")]),
            [
                "TESSERA_STORE__ULR",
                "environment",
                "no such setting; did you mean TESSERA_STORE__URL?",
                "rename or unset it"
            ]
        );
        assert_eq!(fault(&[("TESSERA_WOMBAT__A", "1")])[2], "no such setting");
        assert_eq!(
            fault(&[("TESSERA_Store__Url_FILE", "/x")])[2],
            "no such setting; did you mean TESSERA_STORE__URL?"
        );
    }

    #[test]
    fn a_value_and_a_file_for_the_same_setting_are_refused() {
        assert_eq!(
            fault(&[("TESSERA_KEYS__MASTER", "hunter2"), ("TESSERA_KEYS__MASTER_FILE", "/x")]),
            [
                "keys.master",
                "environment TESSERA_KEYS__MASTER and TESSERA_KEYS__MASTER_FILE",
                "is given twice",
                "remove one of the two"
            ]
        );
    }

    #[test]
    fn a_file_that_cannot_be_read_is_refused() {
        let [key, from, problem, remedy] = fault(&[("TESSERA_KEYS__MASTER_FILE", "/none/master")]);

        assert_eq!(key, "keys.master");
        assert_eq!(from, "environment TESSERA_KEYS__MASTER_FILE, file /none/master");
        assert!(problem.starts_with("can't be read: "), "{problem}");
        assert_eq!(remedy, "let TESSERA_KEYS__MASTER_FILE name a readable text file, or remove it");
    }

    #[test]
    fn a_variable_that_sets_nothing_is_noted_unless_we_know_it() {
        let loaded = with(&[
            ("TESSERA_CONFIG", "x"),
            ("TESSERA_TEST_POSTGRES", "x"),
            ("TESSERA_STORE_URL", "x"),
            ("TESSERA_WOMBAT", "x"),
            ("TESSERA_ISSUER", "x"),
            ("HOME__SWEET_HOME", "x"),
        ])
        .unwrap();

        assert_eq!(
            loaded.notes,
            [
                "TESSERA_ISSUER is no setting of Tessera and is ignored; \
                 did you mean TESSERA_SERVER__ISSUER?",
                "TESSERA_STORE_URL is no setting of Tessera and is ignored; \
                 did you mean TESSERA_STORE__URL?",
                "TESSERA_WOMBAT is no setting of Tessera and is ignored"
            ]
        );
    }

    #[test]
    fn what_stands_in_the_file_only_is_refused() {
        for name in ["TESSERA_TOKEN_TYPES", "TESSERA_TOKEN_TYPES_FILE"] {
            assert_eq!(
                fault(&[(name, "x")]),
                [
                    name,
                    "environment",
                    "sets what stands in the settings file only",
                    "unset it, and write [[token_types]] into the settings file"
                ]
            );
        }
        let notes = with(&[("TESSERA_TOKEN_TYPE", "x")]).unwrap().notes;
        assert_eq!(notes, ["TESSERA_TOKEN_TYPE is no setting of Tessera and is ignored"]);
    }

    #[test]
    fn an_empty_variable_is_an_empty_value() {
        assert!(with(&[("TESSERA_METRICS__LISTEN", "")]).unwrap().config.metrics.listen.is_none());
        assert_eq!(fault(&[("TESSERA_LOG__LEVEL", "")])[2], "\"\" is not allowed");
    }
}
