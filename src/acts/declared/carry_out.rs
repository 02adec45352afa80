//! Doing what a plan says, all of it or nothing.

use std::collections::BTreeSet;

use crate::{
    acts::{Error, Operator, Result, clients, ended, event, secrets, users},
    app::App,
    model::{
        client_id::ClientId,
        client_secret::ClientSecret,
        resource_server::ResourceServer,
        secret::Secret,
        timestamp::Timestamp,
        token_type::{TokenType, TypeSource},
        user::{PasswordHash, User},
    },
    store::Transaction,
};

use super::{
    difference::{Action, Changed, Difference},
    noun::Noun,
    plan::{Item, NewSecret, Origin, Plan, Step},
    state::{State, Which},
};

/// Who the settings file acts as, in the audit log.
const SETTINGS: &str = "settings";

/// A secret that was drawn: shown once.
#[derive(Debug)]
pub struct Shown {
    /// Whose it is.
    pub client_id: ClientId,
    /// The secret.
    pub secret: Secret,
}

/// Does what a plan says, in one transaction. Where nothing differs, nothing is written. Returns
/// the secrets that were drawn.
///
/// # Errors
///
/// [`Error::Conflict`] if the store is no longer as it was when the plan was made, and what the
/// store says. Then nothing was done.
pub async fn carry_out(app: &App, operator: &Operator, plan: Plan) -> Result<Vec<Shown>> {
    if !plan.differs() {
        return Ok(Vec::new());
    }
    let now = app.now();
    let Plan { items, seen, which, .. } = plan;
    let (mut ready, mut shown) = (Vec::new(), Vec::new());
    // Hashing is slow, and keys are drawn: nothing waits for that but we.
    for Item { difference, steps } in items {
        let mut done = Vec::new();
        for step in steps {
            done.push(prepare(app, step, now, &mut shown).await?);
        }
        ready.push(Item { difference, steps: done });
    }
    let mut store = app.store.begin().await?;
    let at = At { app, operator, now };
    match at.run(&mut store, &ready, (&seen, &which)).await {
        // Nothing may fail after this: what was drawn has yet to be shown.
        Ok(()) => store.commit().await?,
        Err(error) => {
            store.roll_back().await?;
            return Err(error);
        }
    }
    Ok(shown)
}

/// Hashes, draws and makes what a step needs.
async fn prepare(app: &App, step: Step, now: Timestamp, shown: &mut Vec<Shown>) -> Result<Step> {
    Ok(match step {
        Step::AddClient(ref client) | Step::ChangeClient(ref client) => {
            clients::ensure_key(app, client).await?;
            step
        }
        Step::AddSecret(secret) => {
            let (client_id, drawn, row) = make(app, secret, now).await?;
            shown.extend(drawn.map(|secret| Shown { client_id, secret }));
            Step::InsertSecret(Box::new(row))
        }
        Step::AddUser(user, Some(password)) => {
            Step::AddUser(with_password(app, user, &password).await?, None)
        }
        Step::ChangeUser(user, Some(password)) => {
            Step::ChangeUser(with_password(app, user, &password).await?, None)
        }
        step => step,
    })
}

async fn make(
    app: &App,
    secret: NewSecret,
    now: Timestamp,
) -> Result<(ClientId, Option<Secret>, ClientSecret)> {
    let NewSecret { client_id, origin, expires_at } = secret;
    let (mut row, drawn) = match origin {
        Origin::Kept(hint, verifier) => {
            let kept = (hint, verifier.kind, verifier.bytes);
            (secrets::kept(app, &client_id, kept, now), None)
        }
        Origin::Drawn => secrets::make(app, &client_id, None, now).await?.into_parts(),
        Origin::Chosen(chosen) => {
            secrets::make(app, &client_id, Some(chosen), now).await?.into_parts()
        }
    };
    row.expires_at = expires_at;
    Ok((client_id, drawn, row))
}

async fn with_password(app: &App, mut user: Box<User>, password: &Secret) -> Result<Box<User>> {
    user.password = Some(PasswordHash::new(app.hasher.hash(password).await?));
    Ok(user)
}

/// Who does it, and when.
struct At<'a> {
    app: &'a App,
    operator: &'a Operator,
    now: Timestamp,
}

