//! Tables that fit the terminal.

use super::look::{Look, Tone, harmless};

/// A column of a table.
#[derive(Debug, Clone, Copy)]
pub(super) struct Column {
    /// What stands above it.
    pub(super) heading: &'static str,
    /// How soon it goes when the terminal is narrow: the highest first, 0 never.
    pub(super) leaves: u8,
}

/// One cell: its text, and in which colour.
#[derive(Debug, Clone)]
pub(super) struct Cell {
    text: String,
    tone: Tone,
}

/// Rows under headings. Columns are parted by two spaces; nothing is ever wrapped or cut.
#[derive(Debug)]
pub(super) struct Table {
    columns: Vec<Column>,
    rows: Vec<Vec<Cell>>,
}

/// A column that stays.
pub(super) const fn column(heading: &'static str) -> Column {
    Column { heading, leaves: 0 }
}

/// A column that leaves a narrow terminal; of two, the one with the higher number first.
pub(super) const fn optional(heading: &'static str, leaves: u8) -> Column {
    Column { heading, leaves }
}

impl Cell {
    /// A cell whose text says something by its colour too.
    pub(super) fn toned(tone: Tone, text: impl AsRef<str>) -> Self {
        Self { text: harmless(text.as_ref()), tone }
    }
}

impl<T: AsRef<str>> From<T> for Cell {
    /// A plain cell; a dash where there is no text.
    fn from(text: T) -> Self {
        let text = if text.as_ref().is_empty() { "-" } else { text.as_ref() };
        Self::toned(Tone::Plain, text)
    }
}

impl Table {
    pub(super) fn new(columns: &[Column]) -> Self {
        Self { columns: columns.to_vec(), rows: Vec::new() }
    }

    /// Adds a row, one cell a column.
    pub(super) fn row(&mut self, cells: impl IntoIterator<Item = Cell>) {
        let row: Vec<Cell> = cells.into_iter().collect();
        debug_assert_eq!(row.len(), self.columns.len(), "a row has a cell for each column");
        self.rows.push(row);
    }

    /// Whether it has no row.
    pub(super) fn is_empty(&self) -> bool {
        self.rows.is_empty()
    }

    /// The lines of the table, headings first, within `width` where that can be.
    pub(super) fn lines(&self, width: Option<usize>, look: Look) -> Vec<String> {
        let shown = self.fitting(width.unwrap_or(usize::MAX));
        let heading = |place: &usize| Cell::toned(Tone::Dim, self.columns[*place].heading);
        let headings: Vec<Cell> = shown.iter().map(heading).collect();
        let rows = self.rows.iter().map(|row| shown.iter().map(|n| row[*n].clone()).collect());
        let widths: Vec<usize> = shown.iter().map(|place| self.width_of(*place)).collect();
        std::iter::once(headings).chain(rows).map(|row| line(&row, &widths, look)).collect()
    }

    /// The places of the columns that fit.
    fn fitting(&self, width: usize) -> Vec<usize> {
        let mut shown: Vec<usize> = (0..self.columns.len()).collect();
        loop {
            let widths: usize = shown.iter().map(|place| self.width_of(*place)).sum();
            let gaps = 2 * shown.len().saturating_sub(1);
            let leaves = shown.iter().copied().max_by_key(|place| self.columns[*place].leaves);
            match leaves.filter(|place| self.columns[*place].leaves > 0) {
                Some(place) if widths + gaps > width => shown.retain(|kept| *kept != place),
                _ => return shown,
            }
        }
    }

    fn width_of(&self, place: usize) -> usize {
        let cells = self.rows.iter().map(|row| columns_of(&row[place].text));
        cells.chain([columns_of(self.columns[place].heading)]).max().unwrap_or(0)
    }
}

/// One line, padded up to but not including its last cell.
fn line(cells: &[Cell], widths: &[usize], look: Look) -> String {
    let mut line = String::new();
    let mut owed = 0;
    for (cell, width) in cells.iter().zip(widths) {
        if !cell.text.is_empty() {
            line.push_str(&" ".repeat(owed));
            line.push_str(&look.tone(cell.tone, &cell.text));
            owed = 0;
        }
        owed += width - columns_of(&cell.text) + 2;
    }
    line
}

/// How many columns of a terminal a text takes: two for the wide letters of East Asia and for
/// pictures, none for what is drawn onto the letter before.
pub(super) fn columns_of(text: &str) -> usize {
    let columns = |c: char| match u32::from(c) {
        0x0300..=0x036f | 0xfe00..=0xfe0f => 0,
        0x1100..=0x115f
        | 0x2e80..=0xa4cf
        | 0xac00..=0xd7a3
        | 0xf900..=0xfaff
        | 0xfe30..=0xfe6f
        | 0xff00..=0xff60
        | 0xffe0..=0xffe6
        | 0x1f300..=0x1faff
        | 0x20000..=0x3fffd => 2,
        _ => 1,
    };
    text.chars().map(columns).sum()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn table() -> Table {
        let mut table = Table::new(&[column("ENTRY"), optional("TYPE", 2), optional("WHO", 1)]);
        table.row(["tok_A9N3VX7K".into(), "access".into(), "".into()]);
        table.row(["tok_4TZP61QB".into(), "code".into(), "日本".into()]);
        table
    }

    #[test]
    fn columns_stand_under_their_headings() {
        assert_eq!(
            table().lines(None, Look::PLAIN),
            ["ENTRY         TYPE    WHO", "tok_A9N3VX7K  access  -", "tok_4TZP61QB  code    日本"]
        );
    }

    #[test]
    fn the_least_useful_column_leaves_first_and_the_first_never() {
        assert_eq!(table().lines(Some(26), Look::PLAIN)[1], "tok_A9N3VX7K  access  -");
        assert_eq!(table().lines(Some(25), Look::PLAIN)[1], "tok_A9N3VX7K  -");
        assert_eq!(table().lines(Some(18), Look::PLAIN)[1], "tok_A9N3VX7K  -");
        assert_eq!(table().lines(Some(17), Look::PLAIN)[1], "tok_A9N3VX7K");
        assert_eq!(table().lines(Some(3), Look::PLAIN)[1], "tok_A9N3VX7K");
    }

    #[test]
    fn colour_does_not_move_the_columns() {
        let mut table = Table::new(&[column("A"), column("B")]);
        table.row([Cell::toned(Tone::Good, "yes"), "x".into()]);

        let lines = table.lines(None, Look { colour: true, utf8: true });

        assert_eq!(lines[1], "\x1b[32myes\x1b[0m  x");
    }

    #[test]
    fn nothing_in_a_cell_commands_the_terminal() {
        let mut table = Table::new(&[column("A")]);
        table.row(["a\x1b[2J".into()]);

        assert_eq!(table.lines(None, Look::PLAIN)[1], "a\u{fffd}[2J");
    }
}
