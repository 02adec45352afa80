//! Uses of tokens: what a use is spent for, and that a refusal consumes nothing.

mod keys;
mod making;
mod oauth;
mod places;
mod windows;

use std::{
    sync::{Arc, Mutex},
    time::Duration,
};

use serde_json::json;
use tessera::{
    model::{attempt::Outcome, standing::Refusal},
    tokens::typed::CreateRefusal,
};

use crate::common::{
    TestServer, on_each_engine,
    typed::{Presented, Wanted},
};

on_each_engine!(
    a_token_works_as_often_as_its_type_says,
    whatever_is_refused_consumes_nothing,
    a_look_consumes_nothing,
    attributes_are_told_to_whoever_may_use_it,
    a_type_that_is_taken_away_takes_its_tokens_with_it_until_it_returns,
    rules_are_those_of_the_making,
    a_token_without_rules_works_for_good,
    strings_that_are_none_of_ours_are_invalid_whatever_they_are,
    whatever_is_presented_in_vain_the_same_statements_run,
    of_a_token_of_another_type_nothing_is_told,
);

const TICKETS: &str = r#"
    [[token_types]]
    name = "Ticket"
    [[token_types.rules]]
    type = "Expiry"
    expiry_time = "1h"
    [[token_types.rules]]
    type = "UseCount"
    max_use_count = 2
"#;

async fn a_token_works_as_often_as_its_type_says(server: TestServer) {
    server.define(TICKETS).await;
    let app = server.machine("app", "read").await;
    let made = server.try_create(&app, "ticket", Wanted::default()).await.unwrap();
    let token = made.token.expose();
    assert_eq!(
        (made.uses_left, made.expires_at.unwrap().since(server.now()).as_secs()),
        (Some(2), 3600)
    );

    let uses = [
        server.use_token("TICKET", token, Presented::default()).await,
        server.use_token("ticket", token, Presented::default()).await,
        server.use_token("Ticket", token, Presented::default()).await,
    ];

    assert_eq!(
        uses.each_ref().map(|used| (used.outcome, used.uses_left, used.expires_in)),
        [
            (Outcome::Allowed, Some(1), Some(3600)),
            (Outcome::Allowed, Some(0), Some(3600)),
            (Outcome::Invalid, None, None),
        ]
    );
    assert_eq!(uses[2].refusal, Some(Refusal::UsedUp));
}

async fn whatever_is_refused_consumes_nothing(server: TestServer) {
    server.define(TICKETS).await;
    let app = server.machine("app", "read").await;
    let wanted = Wanted { purposes: &["enter"], identity: Some("Bob"), ..Wanted::default() };
    let token = server.create(&app, "Ticket", wanted).await;
    let right =
        || Presented { purpose: Some("ENTER"), identity: Some("Bob"), ..Presented::default() };

    for (wrong, refusal) in [
        (Presented { purpose: Some("leave"), ..right() }, Refusal::WrongPurpose),
        (Presented { purpose: None, ..right() }, Refusal::WrongPurpose),
        (Presented { purpose: Some(""), ..right() }, Refusal::WrongPurpose),
        (Presented { identity: Some("bob"), ..right() }, Refusal::WrongIdentity),
        (Presented { identity: Some(""), ..right() }, Refusal::WrongIdentity),
        (Presented { identity: None, ..right() }, Refusal::WrongIdentity),
    ] {
        let used = server.use_token("Ticket", &token, wrong).await;

        assert_eq!((used.outcome, used.refusal), (Outcome::NotAllowed, Some(refusal)));
    }
    let used = server.use_token("access", &token, right()).await;
    assert_eq!((used.outcome, used.refusal), (Outcome::Invalid, Some(Refusal::WrongType)));
    assert_eq!(server.use_token("Ticket", &token, right()).await.uses_left, Some(1));
}

