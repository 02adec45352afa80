//! Whatever is sent: the documented problem, nothing stored, nothing of ours fails.

use axum::http::{Method, Request};
use serde_json::{Value, json};

use super::{Caller, with_type};
use crate::common::{TestServer, on_each_engine};

on_each_engine!(
    other_methods_and_paths_are_problems_too,
    only_json_within_its_limits_is_read,
    every_member_is_known_and_as_it_must_be,
    the_bounds_are_where_they_are_said_to_be,
    what_is_no_token_is_invalid_whatever_it_is,
    hostile_texts_come_back_as_they_were,
    a_long_address_and_plain_http_are_problems_too,
);

const POSTS: [&str; 3] = ["/tokens", "/tokens/use", "/tokens/delete"];

async fn other_methods_and_paths_are_problems_too(server: TestServer) {
    let caller = Caller::with(&server, json!([])).await;

    for (path, allowed) in
        [("/tokens", "GET,HEAD,POST"), ("/tokens/use", "POST"), ("/tokens/delete", "POST")]
    {
        for method in ["PUT", "DELETE", "PATCH", "BREW"] {
            let answer =
                caller.send(Method::from_bytes(method.as_bytes()).unwrap(), path, "").await;
            answer.assert_problem(405, "invalid_request");
            assert_eq!(answer.header("allow"), Some(allowed), "{path}");
        }
    }
    caller.get("/tokens/other").await.assert_problem(404, "not_found");
}

