//! A run through everything that can be asked, with proofs that hold, with others, and with secrets
//! and tokens where they do not belong.

use std::{
    io::{Read, Write},
    net::TcpStream,
};

use tessera::model::client_id::ClientId;

use crate::common::{
    Engine, TestClient, TestDatabase,
    http::HttpConnection,
    process::{Process, Program},
    until::until,
};

use super::Log;

/// What somebody chose, and what they mistyped.
const CHOSEN: &str = "correct-horse-battery";
const MISTYPED: &str = "correct-horse-batery";

type Events = &'static [&'static str];

const ACTIVE: Events = &["introspection.active"];
const INACTIVE: Events = &["introspection.inactive"];
const IDLE: Events = &["revocation.idle"];

/// One request, and what is logged of it besides that it was answered.
struct Asked {
    id: String,
    what: &'static str,
    events: Events,
}

/// Asks, and remembers what has to be logged of it.
struct Asking {
    connection: HttpConnection,
    asked: Vec<Asked>,
}

impl Asking {
    async fn post(
        &mut self,
        (what, events): (&'static str, Events),
        path: &str,
        authorization: Option<&str>,
        form: &str,
    ) -> String {
        let authorization =
            authorization.map_or(String::new(), |value| format!("authorization: {value}\r\n"));
        let request = format!(
            "POST {path} HTTP/1.1\r\nhost: id.example\r\n{authorization}\
             content-type: application/x-www-form-urlencoded\r\ncontent-length: {}\r\n\r\n{form}",
            form.len()
        );
        self.ask((what, events), &request).await
    }

    async fn ask(&mut self, expected: (&'static str, Events), request: &str) -> String {
        let (what, events) = expected;
        let answer = self.connection.ask(request).await.unwrap();
        let id = answer.header("x-request-id").unwrap().to_owned();
        self.asked.push(Asked { id, what, events });
        answer.body
    }

    async fn token(&mut self, client: &TestClient) -> String {
        let grant = "grant_type=client_credentials";
        let expected: (_, Events) = ("a token", &["token.issued"]);
        let body = self.post(expected, "/token", Some(&client.basic()), grant).await;
        let body: serde_json::Value = serde_json::from_str(&body).unwrap();
        body["access_token"].as_str().unwrap().to_owned()
    }
}

#[tokio::test]
async fn on_sqlite_every_decision_is_logged_once_and_no_secret_ever() {
    run_through(Engine::Sqlite).await;
}

#[tokio::test]
async fn on_postgres_every_decision_is_logged_once_and_no_secret_ever() {
    run_through(Engine::Postgres).await;
}

async fn run_through(engine: Engine) {
    let database = TestDatabase::create(engine).await;
    let program = Program::on(&database);
    let mut server = program.serve().await;
    let mailer = program.add_machine("mailer");
    let other = program.add_machine("other");
    program.run(&["client", "add", "chosen", "--kind", "machine", "--secret-from", "-"], CHOSEN);
    let mut asking = Asking { connection: server.connect().await.unwrap(), asked: Vec::new() };

    let tokens = [asking.token(&mailer).await, asking.token(&mailer).await];
    ask_about_tokens(&mut asking, &mailer, &other, &tokens).await;
    ask_without_proof(&mut asking, &mailer, &tokens[1]).await;
    ask_what_makes_no_sense(&mut asking, &mailer, &tokens[1]).await;
    ask_openly(&mut asking).await;
    guess(&mut asking).await;
    say_no_http(&server, &tokens[1]);
    let asked = asking.asked;
    drop(asking.connection);
    server.terminate();
    assert!(server.ended().await.success());

    let whole = server.log();
    let secrets = [&mailer.secret, &other.secret, &tokens[0], &tokens[1]];
    for secret in secrets.iter().map(|secret| secret.as_str()).chain([CHOSEN, MISTYPED]) {
        assert!(!whole.contains(secret), "{secret} in {whole}");
        // Nor the greater part of it.
        assert!(!whole.contains(&secret[..secret.len() - 3]), "{secret} in {whole}");
    }
    assert!(!whole.contains(&mailer.basic()) && !whole.contains(&other.basic()));
    let log = Log::of(&server);
    assert_requests_are_logged_once(&log, &asked);
    assert_the_rest_is_logged_once(&log, engine);
    drop(server);
    database.remove().await;
}

async fn ask_about_tokens(
    asking: &mut Asking,
    mailer: &TestClient,
    other: &TestClient,
    [revoked, kept]: &[String; 2],
) {
    let (mailer, other) = (mailer.basic(), other.basic());
    let (first, second) = (format!("token={revoked}"), format!("token={kept}"));
    // A letter too many.
    let mistyped = format!("token={kept}x");
    for (what, events, path, who, form) in [
        ("seen", ACTIVE, "/introspect", &mailer, &first),
        ("hidden", INACTIVE, "/introspect", &other, &first),
        ("mistyped", INACTIVE, "/introspect", &mailer, &mistyped),
        ("foreign", &["revocation.refused"], "/revoke", &other, &first),
        ("revoked", &["revocation.done"], "/revoke", &mailer, &first),
        ("again", IDLE, "/revoke", &mailer, &first),
        ("mistyped", IDLE, "/revoke", &mailer, &mistyped),
        ("ended", INACTIVE, "/introspect", &mailer, &first),
        ("another", ACTIVE, "/introspect", &mailer, &second),
    ] {
        asking.post((what, events), path, Some(who), form).await;
    }
}

async fn ask_without_proof(asking: &mut Asking, mailer: &TestClient, token: &str) {
    let secret = &mailer.secret;
    let refused: Events = &["client.refused"];
    let swapped = TestClient { id: ClientId::parse(secret).unwrap(), secret: "mailer".to_owned() };
    let mistyped = TestClient { secret: format!("{secret}x"), ..mailer.clone() };
    let grant = "grant_type=client_credentials";
    for (what, authorization, form) in [
        ("mistyped", Some(mistyped.basic()), grant.to_owned()),
        ("name and secret swapped", Some(swapped.basic()), grant.to_owned()),
        ("the secret for a name", None, format!("{grant}&client_id={secret}")),
        ("a token for a name", None, format!("{grant}&client_id={token}")),
        ("another method", None, format!("client_id=mailer&client_secret={secret}")),
        ("a token as proof", Some(format!("Bearer {token}")), grant.to_owned()),
        ("a secret as assertion", None, assertion(secret)),
        ("no name", None, grant.to_owned()),
    ] {
        asking.post((what, refused), "/token", authorization.as_deref(), &form).await;
    }
}

fn assertion(jwt: &str) -> String {
    format!(
        "client_assertion_type=urn%3Aietf%3Aparams%3Aoauth%3Aclient-assertion-type%3Ajwt-bearer\
         &client_assertion={jwt}"
    )
}

async fn ask_what_makes_no_sense(asking: &mut Asking, mailer: &TestClient, token: &str) {
    let (basic, secret) = (mailer.basic(), &mailer.secret);
    let refused: Events = &["token.refused"];
    for form in [
        format!("grant_type={token}"),
        format!("grant_type=client_credentials&scope={token}"),
        format!("grant_type=client_credentials&scope=\"{secret}\""),
        format!("grant_type=client_credentials&resource={token}"),
        String::new(),
    ] {
        asking.post(("no such token", refused), "/token", Some(&basic), &form).await;
    }
    for (path, form) in [
        (format!("/token?client_secret={secret}"), String::new()),
        (format!("/introspect?token={token}"), String::new()),
        (format!("/wherever/{token}"), String::new()),
        ("/token".to_owned(), format!("{token}={token}&{token}={token}")),
        ("/introspect".to_owned(), token.to_owned()),
        ("/revoke".to_owned(), format!("tokenn={token}")),
        ("/jwks.json".to_owned(), format!("token={token}")),
    ] {
        asking.post(("no sense", &[]), &path, Some(&basic), &form).await;
    }
    let json = format!("{{\"client_secret\":\"{secret}\"}}");
    let request = format!(
        "POST /token HTTP/1.1\r\nhost: id.example\r\ncontent-type: application/json\r\n\
         x-request-id: {token}\r\ntraceparent: {token}\r\ncookie: {secret}\r\n\
         content-length: {}\r\n\r\n{json}",
        json.len()
    );
    asking.ask(("no form", &[]), &request).await;
}

async fn ask_openly(asking: &mut Asking) {
    for path in [
        "/",
        "/healthz",
        "/readyz",
        "/jwks.json",
        "/.well-known/openid-configuration",
        "/.well-known/oauth-authorization-server",
    ] {
        let request = format!("GET {path} HTTP/1.1\r\nhost: id.example\r\n\r\n");
        asking.ask(("open to all", &[]), &request).await;
    }
}

/// Until guessing is slowed down.
async fn guess(asking: &mut Asking) {
    let client = TestClient { id: ClientId::parse("chosen").unwrap(), secret: MISTYPED.to_owned() };
    for number in 0..11 {
        let events: Events = if number < 10 { &["client.refused"] } else { &["client.not_judged"] };
        let form = "grant_type=client_credentials";
        asking.post(("a guess", events), "/token", Some(&client.basic()), form).await;
    }
}

/// What the HTTP library itself refuses, before it is a request.
fn say_no_http(server: &Process, token: &str) {
    let log = server.log();
    let mut events = log.lines().filter_map(|line| serde_json::from_str(line).ok());
    let address =
        events.find_map(|line: serde_json::Value| Some(line["listen"].as_str()?.to_owned()));
    let mut stream = TcpStream::connect(address.unwrap()).unwrap();
    stream.write_all(format!("{token} {token}\r\n\r\n").as_bytes()).unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).unwrap();
    assert!(answer.starts_with("HTTP/1.1 400"), "{answer}");
}

fn assert_requests_are_logged_once(log: &Log, asked: &[Asked]) {
    let by_request = log.by_request();
    assert_eq!(by_request.len(), asked.len());
    for Asked { id, what, events } in asked {
        let expected: Vec<_> = events.iter().copied().chain(["request.answered"]).collect();
        assert_eq!(by_request[id.as_str()], expected, "{what}");
    }
}

fn assert_the_rest_is_logged_once(log: &Log, engine: Engine) {
    let (sqlite, postgres) =
        (usize::from(engine == Engine::Sqlite), usize::from(engine == Engine::Postgres));
    for (event, times) in [
        ("server.ready", 1),
        ("key.made", 1),
        ("envelope_key.made", 1),
        ("master_key.made", sqlite),
        ("node.joined", postgres),
        ("node.hears", postgres),
        ("node.left", postgres),
        ("server.stopping", 1),
        ("server.stopped", 1),
        ("connection.broken", 1),
        // On PostgreSQL a command writes to the database by itself.
        ("audit", 3 * sqlite),
        ("failed", 0),
    ] {
        assert_eq!(log.count(event), times, "{event}");
    }
    let lines = log.0.iter().filter(|line| line["target"].as_str().unwrap().starts_with("tessera"));
    for line in lines {
        assert!(line["event"].is_string() && line["message"].is_string(), "{line}");
        // Readable alone: what is in the fields is in the text.
        for id in ["client.id", "token.entry", "node.id", "audit.target", "key.id"] {
            let shown = line[id].as_str().unwrap_or_default();
            assert!(line["message"].as_str().unwrap().contains(shown), "{id} in {line}");
        }
    }
}

#[tokio::test]
async fn what_a_sweep_deleted_is_logged_once() {
    let database = TestDatabase::create(Engine::Sqlite).await;
    let program = Program::on(&database)
        .set("TESSERA_SWEEP__INTERVAL", "1s")
        .set("TESSERA_TOKENS__LIFETIMES__ACCESS", "1s")
        .set("TESSERA_TOKENS__KEEP_ENDED", "0s");
    let server = program.serve().await;
    let client = program.add_machine("mailer");
    let mut connection = server.connect().await.unwrap();
    connection.token(&client).await.unwrap();
    connection.token(&client).await.unwrap();

    until("swept", async || {
        let log = Log::of(&server);
        let swept = log.0.iter().filter(|line| line["event"] == "sweep.done");
        swept.map(|line| line["rows"].as_u64().unwrap()).sum::<u64>() == 2
    })
    .await;

    drop(server);
    database.remove().await;
}
