//! Clients, some at a time.

use std::{collections::HashMap, sync::LazyLock};

use sqlx::FromRow;

use crate::model::{
    client_id::ClientId, registered_client::RegisteredClient, timestamp::Timestamp,
};

use super::{
    Result,
    batch::{Batch, BatchSql, Type},
    engine::Handle,
};

#[derive(FromRow)]
struct Named {
    client_id: ClientId,
    name: String,
    status: String,
}

/// When clients were last known by their proof.
static LAST_USED: LazyLock<BatchSql> = LazyLock::new(|| {
    BatchSql::new(
        &[("wanted", Type::Text)],
        "SELECT c.client_id, c.last_used_at FROM given {each clients c: c.client_id = given.wanted}
         WHERE c.last_used_at IS NOT NULL",
    )
});

/// Ids and names of clients, as far as they were read.
#[derive(Debug)]
pub struct ClientNames {
    /// Those that are not deleted.
    pub named: Vec<(ClientId, String)>,
    /// How many rows were read, also of deleted ones.
    pub rows: i64,
    /// The last id that was read.
    pub last: Option<String>,
}

impl Handle {
    /// The ids and names of clients whose ids come after `after`, in their order: of `limit` rows.
    pub async fn client_names(&mut self, after: &str, limit: i64) -> Result<ClientNames> {
        let rows: Vec<Named> = self
            .query(
                "SELECT client_id, name, status FROM clients
                 WHERE client_id > $1 ORDER BY client_id LIMIT $2",
            )
            .bind(after)
            .bind(limit)
            .fetch_all()
            .await?;
        let last = rows.last().map(|row| row.client_id.as_str().to_owned());
        let count = i64::try_from(rows.len()).unwrap_or(limit);
        let alive = rows.into_iter().filter(|row| row.status != "deleted");
        let named = alive.map(|row| (row.client_id, row.name)).collect();
        Ok(ClientNames { named, rows: count, last })
    }

    /// The ids of the clients of exactly this name, at most `limit`.
    ///
    /// It is not said that all have one name: PostgreSQL would then take the order to be that of the
    /// ids, and for a name that it thinks frequent walk along those of all clients.
    pub async fn clients_named(&mut self, name: &str, limit: i64) -> Result<Vec<ClientId>> {
        let rows: Vec<(ClientId,)> = self
            .query(
                "SELECT client_id FROM clients
                 WHERE (name, client_id) > ($1, '') AND name <= $1 AND status <> 'deleted'
                 ORDER BY name, client_id LIMIT $2",
            )
            .bind(name)
            .bind(limit)
            .fetch_all()
            .await?;
        Ok(rows.into_iter().map(|(client_id,)| client_id).collect())
    }

    /// These clients and their secrets.
    pub async fn registered_clients(
        &mut self,
        wanted: &[ClientId],
    ) -> Result<HashMap<ClientId, RegisteredClient>> {
        self.find_registered_clients(wanted.iter()).await
    }

    /// When each of these clients was last known by its proof, where that is noted.
    pub async fn clients_last_used(
        &mut self,
        wanted: &[ClientId],
    ) -> Result<HashMap<String, Timestamp>> {
        let mut batch = Batch::new(&LAST_USED);
        for client_id in wanted {
            batch.bind(client_id.as_str());
        }
        let rows: Vec<(String, Timestamp)> = self.batch(batch).await?;
        Ok(rows.into_iter().collect())
    }
}
