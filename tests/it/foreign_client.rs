//! The `oauth2` crate as a client that was not written for us.

use std::{future::Future, pin::Pin};

use axum::http::Request;
use oauth2::{
    AsyncHttpClient, ClientId, ClientSecret, HttpRequest, HttpResponse, IntrospectionUrl,
    RevocationUrl, Scope, StandardRevocableToken, TokenIntrospectionResponse, TokenResponse,
    TokenUrl, basic::BasicClient,
};

use crate::common::{TestServer, on_each_engine};

on_each_engine!(it_gets_a_token_learns_of_it_and_revokes_it);

struct Wire<'s>(&'s TestServer);

impl<'c> AsyncHttpClient<'c> for Wire<'_> {
    type Error = oauth2::http::Error;
    type Future = Pin<Box<dyn Future<Output = Result<HttpResponse, Self::Error>> + Send + 'c>>;

    fn call(&'c self, request: HttpRequest) -> Self::Future {
        Box::pin(async move {
            let (parts, body) = request.into_parts();
            let mut sent = Request::builder().method(parts.method).uri(parts.uri.path());
            for (name, value) in &parts.headers {
                sent = sent.header(name, value);
            }
            let answer = self.0.send(sent, std::str::from_utf8(&body).unwrap()).await;
            let mut response = oauth2::http::Response::builder().status(answer.status);
            for (name, value) in &answer.headers {
                response = response.header(name, value);
            }
            response.body(answer.body.into_bytes())
        })
    }
}

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
