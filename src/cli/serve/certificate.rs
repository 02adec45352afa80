//! The certificate that the settings name.

use crate::{
    cli::problem::{Exit, Problem},
    config::{Fault, Faults, Loaded},
    model::timestamp::Timestamp,
    server::{Tls, TlsFault},
};

/// Reads and judges it; `None` where the settings name none. What is wrong is told as a setting
/// that is wrong, with exit code 3 where a file cannot be read.
pub(super) fn load(loaded: &Loaded, now: Timestamp) -> Result<Option<Tls>, Problem> {
    let Some((cert, key)) = loaded.config.server.tls.files() else { return Ok(None) };
    Tls::load(cert, key, now).map(Some).map_err(|fault| problem(loaded, fault))
}

/// Reads and judges the files that settings name which were read again. Whether TLS is spoken
/// cannot change while the server runs: `None` where it is not.
pub(super) fn load_again(loaded: &Loaded, now: Timestamp) -> Result<Option<Tls>, Fault> {
    let Some((cert, key)) = loaded.config.server.tls.files() else { return Ok(None) };
    Tls::load(cert, key, now).map(Some).map_err(|fault| setting_fault(loaded, fault))
}

fn problem(loaded: &Loaded, fault: TlsFault) -> Problem {
    let exit = if fault.is_unreadable { Exit::Unreachable } else { Exit::Wrong };
    let mut problem = Problem::from(Faults(vec![setting_fault(loaded, fault)]));
    problem.exit = exit;
    problem
}

/// The fault as one of the setting that it is about.
fn setting_fault(loaded: &Loaded, fault: TlsFault) -> Fault {
    let setting = loaded.settings.iter().find(|setting| setting.path == fault.key);
    let from = setting.map_or(String::new(), |setting| setting.source.to_string());
    let TlsFault { key, problem, remedy, .. } = fault;
    Fault { key: key.to_owned(), from, problem, remedy }
}
