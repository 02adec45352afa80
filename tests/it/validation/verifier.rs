//! The part that resource servers import, against tokens of the server itself.

use std::time::Duration;

use tessera::{
    acts::clients::ClientChanges,
    model::{client::ClientKind, issuer::Issuer, token_format::TokenFormat},
    validation::AccessTokenVerifier,
};

use crate::common::{TestServer, on_each_engine, server::ISSUER};

on_each_engine!(
    a_resource_server_checks_a_jwt_by_itself,
    it_refuses_what_is_not_for_it_or_not_in_time,
    it_waits_until_a_token_may_be_used,
);

async fn jwt_of(server: &TestServer) -> String {
    let changes =
        ClientChanges { access_format: Some(Some(TokenFormat::Jwt)), ..ClientChanges::default() };
    let client = server.client("mailer", ClientKind::Machine, changes).await;
    server.token(&client).await
}

async fn verifier(server: &TestServer, issuer: &str, audience: &str) -> AccessTokenVerifier {
    let keys = server.get("/jwks.json", &[]).await.body;
    AccessTokenVerifier::new(Issuer::parse(issuer).unwrap(), audience, &keys).unwrap()
}

async fn a_resource_server_checks_a_jwt_by_itself(server: TestServer) {
    let token = jwt_of(&server).await;

    let claims = verifier(&server, ISSUER, ISSUER).await.verify(&token, server.now()).unwrap();

    assert_eq!((claims.sub.as_str(), claims.client_id.as_str()), ("mailer", "mailer"));
}

async fn it_refuses_what_is_not_for_it_or_not_in_time(server: TestServer) {
    let token = jwt_of(&server).await;
    let (now, hour) = (server.now(), Duration::from_hours(1));
    let ours = verifier(&server, ISSUER, ISSUER).await;

    assert!(ours.verify(&token, now.plus(hour)).is_err());
    assert!(ours.verify(&token, now.minus(hour)).is_err());
    assert!(verifier(&server, ISSUER, "https://other").await.verify(&token, now).is_err());
    assert!(verifier(&server, "https://other", ISSUER).await.verify(&token, now).is_err());
    assert!(ours.verify(&format!("{token}x"), now).is_err());
    assert!(AccessTokenVerifier::new(Issuer::parse(ISSUER).unwrap(), "x", "{}").is_err());
    assert!(
        AccessTokenVerifier::new(Issuer::parse(ISSUER).unwrap(), "x", r#"{"keys":[]}"#).is_err()
    );
}

async fn it_waits_until_a_token_may_be_used(server: TestServer) {
    let rule = "[[token_types.rules]]\ntype = 'NotBefore'\ndelay = '10m'";
    server.define(&format!("[[token_types]]\nname = 'access'\n{rule}")).await;
    let token = jwt_of(&server).await;
    let ours = verifier(&server, ISSUER, ISSUER).await;
    let start = server.now().plus(Duration::from_mins(10));

    assert!(ours.verify(&token, start.minus(Duration::from_millis(1))).is_err());
    assert!(ours.verify(&token, start).is_ok());
}
