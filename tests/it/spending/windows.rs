//! Time: when a token begins, rests, slides and ends, and how often it works in a window.

use std::time::Duration;

use tessera::model::{attempt::Outcome, standing::Refusal};

use crate::common::{
    TestServer, on_each_engine,
    typed::{Presented, Wanted},
};

on_each_engine!(
    a_window_begins_with_its_first_use_and_refusals_do_not_count,
    a_token_that_rested_too_long_is_over,
    a_use_makes_a_sliding_token_live_on_but_not_for_ever,
    a_token_waits_for_its_time,
    at_the_very_moment_of_its_end_it_is_over,
    a_clock_that_is_behind_gives_nothing_away,
    what_waits_for_its_time_does_not_rest_meanwhile,
    a_use_that_only_has_to_be_noted_is_noted_now_and_then,
);

fn seconds(seconds: u64) -> Duration {
    Duration::from_secs(seconds)
}

fn with_rules(rules: &str) -> String {
    format!("[[token_types]]\nname = 'Pass'\n{rules}")
}

async fn pass(server: &TestServer, rules: &str) -> String {
    server.define(&with_rules(rules)).await;
    let app = server.machine("app", "read").await;
    server.create(&app, "Pass", Wanted::default()).await
}

async fn uses(server: &TestServer, token: &str, times: usize) -> Vec<Outcome> {
    let mut outcomes = Vec::new();
    for _ in 0..times {
        outcomes.push(server.outcome("Pass", token, Presented::default()).await);
    }
    outcomes
}

/// Ten in two seconds; the eleventh is refused, and after the window it works again.
async fn a_window_begins_with_its_first_use_and_refusals_do_not_count(server: TestServer) {
    let rate = "[[token_types.rules]]\ntype = 'Rate'\nwindow = '2s'\nmax_use_count = 10";
    let token = pass(&server, rate).await;
    server.advance(seconds(60));

    assert_eq!(uses(&server, &token, 10).await, [Outcome::Allowed; 10]);
    server.advance(Duration::from_millis(1500));
    let refused = server.use_token("Pass", &token, Presented::default()).await;
    assert_eq!((refused.outcome, refused.retry_after), (Outcome::Throttled, Some(1)));
    server.advance(Duration::from_millis(499));
    assert_eq!(uses(&server, &token, 3).await, [Outcome::Throttled; 3]);
    server.advance(Duration::from_millis(1));
    assert_eq!(uses(&server, &token, 10).await, [Outcome::Allowed; 10]);
    assert_eq!(uses(&server, &token, 1).await, [Outcome::Throttled]);
}

async fn a_token_that_rested_too_long_is_over(server: TestServer) {
    let idle = "[[token_types.rules]]\ntype = 'Idle'\nmax_idle = '30m'\ntouch_every = '1m'";
    let token = pass(&server, idle).await;

    for _ in 0..3 {
        server.advance(seconds(1799));
        assert_eq!(uses(&server, &token, 1).await, [Outcome::Allowed]);
    }
    server.advance(seconds(1800));
    let refused = server.use_token("Pass", &token, Presented::default()).await;

    assert_eq!((refused.outcome, refused.refusal), (Outcome::Invalid, Some(Refusal::Idle)));
}

async fn a_use_makes_a_sliding_token_live_on_but_not_for_ever(server: TestServer) {
    let rules = "[[token_types.rules]]\ntype = 'Expiry'\nexpiry_time = '10m'\n\
                 [[token_types.rules]]\ntype = 'Sliding'\nextend_by = '10m'\nmax_lifetime = '25m'";
    let token = pass(&server, rules).await;
    let left = async || server.use_token("Pass", &token, Presented::default()).await.expires_in;

    server.advance(seconds(599));
    assert_eq!(left().await, Some(600));
    server.advance(seconds(599));
    assert_eq!(left().await, Some(302));
    server.advance(seconds(301));
    assert_eq!(left().await, Some(1));
    server.advance(seconds(1));

    assert_eq!(uses(&server, &token, 1).await, [Outcome::Invalid]);
}

async fn a_token_waits_for_its_time(server: TestServer) {
    let delay = "[[token_types.rules]]\ntype = 'NotBefore'\ndelay = '10m'";
    let token = pass(&server, delay).await;

    server.advance(Duration::from_millis(599_999));
    let early = server.use_token("Pass", &token, Presented::default()).await;
    server.advance(Duration::from_millis(1));

    assert_eq!((early.outcome, early.refusal), (Outcome::NotAllowed, Some(Refusal::NotYetValid)));
    assert_eq!(uses(&server, &token, 1).await, [Outcome::Allowed]);
}

async fn at_the_very_moment_of_its_end_it_is_over(server: TestServer) {
    let rules = "[[token_types.rules]]\ntype = 'Expiry'\nexpiry_time = '00:20:00'\n\
                 [[token_types.rules]]\ntype = 'UseCount'\nmax_use_count = 9";
    let token = pass(&server, rules).await;

    server.advance(Duration::from_millis(1_199_999));
    assert_eq!(uses(&server, &token, 1).await, [Outcome::Allowed]);
    server.advance(Duration::from_millis(1));
    assert_eq!(uses(&server, &token, 1).await, [Outcome::Invalid]);
}

/// Another node's clock may be behind: what was noted by the one that is ahead stands.
async fn a_clock_that_is_behind_gives_nothing_away(server: TestServer) {
    let rules = "[[token_types.rules]]\ntype = 'Rate'\nwindow = '10s'\nmax_use_count = 2\n\
                 [[token_types.rules]]\ntype = 'Idle'\nmax_idle = '60s'\ntouch_every = '1s'";
    let token = pass(&server, rules).await;
    server.advance(seconds(20));
    assert_eq!(uses(&server, &token, 1).await, [Outcome::Allowed]);

    server.rewind(seconds(5));
    assert_eq!(uses(&server, &token, 2).await, [Outcome::Allowed, Outcome::Throttled]);
    server.advance(seconds(64));

    assert_eq!(uses(&server, &token, 1).await, [Outcome::Allowed]);
}

async fn what_waits_for_its_time_does_not_rest_meanwhile(server: TestServer) {
    let rules = "[[token_types.rules]]\ntype = 'NotBefore'\ndelay = '1h'\n\
                 [[token_types.rules]]\ntype = 'Idle'\nmax_idle = '30m'\ntouch_every = '1m'";
    let [used, unused] = [pass(&server, rules).await, {
        let app = crate::common::TestClient {
            id: tessera::model::client_id::ClientId::parse("app").unwrap(),
            secret: String::new(),
        };
        server.create(&app, "Pass", Wanted::default()).await
    }];

    server.advance(seconds(3600 + 1799));
    assert_eq!(uses(&server, &used, 1).await, [Outcome::Allowed]);
    server.advance(seconds(1));
    assert_eq!(uses(&server, &unused, 1).await, [Outcome::Invalid]);
}

async fn a_use_that_only_has_to_be_noted_is_noted_now_and_then(server: TestServer) {
    let idle = "[[token_types.rules]]\ntype = 'Idle'\nmax_idle = '30m'\ntouch_every = '1m'";
    let token = pass(&server, idle).await;

    for _ in 0..4 {
        assert_eq!(uses(&server, &token, 3).await, [Outcome::Allowed; 3]);
        server.advance(seconds(30));
    }

    assert_eq!(server.database().count("tokens WHERE kind = 'typed' AND uses = 2").await, 1);
}
