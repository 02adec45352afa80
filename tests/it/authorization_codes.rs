//! Authorization codes: what they bring, to whom, and what becomes of one that comes twice.

mod ends;
mod refusals;
mod twice;

use std::time::Duration;

use tessera::model::client::ClientKind;

use crate::common::{
    TestServer,
    codes::{HOME, VERIFIER},
    families::Pair,
    on_each_engine,
};

on_each_engine!(
    a_code_brings_tokens_of_the_person_who_allowed_it,
    a_public_client_redeems_by_its_verifier_alone,
    without_a_refresh_grant_a_code_brings_an_access_token_alone,
    a_code_without_a_challenge_needs_no_verifier,
    what_was_allowed_may_be_narrowed_when_it_is_redeemed,
    every_code_has_an_entry_and_is_unknown_wherever_it_does_not_belong,
);

async fn a_code_brings_tokens_of_the_person_who_allowed_it(server: TestServer) {
    let client = server.web("app", "read write", ClientKind::Web).await;
    let ingrid = server.signed_in("ingrid").await;

    let code = server.code(&client, &ingrid).await;
    assert_eq!(code.len(), 43);
    server.advance(Duration::from_secs(58));
    let answer = server.redeem(&client, &code, "").await;

    assert_eq!(answer.header("cache-control"), Some("no-store"));
    let pair = Pair::of(&answer);
    let told = server.introspect(&client, &pair.access).await;
    assert_eq!(
        (&told["sub"], &told["username"]),
        (&ingrid.user_id.to_string().into(), &"ingrid".into())
    );
    assert_eq!(told["scope"], "read write");
    let next = server.refresh(&client, &pair.refresh).await;
    assert!(server.is_active(&client, &next.access).await);
    assert_eq!(server.facts(&code).await["status"], "redeemed");
}

async fn a_public_client_redeems_by_its_verifier_alone(server: TestServer) {
    let ingrid = server.signed_in("ingrid").await;
    for (name, kind) in [("page", ClientKind::Browser), ("phone", ClientKind::Native)] {
        let client = server.web(name, "read", kind).await;

        let code = server.code(&client, &ingrid).await;
        let answer = server.redeem(&client, &code, "").await;

        assert_eq!(answer.status, 200, "{answer:?}");
    }
}

async fn without_a_refresh_grant_a_code_brings_an_access_token_alone(server: TestServer) {
    let client = server.web("app", "read", ClientKind::Web).await;
    let sql = "UPDATE clients SET grant_types = 'authorization_code'";
    assert_eq!(server.database().execute(sql).await, 1);
    let server = server.restarted(|_| {}).await;
    let ingrid = server.signed_in("ingrid").await;

    let code = server.code(&client, &ingrid).await;
    let answer = server.redeem(&client, &code, "").await.json();

    assert!(answer.get("refresh_token").is_none(), "{answer}");
    assert!(server.is_active(&client, answer["access_token"].as_str().unwrap()).await);
    // What came of it is one family all the same.
    assert_eq!(server.database().count("authorizations").await, 1);
}

async fn a_code_without_a_challenge_needs_no_verifier(server: TestServer) {
    let client = server.web("app", "read", ClientKind::Web).await;
    let ingrid = server.signed_in("ingrid").await;
    let code = server.code_with(&client, &ingrid, |request| request.code_challenge = None).await;
    let form = format!("grant_type=authorization_code&code={code}&redirect_uri={HOME}");

    let with = server.post("/token", &client, &format!("{form}&code_verifier={VERIFIER}")).await;
    let without = server.post("/token", &client, &form).await;

    with.assert_error(400, "invalid_grant");
    assert_eq!(without.status, 200);
}

async fn what_was_allowed_may_be_narrowed_when_it_is_redeemed(server: TestServer) {
    let client = server.web("app", "read write", ClientKind::Web).await;
    server.introspector("files", "read").await;
    server.introspector("mail", "write").await;
    let ingrid = server.signed_in("ingrid").await;
    let code = server.code(&client, &ingrid).await;

    let foreign = server.redeem(&client, &code, "&resource=https://other.example").await;
    let pair = Pair::of(&server.redeem(&client, &code, "&resource=https://files.example").await);

    foreign.assert_error(400, "invalid_target");
    let told = server.introspect(&client, &pair.access).await;
    assert_eq!((&told["aud"], &told["scope"]), (&"https://files.example".into(), &"read".into()));
    let next = server.refresh(&client, &pair.refresh).await;
    assert_eq!(next.scope.as_deref(), Some("read write"));
}

async fn every_code_has_an_entry_and_is_unknown_wherever_it_does_not_belong(server: TestServer) {
    let client = server.web("app", "read", ClientKind::Web).await;
    let ingrid = server.signed_in("ingrid").await;
    let code = server.code(&client, &ingrid).await;

    let entry = server.app.tokens.find_code(&code).await.unwrap().unwrap();
    assert_eq!((entry.entry.kind.as_str(), entry.entry.type_name.as_str()), ("code", "code"));
    assert!(!server.is_active(&client, &code).await);
    assert_eq!(server.post("/revoke", &client, &format!("token={code}")).await.status, 200);
    let bearer = format!("Bearer {code}");
    let bearer = [("authorization", bearer.as_str())];
    server.get("/tokens?type=personal", &bearer).await.assert_problem(401, "invalid_token");
    server.try_refresh(&client, &code, "").await.assert_error(400, "invalid_grant");

    // None of these took it away, and no token of another kind is a code.
    let pair = Pair::of(&server.redeem(&client, &code, "").await);
    for other in [&pair.access, &pair.refresh] {
        server.redeem(&client, other, "").await.assert_error(400, "invalid_grant");
    }
    assert!(server.is_active(&client, &pair.access).await);
}
