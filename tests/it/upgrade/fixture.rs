//! A database of an earlier schema, as text: its rows in SQL that both engines take, and what is
//! true of the tokens in it.

use std::{fmt::Write as _, fs, path::PathBuf};

use sqlx::{AssertSqlSafe, Connection, Row, SqliteConnection, sqlite::SqliteRow};
use tessera::model::{client::ClientKind, client_id::ClientId, token_format::TokenFormat};

use crate::common::{Engine, TestClient, TestDatabase, TestServer};

/// The schemas that there is a fixture of.
pub(crate) const SCHEMAS: [u32; 7] = [1, 2, 3, 4, 5, 6, 7];

/// What a fixture holds.
pub(crate) struct Fixture {
    schema: u32,
    rows: String,
    clients: Vec<TestClient>,
    pub(crate) tokens: Vec<Said>,
}

/// A token, whose it is, and whether it is active.
pub(crate) struct Said {
    pub(crate) token: String,
    pub(crate) client: String,
    pub(crate) is_active: bool,
}

fn path(schema: u32) -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join(format!("tests/it/upgrade/schema-{schema}.sql"))
}

impl Fixture {
    pub(crate) fn read(schema: u32) -> Self {
        let text = fs::read_to_string(path(schema)).unwrap();
        let (mut clients, mut tokens, mut rows) = (Vec::new(), Vec::new(), String::new());
        for line in text.lines() {
            match line.split(' ').collect::<Vec<_>>().as_slice() {
                ["--", "client", id, secret] => clients.push(TestClient {
                    id: ClientId::parse(id).unwrap(),
                    secret: (*secret).to_owned(),
                }),
                ["--", state @ ("active" | "ended"), client, token] => tokens.push(Said {
                    token: (*token).to_owned(),
                    client: (*client).to_owned(),
                    is_active: *state == "active",
                }),
                _ => writeln!(rows, "{line}").unwrap(),
            }
        }
        Self { schema, rows, clients, tokens }
    }

    pub(crate) fn client(&self, id: &str) -> TestClient {
        self.clients.iter().find(|client| client.id.as_str() == id).unwrap().clone()
    }

    /// Makes the schema of then, and fills it.
    pub(crate) async fn load(&self, database: &TestDatabase) {
        if database.engine == Engine::Sqlite {
            fs::write(database.folder.join("tessera.db"), "").unwrap();
        }
        let folder = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("migrations");
        for version in 1..=self.schema {
            let prefix = format!("V{version}__");
            let names = fs::read_dir(&folder).unwrap().map(|entry| entry.unwrap());
            let file = names.filter(|name| name.file_name().to_string_lossy().starts_with(&prefix));
            let script = fs::read_to_string(file.last().unwrap().path()).unwrap();
            database.execute(&for_engine(&script, database.engine)).await;
        }
        // The first migration fills some tables itself.
        database.execute("DELETE FROM token_types; DELETE FROM instance").await;
        if self.schema >= 5 {
            database.execute("DELETE FROM setup").await;
        }
        database.execute(&in_words_of(database.engine, &self.rows)).await;
    }
}

/// Uncovers the lines of a migration that are meant for one engine.
fn for_engine(script: &str, engine: Engine) -> String {
    let tag = if engine == Engine::Sqlite { "--sqlite:" } else { "--postgres:" };
    let uncover = |line: &str| line.trim_start().strip_prefix(tag).unwrap_or(line).to_owned();
    script.lines().map(uncover).collect::<Vec<_>>().join("\n")
}

/// `BYTES'…'` and `UUID'…'`, both in hexadecimal, as the engine writes them.
fn in_words_of(engine: Engine, rows: &str) -> String {
    let mut text = rows.to_owned();
    let ways = match engine {
        Engine::Sqlite => [("BYTES'", "X'", "'"), ("UUID'", "X'", "'")],
        Engine::Postgres => {
            [("BYTES'", "decode('", "', 'hex')"), ("UUID'", "CAST('", "' AS UUID)")]
        }
    };
    for (mark, before, after) in ways {
        let mut parts = text.split(mark);
        let mut whole = parts.next().unwrap().to_owned();
        for part in parts {
            let (digits, rest) = part.split_once('\'').unwrap();
            write!(whole, "{before}{digits}{after}{rest}").unwrap();
        }
        text = whole;
    }
    text
}

