//! That all who ask are told the same.

use proptest::{prelude::*, sample::select, strategy::LazyJust};

use super::*;

fn any_rule() -> impl Strategy<Value = Rule> {
    select(vec![
        idle(),
        rate(),
        Rule::Unknown,
        Rule::Client(Client { allow: vec!["mailer".to_owned()] }),
        Rule::Client(Client { allow: vec!["other".to_owned()] }),
        Rule::Audience(Audience { allow: vec!["https://c.example".to_owned()], mode: Mode::All }),
        Rule::Cidr(Cidr { allow: vec![], deny: vec!["10.0.0.0/24".parse().unwrap()] }),
        Rule::PinIp(PinIp { ipv4: 24, ipv6: 64 }),
        hours(),
        Rule::PurposeOnce(PurposeOnce {}),
    ])
}

/// Moments around `NOW` that lie close enough together to meet.
fn moment() -> impl Strategy<Value = Timestamp> {
    select(vec![-60_001, -60_000, -1, 0, 1, 59_999, 60_000, 1_000_000]).prop_map(after)
}

prop_compose! {
    fn any_row()(
        status in select(EntryStatus::ALL.to_vec()),
        not_before in proptest::option::of(moment()),
        expires_at in proptest::option::of(moment()),
        last_used_at in proptest::option::of(moment()),
        window_start in proptest::option::of(moment()),
        (uses, max_uses) in (0..3_i64, proptest::option::of(1..3_i64)),
        window_uses in 0..3_i64,
        rules in proptest::collection::vec(any_rule(), 0..4),
    ) -> StandingEntry {
        let mut token = with(rules);
        let entry = &mut token.entry;
        (entry.status, entry.not_before, entry.expires_at) = (status, not_before, expires_at);
        (entry.last_used_at, entry.window_start) = (last_used_at, window_start);
        (entry.uses, entry.max_uses, entry.window_uses) = (uses, max_uses, window_uses);
        token
    }
}

prop_compose! {
    fn any_token()(
        mut token in any_row(),
        is_configured in prop::bool::weighted(0.9),
        (client, generation) in (prop::bool::weighted(0.9), prop::bool::weighted(0.9)),
        purpose in select(vec![None, Some("reset"), Some("login")]),
        identity in select(vec![None, Some("u1"), Some("u2")]),
    ) -> StandingEntry {
        token.entry.purposes = Purposes::of(purpose);
        token.entry.identity = identity.map(str::to_owned);
        token.standing.type_shown = is_configured.then(|| "access".to_owned());
        token.standing.client_status = client.then(|| "active".to_owned());
        token.standing.client_generation_now = Some(if generation { 3 } else { 4 });
        token
    }
}

proptest! {
    #[test]
    fn judge_explanation_and_status_word_agree(
        token in any_token(),
        at in moment(),
        presented in prop_oneof![Just(None), LazyJust::new(|| Some(circumstances()))],
    ) {
        let attempt = Attempt { at, presented };

        let judged = token.judge(&attempt);

        let explained = token.explain(&attempt);
        prop_assert_eq!(judged, explained.iter().find_map(Check::refused));
        if attempt.presented.is_none() {
            prop_assert_eq!(judged.is_none(), token.status_word(at).is_usable());
        }
        if let Some(until) = judged.and_then(|refused| refused.until) {
            prop_assert!(until > at);
        }
    }

    #[test]
    fn what_a_look_refuses_is_refused_to_whoever_presents_it(token in any_token(), at in moment()) {
        let looked = token.judge(&Attempt::look(at));
        let presented = token.judge(&Attempt { at, presented: Some(circumstances()) });

        prop_assert!(looked.is_none() || presented.is_some());
    }
}
