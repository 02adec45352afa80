//! What other systems' settings come to.

mod auth_o_tron;
mod openiddict;
mod wso2;

use super::*;
use crate::config::Fault;

fn imported(text: &str) -> Imported {
    let none = ImportOptions::default();
    import("old.yaml", text, &none).unwrap_or_else(|faults| panic!("{faults}"))
}

/// Settings as `key = value`, without what is always there.
fn settings(imported: &Imported) -> Vec<String> {
    imported.settings.iter().map(|it| format!("{} = {}", it.path, it.value)).collect()
}

/// The keys that were left out, and those that are told of.
fn remarks(imported: &Imported) -> (Vec<&str>, Vec<&str>) {
    let keys = |is_left_out| {
        let some = imported.remarks.iter().filter(move |it| it.is_left_out == is_left_out);
        some.map(|it| it.about.key.as_str()).collect()
    };
    (keys(true), keys(false))
}

fn faults(text: &str) -> Vec<Fault> {
    import("old.yaml", text, &ImportOptions::default()).unwrap_err().0
}

/// The key, line and problem of the one fault there is.
fn fault(text: &str) -> (String, String, String) {
    let mut faults = faults(text);
    assert_eq!(faults.len(), 1, "{faults:?}");
    let Fault { key, from, problem, .. } = faults.remove(0);
    (key, from, problem)
}

const WHOLE: &str = r#"
version: "2.0.0"
server: {host: 127.0.0.1, port: 8080}
metrics: {enabled: true, port: 9191}
logging: {level: Debug, format: console}
store: {enabled: false}
jwt: {iss: here, exp: 3600, secret: "0123456789abcdef0123456789abcdef"}
include_legacy_headers: true
services: []
providers:
  - type: plain
    name: local
    realm: internal
    users:
      - {username: alice, password: alicepass123, roles: [admin, developer]}
      - {username: bob, password: bobpass456}
augmenters:
  - type: plain_advanced
    name: boost
    realm: internal
    match: {role: [operator]}
    augment: {roles: [audit], attributes: {team: platform}}
  - type: plain
    name: basic
    realm: internal
    roles: {operator: [bob]}
"#;

#[test]
fn a_whole_configuration_of_auth_o_tron_leaves_nothing_out() {
    let imported = imported(WHOLE);

    let names = vec!["providers[0].name", "augmenters[0].name", "augmenters[1].name"];
    assert_eq!(remarks(&imported), (vec![], names));
    assert_eq!(
        settings(&imported),
        [
            "server.listen = \"127.0.0.1:8080\"",
            "metrics.listen = \"127.0.0.1:9191\"",
            "log.level = \"debug\"",
            "log.format = \"text\"",
            "store.enabled = false",
            "jwt.iss = \"here\"",
            "jwt.exp = 3600",
            "jwt.alg = \"HS256\"",
            "jwt.emit_aud = false",
            "jwt.sub_format = \"realm-username\"",
            "jwt.scopes_shape = \"map\"",
            "forward_auth.headers = true",
        ]
    );
    assert_eq!(imported.secrets[0].setting, "jwt.secret");
}

#[test]
fn what_augmenters_add_stands_with_the_users_in_the_order_in_which_they_run() {
    let imported = imported(WHOLE);

    let users: Vec<_> = imported.users.iter().map(|user| (&*user.username, &user.roles)).collect();

    let (alice, bob) = (["admin", "developer"], ["operator", "audit"]);
    assert_eq!(users[0], ("alice", &alice.map(str::to_owned).to_vec()));
    assert_eq!(users[1], ("bob", &bob.map(str::to_owned).to_vec()));
    assert_eq!(imported.users[1].attributes["team"], "platform");
}

#[test]
fn the_first_version_says_where_it_listens_in_one_line() {
    for (address, listen) in [
        ("127.0.0.1:8080", "127.0.0.1:8080"),
        ("'[::1]:3000'", "[::1]:3000"),
        ("'::1:3000'", "[::1]:3000"),
        ("localhost:80", "127.0.0.1:80"),
    ] {
        let text = format!("version: 1.0.0\nbind_address: {address}\nmetrics: {{enabled: false}}");
        let imported = imported(&text);
        assert_eq!(settings(&imported)[0], format!("server.listen = {listen:?}"));
        assert_eq!(settings(&imported)[1], "metrics.listen = \"\"");
    }
    for address in ["localhost", "':3000'", "a:99999"] {
        let text = format!("version: 1.0.0\nbind_address: {address}");
        assert_eq!(fault(&text).2, "is no host and port");
    }
}

