use super::*;
use crate::model::{client::testing::website, sign_in_settings::SignInSettings};

const HOME: &str = "https://app.example/cb";

fn client(kind: ClientKind, uris: &str) -> Client {
    let redirect_uris = SpaceDelimited::parse(uris);
    let post_logout_redirect_uris = SpaceDelimited::parse(uris);
    let sign_in =
        SignInSettings { redirect_uris, post_logout_redirect_uris, ..SignInSettings::default() };
    Client { kind, sign_in, ..website("") }
}

fn judge(kind: ClientKind, uris: &str, sent: &str) -> bool {
    let client = client(kind, uris);
    let checked = CheckedRedirect::check(&client, Some(sent), true);
    let after = CheckedRedirect::after_sign_out(&client, sent);
    // One rule for both.
    assert_eq!(checked.as_ref().ok(), after.as_ref(), "{sent}");
    checked.is_ok_and(|checked| checked.as_str() == sent)
}

#[test]
fn an_address_is_compared_byte_for_byte() {
    for kind in [ClientKind::Web, ClientKind::Browser, ClientKind::Native] {
        assert!(judge(kind, HOME, HOME));
        for other in [
            "",
            "https://app.example/cb/",
            "https://app.example/cb?",
            "https://app.example/cb?a=b",
            "https://app.example/cb#",
            "https://app.example/CB",
            "https://APP.example/cb",
            "HTTPS://app.example/cb",
            "https://app.example:443/cb",
            "https://app.example/x/../cb",
            "https://app.example/x/..;/cb",
            "https://app.example/%63b",
            "https://app.example/%2563b",
            "https://app.example\\cb",
            "https://app.example/cb ",
            " https://app.example/cb",
            "https://app.example/cb\0",
            "https://user@app.example/cb",
            "https://app.example@evil.example/cb",
            "https://a@b@app.example/cb",
            "https://app.example.evil.example/cb",
            "https://appXexample/cb",
            "//app.example/cb",
            "javascript:alert(1)",
        ] {
            assert!(!judge(kind, HOME, other), "{other}");
        }
    }
}

#[test]
fn no_character_of_a_registered_address_stands_for_others() {
    assert!(!judge(ClientKind::Web, "https://app.example/*", HOME));
    assert!(!judge(ClientKind::Web, "https://.*", HOME));
    assert!(!judge(ClientKind::Web, "https://*.example/cb", HOME));
    assert!(judge(ClientKind::Web, "https://app.example/*", "https://app.example/*"));
}

#[test]
fn the_query_counts_like_the_rest() {
    let registered = "https://app.example/cb?tenant=1";

    assert!(judge(ClientKind::Web, registered, registered));
    assert!(!judge(ClientKind::Web, registered, HOME));
    assert!(!judge(ClientKind::Web, registered, "https://app.example/cb?tenant=2"));
    assert!(!judge(ClientKind::Web, registered, "https://app.example/cb?tenant=1&a=b"));
}

#[test]
fn a_native_client_may_have_any_port_on_its_own_machine() {
    for (registered, sent) in [
        ("http://127.0.0.1/cb", "http://127.0.0.1:49152/cb"),
        ("http://127.0.0.1:1/cb", "http://127.0.0.1:65535/cb"),
        ("http://127.0.0.1:80/cb", "http://127.0.0.1/cb"),
        ("http://[::1]/cb?a=b", "http://[::1]:49152/cb?a=b"),
        ("http://127.0.0.1", "http://127.0.0.1:49152"),
    ] {
        assert!(judge(ClientKind::Native, registered, sent), "{sent}");
        assert!(!judge(ClientKind::Web, registered, sent), "{sent}");
        assert!(!judge(ClientKind::Browser, registered, sent), "{sent}");
    }
}

