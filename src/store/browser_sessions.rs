//! Browser sessions.

use sqlx::FromRow;
use uuid::Uuid;

use crate::model::{browser_session::BrowserSession, secret::Sha256, timestamp::Timestamp};

use super::{Result, Transaction, engine::Handle, tokens::End};

/// A session and what decides beside its row whether it is live.
#[derive(Debug, Clone, FromRow)]
pub struct FoundSession {
    /// The session.
    #[sqlx(flatten)]
    pub session: BrowserSession,
    /// The generation of the whole server.
    pub generation_now: i64,
}

/// The most sessions of one user that are looked at to list them.
pub const SESSIONS_LOOKED_AT: i64 = 1000;

/// Which sessions are meant.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SessionTarget {
    /// The one with this id.
    One(Uuid),
    /// Those of a user, but for one if there is one to keep.
    OfUser {
        /// The user.
        user_id: Uuid,
        /// The session that goes on.
        except: Option<Uuid>,
    },
}

macro_rules! session_columns {
    () => {
        "s.session_hash, s.session_id, s.user_id, s.user_generation, s.global_generation,
         s.authenticated_at, s.methods, s.is_remembered, s.created_at, s.seen_at, s.idle_until,
         s.expires_at, s.ended_at, s.address, s.user_agent"
    };
}

impl Handle {
    /// Finds the session whose cookie has this hash, also one that is over.
    pub async fn find_session(&mut self, session_hash: &Sha256) -> Result<Option<FoundSession>> {
        self.query(concat!(
            "SELECT ",
            session_columns!(),
            ", i.generation AS generation_now
             FROM browser_sessions s CROSS JOIN instance i
             WHERE s.session_hash = $1 AND s.session_id IS NOT NULL"
        ))
        .bind(session_hash.clone())
        .fetch_optional()
        .await
    }

    /// The sessions of a user that were not ended and are not over at `at`, the last used first. Of
    /// more than [`SESSIONS_LOOKED_AT`], those are looked at that can go on for longest.
    ///
    /// It is not said that all have one user: PostgreSQL would then take the order to be that of the
    /// ends, and walk along those of everybody.
    pub async fn sessions_of(&mut self, user_id: Uuid, at: Timestamp) -> Result<Vec<FoundSession>> {
        self.query(concat!(
            "SELECT ",
            session_columns!(),
            ", i.generation AS generation_now
             FROM (SELECT * FROM browser_sessions
                   WHERE (user_id, expires_at) > ($1, $2) AND user_id <= $1 AND ended_at IS NULL
                   ORDER BY user_id DESC, expires_at DESC LIMIT $3) AS s CROSS JOIN instance i
             WHERE s.session_id IS NOT NULL AND s.idle_until > $2
             ORDER BY s.seen_at DESC, s.session_id"
        ))
        .bind(user_id)
        .bind(at)
        .bind(SESSIONS_LOOKED_AT)
        .fetch_all()
        .await
    }

    /// Whether a user has a session of this id that was not ended and is not over at `at`.
    pub async fn has_session(
        &mut self,
        user_id: Uuid,
        session_id: Uuid,
        at: Timestamp,
    ) -> Result<bool> {
        let found: Option<(Uuid,)> = self
            .query(
                "SELECT session_id FROM browser_sessions
                 WHERE session_id = $1 AND session_id IS NOT NULL AND user_id = $2
                   AND ended_at IS NULL AND idle_until > $3 AND expires_at > $3",
            )
            .bind(session_id)
            .bind(user_id)
            .bind(at)
            .fetch_optional()
            .await?;
        Ok(found.is_some())
    }

    /// The sessions of a user in which they last proved who they are, also those that are over: at
    /// most `limit`, the last at the head.
    pub async fn last_sign_ins(
        &mut self,
        user_id: Uuid,
        limit: i64,
    ) -> Result<Vec<BrowserSession>> {
        self.query(concat!(
            "SELECT ",
            session_columns!(),
            " FROM browser_sessions s
             WHERE s.user_id = $1 AND s.session_id IS NOT NULL
             ORDER BY s.authenticated_at DESC, s.session_hash LIMIT $2"
        ))
        .bind(user_id)
        .bind(limit)
        .fetch_all()
        .await
    }

    /// Deletes sessions that were over before `before`, at most `limit`. Returns how many.
    pub async fn sweep_sessions(&mut self, before: Timestamp, limit: i64) -> Result<u64> {
        self.query(
            "DELETE FROM browser_sessions WHERE session_hash IN
                 (SELECT session_hash FROM browser_sessions
                  WHERE expires_at < $1 ORDER BY expires_at LIMIT $2)",
        )
        .bind(before)
        .bind(limit)
        .execute()
        .await
    }

