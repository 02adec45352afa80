//! Making tokens: what their type wants, and what becomes of it.

use tessera::{
    model::{attempt::Outcome, standing::Refusal},
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
