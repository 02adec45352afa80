//! The browsers in which somebody is signed in, and out.

use std::time::Duration;

use uuid::Uuid;

use tessera::model::secret::Sha256;

use crate::common::{Browser, Form, TestServer, on_each_engine};

use super::{audited, form, people, signed_in};

on_each_engine!(
    the_page_shows_the_browsers_in_which_somebody_is_signed_in,
    another_browser_is_signed_out,
    everywhere_else_is_signed_out,
    the_session_of_somebody_else_is_as_if_it_were_not_there,
    an_old_form_ends_nothing,
    of_very_many_browsers_the_last_used_are_listed_and_all_are_ended,
);

const PATH: &str = "/account/sessions";

async fn the_page_shows_the_browsers_in_which_somebody_is_signed_in(server: TestServer) {
    people(&server).await;
    signed_in(&server, "tomas").await;
    signed_in(&server, "ingrid").await;
    server.advance(Duration::from_mins(2));
    let mut browser = signed_in(&server, "ingrid").await;

    let page = browser.get(PATH).await;

    assert_eq!(page.body.matches("<li>").count(), 2, "{page:?}");
    assert_eq!(page.body.matches("This browser").count(), 1, "{page:?}");
    assert!(page.body.contains("127.0.0.1"), "{page:?}");
    assert!(page.body.contains("08:02 UTC</time> · just now"), "{page:?}");
    assert!(page.body.contains("08:00 UTC</time> · 2 min ago"), "{page:?}");
    let alone = signed_in(&server, "tomas").await.get(PATH).await;
    assert!(alone.body.contains("Sign out everywhere else"), "{alone:?}");
}

async fn another_browser_is_signed_out(server: TestServer) {
    people(&server).await;
    let mut other = signed_in(&server, "ingrid").await;
    let mut browser = signed_in(&server, "ingrid").await;
    let page = browser.get(PATH).await;
    let id = value_of(&page.body, |value| value != "others");
    let form = Form::with_text(&page, &id).with("session", &id);

    let answer = browser.submit(&form).await;

    assert_eq!(answer.header("location"), Some("/account/sessions?done=one"), "{answer:?}");
    assert!(!other.is_signed_in().await);
    assert!(browser.is_signed_in().await);
    assert_eq!(audited(&server, "session.ended").await, 1);
    let page = browser.get("/account/sessions?done=one").await;
    assert!(page.body.contains("That browser is signed out."), "{page:?}");
    assert!(!page.body.contains("Sign out everywhere else"), "{page:?}");
    // A second click finds nothing to end.
    assert_eq!(browser.submit(&form).await.status, 404);
}

async fn everywhere_else_is_signed_out(server: TestServer) {
    people(&server).await;
    let mut others = [signed_in(&server, "ingrid").await, signed_in(&server, "ingrid").await];
    let mut somebody_else = signed_in(&server, "tomas").await;
    let mut browser = signed_in(&server, "ingrid").await;
    let form = form(&mut browser, PATH, "others").await.with("session", "others");

    let answer = browser.submit(&form).await;

    assert_eq!(answer.header("location"), Some("/account/sessions?done=others"), "{answer:?}");
    for other in &mut others {
        assert!(!other.is_signed_in().await);
    }
    assert!(browser.is_signed_in().await && somebody_else.is_signed_in().await);
    assert_eq!(audited(&server, "session.ended").await, 1);
}

async fn the_session_of_somebody_else_is_as_if_it_were_not_there(server: TestServer) {
    people(&server).await;
    let mut victim = signed_in(&server, "tomas").await;
    signed_in(&server, "tomas").await;
    let theirs = value_of(&victim.get(PATH).await.body, |value| value != "others");
    let mut browser = signed_in(&server, "ingrid").await;
    signed_in(&server, "ingrid").await;
    let own = form(&mut browser, PATH, "others").await;

    let mut answers = Vec::new();
    for id in [theirs.as_str(), &Uuid::nil().to_string(), "nonsense"] {
        let answer = browser.submit(&own.clone().with("session", id)).await;
        assert_eq!(answer.status, 404, "{answer:?}");
        answers.push(without_reference(&answer.body));
    }

    assert_eq!(answers[0], answers[1], "what is there looks like what is not");
    assert!(victim.is_signed_in().await);
    assert_eq!(audited(&server, "session.ended").await, 0);
}

async fn an_old_form_ends_nothing(server: TestServer) {
    people(&server).await;
    let mut other = signed_in(&server, "ingrid").await;
    let mut browser = signed_in(&server, "ingrid").await;
    let form = form(&mut browser, PATH, "others").await;
    let form = form.with("session", "others").with("csrf", "old");

    let answer = browser.submit(&form).await;

    assert_eq!(answer.status, 200, "{answer:?}");
    assert!(answer.body.contains("nothing was done. Try again here."), "{answer:?}");
    assert!(other.is_signed_in().await);
    assert_eq!(Browser::of(&server).submit(&form).await.status, 303, "nobody is signed in there");
}

/// The first value of a button for a session that is wanted.
fn value_of(page: &str, is_wanted: impl Fn(&str) -> bool) -> String {
    let values = page.split(r#"name="session" value=""#).skip(1);
    let mut values = values.filter_map(|rest| rest.split('"').next());
    values.find(|value| is_wanted(value)).unwrap().to_owned()
}

/// A page of an error without what differs each time.
fn without_reference(page: &str) -> String {
    let (before, after) = page.split_once("req_").unwrap();
    format!("{before}{}", &after[32..])
}

async fn of_very_many_browsers_the_last_used_are_listed_and_all_are_ended(server: TestServer) {
    people(&server).await;
    let mut first = signed_in(&server, "ingrid").await;
    let ids = more_sessions(&server, 1100).await;
    server.advance(Duration::from_mins(2));
    let mut browser = signed_in(&server, "ingrid").await;

    let page = browser.get(PATH).await;

    assert_eq!(page.body.matches("<li>").count(), 100, "{page:?}");
    // Those that go on for longest are looked at, and this one, which is over before them.
    assert_eq!(page.body.matches("This browser").count(), 1, "{page:?}");
    assert!(page.body.contains("At least 901 more aren’t listed"), "{page:?}");
    // One that is not even looked at is ended as the others are, alone and with all.
    let form = form(&mut browser, PATH, "others").await;
    let answer = browser.submit(&form.clone().with("session", &ids[0].to_string())).await;
    assert_eq!(answer.header("location"), Some("/account/sessions?done=one"), "{answer:?}");
    browser.submit(&form.with("session", "others")).await;
    let page = browser.get(PATH).await;
    assert_eq!(page.body.matches("<li>").count(), 1, "{page:?}");
    assert!(!first.is_signed_in().await && browser.is_signed_in().await);
}

/// Signs ingrid in as often beside the one time that she is. Those of before are over first.
async fn more_sessions(server: &TestServer, count: u64) -> Vec<Uuid> {
    let user = server.person("ingrid").await;
    let mut store = server.app.store.begin().await.unwrap();
    let own = store.sessions_of(user.user_id, server.now()).await.unwrap().remove(0).session;
    let mut ids = Vec::new();
    for number in 1..=count {
        let mut session = own.clone();
        session.session_id = Uuid::from_u128(number.into());
        session.session_hash = Sha256::of(&number.to_be_bytes());
        session.expires_at = own.expires_at.plus(Duration::from_mins(5 + number));
        store.insert_session(&session).await.unwrap();
        ids.push(session.session_id);
    }
    store.commit().await.unwrap();
    ids
}
