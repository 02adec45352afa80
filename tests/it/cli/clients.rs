//! Clients and resource servers, managed from the command line.

use super::program::{Place, stores};
use crate::common::Engine;

#[tokio::test]
async fn a_secret_stands_alone_on_standard_output() {
    for engine in stores() {
        let place = Place::with_store(engine).await;

        let done = place.run("client add report-mailer --scope report.read").expect(0);

        let secret = done.out.strip_suffix('\n').unwrap();
        assert!(secret.starts_with("tsk_") && secret.len() == 47, "{secret}");
        assert!(!done.err.contains(secret) && done.err.contains("Added Report Mailer"));
        let hint = &secret[41..];
        let shown = place.run("client show report-mailer --json").expect(0).objects().remove(0);
        assert_eq!(shown["secrets"][0]["hint"], hint);
        assert!(!shown.to_string().contains(secret));
        place.database.remove().await;
    }
}

#[tokio::test]
async fn a_chosen_secret_comes_by_file_or_standard_input_and_is_not_shown() {
    let place = Place::with_store(Engine::Sqlite).await;
    place.write("secret.txt", "correct horse battery\n");

    let by_file = place.run("client add one --secret-from secret.txt").expect(0);
    let by_input = ["client", "add", "two", "--secret-from", "-"];
    let by_input = place.run_with(&by_input, "correct horse battery\n").expect(0);

    for done in [by_file, by_input] {
        assert!(done.out.is_empty() && !done.err.contains("horse"), "{done:?}");
    }
    let missing = place.run("client add three --secret-from none.txt").expect(3);
    assert!(missing.err.starts_with("error: can't read none.txt\n"), "{}", missing.err);
    place.run("client show three").expect(1);
    place.database.remove().await;
}

#[tokio::test]
async fn a_secret_that_could_not_be_written_says_what_to_do() {
    let place = Place::with_store(Engine::Sqlite).await;

    let done = place.run_into_nothing("client add report-mailer").expect(3);

    assert!(done.err.contains("tessera client rotate-secret report-mailer --overlap 0s"));
    place.run("client show report-mailer").expect(0);
    place.database.remove().await;
}

#[tokio::test]
async fn two_secrets_overlap_until_one_is_retired() {
    let place = Place::with_store(Engine::Sqlite).await;
    let old = place.run("client add billing").expect(0).out;
    let old = old.trim_end();

    let rotated = place.run("client rotate-secret billing --overlap 7d --json").expect(0);
    let rotated = &rotated.objects()[0];
    assert_eq!(rotated["older"][0]["hint"], old[41..]);
    assert_ne!(rotated["client_secret"], old);

    let live = || {
        let shown = place.run("client show billing --json").expect(0).objects().remove(0);
        shown["secrets"].as_array().unwrap().iter().filter(|s| s["is_live"] == true).count()
    };
    assert_eq!(live(), 2);
    place.run(&format!("client retire-secret billing {}", &old[41..])).expect(0);
    assert_eq!(live(), 1);
    place.run(&format!("client retire-secret billing {}", &old[41..])).expect(1);
    let new = rotated["hint"].as_str().unwrap();
    place.run(&format!("client retire-secret billing {new}")).expect(1);
    let at_once = place.run("client rotate-secret billing --overlap 0s").expect(0);
    assert!(at_once.err.contains("No older one works."), "{}", at_once.err);
    assert_eq!(live(), 1);
    place.database.remove().await;
}

