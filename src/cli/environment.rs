//! The environment variables, as `main` read them.

use std::path::Path;

/// The environment variables of this process that are UTF-8.
#[derive(Debug, Clone)]
pub struct Environment(Vec<(String, String)>);

impl Environment {
    /// Takes the variables.
    pub fn new(variables: impl IntoIterator<Item = (String, String)>) -> Self {
        Self(variables.into_iter().collect())
    }

    /// The value of a variable; one that is empty counts as unset.
    pub(super) fn get(&self, name: &str) -> Option<&str> {
        let found = self.0.iter().find(|(known, _)| known == name);
        found.map(|(_, value)| value.as_str()).filter(|value| !value.is_empty())
    }

    /// All of them, for the settings among them.
    pub(super) fn variables(&self) -> Vec<(String, String)> {
        self.0.clone()
    }

    /// The settings file that `TESSERA_CONFIG` names.
    pub(super) fn settings_file(&self) -> Option<&Path> {
        self.get("TESSERA_CONFIG").map(Path::new)
    }

    /// Whether colours are welcome on a terminal: not with `NO_COLOR` (<https://no-color.org>),
    /// and not where the terminal knows none.
    pub(super) fn takes_colour(&self) -> bool {
        self.get("NO_COLOR").is_none() && self.get("TERM") != Some("dumb")
    }

    /// Whether letters other than ASCII can be shown.
    ///
    /// Only a locale that says otherwise is believed: `C`, `POSIX`, or one that names another
    /// character set. Containers and services have no locale at all, and yet a UTF-8 terminal.
    pub(super) fn speaks_utf8(&self) -> bool {
        let locale = ["LC_ALL", "LC_CTYPE", "LANG"].iter().find_map(|name| self.get(name));
        let Some(locale) = locale else { return true };
        match locale.split_once('.') {
            Some((_, set)) => {
                let set = set.split('@').next().unwrap_or_default().to_ascii_lowercase();
                set == "utf-8" || set == "utf8"
            }
            None => locale != "C" && locale != "POSIX",
        }
    }

    /// Who is at the keyboard, as the system calls them; empty if nothing says.
    pub(super) fn user(&self) -> String {
        let name = ["USER", "LOGNAME"].iter().find_map(|name| self.get(name));
        let name = name.unwrap_or_default().chars().filter(|c| !c.is_control());
        name.take(64).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn with(name: &str, value: &str) -> Environment {
        Environment::new([(name.to_owned(), value.to_owned())])
    }

    #[test]
    fn only_a_locale_that_says_otherwise_takes_the_marks_away() {
        for locale in ["", "de_DE.UTF-8", "C.utf8", "en_US", "de_DE.UTF-8@euro"] {
            assert!(with("LANG", locale).speaks_utf8(), "{locale}");
        }
        for locale in ["C", "POSIX", "de_DE.ISO-8859-1", "de_DE.iso88591@euro"] {
            assert!(!with("LANG", locale).speaks_utf8(), "{locale}");
        }
        let both = [("LANG", "de_DE.UTF-8"), ("LC_ALL", "C")];
        let both = both.map(|(name, value)| (name.to_owned(), value.to_owned()));
        assert!(!Environment::new(both).speaks_utf8());
    }

    #[test]
    fn colours_are_off_on_request_and_on_dumb_terminals() {
        assert!(with("NO_COLOR", "").takes_colour() && with("TERM", "xterm").takes_colour());
        assert!(!with("NO_COLOR", "1").takes_colour() && !with("TERM", "dumb").takes_colour());
    }

    #[test]
    fn the_person_is_named_by_the_system() {
        assert_eq!(with("LOGNAME", "ing\nrid").user(), "ingrid");
        assert_eq!(with("USER", "").user(), "");
    }
}
