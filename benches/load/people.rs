//! What people cost: many who sign in at once, and a whole code flow of one who is signed in.

use std::{
    sync::Arc,
    time::{Duration, Instant},
};

use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use tessera::model::secret::Sha256;
use tokio::task::JoinSet;

use super::{
    Result,
    browser::{Browser, code_of},
    cases::Case,
    database::{Database, Engine},
    measure::{Load, Sample},
    scene::{Scene, basic},
    server::{self, Server},
    settings::Settings,
    wire::{self, Connection},
};

/// How many people sign in at once.
pub const AT_ONCE: usize = 32;

/// How many connections ask for code flows at once.
pub const CONNECTIONS: u32 = 16;

/// The algorithms of ID tokens.
pub const ALGORITHMS: [&str; 2] = ["RS256", "ES256"];

const SECRET: &str = "a secret that nobody keeps";
const PASSWORD: &str = "a password that nobody keeps";
const VERIFIER: &str = "a-verifier-that-is-43-characters-long-at-least";
const BACK: &str = "https%3A%2F%2Fapp.example%2Fback";
const DISCOVERY: &str = "/.well-known/openid-configuration";

/// What was found on one engine.
#[derive(Debug)]
pub struct People {
    /// The engine.
    pub database: String,
    /// Each code flow beside an issuance, by the algorithm.
    pub flows: Vec<Flow>,
    /// How long discovery took while nobody signed in, and while many did.
    pub discovery: Vec<[Sample; 2]>,
    /// How long each of the sign-ins took.
    pub sign_ins: Vec<Duration>,
}

/// A code flow beside an issuance.
#[derive(Debug)]
pub struct Flow {
    /// What signs its ID token.
    pub algorithm: &'static str,
    /// A reference token for client credentials.
    pub issuance: Sample,
    /// Two requests: for the code, and for the tokens.
    pub sample: Sample,
}

/// Measures on an engine, in as many rounds as are wanted.
pub async fn measure(engine: Engine, settings: &Settings) -> Result<People> {
    let database = Database::create(engine).await?;
    let rounds = usize::try_from(settings.rounds())?;
    server::apply(&database, &declared(1 + AT_ONCE * rounds))?;
    let process = database.find_process().await?;
    let servers = [Server::start(&database, &[])?];
    let server = &servers[0];
    let scene = Arc::new(Scene::of_clients(basic("bench", SECRET), ""));
    let browser = signed_in(server).await?;
    let mut found = People {
        database: database.name.clone(),
        flows: Vec::new(),
        discovery: Vec::new(),
        sign_ins: Vec::new(),
    };
    for round in 0..rounds {
        for algorithm in ALGORITHMS {
            let duration = settings.duration();
            let load =
                Load { servers: &servers, database: process, connections: CONNECTIONS, duration };
            let issuance = load.measure(Case::Plain, &scene).await?;
            let flow = Arc::new(CodeFlow::of(algorithm, &browser));
            let ask = |connection, (until, _)| flows(connection, Arc::clone(&flow), until);
            let sample = load.measure_with(ask, "a code flow").await?;
            found.flows.push(Flow { algorithm, issuance, sample });
        }
        let (discovery, sign_ins) = rush(server, settings.duration(), round).await?;
        found.discovery.push(discovery);
        found.sign_ins.extend(sign_ins);
    }
    Ok(found)
}

/// The clients, and so many people.
fn declared(people: usize) -> String {
    let client = |name: &str, more: &str| {
        format!(
            "[[clients]]\nclient_id = '{name}'\nscope = 'openid'\nsecrets = [{{ value = \
             '{SECRET}' }}]\n{more}\n"
        )
    };
    let mut state = client("bench", "");
    for algorithm in ALGORITHMS {
        let more = format!(
            "kind = 'web'\nid_token_algorithm = '{algorithm}'\n\
             redirect_uris = ['https://app.example/back']\ngrant_types = ['authorization_code']"
        );
        state.push_str(&client(&format!("bench-{algorithm}"), &more));
    }
    for number in 0..people {
        let person = format!("username = 'person-{number}'\npassword = {{ value = '{PASSWORD}' }}");
        state.push_str("[[users]]\n");
        state.push_str(&person);
        state.push('\n');
    }
    state
}

