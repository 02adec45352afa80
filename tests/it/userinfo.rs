//! The userinfo endpoint: what it tells, of whom and to whom.

mod refusals;

use serde_json::{Value, json};
use tessera::model::{client::ClientKind, signature_algorithm::SignatureAlgorithm};

use crate::common::{TestClient, TestServer, codes::SignedIn, on_each_engine, server::Answer};

on_each_engine!(
    a_token_is_taken_from_the_header_or_the_form,
    each_scope_asks_for_its_own_claims,
    claims_are_asked_for_by_name_too,
    a_token_for_another_resource_server_will_do,
    whoever_wants_it_signed_gets_it_signed,
    what_is_known_now_is_told,
);

/// All that can be known of somebody.
pub(crate) fn everything() -> Value {
    json!({
        "name": "Ingrid Olsen", "given_name": "Ingrid", "family_name": "Olsen",
        "middle_name": "Marie", "nickname": "Inga", "profile": "https://example.org/ingrid",
        "picture": "https://example.org/ingrid.png", "website": "https://ingrid.example",
        "gender": "female", "birthdate": "1990-05-01", "zoneinfo": "Europe/Oslo",
        "locale": "nb-NO", "preferred_username": "inga", "email": "i@example.org",
        "email_verified": true, "phone_number": "+47 22 33 44 55", "phone_number_verified": false,
        "address": {"street_address": "Storgata 1", "locality": "Oslo", "region": ""},
        "team": "north",
    })
}

/// An access token for a part of what the client may ask for.
pub(crate) async fn token(
    server: &TestServer,
    (client, person): (&TestClient, &SignedIn),
    scope: &str,
) -> String {
    let code =
        server.code_with(client, person, |request| request.scope = Some(scope.to_owned())).await;
    let answer = server.redeem(client, &code, "").await.json();
    answer["access_token"].as_str().unwrap().to_owned()
}

pub(crate) async fn ask(server: &TestServer, token: &str) -> Answer {
    let bearer = format!("Bearer {token}");
    server.get("/userinfo", &[("authorization", bearer.as_str())]).await
}

const ALL: &str = "openid profile email address phone read";

async fn both(server: &TestServer) -> (TestClient, SignedIn) {
    let client = server.web("app", ALL, ClientKind::Web).await;
    (client, server.known("ingrid", &everything()).await)
}

async fn a_token_is_taken_from_the_header_or_the_form(server: TestServer) {
    let (client, ingrid) = both(&server).await;
    let token = token(&server, (&client, &ingrid), "openid email").await;
    let request = || axum::http::Request::builder().method("POST").uri("/userinfo");
    let bearer = format!("bearer {token}");

    let by_get = ask(&server, &token).await;
    let by_header = server.send(request().header("authorization", &bearer), "").await;
    let empty_form = request()
        .header("authorization", &bearer)
        .header("content-type", "application/x-www-form-urlencoded");
    let beside_a_form = server.send(empty_form, "x=1").await;
    let by_form = server.post_form("/userinfo", &format!("access_token={token}")).await;

    for answer in [&by_get, &by_header, &beside_a_form, &by_form] {
        assert_eq!(answer.status, 200, "{answer:?}");
        assert_eq!(answer.header("content-type"), Some("application/json"));
        assert_eq!(answer.header("cache-control"), Some("no-store"));
        assert_eq!(answer.header("www-authenticate"), None);
        assert_eq!(
            answer.json(),
            json!({
                "sub": ingrid.user_id.to_string(), "email": "i@example.org", "email_verified": true,
            })
        );
    }
}

async fn each_scope_asks_for_its_own_claims(server: TestServer) {
    let (client, ingrid) = both(&server).await;
    let since = server.now().seconds();
    let told = async |scope: &str| {
        let token = token(&server, (&client, &ingrid), scope).await;
        ask(&server, &token).await.json()
    };
    let sub = ingrid.user_id.to_string();

    assert_eq!(told("openid read").await, json!({"sub": sub}));
    let phone =
        json!({"sub": sub, "phone_number": "+47 22 33 44 55", "phone_number_verified": false});
    assert_eq!(told("openid phone").await, phone);
    let address = json!({"street_address": "Storgata 1", "locality": "Oslo"});
    assert_eq!(told("openid address").await, json!({"sub": sub, "address": address}));

    let all = told(ALL).await;

    let mut expected = everything();
    expected["sub"] = sub.into();
    expected["updated_at"] = since.into();
    expected["address"] = address;
    expected.as_object_mut().unwrap().remove("team");
    assert_eq!(all, expected);
}

async fn claims_are_asked_for_by_name_too(server: TestServer) {
    let (client, ingrid) = both(&server).await;
    let code = server
        .code_with(&client, &ingrid, |request| {
            request.scope = Some("openid".to_owned());
            request.claims.userinfo = ["name", "team", "unknown"].map(str::to_owned).into();
            request.claims.id_token = ["email".to_owned()].into();
        })
        .await;
    let answer = server.redeem(&client, &code, "").await.json();
    let refresh = answer["refresh_token"].as_str().unwrap();
    let next = server.refresh(&client, refresh).await;

    for token in [answer["access_token"].as_str().unwrap(), &next.access] {
        let told = ask(&server, token).await.json();
        let sub = ingrid.user_id.to_string();
        assert_eq!(told, json!({"sub": sub, "name": "Ingrid Olsen", "team": "north"}));
    }
}

async fn a_token_for_another_resource_server_will_do(server: TestServer) {
    let (client, ingrid) = both(&server).await;
    server.introspector("files", "read").await;
    let code = server
        .code_with(&client, &ingrid, |request| {
            request.resources = vec!["https://files.example".to_owned()];
        })
        .await;
    let answer = server.redeem(&client, &code, "").await.json();
    let token = answer["access_token"].as_str().unwrap();

    assert_eq!(server.introspect(&client, token).await["aud"], "https://files.example");
    assert_eq!(ask(&server, token).await.json()["nickname"], "Inga");
}

async fn whoever_wants_it_signed_gets_it_signed(server: TestServer) {
    let (client, ingrid) = both(&server).await;
    for algorithm in SignatureAlgorithm::ALL {
        let signed = Some(*algorithm);
        server.change_client(&client, |client| client.sign_in.userinfo_algorithm = signed).await;
        let token = token(&server, (&client, &ingrid), "openid email").await;

        let answer = ask(&server, &token).await;

        assert_eq!(answer.header("content-type"), Some("application/jwt"));
        assert_eq!(answer.header("cache-control"), Some("no-store"));
        let (_, claims) = server.verified(&answer.body, *algorithm).await;
        assert_eq!(
            claims,
            json!({
                "iss": "https://id.example", "aud": "app", "sub": ingrid.user_id.to_string(),
                "email": "i@example.org", "email_verified": true,
            })
        );
    }
}

async fn what_is_known_now_is_told(server: TestServer) {
    let server = server.restarted(|config| config.cache.enabled = false).await;
    let (client, ingrid) = both(&server).await;
    let token = token(&server, (&client, &ingrid), "openid email").await;

    let other = r#"UPDATE users SET claims = '{"email":"new@example.org"}'"#;
    server.database().execute(other).await;

    let sub = ingrid.user_id.to_string();
    assert_eq!(ask(&server, &token).await.json(), json!({"sub": sub, "email": "new@example.org"}));
}
