//! Changing a client that somebody looked at, and saying of each setting what is wrong with it.

use crate::{
    app::App,
    model::{
        client::{Client, ClientKind},
        client_id::ClientId,
        timestamp::Timestamp,
    },
};

use super::{
    Operator, Result, checks,
    client_settings::{ClientChanges, apply, blank, check_change, faults},
    clients,
    edits::{Edited, Faults},
};

/// Changes the settings of a client, if it is still of the version that was `seen`.
///
/// # Errors
///
/// [`super::Error::NotFound`], and what the store says.
pub async fn change(
    app: &App,
    operator: &Operator,
    (client_id, seen): (&ClientId, i64),
    changes: ClientChanges,
) -> Result<Edited<Client>> {
    let before = clients::find(app, client_id).await?;
    if before.version != seen {
        return Ok(Edited::Meanwhile(before));
    }
    let wrong = faults_of(&before, &changes);
    if !wrong.is_empty() {
        return Ok(Edited::Wrong(wrong));
    }
    match clients::write(app, operator, before, changes).await? {
        Some(client) => Ok(Edited::Done(client)),
        None => Ok(Edited::Meanwhile(clients::find(app, client_id).await?)),
    }
}

/// What is wrong with a client that is to be added.
#[must_use]
pub fn faults_of_new(client_id: &ClientId, kind: ClientKind, changes: &ClientChanges) -> Faults {
    let mut wrong = Faults::new();
    if let Err(error) = checks::client_id(client_id) {
        wrong.push(("client_id", error.to_string()));
    }
    // When it is added makes no difference to what may be set.
    let mut blank = blank(client_id.clone(), kind, Timestamp(0));
    blank.authentication = changes.authentication.unwrap_or(blank.authentication);
    wrong.extend(faults_of(&blank, changes));
    wrong
}

fn faults_of(before: &Client, changes: &ClientChanges) -> Faults {
    let mut wrong = Faults::new();
    let mut note = |field, judged: Result<()>| {
        wrong.extend(judged.err().map(|error| (field, error.to_string())));
    };
    if let Some(new) = changes.authentication {
        note("authentication", check_change(before, new));
    }
    if let Some(Some(lifetime)) = changes.access_lifetime {
        note("access_lifetime", checks::access_lifetime(lifetime).map(drop));
    }
    if let Some(Some(lifetime)) = changes.refresh_lifetime {
        note("refresh_lifetime", checks::refresh_lifetime(lifetime).map(drop));
    }
    if !wrong.is_empty() {
        return wrong;
    }
    match apply(before.clone(), changes.clone()) {
        Ok(client) => faults(&client),
        // What is left that cannot even be set.
        Err(error) => vec![("default_max_age", error.to_string())],
    }
}
