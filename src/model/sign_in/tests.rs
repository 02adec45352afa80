use uuid::Uuid;

use super::*;
use crate::model::{
    authorization_request::AskedClaims, client_id::ClientId, space_delimited::SpaceDelimited,
};

const NOW: Timestamp = Timestamp(10_000_999);
const LOGIN: Step = Step::Error(AuthorizationError::LoginRequired);
const ASK: Step = Step::Error(AuthorizationError::ConsentRequired);

fn request() -> AuthorizationRequest {
    AuthorizationRequest {
        client_id: "shop".to_owned(),
        redirect_uri: "https://shop.example/cb".to_owned(),
        names_redirect_uri: true,
        response_mode: "query".to_owned(),
        scope: None,
        resources: Vec::new(),
        state: None,
        nonce: None,
        code_challenge: None,
        prompt_none: false,
        prompt_login: false,
        prompt_consent: false,
        max_age: None,
        login_hint: None,
        expected_subject: None,
        ui_locales: None,
        claims: AskedClaims::default(),
    }
}

fn person(age_seconds: i64) -> Person {
    Person {
        authenticated_at: Timestamp(NOW.0 - age_seconds * 1000),
        subject: "alice".to_owned(),
        proved_for_this: false,
        decided_for_this: false,
    }
}

fn consent(scope: &str, claims: &str) -> Consent {
    Consent {
        declined_scope: Scope::default(),
        consent_id: Uuid::nil(),
        client_id: ClientId::parse("shop").unwrap(),
        user_id: Uuid::nil(),
        scope: Scope::parse(scope).unwrap(),
        claims: SpaceDelimited::parse(claims),
        created_at: NOW,
        updated_at: NOW,
    }
}

fn asks(policy: ConsentPolicy) -> SignInSettings {
    SignInSettings { consent: policy, ..SignInSettings::default() }
}

/// The next step for somebody, of a client that asks for `openid` and has it remembered.
fn step(request: &AuthorizationRequest, person: Option<&Person>) -> Step {
    step_of(request, person, &asks(ConsentPolicy::Once), Some(&consent("openid", "")))
}

fn step_of(
    request: &AuthorizationRequest,
    person: Option<&Person>,
    settings: &SignInSettings,
    consent: Option<&Consent>,
) -> Step {
    let wanted = &Scope::parse("openid").unwrap();
    decide(&Situation { request, settings, person, wanted, consent, at: NOW })
}

#[test]
fn nobody_signs_in_and_somebody_is_answered() {
    let silent = AuthorizationRequest { prompt_none: true, ..request() };

    assert_eq!(step(&request(), None), Step::SignIn);
    assert_eq!(step(&silent, None), LOGIN);
    assert_eq!(step(&request(), Some(&person(1))), Step::Answer);
    assert_eq!(step(&silent, Some(&person(1))), Step::Answer);
}

#[test]
fn a_prompt_for_sign_in_is_met_by_a_sign_in_for_this_request_only() {
    let anew = AuthorizationRequest { prompt_login: true, ..request() };

    assert_eq!(step(&anew, Some(&person(0))), Step::SignIn);
    let decided = Person { decided_for_this: true, ..person(0) };
    assert_eq!(step(&anew, Some(&decided)), Step::SignIn);
    let proved = Person { proved_for_this: true, ..person(0) };
    assert_eq!(step(&anew, Some(&proved)), Step::Answer);
}

#[test]
fn a_sign_in_may_be_so_old_and_no_older() {
    let bounded = |max_age| AuthorizationRequest { max_age, ..request() };
    let silent = AuthorizationRequest { prompt_none: true, ..bounded(Some(5)) };

    assert_eq!(step(&bounded(Some(5)), Some(&person(5))), Step::Answer);
    assert_eq!(step(&bounded(Some(5)), Some(&person(6))), Step::SignIn);
    assert_eq!(step(&silent, Some(&person(6))), LOGIN);
    assert_eq!(step(&bounded(Some(0)), Some(&person(0))), Step::SignIn);
    assert_eq!(step(&bounded(Some(u64::MAX)), Some(&person(9_000))), Step::Answer);
    // A clock that was set back makes nothing old.
    assert_eq!(step(&bounded(Some(5)), Some(&person(-60))), Step::Answer);
    let proved = Person { proved_for_this: true, ..person(60) };
    assert_eq!(step(&bounded(Some(0)), Some(&proved)), Step::Answer);
}

