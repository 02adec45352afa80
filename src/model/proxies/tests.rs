use proptest::prelude::*;

use super::*;

const PROXY: &str = "10.0.0.1";

/// Trusts two networks and one address.
fn proxies() -> TrustedProxies {
    let networks = ["10.0.0.0/8", "2001:db8:ffff::/48", "192.0.2.7/32"];
    TrustedProxies::new(networks.map(|network| network.parse().unwrap()).to_vec())
}

fn caller(header: ForwardedHeader, peer: &str, lines: &[&[u8]]) -> String {
    proxies().caller(peer.parse().unwrap(), header, lines.iter().copied()).to_string()
}

fn by_list(peer: &str, lines: &[&str]) -> String {
    let lines: Vec<_> = lines.iter().map(|line| line.as_bytes()).collect();
    caller(ForwardedHeader::XForwardedFor, peer, &lines)
}

fn by_forwarded(lines: &[&str]) -> String {
    let lines: Vec<_> = lines.iter().map(|line| line.as_bytes()).collect();
    caller(ForwardedHeader::Forwarded, PROXY, &lines)
}

#[test]
fn the_rightmost_address_that_is_no_trusted_proxy_counts() {
    for (lines, expected) in [
        (vec!["198.51.100.1"], "198.51.100.1"),
        (vec!["203.0.113.1, 198.51.100.1"], "198.51.100.1"),
        (vec!["203.0.113.1,198.51.100.1 , 10.9.9.9, 192.0.2.7"], "198.51.100.1"),
        (vec!["203.0.113.1", "198.51.100.1"], "198.51.100.1"),
        (vec!["198.51.100.1, 10.9.9.9", "10.9.9.8", "192.0.2.7"], "198.51.100.1"),
        (vec!["198.51.100.1:4711"], "198.51.100.1"),
        (vec!["2001:db8::1"], "2001:db8::1"),
        (vec!["[2001:db8::1]"], "2001:db8::1"),
        (vec!["[2001:db8::1]:443, 2001:db8:ffff::2"], "2001:db8::1"),
        (vec!["::ffff:198.51.100.1"], "198.51.100.1"),
        (vec!["198.51.100.1, ::ffff:10.2.3.4"], "198.51.100.1"),
        (vec!["10.9.9.9, 10.9.9.8"], "10.9.9.9"),
        (vec![], PROXY),
    ] {
        assert_eq!(by_list(PROXY, &lines), expected, "{lines:?}");
    }
}

#[test]
fn what_cannot_be_read_ends_the_search_at_the_last_proxy_that_could_be() {
    for unreadable in [
        "",
        "unknown",
        "_hidden",
        "id.example",
        "198.51.100",
        "198.51.100.1/32",
        "198.51.100.01",
        "198.51.100.1:",
        "198.51.100.1:65536",
        "198.51.100.1:+1",
        "198.51.100.1:_",
        "[198.51.100.1]",
        "[2001:db8::1",
        "[2001:db8::1]443",
        "\"198.51.100.1\"",
        "198.51.100.1 10.0.0.1",
        "fe80::1%eth0",
    ] {
        assert_eq!(by_list(PROXY, &[unreadable]), PROXY, "{unreadable}");
        let behind = format!("203.0.113.1, {unreadable}, 10.9.9.9");
        assert_eq!(by_list(PROXY, &[&behind]), "10.9.9.9", "{unreadable}");
    }
}

#[test]
fn a_peer_that_is_not_trusted_is_the_caller_whatever_it_sends() {
    assert_eq!(by_list("203.0.113.9", &["198.51.100.1"]), "203.0.113.9");
    assert_eq!(by_list("::ffff:203.0.113.9", &["198.51.100.1"]), "203.0.113.9");
    assert_eq!(by_list("11.0.0.0", &["198.51.100.1"]), "11.0.0.0");
    assert_eq!(by_list("192.0.2.8", &["198.51.100.1"]), "192.0.2.8");
}

#[test]
fn a_proxy_is_known_in_both_forms_of_its_address() {
    assert_eq!(by_list("::ffff:10.0.0.1", &["198.51.100.1"]), "198.51.100.1");
    assert_eq!(by_list("2001:db8:ffff::9", &["198.51.100.1"]), "198.51.100.1");
}

#[test]
fn forwarded_is_read_with_its_quotes_ports_and_other_parameters() {
    for (line, expected) in [
        ("for=198.51.100.1", "198.51.100.1"),
        ("For=198.51.100.1;Proto=https;by=10.0.0.1", "198.51.100.1"),
        ("proto=https; for=\"198.51.100.1:4711\" ;; by=_x", "198.51.100.1"),
        ("for=\"[2001:db8::1]\"", "2001:db8::1"),
        ("for=\"[2001:db8::1]:_port\", for=10.9.9.9", "2001:db8::1"),
        ("for=\"198.51.100.\\1\"", "198.51.100.1"),
        ("for=203.0.113.1;by=\"a, for=203.0.113.2;\\\"\", for=10.9.9.9", "203.0.113.1"),
        ("for=203.0.113.1, for=198.51.100.1", "198.51.100.1"),
    ] {
        assert_eq!(by_forwarded(&[line]), expected, "{line}");
    }
    assert_eq!(by_forwarded(&["for=203.0.113.1", "for=198.51.100.1"]), "198.51.100.1");
}

#[test]
fn a_forwarded_element_that_names_no_address_ends_the_search() {
    for element in [
        "",
        "by=10.0.0.1",
        "for=unknown",
        "for=_hidden",
        "for",
        "for = 198.51.100.1",
        "for=\"198.51.100.1",
        "for=198.51.100.1;for=198.51.100.1",
        "for=\"198.51.100.1\"\"\"",
        "198.51.100.1",
    ] {
        assert_eq!(by_forwarded(&[&format!("for=203.0.113.1, {element}")]), PROXY, "{element}");
    }
}

#[test]
fn a_stranger_cannot_swallow_what_the_proxy_wrote() {
    for left in ["for=\"203.0.113.1", "for=\"\\", "\"", "\\\"", ";;=,\"\"\""] {
        let line = format!("{left}, for=198.51.100.1");
        assert_eq!(by_forwarded(&[&line]), "198.51.100.1", "{line}");
    }
    let line = b"\xff\xfe\x00, 198.51.100.1";
    assert_eq!(caller(ForwardedHeader::XForwardedFor, PROXY, &[line]), "198.51.100.1");
}

#[test]
fn a_hundred_entries_are_as_good_as_one() {
    let spoofed = vec!["203.0.113.1"; 50].join(", ");
    let trusted = vec!["10.1.1.1"; 50].join(", ");

    let caller = by_list(PROXY, &[&format!("{spoofed}, 198.51.100.1, {trusted}")]);

    assert_eq!(caller, "198.51.100.1");
}

proptest! {
    #[test]
    fn whatever_stands_on_the_left_the_proxys_word_counts(left: Vec<u8>, forwarded: bool) {
        let (header, right): (_, &[u8]) = if forwarded {
            (ForwardedHeader::Forwarded, b", for=\"[2001:db8::1]:1\"; by=\"x,\\\"\"")
        } else {
            (ForwardedHeader::XForwardedFor, b", [2001:db8::1]:1")
        };
        let line = [&left, right].concat();

        prop_assert_eq!(caller(header, PROXY, &[&line]), "2001:db8::1");
    }

    #[test]
    fn no_line_makes_the_reader_panic(line in r#"([a-z0-9:;=,"\\.\[\] ]|for=){0,40}|.{0,40}"#) {
        by_list(PROXY, &[&line]);
        by_forwarded(&[&line]);
    }
}
