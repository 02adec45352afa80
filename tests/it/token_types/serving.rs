//! Token types of the settings file, at a start and at a reload of the program.

use super::counted_text;
use crate::{
    cli::program::{Place, stores},
    common::{Engine, TestDatabase, process::Program, until::until},
};

/// Name, source and version of every type that does not belong to the protocol.
fn types(place: &Place) -> Vec<String> {
    let objects = place.run("type list --json").expect(0).objects();
    let ours = objects.iter().filter(|object| object["source"] != "built-in");
    ours.map(|object| {
        let removed = if object["removed_at"].is_null() { "" } else { " removed" };
        let (name, source) = (object["name"].as_str().unwrap(), object["source"].as_str().unwrap());
        format!("{name} {source} {}{removed}", object["version"])
    })
    .collect()
}

#[tokio::test]
async fn a_start_and_a_reload_bring_about_what_the_settings_say_all_or_nothing() {
    for engine in stores() {
        let mut place = Place::new(engine).await;
        place.set("TESSERA_DECLARE", "state.toml");
        place.write("state.toml", "clients = [{ client_id = 'api', name = 'One' }]");
        place.write("config.toml", &counted_text("Link", 5));
        let server = place.serve();
        assert_eq!(types(&place), ["Link file 1"]);

        place.write(
            "config.toml",
            &format!("{}{}", counted_text("Link", 6), counted_text("New", 1)),
        );
        server.signal("HUP");
        until("the new one", async || types(&place) == ["Link file 2", "New file 1"]).await;

        // What is wrong with a declared file keeps the types as they are, too.
        place.write("config.toml", &counted_text("New", 1));
        place.write("state.toml", "clients = [{ client_id = 'api', kind = 'x' }]");
        server.signal("HUP");
        place.write("other.toml", "clients = [{ client_id = 'other' }]");
        place.run("apply other.toml").expect(0);
        assert_eq!(types(&place), ["Link file 2", "New file 1"]);

        place.write("state.toml", "clients = [{ client_id = 'api', name = 'Two' }]");
        server.signal("HUP");
        until("gone", async || types(&place) == ["Link file 2 removed", "New file 1"]).await;
        let (_, said) = server.end_by("TERM");
        assert!(said.contains("reloaded: token_types"), "{said}");
        assert!(said.contains("settings: token_type.removed Link"), "{said}");

        place.write("config.toml", &counted_text("Link", 6));
        drop(place.serve());
        assert_eq!(types(&place), ["Link file 2", "New file 1 removed"]);
        place.database.remove().await;
    }
}

#[tokio::test]
async fn a_reload_with_a_faulty_type_changes_nothing() {
    for engine in stores() {
        let database = TestDatabase::create(engine).await;
        let write = |name: &str, text: &str| {
            std::fs::write(database.folder.join(name), text).unwrap();
        };
        write("config.toml", &counted_text("Link", 5));
        // Commands must not stumble over the settings of the server.
        write("none.toml", "");
        let program = Program::on(&database);
        let process = program.serve().await;

        write("config.toml", &format!("{}{}", counted_text("Link", 6), counted_text("New", 0)));
        process.signal("HUP");
        until("refused", async || process.log().contains("nothing was reloaded")).await;

        assert!(process.log().contains("max_use_count must be 1..2147483647, got 0"));
        let shown = program.run(&["type", "show", "link", "--config", "none.toml"], "");
        assert!(shown.contains("max_use_count = 5"), "{shown}");
        drop(process);
        database.remove().await;
    }
}

#[tokio::test]
async fn no_command_writes_the_types_of_the_settings() {
    for engine in stores() {
        let place = Place::with_store(engine).await;
        place.write("config.toml", &counted_text("Link", 5));

        place.run("client add mailer").expect(0);
        place.run("doctor").expect(1);
        place.run("type check").expect(0);
        assert!(types(&place).is_empty());

        place.write("state.toml", &counted_text("Other", 1));
        place.run("apply state.toml --prune --yes").expect(0);
        assert_eq!(types(&place), ["Other store 1"]);
        place.database.remove().await;
    }
}

#[tokio::test]
async fn nodes_whose_types_differ_are_named_by_doctor() {
    let place = Place::new(Engine::Postgres).await;
    place.write("config.toml", &counted_text("Link", 5));
    let first = place.serve();
    place.write("config.toml", "");
    let second = place.serve();
    let joined = "UPDATE nodes SET name = name";
    until("joined", async || place.database.execute(joined).await == 2).await;

    let done = place.run("doctor --json").expect(1);

    let findings = done.objects();
    let nodes = findings.iter().find(|finding| finding["check"] == "nodes").unwrap();
    let remedy = nodes["remedy"].as_str().unwrap();
    assert!(remedy.contains("token_types.link differs: missing on "), "{remedy}");
    assert_eq!(types(&place), ["Link file 1 removed"], "the last to start says what there is");
    drop((first, second));
    place.database.remove().await;
}
