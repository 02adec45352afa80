//! Whether token types make sense, in a file or in the settings.

use serde_json::json;

use crate::{
    acts::declared::read_token_types,
    cli::{
        console::Console,
        figures::counted,
        look::Mark,
        problem::{Exit, Outcome, Problem},
        source::Source,
    },
    config::Loaded,
};

#[derive(Debug, clap::Args)]
pub(in crate::cli) struct CheckArguments {
    /// A file that declares some, or standard input (-); without it, the settings
    #[arg(value_name = "FILE", value_parser = Source::parse)]
    file: Option<Source>,
}

/// In a file, only `[[token_types]]` is looked at: it may hold settings or declared state.
pub(super) async fn run(
    arguments: &CheckArguments,
    settings: impl FnOnce() -> Result<Loaded, Problem>,
    console: &mut Console,
) -> Outcome {
    let (place, types, notes) = match &arguments.file {
        Some(source) => {
            let text = console.read(source).await?;
            let name = source.to_string();
            let (types, notes) = read_token_types(&name, text.expose())?;
            (name, types, notes)
        }
        None => {
            let loaded = settings()?;
            let place = loaded.file.map_or("no file".to_owned(), |path| path.display().to_string());
            (place, loaded.config.token_types, loaded.notes)
        }
    };
    if console.json() {
        let names: Vec<_> = types.iter().map(|known| known.name.as_str()).collect();
        console.object(&json!({"ok": true, "file": place, "token_types": names, "notes": notes}));
        return Ok(Exit::Yes);
    }
    for note in &notes {
        console.warn(note);
    }
    let count = i64::try_from(types.len()).unwrap_or(i64::MAX);
    let mark = console.out().mark(Mark::Yes);
    console.answer(&format!("{mark} {place}, {}", counted(count, "token type")));
    Ok(Exit::Yes)
}
