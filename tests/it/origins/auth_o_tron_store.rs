//! Auth-O-Tron's token store: every numbered line of what it promises, and of what its code adds.
//! A line that tells of a fault of that code is a test that ours does not have it.

mod forward_auth;
mod hosts;
mod own_tokens;
mod trouble;
mod users;
mod without_store;

use tessera::{
    config::{
        self, Fault,
        import::{ImportOptions, Imported, import},
    },
    model::secret::Sha256,
};

use super::snippets::assert_sound;
use crate::{
    cli::program::{Place, stores},
    common::{Engine, TestServer, on_each_engine},
};

on_each_engine!(
    b07_what_one_instance_issues_or_revokes_holds_at_the_other,
    b10_an_empty_database_gets_its_tables_and_a_second_start_changes_nothing,
    b11_a_string_is_stored_once,
);

fn imported(text: &str) -> Imported {
    import("auth-o-tron.yaml", text, &ImportOptions::default()).unwrap()
}

fn refused(text: &str) -> Vec<Fault> {
    import("auth-o-tron.yaml", text, &ImportOptions::default()).unwrap_err().0
}

async fn b07_what_one_instance_issues_or_revokes_holds_at_the_other(server: TestServer) {
    let client = server.machine("mailer", "read").await;
    if server.database().engine == Engine::Sqlite {
        // One process owns an SQLite file; the next is told so.
        assert!(server.try_neighbour().await.is_err());
        return;
    }
    let other = server.neighbour().await;

    let token = server.token(&client).await;
    assert!(other.is_active(&client, &token).await);
    server.post("/revoke", &client, &format!("token={token}")).await;

    assert!(!other.is_active(&client, &token).await);
}

#[test]
fn b08_a_store_that_lacks_its_type_its_address_or_its_database_is_refused() {
    let lines = ["type: mongo", "uri: mongodb://localhost", "database: x"];
    for (at, key) in ["store.type", "store.uri", "store.database"].iter().enumerate() {
        let kept: Vec<_> = lines.iter().enumerate().filter(|(line, _)| *line != at).collect();
        let kept: String = kept.iter().flat_map(|(_, line)| ["  ", *line, "\n"]).collect();

        let faults = refused(&format!("store:\n  enabled: true\n{kept}"));

        assert_eq!(faults.len(), 1, "{faults:?}");
        assert_eq!((&*faults[0].key, &*faults[0].problem), (*key, "is missing"));
    }
}

#[test]
fn b09_a_store_of_another_kind_is_refused_there_and_here() {
    let text = "store: {enabled: true, type: redis, uri: 'redis://x', database: x}";
    assert_eq!(refused(text)[0].key, "store.type");

    for url in ["mongodb://localhost:27017", "redis://localhost"] {
        let text = format!("store.url = '{url}'");
        let faults = config::parse(Some(("config.toml", &text)), []).unwrap_err().0;
        assert!(faults[0].remedy.contains("sqlite:PATH"), "{faults:?}");
    }
}

async fn b10_an_empty_database_gets_its_tables_and_a_second_start_changes_nothing(
    server: TestServer,
) {
    let database = server.database();
    let of_schema = match database.engine {
        Engine::Sqlite => "sqlite_master WHERE sql LIKE 'CREATE UNIQUE INDEX%' AND name",
        Engine::Postgres => "pg_indexes WHERE indexdef LIKE 'CREATE UNIQUE INDEX%' AND indexname",
    };
    let unique = format!("{of_schema} = 'tokens_reference'");
    let migrations = "refinery_schema_history";
    let before = database.count(migrations).await;

    let _server = server.restarted(|_| {}).await;

    assert_eq!((database.count("tokens").await, database.count("users").await), (0, 0));
    assert_eq!((database.count(&unique).await, database.count(migrations).await), (1, before));
}

async fn b11_a_string_is_stored_once(server: TestServer) {
    let client = server.machine("mailer", "read").await;
    let (one, other) = (server.token(&client).await, server.token(&client).await);
    let hex = |token: &str| {
        let hash = Sha256::of(token.as_bytes());
        hash.as_bytes().iter().fold(String::new(), |hex, byte| format!("{hex}{byte:02x}"))
    };
    let bytes = |token: &str| match server.database().engine {
        Engine::Sqlite => format!("x'{}'", hex(token)),
        Engine::Postgres => format!("'\\x{}'::bytea", hex(token)),
    };

    let sql = format!(
        "UPDATE tokens SET reference_hash = {} WHERE reference_hash = {}",
        bytes(&one),
        bytes(&other)
    );
    let error = server.database().try_execute(&sql).await.unwrap_err();

    assert!(error.as_database_error().unwrap().is_unique_violation(), "{error}");
}

#[test]
fn b15_it_listens_where_the_old_one_did() {
    let imported = imported("version: \"2.0.0\"\nserver:\n  port: 8080\n");

    let text = imported.settings_text(|_| String::new());

    assert!(text.contains("listen = \"127.0.0.1:8080\""), "{text}");
    assert_sound(&text);
}

#[tokio::test]
async fn b24_the_minimal_file_loads_and_a_store_that_cannot_be_reached_ends_the_start() {
    for minimal in ["05-minimal-disabled.yaml", "06-minimal-mongo.yaml"] {
        let text = super::snippets::read(&format!("indented/{minimal}"));
        assert_sound(&imported(&text).settings_text(|_| String::new()));
    }
    assert_eq!(refused("store: {enabled: true}").len(), 3);

    for engine in stores() {
        let mut place = Place::new(engine).await;
        let url = match engine {
            Engine::Sqlite => "sqlite:/dev/null/tessera.db",
            Engine::Postgres => "postgres://nobody@127.0.0.1:1/nothing",
        };
        place.set("TESSERA_STORE__URL", url);
        let ended = place.run("serve").expect(3);
        assert!(ended.err.contains("from    environment TESSERA_STORE__URL"), "{}", ended.err);
        place.database.remove().await;
    }
}

#[test]
fn b27_the_first_version_is_read_the_environment_wins_and_ports_must_differ() {
    let first = imported("version: 1.0.0\nbind_address: 127.0.0.1:3000\n");
    let text = first.settings_text(|_| String::new());
    assert!(text.contains("listen = \"127.0.0.1:3000\""), "{text}");
    let faults = refused("server: {port: 8080}\nmetrics: {port: 8080}");
    assert_eq!(faults[0].key, "metrics.port");

    let ours = "server.listen = '127.0.0.1:8080'\nmetrics.listen = '127.0.0.1:8080'";
    let read = |environment: Vec<(String, String)>| {
        config::parse(Some(("config.toml", ours)), environment).map(|loaded| loaded.config)
    };
    assert_eq!(read(Vec::new()).unwrap_err().0[0].key, "metrics.listen");
    let elsewhere = ("TESSERA_METRICS__LISTEN".to_owned(), "127.0.0.1:9464".to_owned());
    assert_eq!(read(vec![elsewhere]).unwrap().metrics.listen.unwrap().port(), 9464);
}
