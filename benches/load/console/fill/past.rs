//! What happened until now: the audit log, and figures for the overview.

use super::super::super::{Result, database::Engine};

use super::Filler;

/// How many events the audit log holds.
const EVENTS: i64 = 300_000;

impl Filler {
    /// A log of a year, sealed, so that no job begins to seal it. Its chain is made up: a server that
    /// comes to verify it says so.
    pub(super) async fn audit(&mut self) -> Result<()> {
        let now = self.now;
        let at = format!("({now} - CAST(31536000000 AS BIGINT) * ({EVENTS} - n) / {EVENTS})");
        let id = match self.engine {
            Engine::Sqlite => format!("unhex(printf('%012x70008000%012x', {at}, n))"),
            Engine::Postgres => format!(
                "CAST(lpad(to_hex({at}), 12, '0') || '70008000' || lpad(to_hex(n), 12, '0') AS UUID)"
            ),
        };
        let hash = self.hash("n");
        let sql = format!(
            "INSERT INTO audit (audit_id, at, actor, action, target, reason, request_id, address,
                 node, sequence, chain)
             SELECT {id}, {at}, CASE n % 3 WHEN 0 THEN 'cli:root' ELSE 'user:default/user-' ||
                 (1000000 + n % 500) END,
                 CASE n % 10 WHEN 0 THEN 'client.changed' WHEN 1 THEN 'user.disabled'
                     WHEN 2 THEN 'token.revoked' ELSE 'session.began' END,
                 CASE n % 10 WHEN 0 THEN 'client-' || (100000 + n % 5000)
                     ELSE 'default/user-' || (1000000 + n % 1000) END,
                 'no reason', 'req-' || n, '192.0.2.' || (n % 250), 'node-' || (n % 3), n + 1, {hash}
             FROM s"
        );
        self.add(&sql, EVENTS).await?;
        let hash = self.hash("n");
        let sql = format!(
            "INSERT INTO audit_chain (id, sequence, chain, sealed_at, kept_after, kept_chain)
             SELECT 1, {EVENTS}, {hash}, {now}, 0, {hash} FROM s WHERE true ON CONFLICT (id)
             DO UPDATE SET sequence = excluded.sequence, chain = excluded.chain"
        );
        self.add(&sql, 1).await?;
        // Every job was done a moment ago.
        let holder = self.uuid("00", "n");
        for job in ["census", "unused", "audit", "sweep"] {
            let sql = format!(
                "INSERT INTO leases (name, holder, until, finished_at)
                 SELECT '{job}', {holder}, {now}, {now} FROM s WHERE true ON CONFLICT (name)
                 DO UPDATE SET finished_at = excluded.finished_at"
            );
            self.add(&sql, 1).await?;
        }
        Ok(())
    }

    /// Figures of all periods for as long as they are kept: every minute of all 12 steps, too.
    pub(super) async fn figures(&mut self) -> Result<()> {
        let steps = (0..12).map(|step| format!("took_{step:02}"));
        let names = "introspected refused issued revoked used signed_in refresh_reused code_reused \
                     database_bytes active entries overdue active:access ending:access \
                     active:refresh active:ticket active:shared";
        let names: Vec<String> = names.split(' ').map(str::to_owned).chain(steps).collect();
        for (seconds, count) in [(60, 1560), (1800, 144), (10_800, 120), (86_400, 400)] {
            let last = self.now / 1000 / seconds * seconds;
            for name in &names {
                let value = match name.as_str() {
                    "overdue" => 0,
                    "entries" => self.extent.tokens,
                    "active" => self.extent.tokens / 5 * 4,
                    "active:access" => self.extent.tokens / 5 * 3,
                    _ => 123_456,
                };
                let sql = format!(
                    "INSERT INTO series (name, period, at, value)
                     SELECT '{name}', {seconds}, ({last} - n * {seconds}) * 1000, {value} FROM s
                     WHERE true ON CONFLICT DO NOTHING"
                );
                self.add(&sql, count).await?;
            }
        }
        Ok(())
    }
}
