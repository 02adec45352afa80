//! The form of a query: words parted by spaces, whatever they are about.
//!
//! A word is `key:value`, `key:a,b` or free text, with a `-` in front for not. A value in double
//! quotes may hold spaces and commas; there, `\"` and `\\` stand for a quote and a backslash.

use super::fault::QueryFault;

/// The most characters of a query.
const LONGEST: usize = 4000;

/// The most words of a query, and the most values of a word.
const MOST: usize = 100;

/// One word of a query.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Word {
    /// Whether what matches is not meant.
    pub(super) negated: bool,
    /// What stands before the colon, and where it begins; `None` for free text.
    pub(super) key: Option<(String, usize)>,
    /// What stands behind it: one or several, either of which may be the case.
    pub(super) values: Vec<Value>,
}

/// One value.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Value {
    /// What it says, without quotes.
    pub(super) text: String,
    /// Whether it stood in quotes, and so means itself.
    pub(super) quoted: bool,
    /// The number of its first character, from 1.
    pub(super) position: usize,
}

/// Parts a query into its words, and says everything that is wrong with its form.
pub(super) fn split(text: &str) -> (Vec<Word>, Vec<QueryFault>) {
    let mut reader = Reader { rest: text.chars().collect(), at: 0, faults: Vec::new() };
    let mut words = Vec::new();
    if reader.rest.len() > LONGEST {
        let remedy = format!("write at most {LONGEST} characters");
        return (words, vec![QueryFault::new(("the query", 1), "is too long", remedy)]);
    }
    while reader.skip_spaces() {
        if let Some(word) = reader.word() {
            words.push(word);
        }
    }
    if let Some(word) = words.get(MOST) {
        let position = word.values.first().map_or(1, |value| value.position);
        let problem = format!("is one word more than the {MOST} that a query may have");
        reader.fault(position, "this", problem, "leave some out");
    }
    (words, reader.faults)
}

/// `text` as a value that reads back as itself. A leading `-` is one, and a colon is one where no
/// key stands before it.
pub(super) fn quoted(text: &str, is_free: bool) -> String {
    let is_plain = |c: char| !c.is_whitespace() && !matches!(c, '"' | '\\');
    let is_free_plain = |c: char| c != ':';
    let is_keyed_plain = |c: char| c != ',';
    let is_name = is_free && text.starts_with("tok_");
    let begins_plainly = !text.starts_with(['-', '<', '>']) && !text.is_empty() && !is_name;
    let inside =
        if is_free { text.chars().all(is_free_plain) } else { text.chars().all(is_keyed_plain) };
    if begins_plainly && inside && text.chars().all(is_plain) {
        return text.to_owned();
    }
    format!("\"{}\"", text.replace('\\', "\\\\").replace('"', "\\\""))
}

struct Reader {
    rest: Vec<char>,
    at: usize,
    faults: Vec<QueryFault>,
}

impl Reader {
    /// Goes on to the next word. Returns whether there is one.
    fn skip_spaces(&mut self) -> bool {
        while self.peek().is_some_and(char::is_whitespace) {
            self.at += 1;
        }
        self.peek().is_some()
    }

    fn peek(&self) -> Option<char> {
        self.rest.get(self.at).copied()
    }

    /// Reads a word; `None` if its form is wrong, which is noted.
    fn word(&mut self) -> Option<Word> {
        let negated = self.peek() == Some('-');
        let start = self.at + usize::from(negated);
        self.at = start;
        match self.peek() {
            None | Some(' ') => {
                self.fault(
                    start,
                    "-",
                    "excludes nothing",
                    "write what is not meant right after it",
                );
                return None;
            }
            Some('"') => {}
            Some(_) => {
                let length = self.rest[start..].iter().take_while(|c| is_head(**c)).count();
                if self.rest.get(start + length) == Some(&':') {
                    self.at = start + length + 1;
                    let key: String = self.rest[start..start + length].iter().collect();
                    return self.keyed(negated, (key, start + 1));
                }
            }
        }
        let value = self.value(true)?;
        Some(Word { negated, key: None, values: vec![value] })
    }

    /// Reads the values behind a key.
    fn keyed(&mut self, negated: bool, key: (String, usize)) -> Option<Word> {
        let mut values = Vec::new();
        let mut is_sound = true;
        loop {
            match self.value(false) {
                Some(value) => values.push(value),
                None => is_sound = false,
            }
            if self.peek() != Some(',') {
                break;
            }
            self.at += 1;
        }
        if values.len() > MOST {
            let problem = format!("has more than {MOST} values");
            self.fault(key.1, &key.0, problem, "leave some out");
            is_sound = false;
        }
        is_sound.then_some(Word { negated, key: Some(key), values })
    }

    /// Reads one value, up to a space or, unless it is free text, a comma.
    fn value(&mut self, is_free: bool) -> Option<Value> {
        let start = self.at;
        let quoted = self.peek() == Some('"');
        let text = if quoted { self.inside_quotes()? } else { self.plain(is_free)? };
        if let Some(control) = text.chars().find(|c| c.is_control()) {
            let problem = format!("holds the control character {control:?}");
            self.fault(start + 1, "this value", problem, "leave it out");
            return None;
        }
        if text.is_empty() {
            let remedy = "write a value, or leave out the key and the comma before it";
            self.fault(start + 1, "this value", "is empty", remedy);
            return None;
        }
        Some(Value { text, quoted, position: start + 1 })
    }

