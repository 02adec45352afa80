//! How much of something there was, by the minute and by longer periods: what the overview reads.
//! All nodes add to the same rows.

use std::sync::LazyLock;

use sqlx::FromRow;

use crate::model::{series::Period, timestamp::Timestamp};

use super::{
    Result, Store,
    batch::{Batch, BatchSql, Type},
    engine::Handle,
};

/// The columns of a row.
const COLUMNS: &[(&str, Type)] = &[
    ("name", Type::Text),
    ("period", Type::Integer),
    ("at", Type::Integer),
    ("value", Type::Integer),
];

/// Adds to what was counted.
static ADD: LazyLock<BatchSql> = LazyLock::new(|| {
    BatchSql::new(
        COLUMNS,
        "INSERT INTO series (name, period, at, value)
         SELECT name, period, at, value FROM given WHERE true
         ON CONFLICT (name, period, at) DO UPDATE SET value = series.value + excluded.value",
    )
});

/// Notes what was measured: the last in a period stands for it.
static SET: LazyLock<BatchSql> = LazyLock::new(|| {
    BatchSql::new(
        COLUMNS,
        "INSERT INTO series (name, period, at, value)
         SELECT name, period, at, value FROM given WHERE true
         ON CONFLICT (name, period, at) DO UPDATE SET value = excluded.value",
    )
});

/// How much of something there was, or how large it was.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, FromRow)]
pub struct SeriesPoint {
    /// Of what.
    pub name: String,
    /// When the period began, or in which moment it was.
    pub at: Timestamp,
    /// How much.
    pub value: i64,
}

/// How many tokens of a type are good.
#[derive(Debug, Clone, PartialEq, Eq, FromRow)]
pub struct ActiveOfType {
    /// The name of the type as it is shown.
    pub name: String,
    /// How many.
    pub active: i64,
    /// How many of them end within an hour.
    pub ending: i64,
}

impl Store {
    /// Adds what was counted to every period that it lies in: all of it, or none.
    pub async fn add_to_series(&self, counts: &[SeriesPoint]) -> Result<()> {
        self.put_in_series(&ADD, &Period::ALL, counts).await
    }

    /// Notes what was measured, in each of `periods` that it lies in: all of it, or none.
    pub async fn set_series(&self, periods: &[Period], measured: &[SeriesPoint]) -> Result<()> {
        self.put_in_series(&SET, periods, measured).await
    }

    async fn put_in_series(
        &self,
        sql: &'static BatchSql,
        periods: &[Period],
        points: &[SeriesPoint],
    ) -> Result<()> {
        if points.is_empty() {
            return Ok(());
        }
        let mut rows: Vec<(&str, i64, Timestamp, i64)> = Vec::new();
        for SeriesPoint { name, at, value } in points {
            for period in periods {
                let (seconds, begun) = (period.seconds(), period.begun(*at));
                // One statement touches a row once.
                match rows.iter_mut().find(|row| (row.0, row.1, row.2) == (name, seconds, begun)) {
                    Some(row) => row.3 += value,
                    None => rows.push((name, seconds, begun, *value)),
                }
            }
        }
        // In one order, so that no two nodes wait for each other.
        rows.sort_unstable();
        let mut batch = Batch::new(sql);
        for (name, seconds, begun, value) in rows {
            batch.bind(name).bind(seconds).bind(begun).bind(value);
        }
        let mut store = self.begin().await?;
        store.execute_batch(batch).await?;
        store.commit().await
    }
}

impl Handle {
    /// What was counted and measured in periods of one length, from one that began at `since` on;
    /// not the counts by type.
    pub async fn series(&mut self, period: Period, since: Timestamp) -> Result<Vec<SeriesPoint>> {
        let mut points: Vec<SeriesPoint> = self
            .query(
                "SELECT name, at, value FROM series
                 WHERE name IN ('introspected', 'refused', 'issued', 'revoked', 'used',
                                'signed_in', 'refresh_reused', 'code_reused', 'database_bytes',
                                'active')
                   AND period = $1 AND at >= $2",
            )
            .bind(period.seconds())
            .bind(since)
            .fetch_all()
            .await?;
        points.extend(self.steps(period, since).await?);
        Ok(points)
    }

    /// How often introspections took how long. By itself, so that neither statement reads more than
    /// a thousand rows.
    async fn steps(&mut self, period: Period, since: Timestamp) -> Result<Vec<SeriesPoint>> {
        self.query(
            "SELECT name, at, value FROM series
             WHERE name IN ('took_00', 'took_01', 'took_02', 'took_03', 'took_04', 'took_05',
                            'took_06', 'took_07', 'took_08', 'took_09', 'took_10', 'took_11')
               AND period = $1 AND at >= $2",
        )
        .bind(period.seconds())
        .bind(since)
        .fetch_all()
        .await
    }

