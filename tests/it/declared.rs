//! Declared state: files and the store, compared, brought together and written out again.

mod applying;
mod beside_a_server;
mod exporting;
mod faults;
mod pruning;
mod racing;
mod secrets;
mod starting;
mod users;

use tessera::{
    acts::{
        self,
        declared::{
            self, Action, DeclaredFile, ExportOptions, Noun, Plan, PlanOptions, Shown, carry_out,
            plan, read,
        },
    },
    app::App,
    config::Wrong,
};

use crate::common::server::operator;

/// A file that names nothing outside itself.
fn file(text: &str) -> DeclaredFile {
    DeclaredFile::gather("state.toml".to_owned(), text.to_owned(), |external| {
        panic!("{external} is named")
    })
}

/// A file whose one outside value is `secret`.
fn file_with(text: &str, secret: &str) -> DeclaredFile {
    DeclaredFile::gather("state.toml".to_owned(), text.to_owned(), |_| {
        Ok::<_, Wrong>(tessera::model::secret::Secret::new(secret.to_owned()))
    })
}

fn options(app: &App, prune: bool) -> PlanOptions {
    PlanOptions { prune, attended: true, now: app.now() }
}

async fn planned(app: &App, text: &str, prune: bool) -> acts::Result<Plan> {
    plan(app, read(&[file(text)], app.now()), &options(app, prune)).await
}

/// Applies a file. Returns what differed and the secrets that were drawn.
async fn applied(app: &App, text: &str, prune: bool) -> acts::Result<(Vec<String>, Vec<Shown>)> {
    let plan = planned(app, text, prune).await?;
    let lines = lines(&plan);
    Ok((lines, carry_out(app, &operator(), plan).await?))
}

/// Applies a file that must be sound. Returns what differed.
async fn apply(app: &App, text: &str) -> Vec<String> {
    applied(app, text, false).await.unwrap().0
}

/// What differs: `change client mailer: scope a -> b`.
fn lines(plan: &Plan) -> Vec<String> {
    let differs = plan.differences().filter(|difference| difference.action != Action::Unchanged);
    differs
        .map(|difference| {
            let word = |value: &Option<String>| value.clone().unwrap_or("none".to_owned());
            let changes = difference.changes.iter().map(|change| {
                format!("{} {} -> {}", change.field, word(&change.from), word(&change.to))
            });
            let (action, noun, name) = (difference.action, difference.noun, &difference.name);
            let changes = changes.collect::<Vec<_>>().join("; ");
            format!("{} {noun} {name}: {changes}", action.as_str())
        })
        .collect()
}

/// The problems of a file, each behind its place and key.
fn told(error: &acts::Error) -> Vec<String> {
    let acts::Error::Faulty(faults) = error else { panic!("{error:?}") };
    let told = faults.iter().map(|fault| format!("{} {} {}", fault.from, fault.key, fault.problem));
    told.collect()
}

/// What is wrong with a file.
async fn faults(app: &App, text: &str) -> Vec<String> {
    match planned(app, text, false).await {
        Ok(plan) => panic!("{:?}", lines(&plan)),
        Err(error) => told(&error),
    }
}

async fn export(app: &App, with_hashes: bool) -> String {
    export_of(app, Noun::ALL, with_hashes).await
}

async fn export_of(app: &App, nouns: &[Noun], with_hashes: bool) -> String {
    let options = ExportOptions { nouns: nouns.to_vec(), with_hashes };
    let exported = declared::export(app, options).await.unwrap();
    let entries: String = exported.entries.iter().map(declared::Entry::to_toml).collect();
    exported.head() + &entries
}