    fn plain(&mut self, is_free: bool) -> Option<String> {
        let start = self.at;
        let ends = |c: char| c.is_whitespace() || (!is_free && c == ',');
        while self.peek().is_some_and(|c| !ends(c)) {
            self.at += 1;
        }
        let text: String = self.rest[start..self.at].iter().collect();
        if text.contains(['"', '\\']) {
            let remedy =
                r#"put all of the value in quotes, and write \" and \\ for these two in it"#;
            self.fault(start + 1, &text, "holds a quote or backslash", remedy);
            return None;
        }
        Some(text)
    }

    fn inside_quotes(&mut self) -> Option<String> {
        let start = self.at;
        self.at += 1;
        let mut text = String::new();
        loop {
            let next = self.peek();
            self.at += 1;
            match next {
                Some('"') => break,
                Some('\\') if matches!(self.peek(), Some('"' | '\\')) => {
                    text.extend(self.peek());
                    self.at += 1;
                }
                Some(other) => text.push(other),
                None => {
                    self.at = self.rest.len();
                    self.fault(start + 1, "\"", "is never closed", "write another \" at the end");
                    return None;
                }
            }
        }
        if self.peek().is_some_and(|c| !c.is_whitespace() && c != ',') {
            let position = self.at + 1;
            while self.peek().is_some_and(|c| !c.is_whitespace()) {
                self.at += 1;
            }
            self.fault(position, "what follows a quote", "is not parted from it", "write a space");
            return None;
        }
        Some(text)
    }

    fn fault(&mut self, position: usize, what: &str, problem: impl Into<String>, remedy: &str) {
        self.faults.push(QueryFault::new((what, position.max(1)), problem, remedy));
    }
}

/// Whether a character may stand before the colon of a key; what is no key is said later.
fn is_head(c: char) -> bool {
    !c.is_whitespace() && !c.is_control() && !matches!(c, ':' | '"')
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn value(text: &str, quoted: bool, position: usize) -> Value {
        Value { text: text.to_owned(), quoted, position }
    }

    #[test]
    fn words_have_keys_values_and_positions() {
        let (words, faults) = split(r#" client:a,"b, c"  -weber "x \"y\\""#);

        assert_eq!(faults, []);
        assert_eq!(words[0].key, Some(("client".to_owned(), 2)));
        assert_eq!(words[0].values, [value("a", false, 9), value("b, c", true, 11)]);
        assert_eq!((words[1].negated, &words[1].key), (true, &None));
        assert_eq!(words[2].values, [value(r#"x "y\"#, true, 26)]);
    }

    #[test]
    fn every_fault_of_form_is_told_with_its_place() {
        for (text, position, problem) in [
            ("-", 1, "excludes nothing"),
            ("a - b", 3, "excludes nothing"),
            ("client:", 8, "is empty"),
            ("client:a,,b", 10, "is empty"),
            (r#"client:"""#, 8, "is empty"),
            (r#"x client:"a b"#, 10, "is never closed"),
            (r#"a"b"#, 1, "holds a quote or backslash"),
            (r#""a"b c"#, 4, "is not parted from it"),
            ("a\u{0}b", 1, "holds the control character '\\0'"),
        ] {
            let (_, faults) = split(text);

            assert_eq!(faults.len(), 1, "{text}: {faults:?}");
            assert_eq!(
                (faults[0].position, faults[0].problem.as_str()),
                (position, problem),
                "{text}"
            );
        }
        let (_, all) = split(r#"client: - "x"#);
        assert_eq!(all.len(), 3);
    }

    #[test]
    fn what_is_too_much_is_refused() {
        assert_eq!(split(&"a".repeat(LONGEST + 1)).1.len(), 1);
        assert_eq!(split(&"a ".repeat(MOST)).1.len(), 0);
        assert_eq!(split(&"a ".repeat(MOST + 1)).1.len(), 1);
        assert_eq!(split(&format!("k:{}b", "a,".repeat(MOST))).1.len(), 1);
    }

    proptest! {
        #[test]
        fn no_text_panics_and_every_position_is_in_it(text in any::<String>()) {
            let (_, faults) = split(&text);

            let length = text.chars().count();
            prop_assert!(faults.iter().all(|fault| (1..=length + 1).contains(&fault.position)));
        }

        #[test]
        fn what_is_quoted_reads_back(text in "[^\\p{Cc}]{1,20}", is_free: bool) {
            let key = if is_free { "" } else { "k:" };

            let (words, faults) = split(&format!("{key}{}", quoted(&text, is_free)));

            prop_assert_eq!(faults, vec![]);
            prop_assert_eq!(&words[0].values[0].text, &text);
            prop_assert!(words.len() == 1 && words[0].values.len() == 1 && !words[0].negated);
        }
    }
}
