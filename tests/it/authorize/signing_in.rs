//! When people have to prove anew who they are, and when nobody may be asked to.

use std::time::Duration;

use crate::common::{
    TestServer,
    asking::{Ask, Returned, request_in},
    browser::{Browser, Form},
    on_each_engine,
};

on_each_engine!(
    nobody_may_be_asked_and_nobody_is_there,
    a_prompt_for_sign_in_asks_whoever_is_there_and_takes_no_old_proof,
    a_sign_in_that_is_too_old_is_made_anew,
    a_session_that_ended_answers_nobody,
    a_subject_that_is_somebody_elses_is_asked_for,
);

/// Signs in for the request that a browser is sent on with.
async fn sign_in(browser: &mut Browser<'_>, answer: crate::common::server::Answer) -> Returned {
    request_in(&answer, "/login");
    let page = browser.follow(answer).await;
    let form = Form::of(&page).with("username", "ingrid").with("password", "correct horse");
    let signed_in = browser.submit(&form).await;
    Returned::of(&browser.follow(signed_in).await)
}

async fn ingrid(server: &TestServer) -> uuid::Uuid {
    server.people(&["{ username = 'ingrid', password = { value = 'correct horse' } }"]).await;
    server.person("ingrid").await.user_id
}

async fn nobody_may_be_asked_and_nobody_is_there(server: TestServer) {
    let client = server.site("app", "openid").await;
    let mut browser = Browser::of(&server);

    let returned = browser.returned(&Ask::of(&client).with("prompt", "none")).await;

    assert_eq!(returned.error(), "login_required");
}

async fn a_prompt_for_sign_in_asks_whoever_is_there_and_takes_no_old_proof(server: TestServer) {
    let client = server.site("app", "openid").await;
    let id = ingrid(&server).await;
    let mut browser = Browser::of(&server);
    browser.get("/login").await;
    browser.enter(&server, id).await;

    for prompt in ["login", "select_account"] {
        let first = browser.get(&Ask::of(&client).with("prompt", prompt).path()).await;
        let name = request_in(&first, "/login");
        // Going on without a proof leads back to it, however often.
        let skipped = browser.get(&format!("/authorize/continue?request={name}")).await;
        assert_eq!(request_in(&skipped, "/login"), name);
        sign_in(&mut browser, skipped).await.code();
    }
    // A proof for one request is none for another.
    let other = browser.get(&Ask::of(&client).with("prompt", "login").path()).await;
    request_in(&other, "/login");
}

async fn a_sign_in_that_is_too_old_is_made_anew(server: TestServer) {
    let client = server.site("app", "openid").await;
    let id = ingrid(&server).await;
    let mut browser = Browser::of(&server);
    browser.get("/login").await;
    browser.enter(&server, id).await;
    server.advance(Duration::from_secs(2));
    let ask = |age: &str| Ask::of(&client).with("max_age", age);

    browser.returned(&ask("10000")).await.code();
    browser.returned(&ask("2")).await.code();
    let silent = browser.returned(&ask("1").with("prompt", "none")).await;
    let asked = browser.get(&ask("1").path()).await;

    assert_eq!(silent.error(), "login_required");
    sign_in(&mut browser, asked).await.code();
    let at_once = browser.get(&ask("0").path()).await;
    sign_in(&mut browser, at_once).await.code();
}

async fn a_session_that_ended_answers_nobody(server: TestServer) {
    let client = server.site("app", "openid").await;
    let id = ingrid(&server).await;
    let mut browser = Browser::of(&server);
    let session = browser.enter(&server, id).await;
    let ask = Ask::of(&client).with("prompt", "none");

    browser.returned(&ask).await.code();
    server.sign_out(&session).await;

    assert_eq!(browser.returned(&ask).await.error(), "login_required");
}

async fn a_subject_that_is_somebody_elses_is_asked_for(server: TestServer) {
    let client = server.site("app", "openid").await;
    let id = ingrid(&server).await;
    let mut browser = Browser::of(&server);
    browser.get("/login").await;
    browser.enter(&server, id).await;
    let ask = |subject: &str| {
        let claims = format!(r#"{{"id_token":{{"sub":{{"value":"{subject}"}}}}}}"#);
        Ask::of(&client).with("claims", &claims)
    };

    browser.returned(&ask(&id.to_string())).await.code();
    let silent = browser.returned(&ask("somebody-else").with("prompt", "none")).await;
    let asked = browser.get(&ask("somebody-else").path()).await;

    assert_eq!(silent.error(), "login_required");
    // Whoever was meant did not come: asking for ever would lead nowhere.
    assert_eq!(sign_in(&mut browser, asked).await.error(), "login_required");
}
