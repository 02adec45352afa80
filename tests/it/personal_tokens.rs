//! The tokens that people make for themselves, at `/tokens`.

mod getting;
mod makers;
mod refused;
mod snapshots;

use std::time::Duration;

use axum::http::Method;
use serde_json::{Value, json};
use tessera::{
    acts,
    model::{client::ClientKind, client_id::ClientId},
};

use crate::common::{
    Engine, TestServer, on_each_engine,
    people::{basic, bearer, jwt},
};

on_each_engine!(
    the_string_that_is_returned_says_who_made_it,
    a_deleted_token_is_good_no_more_though_its_end_is_to_come,
    everybody_sees_their_own_tokens_and_no_strings,
    only_its_owner_deletes_a_token,
    a_token_ends_when_it_should,
    a_token_hangs_on_its_user,
    a_token_that_one_node_made_or_deleted_is_so_on_the_other,
    a_client_neither_uses_nor_deletes_the_tokens_of_people,
    a_token_is_good_in_its_realm_alone,
    people_make_no_other_tokens_and_clients_none_of_theirs,
    nobody_registers_what_stands_for_people,
    rules_of_the_type_count_where_it_is_presented,
    places_are_counted_by_person,
);

pub(crate) fn alice() -> String {
    basic("alice", "correct horse")
}

pub(crate) fn bob() -> String {
    basic("bob", "bobs horse")
}

/// A server with two people.
pub(crate) async fn with_people(server: TestServer) -> TestServer {
    let server = server.signing(jwt()).await;
    server.alice().await;
    server
        .people(&["{ username = 'bob', realm = 'internal', password = { value = 'bobs horse' } }"])
        .await;
    server
}

pub(crate) async fn token(server: &TestServer, authorization: &str) -> String {
    server.personal(authorization).await["token"].as_str().unwrap().to_owned()
}

pub(crate) async fn list(server: &TestServer, authorization: &str) -> Vec<Value> {
    let answer = server.ask_as(authorization, Method::GET, "/tokens", Value::Null).await;
    assert_eq!(answer.status, 200, "{answer:?}");
    answer.json()["tokens"].as_array().unwrap().clone()
}

pub(crate) async fn is_good(server: &TestServer, token: &str) -> bool {
    let answer = server.authenticate(&bearer(token)).await;
    assert!([200, 401].contains(&answer.status.as_u16()), "{answer:?}");
    answer.status == 200
}

pub(crate) async fn delete(server: &TestServer, authorization: &str, which: Value) -> u16 {
    let mut asked = which;
    asked["type"] = json!("personal");
    let answer = server.ask_as(authorization, Method::POST, "/tokens/delete", asked).await;
    answer.status.as_u16()
}

async fn the_string_that_is_returned_says_who_made_it(server: TestServer) {
    let server = with_people(server).await;

    let made = server.personal(&alice()).await;

    let token = made["token"].as_str().unwrap();
    assert_eq!(token.len(), 43);
    assert_eq!((&made["type"], &made["expires_in"]), (&json!("personal"), &json!(90 * 86_400)));
    let jwt = server.jwt_of(&bearer(token)).await;
    assert_eq!(crate::common::people::opened(&jwt).1["sub"], "internal-alice");
}

async fn a_deleted_token_is_good_no_more_though_its_end_is_to_come(server: TestServer) {
    let server = with_people(server).await;
    let (one, other) = (token(&server, &alice()).await, token(&server, &alice()).await);
    assert!(is_good(&server, &one).await);

    assert_eq!(delete(&server, &alice(), json!({"token": one})).await, 200);

    assert!(!is_good(&server, &one).await);
    assert!(is_good(&server, &other).await);
    assert_eq!(delete(&server, &alice(), json!({"token": one})).await, 404);
}

