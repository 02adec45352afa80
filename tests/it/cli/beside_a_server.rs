//! Commands on an SQLite file that a server has open: the server runs them, and nobody notices.

use std::{
    io::{Read, Write},
    os::unix::net::UnixStream,
};

use serde_json::json;

use super::program::{Done, Place};
use crate::common::Engine;

/// A declared file on standard input.
const DECLARED: &str = "clients = [{ client_id = 'declared', secrets = [{ generate = true }] }]";

/// Commands that come one after the other, each with its standard input. `{token}` stands for the
/// first token that was issued, `{entry}` for its entry, `{hint}` for the first secret's.
const LINES: &[(&str, &str)] = &[
    ("client list", ""),
    ("client add mailer --scope a --json", ""),
    ("client add mailer", ""),
    ("client add chosen --secret-from -", "correct horse battery\n"),
    ("client add file --secret-from secret.txt", ""),
    ("client add file --secret-from none.txt", ""),
    ("client list", ""),
    ("client list --json", ""),
    ("client set mailer --access-lifetime 15m", ""),
    ("client set mailer", ""),
    ("client show mailer", ""),
    ("client rotate-secret mailer --overlap 7d", ""),
    ("client show mailer --json", ""),
    ("client retire-secret mailer {hint}", ""),
    ("client retire-secret mailer {hint}", ""),
    ("client disable chosen", ""),
    ("client disable chosen", ""),
    ("client enable chosen", ""),
    ("resource-server list", ""),
    ("resource-server add https://api.example --scope a", ""),
    ("resource-server set https://api.example --introspector mailer", ""),
    ("resource-server list", ""),
    ("resource-server list --json", ""),
    ("resource-server show https://api.example", ""),
    ("consent list nobody", ""),
    ("consent remove nobody mailer --yes", ""),
    ("token issue --client mailer --json", ""),
    ("token issue --client mailer --resource https://api.example", ""),
    ("token issue --client mailer --scope z", ""),
    ("token list", ""),
    ("token list --json", ""),
    ("token list --limit 1 --client mailer", ""),
    ("token show {entry}", ""),
    ("token show tok_0000000000000 --json", ""),
    ("token inspect -", "{token}"),
    ("token inspect - --json", "{token}"),
    ("token inspect secret.txt", ""),
    ("token revoke {entry} --dry-run", ""),
    ("token revoke -", "{token}"),
    ("token revoke {entry}", ""),
    ("token inspect -", "{token}"),
    ("audit verify", ""),
    ("key list", ""),
    ("key list --json", ""),
    ("key rotate --dry-run", ""),
    ("key rotate", ""),
    ("key rotate", ""),
    ("key rotate ES256 --now", ""),
    ("key rotate EdDSA", ""),
    ("key rotate --now --json", ""),
    ("key withdraw none --yes", ""),
    ("key list", ""),
    ("key rewrap --dry-run", ""),
    ("key rewrap --new-key -", "AAAA"),
    ("key rewrap --new-key secret.txt", ""),
    ("key rewrap --new-key none.key", ""),
    ("key rewrap --new-key -", "KioqKioqKioqKioqKioqKioqKioqKioqKioqKioqKio="),
    ("key rewrap --new-key -", "KioqKioqKioqKioqKioqKioqKioqKioqKioqKioqKio="),
    ("key rewrap --json", ""),
    ("db status", ""),
    ("db status --json", ""),
    ("db migrate", ""),
    ("db migrate --json", ""),
    ("db backup b.db", ""),
    ("db backup b.db", ""),
    ("db backup b.db --force --json", ""),
    ("db backup nowhere/there/../b.db --json", ""),
    ("db restore --in-place", ""),
    ("db restore --in-place --yes", ""),
    ("db restore --in-place --yes --json", ""),
    ("db sweep --dry-run", ""),
    ("db sweep", ""),
    ("apply - --dry-run", DECLARED),
    ("apply -", DECLARED),
    ("apply -", DECLARED),
    ("apply - --json", "clients = [{ client_id = 'x', kind = 'y' }]"),
    ("apply - --prune", "clients = []"),
    ("export --only resource_servers,scopes", ""),
    ("export --only resource_servers,scopes --json", ""),
    ("audit search action:client.*", ""),
    // A server seals what was written meanwhile, so nobody is named of whom there is anything.
    ("audit search client:nobody --json", ""),
    ("audit search acton:x", ""),
    ("client delete mailer", ""),
    ("client delete mailer --yes", ""),
    ("resource-server delete https://api.example --yes --quiet", ""),
    ("client show mailer", ""),
];

