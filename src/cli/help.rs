//! Help in our own words and shape: examples before options, within 80 columns.

use clap::{Arg, ArgAction, Command};

/// How wide help may be.
const WIDTH: usize = 80;

/// The commands by what one wants to do.
const GROUPS: &[(&str, &[&str])] = &[
    ("Run", &["serve", "config", "db"]),
    ("Tokens", &["token"]),
    ("Clients and resource servers", &["client", "resource-server"]),
    ("Safety", &["key"]),
    ("Shells", &["completions"]),
];

/// Gives the command and all below it help in our shape.
pub(super) fn with_our_help(command: Command) -> Command {
    let mut command = command;
    command.build();
    let text = top(&command);
    let command = command.override_help(text);
    command.mut_subcommands(|sub| below(sub, "tessera"))
}

fn below(command: Command, path: &str) -> Command {
    let path = format!("{path} {}", command.get_name());
    let text =
        if command.has_subcommands() { group(&command, &path) } else { one(&command, &path) };
    command.override_help(text).mut_subcommands(|sub| below(sub, &path))
}

/// The help of the program.
fn top(command: &Command) -> String {
    let mut text = format!("{}.\n\nUsage: tessera [--config FILE] COMMAND\n", about(command));
    for (heading, names) in GROUPS {
        text.push_str(&format!("\n{heading}\n"));
        let found = names.iter().filter_map(|name| command.find_subcommand(name));
        text.push_str(&rows(&found.map(named).collect::<Vec<_>>(), 17));
    }
    text.push_str("\nOptions\n");
    text.push_str(&rows(&command.get_arguments().map(option).collect::<Vec<_>>(), 0));
    text.push_str("\nStart here: tessera serve\n");
    text
}

/// The help of a command that has others below it.
fn group(command: &Command, path: &str) -> String {
    let below: Vec<_> = command.get_subcommands().map(named).collect();
    format!(
        "{}.\n\nUsage: {path} COMMAND\n\nCommands\n{}\nHelp with examples: {path} COMMAND --help\n",
        about(command),
        rows(&below, 0)
    )
}

/// The help of one command, examples first.
fn one(command: &Command, path: &str) -> String {
    let mut text = format!("{}.\n", about(command));
    if let Some(examples) = command.get_before_help() {
        text.push_str("\nExamples\n");
        for line in examples.to_string().lines() {
            text.push_str(&format!("  {line}\n"));
        }
    }
    let (own, general): (Vec<_>, Vec<_>) = command.get_arguments().partition(|arg| is_own(arg));
    let places: Vec<_> = own.iter().filter(|arg| arg.is_positional()).copied().collect();
    let options: Vec<_> = own.iter().filter(|arg| !arg.is_positional()).copied().collect();
    let names: String = places.iter().map(|arg| format!(" {}", place(arg))).collect();
    let tail = if options.is_empty() { "" } else { " [OPTIONS]" };
    text.push_str(&format!("\nUsage: {path}{names}{tail}\n"));
    for (heading, arguments) in [("Arguments", places), ("Options", options)] {
        if !arguments.is_empty() {
            text.push_str(&format!("\n{heading}\n"));
            text.push_str(&rows(&arguments.into_iter().map(option).collect::<Vec<_>>(), 0));
        }
    }
    if let Some(notes) = command.get_after_help() {
        text.push_str(&format!("\n{notes}\n"));
    }
    let general: Vec<_> = general.iter().filter_map(|arg| arg.get_long()).collect();
    text.push_str(&format!("\nAlso: --{}\n", general.join(" --")));
    text
}

/// Whether an argument belongs to this command alone.
fn is_own(argument: &&Arg) -> bool {
    !argument.is_global_set()
        && !matches!(argument.get_action(), ArgAction::Help | ArgAction::Version)
}

fn about(command: &Command) -> String {
    command.get_about().map(ToString::to_string).unwrap_or_default()
}

fn named(command: &Command) -> (String, String) {
    (command.get_name().to_owned(), about(command))
}

