//! The key of a token entry: one 64-bit number that tells when its row may go.

use std::{fmt, str::FromStr, time::Duration};

use super::{secret::Random, timestamp::Timestamp};

/// The first second that a key can express: 2020-01-01T00:00:00Z.
const EPOCH_SECONDS: i64 = 1_577_836_800;

/// How many low bits are random.
const RANDOM_BITS: u32 = 30;

/// The largest time, 33 bits of seconds: kept for tokens without an end.
const LAST_SECOND: i64 = (1 << 33) - 1;

/// Crockford's base 32: no I, L, O or U, so that a spoken or copied key survives.
const CROCKFORD: &[u8; 32] = b"0123456789ABCDEFGHJKMNPQRSTVWXYZ";

/// What stands in front of a key that is shown.
const PREFIX: &str = "tok_";

/// How many characters 63 bits take.
const CHARACTERS: usize = 13;

/// The key of a token entry, between 0 and `i64::MAX`.
///
/// The high 33 bits are the latest second (since 2020) at which the row may have to be kept, fixed
/// when it is made; the low 30 bits are random. So inserts land at few right edges of the primary
/// key, the sweeper walks that key in order and needs no index by expiry, and no node needs a
/// number of its own. It is shown as `tok_` and 13 characters, and is no secret.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[cfg_attr(feature = "entry-check", derive(sqlx::Type), sqlx(transparent))]
pub struct EntryKey(i64);

/// The keys that begin with the characters somebody typed, both ends included.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct EntryKeyRange {
    /// The lowest key.
    pub first: EntryKey,
    /// The highest key.
    pub last: EntryKey,
}

/// A string that is neither an entry key nor the beginning of one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("an entry is named by tok_ and up to 13 letters and digits")]
pub struct NotAnEntryKey;

impl EntryKey {
    /// Draws a key for a row that has to be kept until `keep_until`, rounded up to a second.
    #[must_use]
    pub fn draw(keep_until: Timestamp, random: &Random) -> Self {
        let low = random.bits() & ((1 << RANDOM_BITS) - 1);
        Self(Self::floor(keep_until.plus(Duration::from_millis(999))).0 | low.cast_signed())
    }

    /// Draws a key for a row without an end.
    #[must_use]
    pub fn draw_endless(random: &Random) -> Self {
        Self::draw(Timestamp::from_seconds(EPOCH_SECONDS + LAST_SECOND), random)
    }

    /// The lowest key whose row has to be kept at `at`: every lower one may be swept.
    #[must_use]
    pub fn floor(at: Timestamp) -> Self {
        let second = at.seconds().saturating_sub(EPOCH_SECONDS).clamp(0, LAST_SECOND);
        Self(second << RANDOM_BITS)
    }

    /// The lowest key of the rows without an end. No time alone lets the sweeper take these.
    #[must_use]
    pub fn first_endless() -> Self {
        Self(LAST_SECOND << RANDOM_BITS)
    }

    /// The last second at which the row has to be kept.
    #[must_use]
    pub fn keep_until(self) -> Timestamp {
        Timestamp::from_seconds((self.0 >> RANDOM_BITS) + EPOCH_SECONDS)
    }

    /// The lowest key there can be. No token has it: it would have ended in 2020.
    #[must_use]
    pub const fn lowest() -> Self {
        Self(0)
    }

    /// The highest key there can be.
    #[must_use]
    pub const fn highest() -> Self {
        Self(i64::MAX)
    }

    /// The key after this one; `None` after the highest.
    #[must_use]
    pub fn next(self) -> Option<Self> {
        self.0.checked_add(1).map(Self)
    }

    /// The key before this one; `None` before the lowest.
    #[must_use]
    pub fn previous(self) -> Option<Self> {
        (self.0 > 0).then(|| Self(self.0 - 1))
    }

    /// The eight bytes of the key, big-endian.
    #[must_use]
    pub fn to_bytes(self) -> [u8; 8] {
        self.0.to_be_bytes()
    }

    /// Reads what [`EntryKey::to_bytes`] wrote; `None` for what no key can be.
    #[must_use]
    pub fn from_bytes(bytes: [u8; 8]) -> Option<Self> {
        let key = i64::from_be_bytes(bytes);
        (key >= 0).then_some(Self(key))
    }
}

