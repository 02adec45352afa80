//! Many rows in one statement: what lets writes share a commit and looks share a round trip.
//!
//! The statement is written once, around a table named `given` that holds the rows. PostgreSQL gets
//! them as one array a column, SQLite as rows of `VALUES`, in as few statements as powers of two
//! need: each of these texts is prepared once.

mod looked_up;

use sqlx::{Arguments, postgres::PgArguments, sqlite::SqliteArguments};
use uuid::Uuid;

use crate::model::{entry_key::EntryKey, secret::Sha256, timestamp::Timestamp};

use looked_up::{lateral, plain};

/// The most rows that one SQLite statement takes, as a power of two.
const LARGEST: usize = 6;

/// Stands in a statement after a row that it only looks at, and that nobody may change until it has
/// committed: whoever is at that is waited for. SQLite has one that writes at a time anyway.
const HELD: &str = "{held}";

/// Stands in a statement after rows that it may leave out: those of `t` that somebody is at, who is
/// not waited for. SQLite has one that writes at a time anyway.
const FREE: &str = "{free of t}";

/// The type of a column of `given`.
#[derive(Debug, Clone, Copy)]
pub(super) enum Type {
    Integer,
    Text,
    Bytes,
    Uuid,
}

/// A statement about all rows of `given`.
pub(super) struct BatchSql {
    columns: &'static [(&'static str, Type)],
    body: &'static str,
    /// The text that takes arrays.
    arrays: String,
    /// The same, which tells a channel something for every row that it returns, if it returns any.
    telling: String,
    /// The texts for 1, 2, 4 … rows.
    values: Vec<String>,
}

/// A statement and its rows.
pub(super) struct Batch {
    sql: &'static BatchSql,
    columns: Vec<Column>,
    /// Which column the next value is for.
    next: usize,
    /// A channel, and what it is told.
    told: Option<(String, String)>,
}

enum Column {
    Integer(Vec<Option<i64>>),
    Text(Vec<Option<String>>),
    Bytes(Vec<Option<Vec<u8>>>),
    Uuid(Vec<Option<Uuid>>),
}

/// One value of a row.
pub(super) enum Field {
    Integer(Option<i64>),
    Text(Option<String>),
    Bytes(Option<Vec<u8>>),
    Uuid(Option<Uuid>),
}

impl BatchSql {
    /// A statement with `body` after `WITH given (columns) AS (rows)`.
    pub(super) fn new(columns: &'static [(&'static str, Type)], body: &'static str) -> BatchSql {
        let (arrays, telling) = (String::new(), String::new());
        let mut sql = BatchSql { columns, body, arrays, telling, values: Vec::new() };
        sql.arrays = sql.with_arrays();
        let next = columns.len() + 1;
        sql.telling = format!("{}, pg_notify(${next}, ${})", sql.arrays, next + 1);
        sql.values = (0..=LARGEST).map(|power| sql.with_values(1 << power)).collect();
        sql
    }

    fn with_arrays(&self) -> String {
        let arrays = self.columns.iter().zip(1..).map(|((_, r#type), n)| {
            let name = match r#type {
                Type::Integer => "bigint",
                Type::Text => "text",
                Type::Bytes => "bytea",
                Type::Uuid => "uuid",
            };
            format!("${n}::{name}[]")
        });
        let rows = format!("SELECT * FROM unnest({})", arrays.collect::<Vec<_>>().join(", "));
        let sql = lateral(self.with(&rows).replace(HELD, "FOR SHARE"));
        sql.replace(FREE, "FOR NO KEY UPDATE OF t SKIP LOCKED")
    }

    fn with_values(&self, rows: usize) -> String {
        // Without numbers: SQLite would look each of them up among all the others.
        let row = format!("({})", vec!["?"; self.columns.len()].join(", "));
        let sql = self.with(&format!("VALUES {}", vec![row.as_str(); rows].join(", ")));
        plain(sql.replace(HELD, "").replace(FREE, ""))
    }

    fn with(&self, rows: &str) -> String {
        let names: Vec<_> = self.columns.iter().map(|(name, _)| *name).collect();
        format!("WITH given ({}) AS ({rows}) {}", names.join(", "), self.body)
    }
}

impl Batch {
    /// A batch without rows.
    pub(super) fn new(sql: &'static BatchSql) -> Self {
        let columns = sql.columns.iter().map(|(_, r#type)| match r#type {
            Type::Integer => Column::Integer(Vec::new()),
            Type::Text => Column::Text(Vec::new()),
            Type::Bytes => Column::Bytes(Vec::new()),
            Type::Uuid => Column::Uuid(Vec::new()),
        });
        Self { sql, columns: columns.collect(), next: 0, told: None }
    }

