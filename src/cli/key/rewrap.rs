//! Another master key.

use serde_json::{Value, json};

use crate::{
    acts::{
        Operator,
        master_key::{self, NewFile, Rewrapped},
    },
    app::{App, KeyFile},
    cli::{
        console::Console,
        figures::counted,
        problem::{Exit, Outcome, Problem},
        sheet::Sheet,
        source::Source,
    },
    config::{HOW_TO_MAKE_ONE, MasterBytes},
};

#[derive(Debug, clap::Args)]
pub(in crate::cli) struct RewrapArguments {
    /// Where the new master key is: a file, or - for standard input. Without it, one is made beside
    /// the SQLite file that keeps its own
    #[arg(long, value_name = "FILE", value_parser = Source::parse_private)]
    new_key: Option<Source>,
    /// Only make sure that it can be done
    #[arg(short = 'n', long)]
    dry_run: bool,
}

impl RewrapArguments {
    /// What is named to be read.
    pub(super) fn reads(&self) -> Vec<&Source> {
        self.new_key.iter().collect()
    }
}

pub(super) async fn run(
    arguments: &RewrapArguments,
    app: &App,
    operator: &Operator,
    console: &mut Console,
) -> Outcome {
    let RewrapArguments { new_key, dry_run } = arguments;
    if new_key.is_none() && KeyFile::of(&app.config()).is_none() {
        return Err(Problem::new(Exit::Wrong, "the new master key is missing")
            .said("keys.master says where the old one is, so a new one can't be put there for you")
            .next("tessera key rewrap --new-key FILE"));
    }
    let new = match new_key {
        Some(source) => Some(read(source, console).await?),
        None => None,
    };
    let done = master_key::rewrap(app, operator, new, *dry_run).await?;
    if console.json() {
        console.object(&object(&done, *dry_run));
        return Ok(Exit::Yes);
    }
    let count = counted(i64::try_from(done.envelope_keys).unwrap_or(i64::MAX), "envelope key");
    if *dry_run {
        console.answer(&format!("{count} would be sealed under the new master key"));
        return Ok(Exit::Yes);
    }
    console.done(&format!("Sealed {count} under the new master key; no token was touched"));
    tell(&done, app, console);
    Ok(Exit::Yes)
}

async fn read(source: &Source, console: &mut Console) -> Result<MasterBytes, Problem> {
    let text = console.read(source).await?;
    MasterBytes::decode(text.expose()).map_err(|problem| {
        Problem::new(Exit::Wrong, format!("the new master key {problem}"))
            .tried(source.to_string())
            .next(HOW_TO_MAKE_ONE)
    })
}

/// What has to be done now.
fn tell(done: &Rewrapped, app: &App, console: &mut Console) {
    match &done.file {
        Some(NewFile::Taken { path, old }) => {
            let mut sheet = Sheet::default();
            sheet.fact("New key", path.display().to_string());
            sheet.detailed("Old key", old.display().to_string(), "opens backups made before now");
            console.say_sheet(&sheet);
            console.warn("Back up the new key, apart from the database.");
        }
        Some(NewFile::Waiting { path, problem }) => {
            console.warn(&format!(
                "The new key is in {} and takes its place at the next start: {problem}.",
                path.display()
            ));
        }
        None => {
            let until = console.times(app.now()).stated(done.old_will_do_until);
            let servers = if app.store.is_sqlite() {
                "before this store is opened again".to_owned()
            } else {
                format!("on every server and restart one after another, before {until}")
            };
            console.warn(&format!("Set keys.master to the new key {servers}."));
            console.warn("Keep the old key as long as you keep backups made before now.");
        }
    }
}

fn object(done: &Rewrapped, dry_run: bool) -> Value {
    let (path, old) = match &done.file {
        Some(NewFile::Taken { path, old }) => (Some(path), Some(old)),
        Some(NewFile::Waiting { path, .. }) => (Some(path), None),
        None => (None, None),
    };
    json!({
        "envelope_keys": done.envelope_keys,
        "key_file": path,
        "old_key_file": old,
        "restart_before": done.file.is_none().then(|| done.old_will_do_until.rfc3339()),
        "dry_run": dry_run,
    })
}
