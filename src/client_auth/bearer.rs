//! The bearer of an access token (RFC 6750): who calls this server's own API.

use std::sync::Arc;

use axum::{
    extract::FromRequestParts,
    http::{HeaderMap, header, request::Parts},
};

use crate::{
    app::App,
    error::{Code, Error, Result},
    model::{
        api_scope::ApiAct,
        attempt::{Attempt, Circumstances},
        client::{Client, ClientStatus},
        parameters::Parameters,
        registered_client::RegisteredClient,
        scope::Scope,
        secret::Secret,
        space_delimited::SpaceDelimited,
        timestamp::Timestamp,
        token_entry::{TokenEntry, TokenKind},
        token_type,
    },
};

use super::CallerAddress;

/// Whoever presented an access token of ours that is good, and is meant for this server.
#[derive(Debug)]
pub struct Bearer {
    registered: Arc<RegisteredClient>,
    scope: Scope,
    /// Where the request came from.
    pub from: CallerAddress,
    /// When. All that is decided about the request goes by this moment.
    pub at: Timestamp,
}

impl FromRequestParts<App> for Bearer {
    type Rejection = Error;

    async fn from_request_parts(head: &mut Parts, app: &App) -> Result<Self> {
        // RFC 6750 §2.3: a token in the URL stays in logs and histories.
        if let Some(query) = head.uri.query() {
            Parameters::refuse_secrets_in(query)?;
        }
        let presented = read(&head.headers)?;
        let at = app.now();
        let from = CallerAddress::of(&head.extensions);
        match judge(app, &presented, (from, at)).await? {
            Ok(judged) => Ok(Self::of(judged, (from, at))),
            Err((entry, reason)) => Err(refuse(entry.as_deref(), reason)),
        }
    }
}

impl Bearer {
    pub(super) fn of(
        (registered, scope): (Arc<RegisteredClient>, Scope),
        (from, at): (CallerAddress, Timestamp),
    ) -> Self {
        Self { registered, scope, from, at }
    }

    /// The client that holds the token. It is active.
    #[must_use]
    pub fn client(&self) -> &Client {
        &self.registered.client
    }

    /// Makes sure that the token is good for an act on the type as the caller named it. Whether
    /// there is such a type is nothing that anybody else may learn: ask this first.
    ///
    /// # Errors
    ///
    /// `insufficient_scope` (RFC 6750 §3.1).
    pub fn demand(&self, act: ApiAct, type_name: &str) -> Result<()> {
        if act.is_in(&self.scope, &token_type::fold(type_name)) {
            return Ok(());
        }
        Err(self.lacks(act).needing(act.scope_token(type_name)))
    }

    /// The folded names of the types for which the token is good for an act; at least one.
    ///
    /// # Errors
    ///
    /// `insufficient_scope` (RFC 6750 §3.1).
    pub fn types_for(&self, act: ApiAct) -> Result<Vec<String>> {
        let types: Vec<_> = act.types_in(&self.scope).collect();
        if types.is_empty() { Err(self.lacks(act)) } else { Ok(types) }
    }

    fn lacks(&self, act: ApiAct) -> Error {
        let client_id = &self.client().client_id;
        tracing::info!(
            event = "bearer.not_allowed",
            client.id = %client_id,
            act = act.as_str(),
            "a token of {client_id} lacks the scope for {act}"
        );
        Error::new(Code::InsufficientScope, "The access token lacks the scope for this.")
    }
}

/// The token in the one place where it may stand (RFC 6750 §2.1).
pub(super) fn read(headers: &HeaderMap) -> Result<Secret> {
    let mut values = headers.get_all(header::AUTHORIZATION).iter();
    let Some(value) = values.next() else { return Err(missing()) };
    if values.next().is_some() {
        return Err(Error::new(Code::InvalidRequest, "There are several Authorization headers."));
    }
    let (scheme, token) = value.as_bytes().split_at(value.len().min("Bearer ".len()));
    if !scheme.eq_ignore_ascii_case(b"Bearer ") {
        return Err(missing());
    }
    // What is no text is no token of ours, either.
    let token = str::from_utf8(token).unwrap_or_default().trim_matches(' ');
    Ok(Secret::new(token.to_owned()))
}

