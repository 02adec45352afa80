//! Commands that somebody is shown, to copy them into a terminal.

/// `text` as one word of a command, whatever stands in it: a shell takes it as it is.
#[must_use]
pub fn word(text: &str) -> String {
    format!("'{}'", text.replace('\'', r"'\''"))
}

#[cfg(test)]
mod tests {
    use super::word;

    #[test]
    fn a_word_stays_one() {
        assert_eq!(word("Jonas Weber"), "'Jonas Weber'");
        assert_eq!(word("a'; reboot; '"), r"'a'\''; reboot; '\'''");
        assert_eq!(word("$(id) `id` \\"), r"'$(id) `id` \'");
    }
}
