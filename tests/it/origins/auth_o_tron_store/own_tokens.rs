//! The opaque tokens of people.

use std::time::Duration;

use axum::http::Method;
use serde_json::{Value, json};
use tessera::model::user_snapshot::UserSnapshot;

use crate::{
    common::{
        TestServer, on_each_engine,
        people::{bearer, opened},
        server::Answer,
    },
    personal_tokens::{alice, bob, delete, is_good, list, token, with_people},
};

on_each_engine!(
    b04_the_string_that_is_returned_says_who_made_it,
    b05_a_deleted_token_is_good_no_more_though_its_end_is_to_come,
    b06_a_list_is_of_ones_own_live_tokens,
    b17_people_make_list_and_delete_over_http_and_others_are_challenged,
    b17_whoever_needs_it_gets_a_token_by_get_and_nobody_else,
    b18_the_string_that_is_returned_is_the_one_that_is_stored,
    b18_the_string_that_get_returns_is_the_one_that_is_stored,
    b19_a_token_ends_when_it_says,
    b19_a_token_that_get_made_ends_after_the_hour_that_is_asked_for_there,
    b20_of_anothers_token_nobody_learns_that_it_is_there,
    b21_what_changes_about_somebody_changes_what_their_tokens_say,
    b21_where_that_is_set_a_token_says_what_was_so_when_it_was_made,
    b22_the_first_tokens_of_somebody_may_come_at_once,
    b23_the_list_of_somebody_without_tokens_is_empty,
);

async fn b04_the_string_that_is_returned_says_who_made_it(server: TestServer) {
    let server = with_people(server).await;

    let (of_alice, of_bob) = (token(&server, &alice()).await, token(&server, &bob()).await);

    assert_ne!(of_alice, of_bob);
    for (token, subject) in [(&of_alice, "internal-alice"), (&of_bob, "internal-bob")] {
        assert_eq!(token.len(), 43);
        assert_eq!(opened(&server.jwt_of(&bearer(token)).await).1["sub"], subject);
    }
}

async fn b05_a_deleted_token_is_good_no_more_though_its_end_is_to_come(server: TestServer) {
    let server = with_people(server).await;
    let made = server.personal(&alice()).await;
    let token = made["token"].as_str().unwrap();
    assert!(made["expires_in"].as_i64().unwrap() > 3600 && is_good(&server, token).await);

    assert_eq!(delete(&server, &alice(), json!({"token": token})).await, 200);

    assert!(!is_good(&server, token).await);
}

async fn b06_a_list_is_of_ones_own_live_tokens(server: TestServer) {
    let server = with_people(server).await;
    let mut expected = Vec::new();
    for _ in 0..3 {
        expected.push(server.personal(&alice()).await["id"].as_str().unwrap().to_owned());
    }
    let deleted = token(&server, &alice()).await;
    delete(&server, &alice(), json!({"token": deleted})).await;
    token(&server, &bob()).await;

    let seen = list(&server, &alice()).await;

    expected.sort();
    assert!(seen.iter().all(|seen| seen["status"] == "active"), "{seen:?}");
    let seen: Vec<_> = seen.iter().map(|seen| seen["id"].as_str().unwrap()).collect();
    assert_eq!(seen, expected);
}

