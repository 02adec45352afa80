//! Uses of one token, and places for one identity: many want them at once.

use std::collections::HashSet;

use tessera::{app::App, model::attempt::Outcome};

use super::{at_once, nodes};
use crate::common::{
    TestServer, on_each_engine,
    typed::{self, Presented, Wanted},
};

on_each_engine!(
    of_many_uses_as_many_count_as_there_are,
    a_key_that_is_given_twice_at_once_spends_one_use,
    one_of_many_uses_for_a_purpose_counts,
    a_window_has_room_for_as_many_as_it_says,
    one_network_of_two_is_pinned,
    as_many_are_active_as_may_be,
    of_those_that_give_way_as_many_stay_as_may_be,
    one_of_many_is_made_within_an_interval,
    a_deleted_token_is_used_no_more,
);

/// How many come at once.
const MANY: usize = 400;

async fn token(server: &TestServer, rules: &str, wanted: Wanted<'_>) -> String {
    let head = "[[token_types]]\nname = 'Ticket'\nrequire_purpose = false\n";
    server.define(&format!("{head}{rules}")).await;
    let app = server.machine("app", "read").await;
    server.create(&app, "Ticket", wanted).await
}

async fn outcome(app: App, token: String, presented: Presented<'static>) -> Outcome {
    typed::use_token(&app, ("Ticket", &token), presented, false).await.outcome
}

fn allowed(outcomes: &[Outcome]) -> usize {
    outcomes.iter().filter(|outcome| **outcome == Outcome::Allowed).count()
}

async fn of_many_uses_as_many_count_as_there_are(server: TestServer) {
    let count = "[[token_types.rules]]\ntype = 'UseCount'\nmax_use_count = 137";
    let token = token(&server, count, Wanted::default()).await;
    let nodes = nodes(&server).await;

    let outcomes =
        at_once(&nodes, MANY, |app, _| outcome(app, token.clone(), Presented::default())).await;

    assert_eq!(allowed(&outcomes), 137);
    assert!(outcomes.iter().all(|one| matches!(one, Outcome::Allowed | Outcome::Invalid)));
}

async fn a_key_that_is_given_twice_at_once_spends_one_use(server: TestServer) {
    let count = "[[token_types.rules]]\ntype = 'UseCount'\nmax_use_count = 200";
    let token = token(&server, count, Wanted::default()).await;
    let nodes = nodes(&server).await;

    let used = at_once(&nodes, 200, |app, number| {
        let (token, key) = (token.clone(), (number / 4).to_string());
        async move {
            let presented = Presented { use_key: Some(&key), ..Presented::default() };
            typed::use_token(&app, ("Ticket", &token), presented, false).await
        }
    })
    .await;

    assert!(used.iter().all(|used| used.outcome == Outcome::Allowed));
    assert_eq!(used.iter().filter(|used| !used.is_replay).count(), 50);
    let left: HashSet<_> = used.iter().map(|used| used.uses_left).collect();
    assert_eq!(left.len(), 50);
    assert_eq!(server.peek("Ticket", &token, Presented::default()).await.uses_left, Some(150));
}

async fn one_of_many_uses_for_a_purpose_counts(server: TestServer) {
    let rules = "[[token_types.rules]]\ntype = 'PurposeOnce'";
    let head = "[[token_types]]\nname = 'Ticket'\nrequire_purpose = true\n";
    server.define(&format!("{head}{rules}")).await;
    let app = server.machine("app", "read").await;
    let wanted = Wanted { purposes: &["a", "b"], ..Wanted::default() };
    let token = server.create(&app, "Ticket", wanted).await;
    let nodes = nodes(&server).await;

    let outcomes = at_once(&nodes, 100, |app, number| {
        let purpose = Some(if number % 3 == 0 { "A" } else { "b" });
        outcome(app, token.clone(), Presented { purpose, ..Presented::default() })
    })
    .await;

    assert_eq!(allowed(&outcomes), 2);
}

async fn a_window_has_room_for_as_many_as_it_says(server: TestServer) {
    let rate = "[[token_types.rules]]\ntype = 'Rate'\nwindow = '1h'\nmax_use_count = 23";
    let token = token(&server, rate, Wanted::default()).await;
    let nodes = nodes(&server).await;

    let outcomes =
        at_once(&nodes, 200, |app, _| outcome(app, token.clone(), Presented::default())).await;

    assert_eq!(allowed(&outcomes), 23);
    assert!(outcomes.iter().all(|one| matches!(one, Outcome::Allowed | Outcome::Throttled)));
}

