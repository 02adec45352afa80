//! What the section takes, and what a server without it does.

use tessera::config::{self, JwtSignature};

use super::{alice, jwt, section};
use crate::common::{
    Engine, TestDatabase, TestServer, on_each_engine,
    people::{JWT_SECRET, bearer},
    process::Program,
};

on_each_engine!(
    b02_without_the_section_nobody_gets_a_jwt_and_everything_else_works,
    b09_secrets_are_long_and_can_be_changed_and_lives_are_short,
);

#[tokio::test]
async fn b01_a_required_setting_that_is_missing_is_named_and_an_audience_is_not_required() {
    let database = TestDatabase::create(Engine::Sqlite).await;
    let lines = ["iss = 'auth-o-tron.example.com'", "exp = 3600", "secret = 'SECRET'"];
    for (at, key) in ["jwt.iss", "jwt.exp", "jwt.secret"].iter().enumerate() {
        let kept: Vec<_> = lines.iter().enumerate().filter(|(line, _)| *line != at).collect();
        let kept: String = kept.iter().flat_map(|(_, line)| [*line, "\n"]).collect();
        let text = format!("[jwt]\nalg = 'HS256'\n{kept}").replace("SECRET", JWT_SECRET);
        std::fs::write(database.folder.join("config.toml"), text).unwrap();

        let outcome = Program::on(&database).attempt(&["serve"], "");

        assert_eq!(outcome.code, Some(2), "{outcome:?}");
        assert!(outcome.err.contains(&format!("{key}   is missing")), "{outcome:?}");
        assert!(outcome.err.starts_with("error: "), "{outcome:?}");
    }
    assert_eq!(jwt("").audience, None);
    database.remove().await;
}

async fn b02_without_the_section_nobody_gets_a_jwt_and_everything_else_works(server: TestServer) {
    server.alice().await;
    let client = server.machine("mailer", "read").await;

    server.authenticate(&alice()).await.assert_error(404, "not_found");

    let token = server.token(&client).await;
    assert!(server.is_active(&client, &token).await);
}

async fn b09_secrets_are_long_and_can_be_changed_and_lives_are_short(server: TestServer) {
    let of_length = |length: usize| {
        let text = section("").replace(JWT_SECRET, &"ab".repeat(16)[..length]);
        config::parse(Some(("config.toml", &text)), [])
    };
    assert!(of_length(32).is_ok());
    assert_eq!(of_length(31).unwrap_err().0[0].problem, "has 31 bytes, and HS256 needs 32");

    let server = server.signing(jwt("")).await;
    server.alice().await;
    let old = bearer(&server.jwt_of(&alice()).await);
    // Two at once: the first signs, both verify; then the old one goes.
    let next = "another secret of thirty-two bytes";
    let both = section("").replace(
        &format!("secret = '{JWT_SECRET}'"),
        &format!("secrets = ['{next}', '{JWT_SECRET}']"),
    );
    let both = config::parse(Some(("config.toml", &both)), []).unwrap().config.jwt.unwrap();
    assert!(matches!(&both.signature, JwtSignature::Secrets(secrets) if secrets.len() == 2));
    let server = server.signing(both).await;
    let new = bearer(&server.jwt_of(&alice()).await);
    for presented in [&old, &new] {
        assert_eq!(server.authenticate(presented).await.status, 200);
    }
    let text = section("").replace(JWT_SECRET, next);
    let last = config::parse(Some(("config.toml", &text)), []).unwrap().config.jwt.unwrap();
    let server = server.signing(last).await;
    assert_eq!(server.authenticate(&new).await.status, 200);
    server.authenticate(&old).await.assert_error(401, "invalid_credentials");
}
