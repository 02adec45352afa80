//! Users, managed from the command line.

use serde_json::json;

use super::program::{Place, stores};
use crate::common::Engine;

#[tokio::test]
async fn a_drawn_password_stands_alone_on_standard_output() {
    for engine in stores() {
        let place = Place::with_store(engine).await;
        let arguments = "user add ingrid --claim email=ingrid@fjordline.example --role reader";

        let done = place.run(&format!("{arguments} --draw-password")).expect(0);

        let password = done.out.strip_suffix('\n').unwrap();
        assert_eq!(password.len(), 43);
        assert!(!done.err.contains(password) && done.err.contains("Added default/ingrid"));
        let shown = place.run("user show INGRID --json").expect(0).objects().remove(0);
        assert_eq!(shown["claims"], json!({"email": "ingrid@fjordline.example"}));
        assert_eq!(shown["roles"], json!(["reader"]));
        assert_eq!((&shown["has_password"], &shown["sessions"]), (&json!(true), &json!([])));
        assert!(!shown.to_string().contains(password) && !shown.to_string().contains("argon2"));
        place.run("user add Ingrid").expect(1);
        place.database.remove().await;
    }
}

#[tokio::test]
async fn a_password_comes_by_file_or_standard_input_and_is_no_argument() {
    let place = Place::with_store(Engine::Sqlite).await;
    place.write("password.txt", "correct horse\n");

    place.run("user add one --password-from password.txt").expect(0);
    let two = ["user", "add", "two", "--password-from", "-"];
    place.run_with(&two, "correct horse\n").expect(0);
    let short = ["user", "add", "three", "--password-from", "-"];
    let short = place.run_with(&short, "short\n").expect(2);

    assert!(short.err.contains("8 characters or more") && !short.err.contains("short"));
    place.run("user show three").expect(1);
    place.run("user add four --password secret-horse").expect(2);
    for name in ["one", "two"] {
        let shown = place.run(&format!("user show {name} --json")).expect(0).objects().remove(0);
        assert_eq!(shown["has_password"], true);
    }
    place.run("user set one --no-password").expect(0);
    let shown = place.run("user show one --json").expect(0).objects().remove(0);
    assert_eq!(shown["has_password"], false);
    place.database.remove().await;
}

#[tokio::test]
async fn what_is_named_changes_and_all_else_stays() {
    let place = Place::with_store(Engine::Sqlite).await;
    place.run("user add ingrid --claim a=1 --claim b=x --attribute d=it --scope read").expect(0);

    place.run("user set ingrid --claim a= --claim c=true --operator-role auditor").expect(0);

    let shown = place.run("user show ingrid --json").expect(0).objects().remove(0);
    assert_eq!(shown["claims"], json!({"b": "x", "c": true}));
    assert_eq!(shown["attributes"], json!({"d": "it"}));
    assert_eq!(shown["scope"], "read");
    assert_eq!(shown["operator_roles"], json!(["auditor"]));
    place.run("user set ingrid").expect(2);
    place.run("user set nobody --role a").expect(1);
    for wrong in [
        "--claim sub=x",
        "--operator-role owner",
        "--attribute exp=soon",
        "--claim email",
        "--role a\"b",
    ] {
        place.run(&format!("user set ingrid {wrong}")).expect(2);
    }
    let after = place.run("user show ingrid --json").expect(0).objects().remove(0);
    assert_eq!(after, shown);
    place.database.remove().await;
}

#[tokio::test]
async fn users_are_locked_disabled_and_deleted() {
    let place = Place::with_store(Engine::Sqlite).await;
    place.run("user add ingrid").expect(0);
    place.run("user add ingrid --realm internal").expect(0);
    let status = || {
        let listed = place.run("user list --realm default --json").expect(0).objects();
        listed.first().map(|user| user["status"].as_str().unwrap().to_owned())
    };

    place.run("user lock ingrid --for 2h").expect(0);
    assert_eq!(status().as_deref(), Some("locked"));
    place.run("user unlock ingrid").expect(0);
    place.run("user lock ingrid --for 0s").expect(2);
    assert_eq!(status().as_deref(), Some("active"));
    place.run("user disable ingrid").expect(0);
    place.run("user disable ingrid").expect(0);
    assert_eq!(status().as_deref(), Some("disabled"));
    place.run("user lock ingrid").expect(0);
    let enabled = place.run("user enable ingrid").expect(0);
    assert!(enabled.err.contains("tessera user unlock"), "{enabled:?}");
    place.run("user unlock ingrid").expect(0);
    let again = place.run("user enable ingrid").expect(0);
    assert!(!again.err.contains("tessera user unlock"), "{again:?}");
    let ended = place.run("user end-sessions ingrid --json").expect(0).objects().remove(0);
    assert_eq!(ended["ended"], 0);
    let one = "user end-sessions ingrid --session 0199c0de-7a01-7c1e-9d1b-1f60b0b3a7c2";
    let none = place.run(one).expect(1);
    assert!(none.err.contains("none of theirs"), "{none:?}");
    place.run("user delete ingrid").expect(2);
    place.run("user delete ingrid --yes").expect(0);
    assert_eq!(status(), None);
    place.run("user add ingrid").expect(1);
    assert_eq!(place.run("user list --json").expect(0).objects().len(), 1);
    place.database.remove().await;
}

#[tokio::test]
async fn a_link_is_printed_alone_where_there_is_no_mail() {
    let place = Place::with_store(Engine::Sqlite).await;
    place.run("user add ingrid --claim email=ingrid@fjordline.example").expect(0);

    let invited = place.run("user invite ingrid").expect(0);
    let reset = place.run("user reset ingrid --json").expect(0).objects().remove(0);

    let link = invited.out.strip_suffix('\n').unwrap();
    assert!(link.contains("/password?token=") && !invited.err.contains(link), "{invited:?}");
    assert!(reset["link"].as_str().unwrap().contains("/password?token="), "{reset}");
    assert_eq!(reset["sent_to"], json!(null));
    let listed = place.run("token list type:invitation --json").expect(0).objects();
    assert_eq!(listed.len(), 1);
    place.run("user disable ingrid").expect(0);
    place.run("user invite ingrid").expect(1);
    place.database.remove().await;
}

#[tokio::test]
async fn a_setup_code_is_made_until_there_is_an_administrator() {
    for engine in stores() {
        let place = Place::with_store(engine).await;

        let first = place.run("setup-code").expect(0);
        let second = place.run("setup-code --json").expect(0).objects().remove(0);

        let code = first.out.strip_suffix('\n').unwrap();
        assert_eq!((code.len(), code.matches('-').count()), (14, 2), "{code}");
        assert!(first.err.contains("/setup") && !first.err.contains(code), "{first:?}");
        assert_ne!(second["code"], code);
        place.run("user add ingrid --operator-role admin").expect(0);
        let refused = place.run("setup-code").expect(1);
        assert!(refused.err.contains("there is an administrator already"), "{}", refused.err);
        place.database.remove().await;
    }
}

#[tokio::test]
async fn a_server_whose_words_go_to_a_log_prints_no_code() {
    let place = Place::with_store(Engine::Sqlite).await;
    let running = place.serve();

    let beside = place.run("setup-code").expect(0).out;
    place.run("user add ingrid --draw-password").expect(0);
    let banner = running.banner.clone();
    let (_, log) = running.end_by("TERM");

    let log = banner + &log;
    assert!(log.contains("tessera setup-code"), "{log}");
    assert!(!log.contains(beside.trim_end()), "{log}");
    place.database.remove().await;
}