    /// Adds the next value, row by row in the order of the columns.
    ///
    /// # Panics
    ///
    /// If the value is not of the column's type: a fault of ours.
    pub(super) fn bind(&mut self, value: impl Into<Field>) -> &mut Self {
        match (&mut self.columns[self.next], value.into()) {
            (Column::Integer(column), Field::Integer(value)) => column.push(value),
            (Column::Text(column), Field::Text(value)) => column.push(value),
            (Column::Bytes(column), Field::Bytes(value)) => column.push(value),
            (Column::Uuid(column), Field::Uuid(value)) => column.push(value),
            _ => unreachable!("each value is bound to a column of its own type"),
        }
        self.next = (self.next + 1) % self.columns.len();
        self
    }

    /// Lets the statement tell `channel` something, once, if it returns any row and commits. The
    /// statement must end with what it returns; SQLite has nobody to tell.
    pub(super) fn tell(&mut self, channel: &str, text: &str) {
        self.told = Some((channel.to_owned(), text.to_owned()));
    }

    /// How many rows it has.
    pub(super) fn rows(&self) -> usize {
        match &self.columns[0] {
            Column::Integer(column) => column.len(),
            Column::Text(column) => column.len(),
            Column::Bytes(column) => column.len(),
            Column::Uuid(column) => column.len(),
        }
    }

    /// The statement and its arguments, one array a column.
    pub(super) fn into_arrays(self) -> (&'static str, PgArguments) {
        let mut arguments = PgArguments::default();
        for column in self.columns {
            match column {
                Column::Integer(column) => arguments.add(column),
                Column::Text(column) => arguments.add(column),
                Column::Bytes(column) => arguments.add(column),
                Column::Uuid(column) => arguments.add(column),
            }
            .expect("our column types always encode");
        }
        let Some((channel, text)) = self.told else { return (&self.sql.arrays, arguments) };
        for text in [channel, text] {
            arguments.add(text).expect("text always encodes");
        }
        (&self.sql.telling, arguments)
    }

    /// The statements and their arguments, some rows each.
    pub(super) fn into_values(mut self) -> Vec<(&'static str, SqliteArguments)> {
        let mut rest = self.rows();
        let mut statements = Vec::new();
        while rest > 0 {
            let power = usize::try_from(rest.ilog2()).unwrap_or(0).min(LARGEST);
            let mut arguments = SqliteArguments::default();
            for row in rest - (1 << power)..rest {
                self.columns.iter_mut().for_each(|column| column.take(row, &mut arguments));
            }
            statements.push((self.sql.values[power].as_str(), arguments));
            rest -= 1 << power;
        }
        statements
    }

    /// Whether SQLite needs but one statement for it.
    pub(super) fn is_single(&self) -> bool {
        self.rows().is_power_of_two() && self.rows() <= 1 << LARGEST
    }
}

impl Column {
    /// Moves the value of `row` to the arguments.
    fn take(&mut self, row: usize, arguments: &mut SqliteArguments) {
        match self {
            Column::Integer(column) => arguments.add(column[row]),
            Column::Text(column) => arguments.add(column[row].take()),
            Column::Bytes(column) => arguments.add(column[row].take()),
            Column::Uuid(column) => arguments.add(column[row]),
        }
        .expect("our column types always encode");
    }
}

impl From<i64> for Field {
    fn from(value: i64) -> Self {
        Field::Integer(Some(value))
    }
}

impl From<Option<i64>> for Field {
    fn from(value: Option<i64>) -> Self {
        Field::Integer(value)
    }
}

impl From<EntryKey> for Field {
    fn from(key: EntryKey) -> Self {
        i64::from_be_bytes(key.to_bytes()).into()
    }
}

impl From<Timestamp> for Field {
    fn from(at: Timestamp) -> Self {
        at.0.into()
    }
}

impl From<Option<Timestamp>> for Field {
    fn from(at: Option<Timestamp>) -> Self {
        at.map(|at| at.0).into()
    }
}

impl From<&str> for Field {
    fn from(text: &str) -> Self {
        Field::Text(Some(text.to_owned()))
    }
}

impl From<String> for Field {
    fn from(text: String) -> Self {
        Field::Text(Some(text))
    }
}

impl From<Option<String>> for Field {
    fn from(text: Option<String>) -> Self {
        Field::Text(text)
    }
}

impl From<Option<&str>> for Field {
    fn from(text: Option<&str>) -> Self {
        Field::Text(text.map(str::to_owned))
    }
}

impl From<Option<Vec<u8>>> for Field {
    fn from(bytes: Option<Vec<u8>>) -> Self {
        Field::Bytes(bytes)
    }
}

impl From<&Sha256> for Field {
    fn from(hash: &Sha256) -> Self {
        Field::Bytes(Some(hash.as_bytes().to_vec()))
    }
}

impl From<Uuid> for Field {
    fn from(id: Uuid) -> Self {
        Field::Uuid(Some(id))
    }
}

impl From<Option<Uuid>> for Field {
    fn from(id: Option<Uuid>) -> Self {
        Field::Uuid(id)
    }
}

#[cfg(test)]
mod tests;
