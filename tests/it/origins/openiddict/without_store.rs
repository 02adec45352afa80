//! Storage disabled.

use crate::common::{
    Engine, TestDatabase, TestServer,
    process::Program,
    stateless::{declared, files_in},
};

#[tokio::test]
async fn b11_without_storage_a_jwt_works_leaves_no_row_and_cannot_be_revoked() {
    let (mailer, api, text) = declared();
    let server = TestServer::without_store(&text).await;

    let token = server.token(&mailer).await;
    let answer = server.post("/revoke", &mailer, &format!("token={token}")).await;

    answer.assert_error(400, "unsupported_token_type");
    assert!(server.is_active(&api, &token).await);
    assert_eq!(files_in(&server.database().folder), Vec::<String>::new());
}

#[tokio::test]
async fn b12_without_storage_no_reference_option_is_taken() {
    let database = TestDatabase::create(Engine::Sqlite).await;
    let program =
        Program::on(&database).without("TESSERA_STORE__URL").without("TESSERA_SERVER__ISSUER");
    for option in ["tokens.access.format = 'reference'", "tokens.reference.locator = true"] {
        let settings = format!("store.enabled = false\n{option}\n");
        std::fs::write(database.folder.join("config.toml"), settings).unwrap();

        let outcome = program.attempt(&["serve"], "");

        assert_eq!(outcome.code, Some(2), "{outcome:?}");
        assert!(outcome.err.contains("which needs a store"), "{outcome:?}");
        assert!(outcome.err.contains("or set store.enabled = true"), "{outcome:?}");
    }
    assert_eq!(files_in(&database.folder), ["config.toml"]);
    database.remove().await;
}
