//! `tessera key`: signing keys.

use clap::Subcommand;
use serde_json::json;

use crate::{acts, app::App, model::signing_key::SigningKeyState};

use super::{
    console::Console,
    look::Tone,
    problem::{Exit, Outcome},
    table::{Cell, Table, column, optional},
};

#[derive(Debug, Subcommand)]
pub(super) enum KeyCommand {
    /// List the keys that sign or are published
    #[command(before_help = "tessera key list")]
    List,
}

pub(super) async fn run(command: &KeyCommand, app: &App, console: &mut Console) -> Outcome {
    match command {
        KeyCommand::List => list(app, console).await,
    }
}

async fn list(app: &App, console: &mut Console) -> Outcome {
    acts::keys::reload(app).await?;
    let now = app.now();
    let columns = [column("KEY"), column("ALGORITHM"), column("STATE"), optional("CREATED", 1)];
    let mut table = Table::new(&columns);
    for key in app.tokens.keys().keys().iter() {
        if console.json() {
            console.object(&json!({
                "kid": key.kid, "algorithm": key.algorithm.as_str(), "state": key.state.as_str(),
                "created_at": key.created_at.rfc3339(),
            }));
            continue;
        }
        let tone = if key.state == SigningKeyState::Active { Tone::Good } else { Tone::Plain };
        table.row([
            Cell::from(&key.kid),
            Cell::from(key.algorithm.as_str()),
            Cell::toned(tone, key.state.as_str()),
            Cell::from(console.times(now).stated(key.created_at)),
        ]);
    }
    console.table(&table);
    Ok(Exit::Yes)
}
