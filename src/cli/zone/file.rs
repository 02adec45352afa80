//! The system's files of zones (RFC 8536).

use super::{Local, Zone, rule::Rule};

/// The first bytes of every file.
const MAGIC: &[u8] = b"TZif";

/// How many counters a header has.
const COUNTERS: usize = 6;

/// A part of a file: what its header counts.
struct Header {
    /// Whether there is a second part, with longer numbers.
    has_more: bool,
    /// How many UT flags, standard flags, leap seconds, changes, kinds of local time and letters.
    counts: [usize; COUNTERS],
}

/// Reads a file; `None` for what is none, or is of before 2005.
pub(super) fn parse(bytes: &[u8]) -> Option<Zone> {
    let mut rest = bytes;
    let short = Header::take(&mut rest)?;
    if !short.has_more {
        return None;
    }
    take(&mut rest, short.length(4))?;
    let header = Header::take(&mut rest)?;
    let [_, _, leaps, changes, kinds, letters] = header.counts;
    let flags = header.counts[0] + header.counts[1];
    let times = take(&mut rest, changes * 8)?;
    let indexes = take(&mut rest, changes)?;
    let kinds = take(&mut rest, kinds * 6)?;
    let letters = take(&mut rest, letters)?;
    take(&mut rest, leaps * 12 + flags)?;

    let local = |index: usize| local(kinds.get(index * 6..index * 6 + 6)?, letters);
    let changes = times.chunks(8).zip(indexes).map(|(time, index)| {
        Some((i64::from_be_bytes(time.try_into().ok()?), local(usize::from(*index))?))
    });
    let footer = str::from_utf8(rest).ok()?.trim_matches('\n');
    Some(Zone {
        first: local(0)?,
        changes: changes.collect::<Option<_>>()?,
        rule: Rule::parse(footer),
    })
}

impl Header {
    fn take(rest: &mut &[u8]) -> Option<Self> {
        let head = take(rest, 44)?;
        if !head.starts_with(MAGIC) {
            return None;
        }
        let mut counts = [0; COUNTERS];
        for (count, bytes) in counts.iter_mut().zip(head[20..].chunks(4)) {
            let number = u32::from_be_bytes(bytes.try_into().ok()?);
            *count = usize::try_from(number).ok()?;
        }
        Some(Self { has_more: head[4] != 0, counts })
    }

    /// How many bytes follow the header, where a time takes `width`.
    fn length(&self, width: usize) -> usize {
        let [ut, standard, leaps, changes, kinds, letters] = self.counts;
        changes * (width + 1) + kinds * 6 + letters + leaps * (width + 4) + ut + standard
    }
}

/// Reads a kind of local time: offset, a flag, and where its name begins.
fn local(kind: &[u8], letters: &[u8]) -> Option<Local> {
    let offset = i32::from_be_bytes(kind[..4].try_into().ok()?);
    let name = letters.get(usize::from(kind[5])..)?.split(|byte| *byte == 0).next()?;
    Some(Local { offset, name: str::from_utf8(name).ok()?.to_owned() })
}

fn take<'b>(rest: &mut &'b [u8], count: usize) -> Option<&'b [u8]> {
    let (taken, after) = rest.split_at_checked(count)?;
    *rest = after;
    Some(taken)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::timestamp::Timestamp;

    /// A file with one change, from `LMT` to `CET`, and a rule after it.
    fn file() -> Vec<u8> {
        let head = |counts: [u32; COUNTERS]| {
            let mut head = [MAGIC, b"2", &[0; 15]].concat();
            head.extend(counts.iter().flat_map(|count| count.to_be_bytes()));
            head
        };
        let kind = |offset: i32, name: u8| [&offset.to_be_bytes()[..], &[0, name]].concat();
        [
            head([0, 0, 0, 0, 1, 4]),
            kind(0, 0),
            b"XXX\0".to_vec(),
            head([0, 0, 0, 1, 2, 8]),
            1000_i64.to_be_bytes().to_vec(),
            vec![1],
            kind(500, 0),
            kind(3600, 4),
            b"LMT\0CET\0".to_vec(),
            b"\nCET-1CEST,M3.5.0,M10.5.0/3\n".to_vec(),
        ]
        .concat()
    }

    #[test]
    fn changes_and_rule_are_read() {
        let zone = parse(&file()).unwrap();

        assert_eq!(zone.at(Timestamp(0)), Local { offset: 500, name: "LMT".to_owned() });
        assert_eq!(zone.at(Timestamp::from_seconds(1_783_000_000)).name, "CEST");
    }

    #[test]
    fn a_file_cut_anywhere_is_no_zone_and_no_panic() {
        let whole = file();
        let footer = whole.iter().rposition(|byte| *byte == b'C').unwrap();

        for length in 0..footer - 20 {
            let _ = parse(&whole[..length]);
        }
        assert_eq!(parse(&whole[..60]), None);
        assert_eq!(parse(b"hello"), None);
    }
}
