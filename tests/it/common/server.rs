//! A server of one's own, its clock in the test's hand.

use std::{
    net::{IpAddr, Ipv4Addr},
    sync::{
        Arc,
        atomic::{AtomicI64, Ordering},
    },
    time::Duration,
};

use axum::{
    Router,
    body::Body,
    http::{HeaderMap, Method, Request, StatusCode, header},
};
use http_body_util::BodyExt;
use serde_json::Value;
use tessera::{
    acts::{
        self, Operator,
        clients::{AddedClient, ClientChanges},
    },
    app::{App, Clock, OpenError},
    config::{self, Config, MasterBytes, MasterSource},
    model::{
        client::{ClientAuthentication, ClientKind},
        client_id::ClientId,
        issuer::Issuer,
        scope::Scope,
        secret::{Random, Secret},
        timestamp::Timestamp,
    },
    server::Peer,
};
use tower::ServiceExt;

use super::{Engine, TestClient, TestDatabase, families};

/// Where every test's clock begins: 2027-01-15T08:00:00Z.
pub const START: Timestamp = Timestamp(1_800_000_000_000);

/// The name of every test server.
pub const ISSUER: &str = "https://id.example";

/// The master key of every test server on PostgreSQL.
const MASTER: &str = "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=";

/// The other end of a connection from this machine.
pub const HERE: Peer = Peer { address: IpAddr::V4(Ipv4Addr::LOCALHOST), encrypted: false };

/// A whole server without a network.
#[derive(Debug)]
pub struct TestServer {
    pub app: App,
    database: TestDatabase,
    /// Apart: tests hold several servers.
    config: Box<Config>,
    router: Router,
    now: Arc<AtomicI64>,
}

/// What it answered.
#[derive(Debug)]
pub struct Answer {
    pub status: StatusCode,
    pub headers: HeaderMap,
    pub body: String,
}

impl TestServer {
    pub async fn on(engine: Engine) -> Self {
        let database = TestDatabase::create(engine).await;
        let config = config_for(&database);
        Box::pin(Self::start(database, config, Arc::new(AtomicI64::new(START.0)))).await.unwrap()
    }

    /// A server on a database that was prepared, sealed with the master key that every test server
    /// on PostgreSQL has.
    pub async fn on_prepared(database: TestDatabase) -> Result<Self, OpenError> {
        let mut config = config_for(&database);
        config.keys.master = MasterSource::Value(MasterBytes::decode(MASTER).unwrap());
        Box::pin(Self::start(database, config, Arc::new(AtomicI64::new(START.0)))).await
    }

    pub(super) async fn start(
        database: TestDatabase,
        config: Config,
        now: Arc<AtomicI64>,
    ) -> Result<Self, OpenError> {
        let clock = Arc::clone(&now);
        let clock = Clock::new(move || Timestamp(clock.load(Ordering::SeqCst)));
        let issuer = config.server.issuer.clone().unwrap();
        let opened = App::open(config.clone(), issuer, clock, Random::system()).await?;
        opened.app.join();
        let app = opened.app.clone();
        let router = if app.store.is_disabled() {
            tessera::server::router(app)
        } else {
            tessera::server::router_with(app, families::grants())
        };
        let config = Box::new(config);
        Ok(Self { app: opened.app, database, config, router, now })
    }

    /// The same server with the grants that everybody has, and no other.
    pub fn shipped(self) -> Self {
        Self { router: tessera::server::router(self.app.clone()), ..self }
    }

    /// The same server by the listener of operators.
    pub fn console(&self) -> Self {
        Self {
            app: self.app.clone(),
            database: self.database.clone(),
            config: self.config.clone(),
            router: tessera::server::console_router(self.app.clone()),
            now: Arc::clone(&self.now),
        }
    }

    /// The same server after a restart with other settings, on the same database and clock.
    pub async fn restarted(self, change: impl FnOnce(&mut Config)) -> Self {
        self.try_restart(change).await.unwrap()
    }

