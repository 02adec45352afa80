//! A refresh token that comes twice: a lost answer, or a theft.

use std::time::Duration;

use tessera::model::{audit::Origin, client::ClientKind};

use crate::common::{TestServer, families::Pair, on_each_engine};

on_each_engine!(
    a_lost_answer_is_given_again,
    it_is_given_again_five_times,
    a_lost_answer_whose_time_has_not_come_is_given_again,
    one_that_was_used_is_refused_and_nothing_else_within_the_leeway,
    one_that_comes_later_ends_its_family,
    the_leeway_counts_from_the_first_use,
    without_a_leeway_the_second_use_ends_the_family,
    what_is_kept_of_an_answer_opens_nothing_without_the_token,
    an_answer_whose_family_was_ended_is_not_given_again,
    an_answer_that_tells_of_what_is_dead_is_not_given_again,
    an_answer_whose_access_token_expired_is_not_given_again,
    a_clock_that_is_behind_prolongs_no_leeway,
    what_was_kept_for_a_retry_goes_when_its_time_is_over,
);

async fn a_lost_answer_is_given_again(server: TestServer) {
    let client = server.application("app", "read write", ClientKind::Web).await;
    let first = server.begin(&client, "").await;

    let answered = Pair::of(&server.try_refresh(&client, &first.refresh, "&scope=read").await);
    server.advance(Duration::from_secs(29));
    let again = Pair::of(&server.try_refresh(&client, &first.refresh, "&scope=read").await);

    let expected = Pair { expires_in: answered.expires_in - 29, ..answered.clone() };
    assert_eq!(again, expected);
    assert_eq!(server.database().count("tokens").await, 4);
    server.refresh(&client, &again.refresh).await;
}

async fn a_lost_answer_whose_time_has_not_come_is_given_again(server: TestServer) {
    let rule = "[[token_types.rules]]\ntype = 'NotBefore'\ndelay = '10s'";
    server.define(&format!("[[token_types]]\nname = 'access'\n{rule}")).await;
    let client = server.application("app", "read", ClientKind::Web).await;
    let first = server.begin(&client, "").await;
    let second = server.refresh(&client, &first.refresh).await;

    server.advance(Duration::from_secs(1));
    let again = server.refresh(&client, &first.refresh).await;

    assert_eq!((again.access, again.refresh), (second.access, second.refresh));
}

async fn it_is_given_again_five_times(server: TestServer) {
    let client = server.application("app", "read", ClientKind::Web).await;
    let first = server.begin(&client, "").await;
    let answered = server.refresh(&client, &first.refresh).await;

    for _ in 0..5 {
        assert_eq!(server.refresh(&client, &first.refresh).await, answered);
    }

    let sixth = server.try_refresh(&client, &first.refresh, "").await;
    sixth.assert_error(400, "invalid_grant");
    server.refresh(&client, &answered.refresh).await;
}

async fn one_that_was_used_is_refused_and_nothing_else_within_the_leeway(server: TestServer) {
    let client = server.application("app", "read", ClientKind::Web).await;
    let first = server.begin(&client, "").await;
    let second = server.refresh(&client, &first.refresh).await;
    let third = server.refresh(&client, &second.refresh).await;

    let answer = server.try_refresh(&client, &first.refresh, "").await;

    answer.assert_error(400, "invalid_grant");
    assert!(server.is_active(&client, &third.access).await);
    server.refresh(&client, &third.refresh).await;
}

async fn one_that_comes_later_ends_its_family(server: TestServer) {
    let client = server.application("app", "read", ClientKind::Web).await;
    let (first, apart) = (server.begin(&client, "").await, server.begin(&client, "").await);
    let second = server.refresh(&client, &first.refresh).await;
    server.advance(Duration::from_secs(30));

    let answer = server.try_refresh(&client, &first.refresh, "").await;

    answer.assert_error(400, "invalid_grant");
    for token in [&first.access, &second.access, &second.refresh] {
        assert!(!server.is_active(&client, token).await);
    }
    server.try_refresh(&client, &second.refresh, "").await.assert_error(400, "invalid_grant");
    let facts = server.facts(&second.refresh).await;
    assert_eq!((&facts["refusal"], &facts["ended_by"]), (&"revoked".into(), &"server".into()));
    let reason = facts["end_reason"].as_str().unwrap();
    assert!(reason.ends_with("was used again after it was replaced"), "{reason}");
    let told = "UPDATE audit SET actor = actor WHERE action = 'family.reuse_detected'";
    assert_eq!(server.database().execute(told).await, 1);
    // A second proof of it changes nothing, and is not told again.
    server.try_refresh(&client, &first.refresh, "").await.assert_error(400, "invalid_grant");
    assert_eq!(server.database().execute(told).await, 1);
    server.refresh(&client, &apart.refresh).await;
}

async fn the_leeway_counts_from_the_first_use(server: TestServer) {
    let client = server.application("app", "read", ClientKind::Web).await;
    let first = server.begin(&client, "").await;
    server.refresh(&client, &first.refresh).await;

    server.advance(Duration::from_secs(20));
    let again = server.refresh(&client, &first.refresh).await;
    server.advance(Duration::from_secs(10));

    server.try_refresh(&client, &first.refresh, "").await.assert_error(400, "invalid_grant");
    server.try_refresh(&client, &again.refresh, "").await.assert_error(400, "invalid_grant");
}

