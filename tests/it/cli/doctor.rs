//! What doctor finds, and how it ends.

use std::{
    io::{Read, Write},
    net::{TcpListener, TcpStream},
};

use serde_json::Value;

use super::program::{Done, Place, Running, stores};
use crate::common::{Engine, certificates::Authority, until::until};

/// The finding about one thing.
fn finding(done: &Done, check: &str) -> Value {
    let found = done.objects().into_iter().find(|object| object["check"] == check);
    found.unwrap_or_else(|| panic!("nothing about {check}: {}", done.out))
}

fn free_port() -> u16 {
    TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port()
}

#[tokio::test]
async fn where_all_is_well_it_ends_with_0() {
    for engine in stores() {
        let mut place = Place::new(engine).await;
        let port = free_port();
        place.set("TESSERA_SERVER__LISTEN", &format!("127.0.0.1:{port}"));
        place.set("TESSERA_SERVER__ISSUER", &format!("http://127.0.0.1:{port}"));
        let server = place.serve();
        if engine == Engine::Postgres {
            let joined = "UPDATE nodes SET name = name";
            until("joined", async || place.database.execute(joined).await == 1).await;
        }

        let done = place.run("doctor --json").expect(0);
        let words = place.run("doctor").expect(0);

        assert!(done.objects().iter().all(|found| found["verdict"] == "fine"), "{}", done.out);
        assert!(finding(&done, "issuer")["says"].as_str().unwrap().ends_with(" answers"));
        assert!(words.out.starts_with("✓ Config     no file, "), "{}", words.out);
        assert!(words.out.contains("\n✓ Store      ") && words.err.contains("all is well"));
        drop(server);
        place.database.remove().await;
    }
}

#[tokio::test]
async fn an_issuer_that_does_not_answer_is_a_warning_and_one_that_is_another_is_broken() {
    let mut place = Place::with_store(Engine::Sqlite).await;
    place.set("TESSERA_SERVER__ISSUER", &format!("http://127.0.0.1:{}", free_port()));

    let silent = place.run("doctor --json").expect(1);

    assert_eq!(finding(&silent, "issuer")["verdict"], "warning");
    assert!(finding(&silent, "issuer")["remedy"].as_str().unwrap().contains("server running"));

    let other = Place::new(Engine::Sqlite).await;
    let server = other.serve();
    place.set("TESSERA_SERVER__ISSUER", &server.issuer().replace("127.0.0.1", "localhost"));
    let another = place.run("doctor --json").expect(2);

    assert_eq!(finding(&another, "issuer")["verdict"], "broken");
    drop(server);
    other.database.remove().await;
    place.database.remove().await;
}

#[tokio::test]
async fn settings_that_are_wrong_and_stores_that_are_closed_are_told_with_their_remedy() {
    let mut place = Place::new(Engine::Sqlite).await;

    let none = place.run("doctor --json").expect(1);
    assert_eq!(finding(&none, "store")["verdict"], "warning");
    assert_eq!(finding(&none, "sweep")["verdict"], "skipped");
    assert_eq!(place.files(), Vec::<String>::new());

    place.write("config.toml", "server.lissten = 1\nsweep.batch = 0");
    let wrong = place.run("doctor --json").expect(2);
    let remedy = finding(&wrong, "config")["remedy"].as_str().unwrap().to_owned();
    assert!(remedy.contains("did you mean server.listen?") && remedy.contains("sweep.batch"));

    place.write("config.toml", "");
    place.set("TESSERA_STORE__URL", "postgres://u:hunter2@127.0.0.1:1/none");
    place.set("TESSERA_KEYS__MASTER", "+/v7+/v7+/v7+/v7+/v7+/v7+/v7+/v7+/v7+/v7+/s=");
    let closed = place.run("doctor --json").expect(2);
    assert_eq!(finding(&closed, "store")["verdict"], "broken");
    assert!(!closed.out.contains("hunter2") && !closed.err.contains("hunter2"));
    place.database.remove().await;
}

#[tokio::test]
async fn a_wrong_master_key_and_an_old_schema_are_broken() {
    for engine in stores() {
        let mut place = Place::with_store(engine).await;
        place.database.execute("DELETE FROM refinery_schema_history WHERE version > 1").await;
        let old = place.run("doctor --json").expect(2);
        let store = finding(&old, "store");
        assert!(store["says"].as_str().unwrap().contains("schema is older"), "{store}");
        assert_eq!(store["remedy"], "tessera db migrate");
        place.database.remove().await;

        place = Place::with_store(engine).await;
        place.run("client add mailer").expect(0);
        place.set("TESSERA_KEYS__MASTER", "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=");
        let wrong = place.run("doctor --json").expect(2);
        let store = finding(&wrong, "store");
        assert!(store["says"].as_str().unwrap().contains("master key"), "{store}");
        place.database.remove().await;
    }
}

