//! `tessera config`: what is set, where, and whether it makes sense; and what other systems' settings
//! come to. Opens no store.

mod import;

use clap::Subcommand;
use serde_json::json;

use crate::{
    config::{Loaded, Setting, Source},
    model::secret::Random,
};

use self::import::ImportArguments;
use super::{
    console::Console,
    look::{Mark, Tone},
    problem::{Exit, Outcome, Problem},
    table::{Cell, Table, column, optional},
};

#[derive(Debug, Subcommand)]
pub(super) enum ConfigCommand {
    /// List every setting, its value and where it comes from
    #[command(before_help = "tessera config show\n\
                             tessera config show --json | jq -r 'select(.is_default | not).key'")]
    Show,
    /// Tell everything that is wrong with the settings at once
    #[command(before_help = "tessera config check\n\
                             tessera config check --config /etc/tessera/tessera.toml")]
    Check,
    /// Convert settings of Auth-O-Tron or WSO2, and name what has no place here
    #[command(before_help = "tessera config import auth-o-tron.yaml\n\
                             tessera config import auth-o-tron.yaml --out /etc/tessera\n\
                             tessera config import auth-o-tron.yaml --realm my-realm=my_realm\n\
                             tessera config import repository/conf/deployment.toml > tessera.toml")]
    Import(ImportArguments),
}

impl ConfigCommand {
    /// Whether it tells what a start would refuse, files that settings name included.
    pub(super) fn judges_files(&self) -> bool {
        matches!(self, ConfigCommand::Check)
    }
}

/// Runs a command. `settings` reads those in force.
pub(super) async fn run(
    command: &ConfigCommand,
    settings: impl AsyncFnOnce() -> Result<Loaded, Problem>,
    random: &Random,
    console: &mut Console,
) -> Outcome {
    match command {
        ConfigCommand::Show => show(&settings().await?, console),
        ConfigCommand::Check => check(&settings().await?, console),
        ConfigCommand::Import(arguments) => return import::run(arguments, random, console).await,
    }
    Ok(Exit::Yes)
}

fn show(loaded: &Loaded, console: &mut Console) {
    if console.json() {
        for Setting { path, value, source, .. } in &loaded.settings {
            let is_default = loaded.settings.iter().any(|s| s.path == *path && s.is_default());
            console.object(&json!({
                "key": path, "value": value, "source": source.to_string(), "is_default": is_default,
            }));
        }
        return;
    }
    notes(loaded, console);
    let mut table = Table::new(&[column("KEY"), column("VALUE"), optional("SOURCE", 1)]);
    for setting in &loaded.settings {
        let is_set = setting.source != Source::Default;
        let tone = if is_set { Tone::Strong } else { Tone::Plain };
        let source = if is_set { Tone::Plain } else { Tone::Dim };
        let value = if setting.value.is_empty() { "(empty)" } else { &setting.value };
        table.row([
            Cell::toned(tone, setting.path),
            Cell::from(value),
            Cell::toned(source, setting.source.to_string()),
        ]);
    }
    console.table(&table);
}

fn check(loaded: &Loaded, console: &mut Console) {
    let changed = loaded.settings.iter().filter(|setting| !setting.is_default()).count();
    let count = loaded.settings.len();
    if console.json() {
        console.object(&json!({
            "ok": true, "file": loaded.file, "settings": count, "changed": changed,
            "notes": loaded.notes,
        }));
        return;
    }
    notes(loaded, console);
    let mark = console.out().mark(Mark::Yes);
    console.answer(&format!("{mark} {}", summary(loaded)));
}

/// Which file was read, and how much it and the environment change: `config.toml, 24 settings, 3
/// changed`.
pub(super) fn summary(loaded: &Loaded) -> String {
    let changed = loaded.settings.iter().filter(|setting| !setting.is_default()).count();
    let file = loaded.file.as_ref().map_or("no file".to_owned(), |path| path.display().to_string());
    format!("{file}, {} settings, {changed} changed", loaded.settings.len())
}

fn notes(loaded: &Loaded, console: &mut Console) {
    for note in &loaded.notes {
        console.warn(note);
    }
}
