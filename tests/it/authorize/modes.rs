//! How answers travel: in the query, in the fragment, as a form.

use tessera::model::{sign_in_settings::ConsentPolicy, space_delimited::SpaceDelimited};

use crate::common::{
    TestServer,
    asking::{Ask, Returned},
    browser::Browser,
    codes::HOME,
    on_each_engine,
};

on_each_engine!(
    an_answer_goes_where_it_was_asked_for_and_nowhere_else,
    an_error_goes_the_same_way,
    a_form_leads_to_the_client_alone_and_needs_no_script,
    the_script_of_the_form_is_ours,
);

async fn an_answer_goes_where_it_was_asked_for_and_nowhere_else(server: TestServer) {
    let client = server.site("app", "openid").await;
    let ingrid = server.user("ingrid").await;
    let mut browser = Browser::of(&server);
    browser.enter(&server, ingrid).await;
    let mut get =
        async |mode: &str| browser.get(&Ask::of(&client).with("response_mode", mode).path()).await;

    let query = Returned::of(&get("query").await);
    let fragment = get("fragment").await;
    let form = Returned::in_form(&get("form_post").await);

    assert!(!fragment.header("location").unwrap().contains('?'), "{fragment:?}");
    for returned in [query, Returned::in_fragment(&fragment), form] {
        assert_eq!((returned.to.as_str(), returned.code().len()), (HOME, 43));
    }
}

async fn an_error_goes_the_same_way(server: TestServer) {
    let client = server.site("app", "openid").await;
    let mut browser = Browser::of(&server);
    let ask =
        |mode: &str| Ask::of(&client).with("response_mode", mode).with("prompt", "none").path();

    let fragment = Returned::in_fragment(&browser.get(&ask("fragment")).await);
    let form = Returned::in_form(&browser.get(&ask("form_post")).await);
    // Also where the response type is missing.
    let bare = Ask::of(&client).without("response_type").with("response_mode", "form_post");
    let missing = Returned::in_form(&browser.get(&bare.path()).await);

    assert_eq!((fragment.error(), form.error()), ("login_required", "login_required"));
    assert_eq!((missing.to.as_str(), missing.error()), (HOME, "invalid_request"));
}

async fn a_form_leads_to_the_client_alone_and_needs_no_script(server: TestServer) {
    let uri = "https://app.example:8443/cb?tenant=a&b=%22";
    let client = server
        .site_with("app", "openid", |sign_in| {
            sign_in.redirect_uris = Some(SpaceDelimited::parse(uri));
            sign_in.consent = Some(ConsentPolicy::Never);
        })
        .await;
    let ingrid = server.user("ingrid").await;
    let mut browser = Browser::of(&server);
    browser.enter(&server, ingrid).await;
    let ask = Ask::of(&client).with("redirect_uri", uri).with("response_mode", "form_post");

    let page = browser.get(&ask.path()).await;

    let returned = Returned::in_form(&page);
    assert_eq!((returned.to.as_str(), returned.code().len()), (uri, 43));
    let policy = page.header("content-security-policy").unwrap();
    // Chromium holds it against wherever the client sends people from there.
    assert!(!policy.contains("form-action"), "{policy}");
    assert!(policy.contains("script-src 'self'") && !policy.contains("unsafe"), "{policy}");
    assert!(page.body.contains(r#"id="continue" type="submit""#), "{page:?}");
    assert_eq!(page.header("cache-control"), Some("no-store"));
}

async fn the_script_of_the_form_is_ours(server: TestServer) {
    let client = server.site("app", "openid").await;
    let mut browser = Browser::of(&server);
    let ask = Ask::of(&client).with("response_mode", "form_post").with("prompt", "none");

    let page = browser.get(&ask.path()).await;
    let at = page.body.find("form_post.js").unwrap();
    let start = page.body[..at].rfind('"').unwrap() + 1;
    let script = server.get(&page.body[start..at + "form_post.js".len()], &[]).await;

    assert_eq!(script.status, 200);
    assert!(script.body.contains("getElementById(\"answer\").submit()"));
}
