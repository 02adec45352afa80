//! Without a store.

use axum::http::{Method, Request, header};
use jsonwebtoken::{Algorithm, DecodingKey, jwk::Jwk};
use serde_json::Value;
use tessera::tokens::jwt;

use crate::common::{
    Engine, TestDatabase, TestServer,
    process::Program,
    server::Answer,
    stateless::{declared, files_in},
};

/// Every operation of the store, and what it answers: adding, listing, resolving, deleting.
async fn operations(server: &TestServer, bearer: &str) -> [Answer; 4] {
    let ask = async |method: Method, path: &str, body: &str| {
        let request = Request::builder()
            .method(method)
            .uri(path)
            .header(header::AUTHORIZATION, format!("Bearer {bearer}"))
            .header(header::CONTENT_TYPE, "application/json");
        server.send(request, body).await
    };
    [
        ask(Method::POST, "/tokens", r#"{"type": "Link"}"#).await,
        ask(Method::GET, "/tokens", "").await,
        ask(Method::POST, "/tokens/use", r#"{"type": "Link", "token": "x"}"#).await,
        ask(Method::POST, "/tokens/delete", r#"{"type": "Link", "token": "x"}"#).await,
    ]
}

/// A section without the switch means our default, which is a store; where there is none, every
/// operation on it is an error, and the server runs.
#[tokio::test]
async fn b01_without_a_store_every_operation_is_an_error_and_the_server_starts() {
    let (mailer, _, text) = declared();
    let server = TestServer::without_store(&text).await;
    let token = server.token(&mailer).await;

    assert_eq!(server.get("/readyz", &[]).await.status, 200);
    for answer in operations(&server, &token).await {
        answer.assert_problem(503, "store_disabled");
        assert_eq!(answer.json()["detail"], "Token store is disabled.");
    }
}

/// A file that says so, a variable that does, and both: one and the same server.
#[tokio::test]
async fn b02_however_a_store_is_switched_off_the_answers_are_the_same() {
    let (mailer, _, text) = declared();
    let mut told = Vec::new();
    for (file, variable) in [("false", None), ("true", Some("false")), ("false", Some("false"))] {
        let database = TestDatabase::create(Engine::Sqlite).await;
        let settings = format!("declare = ['state.toml']\n[store]\nenabled = {file}\n");
        std::fs::write(database.folder.join("config.toml"), settings).unwrap();
        std::fs::write(database.folder.join("state.toml"), &text).unwrap();
        let program =
            Program::on(&database).without("TESSERA_STORE__URL").without("TESSERA_SERVER__ISSUER");
        let program = match variable {
            Some(value) => program.set("TESSERA_STORE__ENABLED", value),
            None => program,
        };
        let process = program.serve().await;
        let mut connection = process.connect().await.unwrap();
        let token = connection.token(&mailer).await.unwrap();
        let json = serde_json::json!({"type": "Link"});
        let answer = connection.post_json("/tokens", &token, &json).await.unwrap();
        let revoked = connection.post("/revoke", &mailer, "token=x").await.unwrap();

        told.push((answer.status, answer.body, revoked.status, revoked.body));
        assert_eq!(files_in(&database.folder), ["config.toml", "serve.log", "state.toml"]);
        drop(process);
        database.remove().await;
    }

    assert!(told.iter().all(|answers| *answers == told[0]), "{told:?}");
    assert_eq!((told[0].0, told[0].2), (503, 400));
}

/// A client by its secret, a person by their password: each gets a JWT that everybody can verify.
#[tokio::test]
async fn b03_without_a_store_jwts_are_issued_and_verify() {
    let (mailer, api, mut text) = declared();
    text += "\n[[users]]\nusername = \"alice\"\npassword = { value = \"correct horse\" }\n";
    let database = TestDatabase::create(Engine::Sqlite).await;
    let settings = "declare = ['state.toml']\nstore.enabled = false\n\
                    [jwt]\niss = 'auth.example'\nexp = 3600\n";
    std::fs::write(database.folder.join("config.toml"), settings).unwrap();
    std::fs::write(database.folder.join("state.toml"), text).unwrap();
    let program =
        Program::on(&database).without("TESSERA_STORE__URL").without("TESSERA_SERVER__ISSUER");
    let process = program.serve().await;
    let mut connection = process.connect().await.unwrap();

    let token = connection.token(&mailer).await.unwrap();
    let login = [("authorization", "Basic YWxpY2U6Y29ycmVjdCBob3JzZQ==")];
    let wrong = [("authorization", "Basic YWxpY2U6d3Jvbmc=")];
    let answer = connection.get_with("/authenticate", &login).await.unwrap();
    let refused = connection.get_with("/authenticate", &wrong).await.unwrap();
    let jwks = connection.get("/jwks.json").await.unwrap().json();

    let key: Jwk = serde_json::from_value(jwks["keys"][0].clone()).unwrap();
    let key = DecodingKey::from_jwk(&key).unwrap();
    let claims = |jwt: &str| jwt::verify::<Value>(jwt, &key, Algorithm::ES256).unwrap();
    assert_eq!(claims(&token)["sub"], "mailer");
    assert!(connection.is_active(&api, &token).await.unwrap());
    assert_eq!((answer.status, refused.status), (200, 401), "{answer:?}");
    let person = answer.header("authorization").unwrap().strip_prefix("Bearer ").unwrap();
    assert_eq!(claims(person)["sub"], "default-alice");
    assert_eq!(files_in(&database.folder), ["config.toml", "serve.log", "state.toml"]);
    drop(process);
    database.remove().await;
}
