//! Everything that is wrong with a file is told at once, each thing with its place, its name and
//! its remedy, and nothing is done.

use std::{fs, os::unix::fs::PermissionsExt};

use tessera::{
    acts::{
        Error,
        declared::{DeclaredFile, plan, read},
    },
    config::Wrong,
};

use super::{applied, apply, export, faults, options, planned, told};
use crate::{
    cli::program::{Place, stores},
    common::{TestServer, on_each_engine},
};

on_each_engine!(
    what_is_wrong_in_itself_is_told,
    what_refers_to_nothing_is_told,
    one_fault_brings_no_second_one,
    no_fault_repeats_a_secret,
    files_are_one_declaration,
    whatever_is_known_somewhere_may_be_asked_for,
);

/// More than ten faults of every kind, and two sound things.
const FAULTY: &str = r#"colour = "red"
[[clients]]
client_id = "good"
[[clients]]
client_id = "mailer"
kind = "robot"
scopes = "a"
grant_types = "client_credentials"
[[clients]]
client_id = "spa"
kind = "browser"
authentication = "client_secret_basic"
cors_origins = ["*"]
[[clients]]
client_id = "mailer"
[[clients]]
name = "Nobody"
[[clients]]
client_id = "billing"
access_lifetime = "15"
[[clients.secrets]]
env = "NOT_SET"
[[clients.secrets]]
file = "open.txt"
[[clients.secrets]]
file = "missing.txt"
[[clients.secrets]]
value = "short"
[[clients.secrets]]
expires_at = "tomorrow"
[[resource_servers]]
audience = "https://api.example"
introspectors = ["nobody-knows"]
scope = "unheard.of"
[[users]]
username = "in\u202egrid"
[[users]]
username = "jonas"
operator_roles = ["king"]
password = { value = "hunter2" }
[[token_types]]
name = "x"
[[token_types.rules]]
type = "UseCount"
max_use_count = 0
"#;

