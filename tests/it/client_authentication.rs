//! Who asks: exactly the registered method, once a request (RFC 6749 §2.3).

use std::time::Duration;

use axum::http::{Method, Request, header};
use futures_util::future::join_all;
use tessera::{
    acts::{
        Error,
        clients::{self, ClientChanges},
        secrets,
    },
    model::{
        client::{ClientAuthentication, ClientKind, ClientStatus},
        client_id::ClientId,
        secret::Secret,
    },
};

use crate::common::{
    TestClient, TestServer, on_each_engine,
    server::{authenticating_by, operator},
};

on_each_engine!(
    the_registered_method_works_and_no_other,
    two_methods_at_once_are_refused,
    a_name_that_contradicts_the_header_is_refused,
    unknown_and_wrong_are_indistinguishable,
    a_chosen_secret_is_kept_as_argon2id,
    a_changed_chosen_secret_is_not_remembered,
    an_old_secret_works_until_the_overlap_is_over,
    the_last_secret_cannot_be_retired,
    a_retired_secret_stops_at_once,
    a_disabled_client_is_refused,
    the_last_use_of_a_secret_is_noted,
    secrets_in_the_url_are_refused,
    contradictory_clients_cannot_be_added,
    guessing_a_chosen_secret_is_slowed_down,
    a_chosen_secret_many_times_at_once_is_right_each_time,
);

const GRANT: &str = "grant_type=client_credentials";

async fn with_header(
    server: &TestServer,
    value: &str,
    form: &str,
) -> crate::common::server::Answer {
    let request = Request::builder()
        .method(Method::POST)
        .uri("/token")
        .header(header::CONTENT_TYPE, "application/x-www-form-urlencoded")
        .header(header::AUTHORIZATION, value);
    server.send(request, form).await
}

async fn the_registered_method_works_and_no_other(server: TestServer) {
    let basic = server.machine("by-basic", "read").await;
    let changes = authenticating_by(ClientAuthentication::SecretPost);
    let post = server.client("by-post", ClientKind::Machine, changes).await;
    let in_form = |c: &TestClient| format!("{GRANT}&client_id={}&client_secret={}", c.id, c.secret);

    assert_eq!(server.post("/token", &basic, GRANT).await.status, 200);
    assert_eq!(server.post_form("/token", &in_form(&post)).await.status, 200);
    server.post_form("/token", &in_form(&basic)).await.assert_error(401, "invalid_client");
    server.post("/token", &post, GRANT).await.assert_error(401, "invalid_client");
    for client in [&basic, &post] {
        let form = format!("{GRANT}&client_id={}", client.id);
        server.post_form("/token", &form).await.assert_error(401, "invalid_client");
    }
}

async fn two_methods_at_once_are_refused(server: TestServer) {
    let client = server.machine("mailer", "read").await;

    let form = format!("{GRANT}&client_id=mailer&client_secret={}", client.secret);
    server.post("/token", &client, &form).await.assert_error(400, "invalid_request");
    let form = format!("{GRANT}&client_assertion=a.b.c");
    server.post("/token", &client, &form).await.assert_error(400, "invalid_request");
}

async fn a_name_that_contradicts_the_header_is_refused(server: TestServer) {
    let client = server.machine("mailer", "read").await;

    let same = server.post("/token", &client, &format!("{GRANT}&client_id=mailer")).await;
    let other = server.post("/token", &client, &format!("{GRANT}&client_id=other")).await;

    assert_eq!(same.status, 200);
    other.assert_error(400, "invalid_request");
}

async fn unknown_and_wrong_are_indistinguishable(server: TestServer) {
    let client = server.machine("mailer", "read").await;
    let wrong = TestClient { id: client.id.clone(), secret: "wrong".to_owned() };
    let unknown = TestClient { id: ClientId::parse("nobody").unwrap(), ..client.clone() };

    let wrong = server.post("/token", &wrong, GRANT).await;
    let unknown = server.post("/token", &unknown, GRANT).await;

    wrong.assert_error(401, "invalid_client");
    assert!(wrong.header("www-authenticate").unwrap().starts_with("Basic "));
    assert_eq!(wrong.body, unknown.body);
    for value in ["Basic", "Basic !", "Bearer x", "Digest a=b", "Basic Og==", "Basic AAAA"] {
        with_header(&server, value, GRANT).await.assert_error(401, "invalid_client");
    }
}

async fn add_chosen(server: &TestServer, name: &str, secret: &str) -> TestClient {
    let id = ClientId::parse(name).unwrap();
    let chosen = Some(Secret::new(secret.to_owned()));
    let added =
        server.add(&id, ClientKind::Machine, ClientChanges::default(), chosen).await.unwrap();
    assert!(added.secret.is_none(), "a chosen secret is not shown back");
    TestClient { id, secret: secret.to_owned() }
}

async fn a_chosen_secret_is_kept_as_argon2id(server: TestServer) {
    let client = add_chosen(&server, "mailer", "correct horse battery").await;
    let form = client.basic();

    let (_, kept) = clients::show(&server.app, &client.id).await.unwrap();
    let answer = with_header(&server, &form, GRANT).await;

    assert!(kept[0].verifier.starts_with(b"$argon2id$v=19$m=19456,t=2,p=1$"));
    assert!(!client.secret.contains(&kept[0].hint), "nothing of a chosen secret is shown");
    assert_eq!(answer.status, 200);
}

async fn a_changed_chosen_secret_is_not_remembered(server: TestServer) {
    let client = add_chosen(&server, "mailer", "correct horse battery").await;
    assert_eq!(server.post("/token", &client, GRANT).await.status, 200);
    let chosen = Some(Secret::new("staple, entirely new".to_owned()));
    let now = Duration::ZERO;

    secrets::rotate(&server.app, &operator(), &client.id, now, chosen).await.unwrap();

    server.post("/token", &client, GRANT).await.assert_error(401, "invalid_client");
}