async fn everybody_sees_their_own_tokens_and_no_strings(server: TestServer) {
    let server = with_people(server).await;
    assert_eq!(list(&server, &alice()).await, Vec::<Value>::new());
    let mut ids = Vec::new();
    for _ in 0..3 {
        ids.push(server.personal(&alice()).await);
    }
    token(&server, &bob()).await;

    let seen = list(&server, &alice()).await;

    let mut expected: Vec<_> = ids.iter().map(|made| made["id"].clone()).collect();
    expected.sort_by_key(|id| id.as_str().map(str::to_owned));
    assert_eq!(seen.iter().map(|seen| seen["id"].clone()).collect::<Vec<_>>(), expected);
    let text = Value::from(seen).to_string();
    assert!(!ids.iter().any(|made| text.contains(made["token"].as_str().unwrap())));
    let first = server.ask_as(&alice(), Method::GET, "/tokens?limit=2", Value::Null).await.json();
    let next = format!("/tokens?after={}", first["next"].as_str().unwrap());
    let rest = server.ask_as(&alice(), Method::GET, &next, Value::Null).await.json();
    assert_eq!(rest["tokens"][0]["id"], expected[2]);
    let others = server.ask_as(&alice(), Method::GET, "/tokens?type=other", Value::Null).await;
    assert_eq!(others.json(), json!({"tokens": []}));
}

async fn only_its_owner_deletes_a_token(server: TestServer) {
    let server = with_people(server).await;
    let made = server.personal(&alice()).await;

    for which in [json!({"token": made["token"]}), json!({"id": made["id"]})] {
        assert_eq!(delete(&server, &bob(), which).await, 404);
    }
    assert_eq!(delete(&server, &bob(), json!({"id": "tok_0000000000000"})).await, 404);
    let typed = json!({"type": "access", "id": made["id"]});
    let answer = server.ask_as(&alice(), Method::POST, "/tokens/delete", typed).await;
    answer.assert_problem(404, "not_found");

    assert!(is_good(&server, made["token"].as_str().unwrap()).await);
    assert_eq!(delete(&server, &alice(), json!({"id": made["id"]})).await, 200);
}

async fn a_token_ends_when_it_should(server: TestServer) {
    let server = with_people(server).await;
    let asked = json!({"type": "Personal", "expires_in": 10});
    let made = server.ask_as(&alice(), Method::POST, "/tokens", asked).await.json();
    let (short, usual) =
        (made["token"].as_str().unwrap().to_owned(), token(&server, &alice()).await);

    server.advance(Duration::from_secs(9));
    assert!(is_good(&server, &short).await);
    server.advance(Duration::from_secs(1));

    assert!(!is_good(&server, &short).await);
    server.advance(Duration::from_hours(90 * 24) - Duration::from_secs(11));
    assert!(is_good(&server, &usual).await);
    server.advance(Duration::from_secs(1));
    assert!(!is_good(&server, &usual).await);
}

async fn a_token_hangs_on_its_user(server: TestServer) {
    let server = with_people(server).await;
    let token = token(&server, &alice()).await;
    let disabled =
        |is: bool| format!("{{ username = 'alice', realm = 'internal', disabled = {is} }}");
    assert!(is_good(&server, &token).await);

    server.people(&[&disabled(true)]).await;
    assert!(!is_good(&server, &token).await);

    server.people(&[&disabled(false)]).await;
    assert!(!is_good(&server, &token).await, "it does not come back");
}

async fn a_token_that_one_node_made_or_deleted_is_so_on_the_other(server: TestServer) {
    if server.database().engine == Engine::Sqlite {
        // One process owns the file.
        return;
    }
    let here = with_people(server).await;
    let there = here.neighbour_with(|config| config.jwt = Some(jwt())).await;
    let token = token(&here, &alice()).await;
    assert!(is_good(&here, &token).await && is_good(&there, &token).await);

    assert_eq!(delete(&here, &alice(), json!({"token": token})).await, 200);

    assert!(!is_good(&there, &token).await);
}

async fn a_client_neither_uses_nor_deletes_the_tokens_of_people(server: TestServer) {
    let server = with_people(server).await;
    let shop = server.machine("shop", "tokens.use:personal tokens.delete:personal").await;
    let shop = bearer(&server.token(&shop).await);
    let token = token(&server, &alice()).await;
    let asked = json!({"type": "Personal", "token": token});

    let used = server.ask_as(&shop, Method::POST, "/tokens/use", asked.clone()).await;
    assert_eq!((used.status.as_u16(), used.json()), (200, json!({"outcome": "invalid"})));
    let deleted = server.ask_as(&shop, Method::POST, "/tokens/delete", asked).await;
    assert_eq!((deleted.status.as_u16(), deleted.json()), (200, json!({"deleted": false})));

    assert!(is_good(&server, &token).await);
}