#[tokio::test]
async fn ten_faults_and_more_are_told_at_once_and_nothing_is_done() {
    for engine in stores() {
        let place = Place::with_store(engine).await;
        place.write("faulty.toml", FAULTY);
        let open = place.write("open.txt", "correct horse battery\n");
        fs::set_permissions(&open, fs::Permissions::from_mode(0o644)).unwrap();
        let before = place.run("export --with-hashes").expect(0).out;

        let done = place.run("apply faulty.toml --json").expect(2);

        let problem: serde_json::Value = serde_json::from_str(&done.err).unwrap();
        let faults: Vec<_> = problem["faults"].as_array().unwrap().iter().collect();
        let text = |fault: &serde_json::Value, key: &str| fault[key].as_str().unwrap().to_owned();
        for (line, key, problem) in [
            (1, "colour", "no such key"),
            (6, "clients.mailer.kind", "\"robot\" is not a client kind"),
            (7, "clients.mailer.scopes", "no such key; did you mean scope?"),
            (8, "clients.mailer.grant_types", "must be an array and is a string"),
            (12, "clients.spa.authentication", "a browser client cannot authenticate by"),
            (13, "clients.spa.cors_origins", "* is no origin"),
            (14, "clients.mailer", "is declared already, at faulty.toml, line 4"),
            (16, "clients[5].client_id", "is missing"),
            (20, "clients.billing.access_lifetime", "has no unit"),
            (22, "clients.billing.secrets[1].env", "environment NOT_SET is not set"),
            (24, "clients.billing.secrets[2].file", "the file that it names is open to every user"),
            (26, "clients.billing.secrets[3].file", "the file that it names can't be read"),
            (28, "clients.billing.secrets[4].value", "a chosen secret has 16 to 1024 bytes"),
            (29, "clients.billing.secrets[5]", "comes from nowhere"),
            (30, "clients.billing.secrets[5].expires_at", "is no moment"),
            (31, "resource_servers.https://api.example.introspectors", "no client named nobody-k"),
            (31, "resource_servers.https://api.example.scope", "knows the scope token unheard.of"),
            (36, "users[1].username", "holds no control, direction or invisible"),
            (39, "users.default/jonas.operator_roles", "\"king\" is not an operator role"),
            (40, "users.default/jonas.password.value", "a password has 8 characters or more"),
            (45, r#"token_types[0] "x" rules[0] "UseCount""#, "max_use_count must be 1"),
        ] {
            let from = format!("faulty.toml, line {line}");
            let found = faults.iter().find(|fault| text(fault, "key") == key);
            let fault = found.unwrap_or_else(|| panic!("{key} of {faults:#?}"));
            assert_eq!(text(fault, "from"), from, "{key}");
            assert!(text(fault, "problem").contains(problem), "{key}: {fault}");
            assert!(!text(fault, "next").is_empty(), "{key}");
        }
        assert_eq!(faults.len(), 21, "{faults:#?}");
        assert_eq!(place.run("export --with-hashes").expect(0).out, before);
        place.database.remove().await;
    }
}

async fn what_is_wrong_in_itself_is_told(server: TestServer) {
    for (text, expected) in [
        ("clients = 1", "clients must be an array of tables and is an integer"),
        ("clients = [1]", "clients[1] must be a table and is an integer"),
        ("clients = [{ client_id = 'a b' }]", "clients[1].client_id a client id has"),
        ("clients = [{ client_id = 'a', auth = 'none' }]", "did you mean authentication?"),
        ("clients = [{ client_id = 'a', name = '' }]", "clients.a.name a name has 1 to 100"),
        ("clients = [{ client_id = 'a', grant_types = ['x y'] }]", "is empty or has a space"),
        ("clients = [{ client_id = 'a', grant_types = ['wombat'] }]", "wombat is no grant type"),
        ("clients = [{ client_id = 'a', access_lifetime = '366d' }]", "between 1s and 365d"),
        ("clients = [{ client_id = 'a', refresh_lifetime = '3651d' }]", "between 1s and 3650d"),
        ("clients = [{ client_id = 'a', access_format = 'x' }]", "\"x\" is not a token format"),
        ("clients = [{ client_id = 'a', reuse = 'x' }]", "\"x\" is not a way of reuse"),
        (
            "clients = [{ client_id = 'a', jwks = '{}', authentication = 'private_key_jwt' }]",
            "the public keys cannot be used",
        ),
        (
            "clients = [{ client_id = 'a', kind = 'native', secrets = [{ generate = true }] }]",
            "clients.a.secrets a client with none has no secret",
        ),
        ("clients = [{ client_id = 'a', secrets = [{ generate = false }] }]", "says nothing"),
        (
            "clients = [{ client_id = 'a', secrets = [{ generate = true }, { generate = true }] }]",
            "is the same secret as the one at state.toml, line 1",
        ),
        (
            "clients = [{ client_id = 'a', secrets = [{ generate = true, value = 'x' }] }]",
            "comes from several places at once",
        ),
        ("clients = [{ client_id = 'a', secrets = [{ hint = 'abc' }] }]", "is no hint"),
        (
            "clients = [{ client_id = 'a', secrets = [{ hint = 'abcdef', verifier = 'x' }] }]",
            "is neither sha256:",
        ),
        ("resource_servers = [{ audience = 'a b' }]", "an audience has 1 to 200"),
        ("resource_servers = [{}]", "resource_servers[1].audience is missing"),
        ("scopes = [{ scope = 'a b' }]", "is not one token"),
        ("scopes = [{ scope = 'ü' }]", "printable ASCII"),
        ("users = [{ username = ' a' }]", "does not begin or end with a space"),
        ("users = [{ username = 'a', realm = 'A-b' }]", "users[1].realm is no realm"),
        ("users = [{ username = 'a', roles = ['a\"'] }]", "is no role"),
        ("users = [{ username = 'a', attributes = { x = 2027-01-01 } }]", "that JSON has not"),
        ("users = [{ username = 'a', password = {} }]", "must have exactly one of value"),
        ("users = [{ username = 'a', password = { hash = '$2b$x' } }]", "is no argon2id hash"),
    ] {
        let told = faults(&server.app, text).await;

        assert!(told.iter().any(|line| line.contains(expected)), "{text}: {told:?}");
    }
    let text = "clients = [{ client_id = 'a', wombat = 1 }]";
    let Err(Error::Faulty(unknown)) = planned(&server.app, text, false).await else {
        panic!("{text} is planned")
    };
    // It is asked for more than once.
    assert_eq!(unknown[0].remedy.matches("jwks_file").count(), 1, "{unknown:?}");
    let syntax = faults(&server.app, "a = \n[[clients]]\nb = = 1\n").await;
    assert!(syntax.len() >= 2, "{syntax:?}");
    assert!(syntax.iter().all(|line| line.contains("is not TOML")), "{syntax:?}");
    assert!(syntax[1].starts_with("state.toml, line 3"), "{syntax:?}");
}

async fn what_refers_to_nothing_is_told(server: TestServer) {
    apply(&server.app, "clients = [{ client_id = 'old' }]").await;
    let text = "resource_servers = [{ audience = 'x', introspectors = ['old', 'spa'] }]
                clients = [{ client_id = 'spa', kind = 'browser' }]";

    assert_eq!(faults(&server.app, text).await.len(), 1, "spa can keep no secret");

    let error = planned(&server.app, text, true).await.err().unwrap();
    let told = told(&error);
    assert!(told.iter().any(|line| line.contains("there is no client named old")), "{told:?}");
}

async fn one_fault_brings_no_second_one(server: TestServer) {
    let text = "clients = [{ client_id = 'a', kind = 'robot', authentication = 'none' }]
                resource_servers = [{ audience = 'x', introspectors = ['a'] }]";

    assert_eq!(faults(&server.app, text).await.len(), 1);
}

async fn no_fault_repeats_a_secret(server: TestServer) {
    for text in [
        "clients = [{ client_id = 'a', secrets = [{ value = 'hunter2' }] }]",
        "clients = [{ client_id = 'a', secrets = [{ value = ['hunter2'] }] }]",
        "clients = [{ client_id = 'a', secrets = ['hunter2'] }]",
        "clients = [{ client_id = 'a', secrets = 'hunter2' }]",
        "clients = [{ client_id = 'a', secrets = [{ hint = 'hunter2' }] }]",
        "clients = [{ client_id = 'a', secrets = [{ hint = 'abcdef', verifier = 'hunter2' }] }]",
        "clients = [{ client_id = 'a', secrets = [{ hint = 'hunter' }] }]",
        "clients = [{ client_id = 'a', secrets = [{ env = 'hunter2' }] }]",
        "clients = [{ client_id = 'a', secrets = [{ file = 'hunter2' }] }]",
        "clients = [{ client_id = 'a', secrets = [{ generate = true, expires_at = 'hunter2' }] }]",
        "clients = [{ client_id = 'a', access_lifetime = 'hunter2' }]",
        "users = [{ username = 'a', password = { env = 'hunter2' } }]",
        "users = [{ username = 'a', password = { file = 'hunter2' } }]",
        "users = [{ username = 'a', password = 'hunter2' }]",
        "users = [{ username = 'a', password = { value = 'hunter2' } }]",
        "users = [{ username = 'a', password = { hash = 'hunter2' } }]",
        "users = [{ username = 'a', password = { value = hunter2 } }]",
    ] {
        // Nothing is there that a file could name outside itself.
        let file = DeclaredFile::gather("state.toml".to_owned(), text.to_owned(), |_| {
            Err(Wrong::new("can't be read: there is none", "write it"))
        });
        let (reading, options) = (read(&[file], server.now()), options(&server.app, false));
        let error = plan(&server.app, reading, &options).await.err().unwrap();

        assert!(!format!("{error:?}").contains("hunter"), "{text}: {error:?}");
    }
    let file = super::file("users = [{ username = 'a', password = { value = 'hunter2' } }]");
    assert_eq!(format!("{file:?}"), "DeclaredFile(state.toml, …)");
}

async fn files_are_one_declaration(server: TestServer) {
    let file = |name: &str, text: &str| {
        DeclaredFile::gather(name.to_owned(), text.to_owned(), |_| unreachable!())
    };
    let one = file("one.toml", "resource_servers = [{ audience = 'x', introspectors = ['api'] }]");
    let two = file("two.toml", "clients = [{ client_id = 'api' }]");
    let again = file("again.toml", "\nclients = [{ client_id = 'api', name = 'x' }]");
    let options = super::options(&server.app, false);

    let both = read(&[one.clone(), two.clone()], server.now());
    let plan = tessera::acts::declared::plan(&server.app, both, &options).await.unwrap();
    assert_eq!(super::lines(&plan).len(), 2);

    let three = read(&[one, two, again], server.now());
    let error = tessera::acts::declared::plan(&server.app, three, &options).await.err().unwrap();
    assert_eq!(
        told(&error),
        ["again.toml, line 2 clients.api is declared already, at two.toml, line 1"]
    );
}

async fn whatever_is_known_somewhere_may_be_asked_for(server: TestServer) {
    server.machine("old", "used").await;
    apply(&server.app, "scopes = [{ scope = 'described', description = 'x' }]").await;
    let text = "clients = [{ client_id = 'a', scope = 'used described' }]";
    let before = export(&server.app, true).await;

    assert!(planned(&server.app, text, false).await.is_ok());
    let strict = format!("scopes = [{{ scope = 'used' }}]\n{text}");
    let error = applied(&server.app, &strict, true).await.unwrap_err();

    assert_eq!(told(&error).len(), 1, "{error:?}");
    assert_eq!(export(&server.app, true).await, before);
}