impl fmt::Display for EntryKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut text = String::from(PREFIX);
        for place in (0..CHARACTERS).rev() {
            let digit = (self.0 >> (5 * place)) & 31;
            text.push(char::from(CROCKFORD[usize::try_from(digit).unwrap_or(0)]));
        }
        f.pad(&text)
    }
}

impl FromStr for EntryKeyRange {
    type Err = NotAnEntryKey;

    /// Reads a key or its beginning, in either case; `I`, `L` and `O` count as the digits they
    /// look like, `tok_` may be left out.
    fn from_str(text: &str) -> Result<Self, NotAnEntryKey> {
        let typed = text.strip_prefix(PREFIX).unwrap_or(text);
        if typed.is_empty() || typed.len() > CHARACTERS {
            return Err(NotAnEntryKey);
        }
        let mut first: u128 = 0;
        for character in typed.bytes() {
            first = (first << 5) | u128::from(digit(character).ok_or(NotAnEntryKey)?);
        }
        let missing = 5 * (CHARACTERS - typed.len());
        let last = (first << missing) | ((1 << missing) - 1);
        let key = |value: u128| i64::try_from(value).map(EntryKey).map_err(|_| NotAnEntryKey);
        Ok(Self {
            first: key(first << missing)?,
            last: key(last.min(i64::MAX.cast_unsigned().into()))?,
        })
    }
}

fn digit(character: u8) -> Option<u8> {
    let upper = match character.to_ascii_uppercase() {
        b'I' | b'L' => b'1',
        b'O' => b'0',
        other => other,
    };
    CROCKFORD.iter().position(|known| *known == upper).and_then(|place| u8::try_from(place).ok())
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const NOW: Timestamp = Timestamp(1_800_000_000_000);

    #[test]
    fn a_key_tells_when_its_row_may_go() {
        let key = EntryKey::draw(NOW, &Random::system());

        assert_eq!(key.keep_until(), NOW);
        assert!(key >= EntryKey::floor(NOW));
        assert!(key < EntryKey::floor(Timestamp(NOW.0 + 1000)));
    }

    #[test]
    fn a_fraction_of_a_second_is_kept_whole() {
        let key = EntryKey::draw(Timestamp(NOW.0 + 1), &Random::system());

        assert_eq!(key.keep_until(), Timestamp(NOW.0 + 1000));
    }

    #[test]
    fn times_out_of_range_stay_positive() {
        let ones = Random::new(|bytes| bytes.fill(0xff));

        assert_eq!(EntryKey::draw(Timestamp(i64::MAX), &ones), EntryKey(i64::MAX));
        assert_eq!(
            EntryKey::draw(Timestamp(i64::MIN), &ones).keep_until().seconds(),
            EPOCH_SECONDS
        );
        assert!(EntryKey::draw_endless(&ones) >= EntryKey::first_endless());
    }

    #[test]
    fn it_is_shown_and_read_back_whole_or_by_its_beginning() {
        let key = EntryKey::draw(NOW, &Random::system());
        let shown = key.to_string();

        let whole: EntryKeyRange = shown.parse().unwrap();
        let beginning: EntryKeyRange = shown[..9].to_lowercase().parse().unwrap();

        assert_eq!(shown.len(), 17);
        assert_eq!(whole, EntryKeyRange { first: key, last: key });
        assert!(
            beginning.first <= key && key <= beginning.last && beginning.first < beginning.last
        );
    }

    #[test]
    fn what_is_no_key_is_refused() {
        for text in ["", "tok_", "tok_ZZZZZZZZZZZZZ", "tok_0123456789ABCD", "tok_U", "tok_é", "a b"]
        {
            assert_eq!(text.parse::<EntryKeyRange>(), Err(NotAnEntryKey), "{text}");
        }
    }

    proptest! {
        #[test]
        fn every_key_is_read_back_from_any_beginning(key in 0..=i64::MAX, length in 1..=CHARACTERS) {
            let shown = EntryKey(key).to_string();

            let range: EntryKeyRange = shown[..PREFIX.len() + length].parse().unwrap();

            prop_assert!(range.first <= EntryKey(key) && EntryKey(key) <= range.last);
        }

        #[test]
        fn no_text_panics(text in any::<String>()) {
            let _ = text.parse::<EntryKeyRange>();
        }
    }
}
