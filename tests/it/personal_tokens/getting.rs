//! `GET /token`, where the settings want it.

use std::time::Duration;

use axum::http::{Method, Request};
use serde_json::{Value, json};
use tessera::{
    acts::clients::ClientChanges,
    config::Config,
    model::{client::ClientKind, space_delimited::SpaceDelimited},
};

use super::{alice, is_good, list, token, with_people};
use crate::common::{
    TestServer, on_each_engine,
    people::{basic, bearer},
    server::Answer,
};

on_each_engine!(
    nobody_gets_one_unless_the_settings_want_it,
    the_string_is_good_for_an_hour,
    rules_of_the_type_count_as_they_do_elsewhere,
    a_token_gets_others_that_do_not_outlive_it_and_a_jwt_none,
    all_else_is_challenged_and_makes_nothing,
    whoever_only_looks_ahead_makes_nothing,
    posting_there_is_what_it_was,
    no_page_reads_it,
);

fn on(config: &mut Config) {
    config.personal_tokens.get_token = true;
}

async fn getting(server: TestServer) -> TestServer {
    with_people(server).await.restarted(on).await
}

async fn get(server: &TestServer, authorization: &str) -> Answer {
    server.ask_as(authorization, Method::GET, "/token", Value::Null).await
}

async fn got(server: &TestServer, authorization: &str) -> String {
    let answer = get(server, authorization).await;
    assert_eq!(answer.status, 200, "{answer:?}");
    answer.json()["token"].as_str().unwrap().to_owned()
}

async fn nobody_gets_one_unless_the_settings_want_it(server: TestServer) {
    let server = with_people(server).await;

    for method in [Method::GET, Method::HEAD] {
        let answer = server.ask_as(&alice(), method.clone(), "/token", Value::Null).await;

        assert_eq!((answer.status.as_u16(), answer.header("allow")), (405, Some("POST")));
        assert!(method == Method::HEAD || answer.json()["error"] == "invalid_request");
    }
    assert_eq!(list(&server, &alice()).await, Vec::<Value>::new());
    let document = server.get("/openapi.json", &[]).await.json();
    assert!(document["paths"].get("/token").is_none());
}

async fn the_string_is_good_for_an_hour(server: TestServer) {
    let server = getting(server).await;

    let answer = get(&server, &alice()).await;

    assert_eq!(answer.status, 200, "{answer:?}");
    assert_eq!(answer.header("cache-control"), Some("no-store"));
    let told = answer.json();
    let token = told["token"].as_str().unwrap();
    assert_eq!(told, json!({"token": token}));
    assert!(is_good(&server, token).await);
    assert_eq!(list(&server, &alice()).await.len(), 1);
    server.advance(Duration::from_secs(3599));
    assert!(is_good(&server, token).await);
    server.advance(Duration::from_secs(1));
    assert!(!is_good(&server, token).await);
    let document = server.get("/openapi.json", &[]).await.json();
    let schema = &document["paths"]["/token"]["get"]["responses"]["401"]["content"];
    let schema = &schema["application/json"]["schema"]["$ref"];
    assert_eq!(schema, "#/components/schemas/OAuthError");
}

async fn rules_of_the_type_count_as_they_do_elsewhere(server: TestServer) {
    let server = getting(server).await;
    server
        .define(
            "[[token_types]]\nname = 'personal'\n[[token_types.rules]]\ntype = 'Expiry'\n\
             expiry_time = '30d'\n[[token_types.rules]]\ntype = 'MaxActive'\nmax = 1\n\
             per = 'identity'\n",
        )
        .await;

    let token = got(&server, &alice()).await;

    get(&server, &alice()).await.assert_error(409, "too_many_active");
    server.advance(Duration::from_hours(30 * 24) - Duration::from_secs(1));
    assert!(is_good(&server, &token).await);
    server.advance(Duration::from_secs(1));
    assert!(!is_good(&server, &token).await);
}

