//! Reuse under the rules of access tokens.

use super::{ask, client, reusing, token, valid};
use crate::common::{TestServer, on_each_engine};

on_each_engine!(
    tokens_whose_uses_are_counted_are_not_shared,
    tokens_whose_number_is_limited_are_not_shared,
    tokens_under_other_rules_are_shared,
    a_token_of_before_a_change_of_the_rules_gives_way,
    what_the_rules_refuse_is_refused_though_there_is_a_token,
    a_token_whose_time_has_not_come_is_told,
);

async fn tokens_whose_uses_are_counted_are_not_shared(server: TestServer) {
    let server = reusing(server).await;
    let client = client(&server, "mailer").await;
    for rule in [
        "type = 'UseCount'\nmax_use_count = 3",
        "type = 'Rate'\nwindow = '1m'\nmax_use_count = 3",
        "type = 'Idle'\nmax_idle = '10m'",
        "type = 'PinIp'\nby = 'ip/32'",
    ] {
        server.define(&access(rule)).await;

        let tokens = [token(&server, &client, "a").await, token(&server, &client, "a").await];

        assert_ne!(tokens[0], tokens[1], "{rule}");
    }
    assert_eq!(server.database().count("slots").await, 0);
}

async fn tokens_whose_number_is_limited_are_not_shared(server: TestServer) {
    let server = reusing(server).await;
    let client = client(&server, "mailer").await;
    server
        .define(&access("type = 'MaxActive'\nmax = 2\nper = 'client'\non_limit = 'reject'"))
        .await;

    assert_ne!(token(&server, &client, "a").await, token(&server, &client, "a").await);
    assert_ne!(ask(&server, &client, "a").await.status, 200, "both are counted");
}

async fn tokens_under_other_rules_are_shared(server: TestServer) {
    let server = reusing(server).await;
    let client = client(&server, "mailer").await;
    server.define(&access("type = 'Cidr'\nallow = ['10.0.0.0/8']")).await;

    let first = token(&server, &client, "a").await;

    assert_eq!(token(&server, &client, "a").await, first);
    let server = server.restarted(|_| ()).await;
    assert_eq!(token(&server, &client, "a").await, first);
    let with_rules = "tokens WHERE rules IS NOT NULL AND token_sealed IS NOT NULL";
    assert_eq!(server.database().count(with_rules).await, 1);
}

async fn a_token_of_before_a_change_of_the_rules_gives_way(server: TestServer) {
    let server = reusing(server).await;
    let client = client(&server, "mailer").await;
    let before = token(&server, &client, "a").await;

    server.define(&access("type = 'Expiry'\nexpiry_time = '5m'")).await;
    let answer = ask(&server, &client, "a").await;

    assert_eq!(answer.json()["expires_in"], 300);
    assert!(!server.is_active(&client, &before).await);
    assert_eq!(token(&server, &client, "a").await, super::token_in(&answer));
    assert_eq!(valid(&server).await, 1);
}

async fn what_the_rules_refuse_is_refused_though_there_is_a_token(server: TestServer) {
    let server = reusing(server).await;
    let client = client(&server, "mailer").await;
    token(&server, &client, "a").await;

    server.define(&access("type = 'ScopeCeiling'\nmax = ['b']")).await;

    ask(&server, &client, "a").await.assert_error(400, "invalid_scope");
    token(&server, &client, "b").await;
}

async fn a_token_whose_time_has_not_come_is_told(server: TestServer) {
    let server = reusing(server).await;
    let client = client(&server, "mailer").await;
    server.define(&access("type = 'NotBefore'\ndelay = '10m'")).await;

    let first = token(&server, &client, "a").await;

    assert!(!server.is_active(&client, &first).await);
    assert_eq!(token(&server, &client, "a").await, first);
}

/// The type `access` with this rule.
fn access(rule: &str) -> String {
    format!("[[token_types]]\nname = 'access'\n[[token_types.rules]]\n{rule}\n")
}
