use super::*;
use crate::model::{
    client::{ClientKind, testing::website},
    timestamp::Timestamp,
};

const NOW: Timestamp = Timestamp(0);

fn client(scope: &str) -> Client {
    Client { kind: ClientKind::Machine, ..website(scope) }
}

fn server(audience: &str, scope: &str, is_default: bool) -> ResourceServer {
    ResourceServer {
        audience: audience.to_owned(),
        name: audience.to_owned(),
        scope: Scope::parse(scope).unwrap(),
        is_default,
        introspectors: SpaceDelimited::default(),
        created_at: NOW,
        updated_at: NOW,
    }
}

fn decided(
    client: &Client,
    scope: Option<&str>,
    resources: &[&str],
    servers: &[ResourceServer],
) -> Result<(String, String), AccessRefusal> {
    let asked = AskedAccess {
        scope: scope.map(|scope| Scope::parse(scope).unwrap()),
        resources: resources.iter().map(|resource| (*resource).to_owned()).collect(),
    };
    decide(client, &asked, servers, &Issuer::parse("https://id.example").unwrap())
        .map(|access| (access.scope.to_string(), access.audience.to_string()))
}

#[test]
fn without_a_scope_the_client_gets_all_of_its_own() {
    let granted = decided(&client("a b"), None, &[], &[]);

    assert_eq!(granted, Ok(("a b".into(), "https://id.example".into())));
}

#[test]
fn a_scope_outside_the_clients_is_refused() {
    assert_eq!(decided(&client("a b"), Some("a c"), &[], &[]), Err(AccessRefusal::ScopeNotAllowed));
}

#[test]
fn a_named_resource_cuts_the_scope_to_what_it_knows() {
    let servers = [server("https://one", "a", false), server("https://two", "b", false)];
    let client = client("a b");

    assert_eq!(
        decided(&client, Some("a b"), &["https://one"], &servers),
        Ok(("a".into(), "https://one".into()))
    );
    assert_eq!(
        decided(&client, Some("b"), &["https://one"], &servers),
        Err(AccessRefusal::ScopeUnknownThere)
    );
    assert_eq!(
        decided(&client, None, &["https://one", "https://two"], &servers),
        Ok(("a b".into(), "https://one https://two".into()))
    );
}

#[test]
fn an_unknown_resource_or_one_the_client_has_no_business_with_is_refused() {
    let servers = [server("https://one", "z", false)];

    for resource in ["https://one", "https://other"] {
        assert_eq!(
            decided(&client("a"), None, &[resource], &servers),
            Err(AccessRefusal::UnknownResource)
        );
    }
}

#[test]
fn scope_tells_the_audience_and_the_default_stands_in() {
    let servers = [server("https://one", "a", false), server("https://two", "b", true)];
    let client = client("a b c");

    assert_eq!(decided(&client, Some("a"), &[], &servers).unwrap().1, "https://one");
    assert_eq!(decided(&client, Some("c"), &[], &servers).unwrap().1, "https://two");
}

#[test]
fn a_scope_of_our_own_api_makes_the_issuer_an_audience_beside_the_others() {
    let us = "https://id.example";
    let servers = [server("https://one", "a", false), server("https://two", "b", true)];
    let client = client("a c tokens.use:Link");
    let audience = |scope| decided(&client, Some(scope), &[], &servers).unwrap().1;

    assert_eq!(audience("tokens.use:Link"), us);
    assert_eq!(audience("a tokens.use:Link"), format!("https://one {us}"));
    assert_eq!(audience("c tokens.use:Link"), format!("https://two {us}"));
    assert_eq!(audience("a"), "https://one");
}

#[test]
fn the_issuer_may_be_named_by_whoever_has_business_with_its_api() {
    let us = "https://id.example";
    let servers = [server("https://one", "a", false)];
    let client_of_ours = client("a tokens.use:Link");

    assert_eq!(
        decided(&client_of_ours, None, &[us], &servers),
        Ok(("tokens.use:Link".into(), us.into()))
    );
    assert_eq!(
        decided(&client_of_ours, None, &["https://one", us], &servers),
        Ok(("a tokens.use:Link".into(), format!("https://one {us}")))
    );
    assert_eq!(
        decided(&client_of_ours, Some("a"), &[us], &servers),
        Err(AccessRefusal::ScopeUnknownThere)
    );
    assert_eq!(decided(&client("a"), None, &[us], &servers), Err(AccessRefusal::UnknownResource));
}

