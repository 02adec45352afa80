//! A statement runs to its end, within its time, and leaves its connection in a known state.

use std::{future::Future, time::Duration};

use super::{
    Result,
    database::Database,
    error::{ends_connection, is_read_only},
    faults::Fault,
};

/// Waits for `work` at most `limit`.
pub(super) async fn within<T>(
    limit: Duration,
    work: impl Future<Output = Result<T, sqlx::Error>>,
) -> Result<T> {
    match tokio::time::timeout(limit, work).await {
        Ok(outcome) => Ok(outcome?),
        Err(_) => Err(sqlx::Error::PoolTimedOut.into()),
    }
}

/// Waits for `work` as long as the database may take, on the host of that number; `settled` stays
/// false if it does not come to its end.
pub(super) async fn settle<T>(
    settled: &mut bool,
    (database, host): (&Database, u64),
    sql: &str,
    work: impl Future<Output = Result<T, sqlx::Error>>,
) -> Result<T> {
    *settled = false;
    let fault = database.faults.next(sql);
    within(database.timeout, async {
        match fault {
            None => {}
            Some(Fault::Delayed(time)) => tokio::time::sleep(time).await,
            Some(Fault::LostBefore) => return Err(lost()),
            Some(Fault::Refused) => {
                *settled = true;
                return Err(sqlx::Error::Configuration("refused on purpose".into()));
            }
            Some(Fault::LostAfter) => {
                work.await?;
                return Err(lost());
            }
        }
        let outcome = database.wait(host, work).await;
        *settled = outcome.as_ref().map_or_else(leaves_connection, |_| true);
        outcome
    })
    .await
}

/// Whether a connection can be used on after an error: the engine refused a statement, but not for
/// good, or we could not read its answer.
fn leaves_connection(error: &sqlx::Error) -> bool {
    use sqlx::Error::{ColumnDecode, ColumnNotFound, Decode, RowNotFound};
    match error.as_database_error() {
        Some(_) => !ends_connection(error) && !is_read_only(error),
        None => matches!(error, ColumnDecode { .. } | ColumnNotFound(_) | Decode(_) | RowNotFound),
    }
}

fn lost() -> sqlx::Error {
    sqlx::Error::Io(std::io::ErrorKind::ConnectionReset.into())
}
