//! Authorization requests as clients send them, and answers as they get them.

use std::collections::BTreeMap;

use jsonwebtoken::{Algorithm, EncodingKey, Header};
use serde_json::{Value, json};
use tessera::{
    acts::clients::{ClientChanges, SignInChanges},
    model::{
        client::ClientKind, scope::Scope, secret::Secret, sign_in_settings::ConsentPolicy,
        signature_algorithm::SignatureAlgorithm, space_delimited::SpaceDelimited,
    },
    tokens::Belonging,
};
use url::form_urlencoded;
use uuid::Uuid;

use super::{
    TestClient, TestServer,
    browser::{Browser, Form},
    codes::{CHALLENGE, HOME, SignedIn},
    server::Answer,
};

/// The cookie of the browser session.
pub const SESSION_COOKIE: &str = "__Host-tessera_session";

/// Where people go who signed out for a client of tests.
pub const BYE: &str = "https://app.example/bye";

/// An authorization request on its way.
#[derive(Debug, Clone)]
pub struct Ask(Vec<(String, String)>);

/// What a client gets.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Returned {
    /// Where the browser was sent, without what was added.
    pub to: String,
    /// What was added.
    pub members: BTreeMap<String, String>,
}

impl Ask {
    /// One that says no more than it must.
    pub fn of(client: &TestClient) -> Self {
        Self(Vec::new())
            .with("response_type", "code")
            .with("client_id", client.id.as_str())
            .with("redirect_uri", HOME)
            .with("scope", "openid")
            .with("state", "s t&a=te:é")
            .with("code_challenge", CHALLENGE)
            .with("code_challenge_method", "S256")
    }

    /// The same with this parameter.
    pub fn with(self, name: &str, value: &str) -> Self {
        let mut one = self.without(name);
        one.0.push((name.to_owned(), value.to_owned()));
        one
    }

    /// The same without.
    pub fn without(mut self, name: &str) -> Self {
        self.0.retain(|(known, _)| known != name);
        self
    }

    /// What a parameter says.
    pub fn get(&self, name: &str) -> Option<&str> {
        self.0.iter().find(|(known, _)| known == name).map(|(_, value)| value.as_str())
    }

    /// The same in the opposite order.
    pub fn reversed(mut self) -> Self {
        self.0.reverse();
        self
    }

    pub fn encoded(&self) -> String {
        form_urlencoded::Serializer::new(String::new()).extend_pairs(&self.0).finish()
    }

    /// Its address.
    pub fn path(&self) -> String {
        format!("/authorize?{}", self.encoded())
    }
}

impl Returned {
    /// What went back in the query.
    pub fn of(answer: &Answer) -> Self {
        assert_eq!(answer.status, 303, "{answer:?}");
        assert_eq!(answer.header("cache-control"), Some("no-store"), "{answer:?}");
        assert_eq!(answer.header("referrer-policy"), Some("no-referrer"), "{answer:?}");
        let location = answer.header("location").unwrap();
        let (to, query) = location.split_once('?').unwrap_or((location, ""));
        Self { to: to.to_owned(), members: members(query) }
    }

    /// What went back in the fragment.
    pub fn in_fragment(answer: &Answer) -> Self {
        assert_eq!(answer.status, 303, "{answer:?}");
        let (to, fragment) = answer.header("location").unwrap().split_once('#').unwrap();
        Self { to: to.to_owned(), members: members(fragment) }
    }

    /// What goes back as a form.
    pub fn in_form(answer: &Answer) -> Self {
        assert_eq!(answer.status, 200, "{answer:?}");
        let Form { action, fields } = Form::of(answer);
        Self { to: action, members: fields }
    }

    pub fn get(&self, name: &str) -> Option<&str> {
        self.members.get(name).map(String::as_str)
    }

    /// The code, with state and issuer and nothing else.
    pub fn code(&self) -> &str {
        let names: Vec<_> = self.members.keys().map(String::as_str).collect();
        assert_eq!(names, ["code", "iss", "state"], "{self:?}");
        assert_eq!(self.get("iss"), Some("https://id.example"), "{self:?}");
        assert_eq!(self.get("state"), Some("s t&a=te:é"), "{self:?}");
        self.get("code").unwrap()
    }

    /// The error, with what an error may have and nothing else.
    pub fn error(&self) -> &str {
        let names: Vec<_> = self.members.keys().map(String::as_str).collect();
        assert_eq!(names, ["error", "error_description", "iss", "state"], "{self:?}");
        assert_eq!(self.get("iss"), Some("https://id.example"), "{self:?}");
        assert_eq!(self.get("state"), Some("s t&a=te:é"), "{self:?}");
        self.get("error").unwrap()
    }
}

