//! The colours of pages, which a browser keeps.

use crate::common::{TestServer, on_each_engine};

use super::{form, people, signed_in};

on_each_engine!(colours_are_remembered_by_the_browser, an_old_form_colours_nothing);

async fn colours_are_remembered_by_the_browser(server: TestServer) {
    people(&server).await;
    let mut browser = signed_in(&server, "ingrid").await;
    let form = form(&mut browser, "/account/sessions", "/account/theme").await;

    let answer = browser.submit(&form.clone().with("theme", "dark")).await;

    assert_eq!(answer.header("location"), Some("/account/sessions"), "{answer:?}");
    for path in ["/account/apps", "/", "/nowhere"] {
        let page = browser.get(path).await;
        assert!(page.body.contains(r#"dir="ltr" data-theme="dark">"#), "{path}: {page:?}");
    }
    browser.submit(&form.with("theme", "system")).await;
    assert!(!browser.get("/").await.body.contains("data-theme"));
}

async fn an_old_form_colours_nothing(server: TestServer) {
    people(&server).await;
    let mut browser = signed_in(&server, "ingrid").await;
    let form = form(&mut browser, "/account/apps", "/account/theme").await;
    let elsewhere = form.clone().with("theme", "dark").with("to", "https://evil.example/");

    for form in
        [form.clone().with("theme", "dark").with("csrf", "old"), form.with("theme", "\"><script>")]
    {
        let answer = browser.submit(&form).await;
        assert_eq!(answer.header("location"), Some("/account/apps"), "{answer:?}");
        assert!(!browser.get("/").await.body.contains("data-theme"));
    }
    let answer = browser.submit(&elsewhere).await;
    assert_eq!(answer.header("location"), Some("/account/security"), "{answer:?}");
}
