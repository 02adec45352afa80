//! Identifiers of rows: UUIDs of version 7, so that inserts land at the right edge of an index.

use uuid::{Builder, Uuid};

use super::{secret::Random, timestamp::Timestamp};

/// Makes a UUID of version 7 (RFC 9562 §5.7) from a time and the one source of randomness.
#[must_use]
pub fn uuid_v7(at: Timestamp, random: &Random) -> Uuid {
    let milliseconds = u64::try_from(at.0).unwrap_or(0);
    Builder::from_unix_timestamp_millis(milliseconds, &random.bytes()).into_uuid()
}

/// The lowest UUID that [`uuid_v7`] can make at `at`, or lower: what was made earlier stands before
/// it.
#[must_use]
pub fn lowest_uuid(at: Timestamp) -> Uuid {
    let milliseconds = u128::try_from(at.0).unwrap_or(0).min((1 << 48) - 1);
    Uuid::from_u128(milliseconds << 80)
}

/// When a UUID of version 7 was made.
#[must_use]
pub fn time_of_uuid(id: Uuid) -> Timestamp {
    Timestamp(i64::try_from(id.as_u128() >> 80).unwrap_or(i64::MAX))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_id_carries_its_time_and_its_version() {
        let id = uuid_v7(Timestamp(1_700_000_000_000), &Random::system());

        assert_eq!(id.get_version_num(), 7);
        assert_eq!(&id.as_bytes()[..6], &1_700_000_000_000_u64.to_be_bytes()[2..]);
        assert_eq!(time_of_uuid(id), Timestamp(1_700_000_000_000));
        assert!(lowest_uuid(Timestamp(1_700_000_000_000)) < id);
        assert_eq!(time_of_uuid(id), Timestamp(1_700_000_000_000));
        assert!(lowest_uuid(Timestamp(1_700_000_000_001)) > id);
        assert!(lowest_uuid(Timestamp(i64::MAX)) > id && lowest_uuid(Timestamp(-1)) < id);
    }
}
