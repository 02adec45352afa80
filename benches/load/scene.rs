//! The clients of a store and their tokens, as requests that are ready to be sent.

use std::{
    borrow::Cow,
    collections::VecDeque,
    net::SocketAddr,
    sync::{
        Mutex, MutexGuard, PoisonError,
        atomic::{AtomicUsize, Ordering::Relaxed},
    },
};

use base64::{
    Engine,
    engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD},
};
use tessera::model::secret::Random;

use super::{
    Result,
    cases::{Asked, Case},
    database::Database,
    server,
    wire::{self, Connection},
};

/// How many live tokens are introspected in turn, and how many strings that are none.
pub const LIVE: usize = 1000;

/// How many families there are: more than are ever refreshed at once.
const FAMILIES: usize = 80;

/// What the client of typed tokens may do.
const TYPED_SCOPE: &str =
    "tokens.create:Ticket tokens.use:Ticket tokens.create:Shared tokens.use:Shared";

/// What is asked for in every issuance.
const CREDENTIALS: &str = "grant_type=client_credentials";

/// The clients, and the tokens that they hold.
#[derive(Debug)]
pub struct Scene {
    /// The value of the `Authorization` header of the client whose tokens are references.
    client: String,
    page: Vec<u8>,
    reference: Vec<u8>,
    /// What the client asks that gets again what it has.
    again: Vec<u8>,
    jwt: Vec<u8>,
    live: Vec<Vec<u8>>,
    garbage: Vec<Vec<u8>>,
    /// Which of the live tokens is next, where each is asked about once.
    turn: AtomicUsize,
    /// Tokens that the running server has never seen, from `unseen_from` on.
    stock: Vec<String>,
    unseen_from: AtomicUsize,
    /// Tokens that were issued and may be revoked; the oldest first.
    spare: Mutex<VecDeque<String>>,
    /// The client that makes and uses typed tokens.
    typed_client: String,
    /// What is asked with its access token.
    typed: Typed,
    /// Typed tokens that were made and not used yet.
    unused: Mutex<VecDeque<String>>,
    /// The client whose tokens are refreshed.
    family_client: String,
    /// The refresh token of each family that nobody is refreshing.
    families: Mutex<VecDeque<String>>,
}

/// Requests about typed tokens and by a personal one, once there is an access token for them.
#[derive(Debug, Default)]
struct Typed {
    bearer: String,
    creation: Vec<u8>,
    hot: Vec<u8>,
    authentication: Vec<u8>,
}

impl Scene {
    /// Adds the clients, while no server has the database open.
    pub fn set(database: &Database) -> Result<Self> {
        let add = |name: &str, format: &str| -> Result<String> {
            let secret = server::add_client(
                database,
                name,
                &["--scope", "read", "--access-format", format],
            )?;
            Ok(basic(name, &secret))
        };
        let mut scene = Self::of_clients(add("bench", "reference")?, &add("bench-jwt", "jwt")?);
        let settings = ["--scope", "read", "--reuse", "reuse_active"];
        let secret = server::add_client(database, "bench-reuse", &settings)?;
        scene.again = wire::post("/token", &basic("bench-reuse", &secret), CREDENTIALS);
        let secret = server::add_client(database, "bench-typed", &["--scope", TYPED_SCOPE])?;
        scene.typed_client = basic("bench-typed", &secret);
        server::add_person(database)?;
        let settings =
            ["--scope", "read", "--grant", "client_credentials", "--grant", "refresh_token"];
        let secret = server::add_client(database, "bench-refresh", &settings)?;
        scene.family_client = basic("bench-refresh", &secret);
        let families: Result<_> =
            (0..FAMILIES).map(|_| server::begin_family(database, "bench-refresh")).collect();
        scene.families = Mutex::new(families?);
        Ok(scene)
    }

