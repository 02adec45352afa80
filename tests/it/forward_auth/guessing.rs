//! Guessing at passwords: slowed down, without locking anybody out, and no way around it.

use std::{net::IpAddr, time::Duration};

use axum::http::Request;
use futures_util::future::join_all;
use tessera::server::Peer;

use super::alice;
use crate::common::{
    TestServer, on_each_engine,
    people::{basic, bearer, jwt},
    server::Answer,
};

on_each_engine!(
    guesses_are_slowed_down_by_account_and_address,
    no_header_and_no_spelling_gives_more_guesses,
    a_guess_at_the_tokens_endpoint_counts_as_well,
    a_page_of_requests_with_the_right_password_comes_in,
);

/// Who guesses, from where.
async fn guess(server: &TestServer, name: &str, from: &str, more: &[(&str, &str)]) -> Answer {
    present(server, &basic(name, "wrong horse"), from, more).await
}

async fn present(
    server: &TestServer,
    authorization: &str,
    from: &str,
    more: &[(&str, &str)],
) -> Answer {
    let address: IpAddr = from.parse().unwrap();
    let request = Request::builder()
        .uri("/authenticate")
        .header("x-auth-realm", "internal")
        .header("authorization", authorization);
    let request = more.iter().fold(request, |request, (name, value)| request.header(*name, *value));
    server.send_from(Peer { address, encrypted: true }, request, "").await
}

async fn guesses_are_slowed_down_by_account_and_address(server: TestServer) {
    let server = server.signing(jwt()).await;
    server.alice().await;
    let token = server.personal(&alice()).await;

    for name in ["alice", "nobody"] {
        for _ in 0..10 {
            assert_eq!(guess(&server, name, "192.0.2.1", &[]).await.status, 401);
        }
        let slowed = guess(&server, name, "192.0.2.1", &[]).await;
        slowed.assert_error(503, "temporarily_unavailable");
        assert_eq!(slowed.header("retry-after"), Some("60"));
    }
    // The right one is not told apart, though it was right elsewhere before.
    let right = present(&server, &alice(), "192.0.2.1", &[]).await;
    right.assert_error(503, "temporarily_unavailable");
    server.advance(Duration::from_secs(18));
    let slowed = guess(&server, "alice", "192.0.2.1", &[]).await;
    assert_eq!(slowed.header("retry-after"), Some("42"));

    // Elsewhere, and where it was right before, somebody still comes in.
    assert_eq!(guess(&server, "alice", "192.0.2.2", &[]).await.status, 401);
    assert_eq!(server.authenticate(&alice()).await.status, 200);
    let token = bearer(token["token"].as_str().unwrap());
    assert_eq!(server.authenticate(&token).await.status, 200);
    server.advance(Duration::from_mins(1));
    assert_eq!(guess(&server, "alice", "192.0.2.1", &[]).await.status, 401);
}

async fn no_header_and_no_spelling_gives_more_guesses(server: TestServer) {
    let server = server.signing(jwt()).await;
    server.alice().await;
    let names = ["alice", "ALICE", "Ａlice", "aLice"];

    let mut refused = 0;
    for turn in 0..24_usize {
        let forged = format!("198.51.100.{turn}");
        let headers = [("x-forwarded-for", &*forged), ("forwarded", &*format!("for={forged}"))];
        let from = format!("2001:db8:1:2:{turn:x}::1");
        let answer = guess(&server, names[turn % names.len()], &from, &headers).await;
        refused += usize::from(answer.status == 401);
    }

    assert_eq!(refused, 10);
}

async fn a_guess_at_the_tokens_endpoint_counts_as_well(server: TestServer) {
    let server = server.signing(jwt()).await;
    server.alice().await;
    let wrong = basic("alice", "wrong horse");
    let ask = async || {
        server.ask_as(&wrong, axum::http::Method::GET, "/tokens", serde_json::Value::Null).await
    };

    for _ in 0..5 {
        ask().await.assert_problem(401, "invalid_credentials");
        server.authenticate(&wrong).await.assert_error(401, "invalid_credentials");
    }

    ask().await.assert_problem(503, "temporarily_unavailable");
    server.authenticate(&wrong).await.assert_error(503, "temporarily_unavailable");
}

async fn a_page_of_requests_with_the_right_password_comes_in(server: TestServer) {
    let server = server.signing(jwt()).await;
    server.alice().await;
    let (right, wrong) = (alice(), basic("alice", "wrong horse"));

    let answers = join_all((0..30).map(|_| server.authenticate(&right))).await;

    assert!(answers.iter().all(|answer| answer.status == 200), "{answers:?}");
    for _ in 0..10 {
        server.authenticate(&wrong).await.assert_error(401, "invalid_credentials");
    }
    server.authenticate(&wrong).await.assert_error(503, "temporarily_unavailable");
}
