//! What becomes of a large file of Auth-O-Tron, and of what has no place here.

use std::fmt::Write;

use super::*;

#[test]
fn ten_thousand_users_are_imported_with_what_augmenters_give_each() {
    let name = |at: usize| format!("user{at}");
    let mut text =
        "version: 2.0.0\nproviders:\n  - type: plain\n    realm: r\n    users:\n".to_owned();
    for at in 0..10_000 {
        let name = name(at);
        writeln!(text, "      - {{username: {name}, password: p{at}, roles: [a, b]}}").unwrap();
    }
    let names: Vec<_> = (0..10_000).map(name).collect();
    let names = names.join(", ");
    write!(
        text,
        "augmenters:\n  - {{type: plain, realm: r, roles: {{c: [{names}]}}}}\n  - {{type: plain_advanced, \
         realm: r, match: {{username: [{names}]}}, augment: {{roles: [d]}}}}\n"
    )
    .unwrap();

    let imported = imported(&text);

    assert_eq!(imported.users.len(), 10_000);
    assert!(imported.users.iter().all(|user| user.roles == ["a", "b", "c", "d"]));
}

#[test]
fn what_no_start_would_take_is_left_out_of_the_users_and_told() {
    let augmented = |attributes: &str| {
        imported(&format!(
            "version: 2.0.0\nproviders:\n  - {{type: plain, realm: r, users: [{{username: a, \
             password: pppppppp}}]}}\naugmenters:\n  - {{type: plain_advanced, realm: r, \
             match: {{username: [a]}}, augment: {{attributes: {{{attributes}}}}}}}\n"
        ))
    };
    let key = |name: &str| format!("augmenters[0].augment.attributes.{name}");

    let sound = augmented("exp: '1767225600', max_ttl: 15m, team: soon");
    assert_eq!((sound.users[0].attributes.len(), sound.remarks.len()), (3, 0));

    for (attribute, name) in [("exp: soon", "exp"), ("max_ttl: 0s", "max_ttl")] {
        let imported = augmented(&format!("{attribute}, team: t"));
        assert_eq!(remarks(&imported).0, [key(name)]);
        assert!(imported.remarks[0].about.from.ends_with("line 5"), "{:?}", imported.remarks);
        assert_eq!(imported.users[0].attributes.keys().collect::<Vec<_>>(), ["team"]);
    }
    let large = augmented(&format!("large: {}", "x".repeat(17_000)));
    assert_eq!((remarks(&large).0, large.users[0].attributes.len()), (vec!["augmenters[0]"], 0));
}

#[test]
fn a_line_break_at_the_end_of_a_secret_is_told() {
    let secret = |block: &str| {
        imported(&format!(
            "jwt:\n  iss: a\n  exp: 60\n  secret: {block}\n    0123456789abcdef0123456789abcdef\n"
        ))
    };

    assert_eq!(remarks(&secret("|-")), (vec![], vec![]));
    let broken = secret("|");
    assert_eq!(remarks(&broken), (vec![], vec!["jwt.secret"]));
    assert!(broken.remarks[0].about.problem.starts_with("ends in a line break"));
    let short = imported("jwt: {iss: a, exp: 60, secret: \"0123456789abcdef0123456789abcde\\n\"}");
    assert_eq!(remarks(&short).0, ["jwt.secret"]);
}

#[test]
fn where_tokens_are_kept_it_is_told_that_get_makes_none_and_how_it_would() {
    let store = "type: mongo, uri: 'mongodb://h/x', database: x";
    let kept = imported(&format!("store: {{enabled: true, {store}}}"));

    assert_eq!(remarks(&kept), (vec!["store.uri"], vec!["store.enabled"]));
    let told = kept.remarks.iter().find(|remark| !remark.is_left_out).unwrap();
    assert!(told.about.problem.contains("GET /token is off"), "{told:?}");
    assert!(told.about.remedy.contains("personal_tokens.get_token = true"), "{told:?}");
    assert!(!settings(&kept).iter().any(|setting| setting.starts_with("personal_tokens")));
    assert_eq!(remarks(&imported("store: {enabled: false}")), (vec![], vec![]));
}

#[test]
fn what_does_nothing_beside_a_switch_that_is_off_is_told() {
    let off = imported(
        "metrics: {enabled: false, port: 9090}\n\
         store: {enabled: false, type: mongo, uri: 'mongodb://u:hunter2@h/x', database: x}\n",
    );

    let expected = ["metrics.port", "store.type", "store.uri", "store.database"];
    assert_eq!(remarks(&off), (expected.to_vec(), vec![]));
    assert!(!format!("{off:?}").contains("hunter2"));
}

#[test]
fn a_user_whose_name_has_a_colon_is_left_out_with_the_line_and_the_rest_starts() {
    let imported = imported(
        "version: 2.0.0\nproviders:\n  - type: plain\n    realm: internal\n    users:\n      - \
         {username: 'bad:name', password: pppppppp}\n      - {username: good, password: pppppppp}\n",
    );

    let names: Vec<_> = imported.users.iter().map(|user| user.username.as_str()).collect();
    assert_eq!(names, ["good"]);
    assert_eq!(remarks(&imported).0, ["providers[0].users[0]"]);
    let about = &imported.remarks[0].about;
    assert!(about.problem.starts_with("is left out: \"bad:name\" holds a colon"), "{about:?}");
    assert!(about.from.ends_with("line 6"), "{about:?}");
}
