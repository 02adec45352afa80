//! `declare`: files that every start and every reload of a server brings about.

use std::{fs, os::unix::fs::PermissionsExt};

use crate::{
    cli::program::{Place, stores},
    common::{Engine, until::until},
};

#[tokio::test]
async fn a_start_brings_about_what_the_files_declare() {
    for engine in stores() {
        let mut place = Place::new(engine).await;
        std::fs::create_dir(place.database.folder.join("etc")).unwrap();
        // Relative to the settings, not to where the server is started.
        place.write("etc/tessera.toml", "declare = ['clients.toml', 'more/users.toml']");
        place.write("etc/clients.toml", "clients = [{ client_id = 'api' }]");
        std::fs::create_dir(place.database.folder.join("etc/more")).unwrap();
        place.write("etc/more/users.toml", "users = [{ username = 'ingrid' }]");
        place.set("TESSERA_CONFIG", "etc/tessera.toml");

        drop(place.serve());
        drop(place.serve());

        let shown = place.run("export").expect(0).out;
        assert!(shown.contains("client_id = \"api\"") && shown.contains("\"ingrid\""), "{shown}");
        let deeds = "DELETE FROM audit WHERE actor = 'declared'";
        assert_eq!(place.database.execute(deeds).await, 2, "once");
        place.database.remove().await;
    }
}

#[tokio::test]
async fn faults_end_the_start_and_nothing_is_done() {
    for engine in stores() {
        let mut place = Place::with_store(engine).await;
        place.set("TESSERA_DECLARE", "good.toml, bad.toml");
        place.write("good.toml", "clients = [{ client_id = 'api' }]");
        for (bad, expected) in [
            ("clients = [{ client_id = 'x', kind = 'y' }]", "bad.toml, line 1"),
            ("clients = [{ client_id = 'x', secrets = [{ generate = true }] }]", "nobody is here"),
        ] {
            place.write("bad.toml", bad);

            let ended = place.run("serve").expect(2);

            assert!(ended.err.contains(expected), "{}", ended.err);
            assert!(!place.run("export").expect(0).out.contains("[[clients]]"));
        }
        std::fs::remove_file(place.database.folder.join("bad.toml")).unwrap();
        let missing = place.run("serve").expect(2);
        assert!(missing.err.contains("can't read bad.toml"), "{}", missing.err);
        place.database.remove().await;
    }
}

#[tokio::test]
async fn a_reload_reads_the_files_again_all_or_nothing() {
    for engine in stores() {
        let mut place = Place::new(engine).await;
        place.set("TESSERA_DECLARE", "state.toml");
        place.write("state.toml", "clients = [{ client_id = 'api', name = 'One' }]");
        let server = place.serve();
        let name = || {
            let shown = place.run("client show api --json").expect(0).objects().remove(0);
            shown["name"].as_str().unwrap().to_owned()
        };
        assert_eq!(name(), "One");

        place.write("state.toml", "clients = [{ client_id = 'api', name = 'Two' }]");
        server.signal("HUP");
        until("Two", async || name() == "Two").await;

        place.write("state.toml", "clients = [{ client_id = 'api', name = 'Three', kind = 'x' }]");
        server.signal("HUP");
        place.write("other.toml", "clients = [{ client_id = 'other' }]");
        place.run("apply other.toml").expect(0);
        assert_eq!(name(), "Two");
        let (_, said) = server.end_by("TERM");
        assert!(said.contains("state.toml, line 1"), "{said}");
        place.database.remove().await;
    }
}

#[tokio::test]
async fn what_was_deleted_stays_deleted_at_a_start_and_a_reload() {
    for engine in stores() {
        let mut place = Place::new(engine).await;
        place.set("TESSERA_DECLARE", "state.toml");
        let text =
            "clients = [{ client_id = 'api', secrets = [{ value = 'correct horse battery' }] }]
                    resource_servers = [{ audience = 'x', introspectors = ['api'] }]
                    users = [{ username = 'ingrid' }]";
        let file = place.write("state.toml", text);
        fs::set_permissions(&file, fs::Permissions::from_mode(0o644)).unwrap();
        let server = place.serve();
        place.run("client delete api --yes").expect(0);
        place.write("users.toml", "users = []");
        place.run("apply users.toml --prune --yes").expect(0);
        let is_back = || place.run("client list --json").expect(0).out.contains("api");

        place.write(
            "state.toml",
            &format!("{text}\nscopes = [{{ scope = 'a', description = 'b' }}]"),
        );
        server.signal("HUP");
        until("a", async || place.run("export").expect(0).out.contains("[[scopes]]")).await;
        assert!(!is_back());
        let (_, said) = server.end_by("TERM");
        assert!(said.contains("tessera apply state.toml"), "{said}");

        let server = place.serve();
        assert!(!is_back());
        drop(server);
        let banner = place.serve().banner.clone();
        assert!(banner.contains("default/ingrid was deleted"), "{banner}");
        assert!(banner.contains("every user may read it: chmod 600 state.toml"), "{banner}");
        assert!(!banner.contains("battery"), "{banner}");

        place.write("client.toml", "clients = [{ client_id = 'api' }]");
        place.run("apply client.toml").expect(0);
        assert!(is_back());
        place.database.remove().await;
    }
}

#[tokio::test]
async fn a_file_that_everybody_may_read_is_warned_of_where_it_holds_a_secret() {
    let place = Place::with_store(Engine::Sqlite).await;
    let server = place.serve();
    let stated = "clients = [{ client_id = 'a', secrets = [{ value = 'correct horse battery' }] }]";
    let password = "users = [{ username = 'u', password = { value = 'correct horse' } }]";
    let none = "clients = [{ client_id = 'a', secrets = [{ generate = true }] }]";
    for (text, mode, is_warned) in [
        (stated, 0o644, true),
        (password, 0o604, true),
        (stated, 0o640, false),
        (none, 0o644, false),
    ] {
        let file = place.write("state.toml", text);
        fs::set_permissions(&file, fs::Permissions::from_mode(mode)).unwrap();

        let done = place.run("apply state.toml --dry-run");

        let warning = "every user may read it: chmod 600 state.toml";
        assert_eq!(done.err.contains(warning), is_warned, "{}", done.err);
    }
    drop(server);
    place.database.remove().await;
}

#[tokio::test]
async fn the_example_applies() {
    let mut place = Place::with_store(Engine::Sqlite).await;
    let examples = concat!(env!("CARGO_MANIFEST_DIR"), "/examples/configs/declared.toml");
    place.set("BILLING_SECRET", "correct horse battery staple");
    place.set("INGRID_PASSWORD", "correct horse");

    let done = place.run(&format!("apply {examples}")).expect(0);

    assert!(done.out.starts_with("report-mailer tsk_"), "{done:?}");
    place.run(&format!("apply {examples} --dry-run --prune")).expect(0);
    place.database.remove().await;
}
