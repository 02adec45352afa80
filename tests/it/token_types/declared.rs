//! `[[token_types]]` in declared files.

use super::{applied, counted_text, export, find, planned, token_of, told, type_shown};
use crate::common::{TestServer, on_each_engine};
use tessera::{acts::Error, model::token_type::TypeSource};

on_each_engine!(
    what_is_exported_is_what_was_applied,
    a_change_is_told_field_by_field,
    what_is_not_declared_goes_where_that_is_asked_for,
    the_names_of_the_protocol_are_refused,
    names_that_differ_in_case_are_one_type,
    a_pruned_access_is_as_it_came,
);

const FULL: &str = r#"
[[token_types]]
name = "PasswordReset"
description = "A link in a mail"
require_purpose = true
require_identity = true

[[token_types.rules]]
type = "UseCount"
max_use_count = 1

[[token_types.rules]]
type = "Expiry"
expiry_time = "20m"
"#;

async fn what_is_exported_is_what_was_applied(server: TestServer) {
    assert!(export(&server.app).await.contains("token_types = []"));
    applied(&server.app, FULL, false).await.unwrap();

    let text = export(&server.app).await;

    assert!(applied(&server.app, &text, true).await.unwrap().is_empty(), "{text}");
    assert!(text.ends_with(FULL), "{text}");
    let applied = find(&server, "passwordreset").await;
    assert_eq!((applied.source, applied.version), (TypeSource::Store, 1));
}

async fn a_change_is_told_field_by_field(server: TestServer) {
    applied(&server.app, FULL, false).await.unwrap();
    let other = FULL
        .replace("require_identity = true\n", "")
        .replace("max_use_count = 1", "max_use_count = 2")
        .replace("\"Expiry\"\nexpiry_time = \"20m\"", "\"PurposeOnce\"");

    let told = applied(&server.app, &other, false).await.unwrap();

    assert_eq!(
        told,
        ["change token type PasswordReset: require_identity yes -> none; \
          rules.Expiry expiry_time = \"20m\" -> none; \
          rules.UseCount max_use_count = 1 -> max_use_count = 2; \
          rules.PurposeOnce none -> yes"]
    );
    assert_eq!(find(&server, "passwordreset").await.version, 2);
}

async fn what_is_not_declared_goes_where_that_is_asked_for(server: TestServer) {
    applied(&server.app, &format!("{FULL}{}", counted_text("Link", 5)), false).await.unwrap();
    let token = token_of(&server, "link").await;
    assert!(applied(&server.app, FULL, false).await.unwrap().is_empty());

    let plan = planned(&server.app, FULL, true).await.unwrap();
    assert_eq!(plan.removals, 1);
    let gone = applied(&server.app, FULL, true).await.unwrap();

    assert_eq!(gone, ["remove token type Link: "]);
    assert_eq!(type_shown(&server, &token).await, None);
    assert!(!export(&server.app).await.contains("Link"));
    assert!(applied(&server.app, FULL, true).await.unwrap().is_empty(), "once");
    let back = applied(&server.app, &counted_text("Link", 6), false).await.unwrap();
    assert_eq!(
        back,
        ["change token type Link: removed yes -> none; \
          rules.UseCount max_use_count = 5 -> max_use_count = 6"]
    );
    assert_eq!(type_shown(&server, &token).await.as_deref(), Some("Link"));
    assert_eq!(find(&server, "link").await.version, 2);
    assert_eq!(
        told(&server).await,
        [
            "added by cli:test: 2",
            "changed by cli:test: 1",
            "removed by cli:test: 1",
            "returned by cli:test: 1",
        ]
    );
}

async fn the_names_of_the_protocol_are_refused(server: TestServer) {
    let text: String = ["Refresh", "code", "device_code", "user_code", "ID", "access"]
        .map(|name| counted_text(name, 1))
        .concat();

    let refused = planned(&server.app, &text, false).await.err();

    let Some(Error::Faulty(faults)) = refused else { panic!("{refused:?}") };
    assert_eq!(faults.len(), 5, "{faults:?}");
    assert!(faults.iter().all(|fault| fault.problem.contains("belongs to the protocol")));
}

async fn names_that_differ_in_case_are_one_type(server: TestServer) {
    applied(&server.app, &counted_text("Link", 5), false).await.unwrap();

    let text = format!("{}{}", counted_text("LINK", 5), counted_text("link", 6));
    let refused = planned(&server.app, &text, false).await.err();
    let Some(Error::Faulty(faults)) = refused else { panic!("{refused:?}") };
    assert_eq!(faults.len(), 1, "{faults:?}");
    assert!(faults[0].problem.contains("is declared already"), "{faults:?}");

    let renamed = applied(&server.app, &counted_text("LINK", 5), false).await.unwrap();
    assert_eq!(renamed, ["change token type LINK: name Link -> LINK"]);
    assert_eq!(find(&server, "link").await.version, 1);
}

async fn a_pruned_access_is_as_it_came(server: TestServer) {
    applied(&server.app, &counted_text("access", 5), false).await.unwrap();
    assert_eq!(find(&server, "access").await.source, TypeSource::Store);

    let gone = applied(&server.app, "token_types = []", true).await.unwrap();

    assert_eq!(gone, ["remove token type access: "]);
    let access = find(&server, "access").await;
    assert_eq!((access.source, access.version), (TypeSource::BuiltIn, 3));
    assert!(access.definition.rules.is_empty() && access.removed_at.is_none());
}