/// How an argument is written, and what it means.
fn option(argument: &Arg) -> (String, String) {
    let mut label = match (argument.get_short(), argument.get_long()) {
        (Some(short), Some(long)) => format!("-{short}, --{long}"),
        (None, Some(long)) => format!("    --{long}"),
        _ => return (place(argument), meaning(argument)),
    };
    if argument.get_action().takes_values() {
        let optional = argument.get_num_args().is_some_and(|count| count.min_values() == 0);
        let value = value_name(argument);
        label.push_str(&if optional { format!("[={value}]") } else { format!(" {value}") });
    }
    (label, meaning(argument))
}

fn meaning(argument: &Arg) -> String {
    let help = argument.get_help().map(ToString::to_string).unwrap_or_default();
    let values = argument.get_possible_values();
    let words: Vec<_> = values.iter().map(|value| value.get_name()).collect();
    let takes_words =
        argument.get_action().takes_values() && !argument.is_hide_possible_values_set();
    let choice = if words.is_empty() || !takes_words {
        String::new()
    } else {
        format!(" ({})", words.join(", "))
    };
    let default: Vec<_> =
        argument.get_default_values().iter().filter_map(|value| value.to_str()).collect();
    let flag = !argument.get_action().takes_values() || argument.is_hide_default_value_set();
    let default = if default.is_empty() || flag {
        String::new()
    } else {
        format!(" [default {}]", default.join(" "))
    };
    format!("{help}{choice}{default}")
}

/// A positional argument: `NAME`, `[NAME]`, `NAME...`.
fn place(argument: &Arg) -> String {
    let name = value_name(argument);
    let many = argument.get_num_args().is_some_and(|count| count.max_values() > 1);
    let name = if many { format!("{name}...") } else { name };
    if argument.is_required_set() { name } else { format!("[{name}]") }
}

fn value_name(argument: &Arg) -> String {
    let names = argument.get_value_names().unwrap_or_default();
    names.first().map_or_else(|| argument.get_id().to_string().to_uppercase(), ToString::to_string)
}

/// Two columns, the second wrapped where the line ends.
fn rows(rows: &[(String, String)], least: usize) -> String {
    let widest = rows.iter().map(|(label, _)| label.chars().count()).max().unwrap_or(0).max(least);
    let mut text = String::new();
    for (label, meaning) in rows {
        let mut line = format!("  {label:<widest$}  ");
        for word in meaning.split(' ') {
            let indent = widest + 4;
            if line.trim_end().chars().count() + 1 + word.chars().count() > WIDTH {
                text.push_str(line.trim_end());
                text.push('\n');
                line = " ".repeat(indent);
            }
            line.push_str(word);
            line.push(' ');
        }
        text.push_str(line.trim_end());
        text.push('\n');
    }
    text
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory;

    use super::*;
    use crate::cli::arguments::Arguments;

    fn every_help(command: &mut Command, all: &mut Vec<String>) {
        all.push(command.render_help().to_string());
        for below in command.get_subcommands_mut() {
            every_help(below, all);
        }
    }

    #[test]
    fn help_fits_80_columns_everywhere() {
        let mut all = Vec::new();
        every_help(&mut with_our_help(Arguments::command()), &mut all);

        assert!(all.len() > 20);
        for line in all.iter().flat_map(|help| help.lines()) {
            assert!(line.chars().count() <= WIDTH, "{line}");
        }
    }

    #[test]
    fn every_command_stands_in_a_group() {
        let command = Arguments::command();
        let grouped: Vec<_> = GROUPS.iter().flat_map(|(_, names)| names.iter()).collect();

        for below in command.get_subcommands() {
            assert!(grouped.contains(&&below.get_name()), "{}", below.get_name());
        }
    }

    #[test]
    fn every_command_that_does_something_has_an_example() {
        fn check(command: &Command) {
            for below in command.get_subcommands() {
                let leaf = !below.has_subcommands();
                assert!(!leaf || below.get_before_help().is_some(), "{}", below.get_name());
                check(below);
            }
        }
        check(&Arguments::command());
    }
}
