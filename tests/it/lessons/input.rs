//! What people and clients write: it is text on every page, and brings about no failure of ours.

use axum::http::Request;
use tessera::{
    model::scope::DescribedScope,
    pages::{PAGES, Visitor},
};
use url::form_urlencoded;

use crate::common::{Browser, Form, TestServer, asking::Ask, on_each_engine};

on_each_engine!(
    what_anybody_is_called_never_becomes_markup,
    no_odd_value_brings_about_a_failure_of_ours,
);

const PASSWORD: &str = "correct horse";

/// What would run where it is not escaped.
const MARKUP: &str = "<script>alert(1)</script>\"'><b x=y>";

async fn what_anybody_is_called_never_becomes_markup(server: TestServer) {
    let client = server.site_with("app", "openid read", |_| {}).await;
    server.change_client(&client, |client| MARKUP.clone_into(&mut client.name)).await;
    server.people(&["{ username = '<b x=y>&\"', password = { value = 'correct horse' } }"]).await;
    let name = serde_json::json!({"name": MARKUP, "email": MARKUP}).to_string();
    let sql = format!("UPDATE users SET claims = '{}'", name.replace('\'', "''"));
    assert_eq!(server.database().execute(&sql).await, 1);
    let described = DescribedScope {
        scope: "read".to_owned(),
        description: MARKUP.to_owned(),
        updated_at: server.now(),
    };
    let mut store = server.app.store.begin().await.unwrap();
    assert!(store.insert_described_scope(&described).await.unwrap());
    store.commit().await.unwrap();
    let ask = Ask::of(&client)
        .with("scope", "openid read")
        .with("state", MARKUP)
        .with("nonce", MARKUP)
        .with("login_hint", MARKUP)
        .with("ui_locales", MARKUP)
        .with("response_mode", "form_post");

    let mut browser = Browser::of(&server);
    let mut pages = Vec::new();
    let asked = browser.get(&ask.path()).await;
    pages.push(browser.follow(asked).await);
    let form = Form::of(&pages[0]);
    assert_eq!(form.fields["username"], MARKUP);
    pages.push(browser.submit(&form.clone().with("password", "wrong")).await);
    let right = form.with("username", "<B X=Y>&\"").with("password", PASSWORD);
    let signed_in = browser.submit(&right).await;
    pages.push(browser.follow(signed_in).await);
    let question = Form::of(&pages[2]);
    pages.push(browser.submit(&question.with("decision", "allow")).await);
    assert_eq!(Form::of(&pages[3]).fields["state"], MARKUP);
    for path in PAGES.iter().filter(|page| page.visitor == Visitor::SignedIn) {
        pages.push(browser.get(path.path).await);
    }
    let query = form_urlencoded::byte_serialize(MARKUP.as_bytes()).collect::<String>();
    for path in ["login?to", "logout?state", "consent?request", "password?token", "authorize?x"] {
        pages.push(browser.get(&format!("/{path}={query}")).await);
    }

    for page in pages {
        assert!(!page.body.contains("<script>alert"), "{page:?}");
        assert!(!page.body.contains("<b x=y>") && !page.body.contains("<B X=Y>"), "{page:?}");
    }
}

/// Values that broke other servers: what PostgreSQL takes for no text, what is no text at all, what
/// is larger, deeper or longer than anybody expects.
fn odd() -> Vec<String> {
    let deep = format!("{}{}", "{\"id_token\":".repeat(200), "}".repeat(200));
    let claims = [
        "{\"id_token\":{\"id\":null,\"__proto__\":{}},\"userinfo\":{\"name\":{\"values\":[1e400]}}}",
        "{\"id_token\":{\"sub\":{\"value\":\"\\u0000\"}}}",
        "{\"id_token\":{\"sub\":{\"value\":\"\\ud800\"}}}",
        "{\"id_token\":{\"email\":null},\"id_token\":{}}",
        deep.as_str(),
    ];
    let encode = |text: &str| form_urlencoded::byte_serialize(text.as_bytes()).collect();
    let mut all: Vec<String> = claims.iter().map(|text| encode(text)).collect();
    all.extend([encode("\u{202e}\u{feff}\u{10ffff}"), encode("'; DROP TABLE users; --")]);
    all.extend([encode(&"9".repeat(400)), encode("-1"), encode(&"a.".repeat(2000))]);
    // A zero byte, half a surrogate, bytes that are no UTF-8, half a percent sign.
    all.extend(["%00", "a%00b", "%ED%A0%80", "%FF%FE", "%C0%80", "%", "%zz"].map(str::to_owned));
    all
}

