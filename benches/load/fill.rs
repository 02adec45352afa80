//! Fills the store past the server, with rows like those that the server makes.
//!
//! A row of filler is a copy of a real one but for its key, its hash, its payload (random, so that
//! it opens for nobody), its client and its times. The real tokens that are looked at later lie
//! among the filler, evenly spread, in the primary key as on the disk: side by side they would
//! share few pages, and each look would be a warm one.

use std::{
    process::Command,
    time::{Duration, Instant},
};

use super::{
    Result,
    database::{Database, Engine},
    link::Link,
};

/// How many rows one statement adds.
const BATCH: i64 = 50_000;

/// The low bits of an entry key that are random; above them stands the second until which the row
/// is kept, counted from `EPOCH`.
const RANDOM_BITS: i64 = 30;

/// 2020-01-01, where the seconds of entry keys begin.
const EPOCH: i64 = 1_577_836_800;

/// A row like all others, to copy from.
const TEMPLATE: &str = "CREATE TEMP TABLE template AS SELECT * FROM tokens \
    WHERE kind = 'access' AND format = 'reference' AND status = 'valid' AND payload IS NOT NULL LIMIT 1";

/// The real rows, taken out so that they can be put back in their places.
const SET_ASIDE: &str = "CREATE TEMP TABLE aside AS SELECT * FROM tokens \
    WHERE status = 'valid' AND client_id NOT LIKE 'filler%'";

/// Where nothing has to be taken out.
const NOTHING_ASIDE: &str = "CREATE TEMP TABLE aside AS SELECT * FROM tokens WHERE 1 = 0";

/// The columns that issuance sets.
macro_rules! columns {
    () => {
        "entry_key, kind, type_name, format, status, client_id, user_id, subject,
         authorization_id, scope, audience, jti_salt, seal_key, client_generation,
         user_generation, global_generation, not_before, reference_hash, payload,
         created_at, expires_at, identity, purposes, rules, absolute_at, max_uses,
         uses, last_used_at"
    };
}

/// The columns of a row of filler: as the template's, kept for 7 days after a day's life.
macro_rules! filler {
    () => {
        "filler.entry_key, kind, type_name, format, status, 'filler-' || (n % 8) AS client_id,
         user_id, subject, authorization_id, scope, audience, jti_salt, seal_key,
         client_generation, user_generation, global_generation, not_before,
         filler.reference_hash,
         filler.payload,
         ((filler.entry_key >> 30) + 1577836800 - 8 * 86400) * 1000 AS created_at,
         ((filler.entry_key >> 30) + 1577836800 - 7 * 86400) * 1000 AS expires_at,
         identity, purposes, rules, absolute_at, max_uses, uses, last_used_at
         FROM filler, template"
    };
}

