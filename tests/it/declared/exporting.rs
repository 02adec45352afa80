//! An export says what the store holds, in the words of apply: the two are each other's inverse.

use proptest::{
    prelude::*,
    strategy::ValueTree,
    test_runner::{Config, RngAlgorithm, TestRng, TestRunner},
};
use tessera::acts::declared::Noun;

use super::{applied, apply, export, export_of};
use crate::{
    cli::program::{Place, stores},
    common::{TestServer, on_each_engine},
};

on_each_engine!(
    applying_an_export_changes_nothing_and_exporting_it_gives_the_same,
    only_what_was_asked_for_is_exported,
    what_the_command_line_made_is_exported_whole,
);

/// How many declarations are tried.
const CASES: usize = 12;

fn text() -> impl Strategy<Value = String> {
    // Quotes of all kinds, escapes and letters that need several bytes.
    "[a-zA-Z0-9 '\"\\\\#\\[\\]{}=äß€🙂-]{1,20}x".prop_map(|text| text.trim().to_owned())
}

fn toml(text: &str) -> String {
    serde_json::to_string(text).unwrap()
}

/// What is said of people, so that a name always stands for the same kind of client.
fn of_people(id: &str) -> &'static str {
    match id.as_bytes()[0] {
        b'a' | b'b' => "",
        b'c' | b'd' => {
            ", kind = 'web', redirect_uris = ['https://app.example/a?b=c', 'http://localhost:1/'], \
             grant_types = [], consent = 'always', require_pkce = false, sector = 'app.example', \
             subject_type = 'pairwise', id_token_algorithm = 'ES256'"
        }
        _ => {
            ", kind = 'native', redirect_uris = ['com.example.app:/'], grant_types = [], \
             post_logout_redirect_uris = ['https://app.example/'], consent = 'never', \
             userinfo_algorithm = 'EdDSA', default_max_age = '1h', outlives_session = 'never', \
             client_uri = 'https://app.example/', policy_uri = 'https://app.example/p', \
             tos_uri = 'https://app.example/t'"
        }
    }
}

fn client() -> impl Strategy<Value = String> {
    let id = "[a-f]{1,2}";
    let lifetime = prop::option::of(1..5000u32);
    let format = prop::option::of(prop::sample::select(vec!["reference", "jwt"]));
    let reuse = prop::option::of(prop::sample::select(vec!["new", "reuse_active", "renew"]));
    let secrets = prop::sample::select(vec![
        "",
        ", secrets = [{ generate = true }]",
        ", secrets = [{ value = 'correct horse battery' }]",
        ", secrets = [{ value = 'correct horse battery', expires_at = 2030-01-01T00:00:00.5Z }]",
    ]);
    let scope = prop::sample::subsequence(vec!["read", "write", "x.y"], 0..=3);
    (id, text(), scope, lifetime, format, reuse, any::<bool>(), secrets).prop_map(
        |(id, name, scope, lifetime, format, reuse, disabled, secrets)| {
            let of_people = of_people(&id);
            // A native client has none.
            let secrets = if of_people.contains("native") { "" } else { secrets };
            let lifetime = lifetime.map(|s| format!(", access_lifetime = '{s}s'"));
            let format = format.map(|word| format!(", access_format = '{word}'"));
            let reuse = reuse.map(|word| format!(", reuse = '{word}'")).unwrap_or_default();
            let (lifetime, format) = (lifetime.unwrap_or_default(), format.unwrap_or_default());
            let scope = scope.join(" ");
            format!(
                "{{ client_id = '{id}', name = {}, scope = '{scope}', disabled = {disabled}{lifetime}{format}{reuse}{secrets}{of_people} }}",
                toml(&name)
            )
        },
    )
}

fn user() -> impl Strategy<Value = String> {
    let password = prop::sample::select(vec![
        "",
        ", password = { value = 'hunter2hunter2' }",
        ", password = { hash = '$argon2id$v=19$m=8,t=1,p=1$c29tZXNhbHQ$CTFhFdXPJO1aFaMaO6Mm5c8y7cJHAph8ArZWb2GRPPc' }",
    ]);
    let attributes = prop::collection::btree_map(text(), text(), 0..3);
    ("[a-f]{1,2}", any::<bool>(), attributes, password).prop_map(
        |(name, disabled, attributes, password)| {
            let attributes: Vec<_> =
                attributes.iter().map(|(key, value)| format!("{} = {}", toml(key), toml(value))).collect();
            let attributes = attributes.join(", ");
            format!(
                "{{ username = '{name}', roles = ['editor'], disabled = {disabled}, attributes = {{ {attributes} }}{password} }}"
            )
        },
    )
}

/// Declarations: each name once, whatever else differs.
fn declaration() -> impl Strategy<Value = String> {
    let clients = prop::collection::vec(client(), 0..5);
    let users = prop::collection::vec(user(), 0..4);
    (clients, users, text(), any::<bool>()).prop_map(|(clients, users, words, is_default)| {
        format!(
            "clients = [{}]\nusers = [{}]\nresource_servers = [{{ audience = 'https://api.example', \
             name = {}, scope = 'read', is_default = {is_default} }}]\nscopes = [{{ scope = 'read', \
             description = {} }}, {{ scope = 'write' }}, {{ scope = 'x.y' }}]\n",
            once(clients),
            once(users),
            toml(&words),
            toml(&words)
        )
    })
}

