//! The manual: pages for `man`, made of the same definition as the help.

use std::{fs, io, path::PathBuf};

use clap::Command;
use clap_mangen::Man;

use super::{
    arguments,
    console::Console,
    problem::{Exit, Outcome, Problem},
};

#[derive(Debug, clap::Args)]
pub(super) struct ManualArguments {
    /// The folder to write a page for each command into
    #[arg(value_name = "FOLDER")]
    folder: Option<PathBuf>,
}

/// Prints the page of the program, or writes all pages.
pub(super) fn run(arguments: &ManualArguments, console: &mut Console) -> Outcome {
    let command = arguments::command();
    let Some(folder) = &arguments.folder else {
        console.write_out(page(&command, "tessera")?, None);
        return Ok(Exit::Yes);
    };
    let mut pages = Vec::new();
    every_page(&command, "tessera", &mut pages)?;
    for (name, page) in &pages {
        let path = folder.join(format!("{name}.1"));
        fs::write(&path, page)
            .map_err(|error| unwritten(&error).tried(path.display().to_string()))?;
    }
    console.done(&format!("Wrote {} pages into {}", pages.len(), folder.display()));
    Ok(Exit::Yes)
}

fn every_page(
    command: &Command,
    name: &str,
    pages: &mut Vec<(String, String)>,
) -> Result<(), Problem> {
    pages.push((name.to_owned(), page(command, name)?));
    for below in command.get_subcommands() {
        every_page(below, &format!("{name}-{}", below.get_name()), pages)?;
    }
    Ok(())
}

/// One page. What the command calls its examples stands at the end, as in other manuals.
fn page(command: &Command, name: &str) -> Result<String, Problem> {
    let examples = command.get_before_help().map(ToString::to_string);
    let command = command.clone().name(name.to_owned()).before_help(None::<&str>);
    let mut page = Vec::new();
    let man = Man::new(command).manual("Tessera");
    man.render(&mut page).map_err(|error| unwritten(&error))?;
    let mut page = String::from_utf8_lossy(&page).into_owned();
    if let Some(examples) = examples {
        let examples = examples.replace('\\', "\\e").replace('-', "\\-");
        page.extend([".SH EXAMPLES\n.nf\n", &examples, "\n.fi\n"]);
    }
    Ok(page)
}

fn unwritten(error: &io::Error) -> Problem {
    Problem::new(Exit::Unreachable, "can't write the manual").said(error.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_command_has_a_page_with_its_examples() {
        let mut pages = Vec::new();
        every_page(&arguments::command(), "tessera", &mut pages).unwrap();

        assert!(pages.len() > 20);
        let (_, page) = pages.iter().find(|(name, _)| name == "tessera-client-add").unwrap();
        assert!(page.contains(".SH EXAMPLES\n.nf\ntessera client add "), "{page}");
        assert!(
            page.contains(".TH tessera\\-client\\-add 1")
                || page.contains(".TH tessera-client-add")
        );
        assert!(pages.iter().all(|(_, page)| page.contains(".SH NAME")));
    }
}
