//! Walks the settings file against the table of keys.

use toml::{
    Spanned,
    de::{DeArray, DeTable, DeValue},
};

use super::{
    fault::Wrong,
    keys::{KEYS, Key},
    kind::Kind,
    named, token_types,
    values::{Source, Values},
};
use crate::model::nearest::nearest;

/// Gives `values` everything that `text`, TOML out of the file `name`, sets.
pub(super) fn read(name: &str, text: &str, values: &mut Values) {
    match DeTable::parse(text) {
        Ok(table) => Walk { name, text, values }.section("", table.get_ref()),
        Err(error) => {
            let (line, column) = position(text, error.span().map_or(0, |span| span.start));
            // The message names what TOML expected, never what stands there.
            let wrong = Wrong::new(
                format!("is not TOML: {}", error.message()),
                "correct it, or start from the config.toml that Tessera ships",
            );
            values.refuse_file(name, format!("{name}, line {line}, column {column}"), wrong);
        }
    }
}

struct Walk<'a> {
    name: &'a str,
    text: &'a str,
    values: &'a mut Values,
}

impl Walk<'_> {
    /// Takes all entries of one section; `prefix` is its path and a dot, or empty at the top.
    fn section(&mut self, prefix: &str, table: &DeTable<'_>) {
        for (name, value) in table {
            let path = format!("{prefix}{}", plain(name.get_ref()));
            let source = Source::File {
                name: self.name.to_owned(),
                line: position(self.text, name.span().start).0,
            };
            if let Some(key) = named::find(&path) {
                self.value(key, value.get_ref(), source);
            } else if is_section(&path) {
                match value.get_ref() {
                    DeValue::Table(table) => self.section(&format!("{path}."), table),
                    other => self.section_that_is_none(&path, other, &source),
                }
            } else {
                self.unknown(&path, value, &source);
            }
        }
    }

    fn value(&mut self, key: &'static Key, value: &DeValue<'_>, source: Source) {
        if let Some(text) = text_of(key.kind, value) {
            self.values.give(key, text, source);
        } else if let DeValue::Array(items) = value
            && matches!(key.kind, Kind::List(_))
        {
            self.list(key, items, source);
        } else if let DeValue::Array(items) = value
            && key.is_in_file_only()
        {
            self.token_types(key, items, source);
        } else if key.is_in_file_only() {
            let problem =
                format!("must be an array of tables and is {}", article(value.type_str()));
            let remedy = format!("write [[{}]] above each of them", key.path);
            self.values.refuse(key, source, Wrong::new(problem, remedy));
        } else {
            let (wanted, found) = (article(key.kind.toml_type()), article(value.type_str()));
            let problem = format!("must be {wanted} and is {found}");
            let remedy = format!("write it like the default: {}", key.default_line());
            self.values.refuse(key, source, Wrong::new(problem, remedy));
        }
    }

    /// Takes an array as the environment would state it, with commas.
    fn list(&mut self, key: &'static Key, items: &DeArray<'_>, source: Source) {
        let texts: Option<Vec<&str>> = items.iter().map(|item| item.get_ref().as_str()).collect();
        let remedy = "write texts in quotes, none of them empty or with a comma";
        match texts {
            None => self.values.refuse(key, source, Wrong::new("holds more than texts", remedy)),
            Some(texts)
                if texts.iter().any(|text| text.trim().is_empty() || text.contains(',')) =>
            {
                let wrong = Wrong::new("holds an item that is empty or has a comma", remedy);
                self.values.refuse(key, source, wrong);
            }
            Some(texts) => self.values.give(key, texts.join(", "), source),
        }
    }

    fn token_types(&mut self, key: &'static Key, items: &DeArray<'_>, source: Source) {
        let reading = token_types::read(items);
        for fault in reading.faults {
            let offset = token_types::offset_of(items, &fault.place);
            let place =
                Source::File { name: self.name.to_owned(), line: position(self.text, offset).0 };
            let wrong = Wrong::new(fault.problem, fault.remedy);
            self.values.refuse_name(&fault.path, place, wrong, [key]);
        }
        for note in reading.notes {
            self.values.note(note);
        }
        self.values.give_types(key, reading.types, source);
    }

    fn section_that_is_none(&mut self, path: &str, value: &DeValue<'_>, source: &Source) {
        let problem = format!("is a section, and {} stands there", article(value.type_str()));
        let remedy = format!("write [{path}] once and its keys below");
        self.values.refuse_name(path, source, Wrong::new(problem, remedy), keys_below(path));
    }

    fn unknown(&mut self, path: &str, value: &Spanned<DeValue<'_>>, source: &Source) {
        if matches!(value.get_ref(), DeValue::Table(_)) {
            let meant =
                nearest(path, KEYS.iter().map(Key::section).filter(|known| !known.is_empty()));
            let problem = match meant {
                Some(section) => format!("no such section; did you mean [{section}]?"),
                None => "no such section".to_owned(),
            };
            let meant = meant.into_iter().flat_map(keys_below);
            self.values.refuse_name(path, source, Wrong::new(problem, RENAME), meant);
        } else {
            let meant = named::guess(path);
            let problem = match meant {
                Some(key) => format!("no such key; did you mean {}?", key.path),
                None => "no such key".to_owned(),
            };
            self.values.refuse_name(path, source, Wrong::new(problem, RENAME), meant);
        }
    }
}

const RENAME: &str = "rename or remove it";

