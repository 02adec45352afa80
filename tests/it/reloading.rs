//! SIGHUP: settings are read again, all or nothing.

use crate::common::{
    Engine, TestClient, TestDatabase,
    process::{Process, Program},
    until::until,
};

const ENGINES: [Engine; 2] = [Engine::Sqlite, Engine::Postgres];

/// A server whose settings stand in `config.toml`, and a client of it.
async fn serving(engine: Engine, settings: &str) -> (TestDatabase, Process, TestClient) {
    let database = TestDatabase::create(engine).await;
    write(&database, settings);
    let program = Program::on(&database).set("TESSERA_METRICS__LISTEN", "127.0.0.1:0");
    let client = program.add_machine("mailer");
    // The environment would win over the file.
    let program = program.without("TESSERA_LOG__LEVEL");
    let process = program.serve().await;
    (database, process, client)
}

fn write(database: &TestDatabase, settings: &str) {
    std::fs::write(database.folder.join("config.toml"), settings).unwrap();
}

/// Sends SIGHUP and waits for what is said about it.
async fn reload(process: &Process, answer: &str) -> String {
    process.signal("HUP");
    until(answer, async || process.log().contains(answer)).await;
    process.log()
}

async fn lifetime(process: &Process, client: &TestClient) -> u64 {
    let mut connection = process.connect().await.unwrap();
    let answer = connection.post("/token", client, "grant_type=client_credentials").await.unwrap();
    answer.json()["expires_in"].as_u64().unwrap()
}

#[tokio::test]
async fn what_a_reload_takes_holds_from_then_on() {
    for engine in ENGINES {
        let (database, process, client) = serving(engine, "tokens.lifetimes.access = '10m'").await;
        assert_eq!(lifetime(&process, &client).await, 600);
        assert!(!process.log().contains("\"DEBUG\""));

        write(&database, "log.level = 'debug'\ntokens.lifetimes.access = '20m'");
        reload(&process, "reloaded: log.level, tokens.lifetimes.access").await;

        assert_eq!(lifetime(&process, &client).await, 1200);
        assert!(process.log().contains("\"DEBUG\""));
        assert!(process.metrics().await.contains("tessera_reload_successful 1"));
        reload(&process, "reloaded: no setting has changed").await;
        drop(process);
        database.remove().await;
    }
}

