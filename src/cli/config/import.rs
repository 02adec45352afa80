//! `tessera config import`: other systems' settings as ours.

use std::{
    fs::{self, OpenOptions},
    io::{self, Write},
    os::unix::fs::OpenOptionsExt,
    path::{Path, PathBuf},
};

use serde_json::json;

use crate::{
    cli::{
        console::Console,
        figures::counted,
        input,
        look::harmless,
        problem::{Exit, Outcome, Problem},
        source::Source,
    },
    config::{
        Fault, Wrong,
        import::{
            ImportOptions, Imported, ImportedPassword, ImportedSecret, ImportedUser, Remark,
            USERS_FILE, import,
        },
    },
    hashing::{self, Hasher},
    model::secret::Random,
};

/// The most that settings may have, in bytes: users stand among them.
const LIMIT: u64 = 8 * 1024 * 1024;

#[derive(Debug, clap::Args)]
pub(in crate::cli) struct ImportArguments {
    /// An Auth-O-Tron configuration or a WSO2 deployment.toml; - for standard input
    #[arg(value_name = "FILE", value_parser = Source::parse)]
    file: Source,
    /// Write the settings, users and secrets into this folder
    #[arg(long, value_name = "DIR")]
    out: Option<PathBuf>,
    /// Give a realm another name
    #[arg(long = "realm", value_name = "OLD=NEW", value_parser = parse_realm)]
    realms: Vec<(String, String)>,
    /// Print hashes of passwords and secrets, too
    #[arg(long, conflicts_with = "out")]
    with_secrets: bool,
}

/// A file to be written.
struct NewFile {
    path: PathBuf,
    text: String,
    mode: u32,
}

/// What everybody may read, and what only its owner may.
const OPEN: u32 = 0o644;
const PRIVATE: u32 = 0o600;

fn parse_realm(text: &str) -> Result<(String, String), String> {
    match text.split_once('=') {
        Some((old, new)) if !old.is_empty() && !new.is_empty() => {
            Ok((old.to_owned(), new.to_owned()))
        }
        _ => Err("write OLD=NEW".to_owned()),
    }
}

pub(super) async fn run(
    arguments: &ImportArguments,
    random: &Random,
    console: &mut Console,
) -> Outcome {
    let (text, _) = input::read_up_to(LIMIT, arguments.file.clone()).await?;
    let options = ImportOptions { realms: arguments.realms.iter().cloned().collect() };
    let name = arguments.file.to_string();
    let mut imported = import(&name, text.expose(), &options).map_err(|faults| wrong(faults.0))?;
    refuse_hashes(&imported)?;
    match &arguments.out {
        Some(folder) => {
            let hashes = hashes(&imported, random).await?;
            let files = files(&imported, folder, &hashes)?;
            write_all(&files)?;
            told(&imported, console);
            for file in &files {
                answer_file(file, console);
            }
        }
        None => {
            if arguments.with_secrets {
                tell_paths(&mut imported, &name);
            }
            let hashes =
                if arguments.with_secrets { hashes(&imported, random).await? } else { Vec::new() };
            print(&imported, arguments.with_secrets, &hashes, console);
            told(&imported, console);
        }
    }
    Ok(if imported.leaves_something_out() { Exit::No } else { Exit::Yes })
}

fn wrong(faults: Vec<Fault>) -> Problem {
    let what = match faults.len() {
        1 => "these settings cannot be imported: 1 thing is wrong".to_owned(),
        count => format!("these settings cannot be imported: {count} things are wrong"),
    };
    Problem::new(Exit::Wrong, what).faults(faults)
}

/// Refuses hashes that no server of ours would take.
fn refuse_hashes(imported: &Imported) -> Result<(), Problem> {
    let unfit = |user: &ImportedUser| match &user.password {
        ImportedPassword::Hash { hash, from } if !hashing::is_hash(hash) => Some(Fault {
            key: format!("users.{}/{}", user.realm, user.username),
            from: from.clone(),
            problem: "has a password_hash that is no argon2id hash in PHC form, of a sane size"
                .to_owned(),
            remedy: "hash the password anew: $argon2id$v=19$m=19456,t=2,p=1$salt$hash".to_owned(),
        }),
        _ => None,
    };
    let faults: Vec<_> = imported.users.iter().filter_map(unfit).collect();
    if faults.is_empty() { Ok(()) } else { Err(wrong(faults)) }
}

/// What is kept of each user's password.
async fn hashes(imported: &Imported, random: &Random) -> Result<Vec<Option<String>>, Problem> {
    let hasher = Hasher::new(random.clone());
    let mut hashes = Vec::new();
    for user in &imported.users {
        let hash = match &user.password {
            ImportedPassword::Hash { hash, .. } => hash.clone(),
            ImportedPassword::Clear(clear) => hasher.hash(clear).await.map_err(|error| {
                Problem::new(Exit::Unreachable, "can't hash a password").said(error.to_string())
            })?,
        };
        hashes.push(Some(hash));
    }
    Ok(hashes)
}