/// A browser whose person is signed in, and has allowed what every client wants.
async fn signed_in(server: &Server) -> Result<Browser> {
    let mut browser = Browser::open(server.address).await?;
    for algorithm in ALGORITHMS {
        let mut page = browser.get(&authorization(algorithm)).await?;
        while page.code().is_none() {
            page = browser.fill_in(&page, "person-0", PASSWORD).await?;
        }
    }
    Ok(browser)
}

fn authorization(algorithm: &str) -> String {
    let challenge = URL_SAFE_NO_PAD.encode(Sha256::of(VERIFIER.as_bytes()).as_bytes());
    format!(
        "/authorize?response_type=code&client_id=bench-{algorithm}&redirect_uri={BACK}\
         &scope=openid&state=of-no-interest&nonce=of-no-interest&code_challenge={challenge}\
         &code_challenge_method=S256"
    )
}

/// The two requests of a code flow.
struct CodeFlow {
    authorization: Vec<u8>,
    client: String,
}

impl CodeFlow {
    fn of(algorithm: &str, browser: &Browser) -> Self {
        Self {
            authorization: wire::get_with(&authorization(algorithm), &browser.cookies()),
            client: basic(&format!("bench-{algorithm}"), SECRET),
        }
    }
}

/// Goes through one code flow after another. Returns how long each took.
async fn flows(
    mut connection: Connection,
    flow: Arc<CodeFlow>,
    until: Instant,
) -> Result<Vec<Duration>> {
    let mut waits = Vec::new();
    let mut began = Instant::now();
    while began < until {
        let answer = connection.send(&flow.authorization).await?;
        let code = code_of(&answer).ok_or("no code came back")?;
        let form = format!(
            "grant_type=authorization_code&code={code}&redirect_uri={BACK}&code_verifier={VERIFIER}"
        );
        let body = connection.exchange(&wire::post("/token", &flow.client, &form)).await?;
        if !str::from_utf8(body)?.contains(r#""id_token":""#) {
            return Err("no ID token came back".into());
        }
        let ended = Instant::now();
        waits.push(ended - began);
        began = ended;
    }
    Ok(waits)
}

/// Asks for discovery at rest, and while people sign in who never did before. Returns both, and how
/// long each sign-in took.
async fn rush(
    server: &Server,
    duration: Duration,
    round: usize,
) -> Result<([Sample; 2], Vec<Duration>)> {
    let rest = discovery(server, tokio::time::sleep(duration)).await?;
    let mut people = JoinSet::new();
    for number in 0..AT_ONCE {
        let mut browser = Browser::open(server.address).await?;
        let page = browser.get("/login").await?;
        let name = format!("person-{}", 1 + round * AT_ONCE + number);
        people.spawn(async move {
            let began = Instant::now();
            let page = browser.fill_in(&page, &name, PASSWORD).await?;
            if page.answer.status != 303 {
                return Err(format!("{name} could not sign in: {}", page.answer.status).into());
            }
            Result::Ok(began.elapsed())
        });
    }
    let mut sign_ins = Vec::new();
    let meanwhile = async {
        while let Some(took) = people.join_next().await {
            sign_ins.push(took);
        }
    };
    let busy = discovery(server, meanwhile).await?;
    let sign_ins: Result<Vec<_>> =
        sign_ins.into_iter().map(|took| took.map_err(Into::into).flatten()).collect();
    Ok(([rest, busy], sign_ins?))
}

/// Asks for discovery, again and again, until something is over.
async fn discovery(server: &Server, until: impl Future<Output = ()>) -> Result<Sample> {
    let mut connection = Connection::open(server.address).await?;
    let request = wire::get(DISCOVERY);
    let (mut waits, began) = (Vec::new(), Instant::now());
    let asking = async {
        loop {
            let asked = Instant::now();
            connection.exchange(&request).await?;
            waits.push(asked.elapsed());
        }
    };
    let failed: Option<Result<()>> = tokio::select! {
        failed = asking => Some(failed),
        () = until => None,
    };
    failed.transpose()?;
    Sample::without_cpu(waits, began.elapsed()).ok_or_else(|| "discovery never answered".into())
}
