//! Apps send people here, and they go on to them.

use std::time::Duration;

use tessera::{
    acts,
    model::{authorization_request::AuthorizationRequest, client::ClientKind, secret::Sha256},
};

use crate::common::{Browser, Engine, Form, TestServer, codes::request, on_each_engine};

use super::{PASSWORD, SESSION, ingrid};

on_each_engine!(
    an_old_or_foreign_form_is_answered_with_a_fresh_one,
    whoever_is_sent_here_by_an_app_goes_on_to_it,
    a_request_of_another_browser_or_of_long_ago_is_lost_without_an_error,
    nobody_is_sent_to_a_place_that_the_address_names,
);

async fn an_old_or_foreign_form_is_answered_with_a_fresh_one(server: TestServer) {
    ingrid(&server).await;
    let mut browser = Browser::of(&server);
    let form = browser.sign_in_form("/login", "Ingrid", PASSWORD).await;
    let of_another = Browser::of(&server).sign_in_form("/login", "Ingrid", PASSWORD).await;
    let request = wait_for(&server, &mut browser).await;
    let of_another_step = Form { action: format!("/login?request={request}"), ..form.clone() };
    let mut without = form.clone();
    without.fields.remove("csrf");

    for (form, headers) in [
        (of_another, &[][..]),
        (of_another_step, &[]),
        (without, &[]),
        (form.clone(), &[("origin", "https://evil.example")]),
        (form.clone(), &[("sec-fetch-site", "cross-site")]),
        (form.clone(), &[("sec-fetch-site", "same-site")]),
    ] {
        let answer = browser.submit_with(&form, headers).await;

        assert_eq!(answer.status, 200, "{answer:?}");
        assert_eq!(browser.cookie(SESSION), None);
        let fresh = Form::of(&answer);
        assert_eq!(
            (fresh.fields["username"].as_str(), fresh.fields["password"].as_str()),
            ("Ingrid", "")
        );
        assert!(answer.body.contains("open for too long"), "{answer:?}");
    }
    let empty = Form { fields: [].into(), ..form.clone() };
    assert_eq!(browser.submit(&empty).await.status, 200);
    let ours = [("origin", "https://id.example"), ("sec-fetch-site", "same-origin")];
    assert_eq!(browser.submit_with(&form, &ours).await.status, 303);
}

async fn whoever_is_sent_here_by_an_app_goes_on_to_it(server: TestServer) {
    ingrid(&server).await;
    let mut browser = Browser::of(&server);
    let request = wait_for(&server, &mut browser).await;
    let path = format!("/login?request={request}");

    let page = browser.get(&path).await;
    assert!(page.body.contains("to continue to <b>tide &lt;charts&gt;</b>"), "{page:?}");
    let form = Form::of(&page);
    assert_eq!(form.fields["username"], "ingrid", "the app expects her");
    let wrong = browser.submit(&form.clone().with("password", "wrong")).await;
    assert_eq!(wrong.status, 200);
    assert_eq!(Form::of(&wrong).action, path);
    let answer = browser.submit(&form.with("password", PASSWORD)).await;

    assert_eq!(answer.status, 303, "{answer:?}");
    let on = format!("/authorize/continue?request={request}");
    assert_eq!(answer.header("location"), Some(on.as_str()));
    let noted = "authorization_requests a JOIN browser_sessions s USING (session_hash)";
    assert_eq!(server.database().count(noted).await, 1);
    // Whoever is signed in may still have to prove it for this one.
    assert_eq!(browser.get(&path).await.status, 200);
}

async fn a_request_of_another_browser_or_of_long_ago_is_lost_without_an_error(server: TestServer) {
    ingrid(&server).await;
    let mut browser = Browser::of(&server);
    let request = wait_for(&server, &mut browser).await;
    let path = format!("/login?request={request}");

    let mut other = Browser::of(&server);
    let page = other.get(&path).await;
    assert_eq!(page.status, 200);
    assert!(page.body.contains("has run out") && !page.body.contains("tide"), "{page:?}");
    let form = Form::of(&page).with("username", "ingrid").with("password", PASSWORD);
    assert_eq!(other.submit(&form).await.header("location"), Some("/account/security"));
    server.advance(Duration::from_hours(1));
    assert!(browser.get(&path).await.body.contains("has run out"));
    for odd in ["/login?request=x", "/login?request=%00", "/login?request="] {
        assert!([200, 303].contains(&browser.get(odd).await.status.as_u16()), "{odd}");
    }
    assert_eq!(browser.get("/login?to=a&to=b").await.status, 400);

    let noted = "authorization_requests WHERE session_hash IS NOT NULL";
    assert_eq!(server.database().count(noted).await, 0);
}

async fn nobody_is_sent_to_a_place_that_the_address_names(server: TestServer) {
    ingrid(&server).await;

    for to in
        ["https://evil.example", "//evil.example", "/authorize", "/account/sign-out", "%0d%0aX:1"]
    {
        let mut browser = Browser::of(&server);
        let form = browser.sign_in_form(&format!("/login?to={to}"), "ingrid", PASSWORD).await;

        assert_eq!(form.action, "/login?to=/account/security", "{to}");
        assert_eq!(browser.submit(&form).await.header("location"), Some("/account/security"));
    }
}

/// Lets an app wait for somebody to sign in. Returns what stands in addresses.
async fn wait_for(server: &TestServer, browser: &mut Browser<'_>) -> String {
    let changes = acts::clients::ClientChanges {
        name: Some("tide <charts>".to_owned()),
        ..acts::clients::ClientChanges::default()
    };
    let client = server.client("tide", ClientKind::Web, changes).await;
    browser.get("/login").await;
    let known = browser.cookie("__Host-tessera_browser").unwrap();
    let request = AuthorizationRequest {
        redirect_uri: "https://tide.example/back".to_owned(),
        login_hint: Some("ingrid".to_owned()),
        ..request(&client)
    };
    let request = serde_json::to_string(&request).unwrap();
    let id = "R".repeat(43);
    let blob = |text: &str| {
        let hash = Sha256::of(text.as_bytes());
        let hex = hash.as_bytes().iter().fold(String::new(), |hex, b| hex + &format!("{b:02x}"));
        match server.database().engine {
            Engine::Sqlite => format!("X'{hex}'"),
            Engine::Postgres => format!("'\\x{hex}'"),
        }
    };
    let (now, end) = (server.now().0, server.now().0 + 3_600_000);
    server
        .database()
        .execute(&format!(
            "INSERT INTO authorization_requests
                 (request_hash, client_id, request, browser_hash, created_at, expires_at)
             VALUES ({}, 'tide', '{request}', {}, {now}, {end})",
            blob(&id),
            blob(known)
        ))
        .await;
    id
}