async fn no_odd_value_brings_about_a_failure_of_ours(server: TestServer) {
    server.people(&["{ username = 'ingrid', password = { value = 'correct horse' } }"]).await;
    let client = server.site_with("app", "openid", |_| {}).await;
    let mut browser = Browser::of(&server);
    browser.sign_in("ingrid", PASSWORD).await;
    let account = browser.get("/account/apps").await;
    let csrf = &Form::with_text(&account, "name=\"days\"").fields["csrf"];
    let sessions = browser.get("/account/sessions").await;
    let of_sessions = sessions.body.split("name=\"csrf\" value=\"").nth(1).unwrap();
    let of_sessions = of_sessions.split('"').next().unwrap();
    let fresh = Form::of(&Browser::of(&server).get("/setup").await).fields["csrf"].clone();

    for value in odd() {
        for name in [
            "claims",
            "max_age",
            "state",
            "nonce",
            "scope",
            "resource",
            "login_hint",
            "ui_locales",
            "id_token_hint",
            "prompt",
            "code_challenge",
            "client_id",
        ] {
            let path = format!("{}&{name}={value}", Ask::of(&client).without(name).path());
            let answer = browser.get(&path).await;
            assert!(answer.status.as_u16() < 500, "{name}={value}: {answer:?}");
            let followed = answer.header("location").unwrap_or_default().to_owned();
            if followed.starts_with('/') {
                let page = browser.get(&followed).await;
                assert!(page.status.as_u16() < 500, "{name}={value}: {page:?}");
            }
        }
        for path in [
            "login?request",
            "login?to",
            "consent?request",
            "authorize/continue?request",
            "logout?id_token_hint",
            "logout?state",
            "password?token",
            "account/apps?done",
        ] {
            let answer = browser.get(&format!("/{path}={value}")).await;
            assert!(answer.status.as_u16() < 500, "{path}={value}: {answer:?}");
        }
        send_forms(&server, &browser, (&value, [csrf, of_sessions, &fresh])).await;
    }
    assert!(browser.is_signed_in().await);
}

/// Sends the forms of people's pages with such a value wherever there is room for one.
async fn send_forms(
    server: &TestServer,
    browser: &Browser<'_>,
    (value, [csrf, of_sessions, fresh]): (&str, [&str; 3]),
) {
    for (path, body) in [
        ("/login", format!("username={value}&password={value}")),
        ("/password", format!("token={value}&password={value}")),
        ("/setup", format!("csrf={fresh}&code={value}&name={value}&email={value}")),
        ("/logout", format!("csrf={value}&post_logout_redirect_uri={value}")),
        ("/account/apps", format!("csrf={csrf}&app={value}")),
        ("/account/apps", format!("csrf={csrf}&token={value}")),
        ("/account/apps", format!("csrf={csrf}&name={value}&days={value}&allow:{value}=on")),
        ("/account/sessions", format!("csrf={of_sessions}&session={value}")),
        ("/account/theme", format!("csrf={csrf}&theme={value}&to={value}")),
    ] {
        let cookies = ["__Host-tessera_browser", "__Host-tessera_session"]
            .map(|name| format!("{name}={}", browser.cookie(name).unwrap()));
        let request = Request::builder().method("POST").uri(path);
        let request = request
            .header("cookie", cookies.join("; "))
            .header("content-type", "application/x-www-form-urlencoded");
        let answer = server.send(request, &body).await;
        assert!(answer.status.as_u16() < 500, "{path} {body}: {answer:?}");
    }
}
