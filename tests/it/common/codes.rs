//! People who are signed in, and codes that they allow clients, without a browser.

use std::time::Duration;

use jsonwebtoken::{DecodingKey, Header, jwk::JwkSet};
use serde_json::Value;
use tessera::{
    acts::clients::{ClientChanges, SignInChanges},
    model::{
        audience::{self, AskedAccess},
        authorization_request::{AskedClaims, AuthorizationRequest, ResponseMode},
        browser_session::BrowserSession,
        client::{Client, ClientKind},
        id::uuid_v7,
        scope::Scope,
        secret::Secret,
        signature_algorithm::SignatureAlgorithm,
        space_delimited::SpaceDelimited,
        user::User,
    },
    store::{End, SessionTarget, UserKey},
    tokens::{code::NewCode, jwt},
};
use uuid::Uuid;

use super::{TestClient, TestServer, server::Answer};

/// Where codes of tests are sent.
pub const HOME: &str = "https://app.example/cb";

/// A verifier and its challenge (RFC 7636 Appendix B).
pub const VERIFIER: &str = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk";
pub const CHALLENGE: &str = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM";

/// How long the sessions of tests last.
pub const SESSION: Duration = Duration::from_hours(12);

/// Somebody who is signed in.
#[derive(Debug, Clone)]
pub struct SignedIn {
    pub user_id: Uuid,
    pub session: BrowserSession,
}

/// What a client asks for that says no more than it must.
pub fn request(client: &TestClient) -> AuthorizationRequest {
    AuthorizationRequest {
        client_id: client.id.to_string(),
        redirect_uri: HOME.to_owned(),
        names_redirect_uri: true,
        response_mode: ResponseMode::Query.as_str().to_owned(),
        scope: None,
        resources: Vec::new(),
        state: None,
        nonce: None,
        code_challenge: Some(CHALLENGE.to_owned()),
        prompt_none: false,
        prompt_login: false,
        prompt_consent: false,
        max_age: None,
        login_hint: None,
        expected_subject: None,
        ui_locales: None,
        claims: AskedClaims::default(),
    }
}

impl TestServer {
    /// Adds an application that people sign in to.
    pub async fn web(&self, name: &str, scope: &str, kind: ClientKind) -> TestClient {
        let changes = ClientChanges {
            scope: Some(Scope::parse(scope).unwrap()),
            grant_types: Some(SpaceDelimited::parse("authorization_code refresh_token")),
            sign_in: SignInChanges {
                redirect_uris: Some(SpaceDelimited::parse(HOME)),
                ..SignInChanges::default()
            },
            ..ClientChanges::default()
        };
        self.client(name, kind, changes).await
    }

    /// Adds a user and signs them in.
    pub async fn signed_in(&self, name: &str) -> SignedIn {
        let user_id = self.user(name).await;
        self.sign_in(user_id).await
    }

    /// Signs a user in, in a browser of their own.
    pub async fn sign_in(&self, user_id: Uuid) -> SignedIn {
        self.sign_in_with(user_id, &Secret::generate(&self.app.random)).await
    }

    /// Signs a user in, in the browser whose cookie has this secret.
    pub async fn sign_in_with(&self, user_id: Uuid, secret: &Secret) -> SignedIn {
        let (now, random) = (self.now(), &self.app.random);
        let user = self.found_user(user_id).await;
        let session_hash = secret.hash();
        let session = BrowserSession {
            session_hash: session_hash.clone(),
            session_id: uuid_v7(now, random),
            user_id,
            user_generation: user.generation,
            global_generation: 0,
            authenticated_at: now,
            methods: SpaceDelimited::parse("pwd"),
            is_remembered: false,
            created_at: now,
            seen_at: now,
            idle_until: now.plus(SESSION),
            expires_at: now.plus(SESSION),
            ended_at: None,
            address: None,
            user_agent: None,
        };
        let mut store = self.app.store.write().await.unwrap();
        store.insert_session(&session).await.unwrap();
        let found = store.find_session(&session_hash).await.unwrap().unwrap();
        SignedIn { user_id, session: found.session }
    }

