//! Uses that are given a key, so that a retry is safe, and purposes that are good once.

use tessera::{
    model::{attempt::Outcome, standing::Refusal},
    tokens::typed::KeyMisused,
};

use crate::common::{
    TestServer, on_each_engine,
    typed::{Presented, Wanted, attempt, attempt_of},
};

on_each_engine!(
    a_retry_with_the_same_key_gets_the_same_answer_and_spends_nothing,
    a_key_for_another_use_is_refused_and_spends_nothing,
    a_refusal_is_not_remembered,
    what_comes_of_a_key_tells_nobody_which_strings_are_tokens,
    each_purpose_is_good_once,
    two_clients_may_choose_the_same_key,
    a_retry_is_as_good_as_its_token_but_for_the_use_itself,
    a_look_with_the_key_of_a_use_tells_of_that_use,
);

const TICKETS: &str = r#"
    [[token_types]]
    name = "Ticket"
    [[token_types.rules]]
    type = "UseCount"
    max_use_count = 2
    [[token_types]]
    name = "Badge"
"#;

fn keyed(use_key: &str) -> Presented<'_> {
    Presented { use_key: Some(use_key), ..Presented::default() }
}

async fn a_retry_with_the_same_key_gets_the_same_answer_and_spends_nothing(server: TestServer) {
    server.define(TICKETS).await;
    let app = server.machine("app", "read").await;
    for (name, left) in [("Ticket", [Some(1), Some(0)]), ("Badge", [None, None])] {
        let attributes = serde_json::json!({"a": 1}).as_object().unwrap().clone();
        let wanted = Wanted { attributes, ..Wanted::default() };
        let token = server.create(&app, name, wanted).await;

        let first = server.use_token(name, &token, keyed("one")).await;
        let again = server.use_token(name, &token, keyed("one")).await;
        let second = server.use_token(name, &token, keyed(&format!("{name} two"))).await;
        let late = server.use_token(name, &token, keyed("one")).await;

        assert_eq!([first.uses_left, second.uses_left], left);
        for retry in [again, late] {
            assert!(retry.is_replay && !retry.attributes.is_empty());
            assert_eq!((retry.outcome, retry.uses_left), (Outcome::Allowed, left[0]));
        }
        // The next type's turn with the same key would be another use.
        server.delete(name, &token).await;
        let database = server.database();
        database.execute("DELETE FROM token_uses").await;
    }
}

async fn a_key_for_another_use_is_refused_and_spends_nothing(server: TestServer) {
    server.define(TICKETS).await;
    let app = server.machine("app", "read").await;
    let wanted = || Wanted { purposes: &["in", "out"], ..Wanted::default() };
    let one = server.create(&app, "Ticket", wanted()).await;
    let other = server.create(&app, "Ticket", wanted()).await;
    let entering = Presented { purpose: Some("in"), ..keyed("k") };
    server.use_token("Ticket", &one, entering.clone()).await;

    let tokens = &server.app.tokens;
    for (token, purpose) in [(&other, "in"), (&one, "out")] {
        let presented = Presented { purpose: Some(purpose), ..keyed("k") };
        let attempt = attempt(&server.app, "Ticket", &presented);
        let used = tokens.use_token(token, &attempt, Some("k"), false).await.unwrap();
        assert_eq!(used, Err(KeyMisused));
    }

    let fresh = |presented| server.peek("Ticket", presented, entering.clone());
    assert_eq!((fresh(&one).await.uses_left, fresh(&other).await.uses_left), (Some(1), Some(2)));
}

async fn what_comes_of_a_key_tells_nobody_which_strings_are_tokens(server: TestServer) {
    server.define(TICKETS).await;
    let app = server.machine("app", "read").await;
    let [own, gone, other] = [
        server.create(&app, "Ticket", Wanted::default()).await,
        server.create(&app, "Ticket", Wanted::default()).await,
        server.create(&app, "Badge", Wanted::default()).await,
    ];
    server.use_token("Ticket", &own, keyed("k")).await;
    server.use_token("Ticket", &gone, keyed("gone")).await;
    server.delete("Ticket", &gone).await;
    let access = server.token(&app).await;

    let unknown = "A".repeat(43);
    for string in [&unknown, &gone, &other, &access] {
        let attempt = attempt(&server.app, "Ticket", &keyed("k"));
        let used = server.app.tokens.use_token(string, &attempt, Some("k"), false).await.unwrap();
        assert_eq!(used, Err(KeyMisused));
        let fresh = server.use_token("Ticket", string, keyed("fresh")).await;
        assert_eq!(fresh.outcome, Outcome::Invalid);
    }
    assert_eq!(server.use_token("Ticket", &gone, keyed("gone")).await.outcome, Outcome::Invalid);
}

