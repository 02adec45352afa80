//! What is read of YAML, and what is not.

use super::*;

fn entries(text: &str) -> Vec<Entry> {
    match read(text).unwrap().value {
        Value::Map(entries) => entries,
        other => panic!("{other:?}"),
    }
}

fn refused(text: &str) -> (usize, String) {
    let (line, wrong) = read(text).unwrap_err();
    (line, wrong.problem)
}

#[test]
fn every_key_knows_its_line() {
    let read = entries("# a\nversion: 2.0.0\n\nserver:\n  port: 8080\n  host: \"::1\"\n");

    assert_eq!((read[0].key.as_str(), read[0].line), ("version", 2));
    assert!(matches!(&read[0].node.value, Value::Text(text) if text == "2.0.0"));
    let Value::Map(server) = &read[1].node.value else { panic!() };
    assert_eq!((server[1].key.as_str(), server[1].line), ("host", 6));
    assert!(matches!(&server[0].node.value, Value::Number(text) if text == "8080"));
}

#[test]
fn plain_words_are_what_yaml_says_and_quoted_ones_are_text() {
    let read = entries("a: true\nb: 'true'\nc: ~\nd: 0x1F\ne: no\nf: 1e3\ng: 1.2.3\nh: inf\n");

    let kinds: Vec<_> = read.iter().map(|entry| entry.node.value.kind()).collect();

    let expected =
        ["true or false", "text", "nothing", "a number", "text", "a number", "text", "text"];
    assert_eq!(kinds, expected);
}

#[test]
fn what_could_be_taken_two_ways_is_refused() {
    for (text, line, problem) in [
        ("a: 1\nb: 2\na: 3", 3, "has a twice in one section, first at line 1"),
        ("a: 1\n---\nb: 2", 2, "holds a second document"),
        ("a: !!str 5", 1, "has a tag (!)"),
        ("[a]: 1", 1, "has a key that is no text"),
    ] {
        assert_eq!(refused(text), (line, problem.to_owned()), "{text}");
    }
    assert!(refused("a: [1").1.starts_with("is not YAML: "));
}

#[test]
fn what_is_written_out_counts_for_no_alias_however_much_it_is() {
    let long = format!("a: [[[[[{}]]]]]\nb: &b [1]\nc: *b\n", "1, ".repeat(MOST));
    assert_eq!(entries(&long).len(), 3);

    let aliases = format!("a: &a [1]\nb: [{}]\n", "*a, ".repeat(MOST / 2 + 1));
    assert!(refused(&aliases).1.starts_with("stands for more than"));
    let texts = format!("a: &a {}\nb: [{}]\n", "x".repeat(MOST), "*a, ".repeat(40));
    assert!(refused(&texts).1.starts_with("stands for more than"));
}

#[test]
fn an_alias_stands_for_what_it_names_and_no_bomb_goes_off() {
    let read = entries("a: &x [1, 2]\nb: *x\n");
    assert!(matches!(&read[1].node.value, Value::List(items) if items.len() == 2));

    let mut bomb = "a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n".to_owned();
    for level in 1..10 {
        let below = format!("*a{}, ", level - 1).repeat(10);
        bomb.extend(["a", &level.to_string(), ": &a", &level.to_string(), " [", &below, "]\n"]);
    }
    assert!(refused(&bomb).1.starts_with("stands for more than"));
    assert_eq!(refused(&"[".repeat(40)).1, "nests deeper than 32 levels");
    assert!(refused(&"[".repeat(100_000)).1.starts_with("is not YAML: "));
}
