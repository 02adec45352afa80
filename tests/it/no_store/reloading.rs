//! SIGHUP reads the declared files again: they are all that there is.

use super::{program, write};
use crate::common::{
    TestClient,
    process::Process,
    stateless::{declared, machine},
    until::until,
};

const SETTINGS: &str = "declare = ['state.toml']\nstore.enabled = false\n";

async fn reload(process: &Process, answer: &str) -> String {
    let before = process.log().matches(answer).count();
    process.signal("HUP");
    until(answer, async || process.log().matches(answer).count() > before).await;
    process.log()
}

async fn status(process: &Process, client: &TestClient) -> u16 {
    let mut connection = process.connect().await.unwrap();
    connection.post("/token", client, "grant_type=client_credentials").await.unwrap().status
}

#[tokio::test]
async fn clients_come_and_go_with_their_files_and_wrong_files_change_nothing() {
    let (database, program) = program().await;
    let (mailer, api, text) = declared();
    let (robot, lines) = machine("robot", "scope = \"read\"");
    write(&database, "state.toml", &text);
    write(&database, "config.toml", SETTINGS);
    let process = program.serve().await;
    let token = process.connect().await.unwrap().token(&mailer).await.unwrap();
    assert_eq!(status(&process, &robot).await, 401);

    write(&database, "state.toml", &format!("{text}{lines}"));
    reload(&process, "reloaded: no setting has changed").await;
    assert_eq!((status(&process, &robot).await, status(&process, &mailer).await), (200, 200));
    // What was signed before the reload still counts.
    assert!(process.connect().await.unwrap().is_active(&api, &token).await.unwrap());

    write(&database, "state.toml", "[[token_types]]\nname = 'Link'\n[[clients]]\n");
    let log = reload(&process, "nothing was reloaded").await;
    assert!(log.contains("token_types.Link   is a type of tokens, which needs a store"), "{log}");
    assert!(log.contains("clients[1].client_id   is missing"), "{log}");
    assert_eq!((status(&process, &robot).await, status(&process, &mailer).await), (200, 200));

    write(&database, "state.toml", &text);
    reload(&process, "reloaded: no setting has changed").await;
    assert_eq!((status(&process, &robot).await, status(&process, &mailer).await), (401, 200));
    drop(process);
    database.remove().await;
}

#[tokio::test]
async fn settings_that_need_a_store_are_refused_by_a_reload_too() {
    let (database, program) = program().await;
    let (mailer, _, text) = declared();
    write(&database, "state.toml", &text);
    write(&database, "config.toml", SETTINGS);
    let process = program.serve().await;

    write(&database, "config.toml", &format!("{SETTINGS}tokens.access.format = 'reference'\n"));
    let log = reload(&process, "nothing was reloaded").await;
    assert!(log.contains("which needs a store"), "{log}");
    write(&database, "config.toml", &SETTINGS.replace("false", "true"));
    let log = reload(&process, "nothing was reloaded").await;
    assert!(log.contains("store.enabled   has changed, which needs a restart"), "{log}");
    write(&database, "config.toml", &format!("{SETTINGS}tokens.lifetimes.access = '10m'\n"));
    reload(&process, "reloaded: tokens.lifetimes.access").await;

    assert_eq!(status(&process, &mailer).await, 200);
    drop(process);
    database.remove().await;
}
