//! Clients and their secrets.

use std::{
    collections::{HashMap, HashSet},
    sync::LazyLock,
};

use sqlx::FromRow;
use uuid::Uuid;

use crate::model::{
    client::{Client, ClientStatus},
    client_id::ClientId,
    client_secret::{ClientSecret, SecretKind},
    registered_client::RegisteredClient,
    reuse::Reuse,
    signature_algorithm::SignatureAlgorithm,
    space_delimited::SpaceDelimited,
    timestamp::Timestamp,
    token_format::TokenFormat,
};

use super::{
    Result, Transaction,
    batch::{Batch, BatchSql, Type},
    change::Change,
    engine::Handle,
    tokens::End,
};

/// A client beside one of its secrets, or beside nothing.
#[derive(FromRow)]
struct ClientAndSecret {
    #[sqlx(flatten)]
    client: Client,
    secret_id: Option<Uuid>,
    hint: Option<String>,
    secret_kind: Option<String>,
    verifier: Option<Vec<u8>>,
    secret_created_at: Option<Timestamp>,
    expires_at: Option<Timestamp>,
    last_used_at: Option<Timestamp>,
    last_used_from: Option<String>,
}

macro_rules! client_columns {
    () => {
        "c.client_id, c.name, c.kind, c.authentication, c.jwks, c.assertion_audience,
         c.grant_types, c.scope, c.cors_origins, c.access_format, c.access_algorithm,
         c.access_lifetime, c.reuse, c.refresh_format, c.refresh_rotate, c.refresh_lifetime,
         c.redirect_uris, c.post_logout_redirect_uris, c.consent, c.optional_scope,
         c.require_pkce, c.id_token_algorithm, c.userinfo_algorithm, c.subject_type, c.sector,
         c.default_max_age, c.outlives_session, c.client_uri, c.policy_uri, c.tos_uri,
         c.status, c.generation, c.version, c.created_at, c.updated_at"
    };
}

impl Handle {
    /// Finds a client, whatever its status.
    pub async fn find_client(&mut self, client_id: &ClientId) -> Result<Option<Client>> {
        self.query(concat!(
            "SELECT ",
            client_columns!(),
            " FROM clients c WHERE c.client_id = $1 AND c.status <> 'deleted'"
        ))
        .bind(client_id.as_str())
        .fetch_optional()
        .await
    }

    /// Every client that is not deleted, by name on the wire.
    pub async fn clients(&mut self) -> Result<Vec<Client>> {
        self.query(concat!(
            "SELECT ",
            client_columns!(),
            " FROM clients c WHERE c.status <> 'deleted' ORDER BY c.client_id"
        ))
        .fetch_all()
        .await
    }

    /// The names of all that were deleted, and not added again.
    pub async fn deleted_clients(&mut self) -> Result<HashSet<String>> {
        let rows: Vec<(String,)> = self
            .query("SELECT client_id FROM clients WHERE status = 'deleted'")
            .fetch_all()
            .await?;
        Ok(rows.into_iter().map(|(client_id,)| client_id).collect())
    }

    /// The origins that active clients registered.
    pub(super) async fn cors_origins(&mut self) -> Result<HashSet<String>> {
        let rows: Vec<(String,)> = self
            .query(
                "SELECT cors_origins FROM clients WHERE status = 'active' AND cors_origins <> ''",
            )
            .fetch_all()
            .await?;
        let split = |(origins,): &(String,)| SpaceDelimited::from(origins.clone());
        Ok(rows
            .iter()
            .flat_map(|row| split(row).iter().map(str::to_owned).collect::<Vec<_>>())
            .collect())
    }
}

impl Transaction {
    /// Adds a client, unless its name is taken. The name of a deleted client may be given again:
    /// its generation goes on, so that no token of the old one comes back. Returns whether it did.
    pub async fn insert_client(&mut self, client: &Client) -> Result<bool> {
        self.changes(Change::Client(client.client_id.clone()));
        let rows = self
            .query(
                "INSERT INTO clients
                     (client_id, name, kind, authentication, jwks, assertion_audience, grant_types,
                      scope, redirect_uris, cors_origins, access_format, access_algorithm,
                      access_lifetime, refresh_format, refresh_rotate, refresh_lifetime, reuse,
                      status, generation, version, created_at, updated_at)
                 VALUES ($1, $2, $3, $4, $5, $6, $7, $8, '', $9, $10, $11, $12, $14, $15, $16,
                         $17, 'active', 1, 1, $13, $13)
                 ON CONFLICT (client_id) DO UPDATE SET
                     name = excluded.name, kind = excluded.kind,
                     authentication = excluded.authentication, jwks = excluded.jwks,
                     assertion_audience = excluded.assertion_audience,
                     grant_types = excluded.grant_types, scope = excluded.scope,
                     redirect_uris = '', cors_origins = excluded.cors_origins,
                     access_format = excluded.access_format,
                     access_algorithm = excluded.access_algorithm,
                     access_lifetime = excluded.access_lifetime,
                     refresh_format = excluded.refresh_format,
                     refresh_rotate = excluded.refresh_rotate,
                     refresh_lifetime = excluded.refresh_lifetime,
                     reuse = excluded.reuse, status = 'active',
                     generation = clients.generation + 1, version = clients.version + 1,
                     created_at = excluded.created_at, updated_at = excluded.updated_at
                 WHERE clients.status = 'deleted'",
            )
            .bind(client.client_id.as_str())
            .bind(client.name.as_str())
            .bind(client.kind.as_str())
            .bind(client.authentication.as_str())
            .bind(client.jwks.as_deref())
            .bind(client.assertion_audience.as_str())
            .bind(client.grant_types.to_string())
            .bind(client.scope.to_string())
            .bind(client.cors_origins.to_string())
            .bind(client.access_format.map(TokenFormat::as_str))
            .bind(client.access_algorithm.map(SignatureAlgorithm::as_str))
            .bind(client.access_lifetime)
            .bind(client.created_at)
            .bind(client.refresh_format.map(TokenFormat::as_str))
            .bind(client.refresh_rotate)
            .bind(client.refresh_lifetime)
            .bind(client.reuse.map(Reuse::as_str))
            .execute()
            .await?;
        if rows == 1 {
            self.set_sign_in_settings(client).await?;
        }
        Ok(rows == 1)
    }

