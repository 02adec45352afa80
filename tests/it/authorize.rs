//! The authorization endpoint: what is answered to whom, and when nobody is sent anywhere.

mod addresses;
mod asked;
mod consent;
mod modes;
mod signing_in;
mod tabs;

use crate::common::{
    TestServer,
    asking::{Ask, Returned, request_in},
    browser::Browser,
    codes::HOME,
    on_each_engine,
    server::Answer,
};

on_each_engine!(
    a_person_who_is_signed_in_and_asked_nothing_comes_back_with_a_code,
    the_code_brings_tokens_for_that_person,
    nobody_signed_in_leads_to_sign_in_and_back,
    a_request_in_a_post_from_another_site_finds_its_browser,
    a_browser_that_was_never_here_may_begin_with_a_post,
    a_post_sets_no_cookie_in_place_of_the_browsers_own,
    an_error_is_described_in_ascii,
);

async fn a_person_who_is_signed_in_and_asked_nothing_comes_back_with_a_code(server: TestServer) {
    let client = server.site("app", "openid").await;
    let ingrid = server.user("ingrid").await;
    let mut browser = Browser::of(&server);
    browser.enter(&server, ingrid).await;

    let returned = browser.returned(&Ask::of(&client)).await;

    assert_eq!(returned.to, HOME);
    assert_eq!(returned.code().len(), 43);
}

async fn the_code_brings_tokens_for_that_person(server: TestServer) {
    let client = server.site("app", "openid read").await;
    let ingrid = server.user("ingrid").await;
    let mut browser = Browser::of(&server);
    browser.enter(&server, ingrid).await;

    let returned = browser.returned(&Ask::of(&client).with("scope", "read")).await;
    let answer = server.redeem(&client, returned.code(), "").await;

    assert_eq!(answer.status, 200, "{answer:?}");
    let token = answer.json()["access_token"].as_str().unwrap().to_owned();
    let told = server.introspect(&client, &token).await;
    assert_eq!((&told["sub"], &told["scope"]), (&ingrid.to_string().into(), &"read".into()));
}

async fn nobody_signed_in_leads_to_sign_in_and_back(server: TestServer) {
    let client = server.site("app", "openid").await;
    server.people(&["{ username = 'ingrid', password = { value = 'correct horse' } }"]).await;
    let mut browser = Browser::of(&server);

    let first = browser.get(&Ask::of(&client).path()).await;
    let page = browser.follow(first).await;
    let form = crate::common::browser::Form::of(&page)
        .with("username", "ingrid")
        .with("password", "correct horse");
    let signed_in = browser.submit(&form).await;

    request_in(&signed_in, "/authorize/continue");
    let returned = Returned::of(&browser.follow(signed_in).await);
    assert_eq!((returned.to.as_str(), returned.code().len()), (HOME, 43));
}

async fn a_request_in_a_post_from_another_site_finds_its_browser(server: TestServer) {
    let client = server.site("app", "openid").await;
    let ingrid = server.user("ingrid").await;
    let mut browser = Browser::of(&server);
    // A page of ours that the browser saw before.
    browser.get("/login").await;
    browser.enter(&server, ingrid).await;

    // Browsers send no cookie with it (SameSite=Lax), and all with the GET that follows.
    let posted = server.post_form("/authorize", &Ask::of(&client).encoded()).await;
    let name = request_in(&posted, "/authorize/continue");
    let name = name.strip_suffix("&posted=1").unwrap();
    let mut stranger = Browser::of(&server);
    let no_cookie = stranger.get(&format!("/authorize/continue?request={name}")).await;
    let returned = Returned::of(&browser.follow(posted).await);

    assert_is_error_page(&no_cookie, "no cookie");
    assert_eq!(returned.code().len(), 43);
    // It belongs to that browser from then on.
    let mut thief = Browser::of(&server);
    thief.set_cookie("__Host-tessera_browser", &"t".repeat(43));
    let stolen = thief.get(&format!("/authorize/continue?request={name}")).await;
    assert_is_error_page(&stolen, "belongs to another browser");
}

async fn a_browser_that_was_never_here_may_begin_with_a_post(server: TestServer) {
    let client = server.site("app", "openid").await;
    let mut browser = Browser::of(&server);

    let posted = server.post_form("/authorize", &Ask::of(&client).encoded()).await;
    let page = browser.follow(posted).await;

    assert_eq!(page.status, 200, "{page:?}");
    assert!(page.body.contains("<h1>Sign in</h1>"), "{page:?}");
    // One that keeps no cookies hears so, rather than being sent round for ever.
    let posted = server.post_form("/authorize", &Ask::of(&client).encoded()).await;
    let path = posted.header("location").unwrap();
    let sent = server.get(path, &[]).await;
    let again = server.get(sent.header("location").unwrap(), &[]).await;
    assert_is_error_page(&again, "no cookie");
}

async fn a_post_sets_no_cookie_in_place_of_the_browsers_own(server: TestServer) {
    let client = server.site("app", "openid").await;

    for form in [Ask::of(&client), Ask::of(&client).with("redirect_uri", "https://evil.example")] {
        let posted = server.post_form("/authorize", &form.encoded()).await;

        assert_eq!(posted.header("set-cookie"), None, "{posted:?}");
    }
}

async fn an_error_is_described_in_ascii(server: TestServer) {
    let client = server.site("app", "openid").await;
    let mut browser = Browser::of(&server);

    let returned = browser.returned(&Ask::of(&client).with("prompt", "none")).await;

    assert_eq!(returned.error(), "login_required");
    assert!(returned.get("error_description").unwrap().is_ascii());
}

/// The answer is the page of an authorization error that says `what` in its details, and leads
/// nowhere.
pub fn assert_is_error_page(answer: &Answer, what: &str) {
    assert_eq!(answer.status, 400, "{answer:?}");
    assert_eq!(answer.header("location"), None, "{answer:?}");
    assert!(answer.body.contains("<h1>Authorization error</h1>"), "{answer:?}");
    assert!(answer.body.contains(what), "{what}: {answer:?}");
    assert!(!answer.body.contains("<form"), "{answer:?}");
}