    pub async fn with_issuer(self, issuer: &str) -> Self {
        let issuer = Issuer::parse(issuer).unwrap();
        self.restarted(|config| config.server.issuer = Some(issuer)).await
    }

    pub async fn try_restart(self, change: impl FnOnce(&mut Config)) -> Result<Self, OpenError> {
        let Self { app, database, mut config, router, now } = self;
        app.store.close().await;
        drop((app, router));
        change(&mut config);
        Box::pin(Self::start(database, *config, now)).await
    }

    /// Another server on the same database and clock. PostgreSQL only: an SQLite file has one.
    pub async fn neighbour(&self) -> Self {
        self.try_neighbour().await.unwrap()
    }

    pub async fn try_neighbour(&self) -> Result<Self, OpenError> {
        let now = Arc::clone(&self.now);
        Box::pin(Self::start(self.database.clone(), (*self.config).clone(), now)).await
    }

    /// The same with other settings.
    pub async fn neighbour_with(&self, change: impl FnOnce(&mut Config)) -> Self {
        self.try_neighbour_with(change).await.unwrap()
    }

    pub async fn try_neighbour_with(
        &self,
        change: impl FnOnce(&mut Config),
    ) -> Result<Self, OpenError> {
        let mut config = (*self.config).clone();
        change(&mut config);
        Box::pin(Self::start(self.database.clone(), config, Arc::clone(&self.now))).await
    }

    pub fn database(&self) -> TestDatabase {
        self.database.clone()
    }

    pub fn now(&self) -> Timestamp {
        Timestamp(self.now.load(Ordering::SeqCst))
    }

    pub fn advance(&self, duration: Duration) {
        let milliseconds = i64::try_from(duration.as_millis()).unwrap();
        self.now.fetch_add(milliseconds, Ordering::SeqCst);
    }

    /// Sets the clock back.
    pub fn rewind(&self, duration: Duration) {
        let milliseconds = i64::try_from(duration.as_millis()).unwrap();
        self.now.fetch_sub(milliseconds, Ordering::SeqCst);
    }

    /// Adds a machine that may ask for `scope`, with a generated secret in a Basic header.
    pub async fn machine(&self, name: &str, scope: &str) -> TestClient {
        let scope = Some(Scope::parse(scope).unwrap());
        self.client(name, ClientKind::Machine, ClientChanges { scope, ..ClientChanges::default() })
            .await
    }

    pub async fn client(&self, name: &str, kind: ClientKind, changes: ClientChanges) -> TestClient {
        let id = ClientId::parse(name).unwrap();
        let added = self.add(&id, kind, changes, None).await.unwrap();
        let secret = added.secret.map(|secret| secret.expose().to_owned()).unwrap_or_default();
        TestClient { id, secret }
    }

    pub async fn add(
        &self,
        id: &ClientId,
        kind: ClientKind,
        changes: ClientChanges,
        chosen: Option<Secret>,
    ) -> acts::Result<AddedClient> {
        acts::clients::add(&self.app, &operator(), (id.clone(), kind), changes, chosen).await
    }

    /// Posts a form as `client`, with a Basic header.
    pub async fn post(&self, path: &str, client: &TestClient, form: &str) -> Answer {
        self.send(form_request(path).header(header::AUTHORIZATION, client.basic()), form).await
    }

    /// Posts a form that carries what it carries.
    pub async fn post_form(&self, path: &str, form: &str) -> Answer {
        self.send(form_request(path), form).await
    }

    pub async fn get(&self, path: &str, headers: &[(&str, &str)]) -> Answer {
        let request = Request::builder().method(Method::GET).uri(path);
        let add = |request: axum::http::request::Builder, (name, value): &(&str, &str)| {
            request.header(*name, *value)
        };
        self.send(headers.iter().fold(request, add), "").await
    }

