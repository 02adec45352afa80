//! Numbers as people read them.

/// The units of size and their bytes, largest first.
const SIZES: &[(&str, i64)] =
    &[("TB", 1_000_000_000_000), ("GB", 1_000_000_000), ("MB", 1_000_000), ("kB", 1000)];

/// A number with its thousands parted: `31,118`.
pub(super) fn grouped(number: i64) -> String {
    let digits = number.unsigned_abs().to_string();
    let mut text = String::new();
    for (place, digit) in digits.chars().enumerate() {
        if place > 0 && (digits.len() - place).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    if number < 0 { format!("-{text}") } else { text }
}

/// A number of bytes with one decimal of its unit: `12.4 MB`.
pub(super) fn size(bytes: i64) -> String {
    match SIZES.iter().find(|(_, unit)| bytes >= *unit) {
        Some((name, unit)) => format!("{}.{} {name}", bytes / unit, bytes % unit * 10 / unit),
        None => format!("{bytes} bytes"),
    }
}

/// A number and what it counts: `1 token`, `14 tokens`.
pub(super) fn counted(number: i64, one: &str) -> String {
    let plural = if number == 1 { "" } else { "s" };
    format!("{} {one}{plural}", grouped(number))
}

/// So many entries: `1 entry`, `14 entries`.
pub(super) fn counted_entries(number: i64) -> String {
    format!("{} {}", grouped(number), if number == 1 { "entry" } else { "entries" })
}

/// How many tokens are live, where the count may have stopped at `limit` or not come to an end.
pub(super) fn live_tokens(live: Option<i64>, limit: i64) -> String {
    match live {
        Some(number) if number > limit => format!("more than {} live tokens", grouped(limit)),
        Some(number) => counted(number, "live token"),
        None => "live tokens (too many to count in time)".to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_count_that_stopped_says_so() {
        assert_eq!(live_tokens(Some(10), 10), "10 live tokens");
        assert_eq!(live_tokens(Some(11), 10), "more than 10 live tokens");
        assert_eq!(live_tokens(None, 10), "live tokens (too many to count in time)");
    }

    #[test]
    fn thousands_are_parted() {
        let numbers = [0, 999, 1000, 31_118, 1_234_567, -1000];

        assert_eq!(numbers.map(grouped), ["0", "999", "1,000", "31,118", "1,234,567", "-1,000"]);
    }

    #[test]
    fn sizes_have_one_decimal() {
        assert_eq!([999, 1000, 12_480_000].map(size), ["999 bytes", "1.0 kB", "12.4 MB"]);
    }

    #[test]
    fn one_is_one_and_all_else_is_many() {
        assert_eq!([0, 1, 2].map(|n| counted(n, "row")), ["0 rows", "1 row", "2 rows"]);
    }
}
