//! Which language somebody is shown, of those that there are.

use axum::http::{HeaderMap, header};

/// The place among `languages` of the first of `tags` that is there, as it is or without its last
/// parts: who asks for `nb-NO` gets `nb` (RFC 4647 §3.4).
pub(super) fn choose(tags: &[&str], languages: &[&str]) -> Option<usize> {
    tags.iter().find_map(|tag| {
        let mut range = *tag;
        loop {
            if let Some(place) = languages.iter().position(|has| has.eq_ignore_ascii_case(range)) {
                return Some(place);
            }
            range = range.rsplit_once('-')?.0;
        }
    })
}

/// The languages that a browser takes, what it likes most first (RFC 9110 §12.5.4).
pub(super) fn accepted(headers: &HeaderMap) -> Vec<&str> {
    let values = headers.get_all(header::ACCEPT_LANGUAGE).iter();
    let ranges = values.filter_map(|value| value.to_str().ok()).flat_map(|value| value.split(','));
    let mut taken: Vec<_> = ranges.filter_map(weighed).collect();
    // Those of one weight stay in their order.
    taken.sort_by(|(one, _), (other, _)| other.total_cmp(one));
    taken.into_iter().map(|(_, tag)| tag).collect()
}

/// A language and how much it is wanted; nothing if it is not.
fn weighed(range: &str) -> Option<(f32, &str)> {
    let (tag, parameters) = range.split_once(';').unwrap_or((range, ""));
    let weight = match parameters.trim().strip_prefix("q=") {
        Some(text) => text.parse().ok()?,
        None => 1.0,
    };
    (weight > 0.0).then(|| (weight, tag.trim()))
}

#[cfg(test)]
mod tests {
    use super::*;

    const LANGUAGES: &[&str] = &["en", "nb", "pt-BR"];

    #[test]
    fn the_first_language_that_there_is_is_chosen() {
        assert_eq!(choose(&["fr", "nb-NO", "en"], LANGUAGES), Some(1));
        assert_eq!(choose(&["pt-br"], LANGUAGES), Some(2));
        assert_eq!(choose(&["pt", "EN-gb"], LANGUAGES), Some(0));
        assert_eq!(choose(&["fr", "", "*"], LANGUAGES), None);
    }

    #[test]
    fn browsers_say_how_much_they_want_a_language() {
        let taken = |text: &'static str| {
            let headers = HeaderMap::from_iter([(header::ACCEPT_LANGUAGE, text.parse().unwrap())]);
            accepted(&headers).into_iter().map(str::to_owned).collect::<Vec<_>>()
        };

        assert_eq!(taken("en;q=0.5, nb, de;q=0.9, fr;q=0"), ["nb", "de", "en"]);
        assert_eq!(taken("nb-NO,nb;q=0.9,*;q=0.1"), ["nb-NO", "nb", "*"]);
        assert!(taken("en;q=a").is_empty());
    }
}
