//! The settings of a Prius token store, as Tessera takes them.

use crate::{
    cli::{
        console::Console,
        problem::{Exit, Outcome, Problem},
        source::Source,
    },
    config::{Fault, Faults},
    model::token_type::{TypeFault, read_prius, toml_text},
};

#[derive(Debug, clap::Args)]
pub(in crate::cli) struct ImportArguments {
    /// Its configuration in JSON, or standard input (-)
    #[arg(value_name = "FILE", value_parser = Source::parse)]
    file: Source,
}

pub(super) async fn run(arguments: &ImportArguments, console: &mut Console) -> Outcome {
    let text = console.read(&arguments.file).await?;
    let place = arguments.file.to_string();
    let types = read_prius(text.expose()).map_err(|faults| wrong(&place, faults))?;
    if types.is_empty() {
        console.say(&format!("{place} configures no token types."));
    }
    for (at, declared) in types.iter().enumerate() {
        let gap = if at == 0 { "" } else { "\n" };
        console.write_out(format!("{gap}{}", toml_text(declared)), None);
    }
    Ok(Exit::Yes)
}

fn wrong(place: &str, faults: Vec<TypeFault>) -> Problem {
    let fault = |TypeFault { path, problem, remedy, .. }| {
        // What is wrong with the whole file is at no type.
        let key = if path.is_empty() { place.to_owned() } else { path };
        Fault { key, from: place.to_owned(), problem, remedy }
    };
    Faults(faults.into_iter().map(fault).collect()).into()
}
