//! What a backup says of its own rows: a bit that flipped on the disk is seen, wherever it is.

use super::{link::Link, obstacle::Outcome};

/// The tables of a backup, but for the one that says so.
const TABLES_OF_A_FILE: &str = "SELECT name FROM sqlite_master
     WHERE type = 'table' AND name NOT GLOB 'sqlite_*' AND name <> 'backup' ORDER BY name";

/// How many rows each table of a backup has and what they hold: a line for each, `name rows digest`.
/// What the columns are does not matter, so that backups of any schema can be told.
pub(super) async fn digests(file: &mut Link) -> Outcome<String> {
    let mut lines = Vec::new();
    for table in file.texts(TABLES_OF_A_FILE).await? {
        let tally = file.tally(&table).await?;
        lines.push(format!("{table} {} {:032x}", tally.rows, tally.sum));
    }
    Ok(lines.join("\n"))
}

/// What a backup said of itself when it was made; `None` for one of a program that said nothing yet.
pub(super) async fn kept(file: &mut Link) -> Outcome<Option<String>> {
    let column = "SELECT COUNT(*) FROM pragma_table_info('backup') WHERE name = 'digests'";
    if file.number(column).await? == 0 {
        return Ok(None);
    }
    file.texts("SELECT digests FROM backup").await.map(|said| Some(said.concat()))
}

/// The first table that is not as it was.
pub(super) fn difference(kept: &str, found: &str) -> Option<String> {
    let other = |one: &str, lines: &str| {
        let missing = one.lines().find(|line| !lines.lines().any(|other| other == *line));
        missing.and_then(|line| line.split(' ').next()).map(str::to_owned)
    };
    other(kept, found).or_else(|| other(found, kept))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_table_that_is_another_missing_or_new_is_named() {
        let kept = "a 1 00\nb 2 11";

        assert_eq!(difference(kept, kept), None);
        assert_eq!(difference(kept, "a 1 00\nb 2 12").as_deref(), Some("b"));
        assert_eq!(difference(kept, "b 2 11").as_deref(), Some("a"));
        assert_eq!(difference(kept, "a 1 00\nb 2 11\nc 0 00").as_deref(), Some("c"));
    }
}
