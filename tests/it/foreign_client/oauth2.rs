//! The `oauth2` crate: a machine gets tokens.

use oauth2::{
    ClientId, ClientSecret, IntrospectionUrl, RevocationUrl, Scope, StandardRevocableToken,
    TokenIntrospectionResponse, TokenResponse, TokenUrl, basic::BasicClient,
};

use super::Wire;
use crate::common::{TestServer, on_each_engine};

on_each_engine!(it_gets_a_token_learns_of_it_and_revokes_it);

async fn it_gets_a_token_learns_of_it_and_revokes_it(server: TestServer) {
    let registered = server.machine("mailer", "read write").await;
    let at = |path: &str| format!("https://id.example{path}");
    let client = BasicClient::new(ClientId::new("mailer".to_owned()))
        .set_client_secret(ClientSecret::new(registered.secret))
        .set_token_uri(TokenUrl::new(at("/token")).unwrap())
        .set_introspection_url(IntrospectionUrl::new(at("/introspect")).unwrap())
        .set_revocation_url(RevocationUrl::new(at("/revoke")).unwrap());
    let wire = Wire(&server);

    let scope = Scope::new("read".to_owned());
    let token =
        client.exchange_client_credentials().add_scope(scope).request_async(&wire).await.unwrap();
    let access = token.access_token();
    let before = client.introspect(access).request_async(&wire).await.unwrap();
    let revocable = StandardRevocableToken::AccessToken(access.clone());
    client.revoke_token(revocable).unwrap().request_async(&wire).await.unwrap();
    let after = client.introspect(access).request_async(&wire).await.unwrap();

    assert_eq!(token.expires_in(), Some(std::time::Duration::from_hours(1)));
    assert!(before.active());
    assert_eq!(before.client_id().map(|id| id.as_str()), Some("mailer"));
    assert!(!after.active());
}
