//! People sign in, in a browser, and out.

use std::time::Duration;

use axum::http::StatusCode;
use tessera::{
    acts,
    model::{
        authorization_request::{AskedClaims, AuthorizationRequest},
        client::ClientKind,
        secret::Sha256,
        timestamp::Timestamp,
    },
    server::Peer,
};

use crate::common::{
    Browser, Engine, Form, TestServer, on_each_engine,
    server::{Answer, START},
};

on_each_engine!(
    a_person_signs_in_by_name_and_password,
    a_name_is_the_same_however_it_is_typed,
    every_refusal_looks_alike_and_keeps_the_name,
    a_wrong_password_is_tied_to_its_fields,
    guessing_is_slowed_down_for_whoever_guesses_alone,
    an_old_or_foreign_form_is_answered_with_a_fresh_one,
    a_session_has_a_new_secret_after_each_sign_in,
    another_person_in_the_same_browser_ends_the_session_before,
    a_session_ends_when_it_is_not_used,
    a_session_ends_however_much_it_is_used,
    whoever_wants_to_stays_signed_in,
    signing_out_ends_the_session_on_the_server,
    a_get_signs_nobody_out,
    a_disabled_person_is_signed_out_at_once,
    whoever_is_sent_here_by_an_app_goes_on_to_it,
    a_request_of_another_browser_or_of_long_ago_is_lost_without_an_error,
    nobody_is_sent_to_a_place_that_the_address_names,
    a_sign_in_by_a_password_that_was_just_changed_does_not_count,
    a_locked_person_proves_nothing_by_a_password,
);

const SESSION: &str = "__Host-tessera_session";
const PASSWORD: &str = "correct horse";

async fn ingrid(server: &TestServer) {
    server.people(&["{ username = 'Ingrid', password = { value = 'correct horse' } }"]).await;
}

async fn a_person_signs_in_by_name_and_password(server: TestServer) {
    ingrid(&server).await;
    let mut browser = Browser::of(&server);
    let form = browser.sign_in_form("/login", "Ingrid", PASSWORD).await;

    let answer = browser.submit(&form).await;

    assert_eq!(answer.status, StatusCode::SEE_OTHER, "{answer:?}");
    assert_eq!(answer.header("location"), Some("/account/security"));
    assert_eq!(answer.header("cache-control"), Some("no-store"));
    let cookie = set_cookie(&answer, SESSION).unwrap();
    let (value, attributes) = cookie.split_once("; ").unwrap();
    assert_eq!(attributes, "Path=/; HttpOnly; SameSite=Lax; Secure");
    assert_eq!(value.len(), SESSION.len() + 1 + 43);
    assert!(browser.is_signed_in().await);
    assert_eq!(server.database().count("audit WHERE action = 'session.began'").await, 1);
    let at = format!("users WHERE signed_in_at = {}", START.0);
    assert_eq!(server.database().count(&at).await, 1);
}

async fn a_name_is_the_same_however_it_is_typed(server: TestServer) {
    ingrid(&server).await;

    for name in ["ingrid", "INGRID", "Ｉｎｇｒｉｄ"] {
        assert_eq!(Browser::of(&server).sign_in(name, PASSWORD).await, "/account/security");
    }
    let typed = Browser::of(&server).sign_in_form("/login", "ingrid ", PASSWORD).await;
    assert_eq!(Browser::of(&server).submit(&typed).await.status, 200);
}

async fn every_refusal_looks_alike_and_keeps_the_name(server: TestServer) {
    server
        .people(&[
            "{ username = 'ingrid', password = { value = 'correct horse' } }",
            "{ username = 'locked', password = { value = 'correct horse' } }",
            "{ username = 'disabled', disabled = true, password = { value = 'correct horse' } }",
            "{ username = 'over', attributes = { exp = '1767225600' }, \
               password = { value = 'correct horse' } }",
            "{ username = 'without' }",
            "{ username = 'elsewhere', realm = 'internal', \
               password = { value = 'correct horse' } }",
        ])
        .await;
    lock(&server, "locked").await;
    let mut browser = Browser::of(&server);
    let long = "x".repeat(1025);

    let mut bodies = Vec::new();
    for (name, password) in [
        ("ingrid", "wrong"),
        ("ingrid", long.as_str()),
        ("nobody", PASSWORD),
        ("locked", PASSWORD),
        ("disabled", PASSWORD),
        ("over", PASSWORD),
        ("without", PASSWORD),
        ("elsewhere", PASSWORD),
        ("<b>\"x", PASSWORD),
        ("ends in space ", PASSWORD),
    ] {
        let form = browser.sign_in_form("/login", name, password).await;
        let answer = browser.submit(&form).await;

        assert_eq!(answer.status, 200, "{name}: {answer:?}");
        assert_eq!(browser.cookie(SESSION), None);
        let again = Form::of(&answer);
        assert_eq!(again.fields["username"], name);
        assert_eq!(again.fields["password"], "");
        assert!(!answer.body.contains(password), "{answer:?}");
        let field = format!("value=\"{}\"", escaped(name));
        bodies.push(answer.body.replace(&field, "value=\"\"").replace(&again.fields["csrf"], ""));
    }

    assert!(bodies.iter().all(|body| *body == bodies[0]), "{bodies:#?}");
}

