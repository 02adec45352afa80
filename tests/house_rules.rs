//! Which room may look into which. The table is the architecture; see docs/architecture.md.

#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::{fs, path::Path};

/// A room, and the rooms it may import, from the top of the house to its ground.
const ROOMS: &[(&str, &[&str])] = &[
    (
        "cli",
        &[
            "acts",
            "app",
            "client_auth",
            "config",
            "error",
            "hashing",
            "jobs",
            "model",
            "server",
            "store",
            "tokens",
        ],
    ),
    ("server", &["app", "client_auth", "endpoints", "error", "model", "pages"]),
    ("endpoints", &["app", "client_auth", "error", "grants", "model", "store", "tokens"]),
    ("pages", &["acts", "app", "client_auth", "error", "model", "tokens", "words"]),
    ("jobs", &["acts", "app", "error", "model", "store", "tokens"]),
    (
        "acts",
        &[
            "app", "config", "error", "grants", "hashing", "mail", "model", "store", "tokens",
            "words",
        ],
    ),
    ("client_auth", &["app", "error", "hashing", "model", "store", "tokens"]),
    ("grants", &["error", "model", "store", "tokens"]),
    ("app", &["config", "hashing", "mail", "model", "store", "tokens"]),
    ("error", &["hashing", "model", "store", "tokens"]),
    ("tokens", &["model", "store"]),
    ("store", &["model"]),
    ("config", &["model"]),
    ("hashing", &["model"]),
    ("validation", &["model", "store", "tokens"]),
    ("mail", &["config", "model"]),
    ("words", &[]),
    ("model", &[]),
];

/// Something that only some rooms may name, and which those are.
const TOOLS: &[(&str, &[&str])] = &[
    ("axum::", &["cli", "server", "endpoints", "pages", "client_auth", "error", "words"]),
    ("sqlx::", &["store", "model"]),
    ("SELECT ", &["store"]),
    ("INSERT INTO", &["store"]),
    ("UPDATE ", &["store"]),
    ("DELETE FROM", &["store"]),
    ("argon2::", &["hashing"]),
    ("clap::", &["cli"]),
    ("lettre::", &["mail"]),
    ("askama::", &["pages", "words"]),
    ("SystemTime", &[]),
    ("OffsetDateTime::now", &[]),
    ("rand::fill", &["model"]),
];

/// Rooms that hold no thing in particular.
const NO_SUCH_ROOMS: &[&str] = &["utils", "util", "helpers", "helper", "common", "misc", "shared"];

/// Files that may name an engine; everybody else writes SQL for both.
const ENGINE_FILES: &[&str] = &[
    "src/store/mod.rs",
    "src/store/engine.rs",
    "src/store/batch.rs",
    "src/store/database.rs",
    "src/store/entry_reader.rs",
    "src/store/entry_reader/postgres.rs",
    "src/store/feed/hear.rs",
    "src/store/hosts/lend.rs",
    "src/store/hosts/mod.rs",
    "src/store/migrate.rs",
    "src/store/moving/carry.rs",
    "src/store/moving/link.rs",
    "src/store/open.rs",
    "src/store/instance.rs",
];

/// The longest file, in lines.
const LONGEST: usize = 300;

#[test]
fn no_room_looks_where_it_should_not() {
    for (room, allowed) in ROOMS {
        for (path, source) in sources(room) {
            for (other, _) in ROOMS {
                let looks = looks_into(&source, other);
                assert!(
                    !looks || other == room || allowed.contains(other),
                    "{path} looks into {other}"
                );
            }
        }
    }
}

#[test]
fn every_room_stands_in_the_table() {
    for entry in fs::read_dir("src").unwrap() {
        let name = entry.unwrap().file_name().into_string().unwrap();
        let room = name.trim_end_matches(".rs");
        let known = ROOMS.iter().any(|(known, _)| *known == room);
        assert!(known || ["lib", "main"].contains(&room), "src/{name} is no room of the table");
    }
}

#[test]
fn every_room_keeps_its_own_tools() {
    for (tool, owners) in TOOLS {
        for (room, _) in ROOMS.iter().filter(|(room, _)| !owners.contains(room)) {
            for (path, source) in sources(room) {
                let code = code_of(&source);
                assert!(!code.contains(tool), "{path} reaches for {tool}");
            }
        }
    }
}

#[test]
fn engines_are_named_at_the_seam_only() {
    for (path, source) in sources("store") {
        if ENGINE_FILES.contains(&path.as_str()) {
            continue;
        }
        let code = code_of(&source);
        for engine in ["Sqlite", "Postgres", "PgPool"] {
            assert!(!code.contains(engine), "{path} names {engine}");
        }
    }
}

