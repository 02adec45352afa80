//! Signing keys. Each step of their life is a conditional statement: of several nodes that take it
//! at once, one does.

use std::time::Duration;

use sqlx::FromRow;

use crate::model::{
    client::signs_for,
    client_id::ClientId,
    key_rotation::KEPT_LONGER,
    signature_algorithm::SignatureAlgorithm,
    signing_key::{SigningKey, SigningKeyState},
    space_delimited::SpaceDelimited,
    timestamp::Timestamp,
};

use super::{Result, Transaction, change::Change, engine::Handle};

/// The first schema whose servers need no private half of a key that signs no more.
const NEEDS_NO_PRIVATE_HALF: i64 = 2;

macro_rules! key_columns {
    () => {
        "kid, algorithm, state, public_jwk, private_sealed, public_sealed, seal_key, created_at,
         activate_at, retire_at, drop_at, longest_lifetime"
    };
}

/// How many clients are asked at once what they name.
const ASKED_AT_ONCE: usize = 1000;

/// What is signed for a client, as its row says it.
#[derive(FromRow)]
struct ClientAlgorithms {
    client_id: String,
    status: String,
    access_algorithm: Option<String>,
    id_token_algorithm: Option<String>,
    userinfo_algorithm: Option<String>,
    grant_types: String,
}

impl ClientAlgorithms {
    /// What an older server does not know was written by a newer one, which sees to it.
    fn read(&self, id_tokens: SignatureAlgorithm) -> Vec<SignatureAlgorithm> {
        if self.status == "deleted" {
            return Vec::new();
        }
        let named = |column: &Option<String>| column.as_deref().and_then(|name| name.parse().ok());
        signs_for(
            &SpaceDelimited::parse(&self.grant_types),
            named(&self.access_algorithm),
            (named(&self.id_token_algorithm).unwrap_or(id_tokens), named(&self.userinfo_algorithm)),
        )
    }
}

impl Handle {
    /// Every signing key that signs or is published, oldest first.
    pub(super) async fn signing_keys(&mut self) -> Result<Vec<SigningKey>> {
        self.query(concat!(
            "SELECT ",
            key_columns!(),
            " FROM signing_keys WHERE state IN ('staged', 'active', 'retiring')
             ORDER BY created_at, kid"
        ))
        .fetch_all()
        .await
    }

    /// Every signing key that is not dropped, withdrawn ones too, oldest first.
    pub async fn all_signing_keys(&mut self) -> Result<Vec<SigningKey>> {
        self.query(concat!(
            "SELECT ",
            key_columns!(),
            " FROM signing_keys WHERE key_use = 'sig' ORDER BY created_at, kid"
        ))
        .fetch_all()
        .await
    }

    /// Whether an algorithm has a key that signs.
    pub async fn has_active_signing_key(&mut self, algorithm: SignatureAlgorithm) -> Result<bool> {
        let found: Option<(String,)> = self
            .query(
                "SELECT kid FROM signing_keys
                 WHERE key_use = 'sig' AND algorithm = $1 AND state = 'active'",
            )
            .bind(algorithm.as_str())
            .fetch_optional()
            .await?;
        Ok(found.is_some())
    }

    /// Of the algorithms `among`, those that sign something for a client: those that clients name,
    /// and for those that people sign in to and that name none, that of `id_tokens`.
    ///
    /// Asks a thousand clients at a time, and no more once all are found.
    pub async fn algorithms_of_clients(
        &mut self,
        id_tokens: SignatureAlgorithm,
        among: &[SignatureAlgorithm],
    ) -> Result<Vec<SignatureAlgorithm>> {
        let mut found = Vec::new();
        let mut after = String::new();
        while found.len() < among.len() {
            let clients: Vec<ClientAlgorithms> = self
                .query(
                    "SELECT client_id, status, access_algorithm, id_token_algorithm,
                            userinfo_algorithm, grant_types
                     FROM clients WHERE client_id > $1 ORDER BY client_id LIMIT $2",
                )
                .bind(&after)
                .bind(i64::try_from(ASKED_AT_ONCE).unwrap_or(i64::MAX))
                .fetch_all()
                .await?;
            for algorithm in clients.iter().flat_map(|client| client.read(id_tokens)) {
                if among.contains(&algorithm) && !found.contains(&algorithm) {
                    found.push(algorithm);
                }
            }
            let Some(last) = clients.last().filter(|_| clients.len() == ASKED_AT_ONCE) else {
                break;
            };
            last.client_id.clone_into(&mut after);
        }
        Ok(found)
    }

    /// The longest lifetime that a client has for its access tokens, in seconds; 0 if none says.
    pub async fn longest_client_lifetime(&mut self) -> Result<i64> {
        self.query(
            "SELECT CAST(COALESCE(MAX(access_lifetime), 0) AS BIGINT) FROM clients
             WHERE status <> 'deleted'",
        )
        .fetch_value()
        .await
    }

    /// Notes for every key that signs, or soon will, that tokens lived `seconds` at some time.
    /// Returns how many did not know.
    pub async fn note_lifetime(&mut self, seconds: i64) -> Result<u64> {
        self.query(
            "UPDATE signing_keys SET longest_lifetime = $1
             WHERE state IN ('staged', 'active') AND COALESCE(longest_lifetime, 0) < $1",
        )
        .bind(seconds)
        .execute()
        .await
    }
}