async fn a_wrong_password_is_tied_to_its_fields(server: TestServer) {
    ingrid(&server).await;
    let mut browser = Browser::of(&server);
    let form = browser.sign_in_form("/login", "Ingrid", "wrong").await;

    let page = browser.submit(&form).await.body;

    assert_eq!(page.matches("aria-describedby=\"trouble\"").count(), 2, "{page}");
    assert!(page.contains("id=\"trouble\"") && page.contains("role=\"alert\""), "{page}");
    assert!(page.contains("<h1>Sign in</h1>"), "{page}");
    assert!(page.contains("id=\"submit\""), "{page}");
}

async fn guessing_is_slowed_down_for_whoever_guesses_alone(server: TestServer) {
    ingrid(&server).await;
    let mut guesser = Browser::of(&server);
    let form = guesser.sign_in_form("/login", "ingrid", "wrong").await;
    for number in 0..10 {
        let form = form.clone().with("password", &format!("wrong {number}"));
        assert_eq!(guesser.submit(&form).await.status, 200);
    }

    let right = form.clone().with("username", "INGRID").with("password", PASSWORD);
    let answer = guesser.submit(&right).await;

    assert_eq!(answer.status, StatusCode::TOO_MANY_REQUESTS, "{answer:?}");
    assert_eq!(answer.header("retry-after"), Some("60"));
    assert_eq!(Form::of(&answer).fields["username"], "INGRID");
    let mut owner = Browser::of(&server);
    let theirs = owner.sign_in_form("/login", "ingrid", PASSWORD).await;
    let elsewhere = Peer { address: "198.51.100.7".parse().unwrap(), encrypted: true };
    assert_eq!(owner.submit_from(elsewhere, &theirs).await.status, 303);
    server.advance(Duration::from_mins(1));
    assert_eq!(guesser.submit(&right).await.status, 303);
}

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

async fn a_session_has_a_new_secret_after_each_sign_in(server: TestServer) {
    ingrid(&server).await;
    let mut browser = Browser::of(&server);
    let mut planted = Browser::of(&server);
    planted.set_cookie(SESSION, &"A".repeat(43));
    planted.sign_in("ingrid", PASSWORD).await;
    assert_ne!(planted.cookie(SESSION).unwrap(), "A".repeat(43));

    browser.sign_in("ingrid", PASSWORD).await;
    let first = browser.cookie(SESSION).unwrap().to_owned();
    let answer = sign_in_again(&mut browser, "ingrid").await;

    assert_eq!(answer.status, 303, "{answer:?}");
    assert_ne!(browser.cookie(SESSION).unwrap(), first);
    let mut thief = Browser::of(&server);
    thief.set_cookie(SESSION, &first);
    assert!(!thief.is_signed_in().await);
    assert!(browser.is_signed_in().await);
    // The person is the same, and so is the id that apps know.
    let ids = "(SELECT DISTINCT session_id FROM browser_sessions) AS ids";
    assert_eq!(server.database().count(ids).await, 2);
    assert_eq!(server.database().count("browser_sessions").await, 3);
}

async fn another_person_in_the_same_browser_ends_the_session_before(server: TestServer) {
    ingrid(&server).await;
    server.people(&["{ username = 'jonas', password = { value = 'correct horse' } }"]).await;
    let mut browser = Browser::of(&server);
    browser.sign_in("ingrid", PASSWORD).await;

    let answer = sign_in_again(&mut browser, "jonas").await;

    assert_eq!(answer.status, 303, "{answer:?}");
    let ids = "(SELECT DISTINCT session_id FROM browser_sessions) AS ids";
    assert_eq!(server.database().count(ids).await, 2);
    let ended =
        "browser_sessions WHERE ended_at IS NOT NULL AND end_reason = 'session.other_person'";
    assert_eq!(server.database().count(ended).await, 1);
}