async fn a_look_consumes_nothing(server: TestServer) {
    server.define(TICKETS).await;
    let app = server.machine("app", "read").await;
    let token = server.create(&app, "Ticket", Wanted::default()).await;

    for _ in 0..5 {
        let seen = server.peek("Ticket", &token, Presented::default()).await;
        assert_eq!((seen.outcome, seen.uses_left), (Outcome::Allowed, Some(2)));
    }
    server.use_token("Ticket", &token, Presented::default()).await;
    server.use_token("Ticket", &token, Presented::default()).await;

    let seen = server.peek("Ticket", &token, Presented::default()).await;
    assert_eq!((seen.outcome, seen.refusal), (Outcome::Invalid, Some(Refusal::UsedUp)));
}

async fn attributes_are_told_to_whoever_may_use_it(server: TestServer) {
    server.define(TICKETS).await;
    let app = server.machine("app", "read").await;
    let attributes = json!({"file": "report.pdf", "pages": [1, 2]});
    let attributes = attributes.as_object().unwrap().clone();
    let wanted =
        Wanted { identity: Some("b"), attributes: attributes.clone(), ..Wanted::default() };
    let token = server.create(&app, "Ticket", wanted).await;

    let refused = server.use_token("Ticket", &token, Presented::default()).await;
    let right = Presented { identity: Some("b"), ..Presented::default() };
    let allowed = server.use_token("Ticket", &token, right).await;

    assert!(refused.attributes.is_empty());
    assert_eq!(allowed.attributes, attributes);
}

async fn a_type_that_is_taken_away_takes_its_tokens_with_it_until_it_returns(server: TestServer) {
    server.define(TICKETS).await;
    let app = server.machine("app", "read").await;
    let token = server.create(&app, "Ticket", Wanted::default()).await;

    server.undefine("Ticket").await;
    let used = server.use_token("Ticket", &token, Presented::default()).await;
    let made = server.try_create(&app, "Ticket", Wanted::default()).await;
    server.define(TICKETS).await;

    assert_eq!((used.outcome, used.refusal), (Outcome::Invalid, Some(Refusal::TypeNotConfigured)));
    assert_eq!(made.unwrap_err(), CreateRefusal::TypeNotConfigured);
    assert_eq!(server.use_token("Ticket", &token, Presented::default()).await.uses_left, Some(1));
}

async fn rules_are_those_of_the_making(server: TestServer) {
    server.define(TICKETS).await;
    let app = server.machine("app", "read").await;
    let before = server.create(&app, "Ticket", Wanted::default()).await;
    let changed = TICKETS.replace("1h", "30s").replace("= 2", "= 1");
    server.define(&changed).await;
    let after = server.create(&app, "Ticket", Wanted::default()).await;

    assert_eq!(server.use_token("Ticket", &after, Presented::default()).await.uses_left, Some(0));
    assert_eq!(server.use_token("Ticket", &before, Presented::default()).await.uses_left, Some(1));
    server.advance(Duration::from_secs(3599));
    assert_eq!(server.outcome("Ticket", &before, Presented::default()).await, Outcome::Allowed);
}

async fn a_token_without_rules_works_for_good(server: TestServer) {
    server.define("[[token_types]]\nname = 'Badge'").await;
    let app = server.machine("app", "read").await;
    let made = server.try_create(&app, "Badge", Wanted::default()).await.unwrap();

    server.advance(Duration::from_hours(876_000));
    let used = server.use_token("Badge", made.token.expose(), Presented::default()).await;

    assert_eq!((made.expires_at, made.uses_left), (None, None));
    assert_eq!((used.outcome, used.uses_left, used.expires_in), (Outcome::Allowed, None, None));
}

