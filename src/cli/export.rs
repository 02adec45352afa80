//! `tessera export`: what the store holds, as `tessera apply` takes it.

use clap::builder::{PossibleValuesParser, TypedValueParser};

use crate::{
    acts::{
        Operator, audit,
        declared::{self, ExportOptions, Noun},
    },
    app::App,
};

use super::{
    console::Console,
    problem::{Exit, Outcome},
};

#[derive(Debug, clap::Args)]
pub(super) struct ExportArguments {
    /// With what is kept of secrets and passwords, to fill another store
    #[arg(long)]
    with_hashes: bool,
    /// Only these, with commas between them
    #[arg(long, value_name = "NOUNS", value_delimiter = ',')]
    #[arg(value_parser = PossibleValuesParser::new(Noun::ALL.iter().map(|noun| noun.section()))
        .map(|word| find(&word)))]
    only: Vec<Noun>,
}

/// The noun of a section; the parser lets no other word pass.
fn find(word: &str) -> Noun {
    let found = Noun::ALL.iter().find(|noun| noun.section() == word);
    *found.unwrap_or(&Noun::Client)
}

pub(super) async fn run(
    arguments: &ExportArguments,
    app: &App,
    operator: &Operator,
    console: &mut Console,
) -> Outcome {
    let ExportArguments { with_hashes, only } = arguments;
    let nouns = if only.is_empty() { Noun::ALL.to_vec() } else { only.clone() };
    let options = ExportOptions { nouns, with_hashes: *with_hashes };
    let sections: Vec<_> = options.nouns.iter().map(|noun| noun.section()).collect();
    audit::note_state_export(app, operator, &sections.join(", "), *with_hashes).await?;
    let exported = declared::export(app, options).await?;
    if !console.json() {
        console.write_out(exported.head(), None);
    }
    for entry in &exported.entries {
        if console.json() {
            console.object(&entry.to_json());
        } else {
            console.write_out(entry.to_toml(), None);
        }
    }
    Ok(Exit::Yes)
}
