//! Lists of words without spaces, written with one space between them.

use std::fmt;

/// A list whose items hold no space, in the order given, each once.
///
/// The form in which OAuth writes lists, and in which our text columns keep them.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct SpaceDelimited(Vec<String>);

impl SpaceDelimited {
    /// Reads a list. Any number of spaces parts two items; repeated items count once.
    #[must_use]
    pub fn parse(text: &str) -> Self {
        text.split(' ').filter(|item| !item.is_empty()).map(str::to_owned).collect()
    }

    /// Whether `item` is in the list, byte for byte.
    #[must_use]
    pub fn contains(&self, item: &str) -> bool {
        self.0.iter().any(|known| known == item)
    }

    /// The items.
    pub fn iter(&self) -> impl Iterator<Item = &str> {
        self.0.iter().map(String::as_str)
    }

    /// Whether there are none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// How many there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// Whether one item is in both lists.
    #[must_use]
    pub fn meets(&self, other: &Self) -> bool {
        self.iter().any(|item| other.contains(item))
    }
}

impl FromIterator<String> for SpaceDelimited {
    fn from_iter<I: IntoIterator<Item = String>>(items: I) -> Self {
        let mut list = Self::default();
        for item in items {
            if !list.contains(&item) {
                list.0.push(item);
            }
        }
        list
    }
}

impl From<String> for SpaceDelimited {
    fn from(text: String) -> Self {
        Self::parse(&text)
    }
}

impl fmt::Display for SpaceDelimited {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0.join(" "))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn spaces_and_repetitions_do_not_count() {
        assert_eq!(SpaceDelimited::parse("  a  b a ").to_string(), "a b");
        assert!(SpaceDelimited::parse("   ").is_empty());
    }
}