    /// Gets an access token for typed tokens from a server, and the one that all uses share.
    pub async fn set_typed(&mut self, address: SocketAddr) -> Result<()> {
        let mut connection = Connection::open(address).await?;
        let asked = wire::post("/token", &self.typed_client, CREDENTIALS);
        let token =
            Asked::Reference.find_token(str::from_utf8(connection.exchange(&asked).await?)?);
        let bearer = format!("Bearer {}", token.ok_or("no access token")?);
        let shared = wire::post_json("/tokens", &bearer, r#"{"type":"Shared"}"#);
        let shared =
            Asked::Creation.find_token(str::from_utf8(connection.exchange(&shared).await?)?);
        let person = basic(server::PERSON, server::PASSWORD);
        let personal = wire::post_json("/tokens", &person, r#"{"type":"personal"}"#);
        let personal =
            Asked::Creation.find_token(str::from_utf8(connection.exchange(&personal).await?)?);
        let personal = format!("Bearer {}", personal.ok_or("no personal token")?);
        let creation = r#"{"type":"Ticket","purposes":["enter"],"identity":"visitor-4711"}"#;
        self.typed = Typed {
            creation: wire::post_json("/tokens", &bearer, creation),
            hot: use_of(&bearer, "Shared", &shared.ok_or("no shared token")?),
            authentication: wire::get_as("/authenticate", &personal),
            bearer,
        };
        Ok(())
    }

    /// A scene without tokens: the values of two clients' `Authorization` headers, the second of
    /// which gets JWTs.
    pub fn of_clients(client: String, jwt_client: &str) -> Self {
        let random = Random::system();
        let garbage = (0..LIVE).map(|_| URL_SAFE_NO_PAD.encode(random.bytes::<32>()));
        Self {
            page: wire::get("/healthz"),
            reference: wire::post("/token", &client, CREDENTIALS),
            again: Vec::new(),
            jwt: wire::post("/token", jwt_client, CREDENTIALS),
            live: Vec::new(),
            garbage: garbage.map(|text| about("/introspect", &client, &text)).collect(),
            turn: AtomicUsize::new(0),
            stock: Vec::new(),
            unseen_from: AtomicUsize::new(0),
            spare: Mutex::default(),
            typed_client: String::new(),
            typed: Typed::default(),
            unused: Mutex::default(),
            family_client: String::new(),
            families: Mutex::default(),
            client,
        }
    }

    /// The next request of a case; `None` if there are no more. `chance` is any number.
    pub fn next(&self, case: Case, chance: u64) -> Option<(Asked, Cow<'_, [u8]>)> {
        let asked = case.draw(chance % 100)?;
        let request = match asked {
            Asked::Static => Cow::Borrowed(self.page.as_slice()),
            Asked::Reference | Asked::Located => Cow::Borrowed(self.reference.as_slice()),
            Asked::Again => Cow::Borrowed(self.again.as_slice()),
            Asked::Jwt => Cow::Borrowed(self.jwt.as_slice()),
            Asked::Garbage => Cow::Borrowed(any(&self.garbage, chance / 100)?),
            Asked::Live if case == Case::EveryLive => {
                let next = self.turn.fetch_add(1, Relaxed);
                Cow::Borrowed(self.live.get(next)?.as_slice())
            }
            Asked::Live => Cow::Borrowed(any(&self.live, chance / 100)?),
            Asked::Unseen => {
                let token = self.stock.get(self.unseen_from.fetch_add(1, Relaxed))?;
                Cow::Owned(about("/introspect", &self.client, token))
            }
            Asked::Revocation => {
                let token = self.spare().pop_front()?;
                Cow::Owned(about("/revoke", &self.client, &token))
            }
            Asked::Refresh => {
                let token = self.families().pop_front()?;
                let form = format!("grant_type=refresh_token&refresh_token={token}");
                Cow::Owned(wire::post("/token", &self.family_client, &form))
            }
            Asked::Creation => Cow::Borrowed(self.typed.creation.as_slice()),
            Asked::HotUse => Cow::Borrowed(self.typed.hot.as_slice()),
            Asked::Authentication => Cow::Borrowed(self.typed.authentication.as_slice()),
            Asked::Use => {
                let token = self.unused().pop_front()?;
                Cow::Owned(use_of(&self.typed.bearer, "Ticket", &token))
            }
        };
        Some((asked, request))
    }

    /// Keeps a token that was issued, to be looked at or revoked later, or one that was made, to
    /// be used.
    pub fn keep(&self, asked: Asked, token: String) {
        let mut kept = match asked {
            Asked::Creation => self.unused(),
            Asked::Refresh => self.families(),
            _ => self.spare(),
        };
        kept.push_back(token);
    }

    /// How many typed tokens may be used.
    pub fn unused_count(&self) -> usize {
        self.unused().len()
    }

    /// How many tokens may be revoked.
    pub fn spare_count(&self) -> usize {
        self.spare().len()
    }

    /// How many of the stock the running server has not seen, of how many.
    pub fn unseen(&self) -> (usize, usize) {
        let seen = self.unseen_from.load(Relaxed);
        (self.stock.len().saturating_sub(seen), self.stock.len())
    }

    /// What was kept becomes the live tokens and a stock of `count`; the rest stays.
    pub fn put_in_stock(&mut self, count: usize) {
        let spare = self.spare.get_mut().unwrap_or_else(PoisonError::into_inner);
        let live = spare.drain(..LIVE.min(spare.len()));
        self.live.extend(live.map(|token| about("/introspect", &self.client, &token)));
        self.stock.extend(spare.drain(..count.min(spare.len())));
    }

    /// A server that has seen nothing yet takes over.
    pub fn forget_what_was_seen(&self) {
        self.unseen_from.store(0, Relaxed);
        self.look_at_all_again();
    }

    /// Begins the turn of the live tokens anew.
    pub fn look_at_all_again(&self) {
        self.turn.store(0, Relaxed);
    }

    fn families(&self) -> MutexGuard<'_, VecDeque<String>> {
        self.families.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn unused(&self) -> MutexGuard<'_, VecDeque<String>> {
        self.unused.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn spare(&self) -> MutexGuard<'_, VecDeque<String>> {
        self.spare.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The value of an `Authorization` header.
pub fn basic(client: &str, secret: &str) -> String {
    format!("Basic {}", STANDARD.encode(format!("{client}:{secret}")))
}

fn any(requests: &[Vec<u8>], chance: u64) -> Option<&[u8]> {
    let count = u64::try_from(requests.len()).ok()?;
    let index = usize::try_from(chance.checked_rem(count)?).ok()?;
    requests.get(index).map(Vec::as_slice)
}

/// A use of a typed token.
fn use_of(bearer: &str, name: &str, token: &str) -> Vec<u8> {
    let json = format!(
        r#"{{"type":"{name}","token":"{token}","purpose":"enter","identity":"visitor-4711"}}"#
    );
    wire::post_json("/tokens/use", bearer, &json)
}

fn about(path: &str, client: &str, token: &str) -> Vec<u8> {
    wire::post(path, client, &format!("token={token}"))
}
