//! The claims of a JWT for a person, to the letter.

use std::time::Duration;

use uuid::Uuid;

use super::*;
use crate::{
    model::{
        account_end::AccountLimits, scope::Scope, secret::Secret, space_delimited::SpaceDelimited,
        user::Attributes, username::Username,
    },
    tokens::user_jwt::{JwtSecret, UserJwtSignature},
};

/// What the documentation of Auth-O-Tron takes for now.
const NOW: Timestamp = Timestamp(1_704_063_600_250);

fn jwts(subject: SubjectFormat, scopes: ScopesShape) -> UserJwts {
    let secret = Secret::new("0123456789abcdef0123456789abcdef".to_owned());
    UserJwts::new(
        ("auth-o-tron.example.com".to_owned(), None),
        Duration::from_hours(1),
        UserJwtSignature::Secrets(vec![JwtSecret::new(&secret)]),
        (subject, scopes),
    )
}

fn usual() -> UserJwts {
    jwts(SubjectFormat::RealmUsername, ScopesShape::Array)
}

fn alice() -> User {
    let attributes = r#"{"department":"engineering","team":"platform"}"#.to_owned();
    User {
        roles: SpaceDelimited::parse("admin developer"),
        scope: Scope::parse("read write").unwrap(),
        attributes: Attributes::try_from(attributes).unwrap(),
        ..User::blank(Uuid::from_u128(7), "internal", &Username::parse("alice").unwrap(), NOW)
    }
}

fn claims(jwts: &UserJwts, user: &User) -> Value {
    let limits = AccountLimits::of(&user.attributes).unwrap();
    Value::Object(jwts.claims(user, (NOW.seconds(), jwts.expires(&limits, None, NOW))))
}

#[test]
fn they_are_those_of_the_example() {
    let expected = json!({
        "sub": "internal-alice",
        "iss": "auth-o-tron.example.com",
        "exp": 1_704_067_200,
        "iat": 1_704_063_600,
        "roles": ["admin", "developer"],
        "username": "alice",
        "realm": "internal",
        "scopes": ["read", "write"],
        "scope": "read write",
        "attributes": {"department": "engineering", "team": "platform"},
    });

    assert_eq!(claims(&usual(), &alice()), expected);
}

#[test]
fn the_earliest_of_all_ends_counts() {
    let expires = |attributes: Value| {
        let attributes = Attributes::try_from(attributes.to_string()).unwrap();
        claims(&usual(), &User { attributes, ..alice() })["exp"].clone()
    };

    assert_eq!(expires(json!({"exp": "1704063601"})), 1_704_063_601);
    assert_eq!(expires(json!({"exp": "1704067201"})), 1_704_067_200);
    assert_eq!(expires(json!({"max_ttl": "15m"})), 1_704_064_500);
    assert_eq!(expires(json!({"max_ttl": "2h"})), 1_704_067_200);
    let bound = Some(Timestamp(1_704_063_700_000));
    assert_eq!(usual().expires(&AccountLimits::default(), bound, NOW), 1_704_063_700);
}

#[test]
fn scopes_are_an_array_if_any_or_a_map_always() {
    let nothing = User { scope: Scope::default(), ..alice() };
    let map = jwts(SubjectFormat::RealmUsername, ScopesShape::Map);
    let scope = Scope::parse("polytope:read polytope:write:all mars:read other").unwrap();

    assert!(claims(&usual(), &nothing).get("scopes").is_none());
    assert_eq!(claims(&usual(), &nothing)["scope"], "");
    assert_eq!(claims(&map, &nothing)["scopes"], json!({}));
    assert_eq!(
        claims(&map, &User { scope, ..alice() })["scopes"],
        json!({"": ["other"], "mars": ["read"], "polytope": ["read", "write:all"]})
    );
}

#[test]
fn what_is_said_of_a_user_never_stands_in_the_place_of_ours() {
    let said = r#"{"email":"a@example.com","iss":"evil","roles":["root"],"sub":"x"}"#.to_owned();
    let user = User { claims: Attributes::try_from(said).unwrap(), ..alice() };

    let claims = claims(&jwts(SubjectFormat::UserId, ScopesShape::Array), &user);

    assert_eq!(
        (&claims["email"], &claims["iss"]),
        (&json!("a@example.com"), &json!("auth-o-tron.example.com"))
    );
    assert_eq!(claims["roles"], json!(["admin", "developer"]));
    assert_eq!(claims["sub"], Uuid::from_u128(7).to_string());
}

#[test]
fn a_presented_one_is_good_for_its_issuer_audience_and_time() {
    let good =
        json!({"iss": "me", "aud": "app", "iat": 10, "exp": 20, "realm": "r", "username": "u"});
    let with = |member: &str, value: Value| {
        let mut said = good.clone();
        said[member] = value;
        serde_json::from_value::<SaidOfUser>(said)
    };
    let secret = Secret::new("0123456789abcdef0123456789abcdef".to_owned());
    let jwts = UserJwts::new(
        ("me".to_owned(), Some("app".to_owned())),
        Duration::from_secs(10),
        UserJwtSignature::Secrets(vec![JwtSecret::new(&secret)]),
        (SubjectFormat::UserId, ScopesShape::Array),
    );
    let is_good = |said: SaidOfUser, at: i64| said.is_good(&jwts, Timestamp(at));

    assert!(is_good(with("exp", json!(20)).unwrap(), 10_000));
    assert!(is_good(with("exp", json!(20)).unwrap(), 19_999));
    assert!(!is_good(with("exp", json!(20)).unwrap(), 20_000));
    assert!(!is_good(with("iat", json!(11)).unwrap(), 10_999));
    assert!(!is_good(with("iss", json!("you")).unwrap(), 10_000));
    for aud in [json!("other"), json!(["app"]), json!(["app", "other"]), json!(null)] {
        assert!(!is_good(with("aud", aud).unwrap(), 10_000));
    }
    for (member, wrong) in [("exp", json!("20")), ("realm", json!(null)), ("iat", json!(null))] {
        assert!(with(member, wrong).is_err(), "{member}");
    }
}