#[test]
fn nothing_but_the_port_may_differ_on_loopback() {
    for registered in ["http://127.0.0.1/cb", "http://[::1]/cb", "http://localhost/cb"] {
        for sent in [
            "http://localhost:49152/cb",
            "http://localhost:80@evil.example/cb",
            "http://localhost.evil.example/cb",
            "http://127.0.0.1:80@evil.example/cb",
            "http://127.0.0.1@evil.example/cb",
            "http://127.0.0.1.evil.example/cb",
            "http://127.0.0.1:49152.evil.example/cb",
            "http://127.0.0.1:49152/CB",
            "http://127.0.0.1:49152/cb/",
            "http://127.0.0.1:49152/cb?a=b",
            "http://127.0.0.1:49152/x/../cb",
            "http://127.0.0.1:49152\\cb",
            "http://127.0.0.1:/cb",
            "http://127.0.0.1:0/cb",
            "http://127.0.0.1:080/cb",
            "http://127.0.0.1:65536/cb",
            "http://127.0.0.1:+80/cb",
            "http://127.0.0.1:80:80/cb",
            "http://127.1:80/cb",
            "http://2130706433:80/cb",
            "http://127.0.0.2:80/cb",
            "https://127.0.0.1:49152/cb",
            "HTTP://127.0.0.1:49152/cb",
            "http://[::1]:80@evil.example/cb",
            "http://[::1].evil.example/cb",
            "http://[0:0:0:0:0:0:0:1]:80/cb",
        ] {
            assert!(!judge(ClientKind::Native, registered, sent), "{registered}: {sent}");
        }
    }
}

#[test]
fn an_address_is_left_out_only_where_there_is_one_and_openid_is_not_asked_for() {
    let one = client(ClientKind::Web, HOME);
    let two = client(ClientKind::Web, "https://app.example/cb https://app.example/b");
    let none = client(ClientKind::Web, "");

    let checked = CheckedRedirect::check(&one, None, false).unwrap();
    assert_eq!(checked.as_str(), HOME);
    let refusal = |client, is_openid| CheckedRedirect::check(client, None, is_openid).unwrap_err();
    assert_eq!(refusal(&one, true), RedirectRefusal::Missing);
    assert_eq!(refusal(&two, false), RedirectRefusal::Ambiguous);
    assert_eq!(refusal(&none, false), RedirectRefusal::NoneRegistered);
    // One that is wrong never falls back to the sole one that is right.
    let wrong = CheckedRedirect::check(&one, Some("https://evil.example"), false);
    assert_eq!(wrong, Err(RedirectRefusal::Unregistered));
}

#[test]
fn an_address_with_a_fragment_is_never_good() {
    assert!(!judge(ClientKind::Web, "https://app.example/cb#a", "https://app.example/cb#a"));
}

#[test]
fn its_own_query_stays_in_front_of_what_is_added() {
    let with = |uri: &str| {
        let client = client(ClientKind::Web, uri);
        CheckedRedirect::check(&client, Some(uri), true).unwrap().with_query("code=x&state=y")
    };

    assert_eq!(with("https://a.example/cb"), "https://a.example/cb?code=x&state=y");
    assert_eq!(with("https://a.example/cb?b=c%20d"), "https://a.example/cb?b=c%20d&code=x&state=y");
    assert_eq!(with("https://a.example/cb?"), "https://a.example/cb?code=x&state=y");
    assert_eq!(with("com.example.app:/cb"), "com.example.app:/cb?code=x&state=y");
}

#[test]
fn a_place_is_an_origin_or_a_scheme() {
    let place = |uri: &str| {
        let client = client(ClientKind::Native, uri);
        CheckedRedirect::check(&client, Some(uri), true).unwrap().origin_or_scheme()
    };

    assert_eq!(place("https://a.example:8443/cb?x"), "https://a.example:8443");
    assert_eq!(place("https://a.example?x"), "https://a.example");
    assert_eq!(place("com.example.app:/cb"), "com.example.app:");
    assert_eq!(place("http://[::1]:80/cb"), "http:");
    assert_eq!(place("https://a;b.example/cb"), "https:");
}
