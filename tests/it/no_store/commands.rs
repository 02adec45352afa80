//! Commands beside a server without a store.

use serde_json::Value;

use super::{program, write};
use crate::common::{
    process::Outcome,
    stateless::{declared, files_in},
};

const SETTINGS: &str = "declare = ['state.toml']\nstore.enabled = false\n";

#[tokio::test]
async fn a_command_that_needs_a_store_says_so_and_makes_nothing() {
    let (database, program) = program().await;
    write(&database, "state.toml", &declared().2);
    write(&database, "config.toml", SETTINGS);
    let told = "error: the token store is disabled\n  \
                said    store.enabled is false, and this command needs a store\n  \
                from    config.toml, line 2\n  \
                next    change the files that declare names and reload; or set store.enabled = true\n";

    for line in [
        "token list",
        "token issue --client mailer",
        "token revoke tok_1",
        "token inspect -",
        "client list",
        "client add other",
        "resource-server list",
        "type list",
        "key list",
        "key rotate",
        "db status",
        "db migrate",
        "db backup away.db",
        "db restore away.db",
        "db sweep",
        "apply state.toml",
        "export",
    ] {
        let outcome = program.attempt(&line.split(' ').collect::<Vec<_>>(), "");

        assert_eq!((outcome.code, outcome.out.as_str()), (Some(3), ""), "{line}: {outcome:?}");
        assert_eq!(outcome.err, told, "{line}");
    }
    assert_eq!(files_in(&database.folder), ["config.toml", "state.toml"]);
    database.remove().await;
}

#[tokio::test]
async fn settings_are_checked_and_shown_as_they_are_in_force() {
    let (database, program) = program().await;
    write(&database, "state.toml", &declared().2);
    write(&database, "config.toml", SETTINGS);

    let check = program.attempt(&["config", "check"], "");
    let shown = program.attempt(&["config", "show", "--json"], "");

    assert_eq!(check.code, Some(0), "{check:?}");
    assert!(check.err.contains("which is strongly discouraged"), "{check:?}");
    let shown = objects(&shown);
    let of = |key: &str| shown.iter().find(|object| object["key"] == key).unwrap();
    let format = of("tokens.access.format");
    assert_eq!(
        (&format["value"], &format["source"]),
        (&"jwt".into(), &"follows from store.enabled".into())
    );
    assert_eq!(of("store.enabled")["value"], "false");
    database.remove().await;
}

fn objects(outcome: &Outcome) -> Vec<Value> {
    outcome.out.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

#[tokio::test]
async fn doctor_looks_at_what_there_is() {
    let (database, program) = program().await;
    write(&database, "state.toml", &declared().2);
    write(&database, "config.toml", SETTINGS);
    let says = |outcome: &Outcome, check: &str| {
        let found = objects(outcome).into_iter().find(|object| object["check"] == check).unwrap();
        let text = |key: &str| found[key].as_str().unwrap_or_default().to_owned();
        (text("verdict"), text("says"), text("remedy"))
    };
    let told = |verdict: &str, says: &str, remedy: &str| {
        (verdict.to_owned(), says.to_owned(), remedy.to_owned())
    };

    let in_memory = program.attempt(&["doctor", "--json"], "");
    write(&database, "config.toml", &format!("{SETTINGS}keys.file = 'keys.pem'\n"));
    let not_yet = program.attempt(&["doctor", "--json"], "");
    drop(program.serve().await);
    let kept = program.attempt(&["doctor", "--json"], "");
    write(&database, "keys.pem", "hunter2");
    let broken = program.attempt(&["doctor", "--json"], "");
    write(&database, "state.toml", "[[token_types]]\nname = \"Link\"\n");
    let refused = program.attempt(&["doctor", "--json"], "");

    assert_eq!(in_memory.code, Some(1), "{in_memory:?}");
    assert_eq!(says(&in_memory, "config").0, "warning");
    assert!(says(&in_memory, "config").2.contains("strongly discouraged"), "{in_memory:?}");
    let of = |check: &str| says(&in_memory, check);
    assert_eq!(of("store"), told("fine", "none, as store.enabled = false wants it", ""));
    let remedy = "set keys.file: without it every JWT ends with the server";
    let where_they_are = "they are in the memory of each server only";
    assert_eq!(of("keys"), told("warning", where_they_are, remedy));
    assert_eq!(of("clock"), told("fine", "there is no database that could differ", ""));
    assert_eq!(of("sweep"), told("fine", "there is nothing to sweep", ""));
    assert_eq!(of("proxies"), told("fine", "none is trusted", ""));
    let alone = "servers without a store know nothing of each other";
    assert_eq!(of("nodes"), told("fine", alone, ""));
    let says_keys = says(&not_yet, "keys");
    assert_eq!(says_keys, told("warning", "keys.pem is not there yet", "tessera serve makes it"));
    let (verdict, kid, _) = says(&kept, "keys");
    assert!(verdict == "fine" && kid.ends_with(" signs ES256; kept in keys.pem"), "{kept:?}");
    let (verdict, problem, _) = says(&broken, "keys");
    assert_eq!((broken.code, verdict.as_str()), (Some(2), "broken"));
    assert_eq!(problem, "keys.pem is neither PEM nor a JWK set");
    assert_eq!((refused.code, says(&refused, "config").0.as_str()), (Some(2), "broken"));
    assert!(
        says(&refused, "config").2.contains("token_types.Link is a type of tokens, which needs")
    );
    database.remove().await;
}