impl At<'_> {
    async fn run(
        &self,
        store: &mut Transaction,
        items: &[Item],
        (seen, which): (&State, &Which),
    ) -> Result<()> {
        store.hold_declared_state().await?;
        for client_id in touched(items, seen) {
            if !store.hold_client(&client_id).await? {
                return Err(changed_meanwhile());
            }
        }
        if State::read(store, which).await? != *seen {
            return Err(changed_meanwhile());
        }
        for item in items {
            for step in &item.steps {
                if !self.step(store, step).await? {
                    return Err(changed_meanwhile());
                }
            }
            self.tell(store, item).await?;
        }
        Ok(())
    }

    async fn step(&self, store: &mut Transaction, step: &Step) -> Result<bool> {
        let now = self.now;
        Ok(match step {
            Step::AddType(added) => store.insert_token_type(added).await?,
            Step::ChangeType(after, before) => {
                let updated_at = later(now, before.updated_at);
                let after = TokenType { updated_at, ..(**after).clone() };
                store.update_token_type(&after, before).await?
            }
            Step::RemoveType(known) => {
                store.remove_token_type(known, later(now, known.updated_at)).await?
            }
            Step::AddClient(client) => store.insert_client(client).await?,
            Step::ChangeClient(client) => store.update_client(client, now).await?,
            Step::SetClientStatus(client_id, status) => {
                let end = ended(self.operator, now, "client.disabled");
                store.set_client_status(client_id, *status, &end).await?
            }
            Step::InsertSecret(secret) => store.insert_client_secret(secret).await?,
            Step::EndSecret(secret, end) => store.set_secret_end(secret, *end).await?,
            Step::RemoveClient(client_id) => {
                clients::delete(store, client_id, (self.operator, now)).await?
            }
            Step::AddServer(server) => store.insert_resource_server(server).await?,
            Step::ChangeServer(server, seen) => {
                let server = ResourceServer { updated_at: later(now, *seen), ..server.clone() };
                store.update_resource_server(&server, *seen).await?
            }
            Step::RemoveServer(server) => store.delete_resource_server(&server.audience).await?,
            Step::Describe(scope) => store.insert_described_scope(scope).await?,
            Step::DescribeAnew(scope, seen) => {
                let mut scope = scope.clone();
                scope.updated_at = later(now, *seen);
                store.update_described_scope(&scope, *seen).await?
            }
            Step::ForgetScope(scope) => {
                store.delete_described_scope(&scope.scope, scope.updated_at).await?
            }
            Step::AddUser(user, _) => store.insert_user(user).await?,
            Step::ChangeUser(user, _) => {
                let user = User { updated_at: now, ..(**user).clone() };
                users::change(store, &user, (self.operator, now)).await?
            }
            Step::RemoveUser(user) => {
                let user = User { updated_at: now, ..(**user).clone() };
                store.delete_user(&user, &ended(self.operator, now, "user.deleted")).await?
            }
            // Made into the row of one before.
            Step::AddSecret(_) => false,
        })
    }

    /// Writes what was done into the audit log.
    async fn tell(&self, store: &mut Transaction, item: &Item) -> Result<()> {
        let Difference { action, noun, name, changes } = &item.difference;
        let deed = match (action, noun) {
            (Action::Unchanged, _) => return Ok(()),
            (Action::Add, _) => "added",
            (Action::Change, _) => "changed",
            // Its row stays, and it may return.
            (Action::Remove, Noun::TokenType) => "removed",
            (Action::Remove, _) => "deleted",
        };
        let mut fields: Vec<&str> = changes.iter().map(|change| change.field.as_str()).collect();
        fields.dedup();
        let detail = Some(fields.join(", ")).filter(|text| !text.is_empty());
        let settings = Operator::new(SETTINGS);
        let operator = if is_of_settings(item) { &settings } else { self.operator };
        let by = (operator, self.now);
        let word = format!("{}.{deed}", noun.as_str());
        store.insert_audit_event(&event(self.app, by, &word, name, detail)).await?;
        for Changed { field, to, .. } in changes {
            let deed = match (noun, field.as_str(), to) {
                (Noun::Client | Noun::User, "disabled", Some(_)) => "disabled",
                (Noun::Client | Noun::User, "disabled", None) => "enabled",
                (Noun::TokenType, "removed", None) => "returned",
                _ => continue,
            };
            let word = format!("{}.{deed}", noun.as_str());
            store.insert_audit_event(&event(self.app, by, &word, name, None)).await?;
        }
        Ok(())
    }
}

/// Whether the settings file brings it about.
fn is_of_settings(item: &Item) -> bool {
    item.steps.iter().any(|step| match step {
        Step::AddType(known) | Step::RemoveType(known) => known.source == TypeSource::File,
        Step::ChangeType(after, before) => match after.source {
            TypeSource::File => true,
            TypeSource::BuiltIn => before.source == TypeSource::File,
            TypeSource::Store => false,
        },
        _ => false,
    })
}

/// The clients in the store that something is done to, or that is then said to introspect: nobody
/// must delete one meanwhile. In order, so that no two wait for each other.
fn touched(items: &[Item], seen: &State) -> BTreeSet<ClientId> {
    let mut names = BTreeSet::new();
    for step in items.iter().flat_map(|item| &item.steps) {
        match step {
            Step::AddClient(client) | Step::ChangeClient(client) => {
                names.insert(client.client_id.to_string());
            }
            Step::SetClientStatus(client_id, _) | Step::RemoveClient(client_id) => {
                names.insert(client_id.to_string());
            }
            Step::InsertSecret(secret) | Step::EndSecret(secret, _) => {
                names.insert(secret.client_id.to_string());
            }
            Step::AddServer(server) | Step::ChangeServer(server, _) => {
                names.extend(server.introspectors.iter().map(str::to_owned));
            }
            _ => {}
        }
    }
    let known = names.iter().filter_map(|name| seen.client(name));
    known.map(|client| client.client_id.clone()).collect()
}

/// Strictly later than `seen`, even within one millisecond: it is what tells two changes apart.
fn later(now: Timestamp, seen: Timestamp) -> Timestamp {
    Timestamp(now.0.max(seen.0 + 1))
}

fn changed_meanwhile() -> Error {
    let text = "the store was changed meanwhile; nothing was done, so run it again";
    Error::Conflict(text.to_owned())
}
