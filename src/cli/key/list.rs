//! The signing keys, oldest first.

use serde_json::{Value, json};

use crate::{
    acts::keys::{self, KeyFacts},
    app::App,
    cli::{
        console::Console,
        figures::grouped,
        look::Tone,
        problem::{Exit, Outcome},
        table::{Cell, Table, column, optional},
        times::Times,
    },
    model::{
        key_rotation::{KeyRotation, KeyStep},
        signing_key::SigningKeyState,
        timestamp::Timestamp,
    },
};

use super::state_word;

pub(super) async fn run(app: &App, console: &mut Console) -> Outcome {
    let all = keys::list(app).await?;
    let (now, rotation) = (app.now(), app.config().keys.rotation);
    let columns = [
        column("KEY"),
        column("ALGORITHM"),
        column("STATE"),
        optional("LIVE JWTS", 3),
        optional("SINCE", 2),
        optional("NEXT", 1),
    ];
    let mut table = Table::new(&columns);
    for facts in &all {
        if console.json() {
            console.object(&object(facts, rotation));
        } else {
            table.row(row(facts, rotation, &console.times(now)));
        }
    }
    console.table(&table);
    Ok(Exit::Yes)
}

fn row(facts: &KeyFacts, rotation: KeyRotation, times: &Times<'_>) -> [Cell; 6] {
    let key = &facts.key;
    let tone = match key.state {
        SigningKeyState::Active => Tone::Good,
        SigningKeyState::Revoked => Tone::Bad,
        _ => Tone::Plain,
    };
    [
        Cell::from(&key.kid),
        Cell::from(key.algorithm.as_str()),
        Cell::toned(tone, state_word(key.state)),
        Cell::from(facts.live.map_or(String::new(), |live| grouped(live.count))),
        Cell::from(times.zoned(since(facts))),
        Cell::from(next(facts, rotation, times)),
    ]
}

/// Since when it is in its state.
fn since(facts: &KeyFacts) -> Timestamp {
    let key = &facts.key;
    match key.state {
        SigningKeyState::Staged => key.created_at,
        SigningKeyState::Active => key.signs_from(),
        SigningKeyState::Retiring | SigningKeyState::Revoked => {
            key.retire_at.unwrap_or(key.created_at)
        }
    }
}

/// What becomes of it, for people.
fn next(facts: &KeyFacts, rotation: KeyRotation, times: &Times<'_>) -> String {
    let is_active = facts.key.state == SigningKeyState::Active;
    match (facts.next, signs_until(facts, rotation)) {
        (_, Some(until)) if is_active => format!("signs until {}", times.stated(until)),
        (Some((KeyStep::Activate, at)), _) => format!("signs from {}", times.stated(at)),
        (Some((KeyStep::Drop, at)), _) => format!("dropped {}", times.stated(at)),
        _ if is_active => "signs until it is rotated".to_owned(),
        _ => String::new(),
    }
}

/// When it signs no more, if that is in sight.
fn signs_until(facts: &KeyFacts, rotation: KeyRotation) -> Option<Timestamp> {
    match facts.next {
        Some((KeyStep::Stage, at)) => Some(at.plus(rotation.ahead())),
        Some((KeyStep::Retire, at)) => Some(at),
        _ => facts.key.retire_at,
    }
}

fn object(facts: &KeyFacts, rotation: KeyRotation) -> Value {
    let key = &facts.key;
    let time = |at: Option<Timestamp>| at.map(Timestamp::rfc3339);
    json!({
        "kid": key.kid,
        "algorithm": key.algorithm.as_str(),
        "state": state_word(key.state),
        "created_at": key.created_at.rfc3339(),
        "signs_from": key.signs_from().rfc3339(),
        "signs_until": time(signs_until(facts, rotation)),
        "drop_at": time(key.drop_at),
        "is_used": facts.is_used,
        "live_jwts": facts.live.map(|live| live.count),
        "live_jwts_counted_at": time(facts.live.map(|live| live.at)),
        "next_step": facts.next.map(|(step, _)| step.as_str()),
        "next_at": time(facts.next.map(|(_, at)| at)),
    })
}
