//! The server, as the `openidconnect` crate sees it.

use std::error::Error;

use openidconnect::{
    AccessToken, AuthorizationCode, ClientId, ClientSecret, CsrfToken, EndpointMaybeSet,
    EndpointNotSet, EndpointSet, IssuerUrl, LogoutRequest, Nonce, OAuth2TokenResponse,
    PkceCodeChallenge, PkceCodeVerifier, PostLogoutRedirectUrl, ProviderMetadataWithLogout,
    RedirectUrl, RefreshToken, Scope, TokenResponse,
    core::{
        CoreAuthenticationFlow, CoreClient, CoreIdToken, CoreTokenResponse, CoreUserInfoClaims,
    },
    url::Url,
};
use serde_json::Value;

use super::wire::Wire;

type Client = CoreClient<
    EndpointSet,
    EndpointNotSet,
    EndpointNotSet,
    EndpointNotSet,
    EndpointMaybeSet,
    EndpointMaybeSet,
>;

type Outcome<T> = Result<T, Box<dyn Error + Send + Sync>>;

/// A server that was found by its issuer address and nothing else.
pub(super) struct Provider {
    client: Client,
    issuer: String,
    end_session: Option<openidconnect::EndSessionUrl>,
    home: String,
    wire: Wire,
}

/// Somebody who is signed in.
#[derive(Clone)]
pub(super) struct Account {
    /// What the ID token says.
    pub(super) id_token_claims: Value,
    /// What the userinfo endpoint says.
    pub(super) userinfo: Value,
    pub(super) scope: String,
    id_token: Option<CoreIdToken>,
    access: AccessToken,
    pub(super) refresh: Option<RefreshToken>,
}

impl Provider {
    /// Reads the server's metadata and keys.
    pub(super) async fn discover(
        issuer: String,
        client_id: String,
        secret: Option<String>,
        here: &str,
    ) -> Outcome<Self> {
        let wire = Wire::new()?;
        let found =
            ProviderMetadataWithLogout::discover_async(IssuerUrl::new(issuer.clone())?, &wire)
                .await
                .map_err(|error| format!("cannot read the metadata of {issuer}: {error}"))?;
        let end_session = found.additional_metadata().end_session_endpoint.clone();
        let (client_id, secret) = (ClientId::new(client_id), secret.map(ClientSecret::new));
        let client = CoreClient::from_provider_metadata(found, client_id, secret)
            .set_redirect_uri(RedirectUrl::new(format!("{here}/callback"))?);
        Ok(Self { client, issuer, end_session, home: format!("{here}/"), wire })
    }

    pub(super) fn issuer(&self) -> &str {
        &self.issuer
    }

    /// Where to send a browser, and what must come back with it.
    pub(super) fn authorize(&self) -> (Url, CsrfToken, Nonce, PkceCodeVerifier) {
        let (challenge, verifier) = PkceCodeChallenge::new_random_sha256();
        let flow = CoreAuthenticationFlow::AuthorizationCode;
        let request = self
            .client
            .authorize_url(flow, CsrfToken::new_random, Nonce::new_random)
            .add_scopes(["profile", "email", "offline_access"].map(|it| Scope::new(it.to_owned())))
            .set_pkce_challenge(challenge);
        let (url, state, nonce) = request.url();
        (url, state, nonce, verifier)
    }

    /// Turns a code into tokens, and checks what they say.
    pub(super) async fn redeem(
        &self,
        code: String,
        nonce: &Nonce,
        verifier: PkceCodeVerifier,
    ) -> Outcome<Account> {
        let request = self.client.exchange_code(AuthorizationCode::new(code))?;
        let tokens = request.set_pkce_verifier(verifier).request_async(&self.wire).await?;
        let id_token = tokens.id_token().ok_or("there is no ID token")?;
        let claims = id_token.claims(&self.client.id_token_verifier(), nonce)?;
        let subject = claims.subject().clone();
        let id_token_claims = serde_json::to_value(claims)?;
        self.account(&tokens, id_token_claims, Some(subject)).await
    }

    /// Gets new tokens without asking anybody.
    pub(super) async fn refresh(&self, account: &Account) -> Outcome<Account> {
        let refresh = account.refresh.as_ref().ok_or("there is no refresh token")?;
        let tokens = self.client.exchange_refresh_token(refresh)?;
        let tokens = tokens.request_async(&self.wire).await?;
        let mut next = self.account(&tokens, account.id_token_claims.clone(), None).await?;
        if let Some(id_token) = tokens.id_token() {
            // It need not hold the nonce of the first one (OpenID Connect Core §12.2).
            let verifier = self.client.id_token_verifier();
            let claims = id_token.claims(&verifier, |_: Option<&Nonce>| Ok(()))?;
            next.id_token_claims = serde_json::to_value(claims)?;
        }
        next.id_token = next.id_token.or_else(|| account.id_token.clone());
        next.refresh = next.refresh.or_else(|| account.refresh.clone());
        Ok(next)
    }

    /// Where to send a browser so that the session at the server ends too.
    pub(super) fn end_session(&self, account: &Account) -> Option<String> {
        let home = PostLogoutRedirectUrl::new(self.home.clone()).ok()?;
        let request = LogoutRequest::from(self.end_session.clone()?);
        let request = request.set_post_logout_redirect_uri(home);
        let request = match &account.id_token {
            Some(id_token) => request.set_id_token_hint(id_token),
            None => request,
        };
        Some(request.http_get_url().to_string())
    }

    async fn account(
        &self,
        tokens: &CoreTokenResponse,
        id_token_claims: Value,
        subject: Option<openidconnect::SubjectIdentifier>,
    ) -> Outcome<Account> {
        let access = tokens.access_token().clone();
        let request = self.client.user_info(access.clone(), subject)?;
        let told: CoreUserInfoClaims = request.request_async(&self.wire).await?;
        let scopes = tokens.scopes().map_or_else(String::new, |scopes| {
            scopes.iter().map(|scope| scope.as_str()).collect::<Vec<_>>().join(" ")
        });
        Ok(Account {
            id_token_claims,
            userinfo: serde_json::to_value(told)?,
            scope: scopes,
            id_token: tokens.id_token().cloned(),
            access,
            refresh: tokens.refresh_token().cloned(),
        })
    }
}

impl Account {
    /// The first characters of the access token, for people who look for it in the server's lists.
    pub(super) fn access_beginning(&self) -> &str {
        self.access.secret().get(..6).unwrap_or_default()
    }
}
