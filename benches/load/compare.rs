//! Another server at the same work: node oidc-provider, with its tokens in memory and in SQLite.

use std::{
    fs,
    path::{Path, PathBuf},
    process::{Command, Stdio},
    sync::Arc,
    time::Duration,
};

use tessera::model::secret::{Random, Secret};

use super::{
    Result,
    cases::Case,
    database::{Engine, Folder},
    measure::{Load, Sample},
    scene::{LIVE, Scene, basic},
    server::Server,
    settings::Settings,
    stage::Stage,
    variant::Variant,
};

/// How many connections ask at once.
pub const CONNECTIONS: u32 = 64;

/// What both are asked, in this order.
pub const CASES: [Case; 4] = [Case::Static, Case::Cached, Case::Plain, Case::Revoke];

/// Where its sources are; `cargo bench` runs at the package's root.
const SOURCES: &str = "benches/compare";

/// What there is to be copied before npm installs.
const FILES: [&str; 4] = ["package.json", "package-lock.json", "server.mjs", "adapters.mjs"];

/// How long each case runs before it counts; the other needs longer until its code is compiled.
const WARMING: Duration = Duration::from_secs(1);

/// How many live rows Tessera's store has beside those of the measurements: none worth a mention.
const STOCK: usize = 100;

/// What was found.
#[derive(Debug)]
pub struct Comparison {
    /// The other's versions.
    pub versions: String,
    /// Every measurement: of whom, of what, what it cost.
    pub samples: Vec<(Who, Case, Sample)>,
}

/// A comparison, or why there is none.
pub enum Outcome {
    /// What was found.
    Compared(Comparison),
    /// What is missing.
    Missing(String),
}

/// Who does the work.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Who {
    /// Tessera on SQLite.
    Tessera,
    /// node oidc-provider that keeps tokens in memory.
    Memory,
    /// node oidc-provider that keeps tokens in SQLite.
    Sqlite,
}

/// The other server, and what is asked of it. Dropping it ends it.
struct Other {
    server: Server,
    scene: Arc<Scene>,
    _folder: Folder,
}

impl Who {
    /// All, in their order in each round.
    pub const ALL: [Who; 3] = [Who::Tessera, Who::Memory, Who::Sqlite];

    /// How the report calls it.
    pub fn name(self) -> &'static str {
        match self {
            Who::Tessera => "Tessera, SQLite",
            Who::Memory => "oidc-provider, memory",
            Who::Sqlite => "oidc-provider, SQLite",
        }
    }
}

/// Measures all three in turn, where there are node and npm and the packages can be had.
pub async fn measure(settings: &Settings) -> Result<Outcome> {
    let (Some(node), Some(_)) = (find_version("node"), find_version("npm")) else {
        return Ok(Outcome::Missing("it needs node and npm".to_owned()));
    };
    match install() {
        Ok(installed) => {
            let versions = format!("node {node}, {}", package_versions(&installed)?);
            let samples = measure_installed(settings, &installed).await?;
            Ok(Outcome::Compared(Comparison { versions, samples }))
        }
        Err(error) => Ok(Outcome::Missing(error.to_string())),
    }
}

async fn measure_installed(
    settings: &Settings,
    installed: &Path,
) -> Result<Vec<(Who, Case, Sample)>> {
    let mut stage = Stage::set(Engine::Sqlite, STOCK).await?;
    let mut samples = Vec::new();
    for round in 1..=settings.rounds() {
        eprintln!("bench: comparison {round} of {}", settings.rounds());
        stage.start(Variant::Plain, &[]).await?;
        for case in CASES {
            stage.prepare(case, settings.duration()).await?;
            let sample = stage.run(case, CONNECTIONS, settings.duration()).await?;
            samples.push((Who::Tessera, case, sample));
        }
        stage.stop()?;
        for who in [Who::Memory, Who::Sqlite] {
            let other = Other::start(installed, who).await?;
            for case in CASES {
                let sample = other.run(case, settings.duration()).await?;
                samples.push((who, case, sample));
            }
            other.server.stop()?;
        }
    }
    Ok(samples)
}

impl Other {
    /// Starts it on an empty store, gives it live tokens, and lets it do a little of everything.
    async fn start(installed: &Path, who: Who) -> Result<Self> {
        let folder = Folder::make()?;
        let secret = Secret::generate(&Random::system());
        let mut command = Command::new("node");
        command
            .arg("server.mjs")
            .current_dir(installed)
            .env("NODE_ENV", "production")
            .env("BENCH_CLIENT", "bench")
            .env("BENCH_SECRET", secret.expose());
        match who {
            Who::Sqlite => command.arg("sqlite").arg(folder.path().join("oidc.db")),
            Who::Memory | Who::Tessera => command.arg("memory"),
        };
        let server = Server::spawn(&mut command)?;
        let client = basic("bench", secret.expose());
        let scene = Arc::new(Scene::of_clients(client.clone(), &client));
        let mut other = Self { server, scene, _folder: folder };
        while other.scene.spare_count() < 2 * LIVE {
            other.run(Case::Plain, WARMING).await?;
        }
        Arc::get_mut(&mut other.scene).ok_or("the scene is in use")?.put_in_stock(0);
        for case in CASES {
            other.run(case, WARMING).await?;
        }
        Ok(other)
    }

    async fn run(&self, case: Case, duration: Duration) -> Result<Sample> {
        let servers = std::slice::from_ref(&self.server);
        let load = Load { servers, database: None, connections: CONNECTIONS, duration };
        load.measure(case, &self.scene).await
    }
}

/// Installs what `package-lock.json` says, unless it is there. Returns where.
fn install() -> Result<PathBuf> {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("compare");
    let lock = fs::read(Path::new(SOURCES).join("package-lock.json"))?;
    let done = folder.join("installed");
    let is_there = fs::read(&done).is_ok_and(|installed| installed == lock);
    fs::create_dir_all(&folder)?;
    for file in FILES {
        fs::copy(Path::new(SOURCES).join(file), folder.join(file))?;
    }
    if !is_there {
        eprintln!("bench: npm installs oidc-provider, and compiles its SQLite if it must");
        let mut npm = Command::new("npm");
        npm.args(["ci", "--no-audit", "--no-fund", "--loglevel=error"]).current_dir(&folder);
        // Standard output is for the report.
        let installed = npm.stdin(Stdio::null()).output()?;
        if !installed.status.success() {
            let said = String::from_utf8_lossy(&installed.stderr);
            return Err(format!("npm could not install oidc-provider:\n{said}").into());
        }
        fs::write(&done, lock)?;
    }
    Ok(folder)
}

/// What a program says that its version is, if it is there.
fn find_version(program: &str) -> Option<String> {
    let said = Command::new(program).arg("--version").stderr(Stdio::null()).output().ok()?;
    let version = String::from_utf8(said.stdout).ok()?;
    said.status.success().then(|| version.trim().trim_start_matches('v').to_owned())
}

/// The packages that were asked for, with their versions.
fn package_versions(installed: &Path) -> Result<String> {
    let package = fs::read(installed.join("package.json"))?;
    let package: serde_json::Value = serde_json::from_slice(&package)?;
    let all = package["dependencies"].as_object().ok_or("package.json names no packages")?;
    let all = all
        .iter()
        .map(|(name, version)| format!("{name} {}", version.as_str().unwrap_or_default()));
    Ok(all.collect::<Vec<_>>().join(", "))
}
