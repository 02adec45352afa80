//! Consents: what people allowed clients to do.

use uuid::Uuid;

use crate::model::{client_id::ClientId, consent::Consent, timestamp::Timestamp};

use super::{Result, Transaction, engine::Handle, tokens::End};

/// What a client has for a person.
#[derive(Debug, Clone, sqlx::FromRow)]
pub struct ClientOfUser {
    /// The client's name on the wire.
    pub client_id: String,
    /// How many of its families are good.
    pub count: i64,
    /// When the last of them began.
    pub last_at: Timestamp,
}

macro_rules! consent_columns {
    () => {
        "c.consent_id, c.client_id, c.user_id, c.scope, c.declined_scope, c.claims, c.created_at, c.updated_at"
    };
}

impl Handle {
    /// What a person allows a client, if they were asked and have not taken it back.
    pub async fn find_consent(
        &mut self,
        client_id: &ClientId,
        user_id: Uuid,
    ) -> Result<Option<Consent>> {
        self.query(concat!(
            "SELECT ",
            consent_columns!(),
            " FROM consents c
             WHERE c.client_id = $1 AND c.user_id = $2 AND c.status = 'valid'"
        ))
        .bind(client_id.as_str())
        .bind(user_id)
        .fetch_optional()
        .await
    }

    /// All that a person allows, the last asked first.
    pub async fn consents_of(&mut self, user_id: Uuid) -> Result<Vec<Consent>> {
        self.query(concat!(
            "SELECT ",
            consent_columns!(),
            " FROM consents c WHERE c.user_id = $1 AND c.status = 'valid'
             ORDER BY c.updated_at DESC, c.consent_id"
        ))
        .bind(user_id)
        .fetch_all()
        .await
    }

    /// Which clients have something for a person that is still good, how many of it, and since when
    /// the last.
    pub async fn clients_with_families(
        &mut self,
        user_id: Uuid,
        at: Timestamp,
    ) -> Result<Vec<ClientOfUser>> {
        self.query(
            "SELECT client_id, COUNT(*) AS count, MAX(created_at) AS last_at FROM authorizations
             WHERE user_id = $1 AND user_id IS NOT NULL AND status = 'valid'
               AND (expires_at IS NULL OR expires_at > $2)
             GROUP BY client_id ORDER BY client_id",
        )
        .bind(user_id)
        .bind(at)
        .fetch_all()
        .await
    }

    /// Remembers what a person allowed, in place of what they did `before`. Returns the key of the
    /// row; `None` if what they allow is not that any more: it was taken back, or another answer of
    /// theirs came first.
    pub async fn remember_consent(
        &mut self,
        consent: &Consent,
        before: Option<&Consent>,
    ) -> Result<Option<Uuid>> {
        match before {
            Some(before) => self.replace_consent(consent, before).await,
            None => self.insert_consent(consent).await,
        }
    }

    async fn insert_consent(&mut self, consent: &Consent) -> Result<Option<Uuid>> {
        let added: Option<(Uuid,)> = self
            .query(
                "INSERT INTO consents
                     (consent_id, client_id, user_id, scope, claims, status, created_at,
                      updated_at, declined_scope)
                 VALUES ($1, $2, $3, $4, $5, 'valid', $6, $6, $7)
                 ON CONFLICT (client_id, user_id) WHERE status = 'valid' DO NOTHING
                 RETURNING consent_id",
            )
            .bind(consent.consent_id)
            .bind(consent.client_id.as_str())
            .bind(consent.user_id)
            .bind(consent.scope.to_string())
            .bind(consent.claims.to_string())
            .bind(consent.updated_at)
            .bind(consent.declined_scope.to_string())
            .fetch_optional()
            .await?;
        Ok(added.map(|(consent_id,)| consent_id))
    }

    async fn replace_consent(
        &mut self,
        consent: &Consent,
        before: &Consent,
    ) -> Result<Option<Uuid>> {
        let rows = self
            .query(
                "UPDATE consents SET scope = $2, claims = $3, declined_scope = $4, updated_at = $5
                 WHERE consent_id = $1 AND status = 'valid'
                   AND scope = $6 AND claims = $7 AND declined_scope = $8",
            )
            .bind(before.consent_id)
            .bind(consent.scope.to_string())
            .bind(consent.claims.to_string())
            .bind(consent.declined_scope.to_string())
            .bind(consent.updated_at)
            .bind(before.scope.to_string())
            .bind(before.claims.to_string())
            .bind(before.declined_scope.to_string())
            .execute()
            .await?;
        Ok((rows == 1).then_some(before.consent_id))
    }
}

impl Transaction {
    /// Takes back what a person allowed a client, and ends every family and token that came of it.
    /// Returns whether there was anything to take back.
    pub async fn end_consent(
        &mut self,
        (client_id, user_id): (&ClientId, Uuid),
        end: &End,
    ) -> Result<bool> {
        let rows = self
            .query(
                "UPDATE consents SET status = 'revoked', updated_at = $3
                 WHERE client_id = $1 AND user_id = $2 AND status = 'valid'",
            )
            .bind(client_id.as_str())
            .bind(user_id)
            .bind(end.at)
            .execute()
            .await?;
        // Also what came of being asked nothing: the person wants this client gone.
        let families: Vec<(Uuid,)> = self
            .query(
                "SELECT authorization_id FROM authorizations
                 WHERE user_id = $1 AND user_id IS NOT NULL AND client_id = $2
                   AND status = 'valid'
                 ORDER BY authorization_id",
            )
            .bind(user_id)
            .bind(client_id.as_str())
            .fetch_all()
            .await?;
        let families: Vec<_> = families.into_iter().map(|(family,)| family).collect();
        let ended = self.revoke_families(&families, end).await?;
        Ok(rows > 0 || ended > 0)
    }
}