/// Runs every line; returns how each ended, without what differs from run to run.
fn run_all(place: &Place, beside_a_server: bool) -> Vec<String> {
    place.write("secret.txt", "correct horse battery\n");
    let (mut token, mut entry, mut hint) = (String::new(), String::new(), String::new());
    let mut all = Vec::new();
    for (template, input) in LINES {
        let line = template.replace("{entry}", &entry).replace("{hint}", &hint);
        let input = input.replace("{token}", &token);
        let done = place.run_with(&line.split(' ').collect::<Vec<_>>(), &input);
        let object = done.objects_if_any();
        if let Some(text) = object["access_token"].as_str() {
            text.clone_into(&mut token);
            object["entry"].as_str().unwrap().clone_into(&mut entry);
        }
        if let Some(text) = object["client_secret"].as_str().filter(|_| hint.is_empty()) {
            text[41..].clone_into(&mut hint);
        }
        let note = "through the running server\n";
        let speaks = !line.contains("--json") && !line.contains("--quiet");
        assert_eq!(done.err.contains(note), beside_a_server && speaks, "{line}: {}", done.err);
        let err = done.err.replace(note, "");
        let [out, err] = [&done.out, &err].map(|text| blurred(text, &hint));
        all.push(format!("{template}\n= {}\n{out}\n{err}", done.code));
    }
    all
}

/// Text without what differs from run to run: words with digits in them, spans of time, hints.
fn blurred(text: &str, hint: &str) -> String {
    let mut before = "";
    let mut kept = Vec::new();
    for word in text.split([' ', '\n', ',', ':']).filter(|word| !word.is_empty()) {
        let is_hint = ["ends", "(ends", "as", "new", "\"hint\""].contains(&before);
        let differs = word.contains(|c: char| c.is_ascii_digit()) || word.len() > 40;
        let is_span = ["now", "s", "min", "ago"].contains(&word);
        let names_hint = !hint.is_empty() && word.contains(hint);
        if !(differs || is_span || is_hint || names_hint) {
            kept.push(word);
        }
        before = word;
    }
    kept.join(" ")
}

impl Done {
    fn objects_if_any(&self) -> serde_json::Value {
        serde_json::from_str(&self.out).unwrap_or_default()
    }
}

#[tokio::test]
async fn every_command_answers_the_same_beside_a_server() {
    let mut alone = Place::new(Engine::Sqlite).await;
    let mut beside = Place::new(Engine::Sqlite).await;
    for place in [&mut alone, &mut beside] {
        place.set("TESSERA_SERVER__ISSUER", "http://127.0.0.1:1234");
    }
    // A command that makes the store says so, which is nothing to compare.
    alone.serve();
    let server = beside.serve();

    let (without, with) = (run_all(&alone, false), run_all(&beside, true));

    for (one, other) in without.iter().zip(&with) {
        let [one, other] = [(one, &alone), (other, &beside)]
            .map(|(text, place)| text.replace(place.database.folder.to_str().unwrap(), "#"));
        assert_eq!(one, other);
    }
    drop(server);
    alone.database.remove().await;
    beside.database.remove().await;
}

#[tokio::test]
async fn commands_on_postgres_need_no_server_to_run_them() {
    let place = Place::new(Engine::Postgres).await;
    let server = place.serve();

    let done = place.run("client add mailer").expect(0);

    assert!(!done.err.contains("through the running server"), "{}", done.err);
    drop(server);
    place.database.remove().await;
}

