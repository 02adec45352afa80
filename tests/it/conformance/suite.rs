//! The suite: its clients, its user, and what its browser does on the pages.

use serde_json::Value;
use tessera::{
    acts::declared::{DeclaredFile, PlanOptions, carry_out, plan, read},
    config::Wrong,
    model::client_id::ClientId,
};

use crate::common::{
    Engine, TestClient, TestServer,
    asking::{Ask, Returned},
    browser::{Browser, Form},
    server::{Answer, operator},
};

/// The settings that operators apply.
const DECLARED: &str = include_str!("../../../examples/configs/conformance.toml");

/// The suite's browser sends its answers here.
pub const CALLBACK: &str = "https://localhost.emobix.co.uk:8443/test/a/tessera/callback";

/// Where people go who signed out.
pub const SIGNED_OUT: &str =
    "https://localhost.emobix.co.uk:8443/test/a/tessera/post_logout_redirect";

/// Its user.
const USERNAME: &str = "conformance";
const PASSWORD: &str = "conformance-password";

/// A client of the suite.
#[derive(Debug, Clone, Copy)]
pub struct SuiteClient {
    pub id: &'static str,
    pub secret: &'static str,
    pub callback: &'static str,
    /// Whether it shows its secret in the form.
    pub posts: bool,
}

pub const FIRST: SuiteClient = SuiteClient {
    id: "conformance",
    secret: "conformance-secret-1-of-nobody",
    callback: CALLBACK,
    posts: false,
};

pub const SECOND: SuiteClient = SuiteClient {
    id: "conformance-2",
    secret: "conformance-secret-2-of-nobody",
    callback: "https://localhost.emobix.co.uk:8443/test/a/tessera/callback?dummy1=lorem&dummy2=ipsum",
    posts: false,
};

pub const POSTING: SuiteClient = SuiteClient {
    id: "conformance-post",
    secret: "conformance-secret-3-of-nobody",
    callback: CALLBACK,
    posts: true,
};

impl SuiteClient {
    pub fn as_client(self) -> TestClient {
        TestClient { id: ClientId::parse(self.id).unwrap(), secret: self.secret.to_owned() }
    }
}

/// A run of one module.
#[derive(Debug)]
pub struct Suite<'s> {
    pub server: &'s TestServer,
    pub browser: Browser<'s>,
    mode: Option<&'static str>,
}

/// What came of a visit to the pages.
#[derive(Debug)]
pub struct Visit {
    /// Where the browser stopped: on its way to the client, or at a page that says so.
    pub answer: Answer,
    /// Whether it was asked for a password.
    pub signed_in: bool,
    /// Whether it was asked what to allow.
    pub consented: bool,
}

/// A whole sign-in, all of which was checked.
#[derive(Debug)]
pub struct SignIn {
    pub visit: Visit,
    pub code: String,
    /// What the token endpoint answered.
    pub tokens: Value,
    /// What the ID token says.
    pub claims: Value,
}

impl SignIn {
    pub fn access_token(&self) -> &str {
        self.tokens["access_token"].as_str().unwrap()
    }

    pub fn id_token(&self) -> &str {
        self.tokens["id_token"].as_str().unwrap()
    }
}