#[tokio::test]
async fn secrets_of_all_clients_are_told_by_their_use() {
    for engine in stores() {
        let place = Place::with_store(engine).await;
        assert!(place.run("client secrets").expect(0).err.contains("No client has a secret"));
        for client in ["billing", "roster"] {
            place.run(&format!("client add {client}")).expect(0);
        }
        place.run("client add kiosk --kind browser").expect(0);
        place.run("client rotate-secret billing --overlap 0s").expect(0);
        let database = &place.database;
        let sql = "UPDATE client_secrets SET last_used_at = 1000, created_at = 1000,
                          last_used_from = '203.0.113.7'
                   WHERE client_id = 'roster'";
        assert_eq!(database.execute(sql).await, 1);

        let all = place.run("client secrets --json").expect(0).objects();
        let unused = place.run("client secrets --unused 90d").expect(0);
        let never = place.run("client secrets --unused 36500d").expect(0);

        let of = all.iter().map(|secret| secret["client_id"].as_str().unwrap());
        assert_eq!(of.collect::<Vec<_>>(), ["billing", "roster"], "what works, once each");
        assert!(all[0]["last_used_at"].is_null() && all[1]["last_used_from"] == "203.0.113.7");
        let lines: Vec<_> = unused.out.lines().collect();
        assert_eq!(lines.len(), 2, "{lines:?}");
        assert!(lines[1].starts_with("roster") && lines[1].ends_with("203.0.113.7"), "{lines:?}");
        assert!(never.err.contains("No secret that works was left unused"), "{}", never.err);
        place.database.remove().await;
    }
}

#[tokio::test]
async fn a_hint_may_begin_with_a_dash() {
    let place = Place::with_store(Engine::Sqlite).await;
    place.run("client add billing").expect(0);

    let done = place.run("client retire-secret billing -aB3-_").expect(1);

    assert!(done.err.contains("no live secret that ends in -aB3-_"), "{}", done.err);
    place.database.remove().await;
}

#[tokio::test]
async fn what_is_set_is_shown_and_what_is_not_named_stays() {
    let place = Place::with_store(Engine::Sqlite).await;
    let add = ["client", "add", "app", "--name", "The App", "--scope", "a b"];
    place.run_with(&add, "").expect(0);

    place.run("client set app --access-format jwt --access-lifetime 15m --reuse renew").expect(0);
    place.run("client set app --cors-origin https://a.example").expect(0);
    place.run("client set app --refresh-lifetime 400d").expect(0);
    let client = place.run("client list --json").expect(0).objects().remove(0);

    assert_eq!(client["name"], "The App");
    assert_eq!(client["scope"], "a b");
    assert_eq!(client["access_format"], "jwt");
    assert_eq!(client["access_lifetime_seconds"], 900);
    assert_eq!(client["refresh_lifetime_seconds"], 400 * 86_400);
    assert_eq!(client["reuse"], "renew");
    let shown = place.run("client show app").expect(0);
    assert!(shown.out.contains("gets another reference in its place"), "{}", shown.out);
    assert_eq!(client["cors_origins"][0], "https://a.example");
    place.run("client set app --access-format server --cors-origin none --reuse server").expect(0);
    let client = place.run("client list --json").expect(0).objects().remove(0);
    assert!(client["access_format"].is_null() && client["cors_origins"][0].is_null());
    assert!(client["reuse"].is_null());
    let wrong = place.run("client set app --reuse sometimes").expect(2);
    assert!(wrong.err.contains("reuse_active"), "{}", wrong.err);
    place.run("client set app").expect(2);
    place.database.remove().await;
}

#[tokio::test]
async fn exit_codes_tell_no_from_wrong() {
    let place = Place::with_store(Engine::Sqlite).await;
    place.run("client add one").expect(0);

    for (line, code) in [
        ("client add one", 1),
        ("client show two", 1),
        ("client enable two", 1),
        ("resource-server show https://x.example", 1),
        ("client add two --kind browser --auth client_secret_basic", 2),
        ("client add two --auth private_key_jwt", 2),
        ("client add a/b", 2),
        ("client set one --access-lifetime 15", 2),
        ("client set one --grant wombat", 2),
    ] {
        place.run(line).expect(code);
    }
    place.database.remove().await;
}

#[tokio::test]
async fn deleting_asks_and_where_nobody_can_be_asked_refuses() {
    for engine in stores() {
        let place = Place::with_store(engine).await;
        place.run("client add old-roster --scope a").expect(0);
        place.run("token issue --client old-roster").expect(0);

        let refused = place.run("client delete old-roster").expect(2);
        assert!(refused.err.contains("ends its 1 live token"), "{}", refused.err);
        place.run("client show old-roster").expect(0);

        place.run("client delete old-roster --yes").expect(0);
        place.run("client show old-roster").expect(1);
        let token = place.run("token list --json").expect(0).objects().remove(0);
        assert_eq!(token["status"], "cut_off");
        place.database.remove().await;
    }
}