pub(super) fn missing() -> Error {
    let text = "This needs an access token in a Bearer Authorization header.";
    Error::new(Code::TokenMissing, text)
}

pub(super) type Judged =
    std::result::Result<(Arc<RegisteredClient>, Scope), (Option<Box<TokenEntry>>, &'static str)>;

/// Who bears the token and what for, or why it is not good here: one word, for the log.
pub(super) async fn judge(
    app: &App,
    presented: &Secret,
    (from, at): (CallerAddress, Timestamp),
) -> Result<Judged> {
    let Some(found) = app.tokens.present(presented.expose(), at).await? else {
        return Ok(Err((None, "unknown")));
    };
    let entry = &found.found.entry;
    let refused = |reason| Ok(Err((Some(Box::new(entry.clone())), reason)));
    if entry.kind != TokenKind::Access {
        return refused("other_kind");
    }
    // Whoever bears it presents it here, for us: its rules hold, though nothing is spent.
    let circumstances = Circumstances {
        type_name: None,
        purpose: None,
        identity: None,
        client_id: entry.client_id.clone(),
        audience: SpaceDelimited::parse(app.issuer.as_str()),
        address: Some(from.0.to_canonical()),
    };
    let attempt = Attempt { at, presented: Some(circumstances) };
    if let Some(refused_for) = found.found.judge(&attempt) {
        return refused(refused_for.refusal.as_str());
    }
    if !entry.audience.contains(app.issuer.as_str()) {
        return refused("other_audience");
    }
    let registered = app.store.find_registered_client(&entry.client_id).await?;
    let is_active = |found: &Arc<RegisteredClient>| found.client.status == ClientStatus::Active;
    match registered.filter(is_active) {
        Some(registered) => {
            app.note_use(entry, at);
            Ok(Ok((registered, entry.scope.clone())))
        }
        // Deleted or disabled since the judgement.
        None => refused("orphaned"),
    }
}

/// The one refusal, with its reason for the log.
pub(super) fn refuse(entry: Option<&TokenEntry>, reason: &'static str) -> Error {
    let key = entry.map(|entry| entry.entry_key);
    let shown = key.map_or_else(|| "a token".to_owned(), |key| key.to_string());
    tracing::info!(
        event = "bearer.refused",
        token.entry = key.map(tracing::field::display),
        client.id = entry.map(|entry| tracing::field::display(&entry.client_id)),
        reason,
        "refused {shown} as a bearer token: {reason}"
    );
    Error::new(Code::InvalidToken, "The access token is not good here.")
}

#[cfg(test)]
mod tests {
    use axum::http::HeaderValue;

    use super::*;

    fn code_or_token(values: &[&str]) -> std::result::Result<String, Code> {
        let mut headers = HeaderMap::new();
        for value in values {
            headers.append(header::AUTHORIZATION, HeaderValue::from_str(value).unwrap());
        }
        read(&headers).map(|token| token.expose().to_owned()).map_err(|error| error.code)
    }

    #[test]
    fn the_scheme_has_no_case_and_stands_alone() {
        assert_eq!(code_or_token(&["bEARER abc"]), Ok("abc".to_owned()));
        for other in ["Basic abc", "Bearer", "Bearerabc", "", "B\u{e9}"] {
            assert_eq!(code_or_token(&[other]), Err(Code::TokenMissing), "{other}");
        }
        assert_eq!(code_or_token(&[]), Err(Code::TokenMissing));
        assert_eq!(code_or_token(&["Bearer a", "Bearer a"]), Err(Code::InvalidRequest));
    }
}
