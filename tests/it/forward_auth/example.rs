//! The settings file that stands in the place of Auth-O-Tron, as a newcomer would run it.

use base64::Engine as _;
use serde_json::json;

use crate::common::{
    Engine, TestDatabase,
    people::{JWT_SECRET, basic, opened},
    process::Program,
};

#[tokio::test]
async fn the_example_of_auth_o_tron_runs_on_sqlite() {
    ask_who_alice_is(Engine::Sqlite).await;
}

#[tokio::test]
async fn the_example_of_auth_o_tron_runs_on_postgres() {
    ask_who_alice_is(Engine::Postgres).await;
}

async fn ask_who_alice_is(engine: Engine) {
    let database = TestDatabase::create(engine).await;
    let example = concat!(env!("CARGO_MANIFEST_DIR"), "/examples/configs/auth-o-tron.toml");
    let program = Program::on(&database)
        .set("TESSERA_CONFIG", example)
        .set("TESSERA_JWT__SECRET", JWT_SECRET)
        .set("ALICE_PASSWORD", "correct horse");
    let server = program.serve().await;
    let alice = basic("alice", "correct horse");
    let mut connection = server.connect().await.unwrap();

    let asked = format!(
        "GET /authenticate HTTP/1.1\r\nhost: id.example\r\nauthorization: {alice}\r\n\
         x-auth-realm: internal\r\n\r\n"
    );
    let answer = connection.ask(&asked).await.unwrap();
    assert_eq!((answer.status, answer.body.as_str()), (200, "ok"), "{answer:?}");
    let header = |name: &str| {
        let mut lines = answer.head.lines().filter_map(|line| line.split_once(": "));
        lines.find(|(known, _)| known.eq_ignore_ascii_case(name)).map(|(_, value)| value.to_owned())
    };
    assert_eq!(header("x-auth-roles").as_deref(), Some("admin,developer"));
    let (kind, claims) = opened(header("authorization").unwrap().strip_prefix("Bearer ").unwrap());
    assert_eq!(kind, json!({"alg": "HS256", "typ": "JWT"}));
    assert_eq!(
        (&claims["sub"], &claims["scopes"]),
        (&json!("internal-alice"), &json!(["read", "write"]))
    );
    assert!(claims.get("aud").is_none());

    let body = r#"{"type":"personal"}"#;
    let made = format!(
        "POST /tokens HTTP/1.1\r\nhost: id.example\r\nauthorization: {alice}\r\n\
         x-auth-realm: internal\r\ncontent-type: application/json\r\ncontent-length: {}\r\n\r\n{body}",
        body.len()
    );
    let made = connection.ask(&made).await.unwrap().json();
    assert_eq!(made["expires_in"], 30 * 86_400);
    let token = made["token"].as_str().unwrap();
    let asked = format!(
        "GET /authenticate HTTP/1.1\r\nhost: id.example\r\nauthorization: Bearer {token}\r\n\r\n"
    );
    assert_eq!(connection.ask(&asked).await.unwrap().status, 200);
    let plain = base64::engine::general_purpose::STANDARD.encode("alice:correct horse");
    assert!(!server.log().contains(token) && !server.log().contains(&plain));

    let sample = "your-256-bit-secret-key-here-minimum-32-characters";
    let refused = program.clone().set("TESSERA_JWT__SECRET", sample).named("sample");
    let refused = refused.attempt(&["config", "check"], "");
    assert_eq!(refused.code, Some(2), "{refused:?}");
    assert!(refused.err.contains("is the sample of a public documentation"), "{refused:?}");
    let here = program.without("TESSERA_SERVER__ISSUER").set("TESSERA_JWT__SECRET", sample);
    let checked = here.attempt(&["config", "check"], "");
    assert!(!checked.err.contains("error"), "{checked:?}");
    drop(server);
    database.remove().await;
}