#[tokio::test]
#[ignore = "writes the fixture of the newest schema"]
async fn write_the_fixture_of_the_newest_schema() {
    let database = TestDatabase::create(Engine::Sqlite).await;
    let server = TestServer::on_prepared(database.clone()).await.unwrap();
    let mailer = server.machine("mailer", "read").await;
    let signer = tessera::acts::clients::ClientChanges {
        access_format: Some(Some(TokenFormat::Jwt)),
        ..tessera::acts::clients::ClientChanges::default()
    };
    let signer = server.client("signer", ClientKind::Machine, signer).await;
    let mut said = Vec::new();
    for client in [&mailer, &signer] {
        let [live, ended] = [server.token(client).await, server.token(client).await];
        server.post("/revoke", client, &format!("token={ended}")).await;
        said.extend([("active", client, live), ("ended", client, ended)]);
    }
    let server = server.restarted(|config| config.tokens.reference.locator = true).await;
    said.push(("active", &mailer, server.token(&mailer).await));
    let schema = server.app.store.schema().await.unwrap();
    server.app.store.close().await;
    drop(server);

    let mut text = format!("-- Schema {schema}, written by upgrade/fixture.rs.\n");
    for client in [&mailer, &signer] {
        writeln!(text, "-- client {} {}", client.id, client.secret).unwrap();
    }
    for (state, client, token) in &said {
        writeln!(text, "-- {state} {} {token}", client.id).unwrap();
    }
    text.push_str(&dump(&database).await);
    fs::write(path(u32::try_from(schema).unwrap()), text).unwrap();
    database.remove().await;
}

async fn dump(database: &TestDatabase) -> String {
    let mut file = SqliteConnection::connect(&database.url).await.unwrap();
    let tables = "SELECT name, sql FROM sqlite_master WHERE type = 'table' ORDER BY rowid";
    let tables: Vec<(String, String)> = sqlx::query_as(tables).fetch_all(&mut file).await.unwrap();
    let mut text = String::new();
    for (table, sql) in tables {
        if table == "refinery_schema_history" {
            writeln!(text, "{};", sql.replace('\n', " ")).unwrap();
        }
        let columns = format!("SELECT name, type FROM pragma_table_info('{table}')");
        let columns: Vec<(String, String)> =
            sqlx::query_as(AssertSqlSafe(columns)).fetch_all(&mut file).await.unwrap();
        let rows = format!("SELECT * FROM {table}");
        for row in sqlx::query(AssertSqlSafe(rows)).fetch_all(&mut file).await.unwrap() {
            let names: Vec<_> = columns.iter().map(|(name, _)| name.as_str()).collect();
            let values: Vec<_> = columns.iter().map(|column| value(&row, column)).collect();
            let (names, values) = (names.join(", "), values.join(", "));
            writeln!(text, "INSERT INTO {table} ({names}) VALUES ({values});").unwrap();
        }
    }
    text
}

fn value(row: &SqliteRow, (name, kind): &(String, String)) -> String {
    let hex = |bytes: Vec<u8>| {
        bytes.iter().fold(String::new(), |digits, byte| format!("{digits}{byte:02x}"))
    };
    let name = name.as_str();
    let value = match kind.to_uppercase().as_str() {
        "BYTEA" => {
            row.get::<Option<Vec<u8>>, _>(name).map(|bytes| format!("BYTES'{}'", hex(bytes)))
        }
        "UUID" => row.get::<Option<Vec<u8>>, _>(name).map(|bytes| format!("UUID'{}'", hex(bytes))),
        "BOOLEAN" => row.get::<Option<bool>, _>(name).map(|is_so| is_so.to_string()),
        "BIGINT" | "INTEGER" | "INT4" | "INT8" => {
            row.get::<Option<i64>, _>(name).map(|number| number.to_string())
        }
        _ => {
            row.get::<Option<String>, _>(name).map(|text| format!("'{}'", text.replace('\'', "''")))
        }
    };
    value.unwrap_or_else(|| "NULL".to_owned())
}
