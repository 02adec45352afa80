//! That the verdict is right at every boundary.

mod agreement;
mod circumstances;

use std::{net::IpAddr, time::Duration};

use uuid::Uuid;

use super::*;
use crate::model::{
    attempt::{Circumstances, Outcome},
    client_id::ClientId,
    purposes::Purposes,
    rules::{
        Audience, Cidr, Client, CopiedRules, Day, Idle, Mode, PinIp, PurposeOnce, Rate, RuleSet,
        Schedule, SubjectAlive, SubjectEvent,
    },
    space_delimited::SpaceDelimited,
    standing::samples::{NOW, good},
    status_word::StatusWord,
    token_entry::{EntryStatus, TokenKind},
    token_type::SpendOn,
};

const MINUTE: Duration = Duration::from_mins(1);

fn after(milliseconds: i64) -> Timestamp {
    Timestamp(NOW.0 + milliseconds)
}

fn with(rules: Vec<Rule>) -> StandingEntry {
    let mut token = good();
    let set = RuleSet { version: 6, spend_on: SpendOn::Use, rules, password_generation: None };
    token.entry.rules = CopiedRules(Some(Box::new(set)));
    token
}

fn idle() -> Rule {
    Rule::Idle(Idle { max_idle: MINUTE, touch_every: Duration::from_secs(1) })
}

fn rate() -> Rule {
    Rule::Rate(Rate { window: MINUTE, max_use_count: 2 })
}

/// Somebody who presents it as it should be.
fn circumstances() -> Circumstances {
    Circumstances {
        type_name: Some("ACCESS".to_owned()),
        purpose: Some("Reset".to_owned()),
        identity: Some("u1".to_owned()),
        client_id: ClientId::parse("mailer").unwrap(),
        audience: SpaceDelimited::parse("https://a.example https://b.example"),
        address: Some(IpAddr::from([10, 0, 0, 7])),
    }
}

fn look(token: &StandingEntry, at: Timestamp) -> Option<Refusal> {
    token.judge(&Attempt::look(at)).map(|refused| refused.refusal)
}

fn presented(token: &StandingEntry, change: impl FnOnce(&mut Circumstances)) -> Option<Refusal> {
    let mut circumstances = circumstances();
    change(&mut circumstances);
    let attempt = Attempt { at: NOW, presented: Some(circumstances) };
    token.judge(&attempt).map(|refused| refused.refusal)
}

#[test]
fn it_is_good_until_just_before_it_expires() {
    let token = good();

    assert_eq!(look(&token, after(999_999)), None);
    assert_eq!(look(&token, after(1_000_000)), Some(Refusal::Expired));
}

#[test]
fn it_is_good_from_the_moment_it_may_be() {
    let mut token = good();
    token.entry.not_before = Some(NOW);

    assert_eq!(look(&token, NOW), None);
    let refused = token.judge(&Attempt::look(after(-1)));
    assert_eq!(refused, Some(Refused { refusal: Refusal::NotYetValid, until: Some(NOW) }));
}

#[test]
fn it_may_rest_until_just_before_its_limit_from_its_last_use_or_its_making() {
    let mut token = with(vec![idle()]);

    assert_eq!(look(&token, after(59_999)), None);
    assert_eq!(look(&token, after(60_000)), Some(Refusal::Idle));

    token.entry.last_used_at = Some(after(60_000));
    assert_eq!(look(&token, after(119_999)), None);
    assert_eq!(look(&token, after(120_000)), Some(Refusal::Idle));
}

#[test]
fn it_works_as_often_as_it_may() {
    let mut token = good();
    token.entry.max_uses = Some(2);

    for (uses, refusal) in [(0, None), (1, None), (2, Some(Refusal::UsedUp))] {
        token.entry.uses = uses;
        assert_eq!(look(&token, NOW), refusal);
    }
}

#[test]
fn a_full_window_refuses_until_the_moment_it_ends() {
    let mut token = with(vec![rate()]);
    assert_eq!(look(&token, NOW), None);

    token.entry.window_start = Some(NOW);
    token.entry.window_uses = 1;
    assert_eq!(look(&token, NOW), None);

    token.entry.window_uses = 2;
    let refused = token.judge(&Attempt::look(after(59_999)));
    let until = Some(after(60_000));
    assert_eq!(refused, Some(Refused { refusal: Refusal::Throttled, until }));
    assert_eq!(look(&token, after(60_000)), None);
}

#[test]
fn every_ended_status_has_its_reason() {
    for (status, refusal) in [
        (EntryStatus::Revoked, Refusal::Revoked),
        (EntryStatus::Superseded, Refusal::Superseded),
        (EntryStatus::Rejected, Refusal::Rejected),
        (EntryStatus::Redeemed, Refusal::Redeemed),
        (EntryStatus::Inactive, Refusal::Inactive),
    ] {
        let mut token = good();
        token.entry.status = status;

        assert_eq!(look(&token, NOW), Some(refusal));
    }
}

/// A token of a user.
fn of_user() -> StandingEntry {
    let mut token =
        with(vec![Rule::SubjectAlive(SubjectAlive { events: vec![SubjectEvent::PasswordChange] })]);
    token.entry.rules.0.as_mut().unwrap().password_generation = Some(4);
    token.entry.user_id = Some(Uuid::nil());
    token.entry.user_generation = Some(0);
    token.standing.user_status = Some("active".to_owned());
    token.standing.user_generation_now = Some(0);
    token.standing.password_generation_now = Some(4);
    token
}

