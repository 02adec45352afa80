//! The part that resource servers import, in front of an API, against the server itself.

mod entries;
pub(crate) mod example;
mod introspection;
mod jwts;
mod lying;
mod verifier;

use std::{
    net::SocketAddr,
    sync::{Arc, Mutex},
    time::Duration,
};

use axum::{
    Extension, Router,
    body::Body,
    http::{Request, StatusCode, header},
    routing::get,
};
use http_body_util::BodyExt;
use tessera::{
    acts::{self, clients::ClientChanges, resource_servers::ResourceServerChanges},
    model::{
        client::ClientKind, clock::Clock, issuer::Issuer, scope::Scope, secret::Secret,
        space_delimited::SpaceDelimited, token_format::TokenFormat,
    },
    server::{Limits, Listening, serve},
    validation::{
        BearerLayer, HttpClient, Introspection, Jwks, PresentedFrom, ValidToken, Validator, Way,
        require_scope,
    },
};
use tokio::{sync::watch, task::JoinHandle};
use tower::{ServiceExt, util::MapRequestLayer};

pub(crate) use entries::with_entries;

use crate::common::{
    TestClient, TestServer,
    server::{Answer, ISSUER, operator},
};

/// Whom the tokens are for.
const ORDERS: &str = "https://orders.example";

pub(crate) const MILLISECOND: Duration = Duration::from_millis(1);

/// A server on a port of this machine, which remembers what it was asked.
pub(crate) struct Served {
    address: SocketAddr,
    asked: Arc<Mutex<Vec<String>>>,
    serving: JoinHandle<bool>,
    _stop: watch::Sender<bool>,
}

impl Served {
    pub(crate) async fn of(server: &TestServer) -> Self {
        let listening = Listening::bind("127.0.0.1:0".parse().unwrap()).await.unwrap();
        Self::on(server, listening)
    }

    fn on(server: &TestServer, listening: Listening) -> Self {
        let address = listening.address();
        let asked = Arc::<Mutex<Vec<String>>>::default();
        let remembering = Arc::clone(&asked);
        let remember = move |request: Request<Body>| {
            remembering.lock().unwrap().push(request.uri().path().to_owned());
            request
        };
        let router = tessera::server::router(server.app.clone());
        let router: Router = router.layer(MapRequestLayer::new(remember));
        let (stop, stopped) = watch::channel(false);
        let (patience, drain) = (Duration::from_secs(5), Duration::from_secs(1));
        let limits = Limits { patience, drain, connections: 100 };
        let serving = tokio::spawn(serve(listening, router, limits, stopped));
        Self { address, asked, serving, _stop: stop }
    }

    fn client(&self) -> HttpClient {
        HttpClient::new(&base(self.address)).unwrap()
    }

    /// How often it was asked for a path.
    pub(crate) fn count(&self, path: &str) -> usize {
        self.asked.lock().unwrap().iter().filter(|asked| *asked == path).count()
    }

    /// Nobody answers any more.
    async fn end(&mut self) {
        self.serving.abort();
        let _ = (&mut self.serving).await;
    }
}

impl Drop for Served {
    fn drop(&mut self) {
        self.serving.abort();
    }
}

/// A span that is over a millisecond before `span` is.
pub(crate) fn just_before(span: Duration) -> Duration {
    span.checked_sub(MILLISECOND).unwrap()
}

fn base(address: SocketAddr) -> Issuer {
    Issuer::parse(&format!("http://{address}")).unwrap()
}

/// The test's clock.
fn clock(server: &TestServer) -> Clock {
    let app = server.app.clone();
    Clock::new(move || app.now())
}

