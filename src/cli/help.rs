//! Help in our own words and shape: examples before options, within 80 columns.

use clap::{Arg, ArgAction, Command, builder::PossibleValue};

/// How wide help may be.
const WIDTH: usize = 80;

/// How wide the column of commands is in the help of the program.
const COMMANDS: usize = 18;

/// The commands by what one wants to do.
const GROUPS: &[(&str, &[&str])] = &[
    ("Run", &["serve", "status", "doctor", "config", "db"]),
    ("Tokens", &["token", "type"]),
    ("Clients and resource servers", &["client", "resource-server"]),
    ("People", &["user", "consent"]),
    ("Declared state", &["apply", "export"]),
    ("Safety", &["key", "audit", "setup-code"]),
    ("Shells and manuals", &["completions", "manual"]),
];

/// Gives the command and all below it help in our shape.
pub(super) fn with_our_help(command: Command) -> Command {
    let mut command = command;
    command.build();
    let text = top(&command);
    command.override_help(text).mut_subcommands(|sub| below(sub, "tessera"))
}

fn below(command: Command, path: &str) -> Command {
    let path = format!("{path} {}", command.get_name());
    let text =
        if command.has_subcommands() { group(&command, &path) } else { one(&command, &path) };
    command.override_help(text).mut_subcommands(|sub| below(sub, &path))
}

/// The help of the program.
fn top(command: &Command) -> String {
    let mut parts = vec![sentence(command), "Usage: tessera [--config FILE] COMMAND".to_owned()];
    for (heading, names) in GROUPS {
        let found = names.iter().filter_map(|name| command.find_subcommand(name));
        parts.push(list(heading, &found.map(named).collect::<Vec<_>>(), COMMANDS));
    }
    parts.push(list("Options", &command.get_arguments().map(option).collect::<Vec<_>>(), COMMANDS));
    parts.push("Start here: tessera serve".to_owned());
    parts.join("\n\n")
}

/// The help of a command that has others below it.
fn group(command: &Command, path: &str) -> String {
    let below: Vec<_> = command.get_subcommands().map(named).collect();
    let usage = format!("Usage: {path} COMMAND");
    let more = format!("Help with examples: {path} COMMAND --help");
    [sentence(command), usage, list("Commands", &below, 0), more].join("\n\n")
}

/// The help of one command, examples first.
fn one(command: &Command, path: &str) -> String {
    let mut parts = vec![sentence(command)];
    if let Some(examples) = command.get_before_help() {
        let examples = examples.to_string();
        let lines: Vec<_> = examples.lines().map(|line| format!("  {line}")).collect();
        parts.push(format!("Examples\n{}", lines.join("\n")));
    }
    let (own, general): (Vec<_>, Vec<_>) = command.get_arguments().partition(|arg| is_own(arg));
    let (places, options): (Vec<_>, Vec<_>) = own.into_iter().partition(|arg| arg.is_positional());
    let mut usage = vec![format!("Usage: {path}")];
    usage.extend(places.iter().map(|argument| place(argument)));
    usage.extend((!options.is_empty()).then(|| "[OPTIONS]".to_owned()));
    parts.push(usage.join(" "));
    for (heading, arguments) in [("Arguments", places), ("Options", options)] {
        if !arguments.is_empty() {
            parts.push(list(heading, &arguments.into_iter().map(option).collect::<Vec<_>>(), 0));
        }
    }
    parts.extend(command.get_after_help().map(ToString::to_string));
    let general: Vec<_> = general.iter().filter_map(|argument| argument.get_long()).collect();
    parts.push(format!("Also: --{}", general.join(" --")));
    parts.join("\n\n")
}

/// Whether an argument belongs to this command alone.
fn is_own(argument: &Arg) -> bool {
    !argument.is_global_set()
        && !matches!(argument.get_action(), ArgAction::Help | ArgAction::Version)
}

fn sentence(command: &Command) -> String {
    format!("{}.", named(command).1)
}

/// The name of a command, and what it is for.
fn named(command: &Command) -> (String, String) {
    let about = command.get_about().map(ToString::to_string).unwrap_or_default();
    (command.get_name().to_owned(), about)
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
        label = if optional { format!("{label}[={value}]") } else { format!("{label} {value}") };
    }
    (label, meaning(argument))
}

fn meaning(argument: &Arg) -> String {
    let help = argument.get_help().map(ToString::to_string).unwrap_or_default();
    let values = argument.get_possible_values();
    let words: Vec<_> = values.iter().map(PossibleValue::get_name).collect();
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

/// A heading over two columns, the first at least so wide, the second wrapped where the line ends.
fn list(heading: &str, rows: &[(String, String)], least: usize) -> String {
    let widest = rows.iter().map(|(label, _)| label.chars().count()).max().unwrap_or(0).max(least);
    let mut lines = vec![heading.to_owned()];
    for (label, meaning) in rows {
        let mut line = format!("  {label:<widest$} ");
        for word in meaning.split(' ') {
            if line.chars().count() + 1 + word.chars().count() > WIDTH {
                lines.push(line);
                line = " ".repeat(widest + 3);
            }
            line.push(' ');
            line.push_str(word);
        }
        lines.push(line);
    }
    lines.join("\n")
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
