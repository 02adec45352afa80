//! What its code adds to what its documentation promises, and where it goes against it.

use std::time::Duration;

use serde_json::{Value, json};
use tessera::{jobs, model::token_type};

use crate::common::{Engine, TestServer, on_each_engine, typed};

use super::{PASSWORD_RESET, PLAIN, SAMPLE, Shop, WEEK};

on_each_engine!(
    b13_what_can_work_again_is_told_from_what_never_will,
    b14_a_bare_number_of_expiry_is_days_and_braces_may_be_missing,
    b15_a_rate_is_a_window_that_begins_with_the_first_use,
    b16_one_of_several_purposes_is_asked_for_and_blank_ones_are_none,
    b17_a_short_string_is_compared_byte_for_byte_and_nothing_is_cut,
    b18_a_refused_check_consumes_nothing_whatever_the_order_of_the_rules,
    b19_the_last_use_is_spent_once_and_what_is_valid_is_never_cleaned_up,
    b20_a_rule_that_comes_later_is_not_for_tokens_of_before,
);

/// Its code says "not allowed" of what expired or was used up, against its own comments.
async fn b13_what_can_work_again_is_told_from_what_never_will(server: TestServer) {
    let rules = "[[token_types]]\nname = 'PasswordReset'\n\
                 [[token_types.rules]]\ntype = 'Expiry'\nexpiry_time = '1h'\n\
                 [[token_types.rules]]\ntype = 'NotBefore'\ndelay = '10s'\n\
                 [[token_types.rules]]\ntype = 'Rate'\nwindow = '1m'\nmax_use_count = 1\n\
                 [[token_types.rules]]\ntype = 'UseCount'\nmax_use_count = 2";
    let shop = Shop::with(server, rules).await;
    let token = shop.create(json!({"type": "PasswordReset"})).await;

    assert_eq!(shop.check_plain(&token).await, "not_allowed");
    shop.server.advance(Duration::from_secs(10));
    assert_eq!(shop.check_plain(&token).await, "allowed");
    assert_eq!(shop.check_plain(&token).await, "throttled");
    shop.server.advance(Duration::from_mins(1));
    assert_eq!(shop.check_plain(&token).await, "allowed");
    shop.server.advance(Duration::from_mins(1));
    assert_eq!(shop.check_plain(&token).await, "invalid");
    let other = shop.create(json!({"type": "PasswordReset"})).await;
    shop.server.advance(Duration::from_hours(1));
    assert_eq!(shop.check_plain(&other).await, "invalid");
}

async fn b14_a_bare_number_of_expiry_is_days_and_braces_may_be_missing(server: TestServer) {
    let read = token_type::read_prius(SAMPLE).unwrap();
    let file: Vec<String> = read.iter().map(token_type::toml_text).collect();
    let stated = typed::types(PASSWORD_RESET, server.now());
    assert_eq!(read.len(), 1);
    assert_eq!(read[0].name.as_str(), "PasswordReset");
    assert_eq!(read[0].definition, stated[0].definition);

    let shop = Shop::with(server, &file.join("\n")).await;
    let answer = shop.post("/tokens", &json!({"type": "PasswordReset"})).await.json();

    assert_eq!(answer["uses_left"], 1);
    assert_eq!(answer["expires_at"], shop.server.now().plus(WEEK).rfc3339());
}

/// There, refused attempts count as well; a refusal consumes nothing here.
async fn b15_a_rate_is_a_window_that_begins_with_the_first_use(server: TestServer) {
    let rate = "[[token_types]]\nname = 'PasswordReset'\n\
                [[token_types.rules]]\ntype = 'Rate'\nwindow = '2s'\nmax_use_count = 10";
    let shop = Shop::with(server, rate).await;
    let token = shop.create(json!({"type": "PasswordReset"})).await;
    shop.server.advance(Duration::from_mins(1));

    for number in 1..=10 {
        assert_eq!(shop.check_plain(&token).await, "allowed", "{number}");
    }
    assert_eq!(shop.check_plain(&token).await, "throttled");
    shop.server.advance(Duration::from_secs(3));
    assert_eq!(shop.check_plain(&token).await, "allowed");
}

async fn b16_one_of_several_purposes_is_asked_for_and_blank_ones_are_none(server: TestServer) {
    let shop = Shop::with(server, PLAIN).await;
    let several = json!({"type": "Other", "purposes": ["a", " ", "b", ""], "identity": "u1"});
    let several = shop.create(several).await;
    let blank = shop.create(json!({"type": "Other", "purposes": ["", "  "]})).await;
    let check = async |purpose: Value, identity: Value| {
        let asked = json!({
            "type": "Other", "token": several, "purpose": purpose, "identity": identity,
        });
        shop.check(asked).await
    };

    for good in ["a", "b"] {
        assert_eq!(check(json!(good), json!("u1")).await, "allowed");
    }
    for bad in [json!(null), json!(""), json!(" "), json!("c")] {
        assert_eq!(check(bad, json!("u1")).await, "not_allowed");
    }
    for nobody in [json!(null), json!("")] {
        assert_eq!(check(json!("a"), nobody).await, "not_allowed");
    }
    assert_eq!(shop.check(json!({"type": "Other", "token": blank})).await, "allowed");
}

