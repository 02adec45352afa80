//! Two PostgreSQL servers of one's own: a primary, and a standby that confirms each of its commits.

use std::{
    env, fs,
    fs::File,
    net::{SocketAddr, TcpListener},
    os::unix::fs::{MetadataExt, chown},
    path::{Path, PathBuf},
    process::{Command, Stdio},
    sync::atomic::{AtomicU32, Ordering},
};

use sqlx::{AssertSqlSafe, Connection, PgConnection};

use super::{Engine, TestDatabase, until::until};

/// What the standby calls itself, and the primary waits for.
const STANDBY: &str = "standby";

/// What a server needs beside what `initdb` writes. Nothing here outlives the tests, and a server
/// that is killed loses nothing that it has written.
const SETTINGS: &str = "
listen_addresses = '127.0.0.1'
unix_socket_directories = ''
fsync = off
max_connections = 100
shared_buffers = 32MB
wal_retrieve_retry_interval = 100ms
";

static NUMBER: AtomicU32 = AtomicU32::new(0);

/// A primary and its standby. Both are stopped and removed when it is dropped.
pub struct Pair {
    folder: PathBuf,
    binaries: PathBuf,
    /// Whom they run as, by user and group, where that is not us: PostgreSQL refuses to be root.
    owner: Option<(u32, u32)>,
    pub primary: Host,
    pub standby: Host,
}

/// One of them.
pub struct Host {
    name: &'static str,
    pub port: u16,
}

impl Pair {
    /// Starts both. Returns when the primary acknowledges nothing any more that the standby has not
    /// got.
    ///
    /// # Panics
    ///
    /// If PostgreSQL's programs are not installed.
    pub async fn start() -> Self {
        let pair = tokio::task::block_in_place(Self::begin);
        let mut primary = pair.connect(&pair.primary).await;
        for sql in [
            format!("ALTER SYSTEM SET synchronous_standby_names = '{STANDBY}'"),
            "SELECT pg_reload_conf()".to_owned(),
        ] {
            sqlx::raw_sql(AssertSqlSafe(sql)).execute(&mut primary).await.unwrap();
        }
        let sql = "SELECT COUNT(*) FROM pg_stat_replication WHERE sync_state = 'sync'";
        until("replicating", async || {
            sqlx::query_scalar::<_, i64>(sql).fetch_one(&mut primary).await.unwrap() == 1
        })
        .await;
        pair
    }

    fn begin() -> Self {
        let number = NUMBER.fetch_add(1, Ordering::Relaxed);
        let folder = env::temp_dir().join(format!("tessera_pair_{}_{number}", std::process::id()));
        fs::create_dir_all(&folder).unwrap();
        let owner = owner(&folder);
        if let Some((user, group)) = owner {
            chown(&folder, Some(user), Some(group)).unwrap();
        }
        let [primary, standby] = ["primary", "standby"].map(|name| Host { name, port: 0 });
        let mut pair = Self { folder, binaries: binaries(), owner, primary, standby };
        pair.primary.port = free_port();
        pair.standby.port = free_port();
        pair.make_primary();
        pair.make_standby();
        pair
    }

    fn make_primary(&self) {
        let data = self.data(&self.primary);
        let way = "-U tessera --auth=trust --encoding=UTF8 --no-locale --no-sync";
        self.run("initdb", &[&["-D", &data], words(way).as_slice()].concat());
        let settings = Path::new(&data).join("postgresql.conf");
        let text = fs::read_to_string(&settings).unwrap();
        fs::write(&settings, text + SETTINGS).unwrap();
        self.start_host(&self.primary);
    }

    fn make_standby(&self) {
        let from = format!(
            "host=127.0.0.1 port={} user=tessera application_name={STANDBY}",
            self.primary.port
        );
        let data = self.data(&self.standby);
        let way = "--write-recovery-conf --checkpoint=fast --no-sync";
        self.run("pg_basebackup", &[&["-D", &data, "-d", &from], words(way).as_slice()].concat());
        self.start_host(&self.standby);
    }

    /// Starts a server that was stopped.
    pub fn start_host(&self, host: &Host) {
        let (data, log) = (self.data(host), self.log(host));
        let options = format!("-p {}", host.port);
        self.run("pg_ctl", &["start", "-D", &data, "-l", &log, "-w", "-t", "60", "-o", &options]);
    }

    /// Ends a server as a crash does.
    pub fn kill(&self, host: &Host) {
        self.run("pg_ctl", &["stop", "-D", &self.data(host), "-m", "immediate", "-w", "-t", "60"]);
    }

    /// Makes the standby a primary. Returns when it says that it is one.
    pub fn promote(&self) {
        self.run("pg_ctl", &["promote", "-D", &self.data(&self.standby), "-w", "-t", "60"]);
    }

    /// Lets a server wait for no standby when it is started next: there is none any more.
    pub fn wait_for_no_standby(&self, host: &Host) {
        let settings = Path::new(&self.data(host)).join("postgresql.auto.conf");
        let text = fs::read_to_string(&settings).unwrap();
        fs::write(&settings, text + "\nsynchronous_standby_names = ''\n").unwrap();
    }

