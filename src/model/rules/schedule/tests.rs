//! Hours over midnight, over the days on which clocks jump, and their first and last seconds.

use super::*;
use crate::model::rules::{
    Rule,
    testing::{problems, rule},
};

fn schedule(keys: &str) -> Schedule {
    let Rule::Schedule(schedule) = rule(&format!(r#"{{"type": "Schedule", {keys}}}"#)) else {
        panic!("{keys}")
    };
    schedule
}

fn at(text: &str) -> Timestamp {
    Timestamp::parse_rfc3339(text).unwrap()
}

/// The moments of a table at which it does not do what the table says.
fn wrong<'t>(schedule: &Schedule, table: &[(&'t str, bool)]) -> Vec<&'t str> {
    let differs = |(moment, expected): &&(&str, bool)| schedule.holds(at(moment)) != *expected;
    table.iter().filter(differs).map(|(moment, _)| *moment).collect()
}

#[test]
fn it_works_from_its_first_second_to_the_one_before_its_end() {
    let office = schedule(r#""days": ["mon-fri"], "from": "08:00", "to": "18:00""#);

    // 2025-01-03 is a Friday.
    let table = [
        ("2025-01-03T07:59:59.999Z", false),
        ("2025-01-03T08:00:00Z", true),
        ("2025-01-03T17:59:59.999Z", true),
        ("2025-01-03T18:00:00Z", false),
        ("2025-01-04T12:00:00Z", false),
        ("2025-01-05T12:00:00Z", false),
        ("2025-01-06T12:00:00Z", true),
    ];
    assert_eq!(wrong(&office, &table), Vec::<&str>::new());
}

#[test]
fn hours_past_midnight_belong_to_the_day_they_began_on() {
    let night = schedule(r#""days": ["fri"], "from": "22:00", "to": "06:00""#);

    let table = [
        ("2025-01-03T05:00:00Z", false), // That is still Thursday's night.
        ("2025-01-03T21:59:59Z", false),
        ("2025-01-03T22:00:00Z", true),
        ("2025-01-04T00:00:00Z", true),
        ("2025-01-04T05:59:59Z", true),
        ("2025-01-04T06:00:00Z", false),
        ("2025-01-04T23:00:00Z", false),
    ];
    assert_eq!(wrong(&night, &table), Vec::<&str>::new());
}

#[test]
fn a_whole_day_ends_at_24() {
    let weekend = schedule(r#""days": ["sat-sun"], "from": "00:00", "to": "24:00""#);

    let table = [
        ("2025-01-03T23:59:59Z", false),
        ("2025-01-04T00:00:00Z", true),
        ("2025-01-05T23:59:59Z", true),
        ("2025-01-06T00:00:00Z", false),
    ];
    assert_eq!(wrong(&weekend, &table), Vec::<&str>::new());
}

#[test]
fn clocks_of_its_zone_count() {
    let berlin = schedule(r#""from": "08:00", "to": "18:00", "tz": "Europe/Berlin""#);

    let table = [
        ("2025-01-03T07:00:00Z", true), // An hour ahead in winter, two in summer.
        ("2025-01-03T17:00:00Z", false),
        ("2025-07-04T06:00:00Z", true),
        ("2025-07-04T05:59:59Z", false),
        ("2025-07-04T16:00:00Z", false),
    ];
    assert_eq!(wrong(&berlin, &table), Vec::<&str>::new());
}

#[test]
fn a_skipped_hour_is_not_there() {
    // On 2025-03-30 clocks in Berlin go from 02:00 to 03:00, at 01:00 UTC.
    let early = schedule(r#""from": "02:30", "to": "03:30", "tz": "Europe/Berlin""#);
    let gone = schedule(r#""from": "02:00", "to": "03:00", "tz": "Europe/Berlin""#);

    let table = [
        ("2025-03-30T00:59:59Z", false),
        ("2025-03-30T01:00:00Z", true), // Clocks show 03:00.
        ("2025-03-30T01:29:59Z", true),
        ("2025-03-30T01:30:00Z", false),
    ];
    assert_eq!(wrong(&early, &table), Vec::<&str>::new());
    assert_eq!(early.next(at("2025-03-30T00:00:00Z")), Some(at("2025-03-30T01:00:00Z")));
    assert!(!gone.holds(at("2025-03-30T00:59:59Z")) && !gone.holds(at("2025-03-30T01:00:00Z")));
    assert_eq!(gone.next(at("2025-03-30T00:00:00Z")), Some(at("2025-03-31T00:00:00Z")));
}

#[test]
fn an_hour_that_clocks_show_twice_counts_twice() {
    // On 2025-10-26 clocks in Berlin go from 03:00 back to 02:00, at 01:00 UTC.
    let half = schedule(r#""from": "02:00", "to": "02:30", "tz": "Europe/Berlin""#);

    let table = [
        ("2025-10-25T23:59:59Z", false),
        ("2025-10-26T00:00:00Z", true),
        ("2025-10-26T00:30:00Z", false),
        ("2025-10-26T01:00:00Z", true),
        ("2025-10-26T01:29:59Z", true),
        ("2025-10-26T01:30:00Z", false),
    ];
    assert_eq!(wrong(&half, &table), Vec::<&str>::new());
    assert_eq!(half.next(at("2025-10-26T00:30:00Z")), Some(at("2025-10-26T01:00:00Z")));
}

#[test]
fn the_next_time_is_the_first_moment_it_works() {
    let office = schedule(r#""days": ["mon-fri"], "from": "08:00", "to": "18:00""#);
    let monday = schedule(r#""days": ["mon"], "from": "08:00", "to": "09:00""#);

    assert_eq!(office.next(at("2025-01-03T18:00:00Z")), Some(at("2025-01-06T08:00:00Z")));
    assert_eq!(office.next(at("2025-01-03T07:00:00Z")), Some(at("2025-01-03T08:00:00Z")));
    assert_eq!(monday.next(at("2025-01-06T09:00:00Z")), Some(at("2025-01-13T08:00:00Z")));
    assert_eq!(monday.next(at("2025-01-06T08:00:00Z")), Some(at("2025-01-13T08:00:00Z")));
}

#[test]
fn what_nobody_can_tell_never_holds() {
    let office = schedule(r#""from": "08:00", "to": "18:00""#);
    let unknown = Schedule { tz: "Mars/Olympus".to_owned(), ..office.clone() };

    assert!(!unknown.holds(at("2025-01-03T12:00:00Z")));
    assert_eq!(unknown.next(at("2025-01-03T12:00:00Z")), None);
    assert!(!office.holds(Timestamp(i64::MAX)));
    assert_eq!(office.next(Timestamp(i64::MIN)), None);
}

#[test]
fn days_are_listed_in_the_order_of_the_week_each_once() {
    let days = |given: &str| {
        let schedule = schedule(&format!(r#""days": {given}, "from": "08:00", "to": "18:00""#));
        schedule.days.iter().map(|day| day.as_str()).collect::<Vec<_>>().join(" ")
    };

    assert_eq!(days(r#"["sun", "mon-wed", "tue"]"#), "mon tue wed sun");
    assert_eq!(days(r#"["sat-mon"]"#), "mon sat sun");
    assert_eq!(days(r#"["fri-fri"]"#), "fri");
    assert_eq!(schedule(r#""from": "08:00", "to": "18:00""#).days.len(), 7);
}

#[test]
fn zones_compare_without_case() {
    assert_eq!(
        schedule(r#""from": "08:00", "to": "18:00", "tz": "europe/BERLIN""#).tz,
        "Europe/Berlin"
    );
    assert_eq!(schedule(r#""from": "08:00", "to": "18:00""#).tz, "UTC");
}

#[test]
fn what_is_wrong_is_named() {
    for (given, expected) in [
        (r#"{"from": "08:00", "to": "08:00"}"#, "from = to"),
        (r#"{"to": "18:00"}"#, "from is missing"),
        (r#"{"from": "08:00"}"#, "to is missing"),
        (r#"{"from": "8:00", "to": "18:00"}"#, "from must be HH:MM"),
        (r#"{"from": "24:00", "to": "18:00"}"#, "from must be HH:MM"),
        (r#"{"from": "08:60", "to": "18:00"}"#, "from must be HH:MM"),
        (r#"{"from": "08:00", "to": "24:01"}"#, "to must be HH:MM"),
        (
            r#"{"from": "08:00", "to": "18:00", "tz": "Mars/Olympus"}"#,
            "unknown tz \"Mars/Olympus\"",
        ),
        (r#"{"from": "08:00", "to": "18:00", "tz": ""}"#, "unknown tz \"\""),
        (r#"{"from": "08:00", "to": "18:00", "days": []}"#, "days must not be empty"),
        (r#"{"from": "08:00", "to": "18:00", "days": ["Mon"]}"#, "unknown day \"Mon\""),
        (r#"{"from": "08:00", "to": "18:00", "days": ["mon-"]}"#, "unknown day \"mon-\""),
    ] {
        assert_eq!(problems("Schedule", given), [expected], "{given}");
    }
}