#[tokio::test]
async fn a_resource_server_is_added_changed_and_deleted() {
    let place = Place::with_store(Engine::Sqlite).await;
    place.run("client add api").expect(0);
    let audience = "https://api.example";

    place.run(&format!("resource-server add {audience} --default --scope a")).expect(0);
    place.run(&format!("resource-server set {audience} --introspector api")).expect(0);
    let server = place.run("resource-server list --json").expect(0).objects().remove(0);
    assert_eq!((&server["is_default"], &server["scope"]), (&true.into(), &"a".into()));
    assert_eq!(server["introspectors"][0], "api");

    place.run(&format!("resource-server set {audience} --default=false")).expect(0);
    let server = place.run(&format!("resource-server show {audience} --json")).expect(0);
    assert_eq!(server.objects()[0]["is_default"], false);
    place.run(&format!("resource-server delete {audience}")).expect(2);
    place.run(&format!("resource-server delete {audience} -y")).expect(0);
    place.run(&format!("resource-server show {audience}")).expect(1);
    place.database.remove().await;
}

#[tokio::test]
async fn what_is_set_of_people_is_shown_and_taken_away() {
    for engine in stores() {
        let place = Place::with_store(engine).await;
        let uri = "https://shop.example/callback";

        place
            .run(&format!(
                "client add shop --kind web --grant none --redirect-uri {uri} --redirect-uri \
                 http://localhost:3000/ --consent always --scope openid --optional-scope openid \
                 --require-pkce false --id-token-algorithm ES256 --userinfo-algorithm EdDSA \
                 --default-max-age 1h --policy-uri https://shop.example/policy"
            ))
            .expect(0);

        let shown = place.run("client show shop --json").expect(0).objects().remove(0);
        assert_eq!(shown["redirect_uris"], serde_json::json!([uri, "http://localhost:3000/"]));
        assert_eq!(shown["consent"], "always");
        assert_eq!(shown["optional_scope"], "openid");
        assert_eq!(shown["require_pkce"], false);
        assert_eq!(shown["id_token_algorithm"], "ES256");
        assert_eq!(shown["userinfo_algorithm"], "EdDSA");
        assert_eq!(shown["default_max_age_seconds"], 3600);
        let words = place.run("client show shop").expect(0).out;
        assert!(words.contains(uri) && words.contains("asked each time"), "{words}");
        place
            .run(
                "client set shop --policy-uri none --userinfo-algorithm none --redirect-uri none \
                 --default-max-age none --id-token-algorithm server",
            )
            .expect(0);
        let shown = place.run("client show shop --json").expect(0).objects().remove(0);
        for gone in ["policy_uri", "userinfo_algorithm", "default_max_age_seconds"] {
            assert_eq!(shown[gone], serde_json::Value::Null, "{gone}");
        }
        assert_eq!(shown["redirect_uris"], serde_json::json!([]));
        place.database.remove().await;
    }
}

#[tokio::test]
async fn an_address_that_could_mean_another_is_not_registered() {
    let place = Place::with_store(Engine::Sqlite).await;

    for (option, uri, why) in [
        ("--redirect-uri", "https://shop.example/*", "stands for several"),
        ("--redirect-uri", "http://shop.example/", "for this machine only"),
        ("--redirect-uri", "JaVaScRiPt:alert(1)", "normal form"),
        ("--post-logout-redirect-uri", "javascript:alert(1)", "scheme"),
        ("--tos-uri", "javascript:alert(1)", "scheme"),
        ("--client-uri", "https://a@shop.example/", "user name"),
    ] {
        let add = format!("client add shop --kind web --grant none {option} {uri}");
        let refused = place.run(&add).expect(2);
        assert!(refused.err.contains(why), "{uri}: {}", refused.err);
    }
    place.run("client add shop --kind web").expect(0);
    let set = "client set shop --grant none --redirect-uri https://shop.example/#x";
    let refused = place.run(set).expect(2);
    assert!(refused.err.contains("fragment"), "{}", refused.err);
    place.database.remove().await;
}