    /// What was measured last, each in the minute that it was measured in.
    pub async fn latest_series(&mut self) -> Result<Vec<SeriesPoint>> {
        self.query(
            "SELECT s.name, s.at, s.value
             FROM (SELECT 'database_bytes' AS name UNION ALL SELECT 'entries'
                   UNION ALL SELECT 'active' UNION ALL SELECT 'overdue'
                   UNION ALL SELECT 'secrets_ending' UNION ALL SELECT 'chain_broken'
                   UNION ALL SELECT 'swept' UNION ALL SELECT 'due_in_a_day') AS wanted
             JOIN series s ON s.name = wanted.name AND s.period = $1
              AND s.at = (SELECT MAX(at) FROM series WHERE name = wanted.name AND period = $1)",
        )
        .bind(Period::Minute.seconds())
        .fetch_all()
        .await
    }

    /// How many tokens of each type were good when they were last counted, the most first.
    pub async fn active_by_type(&mut self, limit: i64) -> Result<Vec<ActiveOfType>> {
        self.query(
            "SELECT y.name, s.value AS active, COALESCE(e.value, 0) AS ending
             FROM token_types y
             JOIN series s ON s.name = 'active:' || y.name_fold AND s.period = $1
              AND s.at = (SELECT MAX(at) FROM series WHERE name = 'active' AND period = $1)
             LEFT JOIN series e ON e.name = 'ending:' || y.name_fold AND e.period = $1
              AND e.at = s.at
             WHERE s.value > 0
             ORDER BY s.value DESC, y.name LIMIT $2",
        )
        .bind(Period::Minute.seconds())
        .bind(limit)
        .fetch_all()
        .await
    }

    /// How many tokens of the type of this folded name were good when they were last counted;
    /// nothing before the first time.
    pub async fn active_of_type(&mut self, name: &str) -> Result<Option<i64>> {
        let found: Option<(i64,)> = self
            .query(
                "SELECT COALESCE(s.value, 0) FROM series l
                 LEFT JOIN series s ON s.name = 'active:' || $2 AND s.period = $1 AND s.at = l.at
                 WHERE l.name = 'active' AND l.period = $1
                   AND l.at = (SELECT MAX(at) FROM series WHERE name = 'active' AND period = $1)",
            )
            .bind(Period::Minute.seconds())
            .bind(name)
            .fetch_optional()
            .await?;
        Ok(found.map(|(count,)| count))
    }

    /// How many JWTs of each signing key worked when they were last counted, and in which minute that
    /// was: nothing before the first time.
    pub async fn live_by_key(&mut self) -> Result<Vec<SeriesPoint>> {
        self.query(
            "SELECT k.kid AS name, l.at, COALESCE(s.value, 0) AS value
             FROM signing_keys k
             JOIN (SELECT MAX(at) AS at FROM series WHERE name = 'signed' AND period = $1) l
               ON l.at IS NOT NULL
             LEFT JOIN series s ON s.name = 'signed:' || k.kid AND s.period = $1 AND s.at = l.at",
        )
        .bind(Period::Minute.seconds())
        .fetch_all()
        .await
    }

    /// The first name of a series after another one.
    pub async fn next_series(&mut self, after: &str) -> Result<Option<String>> {
        self.query("SELECT MIN(name) FROM series WHERE name > $1")
            .bind(after)
            .fetch_value::<Option<String>>()
            .await
    }

    /// Deletes the rows of one series whose time is over at `now`. Returns how many.
    pub async fn sweep_series(&mut self, name: &str, now: Timestamp) -> Result<u64> {
        let mut rows = 0;
        for period in Period::ALL {
            rows += self
                .query("DELETE FROM series WHERE name = $1 AND period = $2 AND at < $3")
                .bind(name)
                .bind(period.seconds())
                .bind(now.minus(period.kept()))
                .execute()
                .await?;
        }
        Ok(rows)
    }
}

#[cfg(test)]
mod tests {
    use crate::model::series::{
        ACTIVE_OF, Counted, ENDING_OF, Gauge, SIGNED, SIGNED_BY, STEP_NAMES,
    };

    #[test]
    fn statements_name_the_series_that_there_are() {
        let text = include_str!("series.rs");
        let counted = Counted::ALL.map(Counted::name);
        for name in counted.iter().chain(&STEP_NAMES).chain(&Gauge::ALL.map(Gauge::name)) {
            assert!(text.contains(&format!("'{name}'")), "{name}");
        }
        for prefix in [ACTIVE_OF, ENDING_OF] {
            assert!(text.contains(&format!("'{prefix}' || y.name_fold")), "{prefix}");
        }
        assert!(text.contains(&format!("'{SIGNED_BY}' || k.kid")));
        assert!(text.contains(&format!("name = '{SIGNED}'")));
    }
}