/// Adds the rows numbered from `$3` on and below `$4`; keys begin at `$1`, and one falls into each
/// step of `$2`.
const FILL_SQLITE: &str = concat!(
    "WITH RECURSIVE
     series (n) AS (SELECT $3 UNION ALL SELECT n + 1 FROM series WHERE n + 1 < $4),
     filler AS MATERIALIZED
         (SELECT n, $1 + n * $2 + abs(random() % $2) AS entry_key,
                 randomblob(32) AS reference_hash,
                 randomblob((SELECT length(payload) FROM template)) AS payload
          FROM series)
     INSERT INTO tokens (",
    columns!(),
    ") SELECT ",
    filler!(),
    " WHERE true ON CONFLICT DO NOTHING"
);

/// As `FILL_SQLITE`, with what was set aside between them. A payload that repeats itself is as good
/// as any: a row this short is never compressed.
const FILL_POSTGRES: &str = concat!(
    "WITH filler AS MATERIALIZED
         (SELECT n, entry_key, sha256(int8send(entry_key)) AS reference_hash,
                 substr(decode(repeat(md5(entry_key::text), bytes / 16 + 1), 'hex'), 1, bytes)
                     AS payload
          FROM (SELECT n, $1 + n * $2 + floor(random() * $2)::bigint AS entry_key,
                       (SELECT length(payload) FROM template) AS bytes
                FROM generate_series($3::bigint, $4::bigint - 1) n) drawn)
     INSERT INTO tokens (",
    columns!(),
    ") SELECT ",
    filler!(),
    // A real row keeps its key, should a row of filler have drawn the same.
    " WHERE NOT EXISTS (SELECT 1 FROM aside WHERE aside.entry_key = filler.entry_key)
      UNION ALL SELECT ",
    columns!(),
    " FROM aside WHERE entry_key >= $1 + $3 * $2 AND entry_key < $1 + $4 * $2
      ORDER BY entry_key ON CONFLICT DO NOTHING"
);

/// What was set aside and is not back yet.
const PUT_BACK: &str = concat!(
    "INSERT INTO tokens (",
    columns!(),
    ") SELECT ",
    columns!(),
    " FROM aside WHERE true ON CONFLICT DO NOTHING"
);

/// From where to where there are keys.
#[derive(Debug, Clone, Copy, Default)]
pub struct KeyRange {
    first: i64,
    last: i64,
}

impl KeyRange {
    /// The range of all keys in the store.
    pub async fn of_all(database: &Database) -> Result<Self> {
        let mut link = Link::open(&database.url).await?;
        let first = link.number("SELECT MIN(entry_key) FROM tokens", &[]).await?;
        let last = link.number("SELECT MAX(entry_key) FROM tokens", &[]).await?;
        link.close().await?;
        Ok(Self { first, last })
    }
}

/// Fills the store to `rows` rows, while no server has it open; the keys of those added lie evenly
/// in `range`. Returns how long that took.
pub async fn fill_to(database: &Database, range: KeyRange, rows: u64) -> Result<Duration> {
    let began = Instant::now();
    let mut link = database.open_for_filling().await?;
    link.execute(TEMPLATE, &[]).await?;
    if link.engine() == Engine::Postgres {
        link.execute(SET_ASIDE, &[]).await?;
        link.execute("TRUNCATE tokens", &[]).await?;
    } else {
        link.execute(NOTHING_ASIDE, &[]).await?;
    }
    let there = link.number("SELECT COUNT(*) FROM tokens", &[]).await?;
    let aside = link.number("SELECT COUNT(*) FROM aside", &[]).await?;
    add(&mut link, range, i64::try_from(rows)? - there - aside).await?;
    link.execute(PUT_BACK, &[]).await?;
    settle(database, link).await?;
    Ok(began.elapsed())
}

/// Adds rows whose time was over an hour or two ago, while no server has the store open.
pub async fn add_overdue(database: &Database, rows: u64) -> Result<()> {
    let mut link = database.open_for_filling().await?;
    let now = now(&mut link).await?;
    let range = KeyRange { first: floor(now - 7200), last: floor(now - 3600) };
    link.execute(TEMPLATE, &[]).await?;
    link.execute(NOTHING_ASIDE, &[]).await?;
    add(&mut link, range, i64::try_from(rows)?).await?;
    settle(database, link).await
}

/// How many rows the sweep has still to delete.
pub async fn count_overdue(link: &mut Link) -> Result<u64> {
    let now = now(link).await?;
    let count = "SELECT COUNT(*) FROM tokens WHERE entry_key < $1";
    Ok(u64::try_from(link.number(count, &[floor(now)]).await?)?)
}

async fn add(link: &mut Link, range: KeyRange, rows: i64) -> Result<()> {
    let sql = match link.engine() {
        Engine::Sqlite => FILL_SQLITE,
        Engine::Postgres => FILL_POSTGRES,
    };
    let step = ((range.last - range.first) / rows.max(1)).max(1);
    let mut added = 0;
    while added < rows {
        let next = rows.min(added + BATCH);
        link.execute(sql, &[range.first, step, added, next]).await?;
        added = next;
    }
    Ok(())
}

/// Leaves the store as one that grew slowly would be: counted, tidy, and all of it on the disk.
async fn settle(database: &Database, mut link: Link) -> Result<()> {
    match link.engine() {
        Engine::Sqlite => {
            link.number("PRAGMA wal_checkpoint(TRUNCATE)", &[]).await?;
        }
        Engine::Postgres => {
            link.execute("VACUUM ANALYZE tokens", &[]).await?;
        }
    }
    link.close().await?;
    // What was written without waiting is not known to the database as something to wait for.
    Command::new("sync").status()?;
    database.make_durable().await
}

async fn now(link: &mut Link) -> Result<i64> {
    let sql = match link.engine() {
        Engine::Sqlite => "SELECT unixepoch()",
        Engine::Postgres => "SELECT CAST(EXTRACT(EPOCH FROM now()) AS BIGINT)",
    };
    link.number(sql, &[]).await
}

/// The lowest key of a row that is kept until a second.
fn floor(second: i64) -> i64 {
    (second - EPOCH) << RANDOM_BITS
}