    /// A connection to one of them.
    pub async fn connect(&self, host: &Host) -> PgConnection {
        PgConnection::connect(&Self::url(&[host.port], "tessera")).await.unwrap()
    }

    /// The address of the database behind these ports, for whoever says that he is `user`.
    pub fn url(ports: &[u16], user: &str) -> String {
        let hosts: Vec<_> = ports.iter().map(|port| format!("127.0.0.1:{port}")).collect();
        format!("postgres://{user}@{}/postgres", hosts.join(","))
    }

    /// Both, in the order of a list that somebody wrote down long ago.
    pub fn database(&self) -> TestDatabase {
        self.database_at(&Self::url(&[self.primary.port, self.standby.port], "tessera"))
    }

    /// The same database at another address.
    pub fn database_at(&self, url: &str) -> TestDatabase {
        let folder = self.folder.join("tessera");
        fs::create_dir_all(&folder).unwrap();
        TestDatabase::elsewhere(Engine::Postgres, url, folder)
    }

    fn data(&self, host: &Host) -> String {
        self.folder.join(host.name).display().to_string()
    }

    fn log(&self, host: &Host) -> String {
        self.folder.join(format!("{}.log", host.name)).display().to_string()
    }

    fn run(&self, program: &str, arguments: &[&str]) {
        let status = self.command(program, arguments).status().unwrap();
        let said = fs::read_to_string(self.said()).unwrap_or_default();
        assert!(status.success(), "{program} {arguments:?}: {status}\n{said}");
    }

    fn command(&self, program: &str, arguments: &[&str]) -> Command {
        let program = self.binaries.join(program);
        let mut command = match self.owner {
            None => Command::new(&program),
            Some((user, group)) => {
                let mut command = Command::new("setpriv");
                let [user, group] = [format!("--reuid={user}"), format!("--regid={group}")];
                command.args([&user, &group, "--clear-groups", "--"]).arg(&program);
                command
            }
        };
        // A server that inherited a pipe would keep it open.
        let said = File::create(self.said()).unwrap();
        command
            .args(arguments)
            .env_clear()
            .env("LC_ALL", "C")
            .env("PATH", env::var_os("PATH").unwrap_or_default())
            .current_dir(&self.folder)
            .stdin(Stdio::null())
            .stdout(said.try_clone().unwrap())
            .stderr(said);
        command
    }

    fn said(&self) -> PathBuf {
        self.folder.join("said.log")
    }
}

impl Drop for Pair {
    fn drop(&mut self) {
        for host in [&self.standby, &self.primary] {
            let data = self.data(host);
            let _ = self.command("pg_ctl", &["stop", "-D", &data, "-m", "immediate"]).status();
        }
        let _ = fs::remove_dir_all(&self.folder);
    }
}

impl Host {
    pub fn address(&self) -> SocketAddr {
        SocketAddr::from(([127, 0, 0, 1], self.port))
    }

    /// What Tessera calls it.
    pub fn name(&self) -> String {
        self.address().to_string()
    }
}

fn words(text: &str) -> Vec<&str> {
    text.split(' ').collect()
}

fn free_port() -> u16 {
    TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port()
}

/// Where PostgreSQL's programs are. A `pg_config` may belong to a client library alone, so each
/// place is looked into.
fn binaries() -> PathBuf {
    let asked = Command::new("pg_config").arg("--bindir").output();
    let told = asked.ok().map(|output| String::from_utf8_lossy(&output.stdout).trim().to_owned());
    let mut places: Vec<PathBuf> = told.into_iter().map(PathBuf::from).collect();
    let mut installed: Vec<PathBuf> = fs::read_dir("/usr/lib/postgresql")
        .map(|versions| versions.map(|version| version.unwrap().path().join("bin")).collect())
        .unwrap_or_default();
    installed.sort();
    places.extend(installed.into_iter().rev());
    let needed = ["initdb", "postgres", "pg_ctl", "pg_basebackup"];
    let found = places.iter().find(|place| needed.iter().all(|one| place.join(one).is_file()));
    found.cloned().unwrap_or_else(|| {
        panic!(
            "{} are needed, all in one folder, to test a fail-over; looked into {places:?}. \
             apt-get install postgresql, or put the folder of pg_config into PATH",
            needed.join(", ")
        )
    })
}

/// Whom the servers run as where we are root.
fn owner(folder: &Path) -> Option<(u32, u32)> {
    if fs::metadata(folder).unwrap().uid() != 0 {
        return None;
    }
    let id = |what: &str, user: &str| {
        let output = Command::new("id").args([what, user]).output().unwrap();
        String::from_utf8_lossy(&output.stdout).trim().parse().ok()
    };
    let found =
        ["postgres", "nobody"].iter().find_map(|user| Some((id("-u", user)?, id("-g", user)?)));
    Some(found.expect("PostgreSQL does not run as root: a user postgres or nobody is needed"))
}
