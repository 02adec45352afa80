//! The sixteen settings that the origins print, word for word, and what becomes of each: it is
//! imported, or refused with a text that says what to do.
//!
//! Those of Auth-O-Tron's store stand twice: as the page prints them, whose indentation is lost,
//! and below `indented` as they are meant.

use std::{fs, path::PathBuf};

use tessera::config;

use crate::{cli::program::Place, common::Engine};

fn folder() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/it/origins/snippets")
}

pub(super) fn read(name: &str) -> String {
    fs::read_to_string(folder().join(name)).unwrap()
}

/// These are settings that a server takes.
pub(crate) fn assert_sound(text: &str) {
    if let Err(faults) = config::parse(Some(("config.toml", text)), []) {
        panic!("{faults:?} in {text}");
    }
}

/// Imports a snippet by the command line, from a folder in which it has the name `file`.
async fn imported(snippet: &str, file: &str) -> crate::cli::program::Done {
    let place = Place::new(Engine::Sqlite).await;
    place.write(file, &read(snippet));
    let done = place.run(&format!("config import {file}"));
    place.database.remove().await;
    done
}

/// The settings alone, without what is said about them.
fn settings(text: &str) -> Vec<&str> {
    text.lines().filter(|line| !line.starts_with('#') && !line.is_empty()).collect()
}

const NO_STORE: &[&str] = &["[store]", "enabled = false"];
const IN_A_FILE: &[&str] = &["[store]", "url = \"sqlite:data/tessera.db\""];
const HERE: &[&str] = &["[server]", "listen = \"127.0.0.1:8080\""];

/// What WSO2 does, as ours: how often it tries, and what a client gets that asks again.
fn of_wso2(retry: &'static [&'static str]) -> Vec<&'static str> {
    let first = ["[persistence]", "mode = \"sync\""];
    let last = ["[tokens]", "jwt_previous = \"revoke\"", "reuse = \"reuse_active\""];
    first.into_iter().chain(retry.iter().copied()).chain(last).collect()
}

#[tokio::test]
async fn each_that_can_be_is_imported() {
    let mongo = "! Left out: store.uri is MongoDB, which is not supported: tokens are kept in an \
                 SQLite file, and those of before are not taken over";
    let asynchronous = "! Left out: session_data.persistence.persistence_pool_size is 100, which is \
                        asynchronous persistence: a crash loses tokens that clients hold.";
    let jwt: &[&str] = &[
        "[store]",
        "enabled = false",
        "[jwt]",
        "iss = \"auth-o-tron.example.com\"",
        "aud = \"my-application\"",
        "exp = 3600",
        "alg = \"HS256\"",
        "emit_aud = false",
        "sub_format = \"realm-username\"",
        "scopes_shape = \"map\"",
        "secret = \"file:jwt.secret\"",
    ];
    let sample = "! jwt.secret is the sample of its documentation, which everybody knows";
    let none = of_wso2(&[]);
    let retry = of_wso2(&["retry_count = 5"]);
    let listening = |store: &'static [&'static str]| [HERE, store].concat();
    for (snippet, code, expected, said) in [
        ("indented/01-store-disabled.yaml", 0, NO_STORE.to_vec(), ""),
        ("indented/02-store-mongo.yaml", 1, IN_A_FILE.to_vec(), mongo),
        ("indented/03-store-mongo-authentication.yaml", 1, IN_A_FILE.to_vec(), mongo),
        ("indented/04-store-mongo-replica-set.yaml", 1, IN_A_FILE.to_vec(), "postgres://"),
        ("indented/05-minimal-disabled.yaml", 0, listening(NO_STORE), "! server.host"),
        ("indented/06-minimal-mongo.yaml", 1, listening(IN_A_FILE), mongo),
        ("10-jwt.yaml", 0, jwt.to_vec(), sample),
        ("13-synchronous.toml", 0, none.clone(), ""),
        ("14-retry-count.toml", 0, retry, ""),
        ("15-asynchronous.toml", 1, none.clone(), asynchronous),
        ("16-synchronous-again.toml", 0, none, ""),
    ] {
        let done = imported(snippet, "old").await.expect(code);

        assert_eq!(settings(&done.out), expected, "{snippet}");
        assert!(done.err.contains(said), "{snippet}: {}", done.err);
        assert!(!(done.out.clone() + &done.err).contains("username:password"), "{done:?}");
        assert_sound(&done.out);
    }
}