async fn strings_that_are_none_of_ours_are_invalid_whatever_they_are(server: TestServer) {
    server.define(TICKETS).await;
    let app = server.machine("app", "read").await;
    let token = server.create(&app, "Ticket", Wanted::default()).await;
    let strings = [
        String::new(),
        "\0".to_owned(),
        "Ж".repeat(43),
        "A".repeat(43),
        "A".repeat(54),
        "x".repeat(60_000),
        token[..42].to_owned(),
        format!("{token}="),
        format!(" {token}"),
        token.to_uppercase(),
        format!("{token}\0"),
        "eyJhbGciOiJub25lIn0.e30.".to_owned(),
        "a.b.c".to_owned(),
    ];

    for string in strings {
        let used = server.use_token("Ticket", &string, Presented::default()).await;
        assert_eq!((used.outcome, used.entry_key), (Outcome::Invalid, None), "{string}");
    }
    assert_eq!(server.use_token("Ticket", &token, Presented::default()).await.uses_left, Some(1));
}

/// Whether it waits for its time, rests or was used too often is for those who may use its type.
async fn of_a_token_of_another_type_nothing_is_told(server: TestServer) {
    let types = "[[token_types]]\nname = 'Mine'\n[[token_types]]\nname = 'Late'\n\
                 [[token_types.rules]]\ntype = 'NotBefore'\ndelay = '1h'\n\
                 [[token_types]]\nname = 'Rare'\n\
                 [[token_types.rules]]\ntype = 'Rate'\nwindow = '1h'\nmax_use_count = 1";
    server.define(types).await;
    let app = server.machine("app", "read").await;
    let late = server.create(&app, "Late", Wanted::default()).await;
    let rare = server.create(&app, "Rare", Wanted::default()).await;
    server.use_token("Rare", &rare, Presented::default()).await;

    let unknown = server.use_token("Mine", &"A".repeat(43), Presented::default()).await;
    for token in [late, rare] {
        let used = server.use_token("Mine", &token, Presented::default()).await;
        assert_eq!((used.outcome, used.retry_after), (unknown.outcome, None));
        let before = server.database().count("tokens WHERE kind = 'typed'").await;
        assert!(!server.delete("Mine", &token).await);
        assert_eq!(server.database().count("tokens WHERE kind = 'typed'").await, before);
    }
}

/// On PostgreSQL, beats of the nodes run beside.
async fn whatever_is_presented_in_vain_the_same_statements_run(server: TestServer) {
    server.define(TICKETS).await;
    let app = server.machine("app", "read").await;
    let wanted = Wanted { purposes: &["enter"], identity: Some("Bob"), ..Wanted::default() };
    let token = server.create(&app, "Ticket", wanted).await;
    let right = Presented { purpose: Some("enter"), identity: Some("Bob"), ..Presented::default() };
    let [deleted, used_up] = [
        server.create(&app, "Ticket", Wanted::default()).await,
        server.create(&app, "Ticket", Wanted::default()).await,
    ];
    server.delete("Ticket", &deleted).await;
    for _ in 0..2 {
        server.use_token("Ticket", &used_up, Presented::default()).await;
    }
    let statements = Arc::new(Mutex::new(Vec::new()));
    let kept = Arc::clone(&statements);
    server.app.store.fail(Some(Arc::new(move |sql: &str| {
        if sql.contains("tokens") {
            kept.lock().unwrap().push(sql.to_owned());
        }
        None
    })));

    let presented = [
        (token.as_str(), Presented { purpose: Some("leave"), ..right.clone() }),
        (token.as_str(), Presented { identity: Some("bob"), ..right.clone() }),
        (deleted.as_str(), right.clone()),
        (used_up.as_str(), right.clone()),
        (&"A".repeat(43), right.clone()),
        (&token[..42], right.clone()),
        ("", right.clone()),
        ("\0", right.clone()),
        (&"Ж".repeat(20_000), right.clone()),
        ("a.b.c", right.clone()),
    ];
    for (string, presented) in presented {
        let used = server.use_token("Ticket", string, presented).await;
        assert_ne!(used.outcome, Outcome::Allowed, "{string}");
    }

    let statements = std::mem::take(&mut *statements.lock().unwrap());
    server.app.store.fail(None);
    assert_eq!(statements.len(), 10, "{statements:?}");
    assert!(statements.iter().all(|sql| *sql == statements[0]), "{statements:?}");
}