#[test]
fn sqlx_stands_in_the_model_only_inside_derives() {
    for (path, source) in sources("model") {
        for line in code_of(&source).lines().filter(|line| line.contains("sqlx")) {
            let line = line.trim();
            assert!(
                line.starts_with("#[") || line.starts_with("#![") || line == "sqlx(transparent)",
                "{path}: {line}"
            );
        }
    }
}

#[test]
fn there_are_no_rooms_for_odds_and_ends() {
    for (path, _) in ROOMS.iter().flat_map(|(room, _)| sources(room)) {
        for name in NO_SUCH_ROOMS {
            let (file, folder) = (format!("/{name}.rs"), format!("/{name}/"));
            assert!(!path.contains(&file) && !path.contains(&folder), "{path}");
        }
    }
}

#[test]
fn no_file_is_longer_than_one_sitting() {
    for (path, source) in ROOMS.iter().flat_map(|(room, _)| sources(room)) {
        let lines = source.lines().count();
        assert!(lines <= LONGEST, "{path} has {lines} lines and asks to be split");
    }
}

#[test]
fn nothing_is_kept_in_a_global() {
    for (path, source) in ROOMS.iter().flat_map(|(room, _)| sources(room)) {
        let code = code_of(&source);
        for global in ["static mut", "OnceCell", "OnceLock", "thread_local!", "lazy_static"] {
            assert!(!code.contains(global), "{path} keeps a {global}");
        }
    }
}

/// Whether the code imports from `room` or names something in it.
fn looks_into(source: &str, room: &str) -> bool {
    let named = format!("crate::{room}");
    let is_whole = |rest: &str| !rest.starts_with(|c: char| c.is_alphanumeric() || c == '_');
    let named = source.match_indices(&named).any(|(at, _)| is_whole(&source[at + named.len()..]));
    named || imports(source).iter().any(|import| import == room)
}

/// The first names inside `use crate::{…}`, on one line or several.
fn imports(source: &str) -> Vec<String> {
    let mut found = Vec::new();
    for rest in source.split("use crate::{").skip(1) {
        let mut depth = 0_i32;
        let mut name = String::new();
        for character in rest.chars() {
            match character {
                '{' => depth += 1,
                '}' if depth == 0 => break,
                '}' => depth -= 1,
                ',' if depth == 0 => found.push(std::mem::take(&mut name)),
                _ if depth == 0 => name.push(character),
                _ => {}
            }
        }
        found.push(name);
    }
    found.iter().filter_map(|name| name.trim().split("::").next()).map(str::to_owned).collect()
}

/// The source without its comments and its tests.
fn code_of(source: &str) -> String {
    let code = source.split("#[cfg(test)]\nmod tests").next().unwrap_or_default();
    let lines = code.lines().filter(|line| !line.trim_start().starts_with("//"));
    lines.collect::<Vec<_>>().join("\n")
}

fn sources(room: &str) -> Vec<(String, String)> {
    let mut found = Vec::new();
    let file = Path::new("src").join(format!("{room}.rs"));
    if file.exists() {
        found.push((file.display().to_string(), fs::read_to_string(file).unwrap()));
    }
    let mut folders = vec![Path::new("src").join(room)];
    while let Some(folder) = folders.pop() {
        let Ok(entries) = fs::read_dir(folder) else { continue };
        for entry in entries {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else {
                found.push((path.display().to_string(), fs::read_to_string(path).unwrap()));
            }
        }
    }
    found
}

/// The attributes whose values are read out or shown.
const WORDED: &[&str] = &["alt", "aria-label", "label", "placeholder", "title"];

#[test]
fn templates_hold_no_words() {
    for (path, template) in files_below(Path::new("templates")) {
        let words = words_in(&template);
        assert!(words.is_empty(), "{path} holds words of its own: {words:?}");
    }
}

