//! What has to be done to make the store as declared.

use std::collections::HashSet;

use crate::{
    acts::{Error, Result},
    app::App,
    model::{
        client::{Client, ClientStatus},
        client_id::ClientId,
        client_secret::ClientSecret,
        resource_server::ResourceServer,
        scope::DescribedScope,
        secret::Secret,
        timestamp::Timestamp,
        token_type::{TokenType, TypeSource},
        user::User,
    },
};

use super::{
    declaration::{Declaration, Reading, Verifier},
    difference::{Action, Changed, Difference, all_new, changed, server_fields},
    noun::Noun,
    plan_clients, plan_types, plan_users,
    references::References,
    state::{State, Which},
};

/// How to compare.
#[derive(Debug, Clone)]
pub struct PlanOptions {
    /// Whether what is not declared goes.
    pub prune: bool,
    /// Whether an operator is there: sees a secret that is drawn, and wants back what the file
    /// declares and somebody deleted.
    pub attended: bool,
    /// The moment that decides whether a secret has ended.
    pub now: Timestamp,
}

/// What has to be done, and what it was concluded from.
pub struct Plan {
    pub(super) items: Vec<Item>,
    pub(super) seen: State,
    pub(super) which: Which,
    /// How many things go: what a person is asked for.
    pub removals: usize,
    /// What deserves a look.
    pub notes: Vec<String>,
}

/// One difference, and what makes up for it.
pub(super) struct Item {
    pub(super) difference: Difference,
    pub(super) steps: Vec<Step>,
}

/// One thing to do.
pub(super) enum Step {
    AddType(Box<TokenType>),
    /// What it is to be, and what it was.
    ChangeType(Box<TokenType>, Box<TokenType>),
    RemoveType(Box<TokenType>),
    AddClient(Box<Client>),
    ChangeClient(Box<Client>),
    SetClientStatus(ClientId, ClientStatus),
    AddSecret(NewSecret),
    InsertSecret(Box<ClientSecret>),
    EndSecret(Box<ClientSecret>, Option<Timestamp>),
    RemoveClient(ClientId),
    AddServer(ResourceServer),
    ChangeServer(ResourceServer, Timestamp),
    RemoveServer(ResourceServer),
    Describe(DescribedScope),
    DescribeAnew(DescribedScope, Timestamp),
    ForgetScope(DescribedScope),
    AddUser(Box<User>, Option<Secret>),
    ChangeUser(Box<User>, Option<Secret>),
    RemoveUser(Box<User>),
}

/// A secret that is to be made.
pub(super) struct NewSecret {
    pub(super) client_id: ClientId,
    pub(super) origin: Origin,
    pub(super) expires_at: Option<Timestamp>,
}

/// What a secret is made of.
pub(super) enum Origin {
    Drawn,
    Chosen(Secret),
    Kept(String, Verifier),
}

/// Compares what was read with the store. Nothing is changed.
///
/// # Errors
///
/// [`Error::Faulty`] with everything that is wrong, if anything is.
pub async fn plan(app: &App, reading: Reading, options: &PlanOptions) -> Result<Plan> {
    let Reading { mut declaration, mut findings } = reading;
    let which = Which::of(&declaration, options.prune);
    let seen = State::read(&mut app.store.read().await?, &which).await?;
    if !options.attended {
        declaration.leave_deleted(&seen);
    }
    let references = References { declaration: &declaration, state: &seen, options };
    references.check(&mut findings);
    if findings.count() > 0 {
        return Err(Error::Faulty(findings.into_faults()));
    }
    let mut notes = declaration.notes.clone();
    notes.extend(references.notes(&app.issuer));
    let mut draft = Draft { app, options, seen: &seen, items: Vec::new(), notes };
    draft.removals(&declaration);
    let removed = std::mem::take(&mut draft.items);
    let mut removals = removed.len();
    plan_types::compare_settings(&mut draft, &declaration);
    for declared in declaration.token_types {
        plan_types::compare(&mut draft, declared.token_type, TypeSource::Store);
    }
    for client in declaration.clients {
        removals += plan_clients::compare(&mut draft, client).await?;
    }
    for declared in declaration.resource_servers {
        draft.server(declared.server);
    }
    for declared in declaration.scopes {
        draft.scope(declared.scope);
    }
    for user in declaration.users {
        plan_users::compare(&mut draft, user).await?;
    }
    let Draft { mut items, notes, .. } = draft;
    items.extend(removed);
    Ok(Plan { items, seen, which, removals, notes })
}

impl Plan {
    /// The token type of this folded name that it was concluded from, perhaps a removed one.
    pub(in crate::acts) fn saw_type(&self, fold: &str) -> Option<&TokenType> {
        self.seen.token_type(fold)
    }

    /// Every difference, and what is as declared, in the order in which it is dealt with.
    pub fn differences(&self) -> impl Iterator<Item = &Difference> {
        self.items.iter().map(|item| &item.difference)
    }

