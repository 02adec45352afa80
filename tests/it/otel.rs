//! Traces, in a build that can send them: what a collector gets, and what it never gets.

mod collector;

use serde_json::Value;

use crate::common::{
    Engine, TestDatabase,
    process::{Process, Program},
};

use self::collector::{Collector, Span};

const TRACE: &str = "4bf92f3577b34da6a3ce929d0e0e4736";
const PARENT: &str = "00f067aa0ba902b7";

/// A server that sends this part of its traces to `collector`.
async fn serve(database: &TestDatabase, collector: &str, sample: &str) -> (Program, Process) {
    let program = Program::on(database)
        .set("TESSERA_TRACING__OTLP_ENDPOINT", collector)
        .set("TESSERA_TRACING__SAMPLE", sample);
    let server = program.serve().await;
    (program, server)
}

/// Asks for a token as part of a trace that somebody else began.
async fn ask(server: &Process, basic: &str, traceparent: &str) -> String {
    let form = "grant_type=client_credentials";
    let request = format!(
        "POST /token HTTP/1.1\r\nhost: id.example\r\nauthorization: {basic}\r\n\
         traceparent: {traceparent}\r\ncontent-length: {}\r\n\
         content-type: application/x-www-form-urlencoded\r\n\r\n{form}",
        form.len()
    );
    let mut connection = server.connect().await.unwrap();
    let answer = connection.ask(&request).await.unwrap();
    assert_eq!(answer.status, 200, "{answer:?}");
    answer.header("x-request-id").unwrap().to_owned()
}

fn find<'s>(spans: &'s [Span], name: &str, trace: &str) -> &'s Span {
    let mut found = spans.iter().filter(|span| span.name == name && span.trace == trace);
    found.next().unwrap_or_else(|| panic!("no {name} of {trace} in {spans:#?}"))
}

#[tokio::test]
async fn a_request_is_traced_down_to_its_commit_and_sent_before_the_end() {
    for engine in [Engine::Sqlite, Engine::Postgres] {
        let database = TestDatabase::create(engine).await;
        let collector = Collector::start().await;
        let (program, mut server) = serve(&database, &collector.address(), "1").await;
        let client = program.add_machine("mailer");
        let chosen = ["client", "add", "chosen", "--secret-from", "-"];
        program.run(&chosen, "correct-horse-battery");

        let parent = format!("00-{TRACE}-{PARENT}-01");
        let id = ask(&server, &client.basic(), &parent).await;
        let chosen = crate::common::TestClient {
            id: tessera::model::client_id::ClientId::parse("chosen").unwrap(),
            secret: "correct-horse-battery".to_owned(),
        };
        let token = server.connect().await.unwrap().token(&chosen).await.unwrap();
        server.terminate();
        assert!(server.ended().await.success(), "{}", server.log());

        let spans = collector.spans();
        let request = find(&spans, "POST /token", TRACE);
        assert_eq!(request.parent, PARENT);
        assert_eq!(request.attribute("http.route"), Some("/token"));
        assert_eq!(request.attribute("http.response.status_code"), Some("200"));
        assert_eq!(request.attribute("request.id"), Some(id.as_str()));
        let write = find(&spans, "store.write", TRACE);
        assert_eq!(write.parent, request.id);
        let commit = find(&spans, "store.commit", TRACE);
        assert_eq!(
            (commit.parent.as_str(), commit.attribute("commands")),
            (write.id.as_str(), Some("1"))
        );
        let read = find(&spans, "store.read", TRACE);
        assert_eq!(find(&spans, "store.look", TRACE).parent, read.id);
        // Another was made when the secret was: for nobody's request.
        let mut hashes = spans.iter().filter(|span| span.name == "hash" && !span.parent.is_empty());
        let hash = hashes.next().unwrap();
        assert_ne!(hash.trace, TRACE);
        assert_eq!(hash.parent, find(&spans, "POST /token", &hash.trace).id);
        collector.assert_holds_none_of(&[&token, &client.secret, &client.basic(), "correct-horse"]);
        assert_log_names_the_request(&server, &id);
        database.remove().await;
    }
}

/// The spans of traces do not push the log's own aside.
fn assert_log_names_the_request(server: &Process, id: &str) {
    let log = server.log();
    let events = log.lines().map(|line| serde_json::from_str::<Value>(line).unwrap());
    let of_request = events.filter(|line| line["span"]["request.id"] == id);
    let names: Vec<_> = of_request.map(|line| line["event"].as_str().unwrap().to_owned()).collect();
    assert_eq!(names, ["token.issued", "request.answered"]);
}

#[tokio::test]
async fn whoever_began_a_trace_decides_whether_it_is_sent() {
    let database = TestDatabase::create(Engine::Sqlite).await;
    let collector = Collector::start().await;
    let (program, mut server) = serve(&database, &collector.address(), "0").await;
    let client = program.add_machine("mailer");

    ask(&server, &client.basic(), "").await;
    ask(&server, &client.basic(), &format!("00-{TRACE}-{PARENT}-00")).await;
    ask(&server, &client.basic(), &format!("00-{}-{PARENT}-01", TRACE.to_uppercase())).await;
    ask(&server, &client.basic(), &format!("00-{}1-{PARENT}-01", &TRACE[1..])).await;
    server.terminate();
    assert!(server.ended().await.success());

    let spans = collector.spans();
    let traces: Vec<_> = spans.iter().map(|span| span.trace.as_str()).collect();
    assert!(!traces.is_empty() && traces.iter().all(|trace| *trace == format!("{}1", &TRACE[1..])));
    database.remove().await;
}

#[tokio::test]
async fn without_its_collector_a_server_serves_and_stops_as_ever() {
    let database = TestDatabase::create(Engine::Sqlite).await;
    let nobody = {
        let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
        format!("http://{}", listener.local_addr().unwrap())
    };
    let (program, mut server) = serve(&database, &nobody, "1").await;
    let client = program.add_machine("mailer");

    ask(&server, &client.basic(), "").await;
    server.terminate();

    assert!(server.ended().await.success(), "{}", server.log());
    assert!(server.log().contains("traces.not_sent"), "{}", server.log());
    database.remove().await;
}