async fn a_refusal_is_not_remembered(server: TestServer) {
    server.define(TICKETS).await;
    let app = server.machine("app", "read").await;
    let wanted = Wanted { identity: Some("Bob"), ..Wanted::default() };
    let token = server.create(&app, "Ticket", wanted).await;

    let refused = server.use_token("Ticket", &token, keyed("k")).await;
    let right = Presented { identity: Some("Bob"), ..keyed("k") };
    let allowed = server.use_token("Ticket", &token, right).await;

    assert_eq!((refused.outcome, allowed.outcome), (Outcome::NotAllowed, Outcome::Allowed));
    assert!(!allowed.is_replay);
}

async fn each_purpose_is_good_once(server: TestServer) {
    let types = "[[token_types]]\nname = 'Voucher'\nrequire_purpose = true\n\
                 [[token_types.rules]]\ntype = 'PurposeOnce'";
    server.define(types).await;
    let app = server.machine("app", "read").await;
    let wanted = Wanted { purposes: &["breakfast", "dinner"], ..Wanted::default() };
    let token = server.create(&app, "Voucher", wanted).await;
    let meal = |purpose| Presented { purpose: Some(purpose), ..Presented::default() };

    let first = server.use_token("Voucher", &token, meal("Breakfast")).await;
    let again = server.use_token("Voucher", &token, meal("BREAKFAST")).await;
    let seen = server.peek("Voucher", &token, meal("breakfast")).await;
    let dinner = server.use_token("Voucher", &token, meal("dinner")).await;

    assert_eq!((first.outcome, dinner.outcome), (Outcome::Allowed, Outcome::Allowed));
    for refused in [again, seen] {
        assert_eq!(refused.outcome, Outcome::NotAllowed);
        assert_eq!(refused.refusal, Some(Refusal::PurposeUsed));
    }
}

async fn two_clients_may_choose_the_same_key(server: TestServer) {
    server.define(TICKETS).await;
    let app = server.machine("app", "read").await;
    let token = server.create(&app, "Ticket", Wanted::default()).await;

    let mut left = Vec::new();
    for client in ["app", "other"] {
        let attempt = attempt_of(client, &server.app, "Ticket", &keyed("1"));
        let used = server.app.tokens.use_token(&token, &attempt, Some("1"), false).await.unwrap();
        left.push(used.unwrap().uses_left);
    }

    assert_eq!(left, [Some(1), Some(0)]);
}

async fn a_retry_is_as_good_as_its_token_but_for_the_use_itself(server: TestServer) {
    let rules = "[[token_types]]\nname = 'Once'\n\
                 [[token_types.rules]]\ntype = 'UseCount'\nmax_use_count = 1\n\
                 [[token_types.rules]]\ntype = 'Cidr'\nallow = ['10.0.0.0/8']\n\
                 [[token_types.rules]]\ntype = 'Expiry'\nexpiry_time = '1h'";
    server.define(rules).await;
    let app = server.machine("app", "read").await;
    let from = |address: &str, key| Presented { address: address.parse().ok(), ..keyed(key) };
    let (inside, outside) = ("10.0.0.1", "192.0.2.1");
    let [expiring, revoked] = [
        server.create(&app, "Once", Wanted::default()).await,
        server.create(&app, "Once", Wanted::default()).await,
    ];
    for (token, key) in [(&expiring, "e"), (&revoked, "r")] {
        server.use_token("Once", token, from(inside, key)).await;
        assert!(server.use_token("Once", token, from(inside, key)).await.is_replay);
    }

    let elsewhere = server.use_token("Once", &expiring, from(outside, "e")).await;
    server.post("/revoke", &app, &format!("token={revoked}")).await;
    let ended = server.use_token("Once", &revoked, from(inside, "r")).await;
    server.advance(std::time::Duration::from_hours(1));
    let late = server.use_token("Once", &expiring, from(inside, "e")).await;

    for refused in [elsewhere, ended, late] {
        assert_ne!(refused.outcome, Outcome::Allowed, "{refused:?}");
    }
}

async fn a_look_with_the_key_of_a_use_tells_of_that_use(server: TestServer) {
    let once = "[[token_types]]\nname = 'Once'\n\
                [[token_types.rules]]\ntype = 'UseCount'\nmax_use_count = 1";
    server.define(once).await;
    let app = server.machine("app", "read").await;
    let token = server.create(&app, "Once", Wanted::default()).await;
    server.use_token("Once", &token, keyed("k")).await;

    assert!(server.peek("Once", &token, keyed("k")).await.is_replay);
    assert_eq!(server.peek("Once", &token, keyed("other")).await.outcome, Outcome::Invalid);
}
