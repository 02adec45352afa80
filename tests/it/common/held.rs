//! Tables that say which test holds what is demanded of the server.

use std::{fs, ops::RangeInclusive};

/// What is demanded: its number, what it says in a few words, and the tests that hold it, each by
/// its file and its name: `sign_in::a_get_signs_nobody_out`. Files are those of `tests/it`, or stand
/// with their whole path.
pub type Held = (u8, &'static str, &'static [&'static str]);

/// What of a demand cannot be held, and why.
pub type NotYet = (u8, &'static str);

/// Every number stands in one of the tables, and every test is there.
pub fn assert_held(numbers: RangeInclusive<u8>, held: &[Held], not_yet: &[NotYet]) {
    for number in numbers {
        let is_held = held.iter().any(|(known, _, tests)| *known == number && !tests.is_empty());
        let is_excused = not_yet.iter().any(|(known, why)| *known == number && !why.is_empty());
        assert!(is_held || is_excused, "nothing is said of {number}");
    }
    for (number, _, tests) in held {
        for test in *tests {
            assert!(is_there(test), "{number}: there is no test {test}");
        }
    }
}

fn is_there(test: &str) -> bool {
    let Some((file, name)) = test.rsplit_once("::") else { return false };
    let folder = if file.contains("src/") || file.starts_with("tests/") { "" } else { "tests/it/" };
    let source = fs::read_to_string(format!("{folder}{file}.rs")).unwrap_or_default();
    source.contains(&format!("fn {name}("))
}

#[test]
fn a_test_that_is_not_there_is_noticed() {
    assert!(is_there("common/held::a_test_that_is_not_there_is_noticed"));
    assert!(!is_there("common/held::another"));
    assert!(!is_there("nowhere::a_test_that_is_not_there_is_noticed"));
}
