//! Rows on their way, in one form whatever the engine: that of PostgreSQL's binary `COPY`, which is
//! a count of fields, and for each its length (-1 for none) and its bytes, integers big-endian.

use crate::model::secret::Sha256;

/// What a binary `COPY` begins with: its signature, no flags, no extension.
pub(super) const HEADER: &[u8] = b"PGCOPY\n\xff\r\n\0\0\0\0\0\0\0\0\0";

/// What it ends with, in place of a count of fields.
pub(super) const TRAILER: &[u8] = b"\xff\xff";

/// From how many bytes on a block is full.
const FULL: usize = 128 * 1024;

/// Rows that travel together.
#[derive(Debug, Default)]
pub(super) struct Block {
    bytes: Vec<u8>,
    /// Where each row ends.
    ends: Vec<usize>,
}

/// How many rows there are, and what they hold, whatever their order.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
pub(super) struct Tally {
    /// How many.
    pub(super) rows: u64,
    /// The sum of the first halves of their hashes.
    pub(super) sum: u128,
}

/// Cuts what a `COPY` sends into rows.
#[derive(Debug, Default)]
pub(super) struct Cutter {
    waiting: Vec<u8>,
    has_header: bool,
}

impl Block {
    /// Begins a row of so many fields.
    pub(super) fn begin(&mut self, fields: usize) {
        let fields = i16::try_from(fields).unwrap_or(i16::MAX);
        self.bytes.extend_from_slice(&fields.to_be_bytes());
    }

    /// Adds the next field of the row.
    pub(super) fn field(&mut self, field: Option<&[u8]>) {
        // No column holds more than a gigabyte on either engine.
        let length = field.map_or(-1, |field| i32::try_from(field.len()).unwrap_or(i32::MAX));
        self.bytes.extend_from_slice(&length.to_be_bytes());
        self.bytes.extend_from_slice(field.unwrap_or_default());
    }

    /// Ends the row.
    pub(super) fn end(&mut self) {
        self.ends.push(self.bytes.len());
    }

    /// Whether it has enough to be sent on.
    pub(super) fn is_full(&self) -> bool {
        self.bytes.len() >= FULL
    }

    /// How many rows it has.
    pub(super) fn len(&self) -> usize {
        self.ends.len()
    }

    /// All rows as they stand in a `COPY`.
    pub(super) fn bytes(&self) -> &[u8] {
        &self.bytes
    }

    /// Each row.
    pub(super) fn rows(&self) -> impl Iterator<Item = &[u8]> {
        let begins = std::iter::once(0).chain(self.ends.iter().copied());
        begins.zip(&self.ends).map(|(begin, end)| &self.bytes[begin..*end])
    }

    /// Makes room for the next rows.
    pub(super) fn clear(&mut self) {
        self.bytes.clear();
        self.ends.clear();
    }
}

/// The fields of a row.
pub(super) fn fields(row: &[u8]) -> impl Iterator<Item = Option<&[u8]>> {
    let mut rest = row.get(2..).unwrap_or_default();
    std::iter::from_fn(move || {
        let (length, after) = rest.split_first_chunk()?;
        let Ok(length) = usize::try_from(i32::from_be_bytes(*length)) else {
            rest = after;
            return Some(None);
        };
        let (field, after) = after.split_at_checked(length)?;
        rest = after;
        Some(Some(field))
    })
}

impl Tally {
    /// Counts the rows of a block.
    pub(super) fn count(&mut self, block: &Block) {
        for row in block.rows() {
            let hash = Sha256::of(row);
            let half = hash.as_bytes().first_chunk().map_or(0, |half| u128::from_be_bytes(*half));
            self.rows += 1;
            self.sum = self.sum.wrapping_add(half);
        }
    }
}

impl Cutter {
    /// Takes what came, and moves the rows that are whole to `block`.
    pub(super) fn take(&mut self, came: &[u8], block: &mut Block) {
        self.waiting.extend_from_slice(came);
        let mut rest = self.waiting.as_slice();
        if !self.has_header {
            let Some(after) = without_header(rest) else { return };
            rest = after;
            self.has_header = true;
        }
        while let Some(length) = length_of_row(rest) {
            let (row, after) = rest.split_at(length);
            block.bytes.extend_from_slice(row);
            block.end();
            rest = after;
        }
        let done = self.waiting.len() - rest.len();
        self.waiting.drain(..done);
    }

    /// Whether everything came: the trailer, and nothing else.
    pub(super) fn is_done(&self) -> bool {
        self.waiting == TRAILER
    }
}

/// What follows the header and its extension, if they are there.
fn without_header(bytes: &[u8]) -> Option<&[u8]> {
    let extension = bytes.get(HEADER.len() - 4..)?.first_chunk()?;
    let extension = usize::try_from(u32::from_be_bytes(*extension)).ok()?;
    bytes.get(HEADER.len() + extension..)
}

/// How many bytes the first row has, if it is whole and not the trailer.
fn length_of_row(bytes: &[u8]) -> Option<usize> {
    let fields = usize::try_from(i16::from_be_bytes(*bytes.first_chunk()?)).ok()?;
    let mut length = 2;
    for _ in 0..fields {
        let field = i32::from_be_bytes(*bytes.get(length..)?.first_chunk()?);
        length += 4 + usize::try_from(field).unwrap_or(0);
    }
    (length <= bytes.len()).then_some(length)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn block(rows: &[&[Option<&[u8]>]]) -> Block {
        let mut block = Block::default();
        for row in rows {
            block.begin(row.len());
            row.iter().for_each(|field| block.field(*field));
            block.end();
        }
        block
    }

    #[test]
    fn rows_that_come_in_pieces_are_cut_where_they_end() {
        let sent = block(&[&[Some(b"a"), None], &[Some(b""), Some(b"bcd")]]);
        let stream = [HEADER, sent.bytes(), TRAILER].concat();

        for size in 1..stream.len() {
            let (mut cutter, mut block) = (Cutter::default(), Block::default());
            stream.chunks(size).for_each(|piece| cutter.take(piece, &mut block));

            assert!(cutter.is_done());
            assert_eq!(block.rows().collect::<Vec<_>>(), sent.rows().collect::<Vec<_>>());
        }
    }

    #[test]
    fn a_stream_without_its_end_is_not_done() {
        let (mut cutter, mut block) = (Cutter::default(), Block::default());

        cutter.take(HEADER, &mut block);

        assert!(!cutter.is_done());
    }

    #[test]
    fn the_fields_of_a_row_are_read_back() {
        let block = block(&[&[Some(b"a"), None, Some(b"")]]);

        let row = block.rows().next().unwrap();
        assert_eq!(fields(row).collect::<Vec<_>>(), [Some(&b"a"[..]), None, Some(b"")]);
    }

    #[test]
    fn a_tally_tells_other_rows_apart_and_orders_not() {
        let tally = |rows: &[&[Option<&[u8]>]]| {
            let mut tally = Tally::default();
            tally.count(&block(rows));
            tally
        };
        let (a, b): (&[_], &[_]) = (&[Some(&b"a"[..])], &[Some(&b"b"[..])]);

        assert_eq!(tally(&[a, b]), tally(&[b, a]));
        assert_ne!(tally(&[a, b]), tally(&[a, a]));
        assert_ne!(tally(&[a, a]), tally(&[b, b]));
    }
}
