//! Authorization requests on their way through sign-in and consent.

use crate::model::{
    authorization_request::PendingRequest, scope::Scope, secret::Sha256, timestamp::Timestamp,
};

use super::{Result, engine::Handle};

impl Handle {
    /// Adds a request.
    pub async fn insert_authorization_request(&mut self, pending: &PendingRequest) -> Result<()> {
        self.query(
            "INSERT INTO authorization_requests
                 (request_hash, client_id, request, browser_hash, created_at, expires_at)
             VALUES ($1, $2, $3, $4, $5, $6)",
        )
        .bind(pending.request_hash.clone())
        .bind(pending.request.client_id.as_str())
        .bind(pending.request.to_string())
        .bind(pending.browser_hash.clone())
        .bind(pending.created_at)
        .bind(pending.expires_at)
        .execute()
        .await
        .map(drop)
    }

    /// Finds a request that is not over at `at`, whosever browser it belongs to.
    pub async fn find_authorization_request(
        &mut self,
        request_hash: &Sha256,
        at: Timestamp,
    ) -> Result<Option<PendingRequest>> {
        self.query(
            "SELECT request_hash, request, browser_hash, session_hash, granted_scope, decided_at,
                    created_at, expires_at
             FROM authorization_requests WHERE request_hash = $1 AND expires_at > $2",
        )
        .bind(request_hash.clone())
        .bind(at)
        .fetch_optional()
        .await
    }

    /// Gives a request that has no browser yet the one that came back with it. Returns whether it
    /// had none.
    pub async fn claim_authorization_request(
        &mut self,
        request_hash: &Sha256,
        browser_hash: &Sha256,
    ) -> Result<bool> {
        let rows = self
            .query(
                "UPDATE authorization_requests SET browser_hash = $2
                 WHERE request_hash = $1 AND browser_hash = $3",
            )
            .bind(request_hash.clone())
            .bind(browser_hash.clone())
            .bind(PendingRequest::no_browser())
            .execute()
            .await?;
        Ok(rows == 1)
    }

    /// Notes that the person of a session proved who they are for this request, which is of this
    /// browser and not over at `at`. What was decided before is void: it may have been somebody
    /// else. Returns whether there is such a request.
    pub async fn note_request_sign_in(
        &mut self,
        (request_hash, browser_hash): (&Sha256, &Sha256),
        session_hash: &Sha256,
        at: Timestamp,
    ) -> Result<bool> {
        let rows = self
            .query(
                "UPDATE authorization_requests
                 SET session_hash = $3, granted_scope = NULL, decided_at = NULL
                 WHERE request_hash = $1 AND browser_hash = $2 AND expires_at > $4",
            )
            .bind(request_hash.clone())
            .bind(browser_hash.clone())
            .bind(session_hash.clone())
            .bind(at)
            .execute()
            .await?;
        Ok(rows == 1)
    }

    /// Notes what the person of a session allows for this request, which is of this browser and not
    /// over at `at`. Returns whether there is such a request.
    pub async fn note_decision(
        &mut self,
        (request_hash, browser_hash): (&Sha256, &Sha256),
        (session_hash, granted): (&Sha256, &Scope),
        at: Timestamp,
    ) -> Result<bool> {
        let rows = self
            .query(
                "UPDATE authorization_requests
                 SET session_hash = $3, granted_scope = $4, decided_at = $5
                 WHERE request_hash = $1 AND browser_hash = $2 AND expires_at > $5",
            )
            .bind(request_hash.clone())
            .bind(browser_hash.clone())
            .bind(session_hash.clone())
            .bind(granted.to_string())
            .bind(at)
            .execute()
            .await?;
        Ok(rows == 1)
    }

    /// Deletes requests that are over at `at`, at most `limit`. Returns how many.
    pub async fn sweep_authorization_requests(&mut self, at: Timestamp, limit: i64) -> Result<u64> {
        self.query(
            "DELETE FROM authorization_requests WHERE request_hash IN
                 (SELECT request_hash FROM authorization_requests
                  WHERE expires_at <= $1 ORDER BY expires_at LIMIT $2)",
        )
        .bind(at)
        .bind(limit)
        .execute()
        .await
    }
}