async fn a_session_ends_when_it_is_not_used(server: TestServer) {
    ingrid(&server).await;
    let mut browser = Browser::of(&server);
    browser.sign_in("ingrid", PASSWORD).await;

    server.advance(Duration::from_hours(12) - Duration::from_millis(1));
    assert!(browser.is_signed_in().await);
    server.advance(Duration::from_hours(12) - Duration::from_millis(1));
    assert!(browser.is_signed_in().await);
    server.advance(Duration::from_hours(12));

    assert!(!browser.is_signed_in().await);
}

async fn a_session_ends_however_much_it_is_used(server: TestServer) {
    ingrid(&server).await;
    let mut browser = Browser::of(&server);
    browser.sign_in("ingrid", PASSWORD).await;

    for _ in 0..(7 * 24 - 1) / 8 {
        server.advance(Duration::from_hours(8));
        assert!(browser.is_signed_in().await);
    }
    server.advance(Duration::from_hours(8) - Duration::from_millis(1));
    assert!(browser.is_signed_in().await);
    server.advance(Duration::from_millis(1));

    assert!(!browser.is_signed_in().await);
}

async fn whoever_wants_to_stays_signed_in(server: TestServer) {
    ingrid(&server).await;
    let mut browser = Browser::of(&server);
    let form = browser.sign_in_form("/login", "ingrid", PASSWORD).await.with("remember", "1");

    let answer = browser.submit(&form).await;

    assert!(set_cookie(&answer, SESSION).unwrap().contains("; Max-Age=2592000; "), "{answer:?}");
    server.advance(Duration::from_hours(30 * 24) - Duration::from_millis(1));
    assert!(browser.is_signed_in().await);
    server.advance(Duration::from_millis(1));
    assert!(!browser.is_signed_in().await);
}

async fn signing_out_ends_the_session_on_the_server(server: TestServer) {
    ingrid(&server).await;
    let mut browser = Browser::of(&server);
    browser.sign_in("ingrid", PASSWORD).await;
    let mut kept = browser.clone();
    let form = sign_out_form(&server, &browser).await;

    let answer = browser.submit(&form).await;

    assert_eq!(answer.status, 303, "{answer:?}");
    assert_eq!(answer.header("location"), Some("/signed-out"));
    assert!(set_cookie(&answer, SESSION).unwrap().contains("; Max-Age=0; "), "{answer:?}");
    assert!(!kept.is_signed_in().await);
    assert_eq!(browser.submit(&form).await.header("location"), Some("/login"));
}

async fn a_get_signs_nobody_out(server: TestServer) {
    ingrid(&server).await;
    let mut browser = Browser::of(&server);
    browser.sign_in("ingrid", PASSWORD).await;
    let form = sign_out_form(&server, &browser).await;
    let foreign = form.clone().with("csrf", "x");

    assert_eq!(browser.get("/account/sign-out").await.status, 405);
    let answer = browser.submit(&foreign).await;
    assert_eq!(answer.header("location"), Some("/account/security"));
    let cross = [("sec-fetch-site", "cross-site")];
    assert_eq!(browser.submit_with(&form, &cross).await.status, 303);

    assert!(browser.is_signed_in().await);
}