#[test]
fn it_falls_with_whatever_it_hangs_on() {
    type Change = fn(&mut StandingEntry);
    let changes: [(&str, Change); 12] = [
        ("client", |token| token.standing.client_status = None),
        ("client", |token| token.standing.client_status = Some("disabled".to_owned())),
        ("generation", |token| token.standing.client_generation_now = Some(4)),
        ("generation", |token| token.standing.global_generation_now = Some(2)),
        ("generation", |token| token.standing.global_generation_now = None),
        ("family", |token| token.entry.authorization_id = Some(Uuid::nil())),
        ("user", |token| token.standing.user_status = None),
        ("user", |token| token.standing.user_status = Some("disabled".to_owned())),
        ("user", |token| token.standing.user_locked_until = Some(Timestamp(i64::MAX))),
        ("generation", |token| token.standing.user_generation_now = Some(1)),
        ("password", |token| token.standing.password_generation_now = Some(5)),
        ("password", |token| token.standing.password_generation_now = None),
    ];
    for (number, (name, change)) in changes.iter().enumerate() {
        let mut token = of_user();
        assert_eq!(look(&token, NOW), None);

        change(&mut token);

        assert_eq!(look(&token, NOW), Some(Refusal::Orphaned), "change {number}");
        let attempt = Attempt::look(NOW);
        let failing = token.explain(&attempt).into_iter().find(|check| check.refused().is_some());
        assert_eq!(failing.map(|check| check.name), Some(*name), "change {number}");
    }
}

#[test]
fn a_type_that_is_not_configured_is_the_first_reason() {
    let mut token = good();
    token.standing.type_shown = None;
    token.entry.status = EntryStatus::Revoked;

    assert_eq!(look(&token, NOW), Some(Refusal::TypeNotConfigured));
    assert_eq!(token.status_word(NOW), StatusWord::Revoked);
}

#[test]
fn a_rule_of_a_later_version_never_holds() {
    let token = with(vec![Rule::Unknown]);
    let mut broken = good();
    broken.entry.rules = CopiedRules::from(Some("{".to_owned()));

    for token in [token, broken] {
        assert_eq!(look(&token, NOW), Some(Refusal::UnreadableRule));
        assert_eq!(token.status_word(NOW), StatusWord::CutOff);
    }
}

/// The same of a type of somebody's own.
fn typed(mut token: StandingEntry) -> StandingEntry {
    token.entry.kind = TokenKind::Typed;
    token
}

#[test]
fn who_holds_an_access_token_was_asked_for_when_it_was_issued() {
    let token = with(vec![Rule::Client(Client { allow: vec!["other".to_owned()] })]);

    assert_eq!(presented(&token, |_| {}), None);
}

#[test]
fn of_several_rules_of_a_sort_each_must_hold() {
    let clients = |name: &str| Rule::Client(Client { allow: vec![name.to_owned()] });
    let token = typed(with(vec![clients("mailer"), clients("other")]));

    assert_eq!(presented(&token, |_| {}), Some(Refusal::WrongClient));
    let names = |it: &[Check<'_>]| it.iter().filter(|it| it.name == "allowed_client").count();
    assert_eq!(names(&token.explain(&Attempt::look(NOW))), 1);
}

#[test]
fn who_only_looks_learns_what_it_hangs_on() {
    let mut token = with(vec![Rule::PurposeOnce(PurposeOnce {})]);
    token.entry.purposes = Purposes::of(["reset"]);
    token.entry.identity = Some("u1".to_owned());
    let attempt = Attempt::look(NOW);

    let checks = token.explain(&attempt);

    let depending = checks.iter().filter(|check| check.answer == Answer::Depends);
    let names: Vec<_> = depending.map(|check| check.name).collect();
    assert_eq!(names, ["purpose", "identity", "purpose_once"]);
}

#[test]
fn every_check_has_a_name_of_its_own() {
    let mut token = typed(of_user());
    token.entry.rules.0.as_mut().unwrap().rules = vec![
        Rule::Unknown,
        idle(),
        rate(),
        Rule::Client(Client { allow: vec!["mailer".to_owned()] }),
        Rule::Audience(Audience { allow: vec!["a".to_owned()], mode: Mode::Any }),
        Rule::Cidr(Cidr { allow: vec![], deny: vec![] }),
        Rule::PinIp(PinIp { ipv4: 24, ipv6: 64 }),
        hours(),
        Rule::PurposeOnce(PurposeOnce {}),
    ];
    let entry = &mut token.entry;
    (entry.status, entry.max_uses, entry.not_before) = (EntryStatus::Inactive, Some(1), Some(NOW));
    (entry.identity, entry.purposes) = (Some("u1".to_owned()), Purposes::of(["reset"]));
    entry.authorization_id = Some(Uuid::nil());
    let attempt = Attempt { at: NOW, presented: Some(circumstances()) };

    let names: std::collections::HashSet<_> =
        token.explain(&attempt).iter().map(|check| check.name).collect();

    assert_eq!(names.len(), CHECKS.len(), "{names:?}");
}

/// An hour a day, in the middle of which `NOW` is not.
fn hours() -> Rule {
    Rule::Schedule(Schedule {
        days: Day::ALL.to_vec(),
        from: "08:00".to_owned(),
        to: "09:00".to_owned(),
        tz: "UTC".to_owned(),
    })
}
