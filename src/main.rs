//! The program. The only place that reads the system's clock and the environment.

use std::{
    process::ExitCode,
    time::{SystemTime, UNIX_EPOCH},
};

use tessera::{
    app::Clock,
    cli::{self, Environment, Exit},
    model::{secret::Random, timestamp::Timestamp},
};

fn main() -> ExitCode {
    let runtime = match tokio::runtime::Builder::new_multi_thread().enable_all().build() {
        Ok(runtime) => runtime,
        Err(error) => {
            eprintln!("error: can't start threads\n  said    {error}");
            return ExitCode::from(Exit::Unreachable.code());
        }
    };
    let arguments = std::env::args_os();
    let code = runtime.block_on(cli::run(arguments, environment(), clock(), Random::system()));
    // A thread that still waits for standard input must not hold up the end.
    runtime.shutdown_background();
    code
}

/// The environment, where it is text. What is not comes with replacement characters, which no
/// setting takes: better a fault that names it than a default that nobody meant.
fn environment() -> Environment {
    let text = std::env::vars_os().map(|(name, value)| (lossy(&name), lossy(&value)));
    Environment::new(text)
}

fn lossy(text: &std::ffi::OsStr) -> String {
    text.to_string_lossy().into_owned()
}

/// The system's clock; before 1970 it stands still.
fn clock() -> Clock {
    Clock::new(|| {
        #[expect(clippy::disallowed_methods, reason = "this is where time enters")]
        let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
        Timestamp(i64::try_from(since.as_millis()).unwrap_or(i64::MAX))
    })
}
