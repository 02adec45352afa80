//! What each operation answers.

use std::time::Duration;

use axum::http::{Method, Request, header};
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use serde_json::{Value, json};
use tessera::{
    jobs,
    model::{jwt_id::JwtId, user::UserStatus},
    store::UserKey,
    tokens::jwt,
};

use crate::common::{
    Measured, TestClient, TestServer,
    server::START,
    stateless::{LOCAL, declared, files_in, machine},
};

async fn server() -> (TestServer, TestClient, TestClient) {
    let (mailer, api, text) = declared();
    (TestServer::without_store(&text).await, mailer, api)
}

fn part(jwt: &str, number: usize) -> Value {
    let part = jwt.split('.').nth(number).unwrap();
    serde_json::from_slice(&URL_SAFE_NO_PAD.decode(part).unwrap()).unwrap()
}

#[tokio::test]
async fn a_jwt_is_issued_and_everybody_can_verify_it() {
    let (server, mailer, _) = server().await;

    let answer = server.post("/token", &mailer, "grant_type=client_credentials&scope=read").await;

    let told = answer.json();
    let token = told["access_token"].as_str().unwrap();
    assert_eq!(told, json!({"access_token": token, "token_type": "Bearer", "expires_in": 3600}));
    let jwks = server.get("/jwks.json", &[]).await.json();
    let key: jsonwebtoken::jwk::Jwk = serde_json::from_value(jwks["keys"][0].clone()).unwrap();
    let kid = &jwks["keys"][0]["kid"];
    assert_eq!(part(token, 0), json!({"alg": "ES256", "kid": kid, "typ": "at+jwt"}));
    let key = jsonwebtoken::DecodingKey::from_jwk(&key).unwrap();
    let claims: Value = jwt::verify(token, &key, jsonwebtoken::Algorithm::ES256).unwrap();
    let jti = claims["jti"].as_str().unwrap();
    assert!(JwtId::parse(jti).is_some());
    assert_eq!(
        claims,
        json!({
            "iss": LOCAL, "sub": "mailer", "aud": "https://api.example", "client_id": "mailer",
            "iat": START.seconds(), "exp": START.seconds() + 3600, "jti": jti, "scope": "read",
        })
    );
    assert_eq!(files_in(&server.database().folder), Vec::<String>::new());
}

#[tokio::test]
async fn introspection_tells_what_is_signed_to_those_who_may_know() {
    let (server, mailer, api) = server().await;
    let (stranger, lines) = machine("stranger", "");
    server.hold(&format!("{}{lines}", declared().2)).await.unwrap();
    let token = server.token(&mailer).await;
    let mut expected = part(&token, 1);
    expected["active"] = json!(true);
    expected["token_type"] = json!("Bearer");

    assert_eq!(server.introspect(&mailer, &token).await, expected);
    assert_eq!(server.introspect(&api, &token).await, expected);
    assert_eq!(server.introspect(&stranger, &token).await, json!({"active": false}));
    // What was verified once is not simply believed.
    assert_eq!(server.introspect(&api, &token).await, expected);
}

#[tokio::test]
async fn nothing_is_refreshed() {
    let (server, mailer, _) = server().await;
    let (_, _, text) = declared();
    let answer = server.post("/token", &mailer, "grant_type=refresh_token&refresh_token=x").await;

    answer.assert_error(400, "unsupported_grant_type");
    let asks = "client_credentials refresh_token".replace(' ', "\", \"");
    let asks = format!("\"mailer\"\ngrant_types = [\"{asks}\"]\n");
    let refused = server.hold(&text.replace("\"mailer\"\n", &asks)).await.unwrap_err();
    let tessera::acts::Error::Faulty(faults) = refused else { panic!("{refused}") };
    let told: Vec<_> = faults.iter().map(|fault| (&*fault.key, &*fault.problem)).collect();
    assert_eq!(told, [("clients.mailer.grant_types", "has refresh_token, which needs a store")]);
}

#[tokio::test]
async fn a_jwt_ends_at_its_last_second_and_no_later() {
    let (server, mailer, api) = server().await;
    let token = server.token(&mailer).await;

    server.advance(Duration::from_millis(3_599_999));
    assert!(server.is_active(&api, &token).await);
    server.advance(Duration::from_millis(1));
    assert_eq!(server.introspect(&api, &token).await, json!({"active": false}));
}