    /// Adds a session of the server's generation of now.
    pub async fn insert_session(&mut self, session: &BrowserSession) -> Result<()> {
        self.query(
            "INSERT INTO browser_sessions
                 (session_hash, session_id, user_id, user_generation, global_generation,
                  authenticated_at, methods, is_remembered, created_at, seen_at, idle_until,
                  expires_at, address, user_agent)
             SELECT $1, $2, $3, $4, generation, $5, $6, $7, $8, $9, $10, $11, $12, $13
             FROM instance WHERE id = 1",
        )
        .bind(session.session_hash.clone())
        .bind(session.session_id)
        .bind(session.user_id)
        .bind(session.user_generation)
        .bind(session.authenticated_at)
        .bind(session.methods.to_string())
        .bind(session.is_remembered)
        .bind(session.created_at)
        .bind(session.seen_at)
        .bind(session.idle_until)
        .bind(session.expires_at)
        .bind(session.address.clone())
        .bind(session.user_agent.clone())
        .execute()
        .await
        .map(drop)
    }

    /// Notes that a session is in use, unless it was ended. Returns whether it did.
    pub async fn note_session(&mut self, session: &BrowserSession) -> Result<bool> {
        let rows = self
            .query(
                "UPDATE browser_sessions SET seen_at = $2, idle_until = $3, address = $4,
                        user_agent = $5
                 WHERE session_hash = $1 AND ended_at IS NULL AND seen_at < $2",
            )
            .bind(session.session_hash.clone())
            .bind(session.seen_at)
            .bind(session.idle_until)
            .bind(session.address.clone())
            .bind(session.user_agent.clone())
            .execute()
            .await?;
        Ok(rows == 1)
    }

    /// Ends the one row of a session whose secret is replaced, and nothing that came of it. Returns
    /// whether it had not ended.
    pub async fn retire_session(&mut self, session_hash: &Sha256, end: &End) -> Result<bool> {
        let rows = self
            .query(
                "UPDATE browser_sessions SET ended_at = $2, ended_by = $3, end_reason = $4
                 WHERE session_hash = $1 AND ended_at IS NULL",
            )
            .bind(session_hash.clone())
            .bind(end.at)
            .bind(end.by.as_str())
            .bind(end.reason.as_str())
            .execute()
            .await?;
        Ok(rows == 1)
    }
}

impl Transaction {
    /// Ends sessions that have not ended, and every family and token that came of them and does not
    /// outlive them. Returns how many sessions that were.
    pub async fn end_sessions(&mut self, target: SessionTarget, end: &End) -> Result<u64> {
        let mut sessions = self.sessions_not_ended(target).await?;
        let mut rows = 0;
        // In one order, so that nobody waits for somebody who waits for them.
        sessions.sort_unstable();
        sessions.dedup();
        for session_id in sessions {
            rows += self.end_session_rows(session_id, end).await?;
            let families: Vec<(Uuid,)> = self
                .query(
                    "SELECT authorization_id FROM authorizations
                     WHERE session_id = $1 AND session_id IS NOT NULL AND status = 'valid'
                       AND outlives_session = FALSE
                     ORDER BY authorization_id",
                )
                .bind(session_id)
                .fetch_all()
                .await?;
            let families: Vec<_> = families.into_iter().map(|(family,)| family).collect();
            self.revoke_families(&families, end).await?;
        }
        Ok(rows)
    }

    /// Ends the rows of a session that have not ended, also where its person is just proving anew
    /// who they are: then the statement waits for the one row, and does not see the other that took
    /// its place.
    async fn end_session_rows(&mut self, session_id: Uuid, end: &End) -> Result<u64> {
        loop {
            let rows = self
                .query(
                    "UPDATE browser_sessions SET ended_at = $2, ended_by = $3, end_reason = $4
                     WHERE session_id = $1 AND session_id IS NOT NULL AND ended_at IS NULL",
                )
                .bind(session_id)
                .bind(end.at)
                .bind(end.by.as_str())
                .bind(end.reason.as_str())
                .execute()
                .await?;
            if rows > 0 || !self.is_session_live(session_id).await? {
                return Ok(rows);
            }
        }
    }

    async fn is_session_live(&mut self, session_id: Uuid) -> Result<bool> {
        let found: Option<(Uuid,)> = self
            .query(
                "SELECT session_id FROM browser_sessions
                 WHERE session_id = $1 AND session_id IS NOT NULL AND ended_at IS NULL",
            )
            .bind(session_id)
            .fetch_optional()
            .await?;
        Ok(found.is_some())
    }

    async fn sessions_not_ended(&mut self, target: SessionTarget) -> Result<Vec<Uuid>> {
        let (user_id, except) = match target {
            SessionTarget::One(session_id) => return Ok(vec![session_id]),
            SessionTarget::OfUser { user_id, except } => (user_id, except),
        };
        let found: Vec<(Uuid,)> = self
            .query(
                "SELECT session_id FROM browser_sessions
                 WHERE user_id = $1 AND session_id IS NOT NULL AND ended_at IS NULL",
            )
            .bind(user_id)
            .fetch_all()
            .await?;
        Ok(found.into_iter().map(|(id,)| id).filter(|id| Some(*id) != except).collect())
    }
}
