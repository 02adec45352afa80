//! Token types: where they come from, how they change, and how they are shown.

mod commands;
mod declared;
mod example;
mod nodes;
mod rows;
mod serving;
mod settings;

use tessera::{
    acts::{
        self,
        declared::{self as state, Action, DeclaredFile, ExportOptions, Noun, Plan, PlanOptions},
        types,
    },
    app::App,
    model::{
        rules::{Rule, UseCount},
        secret::Secret,
        token_type::{DeclaredType, TokenType, TypeDefinition, TypeName},
    },
};

use crate::common::{TestServer, server::operator};

/// A type that works so often.
fn counted(name: &str, max_use_count: i64) -> DeclaredType {
    DeclaredType {
        name: TypeName::parse(name).unwrap(),
        definition: TypeDefinition {
            rules: vec![Rule::UseCount(UseCount { max_use_count })],
            ..TypeDefinition::default()
        },
    }
}

/// The same in a declared file.
fn counted_text(name: &str, max_use_count: i64) -> String {
    format!(
        "[[token_types]]\nname = \"{name}\"\n[[token_types.rules]]\ntype = \"UseCount\"\n\
         max_use_count = {max_use_count}\n"
    )
}

fn file(text: &str) -> DeclaredFile {
    DeclaredFile::gather("state.toml".to_owned(), text.to_owned(), |external| {
        panic!("{external} is named")
    })
}

/// Starts, or reloads, with these types in the settings.
async fn settle(app: &App, types: &[DeclaredType]) -> Vec<String> {
    let settled = state::settle(app, &[], types).await.unwrap();
    settled.differences.iter().map(in_words).collect()
}

async fn planned(app: &App, text: &str, prune: bool) -> acts::Result<Plan> {
    let options = PlanOptions { prune, attended: true, now: app.now() };
    state::plan(app, state::read(&[file(text)], app.now()), &options).await
}

/// Applies a file. Returns what differed.
async fn applied(app: &App, text: &str, prune: bool) -> acts::Result<Vec<String>> {
    let plan = planned(app, text, prune).await?;
    let differs = plan.differences().filter(|difference| difference.action != Action::Unchanged);
    let lines = differs.map(in_words).collect();
    state::carry_out(app, &operator(), plan).await?;
    Ok(lines)
}

/// `change token type Link: rules.UseCount max_use_count = 1 -> max_use_count = 2`.
fn in_words(difference: &state::Difference) -> String {
    let word = |value: &Option<String>| value.clone().unwrap_or("none".to_owned());
    let changes = difference
        .changes
        .iter()
        .map(|change| format!("{} {} -> {}", change.field, word(&change.from), word(&change.to)));
    let (action, noun, name) = (difference.action, difference.noun, &difference.name);
    format!("{} {noun} {name}: {}", action.as_str(), changes.collect::<Vec<_>>().join("; "))
}

async fn export(app: &App) -> String {
    let options = ExportOptions { nouns: vec![Noun::TokenType], with_hashes: false };
    let exported = state::export(app, options).await.unwrap();
    let entries: String = exported.entries.iter().map(state::Entry::to_toml).collect();
    exported.head() + &entries
}

async fn find(server: &TestServer, name: &str) -> TokenType {
    let kept = server.app.store.token_types().await.unwrap();
    let found = types::find(&server.app, name).await.unwrap();
    assert!(kept.contains(&found), "what is kept is what is there");
    found
}

/// What the acts on token types were, and who did them.
async fn told(server: &TestServer) -> Vec<String> {
    let acts = ["added", "changed", "removed", "returned"];
    let actors = ["settings", "declared", "cli:test"];
    let mut found = Vec::new();
    for act in acts {
        for actor in actors {
            let sql = format!(
                "UPDATE audit SET reason = reason
                 WHERE action = 'token_type.{act}' AND actor = '{actor}'"
            );
            let times = server.database().execute(&sql).await;
            found.extend((times > 0).then(|| format!("{act} by {actor}: {times}")));
        }
    }
    found
}

/// A token, made one of this type behind the server's back, and then looked at: it is kept.
async fn token_of(server: &TestServer, name: &str) -> Secret {
    let client = server.machine("holder", "").await;
    let token = Secret::new(server.token(&client).await);
    let sql = format!("UPDATE tokens SET type_name = '{name}'");
    server.database().execute(&sql).await;
    type_shown(server, &token).await;
    token
}

/// What the type of a token is called; `None` if it is not configured.
async fn type_shown(server: &TestServer, token: &Secret) -> Option<String> {
    let presented = acts::tokens::inspect(&server.app, token).await.unwrap().unwrap();
    presented.found.standing.type_shown.clone()
}