/// What is to be written into a folder. Paths of secrets are whole, since the settings may be read
/// from elsewhere.
fn files(
    imported: &Imported,
    folder: &Path,
    hashes: &[Option<String>],
) -> Result<Vec<NewFile>, Problem> {
    let whole = std::path::absolute(folder).map_err(|error| unwritten(folder, &error))?;
    let path = |setting: &str| whole.join(setting);
    let settings =
        imported.settings_text(|secret| format!("file:{}", path(secret.setting).display()));
    let config = folder.join("config.toml");
    let mut files = vec![NewFile { path: config, text: settings, mode: OPEN }];
    if !imported.users.is_empty() {
        let text = imported.users_text(hashes);
        files.push(NewFile { path: folder.join(USERS_FILE), text, mode: PRIVATE });
    }
    for secret in &imported.secrets {
        let text = secret.secret.expose().to_owned();
        files.push(NewFile { path: folder.join(secret.setting), text, mode: PRIVATE });
    }
    Ok(files)
}

/// Writes all of them or none, and nothing over what is there.
fn write_all(files: &[NewFile]) -> Result<(), Problem> {
    let folders = files.iter().filter_map(|file| file.path.parent());
    for folder in folders.filter(|folder| !folder.as_os_str().is_empty()) {
        fs::create_dir_all(folder).map_err(|error| unwritten(folder, &error))?;
    }
    for (count, file) in files.iter().enumerate() {
        if let Err(error) = write(file) {
            let ours = files.iter().take(count).chain((!exists(&error)).then_some(file));
            // What cannot be removed is told of by the next attempt.
            ours.for_each(|file| drop(fs::remove_file(&file.path)));
            return Err(unwritten(&file.path, &error));
        }
    }
    Ok(())
}

fn write(file: &NewFile) -> io::Result<()> {
    let mut opened =
        OpenOptions::new().write(true).create_new(true).mode(file.mode).open(&file.path)?;
    opened.write_all(file.text.as_bytes())?;
    opened.sync_all()
}

fn exists(error: &io::Error) -> bool {
    error.kind() == io::ErrorKind::AlreadyExists
}

fn unwritten(path: &Path, error: &io::Error) -> Problem {
    let problem = Problem::new(Exit::Unreachable, format!("can't write {}", path.display()))
        .said(error.to_string());
    if exists(error) { problem.next("name another folder, or move it away") } else { problem }
}

fn answer_file(file: &NewFile, console: &mut Console) {
    let path = file.path.display().to_string();
    if console.json() {
        let mode = format!("{:04o}", file.mode);
        console.object(&json!({"kind": "file", "path": path, "mode": mode}));
    } else {
        console.answer(&path);
    }
}

/// Whether a secret would be read as the path of a file, were it stated itself.
fn is_path(secret: &ImportedSecret) -> bool {
    secret.secret.expose().starts_with("file:")
}

/// Says which secrets are not printed although they were asked for.
fn tell_paths(imported: &mut Imported, name: &str) {
    for secret in imported.secrets.iter().filter(|secret| is_path(secret)) {
        let problem = "begins with file:, and would be read as a path: it is not printed";
        let remedy = "import with --out, which writes it into a file of its own";
        let about = Wrong::new(problem, remedy).at(secret.setting, name);
        imported.remarks.push(Remark { is_left_out: true, about });
    }
}

/// Prints what would be written.
fn print(
    imported: &Imported,
    with_secrets: bool,
    hashes: &[Option<String>],
    console: &mut Console,
) {
    let settings = imported.settings_text(|secret| {
        if with_secrets && !is_path(secret) {
            secret.secret.expose().to_owned()
        } else {
            format!("file:{}", secret.setting)
        }
    });
    let users = (!imported.users.is_empty()).then(|| imported.users_text(hashes));
    if console.json() {
        console.object(&json!({"kind": "file", "path": "config.toml", "text": settings}));
        if let Some(users) = users {
            console.object(&json!({"kind": "file", "path": USERS_FILE, "text": users}));
        }
        return;
    }
    console.write_out(settings, None);
    if let Some(users) = users {
        console.write_out(format!("\n# {USERS_FILE}\n{users}"), None);
    }
}

/// Says what became of everything.
fn told(imported: &Imported, console: &mut Console) {
    for remark in &imported.remarks {
        let Fault { key, from, problem, remedy } = &remark.about;
        if console.json() {
            console.object(&json!({
                "kind": "remark", "left_out": remark.is_left_out,
                "key": key, "from": from, "problem": problem, "next": remedy,
            }));
        } else {
            let word = if remark.is_left_out { "Left out: " } else { "" };
            console.warn(&harmless(&format!("{word}{key} {problem}")));
            console.say(&format!("    from  {}\n    next  {}", harmless(from), harmless(remedy)));
        }
    }
    let counts = [
        (imported.settings.len(), "setting"),
        (imported.users.len(), "user"),
        (imported.secrets.len(), "secret"),
    ];
    let counts =
        counts.map(|(count, what)| counted(i64::try_from(count).unwrap_or(i64::MAX), what));
    console.done(&format!("From {}: {}", imported.system, counts.join(", ")));
}