/// Tables whose first words differ.
fn once(mut tables: Vec<String>) -> String {
    let name = |table: &String| table.split(',').next().unwrap_or_default().to_owned();
    tables.sort_by_key(name);
    tables.dedup_by_key(|table| name(table));
    tables.join(", ")
}

async fn applying_an_export_changes_nothing_and_exporting_it_gives_the_same(server: TestServer) {
    let rng = TestRng::from_seed(RngAlgorithm::ChaCha, &[7; 32]);
    let mut runner = TestRunner::new_with_rng(Config::default(), rng);
    let engine = server.database().engine;
    for number in 0..CASES {
        let text = declaration().new_tree(&mut runner).unwrap().current();
        applied(&server.app, &text, false)
            .await
            .unwrap_or_else(|error| panic!("{error:?}: {text}"));

        for with_hashes in [false, true] {
            let first = export(&server.app, with_hashes).await;
            let (differences, shown) = applied(&server.app, &first, true).await.unwrap();
            assert!(differences.is_empty() && shown.is_empty(), "{differences:?}\n{first}");
            assert_eq!(export(&server.app, with_hashes).await, first);
        }
        if number % 4 == 0 {
            let other = TestServer::on(engine).await;
            let whole = export(&server.app, true).await;
            apply(&other.app, &whole).await;
            assert_eq!(export(&other.app, true).await, whole);
            other.database().remove().await;
        }
    }
}

async fn only_what_was_asked_for_is_exported(server: TestServer) {
    apply(
        &server.app,
        "clients = [{ client_id = 'a' }]\nusers = [{ username = 'u' }]\nresource_servers = []",
    )
    .await;

    let users = export_of(&server.app, &[Noun::User], false).await;

    assert!(users.contains("[[users]]") && !users.contains("clients"), "{users}");
    assert!(!users.contains("resource_servers"), "{users}");
    assert!(applied(&server.app, &users, true).await.unwrap().0.is_empty());
}

async fn what_the_command_line_made_is_exported_whole(server: TestServer) {
    server.machine("mailer", "a b").await;
    let first = export(&server.app, false).await;

    assert!(first.contains("scope = \"a\"\n"), "{first}");
    assert!(applied(&server.app, &first, true).await.unwrap().0.is_empty());
}

#[tokio::test]
async fn the_program_exports_what_it_applies() {
    for engine in stores() {
        let place = Place::with_store(engine).await;
        place.write(
            "state.toml",
            "clients = [{ client_id = 'a', secrets = [{ generate = true }] }]",
        );

        let secret = place.run("apply state.toml").expect(0).out;
        assert!(secret.starts_with("a tsk_") && secret.trim_end().len() == 49, "{secret}");
        let text = place.run("export").expect(0).out;
        place.write("export.toml", &text);

        let same = place.run("apply export.toml --dry-run").expect(0);
        assert!(same.out.is_empty() && same.err.contains("Nothing differs"), "{same:?}");
        assert_eq!(place.run("export").expect(0).out, text);
        let objects = place.run("export --json").expect(0).objects();
        assert_eq!(
            (&objects[0]["noun"], &objects[0]["client_id"]),
            (&"client".into(), &"a".into())
        );
        let only = place.run("export --only users,scopes").expect(0).out;
        assert!(only.ends_with("\nscopes = []\nusers = []\n"), "{only}");
        place.run("export --only wombats").expect(2);
        place.database.remove().await;
    }
}

#[tokio::test]
async fn a_dry_run_says_what_differs_and_by_its_exit_code_that_it_does() {
    let place = Place::with_store(crate::common::Engine::Sqlite).await;
    place.write("state.toml", "clients = [{ client_id = 'a', secrets = [{ generate = true }] }]");

    let people = place.run("apply state.toml --dry-run").expect(1);
    let program = place.run("apply state.toml -n --json").expect(1).objects().remove(0);
    assert!(people.out.starts_with("+ add client a\n    name               A\n"), "{}", people.out);
    assert_eq!((&program["action"], &program["name"]), (&"add".into(), &"a".into()));
    place.run("client show a").expect(1);

    let done = place.run("apply state.toml --json").expect(0).objects().remove(0);
    assert!(done["client_secret"].as_str().unwrap().starts_with("tsk_"), "{done}");
    let again = place.run("apply state.toml --json").expect(0).objects().remove(0);
    assert_eq!(again["action"], "unchanged");
    let lost = "clients = [{ client_id = 'b', secrets = [{ generate = true }] }]";
    place.write("lost.toml", lost);
    let lost = place.run_into_nothing("apply lost.toml").expect(3);
    assert!(lost.err.contains("tessera client rotate-secret b --overlap 0s"), "{}", lost.err);
    place.database.remove().await;
}
