//! The page of a client's credentials.

use std::time::Duration;

use tessera::{
    acts::{self, clients::ClientChanges},
    model::{
        client::{ClientAuthentication, ClientKind},
        client_id::ClientId,
        client_secret::ClientSecret,
        user::OperatorRole,
    },
};

use super::PASSWORD;
use crate::common::{Form, TestServer, on_each_engine, server::operator};

on_each_engine!(
    a_secret_is_rotated_and_both_work_meanwhile,
    a_form_that_is_sent_twice_makes_one_secret,
    a_secret_that_is_still_used_is_warned_about,
    the_last_secret_is_not_retired,
    another_secret_takes_recent_proof,
    an_unused_secret_is_marked_in_the_list,
    keys_of_a_client_are_replaced_by_whoever_proves_themselves,
);

async fn secrets(server: &TestServer, id: &ClientId) -> Vec<ClientSecret> {
    acts::clients::show(&server.app, id).await.unwrap().1
}

/// What an answer shows once.
fn shown(body: &str) -> &str {
    body.split("<code id=\"secret\">").nth(1).unwrap().split('<').next().unwrap()
}

async fn a_secret_is_rotated_and_both_work_meanwhile(server: TestServer) {
    let client = server.machine("reader", "read").await;
    let path = format!("/admin/clients/{}/credentials", client.id);
    let mut browser = server.operator(OperatorRole::ClientAdmin).await;
    let page = browser.get(&path).await;

    let made = browser.submit(&Form::to(&page, &path).with("overlap", "1d")).await;

    assert_eq!(made.status, 200, "{made:?}");
    let secret = shown(&made.body).to_owned();
    assert!(!browser.get(&path).await.body.contains(&secret));
    let new = crate::common::TestClient { secret, ..client.clone() };
    for works in [&client, &new] {
        let answer = server.post("/token", works, "grant_type=client_credentials").await;
        assert_eq!(answer.status, 200, "{answer:?}");
    }
    server.advance(Duration::from_hours(25));
    let late = server.post("/token", &client, "grant_type=client_credentials").await;
    assert_eq!(late.status, 401, "{late:?}");
    let answer = server.post("/token", &new, "grant_type=client_credentials").await;
    assert_eq!(answer.status, 200, "{answer:?}");
}

async fn a_form_that_is_sent_twice_makes_one_secret(server: TestServer) {
    let client = server.machine("reader", "read").await;
    let path = format!("/admin/clients/{}/credentials", client.id);
    let mut browser = server.operator(OperatorRole::ClientAdmin).await;
    let form = Form::to(&browser.get(&path).await, &path).with("overlap", "0s");
    server.advance(Duration::from_secs(1));
    let made = browser.submit(&form).await;
    let secret = shown(&made.body).to_owned();
    server.advance(Duration::from_secs(1));

    let again = browser.submit(&form).await;

    assert!(again.body.contains("There is another secret since you looked"), "{}", again.body);
    assert_eq!(secrets(&server, &client.id).await.len(), 2);
    let new = crate::common::TestClient { secret, ..client.clone() };
    let answer = server.post("/token", &new, "grant_type=client_credentials").await;
    assert_eq!(answer.status, 200, "{answer:?}");
}

async fn a_secret_that_is_still_used_is_warned_about(server: TestServer) {
    let client = server.machine("reader", "read").await;
    let path = format!("/admin/clients/{}/credentials", client.id);
    let mut browser = server.operator(OperatorRole::ClientAdmin).await;
    server.post("/token", &client, "grant_type=client_credentials").await;
    // Of two that are made at one moment, nobody could say which is the older.
    server.advance(Duration::from_mins(1));
    let page = browser.get(&path).await;
    browser.submit(&Form::to(&page, &path)).await;
    let old = secrets(&server, &client.id).await.pop().unwrap();
    assert!(!browser.get(&path).await.body.contains("An old secret is still in use"));
    server.post("/token", &client, "grant_type=client_credentials").await;

    let warned = browser.get(&path).await;
    assert!(warned.body.contains("An old secret is still in use"), "{}", warned.body);
    let list = browser.get("/admin/clients").await;
    assert!(list.body.contains("Old secret in use"), "{}", list.body);
    let retire = format!("{path}/retire");
    let page = browser.get(&format!("{retire}?hint={}", old.hint)).await;
    assert!(page.body.contains("It was used within the last week"), "{}", page.body);
    let done = browser.submit(&Form::to(&page, &retire)).await;

    assert_eq!(done.status, 303, "{done:?}");
    let late = server.post("/token", &client, "grant_type=client_credentials").await;
    assert_eq!(late.status, 401, "{late:?}");
}

