//! The types of the settings file: what stands there is there, and what does not is not.

use std::time::Duration;

use tessera::{
    acts::{Error, declared as state},
    model::token_type::{DeclaredType, TypeDefinition, TypeSource},
};
use tokio::task::JoinSet;

use super::{
    applied, counted, counted_text, export, file, find, settle, token_of, told, type_shown,
};
use crate::common::{Engine, TestServer, on_each_engine};

on_each_engine!(
    a_start_writes_them_and_the_next_one_writes_nothing,
    a_type_that_is_taken_out_makes_its_tokens_invalid_until_it_returns,
    another_definition_is_another_version_also_when_it_returns,
    the_order_of_rules_is_no_difference,
    the_rules_of_access_tokens_go_back_to_none,
    a_type_of_the_store_becomes_one_of_the_file,
    a_type_may_move_from_the_settings_into_a_declared_file,
    a_type_that_stands_in_both_is_refused_and_nothing_is_done,
    a_declared_file_brings_no_pruned_type_back,
    several_that_start_at_once_raise_no_version_twice,
);

async fn a_start_writes_them_and_the_next_one_writes_nothing(server: TestServer) {
    let types = [counted("Link", 5), counted("PasswordReset", 1)];

    let first = settle(&server.app, &types).await;
    server.advance(Duration::from_secs(1));
    let second = settle(&server.app, &types).await;

    assert_eq!(
        first,
        [
            "add token type Link: source none -> file; \
             rules.UseCount none -> max_use_count = 5",
            "add token type PasswordReset: source none -> file; \
             rules.UseCount none -> max_use_count = 1",
        ]
    );
    assert!(second.is_empty(), "{second:?}");
    let link = find(&server, "LINK").await;
    assert_eq!((link.source, link.version), (TypeSource::File, 1));
    assert!(link.updated_at < server.now(), "nothing was written");
    assert_eq!(told(&server).await, ["added by settings: 2"]);
}

async fn a_type_that_is_taken_out_makes_its_tokens_invalid_until_it_returns(server: TestServer) {
    settle(&server.app, &[counted("Link", 5), counted("Other", 1)]).await;
    let token = token_of(&server, "link").await;
    assert_eq!(type_shown(&server, &token).await.as_deref(), Some("Link"));

    let gone = settle(&server.app, &[counted("Other", 1)]).await;
    assert_eq!(gone, ["remove token type Link: "]);
    assert_eq!(type_shown(&server, &token).await, None);
    assert!(find(&server, "link").await.removed_at.is_some());
    assert!(settle(&server.app, &[counted("Other", 1)]).await.is_empty());

    let back = settle(&server.app, &[counted("link", 5), counted("Other", 1)]).await;
    assert_eq!(back, ["change token type link: name Link -> link; removed yes -> none"]);
    assert_eq!(type_shown(&server, &token).await.as_deref(), Some("link"));
    assert_eq!(find(&server, "link").await.version, 1);
    assert_eq!(
        told(&server).await,
        [
            "added by settings: 2",
            "changed by settings: 1",
            "removed by settings: 1",
            "returned by settings: 1",
        ]
    );
}

async fn another_definition_is_another_version_also_when_it_returns(server: TestServer) {
    settle(&server.app, &[counted("Link", 5)]).await;

    let changed = settle(&server.app, &[counted("Link", 6)]).await;
    assert_eq!(
        changed,
        ["change token type Link: rules.UseCount max_use_count = 5 -> max_use_count = 6"]
    );
    assert_eq!(find(&server, "link").await.version, 2);

    settle(&server.app, &[]).await;
    settle(&server.app, &[counted("Link", 7)]).await;
    let link = find(&server, "link").await;
    assert_eq!((link.version, link.removed_at), (3, None));
}

async fn the_order_of_rules_is_no_difference(server: TestServer) {
    let head = "[[token_types]]\nname = \"Link\"\n";
    let expiry = "[[token_types.rules]]\ntype = 'Expiry'\nexpiry_time = '7d'\n";
    let text = counted_text("Link", 5);
    let count = text.strip_prefix(head).unwrap();
    applied(&server.app, &format!("{head}{count}{expiry}"), false).await.unwrap();

    let again = applied(&server.app, &format!("{head}{expiry}{count}"), false).await.unwrap();

    assert!(again.is_empty(), "{again:?}");
    assert_eq!(find(&server, "link").await.version, 1);
}

