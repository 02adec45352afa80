//! Guesses what a misspelt word was meant to be.

/// The candidate that is fewest edits away from `word`, if any is near enough to be what was
/// meant: a third of the word, but at least two letters.
#[must_use]
pub fn nearest<'a>(word: &str, candidates: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let near = (word.chars().count() / 3).max(2);
    candidates
        .into_iter()
        .map(|candidate| (distance(word, candidate), candidate))
        .filter(|(edits, _)| *edits <= near)
        .min_by_key(|(edits, _)| *edits)
        .map(|(_, candidate)| candidate)
}

/// How many letters must be added, removed or replaced to make `b` of `a` (Levenshtein).
fn distance(a: &str, b: &str) -> usize {
    let b: Vec<char> = b.chars().collect();
    let mut row: Vec<usize> = (0..=b.len()).collect();
    for (line, a_letter) in a.chars().enumerate() {
        let mut diagonal = row[0];
        row[0] = line + 1;
        for (column, b_letter) in b.iter().enumerate() {
            let replaced = diagonal + usize::from(a_letter != *b_letter);
            diagonal = row[column + 1];
            row[column + 1] = replaced.min(diagonal + 1).min(row[column] + 1);
        }
    }
    row[b.len()]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn distance_counts_added_removed_and_replaced_letters() {
        assert_eq!(distance("", ""), 0);
        assert_eq!(distance("", "abc"), 3);
        assert_eq!(distance("listen", "lissten"), 1);
        assert_eq!(distance("kitten", "sitting"), 3);
    }

    #[test]
    fn the_nearest_word_is_guessed_unless_all_are_far() {
        let words = ["server.listen", "server.issuer", "store.url"];

        assert_eq!(nearest("server.lissten", words), Some("server.listen"));
        assert_eq!(nearest("stor.ulr", words), None);
        assert_eq!(nearest("store.ulr", words), Some("store.url"));
        assert_eq!(nearest("jwt.audience", words), None);
    }
}