#[test]
fn every_word_that_a_page_asks_for_is_there_and_every_other_is_not() {
    let (_, catalogue) = files_below(Path::new("locales")).remove(0);
    let keys = keys_of(&catalogue);
    let rooms: Vec<_> = keys.iter().filter_map(|key| key.split('-').next()).collect();
    let code = sources("pages").into_iter().map(|(path, source)| (path, code_of(&source)));
    let askers: Vec<_> = files_below(Path::new("templates")).into_iter().chain(code).collect();

    for (path, text) in &askers {
        for key in asked_in(text) {
            assert!(keys.contains(&key), "{path} asks for {key}");
        }
        // Keys that are chosen somewhere else than where they are asked for.
        let is_rust = Path::new(&path).extension().is_some_and(|it| it == "rs");
        for literal in literals_in(text).filter(|it| is_rust && it.contains('-') && is_key(it)) {
            let is_of_a_room = rooms.contains(&literal.split('-').next().unwrap_or_default());
            let is_there = keys.iter().any(|key| key == literal);
            assert!(!is_of_a_room || is_there, "{path} may ask for {literal}");
        }
    }
    // Letters that deeds send have their words there, too.
    let deeds = sources("acts");
    for key in &keys {
        let quoted = format!("\"{key}\"");
        let is_asked = askers.iter().chain(&deeds).any(|(_, text)| text.contains(&quoted));
        let is_part = catalogue.contains(&format!("{{ {key} }}"));
        assert!(is_asked || is_part, "nobody asks for {key}");
    }
}

/// The keys of a catalogue, in its order.
fn keys_of(catalogue: &str) -> Vec<String> {
    let lines = catalogue.lines().filter(|line| line.starts_with(|c: char| c.is_ascii_lowercase()));
    lines.filter_map(|line| line.split_once(" =")).map(|(key, _)| key.to_owned()).collect()
}

/// The keys that are asked for on the spot.
fn asked_in(text: &str) -> Vec<String> {
    let calls = ["text", "with", "html", "fill", "fill_html", "count", "numbers", "mixed"];
    let starts = calls.iter().map(|call| format!("words.{call}(\""));
    let asked = starts.flat_map(|start| {
        let found = text.split(&start).skip(1).filter_map(|rest| rest.split('"').next());
        found.map(str::to_owned).collect::<Vec<_>>()
    });
    asked.collect()
}

fn literals_in(text: &str) -> impl Iterator<Item = &str> {
    text.split('"')
}

fn is_key(text: &str) -> bool {
    text.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-')
        && text.starts_with(|c: char| c.is_ascii_lowercase())
}

/// What a template says by itself: in its text, or in attributes that people meet.
fn words_in(template: &str) -> Vec<String> {
    let mut html = template.to_owned();
    for (start, end) in [("{#", "#}"), ("{%", "%}"), ("{{", "}}")] {
        html = without(&html, start, end);
    }
    let mut found = Vec::new();
    let mut rest = html.as_str();
    let mut is_code = false;
    while let Some((text, after)) = rest.split_once('<') {
        // Code is the same in all languages.
        if !is_code {
            found.push(text.trim().to_owned());
        }
        is_code = after.starts_with("code>");
        let Some((tag, after)) = after.split_once('>') else { break };
        for name in WORDED {
            let start = format!(" {name}=\"");
            let values = tag.split(&start).skip(1);
            found.extend(values.filter_map(|value| value.split('"').next()).map(str::to_owned));
        }
        rest = after;
    }
    found.push(rest.trim().to_owned());
    // A block may hold attributes of the layout's element.
    found.retain(|text| text.chars().any(char::is_alphanumeric) && !text.starts_with("class="));
    found
}

/// A text without all that stands between these two.
fn without(text: &str, start: &str, end: &str) -> String {
    let mut parts = text.split(start);
    let first = parts.next().unwrap_or_default().to_owned();
    parts.fold(first, |kept, part| kept + part.split_once(end).map_or("", |(_, rest)| rest))
}

fn files_below(folder: &Path) -> Vec<(String, String)> {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            found.extend(files_below(&path));
        } else {
            found.push((path.display().to_string(), fs::read_to_string(path).unwrap()));
        }
    }
    found
}

#[test]
fn the_reader_of_templates_sees_what_it_should() {
    let template = r##"{% if a > b %}<a href="#main" title="Go">{{ x.text("y") }} · </a>{% endif %}
        <input placeholder="{{ z }}" value="allow">Now<b>{# a note #}</b>"##;

    assert_eq!(words_in(template), ["Go", "Now"]);
    assert_eq!(
        keys_of("# a\n## b\none = One\ntwo-x = { $n ->\n    [one] 1\n}\n"),
        ["one", "two-x"]
    );
    assert_eq!(asked_in(r#"words.text("a") words.count("b", 1)"#), ["a", "b"]);
}

#[test]
fn the_checker_itself_sees_what_it_should() {
    let source = "use crate::{\n    model::{client::Client, secret::Secret},\n    store,\n};\n";

    assert!(looks_into(source, "model") && looks_into(source, "store"));
    assert!(!looks_into(source, "client") && !looks_into(source, "tokens"));
    assert!(looks_into("crate::tokens::issue()", "tokens"));
    assert!(!looks_into("crate::model_x", "model"));
}
