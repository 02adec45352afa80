//! Making tokens: what their type wants, and what becomes of it.

use tessera::{
    model::{
        attempt::Outcome,
        id::uuid_v7,
        secret::Random,
        standing::Refusal,
        user::{DEFAULT_REALM, PasswordHash, User, UserStatus},
        username::Username,
    },
    store::End,
    tokens::typed::CreateRefusal,
};

use crate::common::{
    TestServer, on_each_engine,
    typed::{Presented, Wanted},
};

on_each_engine!(
    a_type_may_want_a_purpose_and_an_identity,
    what_no_store_keeps_is_refused,
    a_shorter_life_may_be_asked_for_and_no_longer_one,
    only_some_clients_may_make_it,
    a_type_may_write_its_own_strings,
    it_works_from_some_networks_only,
    it_works_from_where_it_was_first_used,
    it_works_for_some_resource_servers_only,
    a_deleted_token_is_gone,
    uses_do_not_make_it_live_longer_than_was_asked_for,
    what_would_never_work_is_not_made,
    it_falls_with_its_user,
);

async fn a_type_may_want_a_purpose_and_an_identity(server: TestServer) {
    let types = "[[token_types]]\nname = 'Reset'\nrequire_purpose = true\nrequire_identity = true";
    server.define(types).await;
    let app = server.machine("app", "read").await;
    let whole = || Wanted { purposes: &["reset"], identity: Some("Bob"), ..Wanted::default() };

    for (wanted, refusal) in [
        (Wanted { purposes: &[], ..whole() }, CreateRefusal::PurposeMissing),
        (Wanted { purposes: &["", " "], ..whole() }, CreateRefusal::PurposeMissing),
        (Wanted { identity: None, ..whole() }, CreateRefusal::IdentityMissing),
        (Wanted { identity: Some(""), ..whole() }, CreateRefusal::IdentityMissing),
    ] {
        assert_eq!(server.try_create(&app, "Reset", wanted).await.unwrap_err(), refusal);
    }
    server.create(&app, "Reset", whole()).await;
}

async fn what_no_store_keeps_is_refused(server: TestServer) {
    server.define("[[token_types]]\nname = 'Badge'").await;
    let app = server.machine("app", "read").await;
    let long = "x".repeat(401);
    let many: Vec<String> = (0..33).map(|number| number.to_string()).collect();
    let many: Vec<&str> = many.iter().map(String::as_str).collect();
    let any = Wanted::default;

    for (wanted, refusal) in [
        (Wanted { identity: Some("a\0b"), ..any() }, CreateRefusal::Nul),
        (Wanted { purposes: &["\0"], ..any() }, CreateRefusal::Nul),
        (Wanted { identity: Some(&long), ..any() }, CreateRefusal::TooLong),
        (Wanted { purposes: &[&long[..201]], ..any() }, CreateRefusal::TooLong),
        (Wanted { purposes: &many, ..any() }, CreateRefusal::TooLong),
    ] {
        assert_eq!(server.try_create(&app, "Badge", wanted).await.unwrap_err(), refusal);
    }
    let odd = "Ж\u{202e}\n'\"; DROP TABLE tokens --";
    let wanted = Wanted { identity: Some(odd), purposes: &[odd], ..any() };
    let token = server.create(&app, "Badge", wanted).await;
    let right = Presented { identity: Some(odd), purpose: Some(odd), ..Presented::default() };
    assert_eq!(server.outcome("Badge", &token, right).await, Outcome::Allowed);
}

async fn a_shorter_life_may_be_asked_for_and_no_longer_one(server: TestServer) {
    let types = "[[token_types]]\nname = 'Link'\n\
                 [[token_types.rules]]\ntype = 'Expiry'\nexpiry_time = '1h'";
    server.define(types).await;
    let app = server.machine("app", "read").await;
    let life = |seconds| Wanted { expires_in: Some(seconds), ..Wanted::default() };

    let short = server.try_create(&app, "Link", life(60)).await.unwrap();
    let long = server.try_create(&app, "Link", life(3601)).await.unwrap_err();

    assert_eq!(short.expires_at.unwrap().since(server.now()).as_secs(), 60);
    assert_eq!(long.to_string(), "expires_in is at most 3600 s for this type");
}

async fn only_some_clients_may_make_it(server: TestServer) {
    let types = "[[token_types]]\nname = 'Key'\n\
                 [[token_types.rules]]\ntype = 'Client'\nallow = ['app', 'mailer']";
    server.define(types).await;
    let [mailer, other] = [server.machine("mailer", "x").await, server.machine("other", "x").await];

    let refused = server.try_create(&other, "Key", Wanted::default()).await.unwrap_err();
    let token = server.create(&mailer, "Key", Wanted::default()).await;

    assert_eq!(refused, CreateRefusal::ClientNotAllowed);
    assert_eq!(server.outcome("Key", &token, Presented::default()).await, Outcome::Allowed);
}