    /// Ends a browser session.
    pub async fn sign_out(&self, person: &SignedIn) {
        let end =
            End { at: self.now(), by: "cli:test".to_owned(), reason: "signed out".to_owned() };
        let target = SessionTarget::One(person.session.session_id);
        let mut store = self.app.store.begin().await.unwrap();
        assert_eq!(store.end_sessions(target, &end).await.unwrap(), 1);
        store.commit().await.unwrap();
    }

    /// A code that a person allows a client, by a request that says more than it must.
    pub async fn code_with(
        &self,
        client: &TestClient,
        person: &SignedIn,
        change: impl FnOnce(&mut AuthorizationRequest),
    ) -> String {
        let mut request = request(client);
        change(&mut request);
        let (user, client) = (self.found_user(person.user_id).await, self.found(client).await);
        let asked = AskedAccess {
            scope: request.scope.as_deref().map(|scope| Scope::parse(scope).unwrap()),
            resources: request.resources.clone(),
        };
        let servers = self.app.store.resource_servers().await.unwrap();
        let access = audience::decide(&client, &asked, &servers, &self.app.issuer).unwrap();
        let new = NewCode {
            client: &client,
            user: &user,
            session: &person.session,
            request: &request,
            access: &access,
            consent_id: None,
            at: self.now(),
        };
        self.app.tokens.issue_code(&new).await.unwrap().expose().to_owned()
    }

    pub async fn code(&self, client: &TestClient, person: &SignedIn) -> String {
        self.code_with(client, person, |_| {}).await
    }

    /// Redeems a code with all that proves it, and more of a form.
    pub async fn redeem(&self, client: &TestClient, code: &str, more: &str) -> Answer {
        let form = format!(
            "grant_type=authorization_code&code={code}&redirect_uri={HOME}\
             &code_verifier={VERIFIER}{more}"
        );
        self.post_as(client, &form).await
    }

    /// Posts to the token endpoint as a client does that has a secret or none.
    pub async fn post_as(&self, client: &TestClient, form: &str) -> Answer {
        if client.secret.is_empty() {
            self.post_form("/token", &format!("{form}&client_id={}", client.id)).await
        } else {
            self.post("/token", client, form).await
        }
    }

    pub async fn found(&self, client: &TestClient) -> Client {
        let found = self.app.store.find_registered_client(&client.id).await.unwrap();
        found.unwrap().client.clone()
    }

    pub async fn found_user(&self, user_id: Uuid) -> User {
        User::clone(&self.app.store.find_user(UserKey::Id(user_id)).await.unwrap().unwrap())
    }
}

impl TestServer {
    /// Changes a client.
    pub async fn change_client(&self, client: &TestClient, change: impl FnOnce(&mut Client)) {
        let mut store = self.app.store.begin().await.unwrap();
        let mut found = store.find_client(&client.id).await.unwrap().unwrap();
        change(&mut found);
        assert!(store.update_client(&found, self.now()).await.unwrap());
        store.commit().await.unwrap();
    }

    /// Adds a user of whom this is known, and signs them in.
    pub async fn known(&self, name: &str, claims: &Value) -> SignedIn {
        let user_id = self.user(name).await;
        let sql = format!("UPDATE users SET claims = '{claims}' WHERE username_fold = '{name}'");
        assert_eq!(self.database().execute(&sql).await, 1);
        self.sign_in(user_id).await
    }

    /// What a JWT says that one of the published keys signed by `algorithm`: header and claims.
    pub async fn verified(&self, token: &str, algorithm: SignatureAlgorithm) -> (Header, Value) {
        let keys: JwkSet = serde_json::from_str(&self.get("/jwks.json", &[]).await.body).unwrap();
        let header = jwt::header(token).unwrap();
        let key = keys.find(header.kid.as_deref().unwrap()).unwrap();
        assert_eq!(key.common.key_algorithm.unwrap().to_string(), algorithm.as_str());
        let key = DecodingKey::from_jwk(key).unwrap();
        let claims = jwt::verify(token, &key, algorithm.into()).unwrap();
        (header, claims)
    }
}
