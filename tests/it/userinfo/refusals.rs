//! Who is told nothing, and how they are told that (RFC 6750 §3).

use std::time::Duration;

use tessera::model::client::ClientKind;

use super::{ask, both, token};
use crate::common::{TestServer, families::Pair, on_each_engine, server::Answer};

on_each_engine!(
    what_is_no_good_token_is_refused_with_a_challenge,
    a_token_without_the_scope_lacks_it,
    a_token_that_ended_tells_nothing_any_more,
    a_code_that_was_used_twice_ends_what_userinfo_tells,
    a_token_stands_in_one_place,
);

fn assert_challenged(answer: &Answer, status: u16, code: &str, challenge: &str) {
    answer.assert_error(status, code);
    assert_eq!(answer.header("www-authenticate"), Some(challenge), "{answer:?}");
}

const INVALID: &str = r#"Bearer realm="tokens", error="invalid_token""#;

async fn what_is_no_good_token_is_refused_with_a_challenge(server: TestServer) {
    let (client, ingrid) = both(&server).await;
    let machine = server.machine("mailer", "openid").await;
    let of_nobody = server.token(&machine).await;
    let code = server.code(&client, &ingrid).await;
    let other = server.code(&client, &ingrid).await;
    let pair = Pair::of(&server.redeem(&client, &other, "").await);

    let none = server.get("/userinfo", &[]).await;
    assert_challenged(&none, 401, "token_missing", r#"Bearer realm="tokens""#);
    let empty = server.post_form("/userinfo", "access_token=").await;
    assert_challenged(&empty, 401, "token_missing", r#"Bearer realm="tokens""#);
    for wrong in ["", "x", "a.b.c", &code, &pair.refresh, &of_nobody, &"é".repeat(40)] {
        assert_challenged(&ask(&server, wrong).await, 401, "invalid_token", INVALID);
    }
    let basic = server.get("/userinfo", &[("authorization", &machine.basic())]).await;
    assert_challenged(&basic, 401, "token_missing", r#"Bearer realm="tokens""#);
}

async fn a_token_without_the_scope_lacks_it(server: TestServer) {
    let (client, ingrid) = both(&server).await;

    let answer = ask(&server, &token(&server, (&client, &ingrid), "read email").await).await;

    let challenge = r#"Bearer realm="tokens", error="insufficient_scope", scope="openid""#;
    assert_challenged(&answer, 403, "insufficient_scope", challenge);
}

async fn a_token_that_ended_tells_nothing_any_more(server: TestServer) {
    let (client, ingrid) = both(&server).await;
    let (first, second) = (
        token(&server, (&client, &ingrid), "openid").await,
        token(&server, (&client, &ingrid), "openid").await,
    );

    server.post("/revoke", &client, &format!("token={first}")).await;
    assert_challenged(&ask(&server, &first).await, 401, "invalid_token", INVALID);
    assert_eq!(ask(&server, &second).await.status, 200);
    server.advance(Duration::from_hours(1));
    assert_challenged(&ask(&server, &second).await, 401, "invalid_token", INVALID);

    let third = token(&server, (&client, &ingrid), "openid").await;
    server.sign_out(&ingrid).await;
    assert_challenged(&ask(&server, &third).await, 401, "invalid_token", INVALID);
}

async fn a_code_that_was_used_twice_ends_what_userinfo_tells(server: TestServer) {
    let (client, ingrid) = both(&server).await;
    let code = server.code(&client, &ingrid).await;
    let pair = Pair::of(&server.redeem(&client, &code, "").await);
    assert_eq!(ask(&server, &pair.access).await.status, 200);

    server.advance(Duration::from_secs(30));
    server.redeem(&client, &code, "").await.assert_error(400, "invalid_grant");

    assert_challenged(&ask(&server, &pair.access).await, 401, "invalid_token", INVALID);
}

async fn a_token_stands_in_one_place(server: TestServer) {
    let client = server.web("app", "openid", ClientKind::Web).await;
    let ingrid = server.signed_in("ingrid").await;
    let token = token(&server, (&client, &ingrid), "openid").await;
    let bearer = format!("Bearer {token}");

    let in_url = server.get(&format!("/userinfo?access_token={token}"), &[]).await;
    in_url.assert_error(400, "invalid_request");
    let request = axum::http::Request::builder()
        .method("POST")
        .uri("/userinfo")
        .header("authorization", &bearer)
        .header("content-type", "application/x-www-form-urlencoded");
    let twice = server.send(request, &format!("access_token={token}")).await;
    twice.assert_error(400, "invalid_request");
    let repeated = format!("access_token={token}&access_token={token}");
    server.post_form("/userinfo", &repeated).await.assert_error(400, "invalid_request");
}