#[test]
fn other_machines_are_not_answered_by_plain_http() {
    let stated = imported("server: {host: 0.0.0.0, port: 8080}");
    let silent = imported("server: {port: 8080}");
    let named = imported("server: {host: id.example, port: 8080}");

    for imported in [&stated, &silent, &named] {
        assert_eq!(settings(imported)[0], "server.listen = \"127.0.0.1:8080\"");
    }
    assert_eq!(remarks(&stated).0, ["server.host"]);
    assert_eq!(remarks(&silent), (vec![], vec!["server.host", "metrics"]));
    assert_eq!(remarks(&named).0, ["server.host"]);
}

#[test]
fn what_has_no_place_is_named_with_its_line_and_without_its_values() {
    let imported = imported(
        "version: 2.0.0\nservices: [{name: data, scopes: [read]}]\nauth: {timeout_in_ms: 3000}\n\
         providers:\n- {type: openid-offline, name: kc, realm: kc, private_client_secret: hunter2}\n\
         - {type: plain, realm: my-realm, users: [{username: a, password: hunter2}]}\n\
         augmenters:\n- {type: ldap, name: l, realm: internal, ldap_password: hunter2}\n\
         - {type: plain, name: p, realm: internal, roles: {admin: [nobody]}}\n\
         logging: {level: 'info,x=debug', format: console, service_name: x}\nprovider: 1\n",
    );

    let (left_out, _) = remarks(&imported);
    assert_eq!(
        left_out,
        [
            "services",
            "auth.timeout_in_ms",
            "providers[0]",
            "providers[1].realm",
            "augmenters[0]",
            "augmenters[1].roles.admin",
            "logging.level",
            "logging.service_name",
            "provider",
        ]
    );
    assert!(imported.leaves_something_out() && imported.users.is_empty());
    let told = format!("{:?}{}", imported.remarks, imported.settings_text(|_| String::new()));
    assert!(!told.contains("hunter2"), "{told}");
    assert!(told.contains("old.yaml, line 5") && told.contains("--realm 'my-realm=my_realm'"));
}

#[test]
fn a_realm_may_be_given_another_name() {
    let text = "providers: [{type: plain, realm: my-realm, users: [{username: a, password: \
                longer than that}]}]";
    let realms = [("my-realm".to_owned(), "my_realm".to_owned())].into();

    let imported = import("old.yaml", text, &ImportOptions { realms }).unwrap();

    assert_eq!((&*imported.users[0].realm, remarks(&imported).0.len()), ("my_realm", 0));
    assert!(imported.remarks[0].about.problem.contains("in the sub of JWTs"));
}

#[test]
fn users_who_would_be_one_here_are_not_silently_merged() {
    let user = |name: &str| format!("{{username: {name}, password: longer than that}}");
    let (alice, other) = (user("alice"), user("ALICE"));
    let text = format!(
        "providers: [{{type: plain, realm: a, users: [{alice}, {other}]}}, {{type: plain, realm: b, \
         users: [{alice}]}}]"
    );

    let imported = imported(&text);

    assert_eq!(imported.users.len(), 2);
    assert_eq!(remarks(&imported).0, ["providers[0].users[1]"]);
}

