//! Signing out for a client (RP-Initiated Logout 1.0), and when nobody is sent anywhere.

use axum::http::Request;
use serde_json::json;
use url::form_urlencoded;
use uuid::Uuid;

use crate::common::{
    TestClient, TestServer,
    asking::{Ask, BYE, SESSION_COOKIE, id_token_claims},
    browser::{Browser, Form},
    on_each_engine,
    server::Answer,
};

on_each_engine!(
    a_person_signs_out_and_goes_back_with_the_state_and_nothing_else,
    what_is_not_proven_signs_out_and_leads_to_our_own_page,
    whatever_is_asked_the_session_ends,
    a_bare_get_signs_nobody_out,
    an_old_or_foreign_form_signs_nobody_out,
    a_client_that_posts_is_asked_about_too,
    tokens_of_the_session_end_with_it,
    nobody_signed_in_is_sent_on_at_once,
    a_hint_of_another_client_or_key_is_none,
    a_hint_tells_whom_a_client_means,
);

/// 128 characters, some of which have to be encoded.
fn state() -> String {
    "a:b &é=%+/?#".chars().cycle().take(128).collect()
}

async fn visitor<'s>(server: &'s TestServer, name: &str) -> (Browser<'s>, Uuid) {
    let user_id = server.user(name).await;
    let mut browser = Browser::of(server);
    browser.get("/login").await;
    browser.enter(server, user_id).await;
    (browser, user_id)
}

fn path(pairs: &[(&str, &str)]) -> String {
    let mut query = form_urlencoded::Serializer::new(String::new());
    format!("/logout?{}", query.extend_pairs(pairs).finish())
}

