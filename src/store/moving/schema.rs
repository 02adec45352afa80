//! What a store has: tables and columns, rows, and how far its schema is.

use crate::model::audit::AuditEvent;

use super::{
    super::migrate::newest_known,
    Progress, Stage, Watch,
    link::Link,
    obstacle::{Obstacle, Outcome},
    tables::{Kind, LEFT_BEHIND, SEEDED, TABLES},
};

/// The columns of an SQLite file, as `table.column type`.
const SQLITE_COLUMNS: &str =
    "SELECT m.name || '.' || c.name || ' ' || c.type FROM sqlite_master m, pragma_table_info(m.name) c
     WHERE m.type = 'table' AND m.name NOT GLOB 'sqlite_*' AND m.name <> 'backup'";

/// The columns of a PostgreSQL database, likewise.
const POSTGRES_COLUMNS: &str =
    "SELECT table_name || '.' || column_name || ' ' || data_type FROM information_schema.columns
     WHERE table_schema = current_schema()
       AND table_name IN (SELECT table_name FROM information_schema.tables
                          WHERE table_schema = current_schema() AND table_type = 'BASE TABLE')";

/// How many rows a store has.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Contents {
    /// Entries of tokens.
    pub(super) entries: i64,
    /// Rows of all else, but for what a new store has.
    pub(super) others: i64,
}

