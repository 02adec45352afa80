use super::*;
use crate::model::{
    client::{ClientAuthentication, testing::website},
    sign_in_settings::SignInSettings,
};

const HOME: &str = "https://app.example/cb";
const CHALLENGE: &str = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM";

fn client() -> Client {
    let redirect_uris = SpaceDelimited::parse(HOME);
    let sign_in = SignInSettings { redirect_uris, ..SignInSettings::default() };
    Client { sign_in, ..website("openid") }
}

fn judge(client: &Client, form: &str) -> Result<AuthorizationRequest, AuthorizationRefusal> {
    let parameters = Parameters::parse(form.as_bytes()).unwrap();
    let redirect = CheckedRedirect::check(client, Some(HOME), true).unwrap();
    let back = WayBack::of(&parameters, redirect).unwrap();
    read(&parameters, client, &back, None).map(|read| read.request)
}

/// A request that is good, and more.
fn with(more: &str) -> String {
    format!(
        "response_type=code&scope=openid&code_challenge={CHALLENGE}&code_challenge_method=S256&{more}"
    )
}

fn error(form: &str) -> AuthorizationError {
    judge(&client(), form).unwrap_err().error
}

#[test]
fn a_plain_request_is_read() {
    let request = judge(&client(), &with("state=a%3Ab&nonce=n&redirect_uri=x")).unwrap();

    assert_eq!(request.scope.as_deref(), Some("openid"));
    assert_eq!(request.state.as_deref(), Some("a:b"));
    assert_eq!(request.nonce.as_deref(), Some("n"));
    assert_eq!(request.code_challenge.as_deref(), Some(CHALLENGE));
    assert_eq!((request.redirect_uri.as_str(), request.names_redirect_uri), (HOME, true));
    assert_eq!(request.response_mode, "query");
    assert!(!request.prompt_none && !request.prompt_login && !request.prompt_consent);
}

#[test]
fn what_helps_only_is_never_an_error() {
    let long = "x".repeat(2000);
    for more in [
        "display=page",
        "display=nonsense",
        "ui_locales=xx-YY%20de",
        "claims_locales=tlh",
        "acr_values=1%202",
        "login_hint=nobody%40example.com",
        "access_type=offline&foo=bar",
        &format!("login_hint={long}&ui_locales={long}"),
    ] {
        assert!(judge(&client(), &with(more)).is_ok(), "{more}");
    }
}

#[test]
fn nothing_but_a_code_is_given_out() {
    assert_eq!(error("scope=openid"), AuthorizationError::InvalidRequest);
    for wanted in
        ["token", "id_token", "code%20id_token", "code%20token", "none", "Code", "code%20"]
    {
        let form = format!("response_type={wanted}&code_challenge={CHALLENGE}");
        assert_eq!(error(&form), AuthorizationError::UnsupportedResponseType, "{wanted}");
    }
}

#[test]
fn request_objects_are_refused_by_their_own_names() {
    let refusals = [
        ("request=x", AuthorizationError::RequestNotSupported),
        ("request_uri=https://x.example", AuthorizationError::RequestUriNotSupported),
        ("registration=%7B%7D", AuthorizationError::RegistrationNotSupported),
    ];
    for (more, expected) in refusals {
        assert_eq!(error(&with(more)), expected);
        // Also where nothing else is there, as in a request that says all in the object.
        assert_eq!(error(more), expected);
    }
}

#[test]
fn a_challenge_is_made_by_s256_and_left_out_by_whom_may() {
    let lax = |require_pkce| {
        let client = client();
        let sign_in = SignInSettings { require_pkce, ..client.sign_in };
        Client { sign_in, ..client }
    };
    let public =
        |require_pkce| Client { authentication: ClientAuthentication::None, ..lax(require_pkce) };
    let bare = "response_type=code";

    assert_eq!(judge(&lax(Some(false)), bare).unwrap().code_challenge, None);
    for client in [lax(None), lax(Some(true)), public(None), public(Some(false))] {
        let refusal = judge(&client, bare).unwrap_err();
        assert_eq!(refusal.error, AuthorizationError::InvalidRequest);
    }
    for wrong in [
        format!("code_challenge={CHALLENGE}"),
        format!("code_challenge={CHALLENGE}&code_challenge_method=plain"),
        format!("code_challenge={CHALLENGE}&code_challenge_method=s256"),
        format!("code_challenge={CHALLENGE}%3D&code_challenge_method=S256"),
        "code_challenge=short&code_challenge_method=S256".to_owned(),
        "code_challenge_method=S256".to_owned(),
    ] {
        let form = format!("{bare}&{wrong}");
        // Also of one that could leave it out.
        let refusal = judge(&lax(Some(false)), &form).unwrap_err();
        assert_eq!(refusal.error, AuthorizationError::InvalidRequest, "{wrong}");
    }
}

