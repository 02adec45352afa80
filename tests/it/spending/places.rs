//! How many tokens may be active, and how soon after each other they may be made.

use std::time::Duration;

use tessera::{
    acts::clients,
    model::client::ClientStatus,
    model::{attempt::Outcome, standing::Refusal},
    tokens::typed::CreateRefusal,
};

use crate::common::{
    TestServer, on_each_engine,
    server::operator,
    typed::{Presented, Wanted},
};

on_each_engine!(
    no_more_than_so_many_are_active_for_one_identity,
    whatever_ends_a_token_frees_its_place,
    the_oldest_gives_way_where_the_type_says_so,
    the_next_one_is_made_after_a_time,
    a_disabled_client_keeps_its_places,
    fewer_places_than_before_count_what_is_there,
    nobody_waits_for_two_turns,
);

fn for_identity(identity: &str) -> Wanted<'_> {
    Wanted { identity: Some(identity), ..Wanted::default() }
}

fn limited(on_limit: &str) -> String {
    format!(
        "[[token_types]]\nname = 'Seat'\nrequire_identity = true\n\
         [[token_types.rules]]\ntype = 'MaxActive'\nmax = 2\nper = 'identity'\n\
         on_limit = '{on_limit}'\n\
         [[token_types.rules]]\ntype = 'UseCount'\nmax_use_count = 1\n\
         [[token_types.rules]]\ntype = 'Expiry'\nexpiry_time = '1h'"
    )
}

async fn no_more_than_so_many_are_active_for_one_identity(server: TestServer) {
    server.define(&limited("reject")).await;
    let app = server.machine("app", "read").await;

    for _ in 0..2 {
        server.create(&app, "Seat", for_identity("Bob")).await;
    }
    let third = server.try_create(&app, "Seat", for_identity("Bob")).await;

    assert_eq!(third.unwrap_err(), CreateRefusal::TooManyActive);
    server.create(&app, "Seat", for_identity("bob")).await;
}

async fn whatever_ends_a_token_frees_its_place(server: TestServer) {
    server.define(&limited("reject")).await;
    let app = server.machine("app", "read").await;
    let bob = || Presented { identity: Some("Bob"), ..Presented::default() };
    let first = server.create(&app, "Seat", for_identity("Bob")).await;
    let second = server.create(&app, "Seat", for_identity("Bob")).await;

    server.use_token("Seat", &first, bob()).await;
    let third = server.create(&app, "Seat", for_identity("Bob")).await;
    server.delete("Seat", &second).await;
    let fourth = server.create(&app, "Seat", for_identity("Bob")).await;
    server.post("/revoke", &app, &format!("token={third}")).await;
    server.create(&app, "Seat", for_identity("Bob")).await;
    let full = server.try_create(&app, "Seat", for_identity("Bob")).await;
    server.advance(Duration::from_hours(1));
    server.create(&app, "Seat", for_identity("Bob")).await;
    server.create(&app, "Seat", for_identity("Bob")).await;

    assert_eq!(full.unwrap_err(), CreateRefusal::TooManyActive);
    assert_eq!(server.outcome("Seat", &fourth, bob()).await, Outcome::Invalid);
}

async fn the_oldest_gives_way_where_the_type_says_so(server: TestServer) {
    server.define(&limited("evict_oldest")).await;
    let app = server.machine("app", "read").await;
    let bob = || Presented { identity: Some("Bob"), ..Presented::default() };
    let mut tokens = Vec::new();
    for _ in 0..4 {
        tokens.push(server.create(&app, "Seat", for_identity("Bob")).await);
        server.advance(Duration::from_secs(1));
    }

    let mut refusals = Vec::new();
    for token in &tokens {
        refusals.push(server.peek("Seat", token, bob()).await.refusal);
    }

    let gone = Some(Refusal::Superseded);
    assert_eq!(refusals, [gone, gone, None, None]);
}

async fn the_next_one_is_made_after_a_time(server: TestServer) {
    let types = "[[token_types]]\nname = 'Code'\nrequire_identity = true\n\
                 [[token_types.rules]]\ntype = 'Cooldown'\nmin_interval = '60s'\nper = 'identity'";
    server.define(&types.replace("Code", "Otp")).await;
    let app = server.machine("app", "read").await;
    server.create(&app, "Otp", for_identity("Bob")).await;

    server.advance(Duration::from_secs(59));
    let early = server.try_create(&app, "Otp", for_identity("Bob")).await.unwrap_err();
    server.create(&app, "Otp", for_identity("Ann")).await;
    server.advance(Duration::from_secs(1));
    server.create(&app, "Otp", for_identity("Bob")).await;

    assert_eq!(early, CreateRefusal::TooSoon { retry_after: Duration::from_secs(1) });
}

/// It may come back, and its tokens with it.
async fn a_disabled_client_keeps_its_places(server: TestServer) {
    server.define(&limited("reject").replace("max = 2", "max = 1")).await;
    let [app, other] = [server.machine("app", "x").await, server.machine("other", "x").await];
    server.create(&app, "Seat", for_identity("Bob")).await;

    clients::set_status(&server.app, &operator(), &app.id, ClientStatus::Disabled).await.unwrap();
    let refused = server.try_create(&other, "Seat", for_identity("Bob")).await.unwrap_err();

    assert_eq!(refused, CreateRefusal::TooManyActive);
}

async fn fewer_places_than_before_count_what_is_there(server: TestServer) {
    let app = server.machine("app", "read").await;
    let bob = || Presented { identity: Some("Bob"), ..Presented::default() };
    let mut tokens = Vec::new();
    for max in [4, 4, 4, 4, 2] {
        let types = limited("evict_oldest").replace("max = 2", &format!("max = {max}"));
        server.define(&types).await;
        server.advance(Duration::from_secs(1));
        tokens.push(server.create(&app, "Seat", for_identity("Bob")).await);
    }

    let mut active = Vec::new();
    for token in &tokens {
        active.push(server.peek("Seat", token, bob()).await.outcome == Outcome::Allowed);
    }
    assert_eq!(active, [false, false, false, true, true]);
}

/// Whoever holds one and waits for another may wait for itself: of so many identities, some do.
async fn nobody_waits_for_two_turns(server: TestServer) {
    let both = limited("evict_oldest")
        + "\n[[token_types.rules]]\ntype = 'Cooldown'\nmin_interval = '60s'\nper = 'identity'";
    server.define(&both).await;
    let app = server.machine("app", "read").await;

    let all = async {
        for number in 0..400 {
            server.create(&app, "Seat", for_identity(&number.to_string())).await;
        }
    };

    tokio::time::timeout(Duration::from_mins(2), all).await.expect("nobody hangs");
}
