//! Clients and people as small pictures: initials in a tint.

use crate::model::secret::Sha256;

/// Stands for a client or a person, for the eye alone: the name stands beside it.
pub(super) struct Tile {
    initials: String,
    tint: &'static str,
}

/// The tints of the style sheet.
const TINTS: [&str; 5] = ["t1", "t2", "t3", "t4", "t5"];

impl Tile {
    /// The picture of whoever has this name; the id decides the tint, which so stays when the name
    /// changes.
    pub(super) fn new(name: &str, id: &str) -> Self {
        let words = name.split(|character: char| !character.is_alphanumeric());
        let firsts = words.filter_map(|word| word.chars().next()).take(2);
        let initials = firsts.flat_map(char::to_uppercase).collect();
        let hash = Sha256::of(id.as_bytes());
        let number = hash.as_bytes().first().copied().unwrap_or_default();
        Self { initials, tint: TINTS[usize::from(number) % TINTS.len()] }
    }

    /// One or two letters or digits; nothing for a name without any.
    pub(super) fn initials(&self) -> &str {
        &self.initials
    }

    /// The class of its tint.
    pub(super) fn tint(&self) -> &'static str {
        self.tint
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn initials_are_those_of_the_first_two_words() {
        let initials = |name| Tile::new(name, "id").initials().to_owned();

        assert_eq!(initials("Tide Charts of Bergen"), "TC");
        assert_eq!(initials("grafana"), "G");
        assert_eq!(initials("tomas.okafor@fjordline.example"), "TO");
        assert_eq!(initials("øyvind 李"), "Ø李");
        assert_eq!(initials("…"), "");
    }

    #[test]
    fn the_tint_goes_by_the_id_alone() {
        assert_eq!(Tile::new("One", "id").tint(), Tile::new("Two", "id").tint());
        let ids: Vec<_> = (0..64).map(|id| Tile::new("One", &id.to_string()).tint()).collect();
        assert!(TINTS.iter().all(|tint| ids.contains(tint)));
    }
}