#[test]
fn a_client_may_have_an_age_of_its_own() {
    let settings = SignInSettings { default_max_age: Some(5), ..asks(ConsentPolicy::Never) };
    let own =
        |request: &AuthorizationRequest, age| step_of(request, Some(&person(age)), &settings, None);

    assert_eq!(own(&request(), 5), Step::Answer);
    assert_eq!(own(&request(), 6), Step::SignIn);
    let longer = AuthorizationRequest { max_age: Some(60), ..request() };
    assert_eq!(own(&longer, 6), Step::Answer);
}

#[test]
fn somebody_else_than_expected_signs_in_once() {
    let expected = |subject: &str| AuthorizationRequest {
        expected_subject: Some(subject.to_owned()),
        ..request()
    };
    let silent = AuthorizationRequest { prompt_none: true, ..expected("bob") };

    assert_eq!(step(&expected("alice"), Some(&person(1))), Step::Answer);
    assert_eq!(step(&expected("bob"), Some(&person(1))), Step::SignIn);
    assert_eq!(step(&silent, Some(&person(1))), LOGIN);
    let proved = Person { proved_for_this: true, ..person(0) };
    assert_eq!(step(&expected("bob"), Some(&proved)), LOGIN);
}

#[test]
fn consent_is_asked_for_by_policy() {
    let all = consent("openid", "");
    let alice = person(1);
    let judge = |policy, consent| step_of(&request(), Some(&alice), &asks(policy), consent);

    assert_eq!(judge(ConsentPolicy::Never, None), Step::Answer);
    assert_eq!(judge(ConsentPolicy::Once, None), Step::Consent);
    assert_eq!(judge(ConsentPolicy::Once, Some(&all)), Step::Answer);
    assert_eq!(judge(ConsentPolicy::Always, Some(&all)), Step::Consent);
}

#[test]
fn consent_is_asked_for_again_only_for_more() {
    let judge = |claims: &[&str], consent: &Consent| {
        let userinfo = claims.iter().map(|name| (*name).to_owned()).collect();
        let claims = AskedClaims { userinfo, ..AskedClaims::default() };
        let request = AuthorizationRequest { claims, ..request() };
        step_of(&request, Some(&person(1)), &asks(ConsentPolicy::Once), Some(consent))
    };

    assert_eq!(judge(&[], &consent("email openid read", "")), Step::Answer);
    assert_eq!(judge(&[], &consent("email", "")), Step::Consent);
    assert_eq!(judge(&["name"], &consent("openid", "")), Step::Consent);
    assert_eq!(judge(&["name"], &consent("openid", "name")), Step::Answer);
    assert_eq!(judge(&["name", "gender"], &consent("openid profile", "")), Step::Answer);
    assert_eq!(judge(&["email"], &consent("openid profile", "")), Step::Consent);
}

#[test]
fn a_prompt_for_consent_asks_whatever_was_allowed_before() {
    let asked = AuthorizationRequest { prompt_consent: true, ..request() };
    let all = consent("openid", "");

    for policy in [ConsentPolicy::Never, ConsentPolicy::Once, ConsentPolicy::Always] {
        let judge = |person: Person| step_of(&asked, Some(&person), &asks(policy), Some(&all));
        assert_eq!(judge(person(1)), Step::Consent, "{policy}");
        let decided = Person { decided_for_this: true, ..person(1) };
        assert_eq!(judge(decided), Step::Answer, "{policy}");
    }
}

#[test]
fn nobody_is_asked_anything_where_the_client_forbids_it() {
    let silent = AuthorizationRequest { prompt_none: true, ..request() };

    for policy in [ConsentPolicy::Once, ConsentPolicy::Always] {
        assert_eq!(step_of(&silent, Some(&person(1)), &asks(policy), None), ASK, "{policy}");
    }
}

#[test]
fn what_somebody_left_out_is_asked_again_only_if_they_may_not_leave_it_out_any_more() {
    let declined = Scope::parse("email").unwrap();
    let before = Consent { declined_scope: declined.clone(), ..consent("openid", "") };
    let step = |settings: &SignInSettings| {
        let wanted = &Scope::parse("openid email").unwrap();
        let (request, person) = (&request(), Some(&person(1)));
        decide(&Situation { request, settings, person, wanted, consent: Some(&before), at: NOW })
    };

    let optional = SignInSettings { optional_scope: declined, ..SignInSettings::default() };
    assert_eq!(step(&optional), Step::Answer);
    assert_eq!(step(&SignInSettings::default()), Step::Consent);
}
