//! Fills a store as one that has served for years would look: few clients that hold most, families,
//! tokens that were used, revoked or rotated, people, sessions, an audit log and its figures.
//!
//! Everything follows from the number of a row, so that two runs make the same store.

mod past;

use std::time::{Duration, Instant};

use super::super::{
    Result,
    database::{Database, Engine},
    link::Link,
};

/// How many rows one statement adds.
const BATCH: i64 = 250_000;

/// The seconds of entry keys begin in 2020, and have 30 random bits below them.
const EPOCH: i64 = 1_577_836_800;

/// How long after its end a row is kept, in seconds: the default of seven days.
const KEPT: i64 = 7 * 86_400;

/// The client that holds three in ten tokens.
const LARGE: &str = "client-large";

/// How much of everything there is.
#[derive(Debug, Clone, Copy)]
pub struct Extent {
    /// Entries.
    pub tokens: i64,
    /// Clients beside the large one.
    pub clients: i64,
    /// People.
    pub users: i64,
}

/// A store to be filled, in the words of its engine.
struct Filler {
    link: Link,
    engine: Engine,
    extent: Extent,
    /// The moment that all times are reckoned from, in milliseconds.
    now: i64,
}

impl Extent {
    /// What goes with so many entries.
    pub fn of(tokens: u64) -> Result<Self> {
        let tokens = i64::try_from(tokens)?;
        Ok(Self { tokens, clients: 5000, users: (tokens / 50).max(1000) })
    }
}

/// Fills a store that no server has open, in which there are clients and an operator already.
pub async fn fill(database: &Database, extent: Extent) -> Result<Duration> {
    let began = Instant::now();
    let mut link = database.open_for_filling().await?;
    let engine = link.engine();
    let sql = match engine {
        Engine::Sqlite => "SELECT unixepoch() * 1000",
        Engine::Postgres => "SELECT CAST(EXTRACT(EPOCH FROM now()) AS BIGINT) * 1000",
    };
    let now = link.number(sql, &[]).await?;
    let mut filler = Filler { link, engine, extent, now };
    filler.holders().await?;
    filler.families().await?;
    filler.tokens().await?;
    filler.people().await?;
    filler.audit().await?;
    filler.figures().await?;
    let Filler { mut link, .. } = filler;
    match engine {
        Engine::Sqlite => drop(link.number("PRAGMA wal_checkpoint(TRUNCATE)", &[]).await?),
        Engine::Postgres => drop(link.execute("VACUUM ANALYZE", &[]).await?),
    }
    link.close().await?;
    database.make_durable().await?;
    Ok(began.elapsed())
}

/// What sets draws about the same number apart.
const FACTORS: [i64; 4] = [2_654_435_761, 2_246_822_519, 3_266_489_917, 668_265_263];

/// A number between 0 and 9999 that follows from `number` as if by chance.
fn chance(number: &str, draw: usize) -> String {
    format!("(({number}) * {} % 4294967296 / 65536 % 10000)", FACTORS[draw])
}

impl Filler {
    /// A key of 16 bytes: two hexadecimal digits that say of what, and a number.
    fn uuid(&self, of: &str, number: &str) -> String {
        match self.engine {
            Engine::Sqlite => format!("unhex('{of}' || printf('%030x', {number}))"),
            Engine::Postgres => {
                format!("CAST('{of}' || lpad(to_hex(({number})::bigint), 30, '0') AS UUID)")
            }
        }
    }

    /// 32 bytes that follow from nothing or from `number`.
    fn hash(&self, number: &str) -> String {
        match self.engine {
            Engine::Sqlite => "randomblob(32)".to_owned(),
            Engine::Postgres => format!("sha256(int8send(({number})::bigint))"),
        }
    }

    /// Adds rows: `insertion` ends in `FROM s`, whose `n` goes from 0 to below `count`.
    async fn add(&mut self, insertion: &str, count: i64) -> Result<()> {
        let series = match self.engine {
            Engine::Sqlite => {
                "WITH RECURSIVE s (n) AS (SELECT $1 UNION ALL SELECT n + 1 FROM s WHERE n + 1 < $2)"
            }
            Engine::Postgres => {
                "WITH s AS (SELECT n FROM generate_series($1::bigint, $2::bigint - 1) AS g (n))"
            }
        };
        let (sql, mut added) = (format!("{series} {insertion}"), 0);
        while added < count {
            let next = count.min(added + BATCH);
            self.link.run(&sql, &[added, next]).await?;
            added = next;
        }
        Ok(())
    }

