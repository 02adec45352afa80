//! The audit log: sealed by a job, looked through, followed, written out and checked.
//!
//! Events are written by the deeds that they tell of, in their transactions. What is here changes
//! none of them: it gives them their places in the chain, and takes the oldest away in time.

mod chain;
mod counted;
mod lines;
mod search;
mod tail;
mod verify;

use std::net::IpAddr;

use uuid::Uuid;

use crate::{
    app::App,
    model::timestamp::Timestamp,
    store::{RefusedOf, UserKey},
};

use super::{Error, Operator, Result, event};

pub use self::{
    chain::{Age, age, seal, sweep},
    lines::{hex, to_json},
    search::{Looking, Page, search},
    tail::Tail,
    verify::{Break, ChainWalk, Damage, Noted, Step, WholeChain},
};

/// The most rows that a summary is made of.
const SUMMED: i64 = 1000;

/// Who was refused since `from`, most often first: of the last thousand counts.
///
/// # Errors
///
/// What the store says.
pub async fn refused_since(app: &App, from: Timestamp) -> Result<Vec<RefusedOf>> {
    Ok(app.store.read().await?.refused_of(from, SUMMED).await?)
}

/// Notes that somebody writes the log out, or the part of it that a query means.
///
/// # Errors
///
/// What the store says; then nothing is to be written out.
pub async fn note_export(app: &App, operator: &Operator, query: &str) -> Result<()> {
    let detail = Some(query).filter(|query| !query.is_empty()).map(str::to_owned);
    note(app, operator, ("audit.exported", "audit"), detail).await
}

/// Notes that somebody writes out what is declared: these nouns.
///
/// # Errors
///
/// What the store says; then nothing is to be written out.
pub async fn note_state_export(
    app: &App,
    operator: &Operator,
    nouns: &str,
    with_hashes: bool,
) -> Result<()> {
    let with = if with_hashes { ", with hashes" } else { "" };
    let detail = Some(format!("{nouns}{with}"));
    note(app, operator, ("state.exported", "state"), detail).await
}

/// Tells that somebody's password was guessed at from an address more often than is free.
///
/// # Errors
///
/// What the store says.
pub async fn note_guessed(app: &App, user_id: Uuid, from: IpAddr) -> Result<()> {
    let Some(user) = app.store.find_user(UserKey::Id(user_id)).await? else { return Ok(()) };
    let by = Operator::new("server").at(from);
    note(app, &by, ("authentication.guessed", &user.address()), None).await
}

async fn note(
    app: &App,
    operator: &Operator,
    (action, target): (&str, &str),
    detail: Option<String>,
) -> Result<()> {
    let event = event(app, (operator, app.now()), action, target, detail);
    let mut store = app.store.begin().await?;
    store.insert_audit_event(&event).await?;
    Ok(store.commit().await?)
}