/// What the schema has and the list of tables has not, or has otherwise, and the other way round.
pub(super) async fn unlisted(link: &mut Link) -> Outcome<Vec<String>> {
    let sql = if link.is_sqlite() { SQLITE_COLUMNS } else { POSTGRES_COLUMNS };
    let there = link.texts(sql).await?;
    let mut listed = Vec::new();
    for table in TABLES {
        listed.extend(
            table.columns().iter().map(|(name, kind)| (format!("{}.{name}", table.name), *kind)),
        );
    }
    let mut found = Vec::new();
    let mut seen = Vec::new();
    for column in &there {
        let (name, r#type) = column.split_once(' ').unwrap_or((column, ""));
        let table = name.split('.').next().unwrap_or_default();
        if LEFT_BEHIND.contains(&table) {
            continue;
        }
        let is_listed = |(listed, kind): &(String, Kind)| {
            listed == name && Kind::of_type(r#type) == Some(*kind)
        };
        if listed.iter().any(is_listed) {
            seen.push(name);
        } else {
            found.push(column.clone());
        }
    }
    let missing = listed.iter().filter(|(name, _)| !seen.contains(&name.as_str()));
    found.extend(missing.map(|(name, _)| format!("{name} (which is not there)")));
    found.sort();
    Ok(found)
}

/// Refuses a schema of which something would be lost.
pub(super) async fn refuse_unlisted(link: &mut Link) -> Outcome<()> {
    match unlisted(link).await?.as_slice() {
        [] => Ok(()),
        found => Err(Obstacle::Unlisted(found.join(", "))),
    }
}

/// The newest migration applied; 0 where there is none.
pub(super) async fn applied(link: &mut Link) -> Outcome<i64> {
    if !has_table(link, "refinery_schema_history").await? {
        return Ok(0);
    }
    link.number("SELECT CAST(COALESCE(MAX(version), 0) AS BIGINT) FROM refinery_schema_history")
        .await
}

/// Refuses a schema that is not just ours.
pub(super) async fn refuse_other_schema(link: &mut Link) -> Outcome<()> {
    let (applied, known) = (applied(link).await?, newest_known());
    match applied {
        0 => Err(Obstacle::Missing),
        _ if applied > known => Err(Obstacle::Newer { applied, known }),
        _ if applied < known => Err(Obstacle::Older { applied, known }),
        _ => Ok(()),
    }
}

/// Refuses a store without the one row about itself: it lost everything, or never had anything.
pub(super) async fn refuse_hollow(link: &mut Link) -> Outcome<()> {
    match link.number("SELECT COUNT(*) FROM instance").await? {
        1 => Ok(()),
        rows => Err(Obstacle::Hollow(rows)),
    }
}

/// Holds every table as it is laid out: nobody empties it, and everybody reads and writes.
pub(super) fn hold_all() -> String {
    let names: Vec<&str> = TABLES.iter().map(|table| table.name).collect();
    format!("LOCK TABLE {} IN ACCESS SHARE MODE", names.join(", "))
}

/// Whether there is a table of this name, which is one of ours.
pub(super) async fn has_table(link: &mut Link, name: &'static str) -> Outcome<bool> {
    let sql = if link.is_sqlite() {
        format!("SELECT COUNT(*) FROM sqlite_master WHERE type = 'table' AND name = '{name}'")
    } else {
        format!(
            "SELECT COUNT(*) FROM information_schema.tables
             WHERE table_schema = current_schema() AND table_name = '{name}'"
        )
    };
    Ok(link.number(sql).await? > 0)
}

/// How many rows the store has; none where it has no schema.
pub(super) async fn contents(link: &mut Link) -> Outcome<Contents> {
    let mut contents = Contents { entries: 0, others: 0 };
    if !has_table(link, "instance").await? {
        return Ok(contents);
    }
    for table in TABLES {
        // An older schema may not have it yet.
        if !has_table(link, table.name).await? {
            continue;
        }
        let rows = match table.name {
            "instance" => "instance WHERE master_check IS NOT NULL OR generation > 1".to_owned(),
            "setup" => "setup WHERE setup_hash IS NOT NULL OR setup_done_at IS NOT NULL".to_owned(),
            "token_types" => "token_types WHERE source <> 'built-in'".to_owned(),
            name => name.to_owned(),
        };
        let rows = link.number(format!("SELECT COUNT(*) FROM {rows}")).await?;
        if table.name == "tokens" {
            contents.entries = rows;
        } else {
            contents.others += rows;
        }
    }
    Ok(contents)
}

/// Takes out what a new store has, or with `all` everything that a store has.
pub(super) async fn clear(link: &mut Link, all: bool) -> Outcome<()> {
    if !all {
        for name in SEEDED {
            link.run(format!("DELETE FROM {name}")).await?;
        }
        return Ok(());
    }
    let names: Vec<&str> = TABLES.iter().map(|table| table.name).collect();
    link.run(format!("TRUNCATE {}, nodes, leases", names.join(", "))).await.map(drop)
}

/// Takes out the indexes of an SQLite file that are not part of a table. Returns the statements that
/// make them again: sorting all rows once is faster than finding a place for each.
pub(super) async fn drop_indexes(file: &mut Link) -> Outcome<Vec<String>> {
    let indexes = "FROM sqlite_master WHERE type = 'index' AND sql IS NOT NULL ORDER BY name";
    let statements = file.texts(format!("SELECT sql {indexes}")).await?;
    for name in file.texts(format!("SELECT name {indexes}")).await? {
        file.run(format!("DROP INDEX {name}")).await?;
    }
    Ok(statements)
}

/// Makes them again.
pub(super) async fn make_indexes(
    file: &mut Link,
    statements: &[String],
    watch: Watch<'_>,
) -> Outcome<()> {
    let total = statements.len() as u64;
    for (done, statement) in (0..).zip(statements) {
        watch(Progress { stage: Stage::Indexes, done, total });
        file.run(statement.as_str()).await?;
    }
    Ok(())
}

/// Ends every token that is out, as far as they are looked up, and every browser session; forgets
/// which servers there were. `event` says when, by whom and why.
pub(super) async fn end_everything(link: &mut Link, event: &AuditEvent) -> Outcome<()> {
    let text = |text: &str| format!("'{}'", text.replace('\'', "''"));
    let AuditEvent { at, actor, action, .. } = event;
    link.run("UPDATE instance SET generation = generation + 1 WHERE id = 1").await?;
    link.run(format!(
        "INSERT INTO generation_ends (whose, name, generation, at, by, reason)
         SELECT 'server', '', generation, {}, {}, {} FROM instance WHERE id = 1",
        at.0,
        text(actor),
        text(action)
    ))
    .await?;
    for table in ["browser_sessions", "nodes", "leases"] {
        link.run(format!("DELETE FROM {table}")).await?;
    }
    Ok(())
}

impl Contents {
    pub(super) fn is_empty(self) -> bool {
        self == Contents { entries: 0, others: 0 }
    }
}