/// Adds the resource server, a client that may introspect for it, and a client that gets tokens
/// for it in the given form.
pub(crate) async fn shop(server: &TestServer, format: TokenFormat) -> (TestClient, TestClient) {
    let api = server.client("orders-api", ClientKind::Machine, ClientChanges::default()).await;
    let changes = ResourceServerChanges {
        scope: Some(Scope::parse("orders.read orders.write").unwrap()),
        introspectors: Some(SpaceDelimited::parse("orders-api")),
        ..ResourceServerChanges::default()
    };
    acts::resource_servers::add(&server.app, &operator(), ORDERS, changes).await.unwrap();
    (api, customer(server, "shop", format).await)
}

/// Adds a client that gets tokens for the resource server in the given form.
pub(crate) async fn customer(server: &TestServer, name: &str, format: TokenFormat) -> TestClient {
    let changes = ClientChanges {
        scope: Some(Scope::parse("orders.read orders.write").unwrap()),
        access_format: Some(Some(format)),
        ..ClientChanges::default()
    };
    server.client(name, ClientKind::Machine, changes).await
}

/// A token for the resource server, good for `scope`.
pub(crate) async fn token_for(server: &TestServer, client: &TestClient, scope: &str) -> String {
    let form = format!("grant_type=client_credentials&resource={ORDERS}&scope={scope}");
    let answer = server.post("/token", client, &form).await;
    assert_eq!(answer.status, StatusCode::OK, "{answer:?}");
    answer.json()["access_token"].as_str().unwrap().to_owned()
}

pub(crate) fn jwts(served: &Served, server: &TestServer) -> Way {
    Way::Jwts(Jwks::new(served.client(), clock(server)))
}

pub(crate) fn introspection(served: &Served, api: &TestClient) -> Introspection {
    Introspection::new(served.client(), api.id.as_str(), &Secret::new(api.secret.clone()))
}

/// An API in front of which tokens are looked at in one way.
#[derive(Clone)]
pub(crate) struct Api(Router);

impl Api {
    pub(crate) fn new(server: &TestServer, way: Way) -> Self {
        Self::with(server, (ISSUER, ORDERS), way)
    }

    fn with(server: &TestServer, (issuer, audience): (&str, &str), way: Way) -> Self {
        let issuer = Issuer::parse(issuer).unwrap();
        let validator = Validator::new((issuer, audience), way, clock(server));
        let read = require_scope("orders.read").unwrap();
        let both = require_scope("orders.write orders.read").unwrap();
        let router = Router::new()
            .route("/me", get(me))
            .route("/orders", get(me).put(me).route_layer(read))
            .route("/both", get(me).route_layer(both))
            .layer(BearerLayer::new(validator).realm("ord\"ers"));
        Self(router)
    }

    async fn send(&self, request: axum::http::request::Builder) -> Answer {
        let response = self.0.clone().oneshot(request.body(Body::empty()).unwrap()).await.unwrap();
        let (parts, body) = response.into_parts();
        let body = body.collect().await.unwrap().to_bytes().to_vec();
        let body = String::from_utf8(body).unwrap();
        Answer { status: parts.status, headers: parts.headers, body }
    }

    pub(crate) async fn get(&self, path: &str, token: &str) -> Answer {
        let credentials = format!("Bearer {token}");
        self.send(Request::get(path).header(header::AUTHORIZATION, credentials)).await
    }

    async fn get_from(&self, address: &str, token: &str) -> Answer {
        let credentials = format!("Bearer {token}");
        let from = PresentedFrom(address.parse().unwrap());
        let request = Request::get("/me").header(header::AUTHORIZATION, credentials);
        self.send(request.extension(from)).await
    }

    pub(crate) async fn status(&self, token: &str) -> u16 {
        self.get("/me", token).await.status.as_u16()
    }
}

/// Whose token it is, and whether its header would show itself.
async fn me(Extension(token): Extension<ValidToken>, request: Request<Body>) -> String {
    let shown = format!("{:?}", request.headers()[header::AUTHORIZATION]);
    format!("{} {} {shown}", token.subject(), token.scope())
}

fn challenge(answer: &Answer) -> &str {
    answer.header("www-authenticate").unwrap_or_default()
}
