//! Starting, stopping and being killed.

use std::{
    fs,
    io::{Read, Write},
    net::TcpStream,
    os::unix::fs::PermissionsExt,
};

use super::program::{Place, Running, stores};
use crate::common::Engine;

/// Asks the server something by HTTP.
fn get(server: &Running, path: &str) -> String {
    let address = server.issuer().strip_prefix("http://").unwrap().to_owned();
    let mut stream = TcpStream::connect(&address).unwrap();
    let request = format!("GET {path} HTTP/1.1\r\nHost: {address}\r\nConnection: close\r\n\r\n");
    stream.write_all(request.as_bytes()).unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).unwrap();
    answer
}

#[tokio::test]
async fn a_first_start_says_what_it_made_and_a_later_one_does_not() {
    let place = Place::new(Engine::Sqlite).await;

    let first = place.serve().banner.clone();
    let later = place.serve().banner.clone();

    assert!(first.contains("new, schema ") && first.contains("made just now"), "{first}");
    assert!(first.contains("A master key was made") && first.contains("Back it up"), "{first}");
    assert!(!later.contains("new,") && !later.contains("made"), "{later}");
    assert!(later.contains("not set, fine for trying out") && later.contains("/metrics"));
    place.database.remove().await;
}

#[tokio::test]
async fn the_free_port_it_got_is_the_issuer() {
    for engine in stores() {
        let place = Place::new(engine).await;
        let server = place.serve();

        let answer = get(&server, "/.well-known/oauth-authorization-server");

        assert!(!server.issuer().ends_with(":0"));
        assert!(answer.contains(&format!(r#""issuer":"{}""#, server.issuer())), "{answer}");
        drop(server);
        place.database.remove().await;
    }
}

#[tokio::test]
async fn a_signal_stops_it_in_order() {
    for engine in stores() {
        for signal in ["TERM", "INT"] {
            let place = Place::new(engine).await;
            let server = place.serve();

            let (code, said) = server.end_by(signal);

            assert_eq!(code, Some(0), "{said}");
            assert!(said.contains("stopped"), "{said}");
            assert!(!place.files().iter().any(|name| name == "tessera.db.sock"));
            place.database.remove().await;
        }
    }
}

/// Begins a request, as far as the server's word that it waits for the body.
fn begin_request(address: &str) -> TcpStream {
    let mut stream = TcpStream::connect(address).unwrap();
    let head = "POST /token HTTP/1.1\r\nHost: x\r\nContent-Length: 9\r\n\
                Content-Type: application/x-www-form-urlencoded\r\nExpect: 100-continue\r\n\r\n";
    stream.write_all(head.as_bytes()).unwrap();
    let mut going = [0; 25];
    stream.read_exact(&mut going).unwrap();
    assert_eq!(&going, b"HTTP/1.1 100 Continue\r\n\r\n");
    stream
}

/// Waits until the server takes no more connections.
fn wait_until_closed(address: &str) {
    while TcpStream::connect(address).is_ok() {
        std::thread::yield_now();
    }
}

#[tokio::test]
async fn a_request_under_way_is_answered_before_the_stop() {
    let place = Place::new(Engine::Sqlite).await;
    let server = place.serve();
    let address = server.issuer().strip_prefix("http://").unwrap().to_owned();
    let mut request = begin_request(&address);

    server.signal("TERM");
    wait_until_closed(&address);
    let command = place.run("client list").expect(0);
    assert!(command.err.contains("through the running server"), "{}", command.err);
    request.write_all(b"scope=abc").unwrap();
    let mut answer = String::new();
    request.read_to_string(&mut answer).unwrap();

    assert!(answer.contains("invalid_client"), "{answer}");
    assert_eq!(server.wait().0, Some(0));
    place.database.remove().await;
}

#[tokio::test]
async fn a_second_signal_ends_it_at_once() {
    let place = Place::new(Engine::Sqlite).await;
    let server = place.serve();
    let address = server.issuer().strip_prefix("http://").unwrap().to_owned();
    let _request = begin_request(&address);

    server.signal("TERM");
    wait_until_closed(&address);
    let (code, said) = server.end_by("TERM");

    assert_eq!(code, Some(5), "{said}");
    place.run("client list").expect(0);
    place.database.remove().await;
}

#[tokio::test]
async fn a_killed_server_leaves_a_store_that_opens_again_at_once() {
    let place = Place::new(Engine::Sqlite).await;
    let server = place.serve();
    place.run("client add mailer").expect(0);

    let (code, _) = server.end_by("KILL");

    assert_eq!(code, None);
    assert!(place.files().iter().any(|name| name == "tessera.db.sock"));
    let found = place.run("client show mailer").expect(0);
    assert!(!found.err.contains("through the running server"));
    let again = place.serve();
    let found = place.run("client show mailer").expect(0);
    assert!(found.err.contains("through the running server"));
    drop(again);
    place.database.remove().await;
}

#[tokio::test]
async fn a_second_server_on_the_same_file_is_refused() {
    let mut place = Place::new(Engine::Sqlite).await;
    let server = place.serve();

    let text = place.run("serve").expect(3).err;
    place.set("TESSERA_LOG__FORMAT", "json");
    let json = place.run("serve").expect(3).err;

    assert!(text.starts_with("error: another tessera has "), "{text}");
    assert!(text.contains("  next    stop it, or use PostgreSQL"), "{text}");
    let json: serde_json::Value = serde_json::from_str(&json).unwrap();
    assert!(json["message"].as_str().unwrap().starts_with("another tessera has "));
    drop(server);
    place.database.remove().await;
}

#[tokio::test]
async fn an_address_that_is_taken_is_named_by_its_key() {
    for key in ["server.listen", "metrics.listen"] {
        let mut place = Place::new(Engine::Sqlite).await;
        let other = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
        let variable = format!("TESSERA_{}", key.replace('.', "__").to_uppercase());
        place.set(&variable, &other.local_addr().unwrap().to_string());

        let err = place.run("serve").expect(3).err;

        assert!(err.starts_with("error: can't listen on 127.0.0.1:"), "{err}");
        assert!(err.contains(&format!("  from    {key}\n")), "{err}");
        assert_eq!(place.files(), Vec::<String>::new());
        place.database.remove().await;
    }
}

#[tokio::test]
async fn a_log_for_machines_is_json_from_the_first_line_to_the_last() {
    let mut place = Place::new(Engine::Sqlite).await;
    place.set("TESSERA_LOG__FORMAT", "json");
    place.set("TESSERA_STORE", "x");
    let server = place.serve();
    let banner = server.banner.clone();

    let (code, rest) = server.end_by("TERM");

    assert_eq!(code, Some(0));
    let lines: Vec<serde_json::Value> =
        banner.lines().chain(rest.lines()).map(|l| serde_json::from_str(l).unwrap()).collect();
    let ready = lines.iter().find(|line| line["issuer"].is_string()).unwrap();
    assert!(ready["issuer"].as_str().unwrap().starts_with("http://127.0.0.1:"));
    assert!(lines.iter().any(|l| l["message"].as_str().unwrap().contains("master key was made")));
    assert!(lines.iter().any(|l| l["message"].as_str().unwrap().contains("TESSERA_STORE ")));
    assert!(lines.iter().all(|line| line["timestamp"].as_str().unwrap().ends_with('Z')));
    place.database.remove().await;
}

#[tokio::test]
async fn the_socket_is_its_owners_alone() {
    let place = Place::new(Engine::Sqlite).await;
    let server = place.serve();

    let socket = place.database.folder.join("tessera.db.sock");

    assert_eq!(fs::metadata(&socket).unwrap().permissions().mode() & 0o777, 0o600);
    drop(server);
    place.database.remove().await;
}
