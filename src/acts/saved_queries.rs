//! Queries that operators give a name, to come back to them.

use uuid::Uuid;

use crate::{
    app::App,
    model::{id::uuid_v7, look_alike::is_disguise, query::TokenQuery, saved_query::SavedQuery},
};

use super::{Error, Operator, Result, event};

/// The list of tokens.
pub const TOKENS: &str = "tokens";

/// The longest name, in characters.
pub const LONGEST_NAME: usize = 40;

/// How many queries of a list can be saved.
const MOST: usize = 50;

/// The saved queries of a list, the oldest first.
///
/// # Errors
///
/// What the store says.
pub async fn list(app: &App, list: &str) -> Result<Vec<SavedQuery>> {
    let most = i64::try_from(MOST).unwrap_or(i64::MAX);
    Ok(app.store.read().await?.saved_queries(list, most).await?)
}

/// Whether a query can have this name, without what surrounds it.
#[must_use]
pub fn is_sound(name: &str) -> bool {
    let name = name.trim();
    !name.is_empty()
        && name.chars().count() <= LONGEST_NAME
        && !name.chars().any(|c| c.is_control() || is_disguise(c))
}

/// Whether there are as many saved queries of tokens as fit.
///
/// # Errors
///
/// What the store says.
pub async fn is_full(app: &App) -> Result<bool> {
    Ok(list(app, TOKENS).await?.len() >= MOST)
}

/// Gives a query of tokens a name, for everybody who operates the server.
///
/// # Errors
///
/// [`Error::Invalid`] for a name or query that is none and where there are too many already,
/// [`Error::Conflict`] for a name that is taken.
pub async fn save(app: &App, operator: &Operator, (name, query): (&str, &str)) -> Result<()> {
    let (name, now) = (name.trim(), app.now());
    if !is_sound(name) {
        let text = format!(
            "a name of a filter has 1 to {LONGEST_NAME} characters, none of them invisible"
        );
        return Err(Error::Invalid(text));
    }
    let query = TokenQuery::parse(query).map_err(|faults| Error::Invalid(faults.to_string()))?;
    if query.is_empty() {
        return Err(Error::Invalid("an empty filter shows everything; write one first".to_owned()));
    }
    if is_full(app).await? {
        let text = format!("there are {MOST} saved filters already; delete one first");
        return Err(Error::Invalid(text));
    }
    let saved = SavedQuery {
        query_id: uuid_v7(now, &app.random),
        list: TOKENS.to_owned(),
        name: name.to_owned(),
        query: query.to_string(),
        made_by: operator.as_str().to_owned(),
        created_at: now,
    };
    let mut store = app.store.begin().await?;
    if !store.insert_saved_query(&saved).await? {
        store.roll_back().await?;
        let text = format!("there is a saved filter called {name}; choose another name");
        return Err(Error::Conflict(text));
    }
    let event = event(app, (operator, now), "query.saved", name, Some(saved.query));
    store.insert_audit_event(&event).await?;
    Ok(store.commit().await?)
}

/// Deletes a saved query of tokens. One that is gone already is no matter.
///
/// # Errors
///
/// What the store says.
pub async fn remove(app: &App, operator: &Operator, query_id: Uuid) -> Result<()> {
    let mut store = app.store.begin().await?;
    if let Some(name) = store.delete_saved_query(TOKENS, query_id).await? {
        let event = event(app, (operator, app.now()), "query.deleted", &name, None);
        store.insert_audit_event(&event).await?;
    }
    Ok(store.commit().await?)
}
