//! The audit log, from the command line.

use std::{
    io::{BufRead, BufReader, Read},
    process::Command,
};

use super::program::{Place, stores};
use crate::common::Engine;

#[tokio::test]
async fn the_log_is_searched_and_checked() {
    for engine in stores() {
        let place = Place::with_store(engine).await;
        place.run("client add mailer --scope a --grant client_credentials").expect(0);
        place.run("client disable mailer").expect(0);

        let found = place.run("audit search client:mailer --json").expect(0).objects();
        let actions: Vec<_> = found.iter().map(|event| event["action"].clone()).collect();
        assert_eq!(actions, ["client.disabled", "client.added"]);
        let shown = place.run("audit search action:client.* --oldest-first").expect(0);
        let first = shown.out.lines().next().unwrap();
        assert!(first.contains("client.added") && first.contains("mailer by cli:"), "{shown:?}");
        let page = place.run("audit search --limit 1").expect(0);
        assert!(page.err.contains("Next page: --from "), "{page:?}");
        let none = place.run("audit search address:192.0.2.1").expect(0);
        assert!(none.out.is_empty() && none.err.contains("No event matches"), "{none:?}");
        let wrong = place.run("audit search acton:x action:client.aded").expect(2);
        assert!(wrong.err.contains("write client.added"), "{wrong:?}");
        place.run("audit search --refused").expect(0);
        place.run("audit search --all --json").expect(0);
        let told = place.run("audit search action:audit.exported --json").expect(0).objects();
        assert_eq!(told.len(), 1);

        let whole = place.run("audit verify --json").expect(0).objects().remove(0);
        assert_eq!((&whole["whole"], &whole["sequence"]), (&true.into(), &0.into()));
        let shown = place.run("audit verify").expect(0);
        assert!(shown.out.contains("Nothing is missing or changed"), "{shown:?}");
        place.run("audit verify --noted 7").expect(2);
        let noted = format!("audit verify --noted 7:{}", "0".repeat(64));
        let cut = place.run(&noted).expect(1);
        assert!(cut.out.contains("Events #1 to #7 are missing"), "{cut:?}");
        place.database.remove().await;
    }
}

#[tokio::test]
async fn what_others_wrote_is_inert_on_the_terminal() {
    let place = Place::with_store(Engine::Sqlite).await;
    place.run("client add mailer --scope a").expect(0);
    let hostile = "UPDATE audit SET target = 'x' || char(27) || '[31m' || char(10) || char(8238),
                                    reason = char(7) || 'y'";
    place.database.execute(hostile).await;

    let shown = place.run("audit search action:client.added").expect(0);

    let is_harmful = |c: char| (c.is_control() && c != '\n') || c == '\u{202e}';
    assert!(!shown.out.contains(is_harmful), "{shown:?}");
    assert_eq!(shown.out.lines().count(), 1, "{shown:?}");
    let object = place.run("audit search action:client.added --json").expect(0).objects();
    assert_eq!(object[0]["reason"], "\u{7}y");
    place.database.remove().await;
}

#[tokio::test]
async fn whoever_follows_the_log_sees_what_comes_and_is_told_the_count() {
    for engine in stores() {
        let place = Place::new(engine).await;
        let server = place.serve();
        place.run("client add before --scope a").expect(0);
        let mut tail = place.begin("audit tail action:client.* --not client.disabled");
        let mut lines = BufReader::new(tail.stdout.take().unwrap()).lines();
        assert!(lines.next().unwrap().unwrap().contains("before by cli:"));
        place.run("client disable before").expect(0);
        place.run("client add other --scope a").expect(0);
        let line = lines.next().unwrap().unwrap();
        assert!(line.contains("client.added") && line.contains("other by cli:"), "{line}");
        let process = tail.id().to_string();
        assert!(Command::new("kill").args(["-s", "INT", &process]).status().unwrap().success());

        let code = tail.wait().unwrap().code();
        let mut said = String::new();
        tail.stderr.take().unwrap().read_to_string(&mut said).unwrap();
        assert_eq!(code, Some(5), "{said}");
        assert!(said.contains("1 event, 1 hidden by --not"), "{said}");
        drop(server);
        place.database.remove().await;
    }
}