/// The value as the environment would state it, if it has the type that `kind` wants.
fn text_of(kind: Kind, value: &DeValue<'_>) -> Option<String> {
    match (kind.toml_type(), value) {
        ("boolean", DeValue::Boolean(value)) => Some(value.to_string()),
        ("integer", DeValue::Integer(value)) => {
            let decimal = i64::from_str_radix(value.as_str(), value.radix());
            Some(decimal.map_or_else(|_| value.to_string(), |number| number.to_string()))
        }
        ("string", DeValue::String(value)) => Some(value.to_string()),
        _ => None,
    }
}

fn is_section(path: &str) -> bool {
    keys_below(path).next().is_some()
}

fn keys_below(section: &str) -> impl Iterator<Item = &'static Key> {
    let prefix = format!("{section}.");
    KEYS.iter().filter(move |key| key.path.starts_with(&prefix))
}

/// A name as it stands in a path; one that needs quotes in TOML is quoted, and so matches no key.
fn plain(name: &str) -> String {
    let is_bare = |letter: char| letter.is_ascii_alphanumeric() || letter == '_' || letter == '-';
    if name.chars().all(is_bare) { name.to_owned() } else { format!("{name:?}") }
}

fn article(noun: &str) -> String {
    let article = if noun.starts_with(['a', 'i']) { "an" } else { "a" };
    format!("{article} {noun}")
}

/// Line and column of a byte, counted from 1.
fn position(text: &str, offset: usize) -> (usize, usize) {
    let before = text.get(..offset).unwrap_or(text);
    let line_start = before.rfind('\n').map_or(0, |newline| newline + 1);
    (before.matches('\n').count() + 1, before[line_start..].chars().count() + 1)
}

#[cfg(test)]
mod tests {
    use crate::config::{Fault, Setting, parse};

    fn faults(text: &str) -> Vec<Fault> {
        parse(Some(("config.toml", text)), []).unwrap_err().0
    }

    /// The one fault of `text`.
    fn fault(text: &str) -> [String; 4] {
        let mut faults = faults(text);
        assert_eq!(faults.len(), 1, "{faults:?}");
        let Fault { key, from, problem, remedy } = faults.remove(0);
        [key, from, problem, remedy]
    }

    #[test]
    fn an_unknown_key_is_named_with_its_line_and_the_nearest_key() {
        assert_eq!(
            fault("[server]\n\nlissten = \"127.0.0.1:80\""),
            [
                "server.lissten",
                "config.toml, line 3",
                "no such key; did you mean server.listen?",
                "rename or remove it"
            ]
        );
        assert_eq!(fault("issuer = 1")[2], "no such key; did you mean server.issuer?");
        assert_eq!(fault("[server]\nwombat = 1")[2], "no such key");
        assert_eq!(fault("\"server.listen\" = 1")[0], "\"server.listen\"");
    }

    #[test]
    fn an_unknown_section_is_named_once_with_the_nearest_section() {
        assert_eq!(
            fault("[sever]\nlisten = \"0.0.0.0:80\"\nissuer = \"https://id.example\""),
            [
                "sever",
                "config.toml, line 1",
                "no such section; did you mean [server]?",
                "rename or remove it"
            ]
        );
        assert_eq!(fault("[wombat]\na = 1")[2], "no such section");
        assert_eq!(fault("[tokens.acess]")[2], "no such section; did you mean [tokens.access]?");
    }

    #[test]
    fn a_value_of_the_wrong_type_is_refused_with_an_example() {
        assert_eq!(
            fault("[server]\nrequest_timeout = 30"),
            [
                "server.request_timeout",
                "config.toml, line 2",
                "must be a string and is an integer",
                "write it like the default: request_timeout = \"30s\""
            ]
        );
        assert_eq!(
            fault("[store]\nconnections = \"16\"")[2..],
            ["must be an integer and is a string", "write it like the default: connections = 16"]
        );
        assert_eq!(fault("tokens.reference.locator = []")[2], "must be a boolean and is an array");
        assert_eq!(fault("[server.listen]")[2], "must be a string and is a table");
    }

    #[test]
    fn a_value_where_a_section_belongs_is_refused() {
        assert_eq!(
            fault("store = \"sqlite:a.db\"")[2..],
            ["is a section, and a string stands there", "write [store] once and its keys below"]
        );
        assert_eq!(fault("[[store]]")[2], "is a section, and an array stands there");
    }

    #[test]
    fn what_is_not_toml_is_refused_with_line_and_column_and_without_the_value() {
        let [key, from, problem, remedy] = fault("[keys]\nmaster = hunter2\n");

        assert_eq!(key, "config.toml");
        assert_eq!(from, "config.toml, line 2, column 10");
        assert!(problem.starts_with("is not TOML: "), "{problem}");
        assert!(!format!("{problem}{remedy}").contains("hunter2"));
        assert!(fault("[log]\nlevel = \"info\"\nlevel = \"info\"")[2].contains("duplicate key"));
    }

    #[test]
    fn numbers_are_read_in_every_notation_of_toml() {
        for text in ["[sweep]\nbatch = 1_0", "[sweep]\nbatch = 0xA", "sweep.batch = +10"] {
            let loaded = parse(Some(("config.toml", text)), []).unwrap();

            assert_eq!(loaded.config.sweep.batch, 10, "{text}");
        }
        assert_eq!(fault("sweep.batch = -1")[2], "\"-1\" is not allowed");
        assert!(parse(Some(("", "sweep.batch = 99999999999999999999")), []).is_err());
    }

    #[test]
    fn a_setting_remembers_its_line() {
        let loaded = parse(Some(("config.toml", "[log]\nlevel = \"warn\"")), []).unwrap();
        let is_level = |setting: &&Setting| setting.path == "log.level";
        let level = loaded.settings.iter().find(is_level).unwrap();

        assert_eq!(
            (&*level.value, level.source.to_string()),
            ("warn", "config.toml, line 2".into())
        );
        assert!(!level.is_default());
    }
}
