//! A server of the version before, as far as the database can tell one: the statements that it
//! runs for requests, kept here as they were.

use std::sync::{
    Arc,
    atomic::{AtomicBool, AtomicI64, Ordering},
};

use aws_lc_rs::signature::{ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, KeyPair};
use base64::{Engine as _, prelude::BASE64_URL_SAFE_NO_PAD};
use sqlx::{Connection, PgConnection};
use tessera::{model::signing_key::SigningKeyState, tokens::Belonging};
use tokio::task::JoinHandle;
use uuid::Uuid;

use crate::common::{TestDatabase, TestServer, until::until};

/// What every server did at schema 1, in this order, each with how many rows it touches.
const ROUND: [(&str, u64); 7] = [
    (
        "INSERT INTO tokens
             (entry_key, kind, type_name, format, status, client_id, user_id, subject,
              authorization_id, scope, audience, jti_salt, reference_hash, payload, seal_key,
              client_generation, user_generation, global_generation, created_at, not_before,
              expires_at)
         SELECT $1, 'access', 'access', 'jwt', 'valid', 'neighbour', NULL, 'neighbour', NULL,
                'read', 'https://id.example', $1, NULL, NULL, NULL, 1, NULL,
                (SELECT generation FROM instance WHERE id = 1), 1, NULL, 9000000000000",
        1,
    ),
    (
        "SELECT t.status, t.expires_at, c.generation, c.status, i.generation, u.status, a.status
         FROM tokens t CROSS JOIN instance i
         LEFT JOIN clients c ON c.client_id = t.client_id
         LEFT JOIN users u ON u.user_id = t.user_id
         LEFT JOIN authorizations a ON a.authorization_id = t.authorization_id
         WHERE t.entry_key = $1",
        1,
    ),
    (
        "UPDATE tokens SET status = 'revoked', ended_at = 1, ended_by = 'client:neighbour',
                end_reason = 'revoked', payload = NULL, token_sealed = NULL, replay_sealed = NULL
         WHERE entry_key = $1 AND client_id = 'neighbour' AND status IN ('inactive', 'valid')
           AND jti_salt % 2 = 0",
        u64::MAX,
    ),
    (
        "INSERT INTO used_identifiers (kind, identifier_hash, expires_at)
         VALUES ('assertion', decode(lpad(to_hex($1), 64, '0'), 'hex'), 9000000000000)",
        1,
    ),
    ("UPDATE nodes SET beats = $1, seen_at = 1 WHERE name = 'before'", 1),
    (
        "SELECT kid, algorithm, state, public_jwk, private_sealed, seal_key, created_at
         FROM signing_keys WHERE state IN ('staged', 'active', 'retiring') AND $1 > 0
         ORDER BY created_at, kid",
        1,
    ),
    (
        "SELECT c.client_id, c.name, c.generation, s.verifier, s.expires_at
         FROM clients c LEFT JOIN client_secrets s ON s.client_id = c.client_id
         WHERE c.client_id = 'mailer' AND $1 > 0",
        1,
    ),
];

/// The server of the version before, at work until it is stopped.
pub(super) struct Neighbour {
    stop: Arc<AtomicBool>,
    rounds: Arc<AtomicI64>,
    work: JoinHandle<()>,
}

impl Neighbour {
    /// Starts it, and waits until it is at work.
    pub(super) async fn start(database: &TestDatabase) -> Self {
        let mut server = PgConnection::connect(&database.url).await.unwrap();
        sqlx::query(
            "INSERT INTO nodes (node_id, name, version, started_at, seen_at, beats)
             VALUES ($1, 'before', '0', 1, 1, 0) ON CONFLICT (node_id) DO NOTHING",
        )
        .bind(Uuid::from_u128(7))
        .execute(&mut server)
        .await
        .unwrap();
        let (stop, rounds) = (Arc::<AtomicBool>::default(), Arc::<AtomicI64>::default());
        let work = tokio::spawn(work(server, Arc::clone(&stop), Arc::clone(&rounds)));
        let neighbour = Self { stop, rounds, work };
        neighbour.goes_on().await;
        neighbour
    }

    /// Waits until it has done more than it had.
    pub(super) async fn goes_on(&self) {
        let goal = self.rounds.load(Ordering::SeqCst) + 50;
        until("the neighbour goes on", async || {
            assert!(!self.work.is_finished(), "it failed");
            self.rounds.load(Ordering::SeqCst) >= goal
        })
        .await;
    }

    /// Stops it. Returns how many tokens it issued.
    pub(super) async fn stop(self) -> u64 {
        self.stop.store(true, Ordering::SeqCst);
        self.work.await.unwrap();
        self.rounds.load(Ordering::SeqCst).try_into().unwrap()
    }
}

async fn work(mut server: PgConnection, stop: Arc<AtomicBool>, rounds: Arc<AtomicI64>) {
    while !stop.load(Ordering::SeqCst) {
        let round = rounds.load(Ordering::SeqCst) + 1;
        for (statement, expected) in ROUND {
            let done = sqlx::query(statement).bind(round).execute(&mut server).await;
            let rows = done.unwrap_or_else(|error| panic!("{error}: {statement}")).rows_affected();
            let expected = if expected == u64::MAX { u64::from(round % 2 == 0) } else { expected };
            assert_eq!(rows, expected, "{statement}");
        }
        rounds.store(round, Ordering::SeqCst);
    }
}

/// What every server did at schema 1 with every key that signs or is published: it opened the private
/// half, and took the public one from it. One that does not open, and it has no keys at all. Returns
/// the states of the keys, oldest first.
pub(super) async fn loads_the_keys_of(server: &TestServer) -> Vec<&'static str> {
    let published = server.get("/jwks.json", &[]).await.json();
    let rows = server.app.store.read().await.unwrap().all_signing_keys().await.unwrap();
    let rows = rows.iter().filter(|row| row.state != SigningKeyState::Revoked);
    rows.zip(published["keys"].as_array().unwrap())
        .map(|(row, jwk)| {
            let belonging = Belonging::signing_key(&row.kid);
            let sealer = server.app.tokens.sealer();
            let private = sealer.open(row.seal_key, &belonging, &row.private_sealed);
            let private = private.unwrap_or_else(|| panic!("{} is sealed: {}", row.kid, row.state));
            let pair =
                EcdsaKeyPair::from_pkcs8(&ECDSA_P256_SHA256_FIXED_SIGNING, &private).unwrap();
            let x = BASE64_URL_SAFE_NO_PAD.encode(&pair.public_key().as_ref()[1..33]);
            assert_eq!((jwk["kid"].as_str(), jwk["x"].as_str()), (Some(&*row.kid), Some(&*x)));
            row.state.as_str()
        })
        .collect()
}
