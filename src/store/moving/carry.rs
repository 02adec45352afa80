//! Carrying rows from one connection to another, a block at a time.

use futures_util::TryStreamExt;
use sqlx::{
    Arguments, AssertSqlSafe, PgConnection, Row, SqliteConnection,
    postgres::PgCopyIn,
    sqlite::{SqliteArguments, SqliteRow},
};
use uuid::Uuid;

use crate::model::entry_key::EntryKey;

use super::{
    link::Link,
    obstacle::{Obstacle, Outcome},
    row::{Block, Cutter, HEADER, TRAILER, Tally, fields},
    tables::{Kind, Table},
};

/// The most rows that one statement adds to an SQLite file, as a power of two.
const LARGEST: u32 = 6;

/// Where rows go.
enum Writer<'l> {
    /// Nowhere: they are only counted.
    Nowhere,
    Sqlite(&'l mut SqliteConnection),
    Postgres(PgCopyIn<&'l mut PgConnection>),
}

/// Carries a table. Returns what was read. `seen` is told of every block how many rows it has.
pub(super) async fn carry(
    table: &'static Table,
    from: &mut Link,
    to: &mut Link,
    seen: &mut (dyn FnMut(usize) + Send),
) -> Outcome<Tally> {
    let mut writer = match to {
        Link::Sqlite(file) => Writer::Sqlite(file),
        Link::Postgres(server) => Writer::begin_copy(table, server).await?,
    };
    let tally = read(table, from, &mut writer, seen).await?;
    writer.finish().await?;
    Ok(tally)
}

/// Reads a table only to count it.
pub(super) async fn count(
    table: &'static Table,
    from: &mut Link,
    seen: &mut (dyn FnMut(usize) + Send),
) -> Outcome<Tally> {
    read(table, from, &mut Writer::Nowhere, seen).await
}

/// Adds rows of our own making.
pub(super) async fn add(table: &'static Table, block: &Block, to: &mut Link) -> Outcome<()> {
    let mut writer = match to {
        Link::Sqlite(file) => Writer::Sqlite(file),
        Link::Postgres(server) => Writer::begin_copy(table, server).await?,
    };
    writer.write(table, block).await?;
    writer.finish().await
}

async fn read(
    table: &'static Table,
    from: &mut Link,
    writer: &mut Writer<'_>,
    seen: &mut (dyn FnMut(usize) + Send),
) -> Outcome<Tally> {
    let select = format!("SELECT {} FROM {} ORDER BY {}", table.names(), table.name, table.key);
    let (mut block, mut tally) = (Block::default(), Tally::default());
    match from {
        Link::Sqlite(file) => {
            let columns = table.columns();
            let mut rows = sqlx::query(AssertSqlSafe(select)).fetch(file);
            while let Some(row) = rows.try_next().await? {
                encode(table, (&row, tally.rows + block.len() as u64), &columns, &mut block)?;
                if block.is_full() {
                    pass_on(table, &mut block, &mut tally, writer, seen).await?;
                }
            }
        }
        Link::Postgres(server) => {
            let mut cutter = Cutter::default();
            let copy = format!("COPY ({select}) TO STDOUT (FORMAT binary)");
            let mut stream = server.copy_out_raw(&copy).await?;
            while let Some(bytes) = stream.try_next().await? {
                cutter.take(&bytes, &mut block);
                if block.is_full() {
                    pass_on(table, &mut block, &mut tally, writer, seen).await?;
                }
            }
            if !cutter.is_done() {
                return Err(sqlx::Error::Protocol("the copy ended too early".to_owned()).into());
            }
        }
    }
    pass_on(table, &mut block, &mut tally, writer, seen).await?;
    Ok(tally)
}

async fn pass_on(
    table: &'static Table,
    block: &mut Block,
    tally: &mut Tally,
    writer: &mut Writer<'_>,
    seen: &mut (dyn FnMut(usize) + Send),
) -> Outcome<()> {
    tally.count(block);
    writer.write(table, block).await?;
    seen(block.len());
    block.clear();
    Ok(())
}

/// Adds a row of an SQLite file, which may hold anything in any column, to the block. `number` is
/// how many came before it.
fn encode(
    table: &'static Table,
    (row, number): (&SqliteRow, u64),
    columns: &[(&'static str, Kind)],
    block: &mut Block,
) -> Outcome<()> {
    block.begin(columns.len());
    for (index, (column, kind)) in columns.iter().enumerate() {
        let outcome = match kind {
            Kind::Integer => row.try_get::<Option<i64>, _>(index).map(|value| {
                block.field(value.map(i64::to_be_bytes).as_ref().map(<[u8; 8]>::as_slice));
            }),
            Kind::Boolean => row.try_get::<Option<bool>, _>(index).map(|value| {
                block.field(value.map(|value| [u8::from(value)]).as_ref().map(<[u8; 1]>::as_slice));
            }),
            Kind::Text => row
                .try_get::<Option<&str>, _>(index)
                .map(|value| block.field(value.map(str::as_bytes))),
            Kind::Uuid => row
                .try_get::<Option<Uuid>, _>(index)
                .map(|value| block.field(value.as_ref().map(|id| id.as_bytes().as_slice()))),
            Kind::Bytes => row.try_get::<Option<&[u8]>, _>(index).map(|value| block.field(value)),
        };
        outcome.map_err(|error| Obstacle::Unfit {
            table: table.name,
            row: format!("row {}", number + 1),
            column,
            what: format!("something that does not belong there ({error})"),
        })?;
    }
    block.end();
    Ok(())
}

impl<'l> Writer<'l> {
    async fn begin_copy(table: &Table, server: &'l mut PgConnection) -> Outcome<Self> {
        let copy = format!("COPY {} ({}) FROM STDIN (FORMAT binary)", table.name, table.names());
        let mut copy = server.copy_in_raw(&copy).await?;
        copy.send(HEADER).await?;
        Ok(Self::Postgres(copy))
    }

    async fn write(&mut self, table: &'static Table, block: &Block) -> Outcome<()> {
        match self {
            Self::Nowhere => Ok(()),
            Self::Sqlite(file) => insert(table, block, file).await,
            Self::Postgres(copy) => {
                refuse_nul(table, block)?;
                copy.send(block.bytes()).await?;
                Ok(())
            }
        }
    }

    async fn finish(self) -> Outcome<()> {
        if let Self::Postgres(mut copy) = self {
            copy.send(TRAILER).await?;
            copy.finish().await?;
        }
        Ok(())
    }
}

/// Adds the rows of a block to an SQLite file, in statements of 64, 32 … 1 rows.
async fn insert(table: &Table, block: &Block, file: &mut SqliteConnection) -> Outcome<()> {
    let columns = table.columns();
    let names = table.names();
    let place = format!("({})", vec!["?"; columns.len()].join(", "));
    let mut rows = block.rows();
    let mut rest = block.len();
    while rest > 0 {
        let count = 1 << rest.ilog2().min(LARGEST);
        let mut arguments = SqliteArguments::default();
        for row in rows.by_ref().take(count) {
            for (field, (_, kind)) in fields(row).zip(&columns) {
                bind(field, *kind, &mut arguments)?;
            }
        }
        let places = vec![place.as_str(); count].join(", ");
        let sql = format!("INSERT INTO {} ({names}) VALUES {places}", table.name);
        sqlx::query_with(AssertSqlSafe(sql), arguments).execute(&mut *file).await?;
        rest -= count;
    }
    Ok(())
}

fn bind(field: Option<&[u8]>, kind: Kind, arguments: &mut SqliteArguments) -> Outcome<()> {
    let unreadable =
        || sqlx::Error::Protocol("a field has another length than its kind".to_owned());
    let Some(field) = field else {
        return arguments.add(None::<i64>).map_err(|e| sqlx::Error::Encode(e).into());
    };
    match kind {
        Kind::Integer => {
            arguments.add(i64::from_be_bytes(field.try_into().map_err(|_| unreadable())?))
        }
        Kind::Boolean => arguments.add(field == [1]),
        Kind::Text => arguments.add(String::from_utf8_lossy(field).into_owned()),
        Kind::Uuid => arguments.add(Uuid::from_slice(field).map_err(|_| unreadable())?),
        Kind::Bytes => arguments.add(field.to_vec()),
    }
    .map_err(|error| sqlx::Error::Encode(error).into())
}

/// Names the first text with a NUL character, which SQLite holds and PostgreSQL does not.
fn refuse_nul(table: &'static Table, block: &Block) -> Outcome<()> {
    let columns = table.columns();
    for row in block.rows() {
        for (field, (column, kind)) in fields(row).zip(&columns) {
            if *kind == Kind::Text && field.is_some_and(|field| field.contains(&0)) {
                return Err(Obstacle::Unfit {
                    table: table.name,
                    row: name(table, row),
                    column,
                    what: "a NUL character, which PostgreSQL cannot hold,".to_owned(),
                });
            }
        }
    }
    Ok(())
}

/// What a person finds a row by: its key.
fn name(table: &Table, row: &[u8]) -> String {
    let keys: Vec<&str> = table.key.split(", ").collect();
    let columns = table.columns();
    let mut parts = Vec::new();
    for (field, (column, kind)) in fields(row).zip(&columns).filter(|(_, (c, _))| keys.contains(c))
    {
        let field = field.unwrap_or_default();
        parts.push(match kind {
            Kind::Integer => {
                let bytes: [u8; 8] = field.try_into().unwrap_or_default();
                let entry = EntryKey::from_bytes(bytes).filter(|_| *column == "entry_key");
                entry.map_or(i64::from_be_bytes(bytes).to_string(), |entry| entry.to_string())
            }
            Kind::Uuid => Uuid::from_slice(field).unwrap_or_default().to_string(),
            Kind::Text => String::from_utf8_lossy(field).replace('\0', "\u{fffd}"),
            Kind::Bytes | Kind::Boolean => format!("{field:02x?}"),
        });
    }
    parts.join(", ")
}
