//! Typed tokens from the command line: issued, used, and why they do not work.

use super::program::{Done, Place, stores};
use crate::common::Engine;

/// What the types of these tests say, by their names.
const TYPES: &[(&str, &str)] = &[
    (
        "DownloadLink",
        r#"{"spend_on":"use","rules":[{"type":"Expiry","expiry_time":"1d"},
            {"type":"UseCount","max_use_count":2}]}"#,
    ),
    ("Vote", r#"{"require_purpose":true,"spend_on":"use","rules":[{"type":"PurposeOnce"}]}"#),
    ("Reset", r#"{"require_purpose":true,"spend_on":"use","rules":[]}"#),
    (
        "Pass",
        r#"{"spend_on":"use","rules":[{"type":"Rate","window":"1h","max_use_count":1},
            {"type":"Cidr","allow":["10.0.0.0/8"],"deny":[]},
            {"type":"Client","allow":["mailer"]}]}"#,
    ),
];

/// A place with a client and some types.
async fn place(engine: Engine) -> Place {
    let place = Place::with_store(engine).await;
    place.run_with(&["client", "add", "mailer", "--scope", "a b"], "").expect(0);
    for (name, definition) in TYPES {
        let sql = format!(
            "INSERT INTO token_types (name_fold, name, source, version, definition, updated_at)
             VALUES ('{}', '{name}', 'store', 6, '{definition}', 0)",
            name.to_lowercase()
        );
        place.database.execute(&sql).await;
    }
    place
}

impl Place {
    /// Runs a command that reads a token.
    fn with_token(&self, line: &str, token: &Done) -> Done {
        self.run_with(&line.split(' ').collect::<Vec<_>>(), &token.out)
    }
}

#[tokio::test]
async fn a_token_is_issued_and_used_as_often_as_it_may_be() {
    for engine in stores() {
        let place = place(engine).await;

        let issue = "token issue --type downloadlink --client mailer --purpose f42 --purpose f43 \
                     --identity u1 --attribute file=a=b.pdf --expires-in 1h";
        let token = place.run(issue).expect(0);
        assert_eq!(token.out.lines().count(), 1);
        assert!(!token.err.contains(token.out.trim_end()), "{}", token.err);

        let use_it = "token use - --type DownloadLink --purpose F42 --identity u1 --json";
        let peeked = place.with_token(&format!("{use_it} --peek"), &token).expect(0).objects();
        assert_eq!(
            (&peeked[0]["outcome"], &peeked[0]["uses_left"]),
            (&"allowed".into(), &2.into())
        );
        let wrong = use_it.replace("u1", "U1");
        let refused = place.with_token(&wrong, &token).expect(1).objects();
        assert_eq!(refused[0]["outcome"], "not_allowed");
        assert_eq!(refused[0]["refusal"], "wrong_identity");

        for left in [1, 0] {
            let used = place.with_token(use_it, &token).expect(0).objects();
            assert_eq!(used[0]["uses_left"], left);
            assert_eq!(used[0]["attributes"]["file"], "a=b.pdf");
        }
        let over = place.with_token(use_it, &token).expect(1).objects();
        assert_eq!(
            (&over[0]["outcome"], &over[0]["refusal"]),
            (&"invalid".into(), &"used_up".into())
        );
        let told = place.with_token(&use_it.replace(" --json", ""), &token).expect(1).out;
        assert!(told.starts_with("✕ Invalid: used up  tok_"), "{told}");
        place.database.remove().await;
    }
}