async fn a_token_gets_others_that_do_not_outlive_it_and_a_jwt_none(server: TestServer) {
    let server = getting(server).await;
    let first = got(&server, &alice()).await;
    let jwt = server.jwt_of(&alice()).await;
    server.advance(Duration::from_secs(3590));

    let second = got(&server, &bearer(&first)).await;
    get(&server, &bearer(&jwt)).await.assert_error(401, "invalid_credentials");
    // Whoever has a password beside it needs no more.
    got(&server, &format!("{}, {}", bearer(&jwt), alice())).await;

    assert!(is_good(&server, &second).await);
    server.advance(Duration::from_secs(10));
    assert!(!is_good(&server, &second).await);
}

async fn all_else_is_challenged_and_makes_nothing(server: TestServer) {
    let server = getting(server).await;
    let client = server.machine("mailer", "tokens.create:personal").await;
    let access = bearer(&server.token(&client).await);
    let known = token(&server, &alice()).await;

    for presented in
        [basic("alice", "wrong horse"), bearer("x"), access, client.basic(), "Basic".to_owned()]
    {
        let refused = get(&server, &presented).await;
        refused.assert_error(401, "invalid_credentials");
        assert_eq!(refused.headers.get_all("www-authenticate").iter().count(), 2);
    }
    for headers in [&[][..], &[("cookie", known.as_str())], &[("authorization", "Digest x")]] {
        let refused = server.get("/token", headers).await;
        refused.assert_error(401, "credentials_missing");
        assert_eq!(refused.headers.get_all("www-authenticate").iter().count(), 2);
    }
    for name in ["token", "access_token"] {
        let path = format!("/token?{name}={known}");
        server.get(&path, &[]).await.assert_error(400, "invalid_request");
    }
    assert_eq!(list(&server, &alice()).await.len(), 1);
    server.people(&["{ username = 'alice', realm = 'internal', disabled = true }"]).await;
    get(&server, &alice()).await.assert_error(401, "invalid_credentials");
}

async fn whoever_only_looks_ahead_makes_nothing(server: TestServer) {
    let server = getting(server).await;

    let head = server.ask_as(&alice(), Method::HEAD, "/token", Value::Null).await;
    assert_eq!((head.status.as_u16(), head.header("allow")), (405, Some("POST,GET")));
    assert_eq!(head.body, "");
    for (name, value) in
        [("sec-purpose", "prefetch"), ("purpose", "prefetch"), ("sec-fetch-site", "cross-site")]
    {
        let headers = [("authorization", &*alice()), ("x-auth-realm", "internal"), (name, value)];
        server.get("/token", &headers).await.assert_error(403, "access_denied");
    }

    assert_eq!(list(&server, &alice()).await, Vec::<Value>::new());
}

async fn posting_there_is_what_it_was(server: TestServer) {
    let server = getting(server).await;
    let client = server.machine("mailer", "read").await;

    assert!(server.is_active(&client, &server.token(&client).await).await);
    let person = server.ask_as(&alice(), Method::POST, "/token", Value::Null).await;
    assert_eq!(person.status, 400, "{person:?}");
    for method in [Method::PUT, Method::DELETE, Method::PATCH] {
        let answer = server.ask_as(&alice(), method, "/token", Value::Null).await;
        assert_eq!(answer.status, 405, "{answer:?}");
        let allowed = answer.header("allow").unwrap().to_owned();
        assert!(allowed.contains("POST") && allowed.contains("GET"), "{allowed}");
    }
}

async fn no_page_reads_it(server: TestServer) {
    let server = getting(server).await;
    let origin = "https://app.example";
    let cors_origins = Some(SpaceDelimited::parse(origin));
    let changes = ClientChanges { cors_origins, ..ClientChanges::default() };
    server.client("app", ClientKind::Browser, changes).await;

    let headers = [("authorization", &*alice()), ("x-auth-realm", "internal"), ("origin", origin)];
    let answer = server.get("/token", &headers).await;
    assert_eq!(answer.header("access-control-allow-origin"), None);

    let posted = Request::builder().method(Method::POST).uri("/token").header("origin", origin);
    let posted = server.send(posted, "").await;
    assert_eq!(posted.header("access-control-allow-origin"), Some(origin));
}
