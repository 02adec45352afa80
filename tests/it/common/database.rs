//! A database of its own for every test.

use std::{
    env, fs,
    path::PathBuf,
    sync::atomic::{AtomicU32, Ordering},
};

use sqlx::{AssertSqlSafe, Connection, Executor, PgConnection, SqliteConnection};

/// Which engine a test runs on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Engine {
    Sqlite,
    Postgres,
}

/// A database, and the folder of the files beside it.
#[derive(Debug, Clone)]
pub struct TestDatabase {
    pub engine: Engine,
    /// As `store.url` takes it.
    pub url: String,
    pub folder: PathBuf,
    name: String,
}

static NUMBER: AtomicU32 = AtomicU32::new(0);

impl TestDatabase {
    pub async fn create(engine: Engine) -> Self {
        let number = NUMBER.fetch_add(1, Ordering::Relaxed);
        let name = format!("tessera_test_{}_{number}", std::process::id());
        let folder = env::temp_dir().join(&name);
        fs::create_dir_all(&folder).unwrap();
        let url = match engine {
            Engine::Sqlite => format!("sqlite:{}", folder.join("tessera.db").display()),
            Engine::Postgres => create_postgres(&name).await,
        };
        Self { engine, url, folder, name }
    }

    /// A database that somebody else made and removes.
    pub fn elsewhere(engine: Engine, url: &str, folder: PathBuf) -> Self {
        Self { engine, url: url.to_owned(), folder, name: "postgres".to_owned() }
    }

    pub async fn remove(self) {
        let _ = fs::remove_dir_all(&self.folder);
        if self.engine == Engine::Postgres {
            let mut server = PgConnection::connect(&server_url()).await.unwrap();
            let sql = format!("DROP DATABASE IF EXISTS {} WITH (FORCE)", self.name);
            server.execute(AssertSqlSafe(sql)).await.unwrap();
        }
    }
}

async fn create_postgres(name: &str) -> String {
    let server_url = server_url();
    let mut server = PgConnection::connect(&server_url).await.unwrap();
    server.execute(AssertSqlSafe(format!("DROP DATABASE IF EXISTS {name}"))).await.unwrap();
    server.execute(AssertSqlSafe(format!("CREATE DATABASE {name}"))).await.unwrap();
    let (base, _) = server_url.rsplit_once('/').unwrap();
    format!("{base}/{name}")
}

fn server_url() -> String {
    env::var("TESSERA_TEST_POSTGRES").expect(
        "TESSERA_TEST_POSTGRES names a PostgreSQL server on which databases may be made; \
         scripts/test starts one",
    )
}

impl TestDatabase {
    /// Says whether anybody may connect to a PostgreSQL database. Connections that stand stay.
    pub async fn admit(&self, anybody: bool) {
        let sql = format!("ALTER DATABASE {{database}} ALLOW_CONNECTIONS {anybody}");
        self.execute_beside(&sql).await;
    }

    /// Runs a statement on the PostgreSQL server, without a connection to this database, which
    /// `{database}` stands for.
    pub async fn execute_beside(&self, sql: &str) {
        let mut server = PgConnection::connect(&server_url()).await.unwrap();
        let sql = sql.replace("{database}", &self.name);
        server.execute(AssertSqlSafe(sql)).await.unwrap();
    }

    /// How many rows a table has.
    pub async fn count(&self, table: &str) -> u64 {
        let sql = AssertSqlSafe(format!("SELECT COUNT(*) FROM {table}"));
        let rows: i64 = match self.engine {
            Engine::Sqlite => {
                let mut file = SqliteConnection::connect(&self.url).await.unwrap();
                sqlx::query_scalar(sql).fetch_one(&mut file).await.unwrap()
            }
            Engine::Postgres => {
                let mut server = PgConnection::connect(&self.url).await.unwrap();
                sqlx::query_scalar(sql).fetch_one(&mut server).await.unwrap()
            }
        };
        u64::try_from(rows).unwrap()
    }

    /// Runs a statement behind the server's back. Text without user input.
    pub async fn execute(&self, sql: &str) -> u64 {
        self.try_execute(sql).await.unwrap()
    }

    /// Runs a statement that the database may refuse.
    pub async fn try_execute(&self, sql: &str) -> sqlx::Result<u64> {
        let sql = AssertSqlSafe(sql.to_owned());
        match self.engine {
            Engine::Sqlite => {
                let mut file = SqliteConnection::connect(&self.url).await?;
                Ok(file.execute(sql).await?.rows_affected())
            }
            Engine::Postgres => {
                let mut server = PgConnection::connect(&self.url).await?;
                Ok(server.execute(sql).await?.rows_affected())
            }
        }
    }
}