#[tokio::test]
async fn a_used_up_token_is_explained_check_by_check() {
    for engine in stores() {
        let place = place(engine).await;
        let issue = "token issue --type DownloadLink --client mailer --identity u1";
        let token = place.run(issue).expect(0);
        for _ in 0..2 {
            let use_it = "token use - --type DownloadLink --identity u1";
            place.with_token(use_it, &token).expect(0);
        }

        let verdict = place.with_token("token inspect - --identity u1", &token).expect(1).out;

        let lines: Vec<_> = verdict.lines().collect();
        assert!(lines[0].starts_with("✕ Not valid: used up"), "{verdict}");
        assert!(lines[0].ends_with(", DownloadLink v6"), "{verdict}");
        for line in [
            "  ✓ Type is configured             DownloadLink v6",
            "  ✓ Not revoked, replaced or used",
            "  ✓ Client                         mailer is active",
            "  - Identity                       would pass",
        ] {
            assert!(lines.contains(&line), "{line}\n{verdict}");
        }
        assert!(verdict.contains("✓ Entry exists                   made "), "{verdict}");
        assert!(verdict.contains(" by mailer\n"), "{verdict}");
        assert!(verdict.contains("✕ Use count                      0 of 2 left, last use "));
        assert!(verdict.ends_with("  It allowed 2 uses. Ask mailer for a new one.\n"), "{verdict}");

        let checks = place.with_token("token inspect - --json", &token).expect(1).objects();
        assert_eq!(
            (&checks[0]["status"], &checks[0]["usable"]),
            (&"used_up".into(), &false.into())
        );
        let find = |name: &str| {
            let all = checks[0]["checks"].as_array().unwrap();
            all.iter().find(|check| check["name"] == name).unwrap().clone()
        };
        assert_eq!(find("use_count")["facts"]["max_uses"], 2);
        assert_eq!(find("use_count")["passes"], false);
        assert_eq!(find("identity")["passes"], serde_json::Value::Null);
        let entry = checks[0]["entry"]["entry"].as_str().unwrap();
        let shown = place.run(&format!("token show {entry}")).expect(0).out;
        assert!(shown.contains("✕ Use count") && shown.contains("used up"), "{shown}");
        place.database.remove().await;
    }
}

#[tokio::test]
async fn what_a_token_is_bound_to_is_checked_as_far_as_it_is_said() {
    let place = place(Engine::Sqlite).await;
    let token = place.run("token issue --type Pass --client mailer --purpose Door").expect(0);
    let inspect = |more: &str, code| {
        place.with_token(format!("token inspect - {more}").trim_end(), &token).expect(code).out
    };

    let open = inspect("", 0);
    assert!(open.contains("! Purpose                        only door\n"), "{open}");
    assert!(open.contains("! Network                        only 10.0.0.0/8\n"), "{open}");

    let partly = inspect("--purpose DOOR", 0);
    assert!(partly.contains("✓ Purpose                        door: DOOR is\n"), "{partly}");
    assert!(partly.contains("! Network"), "{partly}");

    let wrong = inspect("--purpose gate --address 192.0.2.1 --client other --type Pass", 1);
    assert!(wrong.starts_with("✕ Not valid: wrong purpose"), "{wrong}");
    assert!(wrong.contains("✕ Purpose                        door: gate is not\n"), "{wrong}");
    assert!(wrong.contains("- Client that asks               would fail too: mailer"), "{wrong}");
    assert!(wrong.contains("- Network                        would fail too: 10.0.0.0/8"));
    inspect("--purpose door --address 10.1.2.3 --client mailer --type pass", 0);
    inspect("--type Reset", 1);
    place.database.remove().await;
}

#[tokio::test]
async fn a_token_that_was_used_too_often_is_paused() {
    for engine in stores() {
        let place = place(engine).await;
        let token = place.run("token issue --type Pass --client mailer").expect(0);
        let use_it = "token use - --type Pass --address 10.0.0.1 --json";

        place.with_token(use_it, &token).expect(0);
        let throttled = place.with_token(use_it, &token).expect(1).objects();

        assert_eq!(throttled[0]["outcome"], "throttled");
        let wait = throttled[0]["retry_after_seconds"].as_i64().unwrap();
        assert!((1..=3600).contains(&wait), "{wait}");
        let verdict = place.with_token("token inspect -", &token).expect(1).out;
        assert!(verdict.starts_with("✕ Not valid: paused until "), "{verdict}");
        assert!(verdict.contains("✕ Rate                           1 of 1 in 1 h used, until"));
        assert!(verdict.contains("It works from "), "{verdict}");
        let listed = place.run("token list --json").expect(0).objects();
        assert_eq!(listed[0]["status"], "paused");
        place.database.remove().await;
    }
}

/// Notes that a generation was raised.
async fn note(place: &Place, row: &str) {
    let sql = "INSERT INTO generation_ends (whose, name, generation, at, by, reason) VALUES";
    place.database.execute(&format!("{sql} ({row})")).await;
}