    /// Changes a client's settings, unless somebody changed it since it was read. Returns whether
    /// it did.
    pub async fn update_client(&mut self, client: &Client, now: Timestamp) -> Result<bool> {
        self.changes(Change::Client(client.client_id.clone()));
        // What was signed under the lifetime of before has to verify until its end.
        self.note_lifetime_of(&client.client_id).await?;
        let rows = self
            .query(
                "UPDATE clients SET
                     name = $3, jwks = $4, assertion_audience = $5, grant_types = $6, scope = $7,
                     cors_origins = $8, access_format = $9, access_algorithm = $10,
                     access_lifetime = $11, authentication = $12, version = version + 1,
                     updated_at = $13, refresh_format = $14, refresh_rotate = $15,
                     refresh_lifetime = $16, reuse = $17
                 WHERE client_id = $1 AND version = $2 AND status <> 'deleted'",
            )
            .bind(client.client_id.as_str())
            .bind(client.version)
            .bind(client.name.as_str())
            .bind(client.jwks.as_deref())
            .bind(client.assertion_audience.as_str())
            .bind(client.grant_types.to_string())
            .bind(client.scope.to_string())
            .bind(client.cors_origins.to_string())
            .bind(client.access_format.map(TokenFormat::as_str))
            .bind(client.access_algorithm.map(SignatureAlgorithm::as_str))
            .bind(client.access_lifetime)
            .bind(client.authentication.as_str())
            .bind(now)
            .bind(client.refresh_format.map(TokenFormat::as_str))
            .bind(client.refresh_rotate)
            .bind(client.refresh_lifetime)
            .bind(client.reuse.map(Reuse::as_str))
            .execute()
            .await?;
        if rows == 1 {
            self.set_sign_in_settings(client).await?;
        }
        Ok(rows == 1)
    }

    /// Sets whether a client may do anything. Returns whether that changed something.
    ///
    /// Deleting raises its generation, which ends its tokens even if the name is given again: `end`
    /// says when, by whom and why.
    pub async fn set_client_status(
        &mut self,
        client_id: &ClientId,
        status: ClientStatus,
        end: &End,
    ) -> Result<bool> {
        self.changes(Change::Client(client_id.clone()));
        let rows = self
            .query(
                "UPDATE clients SET
                     status = $2, version = version + 1, updated_at = $3,
                     generation = CASE WHEN $2 = 'deleted' THEN generation + 1 ELSE generation END
                 WHERE client_id = $1 AND status <> $2 AND status <> 'deleted'",
            )
            .bind(client_id.as_str())
            .bind(status.as_str())
            .bind(end.at)
            .execute()
            .await?;
        if rows == 1 && status == ClientStatus::Deleted {
            self.note_client_generation(client_id, end).await?;
        }
        Ok(rows == 1)
    }
}

/// Finds clients with all their secrets.
static FIND_CLIENTS: LazyLock<BatchSql> = LazyLock::new(|| {
    BatchSql::new(
        &[("wanted", Type::Text)],
        concat!(
            "SELECT ",
            client_columns!(),
            ", s.secret_id, s.hint, s.kind AS secret_kind, s.verifier,
           s.created_at AS secret_created_at, s.expires_at, s.last_used_at, s.last_used_from
         FROM given {each clients c: c.client_id = given.wanted}
              {any client_secrets s: s.client_id = c.client_id}
         WHERE c.status <> 'deleted'"
        ),
    )
});

impl Handle {
    /// Finds clients and their secrets, in one statement.
    pub(super) async fn find_registered_clients(
        &mut self,
        wanted: impl Iterator<Item = &ClientId>,
    ) -> Result<HashMap<ClientId, RegisteredClient>> {
        let mut batch = Batch::new(&FIND_CLIENTS);
        for client_id in wanted {
            batch.bind(client_id.as_str());
        }
        let rows: Vec<ClientAndSecret> = self.batch(batch).await?;
        let mut found: HashMap<ClientId, RegisteredClient> = HashMap::new();
        for row in rows {
            let secret = row.secret();
            let client_id = row.client.client_id.clone();
            let registered = found
                .entry(client_id)
                .or_insert_with(|| RegisteredClient { client: row.client, secrets: Vec::new() });
            registered.secrets.extend(secret);
        }
        Ok(found)
    }
}

impl ClientAndSecret {
    fn secret(&self) -> Option<ClientSecret> {
        Some(ClientSecret {
            secret_id: self.secret_id?,
            client_id: self.client.client_id.clone(),
            hint: self.hint.clone()?,
            kind: self.secret_kind.as_deref()?.parse::<SecretKind>().ok()?,
            verifier: self.verifier.clone()?,
            created_at: self.secret_created_at?,
            expires_at: self.expires_at,
            last_used_at: self.last_used_at,
            last_used_from: self.last_used_from.clone(),
        })
    }
}
