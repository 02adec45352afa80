//! A refresh token that was replaced, and comes again.

use std::time::Duration;

use tessera::{config, model::client::ClientKind};

use crate::common::{TestServer, on_each_engine};

on_each_engine!(b17_a_replaced_token_is_answered_again_for_a_while_and_five_times_at_most);

async fn b17_a_replaced_token_is_answered_again_for_a_while_and_five_times_at_most(
    server: TestServer,
) {
    let client = server.application("app", "read", ClientKind::Web).await;
    let first = server.begin(&client, "").await;
    let next = server.refresh(&client, &first.refresh).await;
    // The while is counted from the first time.
    for _ in 0..5 {
        server.advance(Duration::from_secs(5));
        assert_eq!(server.refresh(&client, &first.refresh).await.refresh, next.refresh);
    }

    server.try_refresh(&client, &first.refresh, "").await.assert_error(400, "invalid_grant");

    assert!(server.is_active(&client, &next.access).await, "it was no theft yet");
    server.advance(Duration::from_secs(5));
    server.try_refresh(&client, &first.refresh, "").await.assert_error(400, "invalid_grant");
    assert!(!server.is_active(&client, &next.access).await, "now it may be one");
}

#[test]
fn b17_the_while_has_a_limit() {
    let leeway = |text: &str| {
        let text = format!("tokens.refresh.reuse_leeway = '{text}'");
        let loaded = config::parse(Some(("config.toml", &text)), []);
        loaded.map(|loaded| loaded.config.tokens.refresh.reuse_leeway)
    };

    let usual = config::parse(None, []).unwrap().config.tokens.refresh.reuse_leeway;
    assert_eq!(usual, Duration::from_secs(30));
    assert_eq!(leeway("10m").unwrap(), Duration::from_mins(10));
    assert_eq!(leeway("601s").unwrap_err().0[0].key, "tokens.refresh.reuse_leeway");
}
