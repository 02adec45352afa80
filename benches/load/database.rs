//! The databases under the server: made for one run, and as durable as in earnest.

use std::{
    env, fs,
    io::ErrorKind,
    path::{Path, PathBuf},
    process::{Command, Stdio},
    time::Duration,
};

use clap::ValueEnum;
use sqlx::{Connection, PgConnection};

use super::{Result, link::Link, processes};

/// What starts and stops a throw-away PostgreSQL; `cargo bench` runs at the package's root.
const POSTGRES: &str = "scripts/postgres";

/// What `scripts/postgres` turns off for tests, and what nobody may turn off in earnest.
const DURABLE: [&str; 6] = [
    "ALTER SYSTEM SET fsync = on",
    "ALTER SYSTEM SET synchronous_commit = on",
    "ALTER SYSTEM SET full_page_writes = on",
    "ALTER SYSTEM RESET max_wal_size",
    "SELECT pg_reload_conf()",
    "CHECKPOINT",
];

/// What need not be safe yet while a store is filled.
const HASTY: [&str; 4] = [
    "ALTER SYSTEM SET fsync = off",
    "ALTER SYSTEM SET full_page_writes = off",
    "ALTER SYSTEM SET max_wal_size = '8GB'",
    "SELECT pg_reload_conf()",
];

/// A database engine.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Engine {
    /// A file, opened by the server itself.
    Sqlite,
    /// A PostgreSQL server on this machine.
    Postgres,
}

/// An empty database. Dropping it removes it.
pub struct Database {
    /// Its address, as `store.url` takes it.
    pub url: String,
    /// Its engine, with the version where that is the machine's.
    pub name: String,
    /// Which engine that is.
    pub engine: Engine,
    cluster: Option<Cluster>,
    folder: Folder,
}

/// A folder that is removed in the end.
pub struct Folder(PathBuf);

/// A PostgreSQL server that is stopped and removed in the end.
struct Cluster {
    url: String,
    directory: String,
}

impl Database {
    /// Makes a database.
    ///
    /// # Errors
    ///
    /// If the temporary folder is in memory, where durability would cost nothing.
    pub async fn create(engine: Engine) -> Result<Self> {
        let folder = Folder::make()?;
        if engine == Engine::Sqlite {
            let url = format!("sqlite:{}", folder.0.join("tessera.db").display());
            let name = "SQLite".to_owned();
            return Ok(Self { url, name, engine, cluster: None, folder });
        }
        let cluster = Cluster::start()?;
        let version = setting(&cluster.url, "SHOW server_version").await?;
        let version = version.split(' ').next().unwrap_or_default();
        let name = format!("PostgreSQL {version}");
        let url = cluster.url.clone();
        Ok(Self { url, name, engine, cluster: Some(cluster), folder })
    }

    /// A folder for the server to work in, with nothing in it that it would read.
    pub fn folder(&self) -> &Path {
        &self.folder.0
    }

    /// Makes it keep what it has committed, whatever happens to the machine.
    pub async fn make_durable(&self) -> Result<()> {
        match &self.cluster {
            Some(cluster) => make_durable(&cluster.url).await,
            None => Ok(()), // The server itself sees to that when it opens the file.
        }
    }

    /// Opens it for adding many rows, while no server has it open; [`Database::make_durable`] shall
    /// follow.
    pub async fn open_for_filling(&self) -> Result<Link> {
        let mut link = Link::open(&self.url).await?;
        if self.cluster.is_some() {
            for statement in HASTY {
                link.execute(statement, &[]).await?;
            }
            link.execute("SET work_mem = '256MB'", &[]).await?;
        }
        Ok(link)
    }

    /// Where the database writes what it logs; `None` where it logs nothing.
    pub fn log(&self) -> Option<PathBuf> {
        self.cluster.as_ref().map(|cluster| Path::new(&cluster.directory).join("log"))
    }

    /// The process that started all others of the database; `None` where it has none of its own.
    pub async fn find_process(&self) -> Result<Option<u32>> {
        let Some(cluster) = &self.cluster else { return Ok(None) };
        let mut connection = PgConnection::connect(&cluster.url).await?;
        let query = sqlx::query_scalar("SELECT pg_backend_pid()");
        let backend: i32 = query.fetch_one(&mut connection).await?;
        processes::parent(u32::try_from(backend)?).map(Some)
    }
}

impl Folder {
    /// Makes one.
    ///
    /// # Errors
    ///
    /// If it would be in memory, where durability would cost nothing.
    pub fn make() -> Result<Self> {
        let parent = env::temp_dir();
        let shown = Command::new("stat").args(["-f", "-c", "%T"]).arg(&parent).output()?;
        if String::from_utf8_lossy(&shown.stdout).trim() == "tmpfs" {
            let parent = parent.display();
            return Err(format!("{parent} is in memory; set TMPDIR to a folder on a disk").into());
        }
        let mut number = 1;
        loop {
            let folder = parent.join(format!("tessera-bench.{}.{number}", std::process::id()));
            match fs::create_dir(&folder) {
                Ok(()) => return Ok(Self(folder)),
                Err(error) if error.kind() == ErrorKind::AlreadyExists => number += 1,
                Err(error) => return Err(error.into()),
            }
        }
    }

    /// Where it is.
    pub fn path(&self) -> &Path {
        &self.0
    }
}

impl Cluster {
    fn start() -> Result<Self> {
        let started = Command::new(POSTGRES).arg("start").stderr(Stdio::inherit()).output()?;
        let said = String::from_utf8(started.stdout)?;
        let after = |start: &str| said.lines().find_map(|line| line.strip_prefix(start));
        let url = after("export TESSERA_TEST_POSTGRES=").map(str::to_owned);
        let directory = after("# To end it: scripts/postgres stop ").map(str::to_owned);
        match (url, directory) {
            (Some(url), Some(directory)) => Ok(Self { url, directory }),
            _ => Err(format!("{POSTGRES} started no PostgreSQL: {said}").into()),
        }
    }
}

/// Makes the server at `url` keep what it has committed, whatever happens to the machine.
async fn make_durable(url: &str) -> Result<()> {
    let mut connection = PgConnection::connect(url).await?;
    for statement in DURABLE {
        sqlx::query(statement).execute(&mut connection).await?;
    }
    for _ in 0..100 {
        // A connection of its own: an older one may not have read the settings anew.
        if setting(url, "SHOW fsync").await? == "on"
            && setting(url, "SHOW synchronous_commit").await? == "on"
            && setting(url, "SHOW full_page_writes").await? == "on"
        {
            return Ok(());
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    Err("PostgreSQL did not take the durable settings".into())
}

async fn setting(url: &str, query: &'static str) -> Result<String> {
    let mut connection = PgConnection::connect(url).await?;
    Ok(sqlx::query_scalar(query).fetch_one(&mut connection).await?)
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}

impl Drop for Cluster {
    fn drop(&mut self) {
        let _ = Command::new(POSTGRES).args(["stop", &self.directory]).status();
    }
}
