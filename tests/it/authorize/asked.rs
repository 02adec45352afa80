//! What a request may say, and what its client is told of one that it may not.

use serde_json::json;

use crate::common::{
    TestServer,
    asking::{Ask, Returned},
    browser::Browser,
    codes::HOME,
    on_each_engine,
};

on_each_engine!(
    each_fault_has_its_registered_error,
    a_class_of_sign_ins_that_is_a_must_is_one_that_is_stated,
    hints_and_unknown_parameters_are_no_errors,
    a_state_of_a_thousand_characters_comes_back,
    a_nonce_may_be_left_out,
    resources_decide_whom_the_tokens_are_for,
    a_public_client_must_send_a_challenge,
    a_confidential_client_may_be_let_off,
);

async fn each_fault_has_its_registered_error(server: TestServer) {
    let client = server.site("app", "openid").await;
    let ingrid = server.user("ingrid").await;
    let mut browser = Browser::of(&server);
    browser.enter(&server, ingrid).await;
    let ask = || Ask::of(&client);

    for (ask, error) in [
        (ask().without("response_type"), "invalid_request"),
        (ask().with("response_type", "none"), "unsupported_response_type"),
        (ask().with("response_mode", "web_message"), "invalid_request"),
        (ask().with("request", "eyJ"), "request_not_supported"),
        (ask().with("request_uri", "https://app.example/r"), "request_uri_not_supported"),
        (ask().with("registration", "{}"), "registration_not_supported"),
        (ask().with("scope", "openid other"), "invalid_scope"),
        (ask().with("resource", "https://nobody.example"), "invalid_target"),
        (ask().with("prompt", "none login"), "invalid_request"),
        (ask().with("prompt", "create"), "invalid_request"),
        (ask().with("max_age", "-1"), "invalid_request"),
        (ask().with("code_challenge_method", "plain"), "invalid_request"),
        (ask().without("code_challenge_method"), "invalid_request"),
        (ask().without("code_challenge").without("code_challenge_method"), "invalid_request"),
        (ask().with("claims", "{"), "invalid_request"),
        (ask().with("id_token_hint", "x"), "invalid_request"),
        (
            ask().with("claims", r#"{"id_token":{"acr":{"essential":true,"value":"x"}}}"#),
            "unmet_authentication_requirements",
        ),
    ] {
        let returned = browser.returned(&ask).await;

        assert_eq!((returned.to.as_str(), returned.error()), (HOME, error), "{ask:?}");
    }
    // Whoever wanted tokens in the fragment looks there.
    let implicit = ask().with("response_type", "id_token token");
    let returned = Returned::in_fragment(&browser.get(&implicit.path()).await);
    assert_eq!(returned.error(), "unsupported_response_type");
}

async fn a_class_of_sign_ins_that_is_a_must_is_one_that_is_stated(server: TestServer) {
    let client = server.site("app", "openid").await;
    let ingrid = server.user("ingrid").await;
    let mut browser = Browser::of(&server);
    browser.enter(&server, ingrid).await;
    let among = |classes: &[&str]| {
        let wish = json!({"id_token": {"acr": {"essential": true, "values": classes}}});
        Ask::of(&client).with("claims", &wish.to_string())
    };

    let met = browser.returned(&among(&["x", "urn:tessera:acr:password"])).await;
    let unmet = browser.returned(&among(&["x", "y"])).await;

    assert!(!met.code().is_empty());
    assert_eq!(unmet.error(), "unmet_authentication_requirements");
}

async fn hints_and_unknown_parameters_are_no_errors(server: TestServer) {
    let client = server.site("app", "openid").await;
    let ingrid = server.user("ingrid").await;
    let mut browser = Browser::of(&server);
    browser.enter(&server, ingrid).await;

    for (name, value) in [
        ("display", "popup"),
        ("display", "hologram"),
        ("ui_locales", "se fr-CA xx-nonsense"),
        ("claims_locales", "se"),
        ("acr_values", "1 2"),
        ("login_hint", "nobody@example.com"),
        ("access_type", "offline"),
        ("extra", "foobar"),
        ("claims", r#"{"userinfo":{"name":{"essential":true},"pet":null},"x":1}"#),
    ] {
        browser.returned(&Ask::of(&client).with(name, value)).await.code();
    }
}

async fn a_state_of_a_thousand_characters_comes_back(server: TestServer) {
    let client = server.site("app", "openid").await;
    let ingrid = server.user("ingrid").await;
    let mut browser = Browser::of(&server);
    browser.enter(&server, ingrid).await;
    let all = (' '..='~').chain(['é', '😀', '\n']).cycle();
    let state: String = all.take(1000).collect();

    let returned = browser.returned(&Ask::of(&client).with("state", &state)).await;
    let none = browser.returned(&Ask::of(&client).without("state")).await;

    assert_eq!(returned.get("state"), Some(state.as_str()));
    assert_eq!(none.members.keys().collect::<Vec<_>>(), ["code", "iss"]);
}

async fn a_nonce_may_be_left_out(server: TestServer) {
    let client = server.site("app", "openid").await;
    let ingrid = server.user("ingrid").await;
    let mut browser = Browser::of(&server);
    browser.enter(&server, ingrid).await;

    for ask in [Ask::of(&client), Ask::of(&client).with("nonce", "n-0S6_WzA2Mj")] {
        let returned = browser.returned(&ask).await;
        let answer = server.redeem(&client, returned.code(), "").await;

        assert_eq!(answer.status, 200, "{answer:?}");
    }
}

async fn resources_decide_whom_the_tokens_are_for(server: TestServer) {
    server.introspector("api", "read").await;
    server.introspector("other", "read").await;
    let client = server.site("app", "openid read").await;
    let ingrid = server.user("ingrid").await;
    let mut browser = Browser::of(&server);
    browser.enter(&server, ingrid).await;
    let ask = Ask::of(&client).with("scope", "read").with("resource", "https://api.example");

    let returned = browser.returned(&ask).await;
    let answer = server.redeem(&client, returned.code(), "").await;

    let token = answer.json()["access_token"].as_str().unwrap().to_owned();
    let told = server.introspect(&client, &token).await;
    assert_eq!(told["aud"], json!("https://api.example"), "{told}");
}

async fn a_public_client_must_send_a_challenge(server: TestServer) {
    use tessera::model::client::ClientKind;

    let mut browser = Browser::of(&server);
    for (name, kind) in [("page", ClientKind::Browser), ("phone", ClientKind::Native)] {
        let client = server.site_of((name, kind), "openid", |_| {}).await;
        let ask = Ask::of(&client).without("code_challenge").without("code_challenge_method");

        let returned = browser.returned(&ask).await;

        assert_eq!(returned.error(), "invalid_request");
        assert!(returned.get("error_description").unwrap().contains("code_challenge"));
    }
}

async fn a_confidential_client_may_be_let_off(server: TestServer) {
    let client =
        server.site_with("app", "openid", |sign_in| sign_in.require_pkce = Some(Some(false))).await;
    let mut browser = Browser::of(&server);
    let bare = Ask::of(&client).without("code_challenge").without("code_challenge_method");

    let returned = browser.returned(&bare.with("prompt", "none")).await;

    assert_eq!(returned.error(), "login_required");
}
