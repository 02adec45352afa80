//! Tokens from the command line, and that they never stand among its arguments.

use std::os::unix::fs::MetadataExt;

use super::program::{Place, stores};
use crate::common::Engine;

/// A place with a client that may ask for `a b`.
async fn place_with_client(engine: Engine) -> Place {
    let place = Place::with_store(engine).await;
    place.run_with(&["client", "add", "mailer", "--scope", "a b"], "").expect(0);
    place
}

#[tokio::test]
async fn a_token_is_issued_inspected_and_revoked() {
    for engine in stores() {
        let place = place_with_client(engine).await;

        let issued = place.run("token issue --client mailer --scope a").expect(0);
        let token = issued.out.trim_end();
        assert_eq!((token.len(), issued.out.lines().count()), (43, 1));
        assert!(!issued.err.contains(token));

        let inspect = ["token", "inspect", "-", "--json"];
        let good = place.run_with(&inspect, &issued.out).expect(0).objects().remove(0);
        assert_eq!((&good["usable"], &good["entry"]["scope"]), (&true.into(), &"a".into()));

        let revoke = ["token", "revoke", "-", "--reason", "laptop lost"];
        place.run_with(&revoke, &issued.out).expect(0);

        let bad = place.run_with(&inspect, &issued.out).expect(1).objects().remove(0);
        assert_eq!((&bad["usable"], &bad["status"]), (&false.into(), &"revoked".into()));
        let entry = bad["entry"]["entry"].as_str().unwrap();
        let shown = place.run(&format!("token show {entry} --json")).expect(0).objects().remove(0);
        assert_eq!(shown["end_reason"], "laptop lost");
        let uid = std::fs::metadata(&place.database.folder).unwrap().uid();
        assert_eq!(shown["ended_by"], format!("cli:ingrid (uid {uid})"));
        place.database.remove().await;
    }
}

#[tokio::test]
async fn a_verdict_shows_every_check() {
    let place = place_with_client(Engine::Sqlite).await;
    let token = place.run("token issue --client mailer").expect(0).out;
    place.write("token.txt", &token);
    place.run("client disable mailer").expect(0);

    let verdict = place.run("token inspect token.txt").expect(1).out;

    assert!(verdict.starts_with("✕ Not valid: cut off"), "{verdict}");
    assert!(verdict.contains("\n  ✓ Entry exists"), "{verdict}");
    assert!(
        verdict.contains("\n  ✕ Client                         mailer is disabled\n"),
        "{verdict}"
    );
    assert!(verdict.contains("\n  - Expiry                         would pass"), "{verdict}");
    assert!(verdict.contains("tessera client enable mailer"), "{verdict}");
    let unknown = place.run_with(&["token", "inspect", "-"], "hello").expect(1).out;
    assert!(unknown.starts_with("✕ Not valid: unknown"), "{unknown}");
    place.database.remove().await;
}

#[tokio::test]
async fn a_jwt_is_looked_at_like_any_other_token() {
    let place = place_with_client(Engine::Sqlite).await;
    place.run("client set mailer --access-format jwt --access-algorithm EdDSA").expect(0);

    let token = place.run("token issue --client mailer").expect(0).out;

    assert!(token.starts_with("eyJ"));
    place.run_with(&["token", "inspect", "-"], &token).expect(0);
    let keys = place.run("key list --json").expect(0).objects();
    let algorithms: Vec<_> = keys.iter().map(|key| key["algorithm"].as_str().unwrap()).collect();
    assert!(algorithms.contains(&"ES256") && algorithms.contains(&"EdDSA"), "{algorithms:?}");
    place.database.remove().await;
}

