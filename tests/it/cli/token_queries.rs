//! Queries on the command line: what they list, and what they end.

use serde_json::{Value, json};

use super::program::{Place, stores};
use crate::common::Engine;

/// A place with two clients, one of which has two tokens and the other one.
async fn place_with_tokens(engine: Engine) -> Place {
    let place = Place::with_store(engine).await;
    for (client, tokens) in [("mailer", 2), ("nightly", 1)] {
        place.run(&format!("client add {client} --name The-{client} --scope a")).expect(0);
        for _ in 0..tokens {
            place.run(&format!("token issue --client {client}")).expect(0);
        }
    }
    place
}

fn clients(place: &Place, arguments: &[&str]) -> Vec<Value> {
    let list = [&["token", "list", "--json"], arguments].concat();
    let entries = place.run_with(&list, "").expect(0).objects();
    entries.iter().map(|entry| entry["client_id"].clone()).collect()
}

#[tokio::test]
async fn a_query_lists_what_it_means() {
    for engine in stores() {
        let place = place_with_tokens(engine).await;

        assert_eq!(clients(&place, &["client:mailer status:active"]), ["mailer", "mailer"]);
        assert_eq!(clients(&place, &["type:access -client:mailer"]), ["nightly"]);
        assert_eq!(clients(&place, &["--", "-client:mailer"]), ["nightly"]);
        assert_eq!(clients(&place, &["--client", "nightly", "created:<1h"]), ["nightly"]);
        assert_eq!(clients(&place, &["night", "expires:<2h", "uses:0"]), ["nightly"]);
        assert_eq!(clients(&place, &["status:revoked"]), [] as [Value; 0]);
        let entry = place.run("token list nightly --json").expect(0).objects().remove(0);
        assert_eq!((&entry["uses"], &entry["max_uses"]), (&json!(0), &Value::Null));
        assert_eq!((&entry["purposes"], &entry["identity"]), (&json!([]), &Value::Null));
        let none = place.run("token list created:>30d").expect(0);
        assert_eq!(none.err, "No entry matches created:>30d. Ended ones are kept for 1w.\n");
        let rests = place.run("token list used:>30d").expect(0);
        assert!(rests.err.contains("never used are left out. With them: used:>30d,never\n"));
        let table = place.run("token list nightly").expect(0).out;
        assert!(table.lines().next().unwrap().ends_with("USES"), "{table}");
        place.database.remove().await;
    }
}

#[tokio::test]
async fn a_query_that_makes_no_sense_is_refused_with_all_its_faults() {
    let place = Place::with_store(Engine::Sqlite).await;

    let refused = place.run("token list statsu:active status:actve client:a/b").expect(2);
    assert!(refused.err.contains("error: 3 things are wrong in the query\n"), "{}", refused.err);
    assert!(
        refused.err.contains("  statsu   is no key\n    from  character 1\n"),
        "{}",
        refused.err
    );
    assert!(refused.err.contains("    next  write active\n"), "{}", refused.err);
    place.run("token revoke --filter uses:x --yes").expect(2);
    place.run_with(&["token", "revoke", "--filter", "", "--yes"], "").expect(2);
    place.run("token revoke").expect(2);
    place.run("token revoke tok_0 --filter client:a").expect(2);
    place.run("token list user:nobody").expect(1);
    place.run("token revoke --filter user:nobody --yes").expect(1);
    place.run("token revoke --filter client:nobody --yes").expect(1);
    for line in ["token list", "token revoke --yes --filter"] {
        let token = "Q7".repeat(22);
        for query in [format!("{line} {token}"), format!("{line} subject:\"{token}\"")] {
            let refused = place.run(&query).expect(2);
            assert!(!refused.err.contains(&token), "{}", refused.err);
        }
    }
    place.database.remove().await;
}

#[tokio::test]
async fn what_a_query_means_is_revoked_after_the_number_or_yes() {
    for engine in stores() {
        let place = place_with_tokens(engine).await;
        let filter = ["token", "revoke", "--filter", "client:mailer type:access"];

        let told = place.run_with(&[&filter[..], &["-n"]].concat(), "").expect(0);
        assert_eq!(told.out, "This would revoke 2 tokens on The-mailer.\n");
        let asked = place.run_with(&filter, "").expect(2);
        assert!(asked.err.contains("This revokes 2 tokens on The-mailer.\n"), "{}", asked.err);
        assert_eq!(clients(&place, &["status:active"]).len(), 3, "nobody could be asked");

        let done = place.run_with(&[&filter[..], &["-y"]].concat(), "").expect(0);
        assert!(done.err.starts_with("✓ Revoked 2 tokens in "), "{}", done.err);
        assert_eq!(clients(&place, &["status:active"]), ["nightly"]);
        let again = place.run_with(&filter, "").expect(0);
        assert!(again.err.contains("No token matches"), "{}", again.err);

        let whole = place.run("token revoke --filter client:nightly --yes --json").expect(0);
        let told = whole.objects().remove(0);
        assert_eq!((&told["all"], &told["revoked"]), (&json!(true), &Value::Null));
        assert_eq!(clients(&place, &["status:cut_off"]), ["nightly"]);
        place.database.remove().await;
    }
}

#[tokio::test]
async fn beside_a_server_it_is_the_same() {
    let place = place_with_tokens(Engine::Sqlite).await;
    let server = place.serve();

    let told = place.run("token revoke --filter client:mailer --dry-run --json").expect(0);
    assert_eq!(told.objects()[0]["would_revoke"], 2);
    let done = place.run("token revoke --filter client:mailer --yes").expect(0);
    assert!(done.err.contains("Revoked every token of client:mailer in "), "{}", done.err);
    assert_eq!(clients(&place, &["status:active"]), ["nightly"]);
    place.run("token list statsu:x").expect(2);

    drop(server);
    place.database.remove().await;
}

#[tokio::test]
async fn an_entry_without_a_family_is_revoked_alone() {
    let place = place_with_tokens(Engine::Sqlite).await;
    let entry = place.run("token list nightly --json").expect(0).objects().remove(0);
    let entry = entry["entry"].as_str().unwrap();

    let done = place.run(&format!("token revoke --family {entry} --reason lost")).expect(0);

    assert!(done.err.contains("Revoked 1 token"), "{}", done.err);
    let shown = place.run(&format!("token show {entry} --json")).expect(0).objects().remove(0);
    assert_eq!(shown["end_reason"], "lost");
    place.database.remove().await;
}