async fn only_json_within_its_limits_is_read(server: TestServer) {
    let caller = Caller::with(&server, json!([])).await;
    let send = async |path, header: (&str, &str), body: &str| {
        let request = Request::post(path)
            .header("authorization", format!("Bearer {}", caller.token))
            .header(header.0, header.1);
        server.send(request, body).await
    };
    let large = format!(r#"{{"type":"Link","token":"{}"}}"#, "x".repeat(64 * 1024));
    let deep = format!(r#"{{"type":"Link","attributes":{}}}"#, "[".repeat(5000));
    for path in POSTS {
        for content_type in ["application/x-www-form-urlencoded", "text/plain", "application/jsonp"]
        {
            let answer = send(path, ("content-type", content_type), "{}").await;
            answer.assert_problem(415, "invalid_request");
        }
        let zipped = Request::post(path)
            .header("authorization", format!("Bearer {}", caller.token))
            .header("content-type", "application/json")
            .header("content-encoding", "gzip");
        server.send(zipped, "{}").await.assert_problem(415, "invalid_request");
        let large = caller.send(Method::POST, path, &large).await;
        large.assert_problem(413, "invalid_request");

        for body in [
            "",
            "{",
            "[]",
            "null",
            "{} {}",
            r#"{"type":"Link","type":"Link"}"#,
            &deep,
            "\u{feff}{}",
            r#"{"type":"\ud800"}"#,
            r#"{"type":1e999}"#,
        ] {
            let answer = caller.send(Method::POST, path, body).await;
            answer.assert_problem(400, "invalid_request");
        }
    }
    let good =
        send("/tokens", ("content-type", "Application/JSON; charset=UTF-8"), r#"{"type":"Link"}"#);
    assert_eq!(good.await.status, 201);
}

async fn every_member_is_known_and_as_it_must_be(server: TestServer) {
    let caller = Caller::with(&server, json!([])).await;
    let cases: [(&str, Value, &str); 20] = [
        ("/tokens", json!({"type": 1}), "type must be"),
        ("/tokens", json!({"type": "a b"}), "type must be"),
        ("/tokens", json!({"purpose": "x"}), "not known here. Known are type, purposes"),
        ("/tokens", json!({"purposes": "x"}), "purposes must be an array"),
        ("/tokens", json!({"purposes": [1]}), "purposes must be"),
        ("/tokens", json!({"purposes": ["a\u{0}"]}), "without NUL"),
        ("/tokens", json!({"identity": "a\u{0}b"}), "identity must be"),
        ("/tokens", json!({"identity": {}}), "identity must be"),
        ("/tokens", json!({"attributes": []}), "attributes must be an object"),
        ("/tokens", json!({"attributes": {"a": "x".repeat(8192)}}), "8 KiB"),
        ("/tokens", json!({"expires_in": "60"}), "expires_in must be a whole number"),
        ("/tokens", json!({"expires_in": 1.5}), "expires_in must be"),
        ("/tokens/use", json!({}), "token is missing"),
        ("/tokens/use", json!({"token": null}), "token is missing"),
        ("/tokens/use", json!({"token": "x", "peek": "true"}), "peek must be"),
        ("/tokens/use", json!({"token": "x", "address": "10.0.0.1/8"}), "address must be"),
        ("/tokens/use", json!({"token": "x", "use_key": ""}), "use_key must be"),
        ("/tokens/delete", json!({}), "token or id is missing"),
        ("/tokens/delete", json!({"id": "tok_0"}), "id must be"),
        ("/tokens/delete", json!({"id": "tok_0000000000000", "token": "x"}), "id must be absent"),
    ];

    for (path, body, said) in cases {
        let answer = caller.post(path, &with_type(body.clone())).await;

        answer.assert_problem(400, "invalid_request");
        let detail = answer.json()["detail"].as_str().unwrap().to_owned();
        assert!(detail.contains(said), "{path} {body}: {detail}");
    }
    let beyond = r#"{"type":"Link","attributes":{"order":123456789012345678901}}"#;
    let answer = caller.send(Method::POST, "/tokens", beyond).await;
    answer.assert_problem(400, "invalid_request");
    assert!(answer.json()["detail"].as_str().unwrap().contains("number in the body is too large"));
    caller.send(Method::POST, "/tokens", "{}").await.assert_problem(400, "invalid_request");
    assert_eq!(server.database().count("tokens WHERE kind = 'typed'").await, 0);
}

async fn the_bounds_are_where_they_are_said_to_be(server: TestServer) {
    let caller = Caller::with(&server, json!([])).await;
    let many = |count: usize| (0..count).map(|n| format!("p{n}")).collect::<Vec<_>>();
    let members = |count: usize| -> Value {
        many(count)
            .into_iter()
            .map(|name| (name, json!(1)))
            .collect::<serde_json::Map<_, _>>()
            .into()
    };
    let text = |length: usize| "\u{1f511}".repeat(length);

    for (member, good, bad) in [
        ("purposes", json!(many(32)), json!(many(33))),
        ("purposes", json!([text(200)]), json!([text(201)])),
        ("identity", json!(text(400)), json!(text(401))),
        ("attributes", members(64), members(65)),
        ("expires_in", json!(1), json!(0)),
        ("expires_in", json!(2.0), json!(-1)),
        ("expires_in", json!(3_153_600_000_u64), json!(3_153_600_001_u64)),
    ] {
        let taken = caller.post("/tokens", &json!({"type": "Link", member: good})).await;
        let refused = caller.post("/tokens", &json!({"type": "Link", member: bad})).await;

        assert_eq!(taken.status, 201, "{member}: {taken:?}");
        refused.assert_problem(400, "invalid_request");
    }
    for (member, good, bad) in [
        ("purpose", text(200), text(201)),
        ("identity", text(400), text(401)),
        ("use_key", text(128), text(129)),
    ] {
        let body = |value: &str| json!({"type": "Link", "token": "x", member: value});
        let taken = caller.post("/tokens/use", &body(&good)).await;
        let refused = caller.post("/tokens/use", &body(&bad)).await;

        assert_eq!(taken.json(), json!({"outcome": "invalid"}), "{member}");
        refused.assert_problem(400, "invalid_request");
    }
}

async fn what_is_no_token_is_invalid_whatever_it_is(server: TestServer) {
    let caller = Caller::with(&server, json!([{"type": "UseCount", "max_use_count": 1}])).await;
    let made = caller.create(json!({})).await["token"].as_str().unwrap().to_owned();
    let long = "x".repeat(60_000);

    for token in [
        "",
        " ",
        "\u{0}",
        "é\u{1f511}",
        "x",
        "%00",
        "' OR 1=1 --",
        "a.b.c",
        &long,
        &made[1..],
        &made.to_uppercase(),
        &made.to_lowercase(),
        &format!("{made} "),
        &format!("{made}\u{0}"),
        &caller.token,
    ] {
        let used = caller.use_token(&json!(token), json!({"use_key": "k"})).await;
        assert_eq!(used, json!({"outcome": "invalid"}), "{token:?}");
        let body = json!({"type": "Link", "token": token});
        let deleted = caller.post("/tokens/delete", &body).await;
        assert_eq!(deleted.json(), json!({"deleted": false}), "{token:?}");
    }
    assert_eq!(server.database().count("token_uses").await, 0);
    assert_eq!(caller.use_token(&json!(made), json!({})).await["outcome"], "allowed");
}

async fn hostile_texts_come_back_as_they_were(server: TestServer) {
    let caller = Caller::with(&server, json!([])).await;
    let text = "'; DROP TABLE tokens; -- \u{202e}\u{1f511}\u{1}\n<script>";
    let attributes = json!({text: [text, {"\u{0}": "\u{0}"}, 1.5, -7, u64::MAX, true, null]});

    let made = caller
        .create(json!({"purposes": [text], "identity": text, "attributes": attributes}))
        .await;
    let used = caller.use_token(&made["token"], json!({"purpose": text, "identity": text})).await;
    let listed = caller.get("/tokens").await.json();

    assert_eq!(used["outcome"], "allowed");
    assert_eq!(used["attributes"], attributes);
    assert_eq!(listed["tokens"][0]["identity"], text);
}

async fn a_long_address_and_plain_http_are_problems_too(server: TestServer) {
    let caller = Caller::with(&server, json!([])).await;
    let long = caller.get(&format!("/tokens?x={}", "y".repeat(17_000))).await;
    long.assert_problem(414, "invalid_request");

    let peer = tessera::server::Peer { address: "203.0.113.9".parse().unwrap(), encrypted: false };
    let request =
        Request::get("/tokens").header("authorization", format!("Bearer {}", caller.token));
    let plain = server.send_from(peer, request, "").await;

    plain.assert_problem(403, "invalid_request");
}
