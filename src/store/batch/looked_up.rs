//! Rows that belong to those of `given`, looked up by an index however small their table is.
//!
//! A statement says `{each TABLE NAME: CONDITION}` for a join, and `{any TABLE NAME: CONDITION}` for
//! one that leaves nothing where there is no such row. PostgreSQL's planner would else read a table
//! of some thousand rows whole, where a page of fifty wants fifty of them.

/// The marks, and whether what has no row in the table stays.
const MARKS: [(&str, bool); 2] = [("{each ", false), ("{any ", true)];

/// As PostgreSQL wants it.
pub(super) fn lateral(sql: String) -> String {
    written(sql, |table, condition, stays| {
        let name = table.rsplit(' ').next().unwrap_or(table);
        let join = if stays { "LEFT" } else { "CROSS" };
        let on = if stays { " ON TRUE" } else { "" };
        // The offset keeps the planner from making an ordinary join of it.
        let rows = format!("SELECT * FROM {table} WHERE {condition} OFFSET 0");
        format!("{join} JOIN LATERAL ({rows}) {name}{on}")
    })
}

/// As SQLite wants it, which goes by the order of a cross join, and may turn another about.
pub(super) fn plain(sql: String) -> String {
    written(sql, |table, condition, stays| {
        let join = if stays { "LEFT" } else { "CROSS" };
        format!("{join} JOIN {table} ON {condition}")
    })
}

fn written(mut sql: String, join: impl Fn(&str, &str, bool) -> String) -> String {
    for (mark, stays) in MARKS {
        while let Some(start) = sql.find(mark) {
            let Some((told, _)) = sql[start + mark.len()..].split_once('}') else { break };
            let end = start + mark.len() + told.len() + 1;
            let (table, condition) = told.split_once(": ").unwrap_or((told, "TRUE"));
            let joined = join(table, condition, stays);
            sql.replace_range(start..end, &joined);
        }
    }
    sql
}
