//! One token type, as a file declares it.

use crate::{
    acts::types,
    app::App,
    cli::{
        console::Console,
        look::Tone,
        problem::{Exit, Outcome},
        sheet::Sheet,
    },
    model::token_type::{DeclaredType, TokenType, toml_text},
};

use super::{object, source_word};

#[derive(Debug, clap::Args)]
pub(in crate::cli) struct ShowArguments {
    /// Its name; case does not count
    #[arg(value_name = "NAME")]
    name: String,
}

pub(super) async fn run(arguments: &ShowArguments, app: &App, console: &mut Console) -> Outcome {
    let known = types::find(app, &arguments.name).await?;
    if console.json() {
        console.object(&object(&known));
        return Ok(Exit::Yes);
    }
    let times = console.times(app.now());
    let mut sheet = Sheet::default();
    sheet.fact("Type", known.name.as_str());
    sheet.fact("Source", source_word(known.source));
    sheet.fact("Version", known.version.to_string());
    // What belongs to the protocol was never changed.
    let changed = Some(known.updated_at).filter(|at| at.0 > 0);
    sheet.fact("Changed", changed.map_or(String::new(), |at| times.stated(at)));
    if let Some(removed_at) = known.removed_at {
        let (at, detail) = (times.stated(removed_at), "its tokens are invalid until it returns");
        sheet.toned("Removed", (Tone::Warn, &at), detail);
    }
    console.sheet(&sheet);
    let TokenType { name, definition, .. } = known;
    let declared = DeclaredType { name, definition };
    console.write_out(format!("\n{}", toml_text(&declared)), None);
    Ok(Exit::Yes)
}
