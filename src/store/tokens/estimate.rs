//! How many entries there are of a kind, as the database guesses without looking.

use crate::model::{entry_key::EntryKey, query::Alike};

use super::super::{Result, engine::Handle};

/// Asks PostgreSQL's planner how many entries from `$1` on have a value in a column.
macro_rules! planned {
    ($column:literal) => {
        concat!("EXPLAIN SELECT 1 FROM tokens WHERE entry_key >= $1 AND ", $column, " = $2")
    };
}

impl Handle {
    /// About how many entries from `first` on are alike, as PostgreSQL's planner estimates from its
    /// statistics: by the value itself where it is a frequent one. `None` on SQLite, which has none.
    pub async fn estimate_tokens(&mut self, first: EntryKey, alike: &Alike) -> Result<Option<i64>> {
        if self.database.is_sqlite() {
            return Ok(None);
        }
        let sql = match alike {
            Alike::Client(_) => planned!("client_id"),
            Alike::User(_) => planned!("user_id"),
            Alike::Type(_) => planned!("type_name"),
            Alike::Kind(_) => planned!("kind"),
            Alike::Format(_) => planned!("format"),
            Alike::Status(_) => planned!("status"),
        };
        let statement = self.query(sql).bind(first);
        let plan: Option<(String,)> = match alike {
            Alike::Client(client_id) => statement.bind(client_id.as_str()),
            Alike::User(user_id) => statement.bind(*user_id),
            Alike::Type(name) => statement.bind(name.clone()),
            Alike::Kind(kind) => statement.bind(kind.as_str()),
            Alike::Format(format) => statement.bind(format.as_str()),
            Alike::Status(status) => statement.bind(status.as_str()),
        }
        .fetch_optional()
        .await?;
        Ok(plan.and_then(|(line,)| rows(&line)))
    }
}

/// How many rows the first line of a plan says.
fn rows(line: &str) -> Option<i64> {
    let (_, rest) = line.split_once(" rows=")?;
    rest.split(' ').next()?.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::rows;

    #[test]
    fn the_first_line_of_a_plan_says_how_many_rows() {
        let line =
            "Index Only Scan using tokens_client on tokens  (cost=0.43..9.10 rows=123 width=4)";
        assert_eq!(rows(line), Some(123));
        assert_eq!(rows("Result"), None);
    }
}