async fn without_a_leeway_the_second_use_ends_the_family(server: TestServer) {
    let server =
        server.restarted(|config| config.tokens.refresh.reuse_leeway = Duration::ZERO).await;
    let client = server.application("app", "read", ClientKind::Web).await;
    let first = server.begin(&client, "").await;
    let second = server.refresh(&client, &first.refresh).await;

    server.try_refresh(&client, &first.refresh, "").await.assert_error(400, "invalid_grant");

    server.try_refresh(&client, &second.refresh, "").await.assert_error(400, "invalid_grant");
}

async fn what_is_kept_of_an_answer_opens_nothing_without_the_token(server: TestServer) {
    let client = server.application("app", "read", ClientKind::Web).await;
    let (mine, yours) = (server.begin(&client, "").await, server.begin(&client, "").await);
    server.refresh(&client, &mine.refresh).await;
    let next = server.refresh(&client, &yours.refresh).await;

    // Somebody who writes to the database swaps the kept answers.
    let kept = "CREATE TABLE kept AS SELECT entry_key, replay_sealed FROM tokens
                WHERE kind = 'refresh' AND status = 'redeemed'";
    let swap = "UPDATE tokens SET replay_sealed =
                    (SELECT k.replay_sealed FROM kept k WHERE k.entry_key <> tokens.entry_key)
                WHERE kind = 'refresh' AND status = 'redeemed'";
    server.database().execute(kept).await;
    assert_eq!(server.database().execute(swap).await, 2);

    server.try_refresh(&client, &mine.refresh, "").await.assert_error(400, "invalid_grant");
    server.refresh(&client, &next.refresh).await;
}

async fn an_answer_whose_family_was_ended_is_not_given_again(server: TestServer) {
    let client = server.application("app", "read", ClientKind::Web).await;
    let first = server.begin(&client, "").await;
    let second = server.refresh(&client, &first.refresh).await;

    server.post("/revoke", &client, &format!("token={}", second.refresh)).await;

    server.try_refresh(&client, &first.refresh, "").await.assert_error(400, "invalid_grant");
}

/// Whatever ends the tokens that an answer told of ends the answer, too.
async fn an_answer_that_tells_of_what_is_dead_is_not_given_again(server: TestServer) {
    for (number, what) in
        ["users", "disabled", "clients", "instance", "scope", "access"].into_iter().enumerate()
    {
        let client = server.application(&format!("app-{number}"), "a b", ClientKind::Web).await;
        let user = server.user(&format!("ingrid-{number}")).await;
        let first = server.begin(&client, &format!("&user={user}")).await;
        let second = server.refresh(&client, &first.refresh).await;
        let sql = match what {
            "users" => "UPDATE users SET generation = generation + 1".to_owned(),
            "disabled" => "UPDATE users SET status = 'disabled'".to_owned(),
            "clients" => "UPDATE clients SET generation = generation + 1".to_owned(),
            "instance" => "UPDATE instance SET generation = generation + 1".to_owned(),
            _ => String::new(),
        };
        if what == "scope" {
            server.set_scope(&client, "b").await;
        } else if what == "access" {
            server.post("/revoke", &client, &format!("token={}", second.access)).await;
        } else {
            server.database().execute(&sql).await;
        }

        let fresh = server.app.tokens.find_refresh_token(&first.refresh).await.unwrap().unwrap();
        let registered =
            server.app.store.find_registered_client(&client.id).await.unwrap().unwrap();
        let origin = Origin::default();
        let retried = server.app.tokens.retry_refresh(
            &registered.client,
            (&first.refresh, &fresh),
            (&origin, server.now()),
        );

        assert!(retried.await.unwrap().is_err(), "{what}");
    }
}

async fn an_answer_whose_access_token_expired_is_not_given_again(server: TestServer) {
    let server =
        server.restarted(|config| config.tokens.access_lifetime = Duration::from_secs(10)).await;
    let client = server.application("app", "read", ClientKind::Web).await;
    let first = server.begin(&client, "").await;
    server.refresh(&client, &first.refresh).await;

    server.advance(Duration::from_secs(10));

    server.try_refresh(&client, &first.refresh, "").await.assert_error(400, "invalid_grant");
}

/// The clocks of nodes differ, and one may be set back.
async fn a_clock_that_is_behind_prolongs_no_leeway(server: TestServer) {
    let client = server.application("app", "read", ClientKind::Web).await;
    let (first, other) = (server.begin(&client, "").await, server.begin(&client, "").await);
    server.refresh(&client, &first.refresh).await;
    server.refresh(&client, &other.refresh).await;

    server.rewind(Duration::from_secs(29));
    server.refresh(&client, &first.refresh).await;
    server.rewind(Duration::from_secs(1));
    server.try_refresh(&client, &other.refresh, "").await.assert_error(400, "invalid_grant");

    let server =
        server.restarted(|config| config.tokens.refresh.reuse_leeway = Duration::ZERO).await;
    let strict = server.begin(&client, "").await;
    let next = server.refresh(&client, &strict.refresh).await;
    server.rewind(Duration::from_millis(1));
    server.try_refresh(&client, &strict.refresh, "").await.assert_error(400, "invalid_grant");
    server.try_refresh(&client, &next.refresh, "").await.assert_error(400, "invalid_grant");
}

async fn what_was_kept_for_a_retry_goes_when_its_time_is_over(server: TestServer) {
    let client = server.application("app", "read", ClientKind::Web).await;
    let first = server.begin(&client, "").await;
    server.refresh(&client, &first.refresh).await;
    let kept = "tokens WHERE replay_sealed IS NOT NULL";

    server.app.tokens.forget_replays(server.now()).await.unwrap();
    assert_eq!(server.database().count(kept).await, 1);
    server.advance(Duration::from_mins(2));
    server.app.tokens.forget_replays(server.now()).await.unwrap();

    assert_eq!(server.database().count(kept).await, 0);
}
