//! Without a store.

use axum::http::{Method, Request, header};

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

/// Who proves who they are gets a JWT that everybody can verify; `/authenticate` has tests of its
/// own.
#[tokio::test]
async fn b03_without_a_store_jwts_are_issued_and_verify() {
    let (mailer, api, text) = declared();
    let server = TestServer::without_store(&text).await;

    let token = server.token(&mailer).await;

    assert_eq!(token.split('.').count(), 3);
    assert!(server.is_active(&api, &token).await);
    assert_eq!(server.get("/jwks.json", &[]).await.json()["keys"].as_array().unwrap().len(), 1);
    assert_eq!(files_in(&server.database().folder), Vec::<String>::new());
}
