//! What a token is presented for, by whom and from where.

use super::*;

#[test]
fn it_is_good_for_its_purpose_identity_and_type_alone() {
    let mut token = good();
    token.entry.purposes = Purposes::of(["reset"]);
    token.entry.identity = Some("u1".to_owned());

    let text = |text: &str| Some(text.to_owned());
    assert_eq!(presented(&token, |_| {}), None);
    assert_eq!(presented(&token, |it| it.type_name = text("x")), Some(Refusal::WrongType));
    assert_eq!(presented(&token, |it| it.type_name = None), None);
    assert_eq!(presented(&token, |it| it.purpose = text("login")), Some(Refusal::WrongPurpose));
    assert_eq!(presented(&token, |it| it.purpose = None), Some(Refusal::WrongPurpose));
    for identity in [None, text(""), text("U1")] {
        let refusal = presented(&token, |it| it.identity = identity);
        assert_eq!(refusal, Some(Refusal::WrongIdentity));
    }
}

#[test]
fn a_token_for_no_purpose_and_nobody_is_good_for_any() {
    let token = good();

    assert_eq!(presented(&token, |_| {}), None);
    let nothing = |it: &mut Circumstances| (it.purpose, it.identity) = (None, None);
    assert_eq!(presented(&token, nothing), None);
}

#[test]
fn clients_and_audiences_are_looked_up_as_they_are_written() {
    let client =
        |name: &str| typed(with(vec![Rule::Client(Client { allow: vec![name.to_owned()] })]));
    assert_eq!(presented(&client("mailer"), |_| {}), None);
    assert_eq!(presented(&client("Mailer"), |_| {}), Some(Refusal::WrongClient));

    let audience = |allow: &[&str], mode| {
        let allow = allow.iter().copied().map(str::to_owned).collect();
        presented(&with(vec![Rule::Audience(Audience { allow, mode })]), |_| {})
    };
    let (ours, other) = ("https://a.example", "https://c.example");
    assert_eq!(audience(&[ours, other], Mode::Any), None);
    assert_eq!(audience(&[ours, other], Mode::All), Some(Refusal::WrongAudience));
    assert_eq!(audience(&[other], Mode::Any), Some(Refusal::WrongAudience));
    assert_eq!(audience(&[ours, "https://b.example"], Mode::All), None);
}

#[test]
fn an_address_that_nobody_knows_is_in_no_network() {
    let ten = vec!["10.0.0.0/8".parse().unwrap()];
    let allowed = with(vec![Rule::Cidr(Cidr { allow: ten.clone(), deny: vec![] })]);
    let denied = with(vec![Rule::Cidr(Cidr { allow: vec![], deny: ten })]);
    let pinned = with(vec![Rule::PinIp(PinIp { ipv4: 24, ipv6: 64 })]);

    assert_eq!(presented(&allowed, |_| {}), None);
    assert_eq!(presented(&denied, |_| {}), Some(Refusal::WrongAddress));
    assert_eq!(presented(&pinned, |_| {}), None);
    for token in [allowed, denied, pinned] {
        assert_eq!(presented(&token, |it| it.address = None), Some(Refusal::WrongAddress));
    }
}

#[test]
fn a_pin_holds_the_network_and_nothing_else() {
    let pin = PinIp { ipv4: 24, ipv6: 64 };
    let mut token = with(vec![Rule::PinIp(pin.clone())]);
    token.entry.pin = Some(pin.pin_of(IpAddr::from([10, 0, 0, 200])));

    assert_eq!(presented(&token, |_| {}), None);
    let elsewhere = |it: &mut Circumstances| it.address = Some(IpAddr::from([10, 0, 1, 7]));
    assert_eq!(presented(&token, elsewhere), Some(Refusal::WrongAddress));
}

#[test]
fn whoever_presents_a_token_learns_an_outcome_and_no_reason() {
    for (refusal, outcome) in [
        (Refusal::Revoked, Outcome::Invalid),
        (Refusal::Expired, Outcome::Invalid),
        (Refusal::Idle, Outcome::Invalid),
        (Refusal::UsedUp, Outcome::Invalid),
        (Refusal::WrongType, Outcome::Invalid),
        (Refusal::TypeNotConfigured, Outcome::Invalid),
        (Refusal::UnreadableRule, Outcome::Invalid),
        (Refusal::Throttled, Outcome::Throttled),
        (Refusal::NotYetValid, Outcome::NotAllowed),
        (Refusal::WrongPurpose, Outcome::NotAllowed),
        (Refusal::WrongIdentity, Outcome::NotAllowed),
        (Refusal::OffSchedule, Outcome::NotAllowed),
        (Refusal::PurposeUsed, Outcome::NotAllowed),
    ] {
        assert_eq!(refusal.outcome(), outcome, "{refusal}");
    }
    assert!(Refusal::ALL.iter().all(|refusal| refusal.outcome() != Outcome::Allowed));
}
