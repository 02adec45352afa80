//! The address of the database: credentials in it, and more than one host.

use std::{
    io::{Read, Write},
    net::{TcpListener, TcpStream},
    thread,
};

use axum::http::StatusCode;

use crate::common::{TestServer, pair::Pair, process::Program, until::until};

/// A database that asks whoever comes for the password, and then hangs up. Returns who came, with
/// which password.
fn doorkeeper(listener: &TcpListener) -> (String, String) {
    let (mut caller, _) = listener.accept().unwrap();
    let who = message(&mut caller);
    // AuthenticationCleartextPassword.
    caller.write_all(b"R\0\0\0\x08\0\0\0\x03").unwrap();
    let mut kind = [0];
    caller.read_exact(&mut kind).unwrap();
    assert_eq!(&kind, b"p");
    (who, message(&mut caller).trim_end_matches('\0').to_owned())
}

fn message(caller: &mut TcpStream) -> String {
    let mut length = [0; 4];
    caller.read_exact(&mut length).unwrap();
    let mut text = vec![0; usize::try_from(u32::from_be_bytes(length)).unwrap() - 4];
    caller.read_exact(&mut text).unwrap();
    String::from_utf8_lossy(&text).into_owned()
}

/// SQLite's address has neither.
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn b14_credentials_are_used_and_not_printed_and_another_host_takes_over() {
    let pair = Pair::start().await;
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let place =
        format!("127.0.0.1:{}/auth_o_tron?sslmode=disable", listener.local_addr().unwrap().port());
    let database = pair.database_at(&format!("postgres://gatekeeper:hun%2Cter2@{place}"));
    let asked = thread::spawn(move || doorkeeper(&listener));
    let start = Program::on(&database).named("asked").attempt(&["serve"], "");
    let (who, password) = asked.join().unwrap();

    assert_eq!(start.code, Some(3), "{start:?}");
    assert!(who.contains("user\0gatekeeper\0") && who.contains("database\0auth_o_tron\0"), "{who}");
    assert_eq!(password, "hun,ter2");
    assert!(start.err.contains("gatekeeper:****@"), "{start:?}");
    assert!(!format!("{start:?}").contains("ter2"), "{start:?}");

    let url = Pair::url(&[pair.standby.port, pair.primary.port], "tessera");
    let node = TestServer::on_prepared(pair.database_at(&url)).await.unwrap();
    let client = node.machine("mailer", "read").await;
    let token = node.token(&client).await;
    tokio::task::block_in_place(|| {
        pair.kill(&pair.primary);
        pair.promote();
    });
    let is_ready = async || node.get("/readyz", &[]).await.status == StatusCode::OK;
    until("moved", async || node.app.store.host() == Some(pair.standby.name())).await;
    until("ready", is_ready).await;
    assert!(node.is_active(&client, &token).await);
    node.token(&client).await;
}