#[test]
fn prompts_combine_and_none_stands_alone() {
    let flags = |prompt: &str| {
        let request = judge(&client(), &with(&format!("prompt={prompt}"))).unwrap();
        (request.prompt_none, request.prompt_login, request.prompt_consent)
    };

    assert_eq!(flags("none"), (true, false, false));
    assert_eq!(flags("login"), (false, true, false));
    assert_eq!(flags("consent%20login"), (false, true, true));
    assert_eq!(flags("select_account"), (false, true, false));
    for wrong in ["none%20login", "consent%20none", "create", "Login"] {
        assert_eq!(error(&with(&format!("prompt={wrong}"))), AuthorizationError::InvalidRequest);
    }
}

#[test]
fn an_age_is_a_whole_number_of_seconds() {
    let age = |sent: &str| judge(&client(), &with(&format!("max_age={sent}"))).map(|r| r.max_age);

    assert_eq!(age("0"), Ok(Some(0)));
    assert_eq!(age("10000"), Ok(Some(10_000)));
    for wrong in ["-1", "1.5", "abc", "%2B1", "1%20", "99999999999999999999999"] {
        assert_eq!(age(wrong).unwrap_err().error, AuthorizationError::InvalidRequest, "{wrong}");
    }
}

#[test]
fn a_state_of_four_thousand_characters_comes_back_and_a_longer_one_never() {
    let redirect = CheckedRedirect::check(&client(), Some(HOME), true).unwrap();
    let back = |length| {
        let form = format!("state={}", "s".repeat(length));
        WayBack::of(&Parameters::parse(form.as_bytes()).unwrap(), redirect.clone())
    };

    assert_eq!(back(4096).unwrap().state.unwrap().len(), 4096);
    assert_eq!(back(4097), Err(super::super::StateTooLong));
}

#[test]
fn a_nonce_and_lists_are_bounded() {
    let long = |name: &str, length| with(&format!("{name}={}", "n".repeat(length)));

    assert!(judge(&client(), &long("nonce", 2048)).is_ok());
    assert_eq!(error(&long("nonce", 2049)), AuthorizationError::InvalidRequest);
    assert_eq!(error(&long("resource", 8193)), AuthorizationError::InvalidTarget);
    let scope = |scope: &str| {
        let form = format!("response_type=code&code_challenge={CHALLENGE}");
        error(&format!("{form}&code_challenge_method=S256&scope={scope}"))
    };
    assert_eq!(scope(&"n".repeat(8193)), AuthorizationError::InvalidScope);
    assert_eq!(scope("a%22b"), AuthorizationError::InvalidScope);
}

#[test]
fn errors_go_where_whoever_asked_looks_for_them() {
    let mode = |form: &str| usual_mode(&Parameters::parse(form.as_bytes()).unwrap());

    assert_eq!(mode("response_type=code"), ResponseMode::Query);
    assert_eq!(mode("state=x"), ResponseMode::Query);
    assert_eq!(mode("response_type=id_token%20token"), ResponseMode::Fragment);
    let wrong = judge(&client(), &with("response_mode=jwt")).unwrap_err();
    assert_eq!(wrong.error, AuthorizationError::InvalidRequest);
}

#[test]
fn a_client_without_the_grant_is_told_so() {
    let client = Client { grant_types: SpaceDelimited::parse("refresh_token"), ..client() };

    let refusal = judge(&client, &with("")).unwrap_err();

    assert_eq!(refusal.error, AuthorizationError::UnauthorizedClient);
}