#[tokio::test]
async fn a_secret_that_did_not_arrive_says_what_to_do_beside_a_server_too() {
    let place = Place::new(Engine::Sqlite).await;
    let server = place.serve();

    let done = place.run_into_nothing("client add mailer").expect(3);

    assert!(done.err.contains("tessera client rotate-secret mailer --overlap 0s"), "{}", done.err);
    drop(server);
    place.database.remove().await;
}

#[tokio::test]
async fn commands_at_the_same_time_wait_for_each_other() {
    let place = Place::with_store(Engine::Sqlite).await;

    std::thread::scope(|scope| {
        let place = &place;
        for number in 0..6 {
            scope.spawn(move || place.run(&format!("client add client-{number}")).expect(0));
        }
    });

    assert_eq!(place.run("client list --json").expect(0).objects().len(), 6);
    place.database.remove().await;
}

#[tokio::test]
async fn a_command_of_another_version_is_told_so() {
    let place = Place::new(Engine::Sqlite).await;
    let server = place.serve();
    let mut stream = UnixStream::connect(place.database.folder.join("tessera.db.sock")).unwrap();

    stream.write_all(b"{\"version\": \"9.0.0\", \"new\": true}\n").unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).unwrap();

    assert!(
        answer.contains("restart the server") && answer.ends_with("{\"exit\":3}\n"),
        "{answer}"
    );
    drop(server);
    place.database.remove().await;
}

#[tokio::test]
async fn a_mass_revocation_stops_when_whoever_gave_it_hangs_up() {
    let place = Place::new(Engine::Sqlite).await;
    let server = place.serve();
    place.run("client add mailer").expect(0);
    place.run("token issue --client mailer").expect(0);
    let mut stream = UnixStream::connect(place.database.folder.join("tessera.db.sock")).unwrap();
    let words = ["tessera", "token", "revoke", "--yes", "--filter", "client:mailer type:access"];
    let look = json!({"colour": false, "utf8": false});
    let facts = json!({
        "can_ask": false, "err_is_terminal": false, "width": null, "out": look, "err": look,
        "manner": "full", "folder": null, "user": "ingrid",
        "zone": {"first": {"offset": 0, "name": "UTC"}, "changes": [], "rule": null},
    });
    let version = env!("CARGO_PKG_VERSION");
    let command = json!({"version": version, "arguments": words, "facts": facts});

    stream.write_all(format!("{command}\n").as_bytes()).unwrap();
    stream.shutdown(std::net::Shutdown::Write).unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).unwrap();

    assert!(answer.contains("Stopped. Revoked 0 tokens until then"), "{answer}");
    assert!(answer.ends_with("{\"exit\":5}\n"), "{answer}");
    let living = place.run("token list status:active --json").expect(0).objects();
    assert_eq!(living.len(), 1);
    drop(server);
    place.database.remove().await;
}

#[tokio::test]
async fn nonsense_on_the_socket_is_ignored() {
    let place = Place::new(Engine::Sqlite).await;
    let server = place.serve();
    let socket = place.database.folder.join("tessera.db.sock");

    for nonsense in [&b"hello\n"[..], b"\xff\n", b"{", &vec![b'['; 2 * 1024 * 1024]] {
        let mut stream = UnixStream::connect(&socket).unwrap();
        // It may hang up before all is written.
        let _ = stream.write_all(nonsense);
        let _ = stream.shutdown(std::net::Shutdown::Write);
        let mut answer = Vec::new();
        let _ = stream.read_to_end(&mut answer);
        assert_eq!(answer, b"");
    }

    place.run("client list").expect(0);
    drop(server);
    place.database.remove().await;
}

#[tokio::test]
async fn a_server_in_a_deep_folder_takes_commands_too() {
    let mut place = Place::new(Engine::Sqlite).await;
    let deep = place.database.folder.join("deep".repeat(30));
    place.set("TESSERA_STORE__URL", &format!("sqlite:{}/tessera.db", deep.display()));
    let server = place.serve();

    let done = place.run("client list").expect(0);

    assert!(done.err.contains("through the running server"), "{}", done.err);
    assert!(deep.join("tessera.db.sock").exists());
    assert_eq!(server.end_by("TERM").0, Some(0));
    assert!(!deep.join("tessera.db.sock").exists());
    place.database.remove().await;
}