    pub async fn send(&self, request: axum::http::request::Builder, body: &str) -> Answer {
        self.send_from(HERE, request, body).await
    }

    /// Sends a request over a connection to `peer`.
    pub async fn send_from(
        &self,
        peer: Peer,
        request: axum::http::request::Builder,
        body: &str,
    ) -> Answer {
        let mut request = request.body(Body::from(body.to_owned())).unwrap();
        request.extensions_mut().insert(peer);
        let response = self.router.clone().oneshot(request).await.unwrap();
        let (parts, body) = response.into_parts();
        let bytes = body.collect().await.unwrap().to_bytes();
        let body = String::from_utf8(bytes.to_vec()).unwrap();
        Answer { status: parts.status, headers: parts.headers, body }
    }

    /// Gets an access token by client credentials.
    pub async fn token(&self, client: &TestClient) -> String {
        let answer = self.post("/token", client, "grant_type=client_credentials").await;
        assert_eq!(answer.status, StatusCode::OK, "{answer:?}");
        answer.json()["access_token"].as_str().unwrap().to_owned()
    }

    pub async fn introspect(&self, client: &TestClient, token: &str) -> Value {
        let answer = self.post("/introspect", client, &format!("token={token}")).await;
        assert_eq!(answer.status, StatusCode::OK, "{answer:?}");
        answer.json()
    }

    pub async fn is_active(&self, client: &TestClient, token: &str) -> bool {
        self.introspect(client, token).await["active"].as_bool().unwrap()
    }
}

impl Answer {
    pub fn json(&self) -> Value {
        serde_json::from_str(&self.body).unwrap_or_else(|_| panic!("no JSON: {self:?}"))
    }

    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name).map(|value| value.to_str().unwrap())
    }

    /// The answer is the error `code` with `status`, in JSON, and may not be kept.
    pub fn assert_error(&self, status: u16, code: &str) {
        assert_eq!(self.status.as_u16(), status, "{self:?}");
        assert_eq!(self.json()["error"], code, "{self:?}");
        assert_eq!(self.header("cache-control"), Some("no-store"), "{self:?}");
    }
}

impl Answer {
    /// The answer is the problem `code` with `status` (RFC 9457), and may not be kept.
    pub fn assert_problem(&self, status: u16, code: &str) {
        assert_eq!(self.status.as_u16(), status, "{self:?}");
        assert_eq!(self.header("content-type"), Some("application/problem+json"), "{self:?}");
        assert_eq!(self.header("cache-control"), Some("no-store"), "{self:?}");
        let problem = self.json();
        assert_eq!(problem["code"], code, "{self:?}");
        assert_eq!(problem["status"], status, "{self:?}");
        assert_eq!(problem["type"], "about:blank", "{self:?}");
        assert!(problem["title"].is_string() && problem["detail"].is_string(), "{self:?}");
    }
}

/// Who does things in tests.
pub fn operator() -> Operator {
    Operator::new("cli:test")
}

/// A client with this way of authenticating.
pub fn authenticating_by(method: ClientAuthentication) -> ClientChanges {
    ClientChanges { authentication: Some(method), ..ClientChanges::default() }
}

fn form_request(path: &str) -> axum::http::request::Builder {
    Request::builder()
        .method(Method::POST)
        .uri(path)
        .header(header::CONTENT_TYPE, "application/x-www-form-urlencoded")
}

pub fn config_for(database: &TestDatabase) -> Config {
    let mut environment = vec![
        ("TESSERA_STORE__URL".to_owned(), database.url.clone()),
        ("TESSERA_SERVER__ISSUER".to_owned(), ISSUER.to_owned()),
    ];
    if database.engine == Engine::Postgres {
        environment.push(("TESSERA_KEYS__MASTER".to_owned(), MASTER.to_owned()));
        environment.push(("TESSERA_STORE__CONNECTIONS".to_owned(), "8".to_owned()));
    }
    config::parse(None, environment).unwrap().config
}
