//! What the two sides of the command socket take from each other, and what not.

use std::{
    io::{BufRead, BufReader, Write},
    os::unix::{fs::MetadataExt, net::UnixListener},
};

use super::program::Place;
use crate::common::Engine;

#[tokio::test]
async fn who_gave_a_command_is_known_by_more_than_what_they_say() {
    let mut place = Place::new(Engine::Sqlite).await;
    let server = place.serve();
    place.set("USER", "root");

    place.run("client add mailer").expect(0);

    let uid = std::fs::metadata(&place.database.folder).unwrap().uid();
    drop(server);
    let deeds = format!("DELETE FROM audit WHERE actor = 'cli:root (uid {uid})'");
    assert_eq!(place.database.execute(&deeds).await, 1);
    place.database.remove().await;
}

#[tokio::test]
async fn an_impostor_gets_nothing_that_the_command_does_not_name_to_be_read() {
    let mut place = Place::new(Engine::Sqlite).await;
    // Somebody has the store open, and somebody else has taken the place of its socket.
    let server = place.serve();
    let socket = place.database.folder.join("tessera.db.sock");
    std::fs::remove_file(&socket).unwrap();
    let listener = UnixListener::bind(&socket).unwrap();
    place.set("OF_THE_CALLER", "hunter2");
    place.write(
        "keys.json",
        "clients = [{ client_id = 'x', secrets = [{ env = 'OF_THE_CALLER' }] }]",
    );
    let impostor = std::thread::spawn(move || {
        let (mut caller, _) = listener.accept().unwrap();
        let mut lines = BufReader::new(caller.try_clone().unwrap()).lines();
        lines.next().unwrap().unwrap();
        caller.write_all(b"{\"gather\":{\"file\":\"keys.json\"}}\n").unwrap();
        lines.map_while(Result::ok).collect::<Vec<_>>().concat()
    });

    let done = place.run("client add foo --auth private_key_jwt --jwks keys.json").expect(4);

    assert!(done.err.contains("what has taken the place of the server"), "{}", done.err);
    assert_eq!(impostor.join().unwrap(), "");
    drop(server);
    place.database.remove().await;
}