fn members(encoded: &str) -> BTreeMap<String, String> {
    form_urlencoded::parse(encoded.as_bytes()).into_owned().collect()
}

/// The request that a browser was sent on with, to this page.
pub fn request_in(answer: &Answer, page: &str) -> String {
    assert_eq!(answer.status, 303, "{answer:?}");
    let location = answer.header("location").unwrap();
    let name = location.strip_prefix(page).and_then(|rest| rest.strip_prefix("?request="));
    name.unwrap_or_else(|| panic!("not sent to {page}: {location}")).to_owned()
}

impl TestServer {
    /// Adds a website that people sign in to and are asked nothing about.
    pub async fn site(&self, name: &str, scope: &str) -> TestClient {
        self.site_with(name, scope, |sign_in| sign_in.consent = Some(ConsentPolicy::Never)).await
    }

    /// Adds a website with other settings.
    pub async fn site_with(
        &self,
        name: &str,
        scope: &str,
        change: impl FnOnce(&mut SignInChanges),
    ) -> TestClient {
        self.site_of((name, ClientKind::Web), scope, change).await
    }

    pub async fn site_of(
        &self,
        (name, kind): (&str, ClientKind),
        scope: &str,
        change: impl FnOnce(&mut SignInChanges),
    ) -> TestClient {
        let mut sign_in = SignInChanges {
            redirect_uris: Some(SpaceDelimited::parse(HOME)),
            post_logout_redirect_uris: Some(SpaceDelimited::parse(BYE)),
            ..SignInChanges::default()
        };
        change(&mut sign_in);
        let changes = ClientChanges {
            scope: Some(Scope::parse(scope).unwrap()),
            grant_types: Some(SpaceDelimited::parse("authorization_code refresh_token")),
            sign_in,
            ..ClientChanges::default()
        };
        self.client(name, kind, changes).await
    }
}

impl Browser<'_> {
    /// Has somebody signed in here, as of now.
    pub async fn enter(&mut self, server: &TestServer, user_id: Uuid) -> SignedIn {
        let secret = Secret::generate(&server.app.random);
        let person = server.sign_in_with(user_id, &secret).await;
        self.set_cookie(SESSION_COOKIE, secret.expose());
        person
    }

    /// Asks, and is answered at once.
    pub async fn returned(&mut self, ask: &Ask) -> Returned {
        Returned::of(&self.get(&ask.path()).await)
    }

    /// Follows redirects as long as they lead to us.
    pub async fn follow(&mut self, answer: Answer) -> Answer {
        let mut answer = answer;
        for _ in 0..5 {
            let location = answer.header("location").unwrap_or_default().to_owned();
            if !location.starts_with('/') {
                return answer;
            }
            answer = self.get(&location).await;
        }
        panic!("it leads nowhere: {answer:?}")
    }
}

impl TestServer {
    /// A JWT with these claims, signed by a key of the server's own that it opens for nobody.
    pub async fn forge(&self, jwt_type: Option<&str>, claims: &Value) -> String {
        let keys = self.app.store.signing_keys().await.unwrap();
        let key = keys.iter().find(|key| key.algorithm == SignatureAlgorithm::Es256).unwrap();
        let here = Belonging::signing_key(&key.kid);
        let sealer = self.app.tokens.sealer();
        let private = sealer.open(key.seal_key, &here, &key.private_sealed).unwrap();
        let mut header = Header::new(Algorithm::ES256);
        header.kid = Some(key.kid.clone());
        header.typ = jwt_type.map(str::to_owned);
        jsonwebtoken::encode(&header, claims, &EncodingKey::from_ec_der(&private)).unwrap()
    }

    /// An ID token as the server makes them, whose time is over.
    pub async fn old_id_token(&self, client: &TestClient, subject: Uuid) -> String {
        let claims = id_token_claims(client, subject);
        self.forge(Some("JWT"), &claims).await
    }
}

/// What stands in an ID token.
pub fn id_token_claims(client: &TestClient, subject: Uuid) -> Value {
    json!({
        "iss": "https://id.example", "sub": subject.to_string(), "aud": client.id.as_str(),
        "iat": 1_000_000_000, "exp": 1_000_003_600, "auth_time": 1_000_000_000,
    })
}
