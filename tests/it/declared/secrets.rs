//! The secrets of declared clients.

use std::time::Duration;

use tessera::{
    acts::{declared, secrets},
    model::client_id::ClientId,
};

use super::{applied, apply, export, file_with, lines, options};
use crate::common::{TestClient, TestServer, on_each_engine, server::operator};

on_each_engine!(
    a_drawn_secret_opens_and_is_drawn_once,
    a_given_secret_opens_and_stays_as_it_is,
    a_secret_that_was_drawn_before_is_known_again,
    an_end_is_set_and_taken_away_only_on_request,
    what_has_ended_is_not_brought_back,
    a_secret_known_by_its_hint_is_left_alone,
    a_secret_travels_by_its_hash,
    a_client_without_secrets_is_told_of,
);

const FORM: &str = "grant_type=client_credentials";

fn client(secret: &str) -> TestClient {
    TestClient { id: ClientId::parse("a").unwrap(), secret: secret.to_owned() }
}

async fn opens(server: &TestServer, secret: &str) -> bool {
    server.post("/token", &client(secret), FORM).await.status == 200
}

async fn a_drawn_secret_opens_and_is_drawn_once(server: TestServer) {
    let text = "clients = [{ client_id = 'a', secrets = [{ generate = true }] }]";

    let (_, shown) = applied(&server.app, text, false).await.unwrap();
    let (again, none) = applied(&server.app, text, true).await.unwrap();

    assert_eq!(shown[0].client_id.as_str(), "a");
    assert!(opens(&server, shown[0].secret.expose()).await);
    assert!(again.is_empty() && none.is_empty());
}

async fn a_given_secret_opens_and_stays_as_it_is(server: TestServer) {
    let text =
        |secret| format!("clients = [{{ client_id = 'a', secrets = [{{ value = '{secret}' }}] }}]");
    apply(&server.app, &text("correct horse battery")).await;
    let before = export(&server.app, true).await;

    assert!(apply(&server.app, &text("correct horse battery")).await.is_empty());

    assert!(opens(&server, "correct horse battery").await);
    assert_eq!(export(&server.app, true).await, before);
    assert!(!before.contains("horse"));
    let another = apply(&server.app, &text("another horse battery")).await;
    assert_eq!(another, ["change client a: secret none -> as given"]);
    assert!(opens(&server, "correct horse battery").await, "both work until one is removed");
    let differences = applied(&server.app, &text("another horse battery"), true).await.unwrap().0;
    assert_eq!(differences.len(), 1, "{differences:?}");
    assert!(!opens(&server, "correct horse battery").await);
    assert!(opens(&server, "another horse battery").await);
}

async fn a_secret_that_was_drawn_before_is_known_again(server: TestServer) {
    let drawn = server.machine("a", "").await.secret;
    let text = "clients = [{ client_id = 'a', secrets = [{ env = 'DRAWN' }] }]";

    let reading = declared::read(&[file_with(text, &drawn)], server.now());
    let plan = declared::plan(&server.app, reading, &options(&server.app, true)).await.unwrap();

    assert!(lines(&plan).is_empty(), "{:?}", lines(&plan));
}

async fn an_end_is_set_and_taken_away_only_on_request(server: TestServer) {
    let text = |end: &str| {
        format!(
            "clients = [{{ client_id = 'a', secrets = [{{ value = 'correct horse battery'{end} }}] }}]"
        )
    };
    apply(&server.app, &text("")).await;

    let set = apply(&server.app, &text(", expires_at = 2027-01-16T08:00:00+00:00")).await;
    assert_eq!(set.len(), 1);
    assert!(set[0].ends_with("works -> works, until 2027-01-16T08:00:00Z"), "{set:?}");
    let same = ", expires_at = '2027-01-16T09:00:00+01:00'";
    assert!(apply(&server.app, &text(same)).await.is_empty());
    assert!(apply(&server.app, &text("")).await.is_empty(), "silence leaves it");

    let never = apply(&server.app, &text(", expires_at = 'never'")).await;
    assert!(never[0].ends_with("until 2027-01-16T08:00:00Z -> works"), "{never:?}");
}

async fn what_has_ended_is_not_brought_back(server: TestServer) {
    let text = |end: &str| {
        format!(
            "clients = [{{ client_id = 'a', secrets = [{{ value = 'correct horse battery'{end} }}] }}]"
        )
    };
    apply(&server.app, &text(", expires_at = 2027-01-16T08:00:00Z")).await;
    server.advance(Duration::from_hours(24));

    for end in ["", ", expires_at = 'never'", ", expires_at = 2030-01-01T00:00:00Z"] {
        let plan = super::planned(&server.app, &text(end), false).await.unwrap();

        assert!(!plan.differs());
        assert!(
            plan.notes.iter().any(|note| note.contains("not brought back")),
            "{:?}",
            plan.notes
        );
    }
    assert!(!opens(&server, "correct horse battery").await);
}

async fn a_secret_known_by_its_hint_is_left_alone(server: TestServer) {
    let drawn = server.machine("a", "").await.secret;
    let hint = &drawn[drawn.len() - 6..];
    let text = format!("clients = [{{ client_id = 'a', secrets = [{{ hint = '{hint}' }}] }}]");
    let overlap = Duration::from_hours(1);
    let id = ClientId::parse("a").unwrap();

    assert!(applied(&server.app, &text, true).await.unwrap().0.is_empty());

    let new = secrets::rotate(&server.app, &operator(), &id, overlap, None).await.unwrap();
    assert!(apply(&server.app, &text).await.is_empty());
    let pruned = applied(&server.app, &text, true).await.unwrap().0;
    assert_eq!(pruned, [format!("change client a: secret {} works -> none", new.hint)]);
    let told = super::faults(
        &server.app,
        "clients = [{ client_id = 'a', secrets = [{ hint = 'nobody' }] }]",
    );
    assert!(told.await[0].contains("no secret known by that"));
}

async fn a_secret_travels_by_its_hash(server: TestServer) {
    let other = TestServer::on(server.database().engine).await;
    let (drawn, chosen) = (server.machine("a", "").await, "correct horse battery");
    let id = ClientId::parse("a").unwrap();
    let given = Some(tessera::model::secret::Secret::new(chosen.to_owned()));
    secrets::rotate(&server.app, &operator(), &id, Duration::from_hours(1), given).await.unwrap();

    let text = export(&server.app, true).await;
    apply(&other.app, &text).await;

    assert!(opens(&other, &drawn.secret).await && opens(&other, chosen).await);
    assert!(!text.contains(&drawn.secret) && !text.contains(chosen));
    other.advance(Duration::from_hours(1));
    assert!(!opens(&other, &drawn.secret).await, "its end came along");
    assert_eq!(export(&other.app, true).await.matches("verifier").count(), 1);
    other.database().remove().await;
}

async fn a_client_without_secrets_is_told_of(server: TestServer) {
    let plan = super::planned(&server.app, "clients = [{ client_id = 'a' }]", false).await.unwrap();

    assert!(plan.notes[0].starts_with("a has no live secret"), "{:?}", plan.notes);
}