impl Suite<'_> {
    /// Runs a module against a server of its own that the example was applied to.
    pub async fn run(
        engine: Engine,
        mode: Option<&'static str>,
        module: impl AsyncFnOnce(Suite<'_>),
    ) {
        let server = Box::pin(TestServer::on(engine)).await.shipped();
        declare(&server).await;
        let database = server.database();
        module(Suite { server: &server, browser: Browser::of(&server), mode }).await;
        drop(server);
        database.remove().await;
    }

    /// The request that most modules begin with.
    pub fn ask(&self) -> Ask {
        self.ask_as(FIRST)
    }

    pub fn ask_as(&self, client: SuiteClient) -> Ask {
        let ask = Ask::of(&client.as_client())
            .with("redirect_uri", client.callback)
            .with("state", &state())
            .with("nonce", "m6dFOHYeN4 &\"<ö")
            .without("code_challenge")
            .without("code_challenge_method");
        match self.mode {
            Some(mode) => ask.with("response_mode", mode),
            None => ask,
        }
    }

    /// Sends the browser with a request, and does what the pages ask for.
    pub async fn visit(&mut self, ask: &Ask) -> Visit {
        let answer = self.browser.get(&ask.path()).await;
        self.go_on(answer).await
    }

    /// Goes on from an answer until nothing is asked any more.
    pub async fn go_on(&mut self, answer: Answer) -> Visit {
        let mut visit = Visit { answer, signed_in: false, consented: false };
        for _ in 0..5 {
            visit.answer = self.browser.follow(visit.answer).await;
            let heading = heading(&visit.answer);
            let form = if heading == Some("Sign in") {
                visit.signed_in = true;
                let form = Form::of(&visit.answer);
                form.with("username", USERNAME).with("password", PASSWORD)
            } else if visit.answer.body.contains(r#"name="decision" value="allow""#) {
                visit.consented = true;
                Form::of(&visit.answer).with("decision", "allow")
            } else {
                return visit;
            };
            assert_is_plain(&visit.answer);
            visit.answer = self.browser.submit(&form).await;
        }
        panic!("it never ends: {visit:?}")
    }

    /// What a client gets of an answer, in the way that was asked for and in no other.
    pub fn returned(&self, answer: &Answer) -> Returned {
        if self.mode == Some("form_post") {
            assert_is_plain(answer);
            // It works where no script runs.
            assert!(answer.body.contains(r#"id="continue" type="submit""#), "{answer:?}");
            assert!(!answer.body.contains("<script>alert"), "{answer:?}");
            return Returned::in_form(answer);
        }
        assert!(!answer.header("location").unwrap().contains('#'), "{answer:?}");
        Returned::of(answer)
    }

    /// The error that a request is answered with, at the client.
    pub async fn error(&mut self, ask: &Ask) -> String {
        let visit = self.visit(ask).await;
        let returned = self.returned(&visit.answer);
        super::checks::assert_is_error(&returned, ask);
        assert_eq!(returned.to, CALLBACK);
        returned.get("error").unwrap().to_owned()
    }

    /// Posts to the token endpoint as a client.
    pub async fn token(&self, client: SuiteClient, form: &str) -> Answer {
        if client.posts {
            let SuiteClient { id, secret, .. } = client;
            let form = format!("{form}&client_id={id}&client_secret={secret}");
            return self.server.post_form("/token", &form).await;
        }
        self.server.post("/token", &client.as_client(), form).await
    }

    pub async fn redeem(&self, client: SuiteClient, code: &str) -> Answer {
        let form = url::form_urlencoded::Serializer::new(String::new())
            .append_pair("grant_type", "authorization_code")
            .append_pair("code", code)
            .append_pair("redirect_uri", client.callback)
            .finish();
        self.token(client, &form).await
    }

    /// What is told of whom a token is for.
    pub async fn userinfo(&self, token: &str) -> Answer {
        let bearer = format!("Bearer {token}");
        self.server.get("/userinfo", &[("authorization", bearer.as_str())]).await
    }

    pub async fn discovery(&self) -> Value {
        let answer = self.server.get("/.well-known/openid-configuration", &[]).await;
        assert_eq!(answer.status, 200, "{answer:?}");
        answer.json()
    }
}

async fn declare(server: &TestServer) {
    let name = "examples/configs/conformance.toml".to_owned();
    let file = DeclaredFile::gather(name, DECLARED.to_owned(), |external| {
        Err(Wrong::new(format!("{external} is named"), "name nothing"))
    });
    let options = PlanOptions { prune: false, attended: true, now: server.now() };
    let plan = plan(&server.app, read(&[file], server.now()), &options).await.unwrap();
    carry_out(&server.app, &operator(), plan).await.unwrap();
}

/// 128 characters, among them what has to be encoded in an address, and escaped in a page.
pub fn state() -> String {
    "a:b &é=%+/?#\"'<script>alert(1)</script>".chars().cycle().take(128).collect()
}

/// The heading of a page.
pub fn heading(page: &Answer) -> Option<&str> {
    page.body.split_once("<h1>")?.1.split("</h1>").next()
}

/// A page that a browser of few talents can use: it is HTML, nobody keeps it, and no policy stands
/// between its form and the client's address.
fn assert_is_plain(page: &Answer) {
    assert_eq!(page.status, 200, "{page:?}");
    assert!(page.header("content-type").unwrap().starts_with("text/html"), "{page:?}");
    assert_eq!(page.header("cache-control"), Some("no-store"), "{page:?}");
    let policy = page.header("content-security-policy").unwrap();
    assert!(!policy.contains("form-action"), "{policy}");
}