#[tokio::test]
async fn token_types_are_taken_by_a_reload_and_wrong_ones_are_not() {
    let types = |most| {
        format!(
            "[[token_types]]\nname = 'Link'\n\n[[token_types.rules]]\ntype = 'UseCount'\n\
             max_use_count = {most}\n"
        )
    };
    for engine in ENGINES {
        let (database, process, _) = serving(engine, &types(1)).await;

        write(&database, &types(2));
        reload(&process, "reloaded: token_types").await;
        write(&database, &types(2).replace("UseCount", "usecount"));
        reload(&process, "reloaded: no setting has changed").await;
        write(&database, &types(0));
        let log = reload(&process, "nothing was reloaded").await;

        let fault = "max_use_count must be 1..2147483647, got 0";
        assert!(log.contains(r#"token_types[0] \"Link\" rules[0] \"UseCount\""#), "{log}");
        assert!(log.contains(fault) && log.contains("config.toml, line 6"), "{log}");
        drop(process);
        database.remove().await;
    }
}

#[tokio::test]
async fn what_needs_a_restart_is_named_and_nothing_is_taken() {
    for engine in ENGINES {
        let (database, process, client) = serving(engine, "tokens.lifetimes.access = '10m'").await;

        let other = "server.request_timeout = '31s'\nsweep.batch = 1\nstore.connections = 17\n\
                     tokens.lifetimes.access = '20m'";
        write(&database, other);
        let log = reload(&process, "nothing was reloaded").await;

        assert!(log.contains("2 settings are wrong"), "{log}");
        assert!(
            log.contains("server.request_timeout   has changed, which needs a restart"),
            "{log}"
        );
        assert!(log.contains("store.connections   has changed, which needs a restart"), "{log}");
        assert_eq!(lifetime(&process, &client).await, 600);
        assert!(process.metrics().await.contains("tessera_reload_successful 0"));
        drop(process);
        database.remove().await;
    }
}

#[tokio::test]
async fn a_file_that_is_wrong_changes_nothing() {
    for engine in ENGINES {
        let (database, process, client) = serving(engine, "tokens.lifetimes.access = '10m'").await;

        write(&database, "tokens.lifetimes.access = '20m'\nserver.lissten = 1\nsweep.batch = 0");
        let log = reload(&process, "nothing was reloaded").await;

        assert!(
            log.contains("server.lissten") && log.contains("did you mean server.listen"),
            "{log}"
        );
        assert!(log.contains("sweep.batch   \\\"0\\\" is not allowed"), "{log}");
        assert_eq!(lifetime(&process, &client).await, 600);

        write(&database, "tokens.lifetimes.access = '20m'");
        reload(&process, "reloaded: tokens.lifetimes.access").await;
        assert_eq!(lifetime(&process, &client).await, 1200);
        drop(process);
        database.remove().await;
    }
}

/// Otherwise a key would be dropped before the last token that it signed has ended.
#[tokio::test]
async fn a_lifetime_that_held_between_two_reloads_is_noted_on_the_keys() {
    let settings = |lifetime: &str| {
        format!("tokens.access.format = 'jwt'\ntokens.lifetimes.access = '{lifetime}'")
    };
    for engine in ENGINES {
        let (database, process, client) = serving(engine, &settings("1h")).await;

        write(&database, &settings("30d"));
        reload(&process, "reloaded: tokens.lifetimes.access").await;
        assert_eq!(lifetime(&process, &client).await, 30 * 24 * 3600);
        write(&database, &settings("1h"));
        process.signal("HUP");
        until("shorter again", async || lifetime(&process, &client).await == 3600).await;
        Program::on(&database).run(&["key", "rotate", "--now"], "");

        let kept = "UPDATE signing_keys SET kid = kid WHERE state = 'retiring'
                        AND drop_at - retire_at = (30 * 24 + 1) * CAST(3600000 AS BIGINT)";
        assert_eq!(database.execute(kept).await, 1);
        drop(process);
        database.remove().await;
    }
}

#[tokio::test]
async fn without_a_key_that_it_needs_a_reload_declares_nothing() {
    for engine in ENGINES {
        let (database, process, _) = serving(engine, "").await;
        let refuse = match engine {
            Engine::Sqlite => {
                "CREATE TRIGGER refuse BEFORE INSERT ON signing_keys
                               BEGIN SELECT RAISE(ABORT, 'refused'); END"
            }
            Engine::Postgres => {
                "CREATE RULE refuse AS ON INSERT TO signing_keys
                                 DO INSTEAD SELECT 1 / 0"
            }
        };
        database.execute(refuse).await;
        std::fs::write(
            database.folder.join("state.toml"),
            "clients = [{ client_id = 'late', kind = 'machine' }]",
        )
        .unwrap();

        write(&database, "declare = ['state.toml']\ntokens.access.algorithm = 'EdDSA'");
        reload(&process, "nothing was reloaded").await;

        let late = "UPDATE clients SET name = name WHERE client_id = 'late'";
        assert_eq!(database.execute(late).await, 0);
        drop(process);
        database.remove().await;
    }
}

#[tokio::test]
async fn a_stop_is_told_of_before_it_comes() {
    for engine in ENGINES {
        let database = TestDatabase::create(engine).await;
        let program = Program::on(&database).set("TESSERA_SERVER__DRAIN_DELAY", "5m");
        let client = program.add_machine("mailer");
        let mut process = program.serve().await;
        let (mut kept, mut fresh) =
            (process.connect().await.unwrap(), process.connect().await.unwrap());
        assert_eq!(kept.get("/readyz").await.unwrap().status, 200);
        let ready = fresh.get("/healthz").await.unwrap();
        assert!(!ready.head.to_lowercase().contains("connection: close"), "{ready:?}");

        process.terminate();
        until("stopping", async || process.log().contains("stopping, once")).await;

        let answer = kept.get("/readyz").await.unwrap();
        assert_eq!(answer.status, 503);
        assert_eq!(answer.json()["error"], "temporarily_unavailable");
        assert!(answer.head.to_lowercase().contains("connection: close"), "{answer:?}");
        assert_eq!(fresh.get("/healthz").await.unwrap().status, 200);
        assert!(process.connect().await.unwrap().token(&client).await.is_ok());
        process.terminate();
        assert_eq!(process.ended().await.code(), Some(5));
        drop(process);
        database.remove().await;
    }
}

#[tokio::test]
async fn a_service_manager_is_told_of_starts_reloads_and_stops() {
    let database = TestDatabase::create(Engine::Sqlite).await;
    let path = database.folder.join("notify");
    let manager = std::os::unix::net::UnixDatagram::bind(&path).unwrap();
    manager.set_read_timeout(Some(std::time::Duration::from_secs(20))).unwrap();
    let told = || {
        let mut text = [0; 256];
        let length = manager.recv(&mut text).unwrap();
        String::from_utf8_lossy(&text[..length]).into_owned()
    };
    let program = Program::on(&database).set("NOTIFY_SOCKET", path.to_str().unwrap());

    let mut process = program.serve().await;

    assert_eq!(told().trim(), "READY=1");
    process.signal("HUP");
    assert!(told().starts_with("RELOADING=1\nMONOTONIC_USEC="));
    assert_eq!(told().trim(), "READY=1");
    process.terminate();
    assert_eq!(told().trim(), "STOPPING=1");
    assert!(process.ended().await.success());
    database.remove().await;
}