#[test]
fn a_secret_is_a_file_or_stays_where_it_is() {
    let jwt = |secret: &str| imported(&format!("jwt: {{iss: x, exp: 1, secret: {secret}}}"));
    let long = "0123456789abcdef0123456789abcdef";

    let kept = jwt(long);
    assert_eq!((kept.secrets[0].secret.expose(), remarks(&kept).0.len()), (long, 0));
    let text = kept.settings_text(|secret| format!("file:/etc/{}", secret.setting));
    assert!(text.contains("secret = \"file:/etc/jwt.secret\"") && !text.contains(long), "{text}");
    for (secret, problem) in [
        ("'${AS_JWT_SECRET}'", "is filled in from AS_JWT_SECRET, which is not read here"),
        ("$KEY", "is filled in from KEY, which is not read here"),
        ("''", "is not there: AOT_JWT__SECRET sets it, and is not read here"),
        ("hunter2", "has 7 bytes, and HS256 needs 32"),
        (
            "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa",
            "is blank, or one character over and over, which anybody can guess",
        ),
    ] {
        let imported = jwt(secret);
        assert_eq!((imported.secrets.len(), remarks(&imported).0), (0, vec!["jwt.secret"]));
        assert_eq!(imported.remarks[0].about.problem, problem);
    }
}

#[test]
fn what_nobody_could_start_is_refused_with_its_line() {
    for (text, key, line, problem) in [
        ("version: 3.0.0", "version", 1, "is none that Auth-O-Tron has"),
        ("server: {host: 127.0.0.1}", "server.port", 1, "is missing"),
        ("server: {port: 70000}", "server.port", 1, "is 70000, which is no port"),
        ("store:\n  enabled: yes", "store.enabled", 2, "is text, not true or false"),
        ("jwt: {iss: x, exp: 0}", "jwt.exp", 1, "is 0, and a JWT lives 1 to 315360000 seconds"),
        ("jwt: {iss: 5, exp: 1}", "jwt.iss", 1, "is a number, not text"),
        (
            "metrics: {port: 8080}\nserver: {port: 8080}",
            "metrics.port",
            1,
            "is 8080, as the port for everything else is",
        ),
        (
            "server: [",
            "old.yaml",
            1,
            "is not YAML: while parsing a node, did not find expected node content",
        ),
        (
            "providers: [{type: magic, realm: x}]",
            "providers[0].type",
            1,
            "is \"magic\", which is no kind of provider that is known here",
        ),
    ] {
        let from = format!("old.yaml, line {line}");
        assert_eq!(fault(text), (key.to_owned(), from, problem.to_owned()), "{text}");
    }
}

#[test]
fn a_store_needs_its_type_its_address_and_its_database() {
    let whole =
        "store: {enabled: true, type: mongo, uri: 'mongodb://u:hunter2@a,b/x', database: x}";
    let kept = imported(whole);
    assert_eq!(settings(&kept), ["store.url = \"sqlite:data/tessera.db\""]);
    assert!(kept.remarks[0].about.remedy.contains("HOST1:5432,HOST2:5432"));
    assert!(!format!("{kept:?}").contains("hunter2"));

    let missing: Vec<_> =
        faults("store: {enabled: true}").into_iter().map(|fault| fault.key).collect();
    assert_eq!(missing, ["store.type", "store.uri", "store.database"]);
    let other = whole.replace("mongo,", "redis,");
    assert_eq!(fault(&other).2, "is \"redis\", and Auth-O-Tron has no store but mongo");
}

#[test]
fn whose_settings_they_are_is_seen_or_said() {
    for (text, problem) in [
        ("", "holds no settings"),
        ("server.listen = '127.0.0.1:1'", "is a settings file of Tessera already"),
        ("x = 1", "is neither a configuration of Auth-O-Tron nor a deployment.toml of WSO2"),
        ("x: 1", "is neither a configuration of Auth-O-Tron nor a deployment.toml of WSO2"),
        ("hello", "is neither a configuration of Auth-O-Tron nor a deployment.toml of WSO2"),
        (
            r#"{"owinFramework": {}}"#,
            "is the configuration of a Prius token store, which is token types",
        ),
        ("services.AddOpenIddict();", "is code of OpenIddict, which is not converted"),
    ] {
        let (key, from, said) = fault(text);
        assert_eq!((&*key, &*from, &*said), ("old.yaml", "old.yaml", problem), "{text}");
    }
}

#[test]
fn nothing_that_stands_in_the_old_file_can_end_a_comment() {
    let imported = imported("version: 2.0.0\n\"x\\nstore.url = 'sqlite:x'\": 1\n");

    let text = imported.settings_text(|_| String::new());

    let lines = text.lines().filter(|line| line.contains("sqlite:x"));
    assert!(lines.into_iter().all(|line| line.starts_with('#')), "{text}");
}
