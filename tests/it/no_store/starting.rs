//! What a start refuses, all at once, and what it warns of.

use super::{program, write};
use crate::common::stateless::{declared, files_in, machine};

const STATE: &str = r#"[[clients]]
client_id = "old"
scope = "read"
access_format = "reference"
refresh_format = "jwt"
refresh_rotate = false
refresh_lifetime = "7d"
[[clients.secrets]]
generate = true

[[token_types]]
name = "Invite"

[[resource_servers]]
audience = "https://api.example"
introspectors = ["nobody"]
"#;

const REFUSED: &str = r#"error: 10 settings are wrong
  tokens.access.format   is "reference", which needs a store
    from  config.toml, line 4
    next  write "jwt", or leave it out; or set store.enabled = true
  token_types   are there (Link), which needs a store
    from  config.toml, line 6
    next  leave it out; or set store.enabled = true
  clients.old.scope   nobody knows the scope token read
    from  state.toml, line 1
    next  correct it, or declare it: [[scopes]] with scope = "read"
  clients.old.access_format   is reference, which needs a store
    from  state.toml, line 1
    next  remove it; or set store.enabled = true
  clients.old.refresh_format   is jwt, which needs a store
    from  state.toml, line 1
    next  remove it; or set store.enabled = true
  clients.old.refresh_rotate   is false, which needs a store
    from  state.toml, line 1
    next  remove it; or set store.enabled = true
  clients.old.refresh_lifetime   is 604800 s, which needs a store
    from  state.toml, line 1
    next  remove it; or set store.enabled = true
  clients.old.secrets[1]   is to be drawn, which needs a store
    from  state.toml, line 8
    next  state it by value, env or file, or by hint and verifier; or set store.enabled = true
  token_types.Invite   is a type of tokens, which needs a store
    from  state.toml, line 11
    next  remove it; or set store.enabled = true
  resource_servers.https://api.example.introspectors   there is no client named nobody
    from  state.toml, line 14
    next  declare it, or correct its name
"#;

#[tokio::test]
async fn everything_that_needs_a_store_is_refused_at_once() {
    let (database, program) = program().await;
    let settings = "declare = ['state.toml']\nstore.enabled = false\n\
                    keys.file = 'keys.pem'\ntokens.access.format = 'reference'\n\n\
                    [[token_types]]\nname = 'Link'\n";
    write(&database, "config.toml", settings);
    write(&database, "state.toml", STATE);

    for command in [&["serve"][..], &["config", "check"]] {
        let outcome = program.attempt(command, "");

        assert_eq!((outcome.code, outcome.out.as_str()), (Some(2), ""), "{outcome:?}");
        assert_eq!(outcome.err, REFUSED, "{command:?}");
    }
    assert_eq!(files_in(&database.folder), ["config.toml", "state.toml"]);
    database.remove().await;
}

#[tokio::test]
async fn a_declared_file_that_is_not_there_is_told_beside_the_rest() {
    let (database, program) = program().await;
    let settings = "store.enabled = false\ndeclare = ['gone.toml']\n";
    write(&database, "config.toml", settings);
    let alone = program.attempt(&["serve"], "");
    let text = format!("{settings}tokens.access.format = 'reference'\n");
    write(&database, "config.toml", &text);
    let beside = program.attempt(&["serve"], "");

    assert_eq!((alone.code, beside.code), (Some(2), Some(2)));
    assert!(alone.err.contains("can't read gone.toml"), "{}", alone.err);
    assert!(beside.err.starts_with("error: 2 settings are wrong\n"), "{}", beside.err);
    assert!(beside.err.contains("\n  declare   can't read gone.toml: No such"), "{}", beside.err);
    database.remove().await;
}

#[tokio::test]
async fn a_start_warns_strongly_and_opens_nothing() {
    let (database, program) = program().await;
    let (mailer, api, text) = declared();
    write(&database, "state.toml", &text);
    write(&database, "config.toml", "declare = ['state.toml']\nstore.enabled = false\n");

    let mut process = program.serve().await;
    let mut connection = process.connect().await.unwrap();
    let token = connection.token(&mailer).await.unwrap();
    assert!(connection.is_active(&api, &token).await.unwrap());
    process.terminate();
    assert!(process.ended().await.success());

    let log = process.log();
    assert!(log.contains("store.enabled is false, which is strongly discouraged"), "{log}");
    assert!(log.contains("the key that signs is in memory only"), "{log}");
    assert!(log.contains("\"store\":\"none\"") && !log.contains("\"ERROR\""), "{log}");
    process.assert_log_holds_none_of(&mailer, [&token]);
    assert_eq!(files_in(&database.folder), ["config.toml", "serve.log", "state.toml"]);
    database.remove().await;
}

#[tokio::test]
async fn a_public_issuer_has_to_keep_its_keys() {
    let (database, program) = program().await;
    let settings = "store.enabled = false\nserver.issuer = 'https://id.example'\n";
    write(&database, "config.toml", settings);
    let unnamed = program.attempt(&["serve"], "");
    write(&database, "config.toml", &format!("{settings}keys.file = 'keys.pem'\n"));
    let missing = program.attempt(&["serve"], "");

    let told = "keys.file   is empty, and without a store the signing keys are kept nowhere else";
    assert!(unnamed.code == Some(2) && unnamed.err.contains(told), "{unnamed:?}");
    let told = "keys.file keys.pem can't be read: No such file";
    assert!(missing.code == Some(2) && missing.err.contains(told), "{missing:?}");
    // One of its own would sign what other servers of the issuer refuse.
    assert_eq!(files_in(&database.folder), ["config.toml"]);
    database.remove().await;
}

#[tokio::test]
async fn a_store_that_there_is_takes_no_file_of_keys() {
    let (database, program) = program().await;
    write(&database, "config.toml", "keys.file = 'keys.pem'\n");

    let outcome = program.attempt(&["serve"], "");

    let told = "keys.file   is set, while the store keeps the signing keys";
    assert!(outcome.code == Some(2) && outcome.err.contains(told), "{outcome:?}");
    database.remove().await;
}

#[tokio::test]
async fn a_client_without_a_secret_and_an_ended_one_are_told() {
    let (_, lines) = machine("mailer", "");
    let ended = lines + "expires_at = 2020-01-01T00:00:00Z\n";
    let (database, program) = program().await;
    write(&database, "state.toml", &ended);
    write(&database, "config.toml", "declare = ['state.toml']\nstore.enabled = false\n");

    let process = program.serve().await;

    let log = process.log();
    assert!(log.contains("A secret of mailer has ended and is not added."), "{log}");
    assert!(log.contains("mailer has no live secret and can't authenticate."), "{log}");
    drop(process);
    database.remove().await;
}