/// Asks to sign out, and says yes.
async fn sign_out(browser: &mut Browser<'_>, pairs: &[(&str, &str)]) -> Answer {
    let page = browser.get(&path(pairs)).await;
    assert_eq!(page.status, 200, "{page:?}");
    assert!(page.body.contains(r#"id="confirm" type="submit""#), "{page:?}");
    assert!(page.body.contains("<b>ingrid</b><small>default/ingrid</small>"), "{page:?}");
    browser.submit(&Form::of(&page)).await
}

async fn is_signed_in(browser: &mut Browser<'_>, client: &TestClient) -> bool {
    let returned = browser.returned(&Ask::of(client).with("prompt", "none")).await;
    returned.get("code").is_some()
}

async fn a_person_signs_out_and_goes_back_with_the_state_and_nothing_else(server: TestServer) {
    let client = server.site("app", "openid").await;
    let (mut browser, ingrid) = visitor(&server, "ingrid").await;
    let hint = server.old_id_token(&client, ingrid).await;
    let state = state();
    let encoded =
        form_urlencoded::Serializer::new(String::new()).append_pair("state", &state).finish();

    for (more, expected) in [
        (vec![("state", state.as_str())], format!("{BYE}?{encoded}")),
        (vec![], BYE.to_owned()),
        (vec![("client_id", "app")], BYE.to_owned()),
    ] {
        browser.enter(&server, ingrid).await;
        let mut pairs = vec![("id_token_hint", hint.as_str()), ("post_logout_redirect_uri", BYE)];
        pairs.extend(more);

        let answer = sign_out(&mut browser, &pairs).await;

        assert_eq!(answer.status, 303, "{answer:?}");
        assert_eq!(answer.header("location"), Some(expected.as_str()));
        assert_eq!(browser.cookie(SESSION_COOKIE), None);
        assert!(!is_signed_in(&mut browser, &client).await);
    }
}

async fn what_is_not_proven_signs_out_and_leads_to_our_own_page(server: TestServer) {
    let client = server.site("app", "openid").await;
    server.site("other", "openid").await;
    let (mut browser, ingrid) = visitor(&server, "ingrid").await;
    let hint = server.old_id_token(&client, ingrid).await;
    let unsigned = format!("eyJhbGciOiJub25lIn0.{}.", hint.split('.').nth(1).unwrap());
    let altered = format!("{}x", &hint[..hint.len() - 1]);
    let uri = "post_logout_redirect_uri";

    for pairs in [
        vec![("id_token_hint", hint.as_str()), (uri, "https://evil.example/")],
        vec![("id_token_hint", hint.as_str()), (uri, "https://app.example/bye?a=b")],
        vec![("id_token_hint", hint.as_str()), (uri, "https://app.example/bye/")],
        vec![("id_token_hint", hint.as_str()), (uri, crate::common::codes::HOME)],
        vec![("id_token_hint", unsigned.as_str()), (uri, BYE)],
        vec![("id_token_hint", altered.as_str()), (uri, BYE)],
        vec![("id_token_hint", "x"), (uri, BYE)],
        vec![(uri, BYE)],
        vec![(uri, BYE), ("client_id", "app")],
        vec![("id_token_hint", hint.as_str()), (uri, BYE), ("client_id", "other")],
        vec![("id_token_hint", hint.as_str()), (uri, BYE), ("state", &"s".repeat(4097))],
    ] {
        browser.enter(&server, ingrid).await;

        let answer = sign_out(&mut browser, &pairs).await;

        assert_eq!(answer.header("location"), Some("/signed-out"), "{pairs:?}");
        assert!(!is_signed_in(&mut browser, &client).await);
    }
}

async fn whatever_is_asked_the_session_ends(server: TestServer) {
    let client = server.site("app", "openid").await;
    let (mut browser, ingrid) = visitor(&server, "ingrid").await;
    let hint = server.old_id_token(&client, ingrid).await;

    for pairs in [&[][..], &[("id_token_hint", hint.as_str())], &[("state", "x")]] {
        browser.enter(&server, ingrid).await;

        let answer = sign_out(&mut browser, pairs).await;
        let page = browser.follow(answer).await;

        assert_eq!(page.status, 200, "{page:?}");
        assert!(page.body.contains("<h1>Signed out</h1>"), "{page:?}");
        assert!(!is_signed_in(&mut browser, &client).await);
    }
}

async fn a_bare_get_signs_nobody_out(server: TestServer) {
    let client = server.site("app", "openid").await;
    let (mut browser, ingrid) = visitor(&server, "ingrid").await;
    let hint = server.old_id_token(&client, ingrid).await;

    let pairs = [("id_token_hint", hint.as_str()), ("post_logout_redirect_uri", BYE)];
    let page = browser.get(&path(&pairs)).await;
    browser.get("/logout?confirm=").await;
    browser.get("/signed-out").await;

    assert_eq!(page.status, 200);
    assert!(page.body.contains("<b>ingrid</b>") && page.body.contains("App asks"), "{page:?}");
    assert!(is_signed_in(&mut browser, &client).await);
}

async fn an_old_or_foreign_form_signs_nobody_out(server: TestServer) {
    let client = server.site("app", "openid").await;
    let (mut browser, ingrid) = visitor(&server, "ingrid").await;
    let page = browser.get("/logout").await;
    let form = Form::of(&page);

    let forged = browser.submit(&form.clone().with("csrf", "x")).await;
    let foreign = browser.submit_with(&form, &[("origin", "https://evil.example")]).await;
    browser.enter(&server, ingrid).await;
    let stale = browser.submit(&form).await;

    for answer in [forged, foreign, stale] {
        assert_eq!(answer.status, 200, "{answer:?}");
        assert!(answer.body.contains("<h1>Sign out?</h1>"), "{answer:?}");
    }
    assert!(is_signed_in(&mut browser, &client).await);
}

async fn a_client_that_posts_is_asked_about_too(server: TestServer) {
    let client = server.site("app", "openid").await;
    let (mut browser, ingrid) = visitor(&server, "ingrid").await;
    let hint = server.old_id_token(&client, ingrid).await;
    let fields = [("id_token_hint", hint.as_str()), ("post_logout_redirect_uri", BYE), ("x", "y")];
    let body = form_urlencoded::Serializer::new(String::new()).extend_pairs(fields).finish();

    // It comes from another site, so without cookies.
    let posted = server.post_form("/logout", &body).await;
    assert_eq!(posted.header("set-cookie"), None, "{posted:?}");
    let page = browser.follow(posted).await;
    assert!(is_signed_in(&mut browser, &client).await);
    let answer = browser.submit(&Form::of(&page)).await;

    assert_eq!(answer.header("location"), Some(BYE));
    assert!(!is_signed_in(&mut browser, &client).await);
}

async fn tokens_of_the_session_end_with_it(server: TestServer) {
    let client = server.site("app", "openid read offline_access").await;
    let (mut browser, _) = visitor(&server, "ingrid").await;
    let mut token = async |scope: &str| {
        let returned = browser.returned(&Ask::of(&client).with("scope", scope)).await;
        let answer = server.redeem(&client, returned.code(), "").await;
        answer.json()["access_token"].as_str().unwrap().to_owned()
    };
    let (bound, free) = (token("read").await, token("read offline_access").await);

    sign_out(&mut browser, &[]).await;

    assert!(!server.is_active(&client, &bound).await);
    assert!(server.is_active(&client, &free).await);
}

async fn nobody_signed_in_is_sent_on_at_once(server: TestServer) {
    let client = server.site("app", "openid").await;
    let ingrid = server.user("ingrid").await;
    let hint = server.old_id_token(&client, ingrid).await;
    let mut browser = Browser::of(&server);
    let pairs = [("id_token_hint", hint.as_str()), ("post_logout_redirect_uri", BYE)];

    let back = browser.get(&path(&pairs)).await;
    let ours = browser.get("/logout").await;

    assert_eq!(back.header("location"), Some(BYE));
    assert_eq!(ours.header("location"), Some("/signed-out"));
    let put = server.send(Request::builder().method("PUT").uri("/logout"), "").await;
    assert_eq!(put.status, 405);
}

async fn a_hint_of_another_client_or_key_is_none(server: TestServer) {
    let client = server.site("app", "openid").await;
    let ingrid = server.user("ingrid").await;
    let mut browser = Browser::of(&server);
    let good = id_token_claims(&client, ingrid);
    let with = |name: &str, value: serde_json::Value| {
        let mut claims = good.clone();
        claims[name] = value;
        claims
    };
    let mut without_time = good.clone();
    without_time.as_object_mut().unwrap().remove("auth_time");

    for (jwt_type, claims) in [
        (Some("JWT"), with("iss", json!("https://evil.example"))),
        (Some("JWT"), with("aud", json!("nobody"))),
        (Some("JWT"), with("aud", json!(["app", "other"]))),
        (Some("JWT"), without_time),
        (Some("at+jwt"), good.clone()),
        (Some("rt+jwt"), good.clone()),
    ] {
        let hint = server.forge(jwt_type, &claims).await;
        let pairs = [("id_token_hint", hint.as_str()), ("post_logout_redirect_uri", BYE)];

        let answer = browser.get(&path(&pairs)).await;

        assert_eq!(answer.header("location"), Some("/signed-out"), "{jwt_type:?} {claims}");
    }
    // What is missing is only the type, which ID tokens of others lack.
    let hint = server.forge(None, &good).await;
    let pairs = [("id_token_hint", hint.as_str()), ("post_logout_redirect_uri", BYE)];
    assert_eq!(browser.get(&path(&pairs)).await.header("location"), Some(BYE));
}

async fn a_hint_tells_whom_a_client_means(server: TestServer) {
    let client = server.site("app", "openid").await;
    let other = server.site("other", "openid").await;
    let (mut browser, ingrid) = visitor(&server, "ingrid").await;
    let mine = server.old_id_token(&client, ingrid).await;
    let theirs = server.old_id_token(&client, Uuid::from_u128(7)).await;
    let foreign = server.old_id_token(&other, ingrid).await;
    let ask = |hint: &str| Ask::of(&client).with("id_token_hint", hint).with("prompt", "none");

    browser.returned(&ask(&mine)).await.code();
    assert_eq!(browser.returned(&ask(&theirs)).await.error(), "login_required");
    assert_eq!(browser.returned(&ask(&foreign)).await.error(), "invalid_request");
}
