//! People without a store: who is declared proves who they are.

use std::time::Duration;

use crate::common::{
    TestServer,
    people::{basic, bearer, jwt as jwt_settings},
};

#[tokio::test]
async fn a_jwt_of_a_person_is_taken_again_while_they_are_declared() {
    let text = "[[users]]\nusername = \"alice\"\nrealm = \"internal\"\n\
                password = { value = \"correct horse\" }\n";
    let server = TestServer::without_store(text).await.signing(jwt_settings()).await;
    server.hold(text).await.unwrap();
    let jwt = server.jwt_of(&basic("alice", "correct horse")).await;

    server.advance(Duration::from_secs(1));
    let again = server.authenticate(&bearer(&jwt)).await;

    assert_eq!(again.status, 200, "{again:?}");
    server.hold(&format!("{text}disabled = true\n")).await.unwrap();
    let refused = server.authenticate(&bearer(&jwt)).await;
    refused.assert_error(401, "invalid_credentials");
    // Nothing remembers that they were away.
    server.hold(text).await.unwrap();
    assert_eq!(server.authenticate(&bearer(&jwt)).await.status, 200);
}

#[tokio::test]
async fn who_somebody_is_needs_no_store() {
    let text = "[[users]]\nusername = \"alice\"\nrealm = \"internal\"\nroles = [\"admin\"]\n\
                password = { value = \"correct horse\" }\n";
    let server = TestServer::without_store(text).await;
    let ask = async |who: &str| {
        let headers = [("authorization", who), ("x-auth-realm", "internal")];
        server.get("/whoami", &headers).await
    };

    let answer = ask(&basic("alice", "correct horse")).await;

    assert_eq!((answer.status.as_u16(), &answer.json()["roles"][0]), (200, &"admin".into()));
    ask(&basic("alice", "wrong horse")).await.assert_error(401, "invalid_credentials");
    ask(&bearer("x")).await.assert_error(401, "invalid_credentials");
}
