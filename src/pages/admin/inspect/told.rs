//! What a caller is told of a token, who learns whether it works, and not why.

use serde_json::{Value, json};

use crate::{
    acts::tokens,
    app::App,
    error::Result,
    model::{
        attempt::Outcome,
        client_id::ClientId,
        standing::{Refusal, StandingEntry},
        token_entry::TokenKind,
    },
    pages::admin::tokens::{times::Times, verdict::Ruling},
    tokens::Presented,
};

use super::pasted::pretty;

/// What a caller is told of a token: of one of OAuth by introspection, of a typed one by a use. The
/// caller is `client`; else whoever may see it.
pub(super) async fn told(
    app: &App,
    presented: &Presented,
    (ruling, client): (&Ruling, Option<&ClientId>),
    times: Times,
) -> Result<String> {
    let found: &StandingEntry = &presented.found;
    if found.entry.kind == TokenKind::Typed {
        let refused = presented.refusal.map(Refusal::outcome);
        let outcome = match refused {
            Some(outcome) => outcome,
            None if ruling.is_valid => Outcome::Allowed,
            None => Outcome::NotAllowed,
        };
        return Ok(pretty(&json!({"outcome": outcome.as_str()})));
    }
    let is_hidden = match client {
        Some(client) => !tokens::may_see(app, client, &found.entry).await?,
        None => false,
    };
    if presented.refusal.is_some() || !ruling.is_valid || is_hidden {
        return Ok(pretty(&json!({"active": false})));
    }
    let claims = app.tokens.claims_of(presented, times.now).await?;
    let mut told = json!({"active": true});
    if let (Some(all), Ok(Value::Object(claims))) =
        (told.as_object_mut(), serde_json::to_value(&claims))
    {
        if found.entry.kind == TokenKind::Access {
            all.insert("token_type".to_owned(), "Bearer".into());
        }
        if let Some(username) = &found.standing.username {
            all.insert("username".to_owned(), username.as_str().into());
        }
        all.extend(claims);
    }
    Ok(pretty(&told))
}
