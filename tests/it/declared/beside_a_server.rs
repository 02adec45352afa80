//! Beside a running server, a file and all that it names are read where the command was typed.

use std::{fs, os::unix::fs::PermissionsExt, process::Command};

use crate::{cli::program::Place, common::Engine};

const STATE: &str = r#"
clients = [
    { client_id = "a", secrets = [{ env = "OF_THE_CALLER" }] },
    { client_id = "b", secrets = [{ file = "b.txt" }] },
    { client_id = "c", secrets = [{ generate = true }] },
]
"#;

#[tokio::test]
async fn variables_and_files_are_those_of_whoever_typed_the_command() {
    let mut place = Place::new(Engine::Sqlite).await;
    // The server has neither.
    let server = place.serve();
    place.set("OF_THE_CALLER", "correct horse battery staple");
    std::fs::create_dir(place.database.folder.join("state")).unwrap();
    place.write("state/state.toml", STATE);
    let file = place.write("state/b.txt", "another horse battery staple\n");
    fs::set_permissions(&file, fs::Permissions::from_mode(0o600)).unwrap();

    let done = place.run("apply state/state.toml").expect(0);

    assert!(done.err.contains("through the running server"), "{}", done.err);
    assert!(done.out.starts_with("c tsk_"), "{}", done.out);
    let again = place.run("apply state/state.toml").expect(0);
    assert!(again.err.contains("Nothing differs, 3 as declared"), "{}", again.err);
    fs::remove_file(file).unwrap();
    let missing = place.run("apply state/state.toml").expect(2);
    assert!(missing.err.contains("the file that it names can't be read"), "{}", missing.err);
    let export = place.run("export --with-hashes").expect(0).out;
    assert_eq!(export.matches("verifier").count(), 3, "{export}");
    assert!(!format!("{done:?}{again:?}{missing:?}").contains("battery"));
    drop(server);
    place.database.remove().await;
}

#[tokio::test]
async fn standard_input_and_large_files_are_handed_over_too() {
    let place = Place::new(Engine::Sqlite).await;
    let server = place.serve();
    let clients: Vec<_> = (0..400)
        .map(|number| format!("[[clients]]\nclient_id = 'c{number}'\n# {}\n", "x".repeat(4000)))
        .collect();
    let text = clients.concat();
    assert!(text.len() > 1024 * 1024);

    place.run_with(&["apply", "-"], &text).expect(0);

    assert_eq!(place.run("client list --json").expect(0).objects().len(), 400);
    let again = place.run_with(&["apply", "-", "--prune"], &text).expect(0);
    assert!(again.err.contains("Nothing differs, 400 as declared"), "{}", again.err);
    let huge = "#".repeat(9 * 1024 * 1024);
    let refused = place.run_with(&["apply", "-"], &huge).expect(3);
    assert!(refused.err.contains("there are more than"), "{}", refused.err);
    drop(server);
    place.database.remove().await;
}

#[tokio::test]
async fn what_is_no_regular_file_is_refused_and_not_waited_for() {
    let place = Place::with_store(Engine::Sqlite).await;
    let pipe = place.database.folder.join("pipe");
    assert!(Command::new("mkfifo").args(["-m", "600"]).arg(&pipe).status().unwrap().success());

    for file in ["pipe", "."] {
        place.write("state.toml", &format!("clients = [{{ client_id = 'a', jwks_file = '{file}' }}, {{ client_id = 'b', secrets = [{{ file = '{file}' }}] }}]"));
        let done = place.run("apply state.toml").expect(2);

        assert_eq!(done.err.matches("is no regular file").count(), 2, "{}", done.err);
    }
    place.database.remove().await;
}