#[tokio::test]
async fn who_ended_all_tokens_of_a_client_is_told() {
    for engine in stores() {
        let place = place(engine).await;
        let token = place.run("token issue --type Reset --client mailer --purpose a").expect(0);
        place.database.execute("UPDATE clients SET generation = 2").await;
        let unknown = place.with_token("token inspect -", &token).expect(1).out;
        note(&place, "'client', 'mailer', 2, 1767225600000, 'cli:ingrid', 'laptop lost'").await;
        place.database.execute("UPDATE clients SET generation = 3").await;
        note(&place, "'client', 'mailer', 3, 1767225600001, 'cli:tom', 'tidied up'").await;
        let known = place.with_token("token inspect -", &token).expect(1).out;
        place.database.execute("UPDATE instance SET generation = 2").await;
        note(&place, "'server', '', 2, 1767225000000, 'cli:ada', 'restored'").await;
        let both = place.with_token("token inspect -", &token).expect(1).out;
        let told = place.with_token("token inspect - --json", &token).expect(1).objects();

        assert!(unknown.contains("✕ Not ended with all others"), "{unknown}");
        assert!(unknown.contains("all tokens of its client were ended since\n"), "{unknown}");
        assert!(known.contains(", by cli:ingrid: laptop lost\n"), "{known}");
        assert!(known.starts_with("✕ Not valid: cut off"), "{known}");
        assert!(both.contains("all tokens of this server were ended "), "{both}");
        assert!(both.contains("cli:ada: restored; also all tokens of its client\n"), "{both}");
        let checks = told[0]["checks"].as_array().unwrap();
        let check = checks.iter().find(|check| check["name"] == "generation").unwrap();
        let (facts, is) = (&check["facts"], |name: &str| check["facts"][name].clone());
        assert_eq!((is("raised_of"), is("by")), ("server".into(), "cli:ada".into()), "{facts}");
        assert_eq!((is("reason"), is("at")), ("restored".into(), "2025-12-31T23:50:00Z".into()));
        assert_eq!(facts["also_raised_of"][0], "client");
        place.database.remove().await;
    }
}

#[tokio::test]
async fn a_purpose_that_was_used_is_not_called_valid() {
    for engine in stores() {
        let place = place(engine).await;
        let token = place.run("token issue --type Vote --client mailer --purpose a --purpose b");
        let token = token.expect(0);
        place.with_token("token use - --type Vote --purpose a", &token).expect(0);

        let used = place.with_token("token inspect - --purpose A", &token).expect(1).out;
        let other = place.with_token("token inspect - --purpose b", &token).expect(0).out;
        let open = place.with_token("token inspect -", &token).expect(0).out;

        assert!(used.starts_with("✕ Not valid: purpose used "), "{used}");
        assert!(used.contains("used for A before"), "{used}");
        assert!(other.contains("✓ Once for each purpose          not yet used for b"), "{other}");
        assert!(open.contains("hangs on the purpose"), "{open}");
        place.database.remove().await;
    }
}

#[tokio::test]
async fn nothing_is_promised_of_a_token_that_is_dead_for_another_reason_too() {
    for engine in stores() {
        let place = place(engine).await;
        let token = place.run("token issue --type DownloadLink --client mailer").expect(0);
        place.run("client disable mailer").expect(0);

        let held = place.with_token("token inspect -", &token).expect(1).out;
        place.database.execute("UPDATE tokens SET uses = 2").await;
        let dead = place.with_token("token inspect -", &token).expect(1).out;

        assert!(held.starts_with("✕ Not valid: cut off "), "{held}");
        assert!(held.contains("It works again after: tessera client enable mailer"), "{held}");
        assert!(dead.starts_with("✕ Not valid: cut off, and used up "), "{dead}");
        assert!(dead.contains("It allowed 2 uses. Ask mailer for a new one."), "{dead}");
        assert!(!dead.contains("works again"), "{dead}");
        place.database.remove().await;
    }
}