async fn an_old_secret_works_until_the_overlap_is_over(server: TestServer) {
    let old = server.machine("mailer", "read").await;
    let hour = Duration::from_hours(1);
    let rotated = secrets::rotate(&server.app, &operator(), &old.id, hour, None).await.unwrap();
    let secret = rotated.secret.unwrap().expose().to_owned();
    let new = TestClient { id: old.id.clone(), secret };

    assert_eq!(server.post("/token", &new, GRANT).await.status, 200);
    server.advance(hour.checked_sub(Duration::from_millis(1)).unwrap());
    assert_eq!(server.post("/token", &old, GRANT).await.status, 200);
    server.advance(Duration::from_millis(1));
    server.post("/token", &old, GRANT).await.assert_error(401, "invalid_client");
    assert_eq!(server.post("/token", &new, GRANT).await.status, 200);
}

async fn the_last_secret_cannot_be_retired(server: TestServer) {
    let client = server.machine("mailer", "read").await;
    let hint = &client.secret[client.secret.len() - 6..];

    let refused = secrets::retire(&server.app, &operator(), &client.id, hint).await;
    let unknown = secrets::retire(&server.app, &operator(), &client.id, "xxxxxx").await;

    assert!(matches!(refused, Err(Error::Conflict(_))), "{refused:?}");
    assert!(matches!(unknown, Err(Error::NotFound(_))), "{unknown:?}");
}

async fn a_retired_secret_stops_at_once(server: TestServer) {
    let old = server.machine("mailer", "read").await;
    let week = Duration::from_hours(168);
    secrets::rotate(&server.app, &operator(), &old.id, week, None).await.unwrap();
    assert_eq!(server.post("/token", &old, GRANT).await.status, 200);

    let hint = &old.secret[old.secret.len() - 6..];
    secrets::retire(&server.app, &operator(), &old.id, hint).await.unwrap();

    server.post("/token", &old, GRANT).await.assert_error(401, "invalid_client");
}

async fn a_disabled_client_is_refused(server: TestServer) {
    let client = server.machine("mailer", "read").await;
    let disabled = ClientStatus::Disabled;

    clients::set_status(&server.app, &operator(), &client.id, disabled).await.unwrap();

    for path in ["/token", "/introspect", "/revoke"] {
        server.post(path, &client, "token=x").await.assert_error(401, "invalid_client");
    }
}

async fn the_last_use_of_a_secret_is_noted(server: TestServer) {
    let client = server.machine("mailer", "read").await;
    server.advance(Duration::from_secs(5));

    server.token(&client).await;

    let (_, kept) = clients::show(&server.app, &client.id).await.unwrap();
    assert_eq!(kept[0].last_used_at, Some(server.now()));
    assert_eq!(kept[0].last_used_from.as_deref(), Some("127.0.0.1"));
}

async fn secrets_in_the_url_are_refused(server: TestServer) {
    let client = server.machine("mailer", "read").await;

    for query in ["client_secret=x", "token=x", "a=b&client_assertion=x"] {
        let answer = server.post(&format!("/token?{query}"), &client, GRANT).await;
        answer.assert_error(400, "invalid_request");
    }
    assert_eq!(server.post("/token?tenant=1", &client, GRANT).await.status, 200);
}

async fn contradictory_clients_cannot_be_added(server: TestServer) {
    let by = authenticating_by;
    let bad = [
        (ClientKind::Machine, by(ClientAuthentication::None)),
        (ClientKind::Browser, by(ClientAuthentication::SecretBasic)),
        (ClientKind::Machine, by(ClientAuthentication::PrivateKeyJwt)),
        (
            ClientKind::Machine,
            ClientChanges { name: Some("a\u{202e}b".into()), ..Default::default() },
        ),
    ];
    let id = ClientId::parse("bad").unwrap();

    for (kind, changes) in bad {
        let refused = server.add(&id, kind, changes, None).await;
        assert!(matches!(refused, Err(Error::Invalid(_))), "{refused:?}");
    }
    let short = Some(Secret::new("short".to_owned()));
    let refused = server.add(&id, ClientKind::Machine, ClientChanges::default(), short).await;
    assert!(matches!(refused, Err(Error::Invalid(_))), "{refused:?}");
    assert!(matches!(clients::find(&server.app, &id).await, Err(Error::NotFound(_))));
}

async fn guessing_a_chosen_secret_is_slowed_down(server: TestServer) {
    let client = add_chosen(&server, "mailer", "correct horse battery").await;
    let wrong = TestClient { secret: "wrong".to_owned(), ..client.clone() };
    assert_eq!(server.post("/token", &client, GRANT).await.status, 200);
    for _ in 0..10 {
        server.post("/token", &wrong, GRANT).await.assert_error(401, "invalid_client");
    }

    let throttled = server.post("/token", &wrong, GRANT).await;
    let right = server.post("/token", &client, GRANT).await;
    server.advance(Duration::from_mins(1));
    let after = server.post("/token", &client, GRANT).await;

    throttled.assert_error(503, "temporarily_unavailable");
    assert_eq!(throttled.header("retry-after"), Some("60"));
    right.assert_error(503, "temporarily_unavailable");
    assert_eq!(after.status, 200);
}

async fn a_chosen_secret_many_times_at_once_is_right_each_time(server: TestServer) {
    let client = add_chosen(&server, "mailer", "correct horse battery").await;

    let answers = join_all((0..30).map(|_| server.post("/token", &client, GRANT))).await;

    assert!(answers.iter().all(|answer| answer.status == 200), "{answers:?}");
}