/// `POST /tokens` makes, where `GET /token` did; what is absent is 404, where it was 204; and no
/// string is shown again.
async fn b17_people_make_list_and_delete_over_http_and_others_are_challenged(server: TestServer) {
    let server = with_people(server).await;
    let requests = [
        (Method::POST, "/tokens", json!({"type": "personal"})),
        (Method::GET, "/tokens", Value::Null),
        (Method::POST, "/tokens/delete", json!({"type": "personal", "id": "tok_0000000000000"})),
    ];
    let ask = async |who: &str| {
        let mut answers = Vec::new();
        for (method, path, body) in requests.clone() {
            answers.push(server.ask_as(who, method, path, body).await);
        }
        answers
    };

    let own = ask(&alice()).await;
    let statuses = |answers: &[Answer]| -> Vec<_> {
        answers.iter().map(|answer| answer.status.as_u16()).collect()
    };
    assert_eq!(statuses(&own), [201, 200, 404]);
    let made = own[0].json()["token"].as_str().unwrap().to_owned();
    assert_eq!(own[1].json()["tokens"].as_array().unwrap().len(), 1);
    assert!(!own[1].body.contains(&made));
    for stranger in ["Basic Ym9iOndyb25n", "Bearer x"] {
        let refused = ask(stranger).await;
        assert_eq!(statuses(&refused), [401, 401, 401], "{stranger}");
        for answer in refused {
            assert!(answer.header("www-authenticate").is_some(), "{answer:?}");
        }
    }
    let challenges = server.get("/authenticate", &[("x-auth-realm", "internal")]).await;
    let challenges = challenges.headers.get_all("www-authenticate").iter();
    let challenges: Vec<_> = challenges.map(|value| value.to_str().unwrap()).collect();
    assert_eq!(
        challenges,
        [r#"Basic realm="internal", charset="UTF-8""#, r#"Bearer realm="internal""#]
    );
}

async fn b18_the_string_that_is_returned_is_the_one_that_is_stored(server: TestServer) {
    let server = with_people(server).await;

    let token = token(&server, &alice()).await;

    assert!(is_good(&server, &token).await);
    let server = server.restarted(|_| ()).await;
    assert!(is_good(&server, &token).await, "out of the database");
}

async fn getting(server: TestServer) -> TestServer {
    with_people(server).await.restarted(|config| config.personal_tokens.get_token = true).await
}

async fn b17_whoever_needs_it_gets_a_token_by_get_and_nobody_else(server: TestServer) {
    let server = with_people(server).await;
    let get = async |server: &TestServer, who: &str| {
        server.ask_as(who, Method::GET, "/token", Value::Null).await
    };
    assert_eq!(get(&server, &alice()).await.status, 405);

    let server = server.restarted(|config| config.personal_tokens.get_token = true).await;

    let answer = get(&server, &alice()).await;
    assert_eq!(answer.status, 200, "{answer:?}");
    assert_eq!(answer.json().as_object().unwrap().keys().collect::<Vec<_>>(), ["token"]);
    let refused = get(&server, "Bearer x").await;
    refused.assert_error(401, "invalid_credentials");
    assert!(refused.header("www-authenticate").is_some());
    assert_eq!(list(&server, &alice()).await.len(), 1);
}

async fn b18_the_string_that_get_returns_is_the_one_that_is_stored(server: TestServer) {
    let server = getting(server).await;

    let made = server.ask_as(&alice(), Method::GET, "/token", Value::Null).await.json();

    let token = made["token"].as_str().unwrap();
    assert_eq!(opened(&server.jwt_of(&bearer(token)).await).1["sub"], "internal-alice");
    let server = server.restarted(|_| ()).await;
    assert!(is_good(&server, token).await, "out of the database");
}

async fn b19_a_token_that_get_made_ends_after_the_hour_that_is_asked_for_there(server: TestServer) {
    let server = getting(server).await;
    let made = server.ask_as(&alice(), Method::GET, "/token", Value::Null).await.json();
    let token = made["token"].as_str().unwrap();

    server.advance(Duration::from_secs(3599));
    assert!(is_good(&server, token).await);
    server.advance(Duration::from_secs(1));

    assert!(!is_good(&server, token).await);
}

async fn b19_a_token_ends_when_it_says(server: TestServer) {
    let server = with_people(server).await;
    let asked = json!({"type": "personal", "expires_in": 3600});
    let made = server.ask_as(&alice(), Method::POST, "/tokens", asked).await.json();
    let token = made["token"].as_str().unwrap();
    assert_eq!(made["expires_in"], 3600);

    server.advance(Duration::from_secs(3599));
    assert!(is_good(&server, token).await);
    server.advance(Duration::from_secs(1));

    assert!(!is_good(&server, token).await);
    assert_eq!(list(&server, &alice()).await[0]["status"], "expired");
}

async fn b20_of_anothers_token_nobody_learns_that_it_is_there(server: TestServer) {
    let server = with_people(server).await;
    let made = server.personal(&alice()).await;
    let ask = async |id: &Value| {
        let asked = json!({"type": "personal", "id": id});
        let answer = server.ask_as(&bob(), Method::POST, "/tokens/delete", asked).await;
        (answer.status.as_u16(), answer.body)
    };

    let (anothers, absent) = (ask(&made["id"]).await, ask(&json!("tok_0000000000000")).await);

    assert_eq!((anothers.0, &anothers.1), (404, &absent.1));
    assert_eq!(delete(&server, &bob(), json!({"token": made["token"]})).await, 404);
    assert!(is_good(&server, made["token"].as_str().unwrap()).await);
    assert_eq!(delete(&server, &alice(), json!({"token": made["token"]})).await, 200);
}

async fn b21_what_changes_about_somebody_changes_what_their_tokens_say(server: TestServer) {
    let server = with_people(server).await;
    let token = bearer(&token(&server, &alice()).await);
    let roles = async || opened(&server.jwt_of(&token).await).1["roles"].clone();
    assert_eq!(roles().await, json!(["admin", "developer"]));

    server.people(&["{ username = 'alice', realm = 'internal', roles = ['reader'] }"]).await;

    assert_eq!(roles().await, json!(["reader"]));
}

async fn b21_where_that_is_set_a_token_says_what_was_so_when_it_was_made(server: TestServer) {
    let server = with_people(server).await;
    let issue = UserSnapshot::Issue;
    let server = server.restarted(|config| config.personal_tokens.user_snapshot = issue).await;
    let token = bearer(&token(&server, &alice()).await);
    let roles = async |who: &str| opened(&server.jwt_of(who).await).1["roles"].clone();

    server.people(&["{ username = 'alice', realm = 'internal', roles = ['reader'] }"]).await;

    assert_eq!(roles(&token).await, json!(["admin", "developer"]));
    assert_eq!(roles(&alice()).await, json!(["reader"]));
}

async fn b22_the_first_tokens_of_somebody_may_come_at_once(server: TestServer) {
    let server = with_people(server).await;
    let bob = bob();

    tokio::join!(token(&server, &bob), token(&server, &bob), token(&server, &bob));

    assert_eq!(list(&server, &bob).await.len(), 3);
}

async fn b23_the_list_of_somebody_without_tokens_is_empty(server: TestServer) {
    let server = with_people(server).await;

    let answer = server.ask_as(&bob(), Method::GET, "/tokens", Value::Null).await;

    assert_eq!((answer.status.as_u16(), answer.json()), (200, json!({"tokens": []})));
}