#[tokio::test]
async fn a_type_that_was_taken_away_takes_its_tokens_along_until_it_returns() {
    for engine in stores() {
        let place = place(engine).await;
        let token = place.run("token issue --type Reset --client mailer --purpose a").expect(0);

        place.database.execute("UPDATE token_types SET removed_at = 1 WHERE name = 'Reset'").await;
        let verdict = place.with_token("token inspect -", &token).expect(1).out;
        assert!(verdict.contains("✕ Type is configured             reset is not"), "{verdict}");
        assert!(verdict.contains("- Client                         would pass"), "{verdict}");
        assert!(verdict.contains("It works again once reset is configured again."), "{verdict}");
        let refused = place.with_token("token use - --type Reset --purpose a", &token).expect(1);
        assert!(refused.out.contains("Invalid: type not configured"), "{}", refused.out);

        place.database.execute("UPDATE token_types SET removed_at = NULL").await;
        place.with_token("token use - --type Reset --purpose a", &token).expect(0);
        place.database.remove().await;
    }
}

#[tokio::test]
async fn a_use_with_a_key_is_spent_once() {
    for engine in stores() {
        let place = place(engine).await;
        let token = place.run("token issue --type DownloadLink --client mailer").expect(0);
        let use_it = "token use - --type DownloadLink --purpose a --use-key order-7 --json";

        let first = place.with_token(use_it, &token).expect(0).objects();
        let again = place.with_token(use_it, &token).expect(0).objects();
        let other = place.with_token(&use_it.replace("purpose a", "purpose b"), &token).expect(1);

        let told = |done: &[serde_json::Value]| {
            (done[0]["uses_left"].clone(), done[0]["replayed"].clone())
        };
        assert_eq!(told(&first), (1.into(), false.into()));
        assert_eq!(told(&again), (1.into(), true.into()));
        assert!(other.err.contains("use_key"), "{}", other.err);
        place.database.remove().await;
    }
}

#[tokio::test]
async fn what_makes_no_sense_is_refused_and_nothing_is_stored() {
    let place = place(Engine::Sqlite).await;

    for (line, code, said) in [
        ("token issue --type Nothing --client mailer", 1, "Nothing is not configured"),
        ("token issue --type Access --client mailer", 2, "a type of OAuth"),
        ("token issue --type Reset --client mailer", 2, "need a purpose"),
        ("token issue --type Reset --client nobody --purpose a", 1, "nobody"),
        ("token issue --type Reset --client mailer --purpose a --scope a", 2, "--scope"),
        ("token issue --client mailer --purpose a", 2, "--type"),
        ("token issue --type DownloadLink --client mailer --expires-in 2d", 2, "86400"),
        ("token issue --type DownloadLink --client mailer --expires-in 5", 2, "has no unit"),
        ("token issue --type DownloadLink --client mailer --attribute x", 2, "NAME=TEXT"),
        ("token issue --type DownloadLink --client mailer --expires-in 0s", 2, "36500d"),
        ("token issue --type DownloadLink --client mailer --expires-in 36501d", 2, "36500d"),
        ("token issue --type DownloadLink --client mailer --identity=", 2, "it is empty"),
        ("token issue --type DownloadLink --client mailer --purpose=", 2, "it is empty"),
        (
            "token issue --type DownloadLink --client mailer --attribute a=1 --attribute a=2",
            2,
            "given twice",
        ),
        ("token use - --type DownloadLink --identity=", 2, "it is empty"),
        ("token use - --type DownloadLink --use-key=", 2, "it is empty"),
        ("token use - --type DownloadLink --purpose=", 2, "it is empty"),
        ("token inspect - --identity=", 2, "it is empty"),
        ("token inspect - --purpose=", 2, "it is empty"),
        ("token use - --purpose a", 2, "--type"),
        ("token use - --type DownloadLink", 1, "no token of ours"),
    ] {
        let done = place.run(line).expect(code);
        assert!(done.err.contains(said), "{line}: {}", done.err);
    }
    assert!(place.run("token list --json").expect(0).objects().is_empty());
    place.database.remove().await;
}

#[tokio::test]
async fn a_running_server_makes_and_uses_tokens_for_the_command_line() {
    let place = place(Engine::Sqlite).await;
    let server = place.serve();

    let token = place.run("token issue --type DownloadLink --client mailer").expect(0);
    place.with_token("token use - --type DownloadLink", &token).expect(0);
    let used = place.with_token("token use - --type DownloadLink --json", &token).expect(0);
    assert_eq!(used.objects()[0]["uses_left"], 0);
    let verdict = place.with_token("token inspect - --address 10.0.0.1", &token).expect(1);
    assert!(verdict.out.starts_with("✕ Not valid: used up"), "{}", verdict.out);

    server.end_by("TERM");
    place.database.remove().await;
}
