use std::time::Duration;

use super::*;
use crate::model::{
    client_id::ClientId,
    entry_key::EntryKey,
    purposes::Purposes,
    query::narrowed::{MOST_PATHS, Path, Within},
    scope::Scope,
    space_delimited::SpaceDelimited,
    standing::samples::{NOW, good},
    token_entry::{EntryStatus, TokenKind},
};

const ANNA: Uuid = Uuid::from_u128(7);

fn search(text: &str) -> Search {
    let users = HashMap::from([(("default".to_owned(), "anna".to_owned()), ANNA)]);
    Search { query: TokenQuery::parse(text).unwrap(), at: NOW, users }
}

/// A typed token of Anna's that was made a day ago, is good for an hour more and was used once.
fn token() -> StandingEntry {
    let mut token = good();
    let entry = &mut token.entry;
    entry.kind = TokenKind::Typed;
    entry.type_name = "passwordreset".to_owned();
    entry.user_id = Some(ANNA);
    entry.user_generation = Some(1);
    entry.subject = Some("sub-7".to_owned());
    entry.authorization_id = Some(Uuid::from_u128(9));
    entry.scope = Scope::parse("read write").unwrap();
    entry.audience = SpaceDelimited::parse("https://api.example");
    entry.identity = Some("Weber, Jonas".to_owned());
    entry.purposes = Purposes::of(["Login"]);
    entry.created_at = NOW.minus(Duration::from_hours(24));
    entry.expires_at = Some(NOW.plus(Duration::from_hours(1)));
    entry.last_used_at = Some(NOW.minus(Duration::from_mins(1)));
    entry.uses = 1;
    token.standing.user_status = Some("active".to_owned());
    token.standing.user_generation_now = Some(1);
    token.standing.username = Some("Anna".to_owned());
    token.standing.family_status = Some("valid".to_owned());
    token
}