async fn a_type_may_write_its_own_strings(server: TestServer) {
    let types = "[[token_types]]\nname = 'Short'\n\
                 [[token_types.rules]]\ntype = 'Format'\nbytes = 16\nprefix = 'dl_'";
    server.define(types).await;
    let app = server.machine("app", "read").await;
    let token = server.create(&app, "Short", Wanted::default()).await;

    assert!(token.starts_with("dl_") && token.len() == 25, "{token}");
    assert_eq!(server.outcome("Short", &token, Presented::default()).await, Outcome::Allowed);
    let found = server.app.tokens.present(&token, server.now()).await.unwrap();
    assert_eq!(found.unwrap().refusal, None);
}

async fn it_works_from_some_networks_only(server: TestServer) {
    let types = "[[token_types]]\nname = 'Kiosk'\n\
                 [[token_types.rules]]\ntype = 'Cidr'\nallow = ['10.0.0.0/8', '2001:db8::/32']\n\
                 deny = ['10.9.0.0/16']";
    server.define(types).await;
    let app = server.machine("app", "read").await;
    let token = server.create(&app, "Kiosk", Wanted::default()).await;

    for (address, outcome) in [
        ("10.1.2.3", Outcome::Allowed),
        ("::ffff:10.1.2.3", Outcome::Allowed),
        ("2001:db8::1", Outcome::Allowed),
        ("10.9.1.1", Outcome::NotAllowed),
        ("192.0.2.1", Outcome::NotAllowed),
    ] {
        let presented = Presented { address: address.parse().ok(), ..Presented::default() };
        assert_eq!(server.outcome("Kiosk", &token, presented).await, outcome, "{address}");
    }
    assert_eq!(server.outcome("Kiosk", &token, Presented::default()).await, Outcome::NotAllowed);
}

async fn it_works_from_where_it_was_first_used(server: TestServer) {
    let types = "[[token_types]]\nname = 'Pinned'\n\
                 [[token_types.rules]]\ntype = 'PinIp'\nby = 'ip/24'";
    server.define(types).await;
    let app = server.machine("app", "read").await;
    let token = server.create(&app, "Pinned", Wanted::default()).await;
    let from = |address: &str| Presented { address: address.parse().ok(), ..Presented::default() };

    assert_eq!(server.outcome("Pinned", &token, from("192.0.2.7")).await, Outcome::Allowed);
    assert_eq!(server.outcome("Pinned", &token, from("192.0.2.99")).await, Outcome::Allowed);
    let refused = server.use_token("Pinned", &token, from("192.0.3.7")).await;

    assert_eq!(refused.refusal, Some(Refusal::WrongAddress));
}

async fn it_works_for_some_resource_servers_only(server: TestServer) {
    let types = "[[token_types]]\nname = 'Bill'\n\
                 [[token_types.rules]]\ntype = 'Audience'\nallow = ['billing', 'books']";
    server.define(types).await;
    let app = server.machine("app", "read").await;
    let token = server.create(&app, "Bill", Wanted::default()).await;
    let acting = |audience| Presented { audience, ..Presented::default() };

    assert_eq!(server.outcome("Bill", &token, acting("tides billing")).await, Outcome::Allowed);
    assert_eq!(server.outcome("Bill", &token, acting("tides")).await, Outcome::NotAllowed);
    assert_eq!(server.outcome("Bill", &token, acting("")).await, Outcome::NotAllowed);
}

async fn a_deleted_token_is_gone(server: TestServer) {
    server.define("[[token_types]]\nname = 'Badge'\n[[token_types]]\nname = 'Other'").await;
    let app = server.machine("app", "read").await;
    let made = server.try_create(&app, "Badge", Wanted::default()).await.unwrap();
    let token = made.token.expose();

    assert!(!server.delete("Other", token).await);
    assert_eq!(server.outcome("Badge", token, Presented::default()).await, Outcome::Allowed);
    assert!(server.delete("badge", token).await);

    assert_eq!(server.outcome("Badge", token, Presented::default()).await, Outcome::Invalid);
    assert!(server.entry(&made).await.is_none());
    assert!(!server.delete("Badge", token).await);
}