    /// Whether anything is to be done.
    #[must_use]
    pub fn differs(&self) -> bool {
        self.differences().any(|difference| difference.action != Action::Unchanged)
    }
}

/// A plan that is being made.
pub(super) struct Draft<'d> {
    pub(super) app: &'d App,
    pub(super) options: &'d PlanOptions,
    pub(super) seen: &'d State,
    pub(super) items: Vec<Item>,
    pub(super) notes: Vec<String>,
}

impl Draft<'_> {
    /// Adds something that may differ.
    pub(super) fn push(
        &mut self,
        noun: Noun,
        (action, name): (Action, String),
        changes: Vec<Changed>,
        steps: Vec<Step>,
    ) {
        let difference = Difference { action, noun, name, changes };
        self.items.push(Item { difference, steps });
    }

    /// What is not declared, where that is to go: resource servers before the clients they name.
    fn removals(&mut self, declaration: &Declaration) {
        let seen = self.seen;
        let goes = |noun| self.options.prune && declaration.mentioned.contains(&noun);
        let [clients, servers, scopes] =
            [Noun::Client, Noun::ResourceServer, Noun::Scope].map(goes);
        for noun in Noun::ALL.iter().filter(|noun| self.options.prune && !goes(**noun)) {
            self.notes.push(format!(
                "No {noun} is removed: the file has no [[{section}]]. {section} = [] says that \
                 there are none.",
                section = noun.section()
            ));
        }
        let kept = &declaration.resource_servers;
        let kept: HashSet<_> = kept.iter().map(|kept| kept.server.audience.as_str()).collect();
        for server in seen.servers.iter().filter(|_| servers) {
            if !kept.contains(server.audience.as_str()) {
                let name = (Action::Remove, server.audience.clone());
                let step = Step::RemoveServer(server.clone());
                self.push(Noun::ResourceServer, name, Vec::new(), vec![step]);
            }
        }
        let kept: HashSet<_> =
            declaration.clients.iter().map(|kept| &kept.client.client_id).collect();
        for client in seen.clients.iter().filter(|_| clients) {
            if !kept.contains(&client.client_id) {
                let name = (Action::Remove, client.client_id.to_string());
                let step = Step::RemoveClient(client.client_id.clone());
                self.push(Noun::Client, name, Vec::new(), vec![step]);
            }
        }
        let kept: HashSet<_> =
            declaration.scopes.iter().map(|kept| kept.scope.scope.as_str()).collect();
        for scope in seen.scopes.iter().filter(|_| scopes) {
            if !kept.contains(scope.scope.as_str()) {
                let name = (Action::Remove, scope.scope.clone());
                let step = Step::ForgetScope(scope.clone());
                self.push(Noun::Scope, name, Vec::new(), vec![step]);
            }
        }
        if goes(Noun::TokenType) {
            plan_types::remove_others(self, declaration);
        }
        if goes(Noun::User) {
            plan_users::remove_others(self, declaration);
        }
    }

    fn server(&mut self, server: ResourceServer) {
        let name = server.audience.clone();
        let before = self.seen.server(&name);
        let Some(before) = before else {
            let changes = all_new(server_fields(&server));
            let steps = vec![Step::AddServer(server)];
            return self.push(Noun::ResourceServer, (Action::Add, name), changes, steps);
        };
        let changes = changed(server_fields(before), server_fields(&server));
        if changes.is_empty() {
            let unchanged = (Action::Unchanged, name);
            return self.push(Noun::ResourceServer, unchanged, changes, Vec::new());
        }
        let server = ResourceServer { created_at: before.created_at, ..server };
        let steps = vec![Step::ChangeServer(server, before.updated_at)];
        self.push(Noun::ResourceServer, (Action::Change, name), changes, steps);
    }

    /// A scope token without a description is known, and that is all: nothing of it is kept.
    fn scope(&mut self, scope: DescribedScope) {
        let (name, to) = (scope.scope.clone(), scope.description.clone());
        let before = self.seen.scope(&name);
        let from = before.map(|before| before.description.clone());
        let (action, step) = match before {
            None if to.is_empty() => (Action::Unchanged, None),
            None => (Action::Add, Some(Step::Describe(scope))),
            Some(before) if before.description == to => (Action::Unchanged, None),
            Some(before) if to.is_empty() => {
                (Action::Change, Some(Step::ForgetScope(before.clone())))
            }
            Some(before) => (Action::Change, Some(Step::DescribeAnew(scope, before.updated_at))),
        };
        let changes = match action {
            Action::Unchanged => Vec::new(),
            _ => vec![Changed {
                field: "description".to_owned(),
                from,
                to: Some(to).filter(|text| !text.is_empty()),
            }],
        };
        self.push(Noun::Scope, (action, name), changes, step.into_iter().collect());
    }
}