async fn one_network_of_two_is_pinned(server: TestServer) {
    let pin = "[[token_types.rules]]\ntype = 'PinIp'\nby = 'ip/24'";
    let token = token(&server, pin, Wanted::default()).await;
    let nodes = nodes(&server).await;

    let outcomes = at_once(&nodes, 100, |app, number| {
        let token = token.clone();
        let address = if number % 2 == 0 { "192.0.2.1" } else { "198.51.100.1" };
        let presented = Presented { address: address.parse().ok(), ..Presented::default() };
        async move { (number % 2, outcome(app, token, presented).await) }
    })
    .await;

    let winners: HashSet<_> = outcomes
        .iter()
        .filter(|(_, outcome)| *outcome == Outcome::Allowed)
        .map(|(network, _)| network)
        .collect();
    assert_eq!(winners.len(), 1);
    assert_eq!(outcomes.iter().filter(|(_, one)| *one == Outcome::Allowed).count(), 50);
}

fn seats(on_limit: &str) -> String {
    format!(
        "[[token_types]]\nname = 'Ticket'\nrequire_identity = true\n\
         [[token_types.rules]]\ntype = 'MaxActive'\nmax = 7\nper = 'identity'\n\
         on_limit = '{on_limit}'"
    )
}

async fn make_many(server: &TestServer, times: usize) -> Vec<String> {
    let client = server.machine("app", "read").await;
    let nodes = nodes(server).await;
    let made = at_once(&nodes, times, |app, _| {
        let id = client.id.clone();
        async move {
            let wanted = Wanted { identity: Some("Bob"), ..Wanted::default() };
            typed::create(&app, &id, "Ticket", wanted).await
        }
    })
    .await;
    made.into_iter().flatten().map(|made| made.token.expose().to_owned()).collect()
}

async fn active(server: &TestServer, tokens: &[String]) -> usize {
    let bob = Presented { identity: Some("Bob"), ..Presented::default() };
    let mut active = 0;
    for token in tokens {
        let seen = server.peek("Ticket", token, bob.clone()).await;
        active += usize::from(seen.outcome == Outcome::Allowed);
    }
    active
}

async fn as_many_are_active_as_may_be(server: TestServer) {
    server.define(&seats("reject")).await;

    let tokens = make_many(&server, 40).await;

    assert_eq!((tokens.len(), active(&server, &tokens).await), (7, 7));
}

async fn of_those_that_give_way_as_many_stay_as_may_be(server: TestServer) {
    server.define(&seats("evict_oldest")).await;

    let tokens = make_many(&server, 100).await;

    assert_eq!((tokens.len(), active(&server, &tokens).await), (100, 7));
}

async fn one_of_many_is_made_within_an_interval(server: TestServer) {
    let types = "[[token_types]]\nname = 'Ticket'\nrequire_identity = true\n\
                 [[token_types.rules]]\ntype = 'Cooldown'\nmin_interval = '60s'\nper = 'identity'";
    server.define(types).await;

    assert_eq!(make_many(&server, 40).await.len(), 1);
}

/// A use that began before the answer may be as good as one that came first; one that begins after
/// it is not.
async fn a_deleted_token_is_used_no_more(server: TestServer) {
    let count = "[[token_types.rules]]\ntype = 'UseCount'\nmax_use_count = 100000";
    let token = token(&server, count, Wanted::default()).await;
    let nodes = nodes(&server).await;

    let late = at_once(&nodes, 60, |app, number| {
        let (token, server) = (token.clone(), app.clone());
        async move {
            if number == 30 {
                let which = tessera::tokens::typed::DeleteWhich::Presented(&token);
                assert!(server.tokens.delete(which, "Ticket").await.unwrap());
                return outcome(app, token, Presented::default()).await;
            }
            outcome(app, token, Presented::default()).await;
            Outcome::Invalid
        }
    })
    .await;

    assert_eq!(allowed(&late), 0);
    for app in nodes {
        assert_eq!(outcome(app, token.clone(), Presented::default()).await, Outcome::Invalid);
    }
}
