//! TLS as an operator meets it: the real program.

use std::fs;

use super::{HOST, client_of};
use crate::{
    cli::program::Place,
    common::{
        Engine, TestDatabase,
        certificates::{Authority, shake_hands},
        http::HttpConnection,
        process::{Process, Program},
        until::until,
    },
};

#[tokio::test]
async fn a_server_speaks_tls_counts_what_fails_and_takes_a_renewed_certificate() {
    let authority = Authority::new();
    let database = TestDatabase::create(Engine::Sqlite).await;
    let files = authority.pair(&[HOST]).write(&database.folder);
    let process = Program::on(&database)
        .set("TESSERA_METRICS__LISTEN", "127.0.0.1:0")
        .set("TESSERA_SERVER__TLS__CERT", files.cert.to_str().unwrap())
        .set("TESSERA_SERVER__TLS__KEY", files.key.to_str().unwrap())
        .serve()
        .await;
    let client = client_of(&authority);

    let mut connection = shake_hands(&client, process.address(), HOST).await.unwrap();
    let answer = connection.get("/").await.unwrap();
    HttpConnection::to(process.address()).await.unwrap().get("/").await.unwrap_err();
    until("the failed handshake is counted", async || {
        process.metrics().await.contains("tessera_tls_handshakes_failed_total 1")
    })
    .await;

    assert_eq!(answer.status, 200);
    assert!(answer.head.contains("strict-transport-security: max-age=31536000"), "{answer:?}");
    let expiry = "tessera_tls_certificate_expiry_timestamp_seconds 4102444800";
    assert!(process.metrics().await.contains(expiry), "{}", process.metrics().await);
    assert!(process.log().contains("connection.no_tls"));
    assert!(process.log().contains(r#""tls":"id.example""#));
    drop(process);
    database.remove().await;
}

#[tokio::test]
async fn a_start_with_a_bad_certificate_names_key_and_remedy_and_makes_nothing() {
    let authority = Authority::new();
    let mut place = Place::new(Engine::Sqlite).await;
    let files = authority.pair(&[HOST]).write(&place.database.folder);
    place.set("TESSERA_SERVER__TLS__CERT", "cert.pem");
    place.set("TESSERA_SERVER__TLS__KEY", "key.pem");

    files.set_key_mode(0o604);
    let open = place.run("serve").expect(2).err;
    fs::remove_file(&files.key).unwrap();
    let missing = place.run("serve").expect(3).err;
    place.set("TESSERA_LOG__FORMAT", "json");
    let json = place.run("serve").expect(3).err;

    assert_eq!(
        open,
        "error: 1 setting is wrong\n  server.tls.key   key.pem is open to every user\n    \
         from  environment TESSERA_SERVER__TLS__KEY\n    \
         next  chmod 640 key.pem; a key that others read is to be replaced\n"
    );
    assert!(missing.contains("server.tls.key   key.pem can't be read: No such file"), "{missing}");
    assert!(json.contains(r#""key":"server.tls.key""#) && json.contains(r#""next":"name a file"#));
    assert_eq!(place.files(), ["cert.pem"]);
    place.database.remove().await;
}

#[tokio::test]
async fn a_certificate_for_other_names_is_told_and_not_refused() {
    let authority = Authority::new();
    let mut place = Place::new(Engine::Sqlite).await;
    let _files = authority.pair(&["other.example"]).write(&place.database.folder);
    place.set("TESSERA_SERVER__ISSUER", "https://id.example");
    place.set("TESSERA_SERVER__TLS__CERT", "cert.pem");
    place.set("TESSERA_SERVER__TLS__KEY", "key.pem");

    let server = place.serve();

    let banner = &server.banner;
    assert!(banner.contains("! The certificate stands for other.example, and server"), "{banner}");
    assert!(banner.contains("TLS       other.example good for "), "{banner}");
    assert!(banner.contains("Listens   https://127.0.0.1:"), "{banner}");
    drop(server);
    place.database.remove().await;
}

#[tokio::test]
async fn without_an_issuer_the_address_of_a_server_that_speaks_tls_is_https() {
    let authority = Authority::new();
    let mut place = Place::new(Engine::Sqlite).await;
    let _files = authority.pair(&["127.0.0.1"]).write(&place.database.folder);
    place.set("TESSERA_SERVER__TLS__CERT", "cert.pem");
    place.set("TESSERA_SERVER__TLS__KEY", "key.pem");

    let server = place.serve();

    assert!(server.issuer().starts_with("https://127.0.0.1:"), "{}", server.issuer());
    assert!(!server.banner.contains("The certificate stands for"), "{}", server.banner);
    drop(server);
    place.database.remove().await;
}

/// Sends SIGHUP and waits for what is said about it.
async fn reload(process: &Process, answer: &str) {
    process.signal("HUP");
    until(answer, async || process.log().contains(answer)).await;
}

#[tokio::test]
async fn a_reload_takes_a_renewed_certificate_and_other_files_or_nothing() {
    let authority = Authority::new();
    let database = TestDatabase::create(Engine::Sqlite).await;
    let files = authority.pair(&[HOST]).write(&database.folder);
    let settings = database.folder.join("config.toml");
    let tls = |cert, key| format!("server.tls.cert = '{cert}'\nserver.tls.key = '{key}'\n");
    fs::write(&settings, tls("cert.pem", "key.pem")).unwrap();
    let process = Program::on(&database).serve().await;
    let client = client_of(&authority);
    let is_shown = async |name| shake_hands(&client, process.address(), name).await.is_ok();

    authority.pair(&[HOST, "renewed.example"]).write(&database.folder);
    reload(&process, "took another certificate, for id.example, renewed.example").await;
    assert!(is_shown("renewed.example").await);

    files.set_key_mode(0o644);
    fs::write(&settings, tls("cert.pem", "key.pem") + "tokens.lifetimes.access = '10m'").unwrap();
    reload(&process, "server.tls.key   key.pem is open to every user").await;
    assert!(process.log().contains("nothing was reloaded"));
    assert!(!process.log().contains("reloaded: tokens"));
    assert!(is_shown("renewed.example").await);

    let other = database.folder.join("other");
    fs::create_dir(&other).unwrap();
    authority.pair(&["other.example"]).write(&other);
    fs::write(&settings, tls("other/cert.pem", "other/key.pem")).unwrap();
    reload(&process, "reloaded: server.tls.cert, server.tls.key").await;
    assert!(is_shown("other.example").await);

    fs::write(&settings, "").unwrap();
    reload(&process, "server.tls.cert   has changed, which needs a restart").await;
    assert!(is_shown("other.example").await);
    drop(process);
    database.remove().await;
}
