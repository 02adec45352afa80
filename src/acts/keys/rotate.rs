//! Rotating by hand.

use crate::{
    acts::{Error, Operator, Result},
    app::App,
    model::{
        signature_algorithm::SignatureAlgorithm,
        signing_key::{SigningKey, SigningKeyState},
        timestamp::Timestamp,
    },
};

use super::{algorithms_in_use, in_state, steps};

/// What rotating the key of one algorithm begins with.
#[derive(Debug, Clone)]
pub struct Rotation {
    /// Which algorithm.
    pub algorithm: SignatureAlgorithm,
    /// The key that signs, if there is one.
    pub active: Option<SigningKey>,
    /// The key that is published already and is to sign next, if there is one.
    pub staged: Option<SigningKey>,
}

/// What came of it.
#[derive(Debug, Clone)]
pub struct Started {
    /// The key that signs, or is to.
    pub kid: String,
    /// From when on.
    pub signs_from: Timestamp,
    /// Whether this was done now; else it was published before, and waits.
    pub changed: bool,
}

/// The keys to rotate: of one algorithm, or of all that are in use.
///
/// # Errors
///
/// [`Error::NotFound`] for an algorithm that nobody uses and that has no key.
pub async fn plan(app: &App, algorithm: Option<SignatureAlgorithm>) -> Result<Vec<Rotation>> {
    let keys = app.store.read().await?.all_signing_keys().await?;
    let used = algorithms_in_use(app, SignatureAlgorithm::ALL.iter().copied()).await?;
    let rotation = |algorithm: SignatureAlgorithm| Rotation {
        algorithm,
        active: in_state(&keys, algorithm, SigningKeyState::Active).cloned(),
        staged: in_state(&keys, algorithm, SigningKeyState::Staged).cloned(),
    };
    let Some(algorithm) = algorithm else {
        let used = SignatureAlgorithm::ALL.iter().filter(|algorithm| used.contains(algorithm));
        return Ok(used.map(|algorithm| rotation(*algorithm)).collect());
    };
    let planned = rotation(algorithm);
    if planned.active.is_none() && !used.contains(&algorithm) {
        let text = format!("there is no key for {algorithm}, and nobody uses it");
        return Err(Error::NotFound(text));
    }
    Ok(vec![planned])
}

/// Rotates one key: publishes the next, which takes over after `keys.rotation.publish_ahead`; or,
/// `at_once`, lets it sign now.
///
/// # Errors
///
/// [`Error::Conflict`] if somebody else rotated it meanwhile.
pub async fn rotate(
    app: &App,
    operator: &Operator,
    rotation: &Rotation,
    at_once: bool,
) -> Result<Started> {
    let (now, algorithm) = (app.now(), rotation.algorithm);
    let done = match (&rotation.staged, at_once) {
        (Some(staged), false) => return Ok(started(staged, staged.signs_from(), false)),
        (Some(staged), true) => {
            let active = rotation.active.as_ref();
            let done = steps::promote(app, (operator, now), active, staged).await?;
            done.then(|| started(staged, now, true))
        }
        (None, true) => {
            let state = SigningKeyState::Active;
            let key = app.tokens.make_signing_key(algorithm, state, now, now).await?;
            let active = rotation.active.as_ref();
            let done = steps::promote(app, (operator, now), active, &key).await?;
            done.then(|| started(&key, now, true))
        }
        (None, false) => {
            let at = now.plus(app.config().keys.rotation.ahead());
            let state = SigningKeyState::Staged;
            let key = app.tokens.make_signing_key(algorithm, state, now, at).await?;
            let done = steps::stage(app, (operator, now), &key).await?;
            done.then(|| started(&key, at, true))
        }
    };
    done.ok_or_else(|| {
        Error::Conflict(format!("the key for {algorithm} was rotated meanwhile; look again"))
    })
}

fn started(key: &SigningKey, signs_from: Timestamp, changed: bool) -> Started {
    Started { kid: key.kid.clone(), signs_from, changed }
}
