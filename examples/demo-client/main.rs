//! An application that people sign in to with their account at the server: authorization code, PKCE,
//! ID token, userinfo, refresh and sign-out, with the `openidconnect` crate and nothing of ours.
//!
//! ```sh
//! cargo run --release -- client add demo --kind native --scope 'openid profile email offline_access' \
//!     --redirect-uri http://127.0.0.1/callback --post-logout-redirect-uri http://127.0.0.1:7000/
//! cargo run --example demo-client
//! ```
//!
//! `DEMO_ISSUER` (`http://127.0.0.1:8080` unless it says otherwise), `DEMO_CLIENT` (`demo`),
//! `DEMO_SECRET` (none: a public client) and `DEMO_LISTEN` (`127.0.0.1:7000`) say the rest. Whoever
//! has the account stays signed in here until the program ends.

mod page;
mod provider;
mod wire;

use std::{
    collections::HashMap,
    env,
    error::Error,
    sync::{Arc, Mutex, PoisonError},
};

use axum::{
    Router,
    extract::State,
    http::{HeaderMap, StatusCode, Uri, header},
    response::{Html, IntoResponse, Redirect, Response},
    routing::get,
};
use openidconnect::{CsrfToken, Nonce, PkceCodeVerifier};
use tokio::net::TcpListener;

use provider::{Account, Provider};

/// What the handlers share.
#[derive(Clone)]
struct Demo {
    provider: Arc<Provider>,
    pending: Arc<Mutex<HashMap<String, Pending>>>,
    accounts: Arc<Mutex<HashMap<String, Account>>>,
}

/// Somebody who was sent to sign in, and is not back yet.
struct Pending {
    nonce: Nonce,
    verifier: PkceCodeVerifier,
}

/// The cookie that tells browsers apart.
const COOKIE: &str = "demo_client";

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error + Send + Sync>> {
    let set = |name: &str, usual: &str| env::var(name).unwrap_or_else(|_| usual.to_owned());
    let listener = TcpListener::bind(set("DEMO_LISTEN", "127.0.0.1:7000")).await?;
    let here = format!("http://{}", listener.local_addr()?);
    let issuer = set("DEMO_ISSUER", "http://127.0.0.1:8080");
    let (client, secret) = (set("DEMO_CLIENT", "demo"), env::var("DEMO_SECRET").ok());
    let provider = Provider::discover(issuer, client, secret, &here).await?;
    let demo =
        Demo { provider: Arc::new(provider), pending: Arc::default(), accounts: Arc::default() };
    let router = Router::new()
        .route("/", get(home))
        .route("/sign-in", get(sign_in))
        .route("/callback", get(callback))
        .route("/refresh", get(refresh))
        .route("/sign-out", get(sign_out))
        .with_state(demo);
    println!("Open {here} in your browser. Stop with Ctrl-C.");
    axum::serve(listener, router).await?;
    Ok(())
}

async fn home(State(demo): State<Demo>, headers: HeaderMap) -> Html<String> {
    let account = browser(&headers).and_then(|browser| demo.account(&browser));
    Html(page::home(account.as_ref()))
}

/// Sends the browser to the server.
async fn sign_in(State(demo): State<Demo>, headers: HeaderMap) -> Response {
    let (url, state, nonce, verifier) = demo.provider.authorize();
    let browser = browser(&headers).unwrap_or_else(|| CsrfToken::new_random().secret().clone());
    // Only the browser that went comes back.
    let key = format!("{browser} {}", state.secret());
    lock(&demo.pending).insert(key, Pending { nonce, verifier });
    let cookie = format!("{COOKIE}={browser}; Path=/; HttpOnly; SameSite=Lax");
    ([(header::SET_COOKIE, cookie)], Redirect::to(url.as_str())).into_response()
}

/// Takes the browser back, and turns the code that it brings into tokens.
async fn callback(State(demo): State<Demo>, headers: HeaderMap, uri: Uri) -> Response {
    let sent: HashMap<String, String> =
        url::form_urlencoded::parse(uri.query().unwrap_or_default().as_bytes())
            .into_owned()
            .collect();
    let text = |name: &str| sent.get(name).cloned().unwrap_or_default();
    let browser = browser(&headers).unwrap_or_default();
    let Some(pending) = lock(&demo.pending).remove(&format!("{browser} {}", text("state"))) else {
        return problem("nobody here asked for this answer");
    };
    // RFC 9207: the answer says who gave it.
    if text("iss") != demo.provider.issuer() {
        return problem("the answer comes from another server");
    }
    if sent.contains_key("error") {
        return problem(&format!("{}: {}", text("error"), text("error_description")));
    }
    match demo.provider.redeem(text("code"), &pending.nonce, pending.verifier).await {
        Ok(account) => {
            lock(&demo.accounts).insert(browser, account);
            Redirect::to("/").into_response()
        }
        Err(error) => problem(&error.to_string()),
    }
}

async fn refresh(State(demo): State<Demo>, headers: HeaderMap) -> Response {
    let browser = browser(&headers).unwrap_or_default();
    let Some(account) = demo.account(&browser) else { return Redirect::to("/").into_response() };
    match demo.provider.refresh(&account).await {
        Ok(account) => {
            lock(&demo.accounts).insert(browser, account);
            Redirect::to("/").into_response()
        }
        Err(error) => problem(&error.to_string()),
    }
}

/// Forgets the account, and asks the server to end the session there as well.
async fn sign_out(State(demo): State<Demo>, headers: HeaderMap) -> Redirect {
    let browser = browser(&headers).unwrap_or_default();
    let account = lock(&demo.accounts).remove(&browser);
    match account.and_then(|account| demo.provider.end_session(&account)) {
        Some(url) => Redirect::to(&url),
        None => Redirect::to("/"),
    }
}

impl Demo {
    fn account(&self, browser: &str) -> Option<Account> {
        lock(&self.accounts).get(browser).cloned()
    }
}

fn browser(headers: &HeaderMap) -> Option<String> {
    let cookies = headers.get(header::COOKIE)?.to_str().ok()?;
    let pairs = cookies.split(';').filter_map(|pair| pair.trim().split_once('='));
    pairs.filter(|(name, _)| *name == COOKIE).map(|(_, value)| value.to_owned()).next()
}

fn problem(text: &str) -> Response {
    (StatusCode::BAD_REQUEST, Html(page::problem(text))).into_response()
}

fn lock<T>(shared: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    shared.lock().unwrap_or_else(PoisonError::into_inner)
}