#[test]
fn a_part_of_what_was_granted_is_got_and_no_more() {
    let whole = client("orders stock own");
    let issuer = Issuer::parse("https://id.example").unwrap();
    let servers = [server("https://one", "orders", false), server("https://two", "stock", false)];
    let granted = Access {
        scope: Scope::parse("orders stock own").unwrap(),
        audience: SpaceDelimited::parse("https://one https://two"),
    };
    let narrowed = |client: &Client, scope: Option<&str>, resources: &[&str]| {
        let asked = AskedAccess {
            scope: scope.map(|scope| Scope::parse(scope).unwrap()),
            resources: resources.iter().map(|resource| (*resource).to_owned()).collect(),
        };
        narrow(client, &granted, &asked, (&servers, &issuer))
            .map(|access| (access.scope.to_string(), access.audience.to_string()))
    };
    let got = |scope: &str, audience: &str| Ok((scope.to_owned(), audience.to_owned()));

    assert_eq!(narrowed(&whole, None, &[]), got("orders stock own", "https://one https://two"));
    assert_eq!(narrowed(&whole, Some("stock"), &[]), got("stock", "https://two"));
    assert_eq!(narrowed(&whole, None, &["https://one"]), got("orders", "https://one"));
    assert_eq!(narrowed(&client("orders"), None, &[]), got("orders", "https://one"));
    // Whoever came to know the scope since gets no token that was granted for others.
    let of_before = Access {
        scope: Scope::parse("orders").unwrap(),
        audience: SpaceDelimited::parse("https://id.example"),
    };
    let later = narrow(&whole, &of_before, &AskedAccess::default(), (&servers, &issuer)).unwrap();
    assert_eq!(later.audience.to_string(), "https://id.example");
    let gone = Access { audience: SpaceDelimited::parse("https://gone"), ..of_before };
    let refusal = narrow(&whole, &gone, &AskedAccess::default(), (&servers, &issuer));
    assert_eq!(refusal, Err(AccessRefusal::UnknownResource));
    let refused = [
        (narrowed(&whole, Some("more"), &[]), AccessRefusal::ScopeNotGranted),
        (narrowed(&client("orders"), Some("stock"), &[]), AccessRefusal::ScopeNotAllowed),
        (narrowed(&client("more"), None, &[]), AccessRefusal::ScopeNotAllowed),
        (narrowed(&whole, None, &["https://three"]), AccessRefusal::UnknownResource),
    ];
    for (judged, refusal) in refused {
        assert_eq!(judged, Err(refusal));
    }
}

#[test]
fn the_scopes_of_openid_are_the_servers_own() {
    let us = "https://id.example";
    let servers = [
        server("https://one", "a profile", false),
        server("https://two", "b", true),
        server("https://three", "", false),
    ];
    let client = client("openid profile offline_access a c");
    let granted = |scope: &str, resources: &[&str]| {
        decided(&client, Some(scope), resources, &servers)
            .map(|(scope, audience)| format!("{scope} for {audience}"))
    };

    // They make nobody an audience, whoever claims to know them, and stay whoever is named.
    assert_eq!(granted("openid profile", &[]).unwrap(), format!("openid profile for {us}"));
    assert_eq!(granted("openid a", &[]).unwrap(), "openid a for https://one");
    assert_eq!(granted("openid c", &[]).unwrap(), "openid c for https://two");
    assert_eq!(granted("openid a", &["https://one"]).unwrap(), "openid a for https://one");
    assert_eq!(granted("openid", &["https://one"]).unwrap(), "openid for https://one");
    assert_eq!(granted("openid", &[us]).unwrap(), format!("openid for {us}"));
    // But they do not stand in for what the one that is named does not know.
    let lost = Err(AccessRefusal::ScopeUnknownThere);
    assert_eq!(granted("openid c", &["https://one"]), lost);
}