    /// Clients with a secret each, and users.
    async fn holders(&mut self) -> Result<()> {
        let (now, clients, users) = (self.now, self.extent.clients, self.extent.users);
        let client = |id: &str, name: &str| {
            format!(
                "INSERT INTO clients (client_id, name, kind, authentication, assertion_audience,
                     grant_types, scope, redirect_uris, cors_origins, status, generation, version,
                     created_at, updated_at)
                 SELECT {id}, {name}, 'machine', 'client_secret_basic', 'issuer',
                     'client_credentials', 'read write', '', '', 'active', 1, 1, {now}, {now} FROM s"
            )
        };
        self.add(&client(&format!("'{LARGE}'"), "'The Large One'"), 1).await?;
        let id = "'client-' || (100000 + n)";
        self.add(&client(id, "'Service ' || (n * 7919 % 5000)"), clients).await?;
        let (secret, hash) = (self.uuid("5c", "n"), self.hash("n"));
        let sql = format!(
            "INSERT INTO client_secrets (secret_id, client_id, hint, kind, verifier, created_at)
             SELECT {secret}, {id}, 'abcdef', 'generated', {hash}, {now} FROM s"
        );
        self.add(&sql, clients).await?;
        let user = self.uuid("b0", "n");
        let sql = format!(
            "INSERT INTO users (user_id, realm, username, username_fold, roles, operator_roles,
                 attributes, status, generation, version, failed_logins, created_at, updated_at)
             SELECT {user}, CASE n % 4 WHEN 0 THEN 'staff' ELSE 'default' END,
                 'user-' || (1000000 + n), 'user-' || (1000000 + n), '', '', '{{}}', 'active', 1, 1,
                 0, {now}, {now} FROM s"
        );
        self.add(&sql, users).await
    }

    /// One authorization for each eight entries.
    async fn families(&mut self) -> Result<()> {
        let (now, holder) = (self.now, self.holder("n"));
        let (family, user) = (self.uuid("fa", "n"), self.uuid("b0", &self.user("n")));
        let sql = format!(
            "INSERT INTO authorizations (authorization_id, client_id, user_id, subject, grant_type,
                 scope, audience, status, rotation, created_at, expires_at)
             SELECT {family}, {holder}, {user}, 'sub-' || {}, 'authorization_code', 'read', 'api',
                 CASE n % 50 WHEN 0 THEN 'revoked' ELSE 'valid' END, 1, {now} - 86400000,
                 {now} + 2592000000 FROM s",
            self.user("n")
        );
        self.add(&sql, self.extent.tokens / 8 + 1).await
    }

    /// Whose a family is: three in ten the large client's, the others' by a steep slope.
    fn holder(&self, family: &str) -> String {
        let drawn = chance(family, 3);
        let clients = self.extent.clients;
        format!(
            "CASE WHEN {drawn} < 3000 THEN '{LARGE}' ELSE 'client-' || (100000 +
                 ({drawn} - 3000) * ({drawn} - 3000) * ({drawn} - 3000) / 49000000 * {clients}
                 / 7000) END"
        )
    }

    fn user(&self, family: &str) -> String {
        format!("(({family}) * 7919 % {})", self.extent.users)
    }

    /// Entries: of ten, six are access tokens of clients, three of families, one is typed; of ten,
    /// eight are good and the others expired, revoked or spent. One family has thousands.
    async fn tokens(&mut self) -> Result<()> {
        let drawn = self.drawn();
        let (holder, user) = (self.holder("family"), self.uuid("b0", &self.user("family")));
        let (hash, family) = (self.hash("n"), self.uuid("fa", "family"));
        let payload = match self.engine {
            Engine::Sqlite => "randomblob(120)",
            Engine::Postgres => "decode(repeat(md5(n::text), 8), 'hex')",
        };
        let sql = format!(
            "INSERT INTO tokens (entry_key, kind, type_name, format, status, client_id, user_id,
                 subject, authorization_id, scope, audience, identity, purposes, jti_salt,
                 reference_hash, payload, seal_key, client_generation, user_generation,
                 global_generation, created_at, expires_at, redeemed_at, ended_at, ended_by,
                 end_reason, last_used_at, uses, max_uses)
             SELECT ((ends / 1000 + {KEPT} + 1 - {EPOCH}) * 1073741824) + n * 2654435761 % 1073741824,
                 kind, CASE kind WHEN 'typed' THEN CASE WHEN b % 3 = 0 THEN 'shared' ELSE 'ticket'
                     END ELSE kind END,
                 CASE WHEN a % 20 = 0 THEN 'jwt' ELSE 'reference' END, status, {holder},
                 CASE WHEN of_family = 1 THEN {user} END,
                 CASE WHEN of_family = 1 THEN 'sub-' || {} END,
                 CASE WHEN of_family = 1 THEN {family} END,
                 CASE a % 3 WHEN 0 THEN 'read' ELSE 'read write' END,
                 CASE a % 7 WHEN 0 THEN 'https://files.example' ELSE 'https://api.example' END,
                 CASE kind WHEN 'typed' THEN 'visitor-' || b END,
                 CASE kind WHEN 'typed' THEN '[\"enter\"]' END, n, {hash}, {payload}, 1, 1,
                 CASE WHEN of_family = 1 THEN 1 END, 1, ends - life, ends,
                 CASE status WHEN 'redeemed' THEN ends - life / 2 END,
                 CASE status WHEN 'revoked' THEN ends - life / 2 END,
                 CASE status WHEN 'revoked' THEN 'user:default/operator' END,
                 CASE status WHEN 'revoked' THEN 'asked for by its owner' END,
                 CASE WHEN c < 6000 THEN ends - life / 3 END, CASE WHEN c < 6000 THEN 1 ELSE 0 END,
                 CASE WHEN kind = 'typed' AND b % 3 = 0 THEN 2147483647 END
             FROM ({drawn}) AS f",
            self.user("family"),
        );
        self.add(&sql, self.extent.tokens).await
    }

    /// What is drawn for each entry: its kind, its family, how it stands, when it ends.
    fn drawn(&self) -> String {
        let (now, count) = (self.now, self.extent.tokens);
        let (a, b, c) = (chance("n", 0), chance("n", 1), chance("n", 2));
        format!(
            "SELECT d.*, CASE WHEN b >= 8000 AND b < 8800
                     THEN {now} - CAST(518400000 AS BIGINT) * ({count} - n) / {count}
                     ELSE {now} + 3600000 + life * n / {count} END AS ends,
                 CASE WHEN b < 8800 THEN 'valid' WHEN kind = 'refresh' THEN 'redeemed'
                     WHEN b < 9600 THEN 'revoked' ELSE 'superseded' END AS status
             FROM (SELECT e.*, CASE kind WHEN 'access' THEN CAST(86400000 AS BIGINT)
                           WHEN 'refresh' THEN CAST(1209600000 AS BIGINT)
                           ELSE CAST(2592000000 AS BIGINT) END AS life
                   FROM (SELECT n, {a} AS a, {b} AS b, {c} AS c,
                             CASE WHEN n % 250 = 0 THEN 0 ELSE n / 8 END AS family,
                             CASE WHEN {a} < 7500 THEN 'access' WHEN {a} < 9000 THEN 'refresh'
                                 ELSE 'typed' END AS kind,
                             CASE WHEN {a} BETWEEN 6000 AND 8999 THEN 1 ELSE 0 END AS of_family
                         FROM s) AS e) AS d"
        )
    }

    /// Sessions and consents of some of the users, and more than anybody has of the first.
    async fn people(&mut self) -> Result<()> {
        let (now, users) = (self.now, self.extent.users);
        // As they come: a user's sessions do not lie side by side.
        let some = format!("CASE WHEN n % 10 = 0 THEN 0 ELSE n * 7919 % {users} END");
        let user = self.uuid("b0", &some);
        let (hash, session) = (self.hash("n + 1000000000"), self.uuid("5e", "n"));
        let sql = format!(
            "INSERT INTO browser_sessions (session_hash, user_id, authenticated_at, methods,
                 created_at, seen_at, expires_at, session_id, user_generation, global_generation)
             SELECT {hash}, {user}, {now} - 60000, 'pwd', {now} - 60000, {now} - 60000,
                 {now} + CASE n % 20 WHEN 0 THEN -1 ELSE 1 END * 36000000, {session}, 1, 1 FROM s"
        );
        self.add(&sql, users / 2).await?;
        let consent = self.uuid("c0", "n");
        let user = self.uuid("b0", "n / 2");
        let sql = format!(
            "INSERT INTO consents (consent_id, client_id, user_id, scope, status, created_at,
                 updated_at)
             SELECT {consent}, 'client-' || (100000 + n % 5000), {user}, 'read', 'valid', {now},
                 {now} FROM s"
        );
        self.add(&sql, users / 2).await
    }
}