impl Transaction {
    /// Adds a signing key, unless its algorithm has another in the same state, staged or active.
    /// Returns whether it did; of several nodes that try, one wins.
    pub async fn insert_signing_key(&mut self, key: &SigningKey) -> Result<bool> {
        self.changes(Change::SigningKeys);
        let rows = self
            .query(
                "INSERT INTO signing_keys
                     (kid, algorithm, key_use, state, public_jwk, private_sealed, seal_key,
                      created_at, activate_at)
                 VALUES ($1, $2, 'sig', $3, $4, $5, $6, $7, $8)
                 ON CONFLICT DO NOTHING",
            )
            .bind(key.kid.as_str())
            .bind(key.algorithm.as_str())
            .bind(key.state.as_str())
            .bind(key.public_jwk.as_str())
            .bind(key.private_sealed.clone())
            .bind(key.seal_key)
            .bind(key.created_at)
            .bind(key.activate_at)
            .execute()
            .await?;
        Ok(rows == 1)
    }

    /// Lets a staged key sign from `now` on. Returns whether it did.
    ///
    /// # Errors
    ///
    /// [`super::Error::Conflict`] if another key of its algorithm signs.
    pub async fn activate_signing_key(&mut self, kid: &str, now: Timestamp) -> Result<bool> {
        self.changes(Change::SigningKeys);
        let rows = self
            .query(
                "UPDATE signing_keys SET state = 'active', activate_at = $2
                 WHERE kid = $1 AND state = 'staged'",
            )
            .bind(kid)
            .bind(now)
            .execute()
            .await?;
        Ok(rows == 1)
    }

    /// Lets an active key sign no more: from now on its public half counts, which is sealed in
    /// `retired`. The private one is destroyed, unless servers that open it may live with this
    /// store. The key is kept for `longest`, or the longest lifetime noted, and a while. Returns
    /// whether it did.
    pub async fn retire_signing_key(
        &mut self,
        retired: &SigningKey,
        now: Timestamp,
        longest: Duration,
    ) -> Result<bool> {
        self.changes(Change::SigningKeys);
        let rows = self
            .query(
                "UPDATE signing_keys SET
                     state = 'retiring', public_sealed = $2, retire_at = $4,
                     private_sealed = CASE
                         WHEN (SELECT oldest_schema FROM instance WHERE id = 1) < $7
                         THEN private_sealed ELSE $3 END,
                     drop_at = $4 + $5 + CASE
                         WHEN COALESCE(longest_lifetime, 0) * 1000 > $6 THEN longest_lifetime * 1000
                         ELSE $6 END
                 WHERE kid = $1 AND state = 'active'",
            )
            .bind(retired.kid.as_str())
            .bind(retired.public_sealed.clone())
            .bind(Vec::<u8>::new())
            .bind(now)
            .bind(milliseconds(KEPT_LONGER))
            .bind(milliseconds(longest))
            .bind(NEEDS_NO_PRIVATE_HALF)
            .execute()
            .await?;
        Ok(rows == 1)
    }

    /// Withdraws a key that is in the state `from`: it neither signs nor verifies from now on, and
    /// neither of its halves is left, since no server of any version opens one that is withdrawn.
    /// Returns whether it did.
    pub async fn withdraw_signing_key(
        &mut self,
        kid: &str,
        from: SigningKeyState,
        now: Timestamp,
        longest: Duration,
    ) -> Result<bool> {
        self.changes(Change::SigningKeys);
        let rows = self
            .query(
                "UPDATE signing_keys SET
                     state = 'revoked', private_sealed = $3, public_sealed = NULL,
                     retire_at = COALESCE(retire_at, $4),
                     drop_at = COALESCE(drop_at, $4 + $5 + CASE
                         WHEN COALESCE(longest_lifetime, 0) * 1000 > $6 THEN longest_lifetime * 1000
                         ELSE $6 END)
                 WHERE kid = $1 AND state = $2",
            )
            .bind(kid)
            .bind(from.as_str())
            .bind(Vec::<u8>::new())
            .bind(now)
            .bind(milliseconds(KEPT_LONGER))
            .bind(milliseconds(longest))
            .execute()
            .await?;
        Ok(rows == 1)
    }

    /// Deletes a key whose time is over at `now`. Returns whether it did.
    pub async fn delete_signing_key(&mut self, kid: &str, now: Timestamp) -> Result<bool> {
        self.changes(Change::SigningKeys);
        let rows = self
            .query(
                "DELETE FROM signing_keys
                 WHERE kid = $1 AND state IN ('retiring', 'revoked') AND drop_at <= $2",
            )
            .bind(kid)
            .bind(now)
            .execute()
            .await?;
        Ok(rows == 1)
    }

    /// Notes the lifetime that the tokens of a client have, for the keys that may have signed some.
    pub(super) async fn note_lifetime_of(&mut self, client_id: &ClientId) -> Result<()> {
        self.query(
            "UPDATE signing_keys SET longest_lifetime =
                 (SELECT access_lifetime FROM clients WHERE client_id = $1)
             WHERE state IN ('staged', 'active') AND COALESCE(longest_lifetime, 0) <
                 (SELECT COALESCE(access_lifetime, 0) FROM clients WHERE client_id = $1)",
        )
        .bind(client_id.as_str())
        .execute()
        .await
        .map(drop)
    }
}

fn milliseconds(length: Duration) -> i64 {
    i64::try_from(length.as_millis()).unwrap_or(i64::MAX / 2)
}
