//! The apps that use somebody's account, and that are removed.

use std::time::Duration;

use tessera::model::{
    client::ClientKind, client_id::ClientId, consent::Consent, id::uuid_v7, scope::Scope,
    space_delimited::SpaceDelimited,
};

use crate::common::{TestServer, on_each_engine};

use super::{audited, form, people, signed_in};

on_each_engine!(
    the_page_says_what_each_app_may_do,
    a_removed_app_is_cut_off_at_once,
    the_apps_of_somebody_else_are_as_if_they_were_not_there,
    an_app_that_nobody_was_asked_about_is_shown_and_removed_too,
    an_old_form_removes_nothing,
);

const PATH: &str = "/account/apps";

/// Has somebody allow a client to do something.
async fn allow(server: &TestServer, name: &str, client_id: &ClientId, scope: &str) {
    let at = server.now();
    let consent = Consent {
        declined_scope: Scope::default(),
        consent_id: uuid_v7(at, &server.app.random),
        client_id: client_id.clone(),
        user_id: server.person(name).await.user_id,
        scope: Scope::parse(scope).unwrap(),
        claims: SpaceDelimited::default(),
        created_at: at,
        updated_at: at,
    };
    server
        .app
        .store
        .write()
        .await
        .unwrap()
        .remember_consent(&consent, None)
        .await
        .unwrap()
        .unwrap();
}

async fn the_page_says_what_each_app_may_do(server: TestServer) {
    people(&server).await;
    let charts = server.application("tide-charts", "openid read", ClientKind::Web).await;
    let other = server.application("of-tomas", "openid", ClientKind::Web).await;
    allow(&server, "ingrid", &charts.id, "openid offline_access tides:read").await;
    allow(&server, "tomas", &other.id, "openid").await;
    server.advance(Duration::from_hours(1));

    let page = signed_in(&server, "ingrid").await.get(PATH).await;

    assert!(page.body.contains("<h2>Tide Charts</h2>"), "{page:?}");
    assert!(page.body.contains("Know who you are <code>openid</code>"), "{page:?}");
    assert!(page.body.contains("Stay connected when you’re away"), "{page:?}");
    assert!(page.body.contains("No description <code>tides:read</code>"), "{page:?}");
    assert!(page.body.contains("Allowed on 15 January 2027"), "{page:?}");
    assert!(!page.body.contains("of-tomas"), "{page:?}");
}

async fn a_removed_app_is_cut_off_at_once(server: TestServer) {
    people(&server).await;
    let charts = server.application("tide-charts", "openid read", ClientKind::Web).await;
    let user = server.person("ingrid").await;
    let pair = server.begin(&charts, &format!("&user={}", user.user_id)).await;
    allow(&server, "ingrid", &charts.id, "openid").await;
    let mut browser = signed_in(&server, "ingrid").await;
    let form = form(&mut browser, PATH, "tide-charts").await.with("app", "tide-charts");

    let answer = browser.submit(&form).await;

    assert_eq!(answer.header("location"), Some("/account/apps?done=app"), "{answer:?}");
    assert_eq!(server.facts(&pair.access).await["status"], "revoked");
    server.try_refresh(&charts, &pair.refresh, "").await.assert_error(400, "invalid_grant");
    let page = browser.get("/account/apps?done=app").await;
    assert!(page.body.contains("The app is removed."), "{page:?}");
    assert!(page.body.contains("No app uses your account."), "{page:?}");
    assert_eq!(audited(&server, "consent.removed").await, 1);
    assert_eq!(browser.submit(&form).await.status, 404);
}

async fn the_apps_of_somebody_else_are_as_if_they_were_not_there(server: TestServer) {
    people(&server).await;
    let own = server.application("own", "openid", ClientKind::Web).await;
    let theirs = server.application("theirs", "openid", ClientKind::Web).await;
    allow(&server, "ingrid", &own.id, "openid").await;
    allow(&server, "tomas", &theirs.id, "openid").await;
    let mut browser = signed_in(&server, "ingrid").await;
    let form = form(&mut browser, PATH, "value=\"own\"").await;

    for id in ["theirs", "nowhere", "<b>"] {
        let answer = browser.submit(&form.clone().with("app", id)).await;
        assert_eq!(answer.status, 404, "{id}: {answer:?}");
        assert!(!answer.body.contains("theirs"), "{id}: {answer:?}");
    }
    let page = signed_in(&server, "tomas").await.get(PATH).await;
    assert!(page.body.contains("<h2>Theirs</h2>"), "{page:?}");
    assert_eq!(audited(&server, "consent.removed").await, 0);
}

async fn an_app_that_nobody_was_asked_about_is_shown_and_removed_too(server: TestServer) {
    people(&server).await;
    let charts = server.application("tide-charts", "openid read", ClientKind::Web).await;
    let user = server.person("ingrid").await;
    let pairs = [
        server.begin(&charts, &format!("&user={}", user.user_id)).await,
        server.begin(&charts, &format!("&user={}", user.user_id)).await,
    ];
    let mut browser = signed_in(&server, "ingrid").await;

    let page = browser.get(PATH).await;
    assert!(page.body.contains("Set by whoever runs this server"), "{page:?}");
    assert!(page.body.contains("2 connections, the last since"), "{page:?}");
    let form = form(&mut browser, PATH, "tide-charts").await.with("app", "tide-charts");
    browser.submit(&form).await;

    for pair in pairs {
        assert_eq!(server.facts(&pair.access).await["status"], "revoked");
    }
}

async fn an_old_form_removes_nothing(server: TestServer) {
    people(&server).await;
    let charts = server.application("tide-charts", "openid", ClientKind::Web).await;
    allow(&server, "ingrid", &charts.id, "openid").await;
    let mut browser = signed_in(&server, "ingrid").await;
    let form = form(&mut browser, PATH, "tide-charts").await.with("app", "tide-charts");

    let answer = browser.submit(&form.with("csrf", "old")).await;

    assert_eq!(answer.status, 200, "{answer:?}");
    assert!(answer.body.contains("<h2>Tide Charts</h2>"), "{answer:?}");
    assert!(answer.body.contains("nothing was done. Try again here."), "{answer:?}");
}
