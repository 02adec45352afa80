//! The `openidconnect` crate: a website signs people in, and is told the issuer and nothing else.

use openidconnect::{
    AccessTokenHash, AuthenticationFlow, AuthorizationCode, ClientId, ClientSecret, CsrfToken,
    IssuerUrl, LogoutRequest, Nonce, OAuth2TokenResponse, PkceCodeChallenge, PostLogoutRedirectUrl,
    ProviderMetadataWithLogout, RedirectUrl, Scope, TokenResponse,
    core::{CoreClient, CoreIdToken, CoreIdTokenClaims, CoreResponseType, CoreUserInfoClaims},
};
use url::Url;

use super::Wire;
use crate::common::{
    TestServer,
    asking::BYE,
    browser::{Browser, Form},
    codes::HOME,
    on_each_engine,
    server::{Answer, ISSUER},
};

on_each_engine!(it_signs_somebody_in_learns_who_refreshes_and_signs_them_out);

/// A client that found its endpoints by itself.
type Found = CoreClient<
    openidconnect::EndpointSet,
    openidconnect::EndpointNotSet,
    openidconnect::EndpointNotSet,
    openidconnect::EndpointNotSet,
    openidconnect::EndpointMaybeSet,
    openidconnect::EndpointMaybeSet,
>;

async fn it_signs_somebody_in_learns_who_refreshes_and_signs_them_out(server: TestServer) {
    let registered = server.site_with("app", "openid email offline_access", |_| {}).await;
    server
        .people(&["{ username = 'ingrid', password = { value = 'correct horse' }, \
            claims = { email = 'ingrid@example.org', email_verified = true } }"])
        .await;
    let (wire, mut browser) = (Wire(&server), Browser::of(&server));
    let issuer = IssuerUrl::new(ISSUER.to_owned()).unwrap();
    let metadata = ProviderMetadataWithLogout::discover_async(issuer, &wire).await.unwrap();
    let end_session = metadata.additional_metadata().end_session_endpoint.clone().unwrap();
    let secret = ClientSecret::new(registered.secret);
    let id = ClientId::new("app".to_owned());
    let client: Found = CoreClient::from_provider_metadata(metadata, id, Some(secret))
        .set_redirect_uri(RedirectUrl::new(HOME.to_owned()).unwrap());

    let (challenge, verifier) = PkceCodeChallenge::new_random_sha256();
    let flow = AuthenticationFlow::<CoreResponseType>::AuthorizationCode;
    let (url, state, nonce) = client
        .authorize_url(flow, CsrfToken::new_random, Nonce::new_random)
        .add_scope(Scope::new("email".to_owned()))
        .add_scope(Scope::new("offline_access".to_owned()))
        .set_pkce_challenge(challenge)
        .url();
    let answer = browser.get(&path_of(&url)).await;
    let returned = sign_in(&mut browser, answer).await;
    assert_eq!(&parameter(&returned, "state"), state.secret());
    let code = AuthorizationCode::new(parameter(&returned, "code"));
    let request = client.exchange_code(code).unwrap().set_pkce_verifier(verifier);
    let tokens = request.request_async(&wire).await.unwrap();
    let id_token = tokens.id_token().unwrap();
    let claims = verified(&server, &client, id_token, &nonce);
    assert_eq!(claims.access_token_hash(), Some(&hash_of(&client, &tokens)));

    let access = tokens.access_token().clone();
    let asked = client.user_info(access, Some(claims.subject().clone())).unwrap();
    let told: CoreUserInfoClaims = asked.request_async(&wire).await.unwrap();
    let mail = told.email().map(|email| email.as_str());
    assert_eq!((mail, told.email_verified()), (Some("ingrid@example.org"), Some(true)));

    let refresh = tokens.refresh_token().unwrap();
    let request = client.exchange_refresh_token(refresh).unwrap();
    let refreshed = request.request_async(&wire).await.unwrap();
    // An ID token of a refresh has no nonce.
    let any = |_: Option<&Nonce>| Ok(());
    let again = verified(&server, &client, refreshed.id_token().unwrap(), any);
    assert_eq!(again.subject(), claims.subject());
    assert_ne!(refreshed.access_token().secret(), tokens.access_token().secret());

    let out = LogoutRequest::from(end_session)
        .set_id_token_hint(id_token)
        .set_post_logout_redirect_uri(PostLogoutRedirectUrl::new(BYE.to_owned()).unwrap())
        .set_state(CsrfToken::new("of-this-client".to_owned()))
        .http_get_url();
    let page = browser.get(&path_of(&out)).await;
    let away = browser.submit(&Form::of(&page)).await;
    let expected = format!("{BYE}?state=of-this-client");
    assert_eq!(away.header("location"), Some(expected.as_str()));
    assert!(!browser.is_signed_in().await);
}

/// Types the password and allows what is asked.
async fn sign_in(browser: &mut Browser<'_>, answer: Answer) -> Url {
    let page = browser.follow(answer).await;
    let form = Form::of(&page).with("username", "ingrid").with("password", "correct horse");
    let answer = browser.submit(&form).await;
    let page = browser.follow(answer).await;
    let answer = browser.submit(&Form::of(&page).with("decision", "allow")).await;
    assert_eq!(answer.status, 303, "{answer:?}");
    Url::parse(answer.header("location").unwrap()).unwrap()
}

/// What an ID token says, by the client's own check at the server's time.
fn verified<'t>(
    server: &TestServer,
    client: &Found,
    token: &'t CoreIdToken,
    nonce: impl openidconnect::NonceVerifier,
) -> &'t CoreIdTokenClaims {
    let now = server.now().rfc3339();
    let verifier = client.id_token_verifier().set_time_fn(move || now.parse().unwrap());
    token.claims(&verifier, nonce).unwrap()
}

fn hash_of(client: &Found, tokens: &openidconnect::core::CoreTokenResponse) -> AccessTokenHash {
    let (token, verifier) = (tokens.id_token().unwrap(), client.id_token_verifier());
    let (algorithm, key) = (token.signing_alg().unwrap(), token.signing_key(&verifier).unwrap());
    AccessTokenHash::from_token(tokens.access_token(), algorithm, key).unwrap()
}

fn path_of(url: &Url) -> String {
    assert_eq!(url.origin(), Url::parse(ISSUER).unwrap().origin());
    format!("{}?{}", url.path(), url.query().unwrap())
}

fn parameter(url: &Url, name: &str) -> String {
    assert_eq!(url.as_str().split('?').next(), Some(HOME));
    url.query_pairs().find(|(known, _)| known == name).unwrap().1.into_owned()
}
