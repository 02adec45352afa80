//! The settings file that the documentation points to, as a newcomer would run it.

use serde_json::{Value, json};
use tessera::model::client_id::ClientId;

use crate::common::{Engine, TestClient, TestDatabase, process::Program};

#[tokio::test]
async fn the_example_of_password_resets_runs_on_sqlite() {
    reset_a_password(Engine::Sqlite).await;
}

#[tokio::test]
async fn the_example_of_password_resets_runs_on_postgres() {
    reset_a_password(Engine::Postgres).await;
}

async fn reset_a_password(engine: Engine) {
    let database = TestDatabase::create(engine).await;
    let example = concat!(env!("CARGO_MANIFEST_DIR"), "/examples/configs/password-reset.toml");
    let program = Program::on(&database).set("TESSERA_CONFIG", example);
    let server = program.serve().await;
    let scope = "tokens.create:PasswordReset tokens.use:PasswordReset";
    let secret = program.run(&["client", "add", "shop", "--scope", scope], "");
    let shop =
        TestClient { id: ClientId::parse("shop").unwrap(), secret: secret.trim().to_owned() };

    let mut connection = server.connect().await.unwrap();
    let bearer = connection.token(&shop).await.unwrap();
    let made = json!({"type": "PasswordReset", "identity": "jonas@example.com"});
    let made = connection.post_json("/tokens", &bearer, &made).await.unwrap().json();
    let token = made["token"].as_str().unwrap().to_owned();
    assert_eq!((&made["expires_in"], &made["uses_left"]), (&json!(1200), &json!(1)));
    let again = json!({"type": "passwordreset", "identity": "jonas@example.com"});
    let again = connection.post_json("/tokens", &bearer, &again).await.unwrap();
    assert_eq!(again.status, 429, "{again:?}");

    let mut outcomes = Vec::new();
    for identity in ["mei@example.com", "jonas@example.com", "jonas@example.com"] {
        let asked = json!({"type": "PasswordReset", "identity": identity, "token": token});
        let used = connection.post_json("/tokens/use", &bearer, &asked).await.unwrap().json();
        outcomes.push(used["outcome"].clone());
    }
    assert_eq!(outcomes, ["not_allowed", "allowed", "invalid"].map(Value::from));

    let verdict = program.attempt(&["token", "inspect", "-"], &token);
    assert_eq!(verdict.code, Some(1), "{verdict:?}");
    assert!(verdict.out.contains("Not valid: used up"), "{verdict:?}");
    drop(server);
    database.remove().await;
}
