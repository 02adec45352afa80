//! Forms that hold nothing, what cookies hold, and who may say where we are.

use std::collections::BTreeMap;

use axum::http::Method;
use tessera::{config, pages::PAGES};

use crate::common::{
    Browser, Form, TestServer, asking::Ask, on_each_engine, server::Answer, smtp::MailServer,
};

on_each_engine!(
    a_form_that_holds_nothing_brings_nobody_on,
    the_host_header_leads_nobody_anywhere,
    a_cookie_holds_random_bits_and_nothing_else,
);

const PASSWORD: &str = "correct horse";

async fn ingrid(server: &TestServer) {
    server
        .people(&["{ username = 'ingrid', password = { value = 'correct horse' }, \
                   claims = { email = 'ingrid@fjordline.example' } }"])
        .await;
}

/// What somebody could have brought about.
async fn deeds(server: &TestServer) -> [u64; 5] {
    let database = server.database();
    [
        database.count("audit").await,
        database.count("consents").await,
        database.count("tokens").await,
        database.count("browser_sessions WHERE ended_at IS NULL").await,
        database.count("users").await,
    ]
}

async fn a_form_that_holds_nothing_brings_nobody_on(server: TestServer) {
    ingrid(&server).await;
    let client = server.site_with("app", "openid", |_| {}).await;
    let mut browser = Browser::of(&server);
    browser.sign_in("ingrid", PASSWORD).await;
    let asked = browser.get(&Ask::of(&client).path()).await;
    let question = Form::of(&browser.follow(asked).await);
    let mut stranger = Browser::of(&server);
    let waiting = stranger.get(&Ask::of(&client).path()).await;
    let sign_in = Form::of(&stranger.follow(waiting).await);
    let before = deeds(&server).await;

    let posts = PAGES.iter().filter(|page| page.methods.contains(&Method::POST));
    let mut actions: Vec<String> = posts.map(|page| page.path.to_owned()).collect();
    assert!(actions.len() > 9, "{actions:?}");
    actions.extend([question.action.clone(), sign_in.action.clone()]);
    for action in actions {
        for fields in [&[][..], &[("decision", "allow"), ("session", "others"), ("x", "y")]] {
            let pair = |(name, value): &(&str, &str)| ((*name).to_owned(), (*value).to_owned());
            let form = Form { action: action.clone(), fields: fields.iter().map(pair).collect() };
            for visitor in [&mut browser, &mut stranger] {
                let answer = visitor.submit(&form).await;
                assert!(answer.status.as_u16() < 500, "{action}: {answer:?}");
            }
        }
    }
    // Nor does one that is ours, but holds nothing else.
    for (visitor, form) in [(&mut browser, &question), (&mut stranger, &sign_in)] {
        let ours = form.fields.iter().filter(|(name, _)| *name == "csrf");
        let fields: BTreeMap<_, _> = ours.map(|(k, v)| (k.clone(), v.clone())).collect();
        assert_eq!(fields.len(), 1, "{form:?}");
        let answer = visitor.submit(&Form { action: form.action.clone(), fields }).await;
        assert_eq!(answer.status, 200, "{answer:?}");
    }
    let setup = Form::of(&stranger.get("/setup").await);
    assert_eq!(stranger.submit(&setup).await.status, 200);

    assert_eq!(deeds(&server).await, before);
    assert!(browser.is_signed_in().await && !stranger.is_signed_in().await);
}

async fn the_host_header_leads_nobody_anywhere(server: TestServer) {
    const ELSEWHERE: &[(&str, &str)] = &[
        ("host", "evil.example"),
        ("x-forwarded-host", "evil.example"),
        ("x-forwarded-proto", "http"),
        ("x-original-url", "https://evil.example/"),
        ("forwarded", "host=evil.example;proto=http"),
    ];
    let mail = MailServer::start().await;
    let text = format!("[mail]\nsmtp = '{}'\nfrom = 'id@id.example'", mail.url);
    let loaded = config::parse(Some(("config.toml", &text)), []).unwrap();
    let server = server.restarted(|config| config.mail = loaded.config.mail).await;
    ingrid(&server).await;
    let client = server.site("app", "openid").await;
    let told = |answer: &Answer| format!("{:?} {}", answer.headers, answer.body);

    let ask = Ask::of(&client).path();
    let mut paths = vec![ask.as_str(), "/authorize", "/authorize/continue?request=x"];
    paths.extend(PAGES.iter().map(|page| page.path).filter(|path| !path.contains('{')));
    for path in paths {
        let answer = server.get(path, ELSEWHERE).await;
        assert!(!told(&answer).contains("evil"), "{path}: {answer:?}");
    }
    let mut browser = Browser::of(&server);
    let form = browser.sign_in_form("/login", "ingrid", PASSWORD).await;
    let signed_in = browser.submit_with(&form, ELSEWHERE).await;
    assert_eq!(signed_in.header("location"), Some("/account/security"), "{signed_in:?}");
    let forgot = Form::of(&browser.get("/forgot").await).with("username", "ingrid");
    assert!(!told(&browser.submit_with(&forgot, ELSEWHERE).await).contains("evil"));

    let letter = mail.letter().await;
    assert!(!letter.contains("evil") && letter.contains("https://id.example/"), "{letter}");
}

async fn a_cookie_holds_random_bits_and_nothing_else(server: TestServer) {
    ingrid(&server).await;
    let client = server.site_with("app", "openid", |_| {}).await;
    let mut browser = Browser::of(&server);
    let mut answers = Vec::new();

    let asked = browser.get(&Ask::of(&client).with("login_hint", "ingrid").path()).await;
    let page = browser.get(asked.header("location").unwrap()).await;
    answers.push(asked);
    let form = Form::of(&browser.follow(page).await);
    let filled = form.with("username", "ingrid").with("password", PASSWORD);
    answers.push(browser.submit(&filled).await);
    answers.push(browser.get("/account/apps").await);

    let set: Vec<_> = answers.iter().flat_map(|a| a.headers.get_all("set-cookie")).collect();
    assert_eq!(set.len(), 2, "{set:?}");
    for cookie in set {
        let cookie = cookie.to_str().unwrap();
        let (pair, attributes) = cookie.split_once("; ").unwrap();
        let (name, value) = pair.split_once('=').unwrap();
        assert!(name.starts_with("__Host-tessera_"), "{cookie}");
        assert_eq!(value.len(), 43, "{cookie}");
        let is_opaque = |b: u8| b.is_ascii_alphanumeric() || b == b'-' || b == b'_';
        assert!(value.bytes().all(is_opaque), "{cookie}");
        for attribute in ["Path=/", "HttpOnly", "SameSite=Lax", "Secure"] {
            assert!(attributes.split("; ").any(|known| known == attribute), "{cookie}");
        }
        assert!(!attributes.contains("Domain"), "{cookie}");
    }
}