async fn the_last_secret_is_not_retired(server: TestServer) {
    let client = server.machine("reader", "read").await;
    let retire = format!("/admin/clients/{}/credentials/retire", client.id);
    let hint = secrets(&server, &client.id).await[0].hint.clone();
    let mut browser = server.operator(OperatorRole::ClientAdmin).await;
    let page = browser.get(&format!("{retire}?hint={hint}")).await;

    let refused = browser.submit(&Form::to(&page, &retire)).await;

    assert_eq!(refused.status, 400, "{refused:?}");
    assert!(secrets(&server, &client.id).await[0].is_live(server.now()));
    assert_eq!(browser.get(&format!("{retire}?hint=none")).await.status, 404);
}

async fn another_secret_takes_recent_proof(server: TestServer) {
    let client = server.machine("reader", "read").await;
    let path = format!("/admin/clients/{}/credentials", client.id);
    let mut browser = server.operator(OperatorRole::ClientAdmin).await;
    let page = browser.get(&path).await;
    server.advance(Duration::from_mins(6));

    let asked = browser.submit(&Form::to(&page, &path).with("overlap", "30d")).await;
    assert_eq!(secrets(&server, &client.id).await.len(), 1);
    let form = Form::to(&asked, &path);
    assert_eq!(form.fields["overlap"], "30d");
    let wrong = browser.submit(&form.clone().with("proof_password", "wrong")).await;
    assert!(wrong.body.contains("That is not your password"), "{}", wrong.body);
    let made = browser.submit(&form.with("proof_password", PASSWORD)).await;

    assert!(shown(&made.body).starts_with("tsk_"));
    assert_eq!(secrets(&server, &client.id).await.len(), 2);
}

async fn an_unused_secret_is_marked_in_the_list(server: TestServer) {
    let client = server.machine("reader", "read").await;
    let mut browser = server.operator(OperatorRole::Auditor).await;
    assert!(!browser.get("/admin/clients").await.body.contains("Unused for 90 days"));
    server.advance(Duration::from_hours(91 * 24));
    let mut browser = server.operator(OperatorRole::Auditor).await;

    let list = browser.get("/admin/clients").await;
    assert!(list.body.contains("Unused for 90 days"), "{}", list.body);
    let other = server.machine("writer", "read").await;
    let unused = browser.get("/admin/clients?unused=1").await.body;
    assert!(unused.contains(client.id.as_str()) && !unused.contains(other.id.as_str()), "{unused}");
    let unused = browser.get(&format!("/admin/clients?unused=1&q={}", other.id)).await.body;
    assert!(!unused.contains("/credentials"), "{unused}");
    assert!(unused.contains("None of these clients has a secret"), "{unused}");
    server.post("/token", &client, "grant_type=client_credentials").await;
    let after = browser.get("/admin/clients").await;

    assert!(!after.body.contains("Unused for 90 days"), "{}", after.body);
}

async fn keys_of_a_client_are_replaced_by_whoever_proves_themselves(server: TestServer) {
    let jwks = r#"{"keys":[{"kty":"EC","crv":"P-256","x":"f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU","y":"x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0"}]}"#;
    let id = ClientId::parse("signer").unwrap();
    let changes = ClientChanges {
        authentication: Some(ClientAuthentication::PrivateKeyJwt),
        jwks: Some(jwks.to_owned()),
        ..ClientChanges::default()
    };
    let named = (id.clone(), ClientKind::Machine);
    acts::clients::add(&server.app, &operator(), named, changes, None).await.unwrap();
    let mut browser = server.operator(OperatorRole::ClientAdmin).await;
    let path = "/admin/clients/signer/credentials";
    let page = browser.get(path).await;
    assert!(!page.body.contains("id=\"rotate\""), "{}", page.body);
    let form = Form::to(&page, path);
    assert_eq!(form.fields["jwks"], jwks);

    let wrong = browser.submit(&form.clone().with("jwks", "{}")).await;
    assert!(wrong.body.contains("id=\"jwks-wrong\""), "{}", wrong.body);
    let other = jwks.replace("\"kty\"", "\"kid\":\"next\",\"kty\"");
    server.advance(Duration::from_mins(6));
    let asked = browser.submit(&form.with("jwks", &other)).await;
    let form = Form::to(&asked, path).with("proof_password", PASSWORD);
    let saved = browser.submit(&form).await;

    assert_eq!(saved.status, 303, "{saved:?}");
    let after = acts::clients::find(&server.app, &id).await.unwrap();
    assert_eq!(after.jwks, Some(other));
}
