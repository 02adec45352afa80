//! Resource servers.

use crate::model::{resource_server::ResourceServer, timestamp::Timestamp};

use super::{Result, Transaction, change::Change, engine::Handle};

impl Handle {
    /// Every resource server, by audience. There are few.
    pub async fn resource_servers(&mut self) -> Result<Vec<ResourceServer>> {
        self.query(
            "SELECT audience, name, scope, is_default, introspectors, created_at, updated_at
             FROM resource_servers ORDER BY audience",
        )
        .fetch_all()
        .await
    }
}

impl Transaction {
    /// Adds a resource server, unless its audience is taken. Returns whether it did.
    pub async fn insert_resource_server(&mut self, server: &ResourceServer) -> Result<bool> {
        self.changes(Change::ResourceServers);
        let rows = self
            .query(
                "INSERT INTO resource_servers
                     (audience, name, scope, is_default, introspectors, created_at, updated_at)
                 VALUES ($1, $2, $3, $4, $5, $6, $7) ON CONFLICT (audience) DO NOTHING",
            )
            .bind(server.audience.as_str())
            .bind(server.name.as_str())
            .bind(server.scope.to_string())
            .bind(server.is_default)
            .bind(server.introspectors.to_string())
            .bind(server.created_at)
            .bind(server.updated_at)
            .execute()
            .await?;
        Ok(rows == 1)
    }

    /// Changes a resource server, unless somebody changed it since `seen`. Returns whether it did.
    pub async fn update_resource_server(
        &mut self,
        server: &ResourceServer,
        seen: Timestamp,
    ) -> Result<bool> {
        self.changes(Change::ResourceServers);
        let rows = self
            .query(
                "UPDATE resource_servers
                 SET name = $2, scope = $3, is_default = $4, introspectors = $5, updated_at = $6
                 WHERE audience = $1 AND updated_at = $7",
            )
            .bind(server.audience.as_str())
            .bind(server.name.as_str())
            .bind(server.scope.to_string())
            .bind(server.is_default)
            .bind(server.introspectors.to_string())
            .bind(server.updated_at)
            .bind(seen)
            .execute()
            .await?;
        Ok(rows == 1)
    }

    /// Deletes a resource server. Returns whether it was there.
    pub async fn delete_resource_server(&mut self, audience: &str) -> Result<bool> {
        self.changes(Change::ResourceServers);
        let rows = self
            .query("DELETE FROM resource_servers WHERE audience = $1")
            .bind(audience)
            .execute()
            .await?;
        Ok(rows == 1)
    }
}
