//! What is due: the steps that keys take by themselves.

use crate::{
    acts::{Operator, Result},
    app::App,
    model::{
        key_rotation::{KeyStep, staged},
        signing_key::{SigningKey, SigningKeyState},
        timestamp::Timestamp,
    },
};

use super::{algorithms_in_use, in_state, steps};

/// A step that was taken.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Taken {
    /// Which key: of a successor that was made, its own name.
    pub kid: String,
    /// Which step.
    pub step: KeyStep,
}

/// Takes every step that is due. Of several nodes that do so at once, each step is taken by one;
/// the others change nothing.
///
/// # Errors
///
/// What the store says; steps taken until then stay taken.
pub async fn turn(app: &App, operator: &Operator) -> Result<Vec<Taken>> {
    let now = app.now();
    let config = app.config();
    let keys = app.store.read().await?.all_signing_keys().await?;
    note_lifetime(app, &keys).await?;
    let mut taken = Vec::new();
    for key in &keys {
        // As if somebody used it: its time comes no later then.
        let Some((step, at)) = config.keys.rotation.next(key, &keys, true) else { continue };
        if at <= now
            && let Some(one) = take(app, (operator, now), (step, key), &keys).await?
        {
            taken.push(one);
        }
    }
    Ok(taken)
}

async fn take(
    app: &App,
    by: (&Operator, Timestamp),
    (step, key): (KeyStep, &SigningKey),
    all: &[SigningKey],
) -> Result<Option<Taken>> {
    let done = match step {
        KeyStep::Activate => {
            let last = in_state(all, key.algorithm, SigningKeyState::Active);
            steps::promote(app, by, last, key).await?
        }
        KeyStep::Stage => return succeed(app, by, key, all).await,
        // Its successor sees to that.
        KeyStep::Retire => false,
        KeyStep::Drop => steps::discard(app, by, key).await?,
    };
    Ok(done.then(|| Taken { kid: key.kid.clone(), step }))
}

/// Makes the successor of a key whose time will soon be over, if anybody uses its algorithm.
async fn succeed(
    app: &App,
    by: (&Operator, Timestamp),
    key: &SigningKey,
    all: &[SigningKey],
) -> Result<Option<Taken>> {
    let (_, now) = by;
    let rotation = app.config().keys.rotation;
    let is_used = !algorithms_in_use(app, [key.algorithm].into_iter()).await?.is_empty();
    if !is_used {
        let due = rotation.next(key, all, false).is_some_and(|(_, at)| at <= now);
        let done = due && steps::retire(app, by, key).await?;
        return Ok(done.then(|| Taken { kid: key.kid.clone(), step: KeyStep::Retire }));
    }
    debug_assert!(staged(all, key).is_none(), "a key with a successor needs no other");
    let at = now.plus(rotation.ahead());
    let state = SigningKeyState::Staged;
    let next = app.tokens.make_signing_key(key.algorithm, state, now, at).await?;
    let done = steps::stage(app, by, &next).await?;
    Ok(done.then_some(Taken { kid: next.kid, step: KeyStep::Stage }))
}

/// Notes how long our tokens live, for the keys that sign them: a setting may be another when they
/// retire.
async fn note_lifetime(app: &App, keys: &[SigningKey]) -> Result<()> {
    let seconds = app.config().longest_lifetime().as_secs();
    let seconds = i64::try_from(seconds).unwrap_or(i64::MAX);
    let may_sign =
        |key: &&SigningKey| matches!(key.state, SigningKeyState::Staged | SigningKeyState::Active);
    let mut signing = keys.iter().filter(may_sign);
    if signing.any(|key| key.longest_lifetime.is_none_or(|noted| noted < seconds)) {
        app.store.write().await?.note_lifetime(seconds).await?;
    }
    Ok(())
}
