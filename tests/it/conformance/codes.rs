//! Basic: codes and refresh tokens that come again, or from somebody else.

use std::time::Duration;

use crate::{
    common::server::Answer,
    conformance::{
        checks::{assert_is_json, assert_is_token_response},
        modules_of_both,
        suite::{FIRST, SECOND, Suite},
    },
};

modules_of_both!(oidcc_codereuse, oidcc_codereuse_30seconds, oidcc_refresh_token);

/// Refused as RFC 6749 has it.
fn assert_is_refused(answer: &Answer) {
    assert_is_json(answer);
    answer.assert_error(400, "invalid_grant");
}

async fn oidcc_codereuse(mut suite: Suite<'_>) {
    let signed = suite.sign_in(&suite.ask()).await;

    assert_is_refused(&suite.redeem(FIRST, &signed.code).await);
}

async fn oidcc_codereuse_30seconds(mut suite: Suite<'_>) {
    let signed = suite.sign_in(&suite.ask()).await;
    let token = signed.access_token();
    suite.server.advance(Duration::from_secs(30));
    assert_eq!(suite.userinfo(token).await.status, 200);

    assert_is_refused(&suite.redeem(FIRST, &signed.code).await);

    // What came of the first use is dead.
    assert_eq!(suite.userinfo(token).await.status, 401);
}

async fn oidcc_refresh_token(mut suite: Suite<'_>) {
    let discovered = suite.discovery().await;
    let grants = discovered["grant_types_supported"].as_array().unwrap();
    assert!(grants.iter().any(|grant| grant == "refresh_token"), "{grants:?}");
    let with = |ask: crate::common::asking::Ask| {
        ask.with("scope", "openid offline_access").with("prompt", "consent")
    };
    let first = suite.sign_in(&with(suite.ask())).await;
    suite.server.advance(Duration::from_secs(1));

    let form = |token: &serde_json::Value| {
        format!("grant_type=refresh_token&refresh_token={}", token.as_str().unwrap())
    };
    let answer = suite.token(FIRST, &form(&first.tokens["refresh_token"])).await;
    let refreshed = assert_is_token_response(&answer);
    let claims = suite.id_token(FIRST, &refreshed).await;

    for claim in ["iss", "sub", "aud", "azp", "auth_time"] {
        assert_eq!(claims[claim], first.claims[claim], "{claim}");
    }
    assert!(claims.get("nonce").is_none_or(|nonce| *nonce == first.claims["nonce"]), "{claims}");
    assert!(claims["iat"].as_i64() > first.claims["iat"].as_i64(), "{claims}");
    assert_ne!(refreshed["access_token"], first.tokens["access_token"]);
    let told = suite.userinfo(refreshed["access_token"].as_str().unwrap()).await;
    assert_eq!(told.json()["sub"], claims["sub"]);

    // The second client's is none of the first one's.
    let second = suite.sign_in_as(SECOND, &with(suite.ask_as(SECOND))).await;
    let theirs = form(&second.tokens["refresh_token"]);
    assert_is_refused(&suite.token(FIRST, &theirs).await);
    assert_is_token_response(&suite.token(SECOND, &theirs).await);
}
