use proptest::prelude::*;

use super::*;

fn faults(text: &str) -> Vec<(usize, String, String)> {
    let told = TokenQuery::parse(text).unwrap_err().0.into_iter();
    told.map(|fault| (fault.position, format!("{} {}", fault.what, fault.problem), fault.remedy))
        .collect()
}

#[test]
fn every_key_is_read_and_written_in_one_form() {
    for (text, canonical) in [
        ("", ""),
        ("  status:Active,Cut-Off ", "status:active,cut_off"),
        (r#"status:"not yet""#, "status:not_yet"),
        ("type:PasswordReset kind:typed", "type:passwordreset kind:typed"),
        ("-format:jwt client:a,b", "-format:jwt client:a,b"),
        ("user:default/Alice", "user:Alice"),
        ("user:staff/Alice user:default/a/b", "user:staff/Alice user:default/a/b"),
        (r#"subject:"a b",c"#, r#"subject:"a b",c"#),
        ("family:00000000000000000000000000000007", "family:00000000-0000-0000-0000-000000000007"),
        ("scope:read audience:https://api.example/x", "scope:read audience:https://api.example/x"),
        ("identity:Weber purpose:Login", "identity:Weber purpose:login"),
        ("created:>720h expires:<=PT24H", "created:>30d expires:<=1d"),
        ("created:2026-03-01,<2025-01-01", "created:2026-03-01,<2025-01-01"),
        ("used:>=2026-03-01T10:00:00.5+01:00", "used:>=2026-03-01T09:00:00Z"),
        ("ended:never uses:>3,0", "ended:never uses:>3,0"),
        ("entry:tok_7qx4,7QX5", "entry:tok_7QX4,tok_7QX5"),
        (r#"jonas -"anna:b" "-x""#, r#"jonas -"anna:b" "-x""#),
    ] {
        let query = TokenQuery::parse(text).unwrap();

        assert_eq!(query.to_string(), canonical);
        assert_eq!(TokenQuery::parse(canonical).unwrap(), query);
    }
}

#[test]
fn every_fault_is_told_at_once_with_its_place_and_what_was_meant() {
    let told = faults("statsu:active status:actve,used kind:x uses:many -created:30d");

    assert_eq!(
        told,
        [
            (1, "statsu is no key".to_owned(), "write status:".to_owned()),
            (22, "actve is no status".to_owned(), "write active".to_owned()),
            (
                38,
                "x is no kind".to_owned(),
                "one of access, refresh, code, device_code, user_code, id, typed".to_owned()
            ),
            (45, "many is no number".to_owned(), "write 0, >3 or <=10".to_owned()),
            (
                59,
                "30d has neither < nor > in front".to_owned(),
                "write >30d, <24h, a day such as 2026-03-01, >=2026-03-01T12:00:00Z, or never"
                    .to_owned()
            ),
        ]
    );
}

#[test]
fn every_key_refuses_what_cannot_stand_behind_it() {
    for (text, problem) in [
        ("https://x", "https is no key"),
        (":x", ": has no key in front"),
        ("type:1x", "1x names no token type"),
        ("client:a/b", "a/b names no client"),
        ("user:\" a\"", " a names no user"),
        ("family:x", "x is no family"),
        ("subject:>x", ">x is neither a time nor a number"),
        ("purpose:<x", "<x is neither a time nor a number"),
        ("entry:tok_U", "tok_U is no entry"),
        ("expires:soon", "soon is no time"),
    ] {
        let told = faults(text);

        assert_eq!((told.len(), told[0].1.as_str()), (1, problem), "{told:?}");
    }
}

#[test]
fn a_client_or_user_and_nothing_else_is_a_whole() {
    let whole = |text: &str| TokenQuery::parse(text).unwrap().whole();

    assert_eq!(whole("client:a"), Some(Whole::Client(ClientId::parse("a").unwrap())));
    assert!(matches!(whole("user:staff/anna"), Some(Whole::User(UserName::Named { .. }))));
    for text in ["", "client:a,b", "-client:a", "client:a type:access", "client:a client:a", "a"] {
        assert_eq!(whole(text), None, "{text}");
    }
}

#[test]
fn who_asks_for_what_rests_is_told_of_what_was_never_used() {
    let wider = |text: &str| {
        TokenQuery::parse(text).unwrap().with_never_used().map(|wider| wider.to_string())
    };
    for (given, expected) in [
        ("used:>30d", "used:>30d,never"),
        (
            "client:a used:<2026-01-01 status:active",
            "client:a used:<2026-01-01,never status:active",
        ),
    ] {
        assert_eq!(wider(given).as_deref(), Some(expected));
    }
    for given in [
        "",
        "used:>30d,never",
        "used:never",
        "used:<30d",
        "-used:>30d",
        "used:>30d used:<60d",
        "used:2026-01-01",
        "created:>30d",
    ] {
        assert_eq!(wider(given), None, "{given}");
    }
}

proptest! {
    #[test]
    fn no_text_panics(text in any::<String>()) {
        let _ = TokenQuery::parse(&text);
    }

    #[test]
    fn whatever_is_read_is_written_so_that_it_reads_back(
        text in r#"(-?(status|type|client|user|subject|identity|purpose|created|uses|entry|scope)?:?["a-zA-Z0-9<>,/_ .:\\-]{0,12} ?){0,5}"#
    ) {
        if let Ok(query) = TokenQuery::parse(&text) {
            let written = query.to_string();
            prop_assert_eq!(TokenQuery::parse(&written), Ok(query), "{}", written);
        }
    }

    #[test]
    fn any_value_in_quotes_reads_back(value in "[^\\p{Cc}]{1,20}", negated: bool) {
        let terms = ["identity", "subject", "purpose"].map(|key| {
            let sign = if negated { "-" } else { "" };
            format!("{sign}{key}:{}", super::super::syntax::quoted(&value, false))
        });
        let query = TokenQuery::parse(&terms.join(" ")).unwrap();

        prop_assert_eq!(TokenQuery::parse(&query.to_string()), Ok(query));
    }
}