/// There, a column without case makes two tokens one, and what is kept of a token's state is cut
/// to 200 characters.
async fn b17_a_short_string_is_compared_byte_for_byte_and_nothing_is_cut(server: TestServer) {
    let short = "[[token_types]]\nname = 'PasswordReset'\n\
                 [[token_types.rules]]\ntype = 'Format'\nbytes = 16";
    let shop = Shop::with(server, short).await;
    let attributes = json!({"note": "Ж".repeat(1500)});
    let identity = "x".repeat(400);
    let made = json!({"type": "PasswordReset", "identity": identity, "attributes": attributes});
    let token = shop.create(made).await;
    let asked =
        |token: &str| json!({"type": "PasswordReset", "token": token, "identity": identity});

    assert_eq!(token.len(), 22);
    assert_eq!(shop.check(asked(&token.to_ascii_lowercase())).await, "invalid");
    let answer = shop.post("/tokens/use", &asked(&token)).await.json();
    assert_eq!((&answer["outcome"], &answer["attributes"]), (&json!("allowed"), &attributes));
}

/// There, a rule that comes first keeps what it counted although a later one refuses.
async fn b18_a_refused_check_consumes_nothing_whatever_the_order_of_the_rules(server: TestServer) {
    let count = "[[token_types.rules]]\ntype = 'UseCount'\nmax_use_count = 1\n";
    let network = "[[token_types.rules]]\ntype = 'Cidr'\nallow = ['10.0.0.0/8']\n";
    for rules in [[count, network], [network, count]] {
        let types = format!("[[token_types]]\nname = 'PasswordReset'\n{}", rules.concat());
        let engine = server.database().engine;
        let shop = Shop::with(TestServer::on(engine).await, &types).await;
        let made = json!({"type": "PasswordReset", "purposes": ["p"], "identity": "u1"});
        let token = shop.create(made).await;
        let asked = |purpose: &str, identity: &str, address: &str| {
            json!({"type": "PasswordReset", "token": token, "purpose": purpose,
                   "identity": identity, "address": address})
        };

        assert_eq!(shop.check(asked("q", "u1", "10.0.0.1")).await, "not_allowed");
        assert_eq!(shop.check(asked("p", "u2", "10.0.0.1")).await, "not_allowed");
        assert_eq!(shop.check(asked("p", "u1", "192.0.2.1")).await, "not_allowed");
        assert_eq!(shop.check(asked("p", "u1", "10.0.0.1")).await, "allowed");
        assert_eq!(shop.check(asked("p", "u1", "10.0.0.1")).await, "invalid");
        shop.server.database().remove().await;
    }
}

/// There, two nodes can both spend the last use, and a clean-up deletes what was not touched for
/// 90 days.
async fn b19_the_last_use_is_spent_once_and_what_is_valid_is_never_cleaned_up(server: TestServer) {
    let rules = "[[token_types]]\nname = 'PasswordReset'\n\
                 [[token_types.rules]]\ntype = 'UseCount'\nmax_use_count = 1";
    let shop = Shop::with(server, rules).await;
    let token = shop.create(json!({"type": "PasswordReset"})).await;

    shop.server.advance(Duration::from_hours(4800));
    jobs::sweep::sweep(&shop.server.app).await.unwrap();
    let mut nodes = vec![shop.server.app.clone()];
    if shop.server.database().engine == Engine::Postgres {
        nodes.push(shop.server.neighbour().await.app);
    }
    let mut uses = tokio::task::JoinSet::new();
    for number in 0..40 {
        let (app, token) = (nodes[number % nodes.len()].clone(), token.clone());
        uses.spawn(async move {
            typed::use_token(&app, ("PasswordReset", &token), typed::Presented::default(), false)
                .await
                .outcome
        });
    }
    let uses = uses.join_all().await;

    assert_eq!(uses.iter().filter(|outcome| outcome.as_str() == "allowed").count(), 1);
}

/// There, a rule that is added to a type begins anew at each check of a token of before.
async fn b20_a_rule_that_comes_later_is_not_for_tokens_of_before(server: TestServer) {
    let shop = Shop::with(server, PLAIN).await;
    let before = shop.create(json!({"type": "PasswordReset"})).await;

    shop.server.define(PASSWORD_RESET).await;
    let after = shop.create(json!({"type": "PasswordReset"})).await;

    assert_eq!(shop.check_plain(&after).await, "allowed");
    assert_eq!(shop.check_plain(&after).await, "invalid");
    shop.server.advance(WEEK * 2);
    for _ in 0..3 {
        assert_eq!(shop.check_plain(&before).await, "allowed");
    }
}
