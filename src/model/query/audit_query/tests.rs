use uuid::Uuid;

use crate::model::audit::{Operator, Origin};

use super::*;

const NOW: Timestamp = Timestamp(1_800_000_000_000);

fn event() -> AuditEvent {
    let origin = Origin {
        address: Some("203.0.113.7".parse().unwrap()),
        request_id: Some("req_1".to_owned()),
    };
    let detail = Some("client: tide-charts; 3 tokens".to_owned());
    let id = (Uuid::nil(), Timestamp(NOW.0 - 60_000));
    let event = Operator::new("user:default/Ingrid").from(&origin);
    let event = event.did(id, "consent.removed", "default/Mei", detail);
    AuditEvent { node: Some("id-a".to_owned()), ..event }
}

fn matches(query: &str) -> bool {
    AuditSearch { query: query.parse().unwrap(), at: NOW }.matches(&event())
}

#[test]
fn every_key_finds_what_it_names_and_nothing_else() {
    for (inside, outside) in [
        ("action:consent.removed", "action:consent.allowed"),
        ("action:consent.*", "action:client.*"),
        ("action:client.added,consent.removed", "action:client.added,client.changed"),
        ("actor:user:default/Ingrid", "actor:ingrid"),
        ("target:default/Mei", "target:default/mei"),
        ("client:tide-charts", "client:tide"),
        ("user:ingrid", "user:tomas"),
        ("user:mei", "user:other/mei"),
        ("address:203.0.113.7", "address:203.0.113.8"),
        ("request:req_1", "request:req_2"),
        ("node:id-a", "node:id-b"),
        ("at:<5m", "at:>5m"),
        ("default/Mei", "Mei"),
        ("user:default/Ingrid -action:client.*", "-action:consent.*"),
        ("", "-user:ingrid"),
    ] {
        assert!(matches(inside), "{inside}");
        assert!(!matches(outside), "{outside}");
    }
}

#[test]
fn what_is_wrong_is_told_with_what_was_meant() {
    for (text, problem, remedy) in [
        ("acton:client.added", "is no key", "write action:"),
        ("action:client.aded", "is no action", "write client.added"),
        ("address:here", "is no address", "write one such as 203.0.113.7 or 2001:db8::7"),
        (
            "user:0190163d-8694-739b-aea5-966c26f8ad91",
            "is the id of a user, which events do not hold",
            "write the name, or realm/name",
        ),
    ] {
        let QueryFaults(faults) = AuditQuery::parse(text).unwrap_err();

        assert_eq!((faults[0].problem.as_str(), faults[0].remedy.as_str()), (problem, remedy));
    }
}

#[test]
fn a_query_reads_back_as_the_same() {
    for text in [
        "action:client.*,user.added -actor:\"cli:ingrid (uid 1000)\" client:a user:internal/b",
        "\"a:b\" -c at:>30d,2026-03-01 node:id-a request:req_1 address:2001:db8::7 target:x",
    ] {
        let query: AuditQuery = text.parse().unwrap();

        assert_eq!(query.to_string(), text);
    }
}

#[test]
fn the_span_is_what_all_times_leave_together() {
    let span = |text: &str| AuditSearch { query: text.parse().unwrap(), at: NOW }.span();

    assert_eq!(span("client:a -at:<1h"), (Timestamp(0), Timestamp(i64::MAX)));
    assert_eq!(span("at:<1h").1, Timestamp(i64::MAX));
    assert_eq!(span("at:2026-03-01 at:<3650d").1.0 - span("at:2026-03-01").0.0, 86_400_000);
    assert_eq!(span("at:never"), (Timestamp(i64::MAX), Timestamp(0)));
}
