//! How a client differs.

use crate::{
    acts::{Result, client_settings::needs_secret},
    model::client::{Client, ClientStatus},
};

use super::{
    declaration::DeclaredClient,
    difference::{Action, all_new, changed, client_fields},
    noun::Noun,
    plan::{Draft, Step},
    plan_secrets::{self, PlannedSecrets},
};

/// Compares a client with the store. Returns how many of its secrets go.
pub(super) async fn compare(draft: &mut Draft<'_>, declared: DeclaredClient) -> Result<usize> {
    let DeclaredClient { client, disabled, secrets, .. } = declared;
    let seen = draft.seen;
    let before = seen.client(client.client_id.as_str());
    let status = match (disabled, before) {
        (Some(true), _) => ClientStatus::Disabled,
        (None, Some(before)) => before.status,
        (Some(false), _) | (None, None) => ClientStatus::Active,
    };
    let client = Client { status, ..client };
    let has_secrets = needs_secret(&client);
    let (client_id, name) = (client.client_id.clone(), client.client_id.to_string());
    let kept = before.map_or(&[][..], |_| seen.secrets(&client_id));
    let secrets = match secrets {
        Some(secrets) => plan_secrets::compare(draft, &client_id, kept, secrets).await?,
        None => PlannedSecrets::untouched(kept, draft.options.now),
    };
    if has_secrets && secrets.live == 0 {
        draft.notes.push(format!(
            "{name} has no live secret and can't authenticate. [[clients.secrets]] with \
             generate = true gives it one."
        ));
    }
    let PlannedSecrets { changes: of_secrets, steps: secret_steps, removals, .. } = secrets;
    let (action, mut changes, mut steps) = match before {
        None => {
            let changes = all_new(client_fields(&client));
            let mut steps = vec![Step::AddClient(Box::new(client))];
            if status == ClientStatus::Disabled {
                steps.push(Step::SetClientStatus(client_id, status));
            }
            (Action::Add, changes, steps)
        }
        Some(before) => {
            let client = as_stored(client, before);
            let changes = changed(client_fields(before), client_fields(&client));
            let mut steps = Vec::new();
            if changes.iter().any(|change| change.field != "disabled") {
                steps.push(Step::ChangeClient(Box::new(client)));
            }
            if status != before.status {
                steps.push(Step::SetClientStatus(client_id, status));
            }
            (Action::Change, changes, steps)
        }
    };
    changes.extend(of_secrets);
    steps.extend(secret_steps);
    let action = if steps.is_empty() { Action::Unchanged } else { action };
    draft.push(Noun::Client, (action, name), changes, steps);
    Ok(removals)
}

/// The client as declared, with what nobody declares as the store has it.
fn as_stored(client: Client, before: &Client) -> Client {
    // Two texts of the same keys are the same keys.
    let value = |text: &Option<String>| {
        text.as_deref().and_then(|text| serde_json::from_str::<serde_json::Value>(text).ok())
    };
    let jwks = if value(&client.jwks) == value(&before.jwks) {
        before.jwks.clone()
    } else {
        client.jwks.clone()
    };
    Client {
        jwks,
        generation: before.generation,
        version: before.version,
        created_at: before.created_at,
        updated_at: before.updated_at,
        ..client
    }
}