async fn a_token_is_good_in_its_realm_alone(server: TestServer) {
    let server = with_people(server).await;
    let token = bearer(&token(&server, &alice()).await);
    let list = async |realm: Option<&str>| {
        let mut headers = vec![("authorization", &*token)];
        headers.extend(realm.map(|realm| ("x-auth-realm", realm)));
        let there = server.get("/authenticate", &headers).await.status;
        let here = server.get("/tokens", &headers).await.status;
        assert_eq!(there, here, "{realm:?}");
        here.as_u16()
    };

    assert_eq!((list(None).await, list(Some("Internal")).await), (200, 200));
    for other in ["elsewhere", "default", "no realm"] {
        assert_eq!(list(Some(other)).await, 401, "{other}");
    }
}

async fn people_make_no_other_tokens_and_clients_none_of_theirs(server: TestServer) {
    let server = with_people(server).await;
    server.define("token_types = [{ name = 'Link' }]").await;
    let scope = "tokens.create:personal tokens.list:personal tokens.delete:personal";
    let shop = server.machine("shop", scope).await;
    let shop = bearer(&server.token(&shop).await);
    let ask =
        async |who: &str, asked: Value| server.ask_as(who, Method::POST, "/tokens", asked).await;

    ask(&alice(), json!({"type": "Link"})).await.assert_problem(403, "access_denied");
    ask(&alice(), json!({})).await.assert_problem(400, "invalid_request");
    for more in ["purposes", "attributes", "identity"] {
        let mut asked = json!({"type": "personal"});
        asked[more] = match more {
            "purposes" => json!(["x"]),
            "attributes" => json!({"a": 1}),
            _ => json!("bob"),
        };
        ask(&alice(), asked).await.assert_problem(400, "invalid_request");
    }
    ask(&shop, json!({"type": "personal"})).await.assert_problem(400, "unknown_type");
    let made = server.personal(&alice()).await;
    assert_eq!(list(&server, &shop).await, Vec::<Value>::new());
    let by_id = json!({"type": "personal", "id": made["id"]});
    let answer = server.ask_as(&shop, Method::POST, "/tokens/delete", by_id).await;
    assert_eq!(answer.json(), json!({"deleted": false}));
    let both = format!("{}, {shop}", alice());
    ask(&both, json!({"type": "personal"})).await.assert_problem(400, "invalid_request");
}

async fn nobody_registers_what_stands_for_people(server: TestServer) {
    let added = server
        .add(
            &ClientId::of_people(),
            ClientKind::Machine,
            acts::clients::ClientChanges::default(),
            None,
        )
        .await;

    assert!(matches!(added, Err(acts::Error::Invalid(_))), "{added:?}");
}

async fn rules_of_the_type_count_where_it_is_presented(server: TestServer) {
    let server = with_people(server).await;
    server
        .define(
            "[[token_types]]\nname = 'personal'\n[[token_types.rules]]\ntype = 'UseCount'\n\
             max_use_count = 2\n[[token_types.rules]]\ntype = 'Expiry'\nexpiry_time = '1d'\n\
             [[token_types.rules]]\ntype = 'Format'\nbytes = 32\nprefix = 'pat_'\n",
        )
        .await;

    let made = server.personal(&alice()).await;

    let token = made["token"].as_str().unwrap();
    assert!(token.starts_with("pat_"), "{token}");
    assert_eq!((&made["expires_in"], &made["uses_left"]), (&json!(86_400), &json!(2)));
    let mut good = Vec::new();
    for _ in 0..3 {
        good.push(is_good(&server, token).await);
    }
    assert_eq!(good, [true, true, false]);
    let long = json!({"type": "personal", "expires_in": 86_401});
    let refused = server.ask_as(&alice(), Method::POST, "/tokens", long).await;
    refused.assert_problem(400, "invalid_request");
}

async fn places_are_counted_by_person(server: TestServer) {
    let server = with_people(server).await;
    server
        .define(
            "[[token_types]]\nname = 'personal'\n[[token_types.rules]]\ntype = 'MaxActive'\n\
             max = 1\nper = 'identity'\n",
        )
        .await;
    let made = server.personal(&alice()).await;
    token(&server, &bob()).await;

    let asked = json!({"type": "personal"});
    let more = server.ask_as(&alice(), Method::POST, "/tokens", asked).await;

    more.assert_problem(409, "too_many_active");
    assert_eq!(delete(&server, &alice(), json!({"id": made["id"]})).await, 200);
    token(&server, &alice()).await;
}