#[test]
fn every_key_asks_what_it_says() {
    let token = token();
    let key = token.entry.entry_key.to_string();
    for (yes, no) in [
        ("", "x"),
        ("status:active", "status:revoked,waiting"),
        ("status:expiring", "-status:expiring"),
        ("type:PASSWORDRESET", "type:access"),
        ("kind:typed", "kind:access,refresh"),
        ("format:reference", "format:jwt"),
        ("client:other,mailer", "-client:mailer"),
        ("user:ANNA", "user:staff/anna"),
        ("user:00000000-0000-0000-0000-000000000007", "-user:anna"),
        ("subject:sub-7", "subject:SUB-7"),
        (
            "family:00000000-0000-0000-0000-000000000009",
            "family:00000000-0000-0000-0000-000000000007",
        ),
        ("scope:write", "scope:writ"),
        ("audience:https://api.example", "audience:https://api.example/"),
        (r#"identity:"Weber, Jonas""#, r#"identity:"weber, jonas""#),
        ("purpose:LOGIN", "purpose:logout"),
        ("created:<25h", "created:<23h"),
        ("created:>23h", "created:>25h"),
        ("expires:<2h", "expires:<30m"),
        ("expires:>30m", "expires:>2h,never"),
        ("ended:never", "ended:<1h"),
        ("used:<2m", "used:never"),
        ("uses:1", "uses:0,>1"),
        ("ann", "-ANNA"),
        ("mail SUB weber password", "mail bob"),
        (&key, "tok_ZZ"),
        ("-type:access -kind:access", "type:passwordreset -kind:typed"),
    ] {
        assert!(search(yes).matches(&token), "{yes}");
        assert!(!search(no).matches(&token), "{no}");
    }
    let by_key = search(&format!("entry:{},tok_0", &key[..8]));
    assert!(by_key.matches(&token));
}

#[test]
fn what_has_ended_does_not_expire_within_a_day() {
    let mut token = token();
    token.entry.expires_at = Some(NOW.minus(Duration::from_secs(1)));

    assert!(!search("expires:<24h").matches(&token));
    assert!(search("expires:<2027-01-15T08:00:00Z status:expired").matches(&token));
}

#[test]
fn what_a_store_may_leave_out_never_holds_a_match() {
    let token = {
        let mut token = token();
        let random = crate::model::secret::Random::system();
        let keep = token.entry.expires_at.unwrap().plus(Duration::from_hours(1));
        token.entry.entry_key = EntryKey::draw(keep, &random);
        token
    };
    for text in [
        "",
        "status:active",
        "type:PasswordReset kind:typed status:expiring,active",
        "client:mailer user:anna",
        "family:00000000-0000-0000-0000-000000000009 user:anna",
        "expires:<2h,never",
        "expires:>30m",
        "format:reference identity:\"Weber, Jonas\"",
        "created:<25h created:>23h",
        "created:>23h,never used:<2m",
        "expires:<2h ended:never",
        "expires:>=2027-01-15",
    ] {
        let search = search(text);
        let narrowed = search.narrowed();

        assert!(search.matches(&token), "{text}");
        let entry = &token.entry;
        assert!((narrowed.first..=narrowed.last).contains(&entry.entry_key), "{text}");
        assert!(narrowed.type_name.is_none_or(|name| name == entry.type_name), "{text}");
        assert!(narrowed.kind.is_none_or(|kind| kind == entry.kind), "{text}");
        assert!(narrowed.status.is_none_or(|status| status == entry.status), "{text}");
        let ends = entry.expires_at;
        assert!(narrowed.ends_after.is_none_or(|at| ends.is_none_or(|end| end > at)), "{text}");
        assert!(narrowed.format.is_none_or(|format| format == entry.format), "{text}");
        assert!(narrowed.subject.is_none() || narrowed.subject == entry.subject, "{text}");
        assert!(narrowed.identity.is_none() || narrowed.identity == entry.identity, "{text}");
        let times = [Some(entry.created_at), entry.expires_at, entry.ended_at, entry.last_used_at];
        for (within, time) in narrowed.times.iter().zip(times) {
            assert!(within.from.is_none_or(|from| time >= Some(from)), "{text}");
            assert!(within.before.is_none_or(|end| time.is_some_and(|at| at < end)), "{text}");
        }
    }
}

#[test]
fn what_has_expired_is_left_out_where_only_others_are_meant() {
    for text in ["status:active", "status:waiting,paused", "-type:id status:used_up"] {
        assert_eq!(search(text).narrowed().ends_after, Some(NOW), "{text}");
    }
    for text in ["", "-status:active", "status:active,expired", "status:cut_off", "status:used"] {
        assert_eq!(search(text).narrowed().ends_after, None, "{text}");
    }
}

#[test]
fn times_are_looked_up_where_none_of_them_may_be_missing() {
    let created = |text: &str| search(text).narrowed().times[0];
    let ago = |hours| Some(NOW.minus(Duration::from_hours(hours)));

    assert_eq!(created("created:<2h").before, None);
    assert_eq!(created("created:>2h,>4h").before.max(ago(3)), created("created:>2h").before);
    assert_eq!(created("created:>2h created:>4h"), created("created:>4h"));
    assert!(created("created:<2h created:<4h").from >= ago(2));
    for none in ["created:>2h,never", "-created:>2h", "used:>2h", "type:access"] {
        assert_eq!(created(none), Within::default(), "{none}");
    }
    assert_eq!(search("used:never").narrowed().times[3], Within::default());
    assert!(search("ended:<1d").narrowed().times[2].from.is_some());
}

#[test]
fn the_closest_path_is_walked() {
    let paths = |text: &str| search(text).narrowed().paths;
    let client = |name: &str| Path::Client(ClientId::parse(name).unwrap());

    assert_eq!(paths("type:access"), [Path::All]);
    assert_eq!(paths("client:a,b,a"), [client("a"), client("b")]);
    assert_eq!(paths("client:a user:anna client:b"), [Path::User(ANNA)]);
    assert_eq!(paths("user:nobody client:a"), [], "nobody's tokens are none");
    assert_eq!(paths("-client:a"), [Path::All]);
    let many: Vec<_> = (0..=MOST_PATHS).map(|number| number.to_string()).collect();
    assert_eq!(paths(&format!("client:{}", many.join(","))), [Path::All]);
}

#[test]
fn every_entry_along_one_path_is_meant_where_nothing_else_is_said() {
    for text in ["", "client:a", "user:anna", "family:00000000-0000-0000-0000-000000000009"] {
        assert!(search(text).is_along_path(), "{text}");
    }
    for text in ["client:a,b", "-client:a", "client:a user:anna", "type:access", "anna"] {
        assert!(!search(text).is_along_path(), "{text}");
    }
}

#[test]
fn a_status_is_looked_up_where_the_row_says_it() {
    let status = |text: &str| search(text).narrowed().status;

    assert_eq!(status("status:revoked"), Some(EntryStatus::Revoked));
    assert_eq!(status("status:active,expiring"), Some(EntryStatus::Valid));
    for text in ["status:revoked,active", "status:expired", "status:cut_off", "-status:revoked"] {
        assert_eq!(status(text), None, "{text}");
    }
}
