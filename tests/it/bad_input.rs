//! Whatever is sent: the right registered error, no 5xx, no panic, no inner text.

use axum::http::{Method, Request, StatusCode};

use crate::common::{TestServer, on_each_engine};

on_each_engine!(
    other_methods_are_refused_with_the_one_that_is_taken,
    bodies_of_other_types_are_refused,
    a_body_has_one_type,
    compressed_bodies_are_refused,
    a_large_body_is_refused,
    a_long_address_is_refused,
    many_parameters_are_refused,
    repeated_parameters_are_refused,
    broken_encodings_are_refused,
    several_authorization_headers_are_refused,
    hostile_values_bring_about_no_failure_of_ours,
    every_answer_is_hardened,
);

const FORM: &str = "application/x-www-form-urlencoded";
const LATIN: &str = "application/x-www-form-urlencoded; charset=iso-8859-1";
const PATHS: [&str; 3] = ["/token", "/introspect", "/revoke"];

fn post(path: &str, content_type: &str) -> axum::http::request::Builder {
    Request::builder().method(Method::POST).uri(path).header("content-type", content_type)
}

async fn other_methods_are_refused_with_the_one_that_is_taken(server: TestServer) {
    for path in PATHS {
        for method in ["GET", "HEAD", "PUT", "DELETE", "PATCH", "BREW"] {
            let method = Method::from_bytes(method.as_bytes()).unwrap();
            let request = Request::builder().method(method.clone()).uri(path);

            let answer = server.send(request, "").await;

            assert_eq!(answer.status, 405, "{method} {path}");
            assert_eq!(answer.header("allow"), Some("POST"), "{method} {path}");
            assert!(method == Method::HEAD || answer.json()["error"] == "invalid_request");
        }
    }
}

async fn bodies_of_other_types_are_refused(server: TestServer) {
    let client = server.machine("mailer", "read").await;
    for path in PATHS {
        for content_type in
            ["application/json", "multipart/form-data; boundary=x", "text/plain", "", LATIN]
        {
            let request = post(path, content_type).header("authorization", client.basic());

            let answer = server.send(request, r#"{"token":"x"}"#).await;

            answer.assert_error(400, "invalid_request");
        }
        let request =
            post(path, &format!("{FORM}; charset=UTF-8")).header("authorization", client.basic());
        let answer = server.send(request, "token=x&grant_type=client_credentials").await;
        assert_eq!(answer.status, StatusCode::OK);
    }
}

async fn a_body_has_one_type(server: TestServer) {
    let client = server.machine("mailer", "read").await;
    let request = post("/token", FORM)
        .header("content-type", "application/json")
        .header("authorization", client.basic());

    server.send(request, "x=1").await.assert_error(400, "invalid_request");
}

async fn compressed_bodies_are_refused(server: TestServer) {
    let client = server.machine("mailer", "read").await;
    let request = post("/token", FORM)
        .header("authorization", client.basic())
        .header("content-encoding", "gzip");

    server.send(request, "x").await.assert_error(415, "invalid_request");
}

async fn a_large_body_is_refused(server: TestServer) {
    let client = server.machine("mailer", "read").await;
    let fits = format!("token={}", "A".repeat(64 * 1024 - 6));

    assert_eq!(server.post("/introspect", &client, &fits).await.status, 200);
    let answer = server.post("/introspect", &client, &format!("{fits}A")).await;
    answer.assert_error(413, "invalid_request");
}

async fn a_long_address_is_refused(server: TestServer) {
    let client = server.machine("mailer", "read").await;
    let path = format!("/token?{}", "a".repeat(16 * 1024));

    server.post(&path, &client, "").await.assert_error(414, "invalid_request");
}

async fn many_parameters_are_refused(server: TestServer) {
    let client = server.machine("mailer", "read").await;
    let form: Vec<_> = (0..101).map(|n| format!("p{n}=1")).collect();

    server.post("/token", &client, &form.join("&")).await.assert_error(400, "invalid_request");
}

async fn repeated_parameters_are_refused(server: TestServer) {
    let client = server.machine("mailer", "read").await;
    for form in
        ["grant_type=client_credentials&scope=read&scope=read", "token=a&token=a", "x=1&x=2"]
    {
        for path in PATHS {
            server.post(path, &client, form).await.assert_error(400, "invalid_request");
        }
    }
}

async fn broken_encodings_are_refused(server: TestServer) {
    let client = server.machine("mailer", "read").await;
    for form in ["token=%", "token=%zz", "token=%ff%fe", "%c3=1"] {
        for path in PATHS {
            server.post(path, &client, form).await.assert_error(400, "invalid_request");
        }
    }
}

async fn several_authorization_headers_are_refused(server: TestServer) {
    let client = server.machine("mailer", "read").await;
    let request = post("/token", FORM)
        .header("authorization", client.basic())
        .header("authorization", client.basic());

    let answer = server.send(request, "grant_type=client_credentials").await;

    answer.assert_error(400, "invalid_request");
}

async fn hostile_values_bring_about_no_failure_of_ours(server: TestServer) {
    let client = server.machine("mailer", "read").await;
    let values = [
        "%00",
        "%00%00",
        "'%20OR%201=1--",
        "%F0%9F%98%80",
        "%E2%80%AE",
        "..%2F..%2F",
        "%0D%0AX:1",
        "%7B%7B7*7%7D%7D",
        "%3Cscript%3E",
        "-1",
        "9999999999999999999999",
        "NaN",
        "null",
    ];
    let names = [
        "client_id",
        "client_secret",
        "client_assertion",
        "client_assertion_type",
        "grant_type",
        "scope",
        "resource",
        "audience",
        "token",
        "token_type_hint",
        "%00",
        "unknown",
    ];

    for path in PATHS {
        for name in names {
            for value in values {
                for answer in [
                    server.post(path, &client, &format!("{name}={value}")).await,
                    server.post_form(path, &format!("{name}={value}")).await,
                ] {
                    assert!(answer.status.as_u16() < 500, "{path} {name}={value}: {answer:?}");
                    assert!(!answer.body.to_lowercase().contains("sql"), "{answer:?}");
                }
            }
        }
    }
}

async fn every_answer_is_hardened(server: TestServer) {
    for path in ["/token", "/healthz", "/nowhere", "/jwks.json", "/"] {
        let answer = server.get(path, &[]).await;

        assert_eq!(answer.header("x-content-type-options"), Some("nosniff"), "{path}");
        assert_eq!(answer.header("referrer-policy"), Some("no-referrer"), "{path}");
        assert!(answer.header("content-security-policy").unwrap().contains("default-src 'none'"));
        assert_eq!(answer.header("strict-transport-security"), Some("max-age=31536000"), "{path}");
        assert!(answer.header("x-request-id").unwrap().starts_with("req_"), "{path}");
        assert_eq!(answer.header("server"), None, "{path}");
    }
}