#[tokio::test]
async fn each_that_lost_its_indentation_is_refused() {
    let one = |key: &str, line: u8, first: &str| {
        format!(
            "\n  {key}   is empty, and {first} stands beside it: the file has lost its \
             indentation\n    from  old.yaml, line {line}\n    next  put two spaces before what \
             belongs to {key}"
        )
    };
    let store = one("store", 1, "enabled");
    let both = one("server", 2, "port") + &one("store", 4, "enabled");
    for (snippet, count, faults) in [
        ("01-store-disabled.yaml", "1 thing is", &store),
        ("02-store-mongo.yaml", "1 thing is", &store),
        ("03-store-mongo-authentication.yaml", "1 thing is", &store),
        ("04-store-mongo-replica-set.yaml", "1 thing is", &store),
        ("05-minimal-disabled.yaml", "2 things are", &both),
        ("06-minimal-mongo.yaml", "2 things are", &both),
    ] {
        let done = imported(snippet, "old.yaml").await.expect(2);

        let expected = format!("error: these settings cannot be imported: {count} wrong{faults}\n");
        assert_eq!((&*done.err, &*done.out), (&*expected, ""), "{snippet}");
    }
}

#[tokio::test]
async fn each_that_is_code_or_somebody_elses_is_refused_with_what_does_it_here() {
    let code = |call: &str, line: u8, remedy: &str| {
        format!(
            "\n  {call}   is code of OpenIddict, which is not converted\n    from  Startup.cs, line \
             {line}\n    next  what does it here: {remedy}"
        )
    };
    let access = "tokens.access.format = \"reference\", which is the default";
    let refresh = "tokens.refresh.format = \"reference\", which is the default";
    let both = code("UseReferenceAccessTokens", 4, access)
        + &code("UseReferenceRefreshTokens", 5, refresh);
    let entry = "the entry check of the resource server: docs/resource-servers.md";
    for (snippet, count, faults) in [
        ("07-reference-tokens.cs", "2 things are", both),
        ("08-entry-validation.cs", "1 thing is", code("EnableTokenEntryValidation", 4, entry)),
        (
            "09-storage-disabled.cs",
            "1 thing is",
            code("DisableTokenStorage", 4, "store.enabled = false"),
        ),
    ] {
        let done = imported(snippet, "Startup.cs").await.expect(2);

        let expected = format!("error: these settings cannot be imported: {count} wrong{faults}\n");
        assert_eq!((&*done.err, &*done.out), (&*expected, ""), "{snippet}");
    }
    for snippet in ["11-types-none.json", "12-types-password-reset.json"] {
        let done = imported(snippet, "prius.json").await.expect(2);
        let problem = "prius.json   is the configuration of a Prius token store, which is token \
                       types\n    from  prius.json\n    next  tessera type import prius.json\n";
        assert!(done.err.ends_with(problem), "{}", done.err);
    }
}

#[tokio::test]
async fn those_of_prius_are_imported_as_token_types() {
    let place = Place::new(Engine::Sqlite).await;
    for (snippet, expected) in [
        ("11-types-none.json", vec![]),
        (
            "12-types-password-reset.json",
            vec![
                "[[token_types]]",
                "name = \"PasswordReset\"",
                "[[token_types.rules]]",
                "type = \"Expiry\"",
                "expiry_time = \"1w\"",
                "[[token_types.rules]]",
                "type = \"UseCount\"",
                "max_use_count = 1",
            ],
        ),
    ] {
        place.write("prius.json", &read(snippet));

        let done = place.run("type import prius.json").expect(0);

        assert_eq!(settings(&done.out), expected);
        assert_sound(&done.out);
    }
    place.database.remove().await;
}

#[test]
fn there_are_sixteen() {
    let files = fs::read_dir(folder()).unwrap().map(|file| file.unwrap());
    assert_eq!(files.filter(|file| file.file_type().unwrap().is_file()).count(), 16);
}