async fn uses_do_not_make_it_live_longer_than_was_asked_for(server: TestServer) {
    let types = "[[token_types]]\nname = 'Link'\n\
                 [[token_types.rules]]\ntype = 'Expiry'\nexpiry_time = '1h'\n\
                 [[token_types.rules]]\ntype = 'Sliding'\nextend_by = '1h'\nmax_lifetime = '30d'";
    server.define(types).await;
    let app = server.machine("app", "read").await;
    let short = Wanted { expires_in: Some(60), ..Wanted::default() };
    let token = server.create(&app, "Link", short).await;

    let used = server.use_token("Link", &token, Presented::default()).await;

    assert_eq!((used.outcome, used.expires_in), (Outcome::Allowed, Some(60)));
}

async fn what_would_never_work_is_not_made(server: TestServer) {
    let types = "[[token_types]]\nname = 'Late'\n\
                 [[token_types.rules]]\ntype = 'Expiry'\nexpiry_time = '1h'\n\
                 [[token_types.rules]]\ntype = 'Sliding'\nextend_by = '1h'\nmax_lifetime = '30d'\n\
                 [[token_types.rules]]\ntype = 'NotBefore'\ndelay = '10m'\n\
                 [[token_types]]\nname = 'Newer'\n[[token_types]]\nname = 'Free'";
    server.define(types).await;
    server
        .database()
        .execute(
            "UPDATE token_types SET definition = '{\"rules\":[{\"type\":\"Telepathy\"}]}'
         WHERE name_fold = 'newer'",
        )
        .await;
    let server = server.restarted(|_| {}).await;
    let app = server.machine("app", "read").await;
    let life = |seconds| Wanted { expires_in: Some(seconds), ..Wanted::default() };
    let attributes = |text: String| {
        let attributes = serde_json::json!({"a": text}).as_object().unwrap().clone();
        Wanted { attributes, ..Wanted::default() }
    };

    for (name, wanted, refusal) in [
        ("Late", life(600), CreateRefusal::OverBeforeBegun),
        ("Newer", Wanted::default(), CreateRefusal::UnreadableRule),
        ("Free", attributes("x".repeat(8200)), CreateRefusal::AttributesTooLarge),
        (
            "Free",
            life(36_501 * 86_400),
            CreateRefusal::LifetimeTooLong { most: tessera::tokens::typed::LONGEST_LIFE },
        ),
    ] {
        assert_eq!(server.try_create(&app, name, wanted).await.unwrap_err(), refusal, "{name}");
    }
    server.create(&app, "Late", life(601)).await;
    server.create(&app, "Free", attributes("x".repeat(8100))).await;
}

async fn it_falls_with_its_user(server: TestServer) {
    let one = |name: &str, event: &str| {
        format!(
            "[[token_types]]\nname = '{name}'\nrequire_identity = true\n\
             [[token_types.rules]]\ntype = 'SubjectAlive'\nevents = ['{event}']\n"
        )
    };
    server.define(&(one("Secret", "password_change") + &one("Badge", "disable"))).await;
    let app = server.machine("app", "read").await;
    let name = Username::parse("bob").unwrap();
    let id = uuid_v7(server.now(), &Random::system());
    let mut user = User::blank(id, DEFAULT_REALM, &name, server.now());
    user.password = Some(PasswordHash::new("a".to_owned()));
    let mut store = server.app.store.begin().await.unwrap();
    assert!(store.insert_user(&user).await.unwrap());
    store.commit().await.unwrap();
    let bob = || Wanted { identity: Some("bob"), ..Wanted::default() };
    let secret = server.create(&app, "Secret", bob()).await;
    let badge = server.create(&app, "Badge", bob()).await;
    let nobody = Wanted { identity: Some("eve"), ..Wanted::default() };
    let nobody = server.try_create(&app, "Badge", nobody).await.unwrap_err();
    let outcomes = async || {
        let shown = || Presented { identity: Some("bob"), ..Presented::default() };
        let secret = server.outcome("Secret", &secret, shown()).await;
        (secret, server.outcome("Badge", &badge, shown()).await)
    };
    let change = async |user: &User| {
        let end = End { at: server.now(), by: "cli:test".to_owned(), reason: String::new() };
        let mut store = server.app.store.begin().await.unwrap();
        assert!(store.update_user(user, &end).await.unwrap());
        store.commit().await.unwrap();
    };

    assert_eq!(nobody, CreateRefusal::UnknownUser);
    assert_eq!(outcomes().await, (Outcome::Allowed, Outcome::Allowed));
    user.password = Some(PasswordHash::new("b".to_owned()));
    change(&user).await;
    assert_eq!(outcomes().await, (Outcome::Invalid, Outcome::Allowed));
    (user.version, user.status) = (user.version + 1, UserStatus::Disabled);
    change(&user).await;
    assert_eq!(outcomes().await, (Outcome::Invalid, Outcome::Invalid));
}
