//! People: declared, and what they present.

use axum::http::{Method, Request};
use base64::{
    Engine,
    engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD},
};
use serde_json::{Value, json};
use tessera::{
    acts::declared::{DeclaredFile, PlanOptions, carry_out, plan, read},
    config::{Jwt, JwtSignature, SecretSource, Wrong},
    model::{
        secret::Secret,
        user::{DEFAULT_REALM, OperatorRole, User},
        user_jwt::SubjectFormat,
        username::Username,
    },
};

use super::{
    Browser, TestServer,
    server::{Answer, operator},
};

/// What HS256 signs with in tests.
pub const JWT_SECRET: &str = "0123456789abcdef0123456789abcdef";

/// What Auth-O-Tron's documentation has for settings, but for its secret.
pub fn jwt() -> Jwt {
    Jwt {
        issuer: "auth-o-tron.example.com".to_owned(),
        audience: None,
        lifetime: std::time::Duration::from_hours(1),
        signature: secrets(&[JWT_SECRET]),
        subject: SubjectFormat::RealmUsername,
    }
}

pub fn secrets(secrets: &[&str]) -> JwtSignature {
    let value = |text: &&str| SecretSource::Value(Secret::new((*text).to_owned()));
    JwtSignature::Secrets(secrets.iter().map(value).collect())
}

/// The value of a Basic header.
pub fn basic(name: &str, password: &str) -> String {
    format!("Basic {}", STANDARD.encode(format!("{name}:{password}")))
}

pub fn bearer(token: &str) -> String {
    format!("Bearer {token}")
}

/// The header and the claims of a JWT, unverified.
pub fn opened(jwt: &str) -> (Value, Value) {
    let mut parts = jwt.split('.').map(|part| URL_SAFE_NO_PAD.decode(part).unwrap());
    let mut part = || serde_json::from_slice(&parts.next().unwrap()).unwrap();
    (part(), part())
}

impl TestServer {
    /// The same server with JWTs for people.
    pub async fn signing(self, jwt: Jwt) -> Self {
        self.restarted(|config| config.jwt = Some(jwt)).await
    }

    /// Declares users, each a table of TOML.
    pub async fn people(&self, tables: &[&str]) {
        let text = format!("users = [{}]", tables.join(", "));
        let file = DeclaredFile::gather("people.toml".to_owned(), text, |external| {
            Err(Wrong::new(format!("{external} is named"), "name nothing"))
        });
        let options = PlanOptions { prune: false, attended: true, now: self.now() };
        let plan = plan(&self.app, read(&[file], self.now()), &options).await.unwrap();
        carry_out(&self.app, &operator(), plan).await.unwrap();
    }

    /// The user of this name in the default realm.
    pub async fn person(&self, name: &str) -> User {
        let name = Username::parse(name).unwrap();
        let mut store = self.app.store.read().await.unwrap();
        let pair = (DEFAULT_REALM, name.folded());
        store.find_users_named([pair].into_iter()).await.unwrap().remove(0)
    }

    /// A browser in which somebody is signed in who operates the server in this role. The name is
    /// that of the role, the password `correct horse`.
    pub async fn operator(&self, role: OperatorRole) -> Browser<'_> {
        let password = "password = { value = 'correct horse' }";
        let table = format!("{{ username = '{role}', {password}, operator_roles = ['{role}'] }}");
        self.people(&[&table]).await;
        let mut browser = Browser::of(self);
        browser.sign_in(role.as_str(), "correct horse").await;
        browser
    }

    /// Declares `alice` of the realm `internal`, whose password is `correct horse`.
    pub async fn alice(&self) {
        self.people(&["{ username = 'alice', realm = 'internal', \
            password = { value = 'correct horse' }, roles = ['admin', 'developer'], \
            scope = 'read write', attributes = { department = 'engineering' } }"])
            .await;
    }

    /// Asks who somebody of the realm `internal` is.
    pub async fn authenticate(&self, authorization: &str) -> Answer {
        let headers = [("authorization", authorization), ("x-auth-realm", "internal")];
        self.get("/authenticate", &headers).await
    }

    /// The JWT that somebody gets.
    pub async fn jwt_of(&self, authorization: &str) -> String {
        let answer = self.authenticate(authorization).await;
        assert_eq!(answer.status, 200, "{answer:?}");
        answer.header("authorization").unwrap().strip_prefix("Bearer ").unwrap().to_owned()
    }

    /// What somebody of the realm `internal` asks at `path`.
    pub async fn ask_as(
        &self,
        authorization: &str,
        method: Method,
        path: &str,
        body: Value,
    ) -> Answer {
        let request = Request::builder()
            .method(method)
            .uri(path)
            .header("authorization", authorization)
            .header("x-auth-realm", "internal")
            .header("content-type", "application/json");
        let body = if body.is_null() { String::new() } else { body.to_string() };
        self.send(request, &body).await
    }

    /// Makes a personal token.
    pub async fn personal(&self, authorization: &str) -> Value {
        let asked = json!({"type": "personal"});
        let answer = self.ask_as(authorization, Method::POST, "/tokens", asked).await;
        assert_eq!(answer.status, 201, "{answer:?}");
        answer.json()
    }
}