async fn a_disabled_person_is_signed_out_at_once(server: TestServer) {
    ingrid(&server).await;
    let mut browser = Browser::of(&server);
    browser.sign_in("ingrid", PASSWORD).await;
    let neighbour = match server.database().engine {
        Engine::Postgres => Some(server.neighbour().await),
        Engine::Sqlite => None,
    };
    let mut elsewhere = Browser::of(neighbour.as_ref().unwrap_or(&server));
    elsewhere.set_cookie(SESSION, browser.cookie(SESSION).unwrap());
    assert!(elsewhere.is_signed_in().await && browser.is_signed_in().await);

    server.people(&["{ username = 'ingrid', disabled = true }"]).await;

    assert!(!elsewhere.is_signed_in().await);
    assert!(!browser.is_signed_in().await);
    server.people(&["{ username = 'ingrid', disabled = false }"]).await;
    assert!(!browser.is_signed_in().await, "what was ended stays so");
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

async fn a_sign_in_by_a_password_that_was_just_changed_does_not_count(server: TestServer) {
    ingrid(&server).await;
    let proven = server.person("ingrid").await;
    server.people(&["{ username = 'Ingrid', password = { value = 'battery staple' } }"]).await;
    let from = acts::browser_sessions::SeenFrom::of("192.0.2.1".parse().unwrap());
    let who = acts::sign_in::SignInAs {
        user: &proven,
        is_remembered: false,
        before: None,
        request: None,
    };

    let begun = acts::sign_in::begin(&server.app, who, (&from, server.now())).await.unwrap();

    assert!(begun.is_none());
    assert_eq!(server.database().count("browser_sessions").await, 0);
    assert_eq!(server.database().count("audit WHERE action = 'session.began'").await, 0);
}

async fn a_locked_person_proves_nothing_by_a_password(server: TestServer) {
    ingrid(&server).await;
    let mut browser = Browser::of(&server);
    browser.sign_in("ingrid", PASSWORD).await;
    lock(&server, "ingrid").await;

    let headers = [("authorization", crate::common::people::basic("ingrid", PASSWORD))];
    let headers = headers.each_ref().map(|(name, value)| (*name, value.as_str()));
    let answer = server.get("/whoami", &headers).await;

    assert_eq!(answer.status, 401, "{answer:?}");
    assert!(!browser.is_signed_in().await, "whoever is signed in waits");
    server.advance(Duration::from_hours(1));
    assert!(browser.is_signed_in().await, "and goes on");
    assert_eq!(server.get("/whoami", &headers).await.status, 200);
}

/// Locks a user out for an hour.
async fn lock(server: &TestServer, name: &str) {
    let user = server.person(name).await;
    let until = Timestamp(server.now().0 + 3_600_000);
    let mut store = server.app.store.begin().await.unwrap();
    assert!(store.lock_user(user.user_id, Some(until), server.now()).await.unwrap());
    store.commit().await.unwrap();
}

/// Signs in where somebody is signed in, as for an app that wants it.
async fn sign_in_again(browser: &mut Browser<'_>, name: &str) -> Answer {
    let form = browser.sign_in_form("/login?request=gone", name, PASSWORD).await;
    browser.submit(&form).await
}

/// The form with which this browser signs out, as the pages of the account have it.
async fn sign_out_form(server: &TestServer, browser: &Browser<'_>) -> Form {
    let secret = browser.cookie(SESSION).unwrap();
    let hash = Sha256::of(secret.as_bytes());
    let found = server.app.store.read().await.unwrap().find_session(&hash).await.unwrap().unwrap();
    let known = tessera::model::secret::Secret::new(
        browser.cookie("__Host-tessera_browser").unwrap().to_owned(),
    );
    let session = found.session.session_id;
    let csrf = known.proof_of(&format!("csrf|{session}|account|sign-out"));
    Form { action: "/account/sign-out".to_owned(), fields: [("csrf".to_owned(), csrf)].into() }
}

/// Lets an app wait for somebody to sign in. Returns what stands in addresses.
async fn wait_for(server: &TestServer, browser: &mut Browser<'_>) -> String {
    let changes = acts::clients::ClientChanges {
        name: Some("tide <charts>".to_owned()),
        ..acts::clients::ClientChanges::default()
    };
    server.client("tide", ClientKind::Web, changes).await;
    browser.get("/login").await;
    let known = browser.cookie("__Host-tessera_browser").unwrap();
    let request = serde_json::to_string(&AuthorizationRequest {
        client_id: "tide".to_owned(),
        redirect_uri: "https://tide.example/back".to_owned(),
        names_redirect_uri: true,
        response_mode: "query".to_owned(),
        scope: None,
        resources: Vec::new(),
        state: None,
        nonce: None,
        code_challenge: None,
        prompt_none: false,
        prompt_login: false,
        prompt_consent: false,
        max_age: None,
        login_hint: Some("ingrid".to_owned()),
        expected_subject: None,
        ui_locales: None,
        claims: AskedClaims::default(),
    })
    .unwrap();
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

fn set_cookie(answer: &Answer, name: &str) -> Option<String> {
    let mut all = answer.headers.get_all("set-cookie").iter().map(|set| set.to_str().unwrap());
    all.find(|set| set.starts_with(&format!("{name}="))).map(str::to_owned)
}

/// As askama writes it.
fn escaped(text: &str) -> String {
    text.replace('&', "&#38;").replace('<', "&#60;").replace('>', "&#62;").replace('"', "&#34;")
}
