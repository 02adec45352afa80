//! What is taken back while something is being made of it.

use tessera::{
    acts::{account, browser_sessions::SeenFrom},
    model::{
        audience::{self, AskedAccess},
        client::ClientKind,
        consent::Consent,
        id::uuid_v7,
        scope::Scope,
        space_delimited::SpaceDelimited,
    },
    tokens::code::NewCode,
};
use uuid::Uuid;

use crate::common::{
    TestClient, TestServer,
    codes::{SignedIn, request},
    on_each_engine,
};

on_each_engine!(
    a_code_that_is_made_while_its_consent_is_taken_back_brings_nothing,
    another_client_redeems_neither_a_code_nor_a_refresh_token,
);

/// Has somebody allow a client something.
async fn allow(server: &TestServer, client: &TestClient, person: &SignedIn) -> Uuid {
    let at = server.now();
    let consent = Consent {
        consent_id: uuid_v7(at, &server.app.random),
        client_id: client.id.clone(),
        user_id: person.user_id,
        scope: Scope::parse("read").unwrap(),
        declined_scope: Scope::default(),
        claims: SpaceDelimited::default(),
        created_at: at,
        updated_at: at,
    };
    server.app.store.write().await.unwrap().remember_consent(&consent, None).await.unwrap().unwrap()
}

/// A code that was judged when this was what the person allowed.
async fn code_of(
    server: &TestServer,
    client: &TestClient,
    person: &SignedIn,
    consent: Uuid,
) -> String {
    let (user, request) = (server.found_user(person.user_id).await, request(client));
    let client = server.found(client).await;
    let servers = server.app.store.resource_servers().await.unwrap();
    let asked = AskedAccess { scope: None, resources: Vec::new() };
    let access = audience::decide(&client, &asked, &servers, &server.app.issuer).unwrap();
    let new = NewCode {
        client: &client,
        user: &user,
        session: &person.session,
        request: &request,
        access: &access,
        consent_id: Some(consent),
        at: server.now(),
    };
    server.app.tokens.issue_code(&new).await.unwrap().expose().to_owned()
}

async fn a_code_that_is_made_while_its_consent_is_taken_back_brings_nothing(server: TestServer) {
    let client = server.web("app", "read", ClientKind::Web).await;
    let ingrid = server.signed_in("ingrid").await;
    let user = server.found_user(ingrid.user_id).await;
    let first = allow(&server, &client, &ingrid).await;
    let good = code_of(&server, &client, &ingrid, first).await;
    assert_eq!(server.redeem(&client, &good, "").await.status, 200);

    let from = SeenFrom::of("192.0.2.1".parse().unwrap());
    account::remove_app(&server.app, &user, &client.id, (&from, server.now())).await.unwrap();
    let late = code_of(&server, &client, &ingrid, first).await;
    // Allowed again, it is another consent.
    let second = allow(&server, &client, &ingrid).await;
    let anew = code_of(&server, &client, &ingrid, second).await;

    assert_ne!(first, second);
    server.redeem(&client, &late, "").await.assert_error(400, "invalid_grant");
    assert_eq!(server.redeem(&client, &anew, "").await.status, 200);
}

async fn another_client_redeems_neither_a_code_nor_a_refresh_token(server: TestServer) {
    let client = server.web("app", "read", ClientKind::Web).await;
    let thieves = [
        server.web("thief", "read", ClientKind::Web).await,
        server.web("page", "read", ClientKind::Browser).await,
    ];
    let ingrid = server.signed_in("ingrid").await;
    let code = server.code(&client, &ingrid).await;

    for thief in &thieves {
        server.redeem(thief, &code, "").await.assert_error(400, "invalid_grant");
    }
    let answer = server.redeem(&client, &code, "").await;
    assert_eq!(answer.status, 200, "{answer:?}");
    let refresh = answer.json()["refresh_token"].as_str().unwrap().to_owned();
    for thief in &thieves {
        let form = format!("grant_type=refresh_token&refresh_token={refresh}");
        server.post_as(thief, &form).await.assert_error(400, "invalid_grant");
    }
    server.refresh(&client, &refresh).await;
}