#[tokio::test]
async fn what_is_no_jwt_of_ours_is_inactive() {
    let (server, mailer, api) = server().await;
    let (other, _, _) = self::server().await;
    let token = server.token(&mailer).await;
    let (signed, signature) = token.rsplit_once('.').unwrap();
    let forged = format!("{signed}.{}", signature.chars().rev().collect::<String>());
    let claims = URL_SAFE_NO_PAD.encode(part(&token, 1).to_string());
    let unsigned = format!("{}.{claims}.", URL_SAFE_NO_PAD.encode(r#"{"alg":"none"}"#));
    let foreign = other.token(&mailer).await;
    let reference = "A".repeat(43);

    for text in ["x", &reference, &forged, &unsigned, &foreign] {
        let answer = server.post("/introspect", &api, &format!("token={text}")).await;

        assert_eq!(answer.status, 200, "{answer:?}");
        assert_eq!(answer.body, r#"{"active":false}"#, "{text}");
        assert_eq!(answer.header("cache-control"), Some("no-store"));
    }
}

#[tokio::test]
async fn introspection_asks_who_asks() {
    let (server, mailer, _) = server().await;
    let token = server.token(&mailer).await;
    let wrong = TestClient { secret: "wrong".to_owned(), ..mailer.clone() };

    let answer = server.post("/introspect", &wrong, &format!("token={token}")).await;

    answer.assert_error(401, "invalid_client");
    server.post("/introspect", &mailer, "").await.assert_error(400, "invalid_request");
}

#[tokio::test]
async fn nothing_can_be_revoked_and_nobody_is_told_otherwise() {
    let (server, mailer, api) = server().await;
    let token = server.token(&mailer).await;

    for text in [&token, "x", &"A".repeat(43)] {
        let answer = server.post("/revoke", &mailer, &format!("token={text}")).await;

        answer.assert_error(400, "unsupported_token_type");
        let told = "No token can be revoked here: token store is disabled.";
        assert_eq!(answer.json()["error_description"], told);
        assert_eq!(answer.header("retry-after"), None);
    }
    assert!(server.is_active(&api, &token).await);
    server.post("/revoke", &mailer, "").await.assert_error(400, "invalid_request");
    let wrong = TestClient { secret: "wrong".to_owned(), ..mailer };
    server.post("/revoke", &wrong, "token=x").await.assert_error(401, "invalid_client");
}

#[tokio::test]
async fn every_operation_on_entries_says_that_there_is_no_store() {
    let (server, mailer, _) = server().await;
    let bearer = format!("Bearer {}", server.token(&mailer).await);

    for (method, path) in [
        (Method::GET, "/tokens"),
        (Method::POST, "/tokens"),
        (Method::POST, "/tokens/use"),
        (Method::POST, "/tokens/delete"),
        (Method::DELETE, "/tokens"),
        (Method::GET, "/tokens/"),
        (Method::GET, "/tokens/x"),
        (Method::DELETE, "/tokens/x/y"),
    ] {
        for credential in [None, Some("Bearer x"), Some(bearer.as_str())] {
            let mut request = Request::builder().method(method.clone()).uri(path);
            if let Some(credential) = credential {
                request = request.header(header::AUTHORIZATION, credential);
            }
            let request = request.header(header::CONTENT_TYPE, "application/json");
            let answer = server.send(request, r#"{"type": "Link", "token": "x"}"#).await;

            answer.assert_problem(503, "store_disabled");
            assert_eq!(
                answer.json(),
                json!({"type": "about:blank", "title": "Service Unavailable", "status": 503,
                       "detail": "Token store is disabled.", "code": "store_disabled"})
            );
            // Trying again will not help.
            assert_eq!(answer.header("retry-after"), None);
        }
    }
}

#[tokio::test]
async fn it_is_ready_and_says_what_it_can_do() {
    let (server, ..) = server().await;

    assert_eq!(server.get("/readyz", &[]).await.json(), json!({"ready": true}));
    assert_eq!(server.get("/healthz", &[]).await.body, "ok\n");
    let metadata = server.get("/.well-known/oauth-authorization-server", &[]).await.json();
    let members = metadata.as_object().unwrap();
    assert!(!members.keys().any(|name| name.starts_with("revocation")), "{metadata}");
    assert_eq!(metadata["introspection_endpoint"], format!("{LOCAL}/introspect"));
    assert_eq!(metadata["grant_types_supported"], json!(["client_credentials"]));
}

#[tokio::test]
async fn it_counts_as_ready_and_as_one_node() {
    let (server, ..) = server().await;
    let measured = Measured::begin(server.now());

    jobs::vitals::run(&server.app).await;
    jobs::sweep::run(&server.app).await;
    jobs::rotation::run(&server.app).await;
    jobs::differences::run(&server.app).await;

    assert_eq!(measured.value(&server.app, "tessera_ready"), 1);
    assert_eq!(measured.value(&server.app, "tessera_nodes"), 1);
    assert_eq!(measured.value(&server.app, "tessera_store_connections"), 0);
}

#[tokio::test]
async fn clients_are_as_they_are_declared() {
    let (_, mut text) = machine("mailer", "scope = \"read\"\naccess_lifetime = \"5m\"");
    text += "[[scopes]]\nscope = \"read\"\n\n[[clients]]\nclient_id = \"page\"\nkind = \"browser\"\n\
             cors_origins = [\"https://page.example\"]\n\n[[clients]]\nclient_id = \"chosen\"\n\
             [[clients.secrets]]\nvalue = \"correct-horse-battery-staple\"\n";
    let server = TestServer::without_store(&text).await;
    let (mailer, _) = machine("mailer", "");
    let chosen = "client_id=chosen&client_secret=x";

    let issued = server.post("/token", &mailer, "grant_type=client_credentials").await.json();
    let origin = [("origin", "https://page.example")];
    let shared = server.get("/jwks.json", &origin).await;
    let other = server.get("/jwks.json", &[("origin", "https://other.example")]).await;
    server.post_form("/token", chosen).await.assert_error(401, "invalid_client");
    let chosen = TestClient {
        id: tessera::model::client_id::ClientId::parse("chosen").unwrap(),
        secret: "correct-horse-battery-staple".to_owned(),
    };
    let by_chosen = server.post("/token", &chosen, "grant_type=client_credentials").await;

    assert_eq!((&issued["expires_in"], &issued["scope"]), (&json!(300), &json!("read")));
    assert_eq!(shared.header("access-control-allow-origin"), Some("https://page.example"));
    assert_eq!(other.header("access-control-allow-origin"), None);
    assert_eq!(by_chosen.status, 200, "{by_chosen:?}");
    let (_, disabled) = machine("mailer", "disabled = true");
    server.hold(&disabled).await.unwrap();
    let refused = server.post("/token", &mailer, "grant_type=client_credentials").await;
    refused.assert_error(401, "invalid_client");
}

#[tokio::test]
async fn the_tokens_of_a_client_end_with_its_declaration() {
    let (server, mailer, api) = server().await;
    let token = server.token(&mailer).await;
    let (_, _, text) = declared();
    let (_, lines) = machine("mailer", "scope = \"read\"");
    let without = text.replace(&lines, "");
    let disabled = text.replace("\"mailer\"\n", "\"mailer\"\ndisabled = true\n");

    for other in [without, disabled] {
        server.hold(&other).await.unwrap();
        assert_eq!(server.introspect(&api, &token).await, json!({"active": false}));
        server.hold(&text).await.unwrap();
        assert!(server.is_active(&api, &token).await);
    }
}

#[tokio::test]
async fn users_are_found_as_they_are_declared_and_keep_their_id() {
    let text = "[[users]]\nusername = \"Ingrid\"\nrealm = \"staff\"\nroles = [\"editor\"]\n\
                password = { value = \"correct horse\" }\n\n\
                [[users]]\nusername = \"jonas\"\ndisabled = true\n";
    let server = TestServer::without_store(text).await;
    let key = |realm: &str, name: &str| UserKey::Name(realm.to_owned(), name.to_owned());
    let find = async |realm, name| server.app.store.find_user(key(realm, name)).await.unwrap();

    let first = find("staff", "ingrid").await.unwrap();
    server.hold(text).await.unwrap();
    let again = find("staff", "ingrid").await.unwrap();

    assert_eq!((first.username.as_str(), first.roles.to_string().as_str()), ("Ingrid", "editor"));
    assert!(first.password.is_some() && first.password == again.password);
    assert_eq!(first.user_id, again.user_id);
    let elsewhere = TestServer::without_store(text).await;
    let there = elsewhere.app.store.find_user(key("staff", "ingrid")).await.unwrap().unwrap();
    assert_eq!(first.user_id, there.user_id);
    let by_id = server.app.store.find_user(UserKey::Id(first.user_id)).await.unwrap();
    assert_eq!(by_id.unwrap().username, "Ingrid");
    let jonas = find("default", "jonas").await.unwrap();
    assert!(jonas.status == UserStatus::Disabled && jonas.user_id != first.user_id);
    assert!(find("default", "ingrid").await.is_none());
}

#[tokio::test]
async fn files_that_are_wrong_change_nothing_of_what_is_held() {
    let (server, mailer, _) = server().await;

    let refused =
        server.hold("[[clients]]\nclient_id = \"mailer\"\nscope = \"nobody.knows\"\n").await;

    assert!(refused.is_err());
    assert!(!server.token(&mailer).await.is_empty());
}
