//! docs/operations/logs.md says what the source does: every event, its level, its fields.

use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
    path::{Path, PathBuf},
};

use tessera::config::KEYS;

/// What is logged in one place.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Event {
    level: String,
    fields: BTreeSet<String>,
}

/// Events by name.
type Events = BTreeMap<String, Event>;

#[test]
fn every_event_in_the_source_is_documented_and_the_reverse() {
    let source = events_in_the_source();

    let documented = documented_events();

    for (name, event) in &source {
        assert_eq!(documented.get(name), Some(event), "{name} in docs/operations/logs.md");
    }
    assert_eq!(documented.len(), source.len(), "docs/operations/logs.md names others as well");
}

#[test]
fn every_act_of_an_operator_is_documented() {
    let pages = ["docs/operations/logs.md", "docs/operations/audit.md"];
    let page = pages.map(|page| fs::read_to_string(page).unwrap()).concat();
    let acts: BTreeSet<_> = sources()
        .iter()
        .filter(|(path, _)| path.starts_with("src/acts"))
        .flat_map(|(_, source)| acts_in(source))
        .collect();

    assert!(acts.contains("client.added"), "{acts:?}");
    for act in acts {
        assert!(page.contains(&format!("`{act}`")), "{act} in docs/operations/audit.md");
    }
}

fn sources() -> Vec<(PathBuf, String)> {
    let mut folders = vec![PathBuf::from("src")];
    let mut found = Vec::new();
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else {
                let source = fs::read_to_string(&path).unwrap();
                let code = source.split("#[cfg(test)]\nmod tests").next().unwrap();
                found.push((path, code.to_owned()));
            }
        }
    }
    found
}

fn events_in_the_source() -> Events {
    let mut found = Events::new();
    for (path, source) in sources() {
        for level in ["error", "warn", "info", "debug", "trace"] {
            let call = format!("tracing::{level}!(");
            for (at, _) in source.match_indices(&call) {
                let (name, fields) = event_of(&source[at + call.len()..], &path);
                let event = Event { level: level.to_owned(), fields };
                let known = found.insert(name.clone(), event.clone());
                assert!(known.is_none_or(|known| known == event), "{name} is two things");
            }
        }
    }
    found
}

/// The name and the fields of an event, of which the text begins with the arguments.
fn event_of(text: &str, path: &Path) -> (String, BTreeSet<String>) {
    let mut name = None;
    let mut fields = BTreeSet::new();
    for argument in arguments(text) {
        if argument.starts_with('"') {
            let name = name.unwrap_or_else(|| panic!("{}: {argument} has no name", path.display()));
            return (name, fields);
        }
        let (field, value) = argument.split_once('=').unwrap_or((&argument, ""));
        if field.trim() == "event" {
            name = Some(value.trim().trim_matches('"').to_owned());
        } else {
            fields.insert(field.trim().trim_start_matches(['%', '?']).to_owned());
        }
    }
    panic!("{}: an event without a text, after {fields:?}", path.display())
}

/// The arguments of a call, up to its end.
fn arguments(text: &str) -> Vec<String> {
    let (mut depth, mut quoted, mut escaped) = (0, false, false);
    let mut found = vec![String::new()];
    for character in text.chars() {
        match character {
            '"' if !escaped => quoted = !quoted,
            '(' | '[' | '{' if !quoted => depth += 1,
            ')' if !quoted && depth == 0 => break,
            ')' | ']' | '}' if !quoted => depth -= 1,
            ',' if !quoted && depth == 0 => {
                found.push(String::new());
                continue;
            }
            _ => {}
        }
        escaped = character == '\\' && !escaped;
        found.last_mut().unwrap().push(character);
    }
    found.iter().map(|argument| argument.trim().to_owned()).filter(|a| !a.is_empty()).collect()
}

/// The rows of the tables: name, level, fields, when.
fn documented_events() -> Events {
    let page = fs::read_to_string("docs/operations/logs.md").unwrap();
    let rows = page.lines().filter_map(|line| line.strip_prefix("| `"));
    rows.map(|row| {
        let cells: Vec<_> = row.split(" | ").collect();
        let [name, level, fields, when] = cells.as_slice() else { panic!("{row}") };
        assert!(when.len() > 10, "{row}: when?");
        let fields = fields.split('`').skip(1).step_by(2).map(str::to_owned).collect();
        let event = Event { level: (*level).to_owned(), fields };
        (name.trim_end_matches('`').to_owned(), event)
    })
    .collect()
}

/// Words between quotation marks such as `client.added`.
fn acts_in(source: &str) -> Vec<String> {
    let is_word = |word: &str| {
        !word.is_empty() && word.bytes().all(|byte| byte.is_ascii_lowercase() || byte == b'_')
    };
    let is_act = |text: &&str| {
        let parts: Vec<_> = text.split('.').collect();
        matches!(parts.as_slice(), [noun, verb] if is_word(noun) && is_word(verb))
    };
    let is_setting = |text: &&str| KEYS.iter().any(|key| key.path == *text);
    let texts = source.split('"').skip(1).step_by(2);
    texts.filter(|text| is_act(text) && !is_setting(text)).map(str::to_owned).collect()
}
