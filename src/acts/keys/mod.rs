//! Signing keys: looking at them, and the steps of their life.

mod own;
mod rotate;
mod steps;
mod turn;
mod withdraw;

use std::collections::HashSet;

use crate::{
    app::App,
    model::{
        key_rotation::KeyStep,
        signature_algorithm::SignatureAlgorithm,
        signing_key::{SigningKey, SigningKeyState},
        timestamp::Timestamp,
    },
    store::SeriesPoint,
};

use super::Result;

pub use own::{Own, own, own_faults};
pub use rotate::{Rotation, Started, plan, rotate};
pub use turn::{Taken, turn};
pub use withdraw::{Withdrawn, find, withdraw};

/// A signing key and what becomes of it.
#[derive(Debug, Clone)]
pub struct KeyFacts {
    /// Its row.
    pub key: SigningKey,
    /// Whether tokens are signed by its algorithm: the server's, or a client's.
    pub is_used: bool,
    /// What is to be done about it next, and from when on; `None` if nothing comes by itself.
    pub next: Option<(KeyStep, Timestamp)>,
    /// How many JWTs of it work; `None` of one that has signed nothing, or that was withdrawn, and
    /// where that was not counted since it signs.
    pub live: Option<LiveTokens>,
}

/// How many JWTs of a key worked when they were last counted: access tokens and ID tokens, and no
/// refresh tokens, which are known without their signature.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct LiveTokens {
    /// How many.
    pub count: i64,
    /// In which minute that was.
    pub at: Timestamp,
}

/// Makes sure that `algorithm` has a key that signs.
///
/// # Errors
///
/// What the store says.
pub async fn ensure(app: &App, algorithm: SignatureAlgorithm) -> Result<()> {
    let (keys, sealer) = (app.tokens.keys(), app.tokens.sealer());
    Ok(keys.ensure(&app.store, sealer, algorithm, (&app.random, app.now())).await?)
}

/// Every key that is not dropped, withdrawn ones too, oldest first, with what comes next. A step
/// whose time is well over was not taken: no server runs, or something hinders it.
///
/// # Errors
///
/// What the store says.
pub async fn list(app: &App) -> Result<Vec<KeyFacts>> {
    let mut store = app.store.read().await?;
    let keys = store.all_signing_keys().await?;
    let counted = store.live_by_key().await?;
    drop(store);
    let used = algorithms_in_use(app, keys.iter().map(|key| key.algorithm)).await?;
    let rotation = app.config().keys.rotation;
    let facts = |key: &SigningKey| {
        let is_used = used.contains(&key.algorithm);
        let next = rotation.next(key, &keys, is_used);
        KeyFacts { key: key.clone(), is_used, next, live: live(key, &counted) }
    };
    Ok(keys.iter().map(facts).collect())
}

fn live(key: &SigningKey, counted: &[SeriesPoint]) -> Option<LiveTokens> {
    let signed = matches!(key.state, SigningKeyState::Active | SigningKeyState::Retiring);
    let point = counted.iter().find(|point| signed && point.name == key.kid)?;
    (point.at >= key.signs_from()).then_some(LiveTokens { count: point.value, at: point.at })
}

/// Of the algorithms `among`, those that tokens are signed by: the server's, and those that clients
/// name.
async fn algorithms_in_use(
    app: &App,
    among: impl Iterator<Item = SignatureAlgorithm>,
) -> Result<HashSet<SignatureAlgorithm>> {
    let config = app.config();
    let of_server: HashSet<_> = config.algorithms().collect();
    let (mut used, asked): (HashSet<_>, HashSet<_>) =
        among.partition(|algorithm| of_server.contains(algorithm));
    if !asked.is_empty() {
        let (id_tokens, asked) = (config.tokens.id_algorithm, Vec::from_iter(asked));
        used.extend(app.store.read().await?.algorithms_of_clients(id_tokens, &asked).await?);
    }
    Ok(used)
}

/// The key of `algorithm` that is in `state`, staged or active: there is at most one.
fn in_state(
    keys: &[SigningKey],
    algorithm: SignatureAlgorithm,
    state: SigningKeyState,
) -> Option<&SigningKey> {
    keys.iter().find(|key| key.algorithm == algorithm && key.state == state)
}
