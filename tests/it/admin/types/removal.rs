//! Taking a type away.

use tessera::{acts::types, model::user::OperatorRole};

use super::{super::PASSWORD, fields, make};
use crate::common::{
    Form, TestServer, on_each_engine,
    server::operator,
    typed::{Presented, Wanted},
};

on_each_engine!(
    a_type_is_taken_away_by_whoever_types_its_name,
    a_type_that_changed_meanwhile_stays,
    a_type_of_the_protocol_only_loses_its_rules,
);

async fn a_type_is_taken_away_by_whoever_types_its_name(server: TestServer) {
    let mut browser = server.operator(OperatorRole::Admin).await;
    make(&mut browser).await;
    let mailer = server.machine("mailer", "read").await;
    let token = server.create(&mailer, "invite", Wanted::default()).await;
    let before = server.outcome("invite", &token, Presented::default()).await;
    tessera::jobs::census::take(&server.app).await.unwrap();
    server.advance(std::time::Duration::from_mins(6));
    let page = browser.get("/admin/types/Invite/delete").await;
    assert!(page.body.contains("one works now"), "{}", page.body);
    let form = Form::to(&page, "/admin/types/Invite/delete");

    let mistyped = browser.submit(&form.clone().with("typed", "Invit")).await;
    let unproven = browser.submit(&form.clone().with("typed", "Invite")).await;
    for refused in [mistyped, unproven] {
        assert_eq!(refused.status, 200, "{refused:?}");
    }
    assert!(server.type_of("Invite").await.removed_at.is_none());
    let form = form.with("typed", "Invite").with("proof_password", PASSWORD);
    let done = browser.submit(&form).await;

    assert_eq!(done.header("location"), Some("/admin/types?done=removed"), "{done:?}");
    assert!(server.type_of("Invite").await.removed_at.is_some());
    let after = server.outcome("invite", &token, Presented::default()).await;
    assert_ne!(before, after);
    assert_eq!(browser.get("/admin/types/Invite/delete").await.status, 404);
    // It returns when it is saved once more.
    let back = browser.get("/admin/types/Invite").await;
    assert_eq!(browser.submit(&fields(&back)).await.status, 303);
    assert!(server.type_of("Invite").await.removed_at.is_none());
}

async fn a_type_that_changed_meanwhile_stays(server: TestServer) {
    let mut browser = server.operator(OperatorRole::Admin).await;
    make(&mut browser).await;
    let page = browser.get("/admin/types/Invite/delete").await;
    let form = Form::to(&page, "/admin/types/Invite/delete").with("typed", "Invite");
    let changed = fields(&browser.get("/admin/types/Invite").await);
    let changed = changed.with("rule.0.expiry_time", "1");
    assert_eq!(browser.submit(&changed).await.status, 303);

    let stays = browser.submit(&form).await;

    assert!(stays.body.contains("Nothing was done; look again"), "{}", stays.body);
    assert!(server.type_of("Invite").await.removed_at.is_none());
    let other = server.operator(OperatorRole::TokenAdmin).await.submit(&form).await;
    assert_eq!(other.status, 403, "{other:?}");
}

async fn a_type_of_the_protocol_only_loses_its_rules(server: TestServer) {
    let text = "[[token_types]]\nname = 'access'\nspend_on = 'introspection'\n\
        [[token_types.rules]]\ntype = 'UseCount'\nmax_use_count = 5\n";
    let known = server.type_of("access").await;
    let seen = Some(("access", (known.version, known.updated_at)));
    types::write(&server.app, &operator(), (text, seen)).await.unwrap();
    let mut browser = server.operator(OperatorRole::Admin).await;
    let page = browser.get("/admin/types/access").await;
    assert_eq!(fields(&page).fields["spend_on"], "introspection");
    let page = browser.get("/admin/types/access/delete").await;
    assert!(page.body.contains("belongs to the protocol stays"), "{}", page.body);

    let form = Form::to(&page, "/admin/types/access/delete").with("typed", "access");
    let done = browser.submit(&form).await;

    assert_eq!(done.status, 303, "{done:?}");
    let access = server.type_of("access").await;
    assert!(access.removed_at.is_none() && access.definition.rules.is_empty());
    assert_eq!(access.source, tessera::model::token_type::TypeSource::BuiltIn);
}
