//! Basic: sign-ins that have to work, whatever is sent along.

use axum::http::Request;

use crate::{
    common::{
        codes::{CHALLENGE, VERIFIER},
        server::Answer,
    },
    conformance::{
        checks::{assert_is_json, assert_is_token_response},
        claims::assert_have_their_types,
        modules_of_both,
        suite::{FIRST, POSTING, SECOND, Suite},
    },
};

modules_of_both!(
    oidcc_server,
    oidcc_idtoken_signature,
    oidcc_idtoken_unsigned,
    oidcc_userinfo_get,
    oidcc_userinfo_post_header,
    oidcc_userinfo_post_body,
    oidcc_ensure_request_without_nonce_succeeds_for_code_flow,
    oidcc_ensure_post_request_succeeds,
    oidcc_server_client_secret_post,
    oidcc_ensure_request_with_valid_pkce_succeeds,
);

async fn oidcc_server(mut suite: Suite<'_>) {
    let first = suite.sign_in(&suite.ask()).await;
    assert!(first.visit.signed_in && first.visit.consented);

    // The second client, whose address has a query of its own.
    let second = suite.sign_in_as(SECOND, &suite.ask_as(SECOND)).await;

    assert!(!second.visit.signed_in && second.visit.consented);
    assert_eq!(second.claims["sub"], first.claims["sub"]);
    assert_ne!(second.tokens["access_token"], first.tokens["access_token"]);
}

async fn oidcc_idtoken_signature(mut suite: Suite<'_>) {
    let signed = suite.sign_in(&suite.ask()).await;

    let header = jsonwebtoken::decode_header(signed.id_token()).unwrap();
    let keys = suite.server.get("/jwks.json", &[]).await.json();
    let kids: Vec<_> = keys["keys"].as_array().unwrap().iter().map(|key| &key["kid"]).collect();
    assert_eq!(header.alg, jsonwebtoken::Algorithm::RS256);
    assert!(kids.iter().any(|kid| kid.as_str() == header.kid.as_deref()), "{kids:?}");
}

/// Skipped by the suite as long as nobody promises such tokens.
async fn oidcc_idtoken_unsigned(suite: Suite<'_>) {
    let algorithms = &suite.discovery().await["id_token_signing_alg_values_supported"];

    assert!(!algorithms.as_array().unwrap().iter().any(|one| one == "none"), "{algorithms}");
}

async fn oidcc_userinfo_get(mut suite: Suite<'_>) {
    let signed = suite.sign_in(&suite.ask()).await;

    let answer = suite.userinfo(signed.access_token()).await;

    assert_tells_of(&answer, &signed.claims["sub"]);
}

async fn oidcc_userinfo_post_header(mut suite: Suite<'_>) {
    let signed = suite.sign_in(&suite.ask()).await;
    let bearer = format!("Bearer {}", signed.access_token());
    let request = Request::builder().method("POST").uri("/userinfo");

    let answer = suite.server.send(request.header("authorization", bearer), "").await;

    assert_tells_of(&answer, &signed.claims["sub"]);
}

async fn oidcc_userinfo_post_body(mut suite: Suite<'_>) {
    let signed = suite.sign_in(&suite.ask()).await;
    let form = format!("access_token={}", signed.access_token());

    let answer = suite.server.post_form("/userinfo", &form).await;

    assert_tells_of(&answer, &signed.claims["sub"]);
}

fn assert_tells_of(answer: &Answer, subject: &serde_json::Value) {
    assert_eq!(answer.status, 200, "{answer:?}");
    assert_is_json(answer);
    let told = answer.json();
    assert_eq!(&told["sub"], subject);
    assert_have_their_types(&told);
}

async fn oidcc_ensure_request_without_nonce_succeeds_for_code_flow(mut suite: Suite<'_>) {
    let signed = suite.sign_in(&suite.ask().without("nonce")).await;

    assert!(signed.claims.get("nonce").is_none());
}

/// The client's page posts the request, so that the browser sends none of our cookies with it.
async fn oidcc_ensure_post_request_succeeds(mut suite: Suite<'_>) {
    for signs_in in [true, false] {
        let ask = suite.ask();

        let posted = suite.server.post_form("/authorize", &ask.encoded()).await;
        let visit = suite.go_on(posted).await;

        assert_eq!(visit.signed_in, signs_in);
        suite.redeemed(FIRST, &ask, visit).await;
    }
}

async fn oidcc_server_client_secret_post(mut suite: Suite<'_>) {
    let methods = &suite.discovery().await["token_endpoint_auth_methods_supported"];
    assert!(methods.as_array().unwrap().iter().any(|one| one == "client_secret_post"));

    suite.sign_in_as(POSTING, &suite.ask_as(POSTING)).await;
}

async fn oidcc_ensure_request_with_valid_pkce_succeeds(mut suite: Suite<'_>) {
    let ask = suite.ask().with("code_challenge", CHALLENGE).with("code_challenge_method", "S256");

    let visit = suite.visit(&ask).await;

    let code = suite.code(FIRST, &ask, &visit.answer);
    let form = format!("grant_type=authorization_code&code={code}&redirect_uri={}", FIRST.callback);
    suite.token(FIRST, &form).await.assert_error(400, "invalid_grant");
    let redeemed = suite.token(FIRST, &format!("{form}&code_verifier={VERIFIER}")).await;
    assert_is_token_response(&redeemed);
}