#[tokio::test]
async fn tokens_among_the_arguments_are_refused_and_not_repeated() {
    let mut place = Place::with_store(Engine::Sqlite).await;
    place.set("TESSERA_TOKENS__REFERENCE__PREFIX", "acm_");
    let long = "Q7".repeat(22);
    let jwt = "eyJhbGciOiJFUzI1NiJ9.eyJzdWIiOiJ4In0.c2lnbmF0dXJl";

    for token in [long.as_str(), jwt, "acm_cut"] {
        for command in ["token show", "token inspect", "token revoke", "token list --after"] {
            let done = place.run(&format!("{command} {token}")).expect(2);
            assert!(done.err.contains("standard input"), "{}", done.err);
            assert!(!done.err.contains(token) && done.out.is_empty(), "{}", done.err);
        }
    }
    let mistyped = place.run(&format!("token inspekt {long}")).expect(2);
    let extra = place.run(&format!("client list {long}")).expect(2);
    assert!(!mistyped.err.contains(&long) && !extra.err.contains(&long), "{}", extra.err);
    place.database.remove().await;
}

#[tokio::test]
async fn entries_are_listed_page_by_page() {
    for engine in stores() {
        let place = place_with_client(engine).await;
        place.run("client add other --scope a").expect(0);
        for client in ["mailer", "other", "mailer"] {
            place.run(&format!("token issue --client {client}")).expect(0);
        }

        let first = place.run("token list --limit 2").expect(0);
        assert_eq!(first.out.lines().count(), 3);
        let next = first.err.lines().last().unwrap();
        let after = next.strip_prefix("2 shown. Next page: --after ").unwrap();
        let second = place.run(&format!("token list --limit 2 --after {after}")).expect(0);
        assert_eq!((second.out.lines().count(), second.err.as_str()), (2, ""));

        let mailer = place.run("token list --client mailer --json").expect(0).objects();
        assert_eq!(mailer.len(), 2);
        assert!(mailer.iter().all(|entry| entry["client_id"] == "mailer"));
        place.database.remove().await;
    }
}

#[tokio::test]
async fn several_tokens_are_revoked_only_after_the_number_or_yes() {
    let place = place_with_client(Engine::Sqlite).await;
    let entries: Vec<String> = (0..2)
        .map(|_| {
            let issued = place.run("token issue --client mailer --json").expect(0).objects();
            issued[0]["entry"].as_str().unwrap().to_owned()
        })
        .collect();
    let both = entries.join(" ");
    let statuses = || {
        let all = place.run("token list --json").expect(0).objects();
        all.iter().filter(|entry| entry["status"] == "active").count()
    };

    place.run(&format!("token revoke {both} --dry-run")).expect(0);
    place.run(&format!("token revoke {both}")).expect(2);
    place.run(&format!("token revoke {} tok_0000000000000 --yes", entries[0])).expect(1);
    assert_eq!(statuses(), 2);

    place.run(&format!("token revoke {both} --yes")).expect(0);
    assert_eq!(statuses(), 0);
    let again = place.run(&format!("token revoke {}", entries[0])).expect(0);
    assert!(again.err.contains("had ended before: revoked"), "{}", again.err);
    place.database.remove().await;
}

#[tokio::test]
async fn what_the_token_endpoint_would_refuse_is_refused() {
    let place = place_with_client(Engine::Sqlite).await;

    for (line, code) in [
        ("token issue --client nobody", 1),
        ("token issue --client mailer --scope z", 2),
        ("token issue --client mailer --resource https://none.example", 2),
        ("token show tok_0000000000000", 1),
        ("token show tok_U", 2),
        ("token list --after tok_0", 2),
        ("token list --limit 0", 2),
    ] {
        place.run(line).expect(code);
    }
    place.run("client disable mailer").expect(0);
    place.run("token issue --client mailer").expect(2);
    place.database.remove().await;
}

#[tokio::test]
async fn where_only_ascii_is_spoken_the_marks_are_words() {
    let mut place = place_with_client(Engine::Sqlite).await;
    place.set("LANG", "C");

    let done = place.run("client disable mailer").expect(0);
    let verdict = place.run_with(&["token", "inspect", "-"], "x").expect(1).out;

    assert!(done.err.starts_with("ok Disabled mailer"), "{}", done.err);
    assert!(verdict.starts_with("no Not valid") && verdict.is_ascii(), "{verdict}");
    place.database.remove().await;
}
