//! WSO2's deployment.toml.

use super::{fault, imported, remarks, settings};

#[test]
fn what_wso2_does_by_itself_is_set_and_what_it_was_told_too() {
    let imported = imported(
        "[oauth.token_validation]\napp_access_token_validity = 7200\n\
         user_access_token_validity = '3600'\nrefresh_token_validity = 86400\n\
         [oauth.token_renewal]\nrenew_refresh_token = false\n\
         [oauth.token_generation]\nretry_count_on_persistence_failures = 3\n\
         [server]\nhostname = 'h'\noffset = 1\n[super_admin]\npassword = 'hunter2'\n",
    );

    assert_eq!(
        settings(&imported),
        [
            "persistence.mode = \"sync\"",
            "persistence.retry_count = 3",
            "tokens.jwt_previous = \"revoke\"",
            "tokens.lifetimes.access = \"2h\"",
            "tokens.lifetimes.refresh = \"1d\"",
            "tokens.refresh.rotate = false",
            "tokens.reuse = \"reuse_active\"",
        ]
    );
    let (left_out, _) = remarks(&imported);
    let user = "oauth.token_validation.user_access_token_validity";
    assert_eq!(left_out, [user, "server", "super_admin"]);
    assert_eq!(imported.remarks[1].about.problem, "has no counterpart here: hostname, offset");
    assert!(!format!("{imported:?}").contains("hunter2"));
}

#[test]
fn a_key_that_is_nearly_one_is_named_with_what_it_was_meant_for() {
    let said = |text: &str| {
        let imported = imported(text);
        let about = imported.remarks.into_iter().map(|remark| remark.about);
        about.map(|about| (about.key, about.from, about.problem)).collect::<Vec<_>>()
    };
    let section = "oauth.token_validation";
    for (text, path, meant) in [
        (
            "[oauth.token_validation]\naccess_token_validity = 60\n",
            "oauth.token_validation.access_token_validity",
            format!("{section}.app_access_token_validity or {section}.user_access_token_validity"),
        ),
        (
            "[oauth.token_validation]\nrefresh_token_validty = 60\n",
            "oauth.token_validation.refresh_token_validty",
            format!("{section}.refresh_token_validity"),
        ),
        (
            "[oauth.token_validaton]\nrefresh_token_validity = 60\n",
            "oauth.token_validaton.refresh_token_validity",
            format!("{section}.refresh_token_validity"),
        ),
    ] {
        let problem = format!("is no key that is known here; did you mean {meant}?");
        let from = "old.yaml, line 2".to_owned();
        assert_eq!(said(text), [(path.to_owned(), from, problem)]);
    }
    // These are WSO2's own.
    let others = "[oauth.token_validation]\nauthorization_code_validity = 300\n\
                  id_token_validity = 3600\n";
    let problem = "has no counterpart here: authorization_code_validity, id_token_validity";
    assert_eq!(said(others)[0].2, problem);
}

#[test]
fn what_wso2_would_do_with_a_token_that_is_there_is_done_here() {
    let reuse = |text: &str| {
        let imported =
            imported(&format!("[session_data]\npersistence.persistence_pool_size = 0\n{text}"));
        let setting = imported.settings.iter().find(|it| it.path == "tokens.reuse").unwrap();
        setting.value.as_str().unwrap().to_owned()
    };
    let hashed = "[oauth]\nhash_tokens_and_secrets = true\n";
    let renewed = "[oauth.token_renewal]\nrenew_access_token_per_request = true\n";

    assert_eq!(reuse(""), "reuse_active");
    assert_eq!(reuse(hashed), "new");
    assert_eq!(reuse(renewed), "renew");
    assert_eq!(reuse(&format!("{renewed}{hashed}")), "renew");
    assert_eq!(reuse(&format!("{hashed}{renewed}")), "renew");
}

#[test]
fn what_wso2_could_not_mean_is_refused_or_left_out() {
    for (text, problem) in [
        ("persistence.persistence_pool_size = -1", "is -1, and a pool has 0 threads or more"),
        ("persistence.persistence_pool_size = 'many'", "is no whole number"),
        (
            "persistence. = 1",
            "is not TOML: unquoted keys cannot be empty, expected letters, numbers, `-`, `_`",
        ),
    ] {
        assert_eq!(fault(&format!("[session_data]\n{text}")).2, problem);
    }
    for seconds in ["-1", "0", "99999999"] {
        let text = format!("[oauth.token_validation]\napp_access_token_validity = {seconds}");
        let imported = imported(&text);
        assert!(imported.leaves_something_out(), "{text}");
        assert!(imported.settings.iter().all(|it| it.path != "tokens.lifetimes.access"));
    }
}

#[test]
fn what_a_remark_says_to_write_is_taken_and_what_it_says_is_in_force_is() {
    let pool = imported("[session_data.persistence]\npersistence_pool_size = 500\n");
    let remedy = &pool.remarks[0].about.remedy;
    assert!(remedy.contains("persistence.pool_size = 100 (the most here)"), "{remedy}");

    let (app, user) = ("app_access_token_validity", "user_access_token_validity");
    for (text, in_force) in [
        (format!("{app} = 600\n{user} = -1"), format!("that of {app}")),
        (format!("{app} = -1\n{user} = 600"), format!("that of {user}")),
        (format!("{app} = -1\n{user} = 0"), "the default".to_owned()),
    ] {
        let imported = imported(&format!("[oauth.token_validation]\n{text}"));
        for remark in &imported.remarks {
            let remedy = &remark.about.remedy;
            assert!(remedy.ends_with(&format!("; {in_force} is in force")), "{text}: {remedy}");
        }
        assert!(!imported.remarks.is_empty(), "{text}");
    }
}

#[test]
fn the_shortest_lifetime_makes_settings_that_hold() {
    for key in ["app_access_token_validity", "user_access_token_validity"] {
        let imported = imported(&format!("[oauth.token_validation]\n{key} = 1"));

        assert!(settings(&imported).contains(&"tokens.reuse = \"new\"".to_owned()));
        assert_eq!(remarks(&imported).0, [format!("oauth.token_validation.{key}")]);
        let text = imported.settings_text(|_| String::new());
        crate::config::parse(Some(("config.toml", &text)), []).unwrap();
    }
}