async fn the_rules_of_access_tokens_go_back_to_none(server: TestServer) {
    settle(&server.app, &[counted("Access", 5)]).await;
    let access = find(&server, "access").await;
    assert_eq!((access.source, access.version), (TypeSource::File, 2));
    let token = token_of(&server, "access").await;

    let gone = settle(&server.app, &[]).await;

    assert_eq!(gone, ["remove token type Access: "]);
    let access = find(&server, "access").await;
    assert_eq!((access.source, access.version), (TypeSource::BuiltIn, 3));
    assert_eq!((access.definition, access.removed_at), (TypeDefinition::default(), None));
    assert!(type_shown(&server, &token).await.is_some(), "access tokens go on");
    assert!(settle(&server.app, &[]).await.is_empty());
}

async fn a_type_of_the_store_becomes_one_of_the_file(server: TestServer) {
    applied(&server.app, &counted_text("Link", 5), false).await.unwrap();

    let taken = settle(&server.app, &[counted("Link", 5)]).await;

    assert_eq!(taken, ["change token type Link: source store -> file"]);
    assert_eq!(find(&server, "link").await.version, 1);
    assert!(!export(&server.app).await.contains("[[token_types]]"), "it stands in the settings");
    let refused = applied(&server.app, &counted_text("link", 6), false).await.unwrap_err();
    let Error::Faulty(faults) = refused else { panic!("{refused:?}") };
    assert_eq!(faults.len(), 1, "{faults:?}");
    assert!(faults[0].problem.contains("which alone changes it"), "{faults:?}");
    let pruned = applied(&server.app, "token_types = []", true).await.unwrap();
    assert!(pruned.is_empty(), "{pruned:?}");
}

async fn a_type_may_move_from_the_settings_into_a_declared_file(server: TestServer) {
    settle(&server.app, &[counted("Link", 5)]).await;
    let token = token_of(&server, "link").await;

    let files = [file(&counted_text("Link", 5))];
    let settled = state::settle(&server.app, &files, &[]).await.unwrap();

    let lines: Vec<_> = settled.differences.iter().map(super::in_words).collect();
    assert_eq!(lines, ["change token type Link: source file -> store"]);
    assert!(type_shown(&server, &token).await.is_some());
    settle(&server.app, &[]).await;
    assert!(type_shown(&server, &token).await.is_some(), "the settings have no say any more");
}

async fn a_type_that_stands_in_both_is_refused_and_nothing_is_done(server: TestServer) {
    let files = [file(&counted_text("LINK", 5))];

    let refused =
        state::settle(&server.app, &files, &[counted("Link", 5), counted("New", 1)]).await;

    let Err(Error::Faulty(faults)) = refused else { panic!("{refused:?}") };
    assert_eq!(faults[0].key, "token_types.LINK");
    assert_eq!(server.app.store.token_types().await.unwrap().len(), 9);
}

async fn a_declared_file_brings_no_pruned_type_back(server: TestServer) {
    let files = [file(&counted_text("Link", 5))];
    state::settle(&server.app, &files, &[]).await.unwrap();
    applied(&server.app, "token_types = []", true).await.unwrap();

    let settled = state::settle(&server.app, &files, &[]).await.unwrap();

    assert!(settled.differences.is_empty(), "{settled:?}");
    assert!(settled.notes[0].contains("Link was removed, and is not brought back"), "{settled:?}");
    assert!(find(&server, "link").await.removed_at.is_some());
    applied(&server.app, &counted_text("Link", 5), false).await.unwrap();
    assert_eq!(find(&server, "link").await.removed_at, None);
}

async fn several_that_start_at_once_raise_no_version_twice(server: TestServer) {
    let mut nodes = vec![server.app.clone(); 6];
    if server.database().engine == Engine::Postgres {
        let other = server.neighbour().await.app;
        nodes = [server.app.clone(), other].into_iter().cycle().take(6).collect();
    }
    for round in 1..=10 {
        // Every third time all is taken away, and the time after it comes back.
        let types: Vec<DeclaredType> =
            if round % 3 == 0 { Vec::new() } else { vec![counted("Link", round)] };
        let mut starts = JoinSet::new();
        for app in nodes.clone() {
            let types = types.clone();
            starts.spawn(async move { state::settle(&app, &[], &types).await.map(drop) });
        }

        for outcome in starts.join_all().await {
            outcome.unwrap();
        }

        let link = find(&server, "link").await;
        assert_eq!(link.version, round - round / 3, "round {round}");
        assert_eq!(link.removed_at.is_some(), round % 3 == 0);
    }
    let acts = [
        "added by settings: 1",
        "changed by settings: 6",
        "removed by settings: 3",
        "returned by settings: 3",
    ];
    assert_eq!(told(&server).await, acts, "each once");
}
