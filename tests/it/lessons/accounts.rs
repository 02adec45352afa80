//! Accounts that may do nothing, or have another password: on every way to a token.

use std::time::Duration;

use tessera::{
    acts::users::{self, NewPassword, UserChanges, UserName},
    model::{client::ClientKind, secret::Secret, user::UserStatus, username::Username},
};

use crate::common::{
    Browser, Form, TestClient, TestServer,
    asking::Ask,
    codes::SignedIn,
    on_each_engine,
    server::{Answer, operator},
};

on_each_engine!(
    whoever_is_locked_out_or_disabled_is_refused_on_every_way,
    nothing_outlives_an_account,
    another_password_signs_out_whichever_way_it_came,
);

const PASSWORD: &str = "correct horse";

/// How long somebody is locked out here.
const LOCKED: Duration = Duration::from_mins(5);

/// Somebody who is signed in, and what a client has for them.
struct Person<'s> {
    server: &'s TestServer,
    name: String,
    browser: Browser<'s>,
    session: SignedIn,
    client: TestClient,
    access: String,
    refresh: String,
}

fn named(name: &str) -> UserName {
    UserName { realm: "default".to_owned(), name: Username::parse(name).unwrap() }
}

impl<'s> Person<'s> {
    async fn add(server: &'s TestServer, name: &str, more: &str) -> Self {
        let table =
            format!("{{ username = '{name}', password = {{ value = '{PASSWORD}' }} {more} }}");
        server.people(&[&table]).await;
        let scope = "openid read offline_access";
        let client = server.web(&format!("app-of-{name}"), scope, ClientKind::Web).await;
        let mut browser = Browser::of(server);
        browser.get("/login").await;
        let session = browser.enter(server, server.person(name).await.user_id).await;
        let code = server.code(&client, &session).await;
        let answer = server.redeem(&client, &code, "").await.json();
        let token = |name: &str| answer[name].as_str().unwrap().to_owned();
        let (access, refresh) = (token("access_token"), token("refresh_token"));
        Self { server, name: name.to_owned(), browser, session, client, access, refresh }
    }

    async fn userinfo(&self) -> Answer {
        let bearer = format!("Bearer {}", self.access);
        self.server.get("/userinfo", &[("authorization", bearer.as_str())]).await
    }

    async fn signs_in(&self) -> bool {
        let mut browser = Browser::of(self.server);
        let form = browser.sign_in_form("/login", &self.name, PASSWORD).await;
        browser.submit(&form).await.status == 303
    }

    /// Nothing that they or their client have is good for anything.
    async fn assert_refused(&mut self, code: &str, how: &str) {
        let refreshed = self.server.try_refresh(&self.client, &self.refresh, "").await;
        refreshed.assert_error(400, "invalid_grant");
        let redeemed = self.server.redeem(&self.client, code, "").await;
        redeemed.assert_error(400, "invalid_grant");
        assert_eq!(self.userinfo().await.status, 401, "{how}");
        assert!(!self.server.is_active(&self.client, &self.access).await, "{how}");
        assert!(!self.browser.is_signed_in().await, "{how}");
        assert!(!self.signs_in().await, "{how}");
        let ask = Ask::of(&self.client).with("prompt", "none");
        assert_eq!(self.browser.returned(&ask).await.error(), "login_required", "{how}");
    }
}

async fn whoever_is_locked_out_or_disabled_is_refused_on_every_way(server: TestServer) {
    let (app, by) = (&server.app, &operator());
    for how in ["locked", "disabled"] {
        let mut person = Person::add(&server, how, "").await;
        assert!(person.browser.is_signed_in().await && person.userinfo().await.status == 200);
        let code = server.code(&person.client, &person.session).await;
        if how == "locked" {
            let until = server.now().plus(LOCKED);
            users::lock(app, by, &named(how), Some(until)).await.unwrap();
        } else {
            let is_news = users::set_status(app, by, &named(how), UserStatus::Disabled).await;
            assert!(is_news.unwrap());
        }

        person.assert_refused(&code, how).await;

        server.advance(LOCKED);
        let answer = server.try_refresh(&person.client, &person.refresh, "").await;
        // What waits is not ended.
        assert_eq!(answer.status == 200, how == "locked", "{how}: {answer:?}");
        assert_eq!(person.browser.is_signed_in().await, how == "locked");
        assert_eq!(person.signs_in().await, how == "locked");
    }
}

async fn nothing_outlives_an_account(server: TestServer) {
    let end = server.now().plus(Duration::from_hours(1)).seconds();
    let over = format!(", attributes = {{ exp = '{end}' }}");
    let mut person = Person::add(&server, "guest", &over).await;
    server.advance(Duration::from_mins(59));
    let code = server.code(&person.client, &person.session).await;
    person.refresh = server.refresh(&person.client, &person.refresh).await.refresh;
    assert!(person.browser.is_signed_in().await);

    server.advance(Duration::from_mins(1));

    person.assert_refused(&code, "over").await;
}

async fn another_password_signs_out_whichever_way_it_came(server: TestServer) {
    let client = server.site("app", "openid read").await;
    for way in ["declared", "set", "taken"] {
        let table = format!("{{ username = '{way}', password = {{ value = '{PASSWORD}' }} }}");
        server.people(&[&table]).await;
        let mut browser = Browser::of(&server);
        browser.sign_in(way, PASSWORD).await;
        let code = browser.returned(&Ask::of(&client)).await;
        let answer = server.redeem(&client, code.code(), "").await.json();
        let refresh = answer["refresh_token"].as_str().unwrap().to_owned();
        let waiting = browser.returned(&Ask::of(&client)).await;

        let set = async |password| {
            let changes = UserChanges { password: Some(password), ..UserChanges::default() };
            users::set(&server.app, &operator(), &named(way), changes).await.unwrap();
        };
        match way {
            "declared" => server.people(&[&table.replace(PASSWORD, "battery staple")]).await,
            "set" => set(NewPassword::Chosen(Secret::new("battery staple".to_owned()))).await,
            _ => set(NewPassword::None).await,
        }

        assert!(!browser.is_signed_in().await, "{way}");
        let refreshed = server.try_refresh(&client, &refresh, "").await;
        refreshed.assert_error(400, "invalid_grant");
        server.redeem(&client, waiting.code(), "").await.assert_error(400, "invalid_grant");
        let form = Form::of(&browser.get("/login").await);
        let old = form.with("username", way).with("password", PASSWORD);
        assert_eq!(browser.submit(&old).await.status, 200, "{way}");
    }
}