#[tokio::test]
async fn nodes_whose_settings_differ_are_named() {
    let mut place = Place::new(Engine::Postgres).await;
    let first = place.serve();
    place.set("TESSERA_TOKENS__LIFETIMES__ACCESS", "30m");
    let second = place.serve();
    let joined = "UPDATE nodes SET name = name";
    until("joined", async || place.database.execute(joined).await == 2).await;

    let done = place.run("doctor --json").expect(1);

    let remedy = finding(&done, "nodes")["remedy"].as_str().unwrap().to_owned();
    assert!(remedy.contains(r#"tokens.lifetimes.access differs: "1h" on "#), "{remedy}");
    assert!(remedy.contains("server.issuer differs"), "{remedy}");
    assert!(finding(&done, "clock")["says"].as_str().unwrap().ends_with("from the database"));
    drop((first, second));
    place.database.remove().await;
}

/// Asks a server something, as a proxy that says for whom.
fn ask_as_a_proxy(server: &Running) {
    let address = server.issuer().trim_start_matches("http://").to_owned();
    let mut stream = TcpStream::connect(&address).unwrap();
    let request = format!(
        "GET /healthz HTTP/1.1\r\nHost: {address}\r\nX-Forwarded-For: 203.0.113.7\r\n\
         Connection: close\r\n\r\n"
    );
    stream.write_all(request.as_bytes()).unwrap();
    stream.read_to_end(&mut Vec::new()).unwrap();
}

#[tokio::test]
async fn a_proxy_that_is_not_trusted_is_named() {
    let place = Place::new(Engine::Sqlite).await;
    let server = place.serve();
    place.run("doctor").expect(0);

    ask_as_a_proxy(&server);
    let done = place.run("doctor --json").expect(1);

    let remedy = finding(&done, "proxies")["remedy"].as_str().unwrap().to_owned();
    assert!(remedy.contains(r#"trusted_proxies = ["127.0.0.1"]"#), "{remedy}");
    drop(server);
    place.database.remove().await;
}

#[tokio::test]
async fn a_certificate_that_ends_or_stands_for_somebody_else_is_told() {
    let mut place = Place::with_store(Engine::Sqlite).await;
    Authority::new().pair(&["id.example"]).write(&place.database.folder);
    place.set("TESSERA_SERVER__TLS__CERT", "cert.pem");
    place.set("TESSERA_SERVER__TLS__KEY", "key.pem");
    place.set("TESSERA_SERVER__ISSUER", "https://other.example");

    let done = place.run("doctor --json");

    let found = finding(&done, "tls");
    assert_eq!(found["verdict"], "warning", "{found}");
    assert!(found["remedy"].as_str().unwrap().contains("server.issuer is https://other.example"));
    place.write("key.pem", "");
    let done = place.run("doctor --json").expect(2);
    assert_eq!(finding(&done, "tls")["verdict"], "broken");
    place.database.remove().await;
}

#[tokio::test]
async fn a_key_that_is_late_with_its_next_step_is_a_warning() {
    let mut place = Place::with_store(Engine::Sqlite).await;
    place.set("TESSERA_SERVER__ISSUER", &format!("http://127.0.0.1:{}", free_port()));
    let fine = finding(&place.run("doctor --json").expect(1), "keys");
    let says = fine["says"].as_str().unwrap();
    assert!(says.contains(" signs ES256 for 89 d 23 h more; the master key fits"), "{says}");

    let late = "UPDATE signing_keys SET activate_at = activate_at - 7776000000";
    place.database.execute(late).await;

    let late = finding(&place.run("doctor --json").expect(1), "keys");
    assert_eq!(late["verdict"], "warning");
    assert!(late["says"].as_str().unwrap().ends_with(" is late with its next step"), "{late}");
    assert!(late["remedy"].as_str().unwrap().contains("server running"));
    place.database.remove().await;
}

#[tokio::test]
async fn a_master_key_that_is_in_memory_only_is_told_while_it_can_be_saved() {
    let place = Place::new(Engine::Sqlite).await;
    let server = place.serve();
    std::fs::remove_file(place.database.folder.join("tessera.db.key")).unwrap();

    let done = place.run("doctor --json").expect(2);
    place.run("key rewrap").expect(0);
    place.run("doctor").expect(0);
    server.end_by("TERM");
    let again = place.serve();

    let says = finding(&done, "keys")["says"].as_str().unwrap().to_owned();
    assert!(says.contains("in this server's memory only"), "{says}");
    drop(again);
    place.database.remove().await;
}

#[tokio::test]
async fn that_no_server_runs_is_a_warning() {
    for engine in stores() {
        let place = Place::with_store(engine).await;

        let done = place.run("doctor --json").expect(1);

        assert_eq!(finding(&done, "nodes")["says"], "none is running");
        place.database.remove().await;
    }
}
