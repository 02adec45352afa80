//! What is known of the terminal that a command was typed at.

use std::io::IsTerminal;

use serde::{Deserialize, Serialize};

use super::{arguments::Options, environment::Environment, look::Look, zone::Zone};

/// The terminal, or what stands in its place, and what the person at it wants to see.
///
/// It travels with a command that is handed to the running server, so that its answer looks the
/// same.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(super) struct Facts {
    /// Whether a question would reach a person.
    pub(super) can_ask: bool,
    /// Whether standard error is a terminal.
    pub(super) err_is_terminal: bool,
    /// How many columns standard output has, if it is a terminal.
    pub(super) width: Option<usize>,
    /// What standard output can show.
    pub(super) out: Look,
    /// What standard error can show.
    pub(super) err: Look,
    /// How to talk.
    pub(super) manner: Manner,
    /// Which clock face times are shown on.
    pub(super) zone: Zone,
    /// The folder it was typed in: a relative path counts from there.
    pub(super) folder: Option<String>,
    /// Who typed it, as the system calls them.
    pub(super) user: String,
}

/// How a command talks.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Manner {
    /// Answers, errors, and words beside them.
    Full,
    /// Answers and errors only.
    Quiet,
    /// To a program: answers and errors only, one JSON object a line.
    Json,
}

impl Facts {
    /// Looks at this process's terminal and environment.
    pub(super) fn look(options: &Options, environment: &Environment) -> Self {
        let (out, err) = (std::io::stdout(), std::io::stderr());
        let may_colour = |is_terminal: bool| match options.color {
            clap::ColorChoice::Always => true,
            clap::ColorChoice::Never => false,
            clap::ColorChoice::Auto => is_terminal && environment.takes_colour(),
        };
        let utf8 = environment.speaks_utf8();
        let look = |is_terminal: bool| Look { colour: may_colour(is_terminal), utf8 };
        let manner = match (options.json, options.quiet) {
            (true, _) => Manner::Json,
            (false, true) => Manner::Quiet,
            (false, false) => Manner::Full,
        };
        let zone = || Zone::local(environment.get("TZ"));
        let columns = || terminal_size::terminal_size_of(&out).map(|(width, _)| width.0.into());
        Self {
            can_ask: std::io::stdin().is_terminal() && err.is_terminal(),
            err_is_terminal: err.is_terminal(),
            width: out.is_terminal().then(columns).flatten(),
            out: look(out.is_terminal()),
            err: look(err.is_terminal()),
            manner,
            zone: if options.local { zone() } else { Zone::utc() },
            folder: std::env::current_dir()
                .ok()
                .and_then(|it| it.into_os_string().into_string().ok()),
            user: user(environment),
        }
    }
}

/// The user whose rights this process has, as the system counts them.
pub(super) fn own_uid() -> u32 {
    rustix::process::geteuid().as_raw()
}

/// Who is at the keyboard: by name, or else by number.
fn user(environment: &Environment) -> String {
    let number = || format!("uid-{}", own_uid());
    Some(environment.user()).filter(|name| !name.is_empty()).unwrap_or_else(number)
}
