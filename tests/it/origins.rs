//! What the systems promise whose ways Tessera takes up, line by line: one module for each, whose
//! tests are named by the number of the line they hold (`b07_…`). A line that has no test says why
//! at the head of its module: `//! - b07 not applicable: …`.

mod auth_o_tron_jwt;
mod auth_o_tron_store;
mod openiddict;
mod prius;
mod snippets;
mod wso2;

pub(crate) use snippets::assert_sound;

use std::{collections::BTreeSet, fs, path::Path};

/// Each module, and how many numbered lines it has to hold.
const ORIGINS: &[(&str, u8)] = &[
    ("auth_o_tron_jwt", 14),
    ("auth_o_tron_store", 27),
    ("openiddict", 28),
    ("prius", 20),
    ("wso2", 17),
];

#[test]
fn every_line_of_every_origin_is_held_or_says_why_not() {
    let mut astray = Vec::new();
    for (origin, count) in ORIGINS {
        let text = sources(origin);
        let (tested, excused) = (numbers(&text, "fn b"), numbers(&text, "//! - b"));
        for number in 1..=*count {
            let found = [tested.contains(&number), excused.contains(&number)];
            if found[0] == found[1] {
                astray.push(format!("{origin} {number}: tested, excused: {found:?}"));
            }
        }
        let beyond = tested.union(&excused).filter(|number| !(1..=*count).contains(*number));
        astray.extend(beyond.map(|number| format!("{origin} has no line {number}")));
    }
    assert!(astray.is_empty(), "{}", astray.join("\n"));
}

#[test]
fn an_excuse_says_why() {
    for (origin, _) in ORIGINS {
        for line in sources(origin).lines().filter(|line| line.starts_with("//! - b")) {
            let reason = line.split_once(" not applicable: ").map(|(_, reason)| reason);
            assert!(reason.is_some_and(|reason| reason.len() > 20), "{origin}: {line}");
        }
    }
}

/// The module, and the files below it.
fn sources(origin: &str) -> String {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/it/origins");
    let mut text = fs::read_to_string(folder.join(format!("{origin}.rs"))).unwrap();
    for file in fs::read_dir(folder.join(origin)).into_iter().flatten() {
        text.push_str(&fs::read_to_string(file.unwrap().path()).unwrap());
    }
    text
}

/// The numbers that stand behind `before`, each of two digits.
fn numbers(text: &str, before: &str) -> BTreeSet<u8> {
    let behind = text.lines().filter_map(|line| line.split_once(before));
    behind.filter_map(|(_, rest)| rest.get(..2)?.parse().ok()).collect()
}
