//! Clients, shown.

use serde_json::{Value, json};

use crate::{
    acts::{self, clients::COUNT_LIMIT},
    app::App,
    model::{
        client::{Client, ClientAuthentication, ClientStatus},
        client_id::ClientId,
        client_secret::{ClientSecret, SecretKind},
        reuse::Reuse,
        signature_algorithm::SignatureAlgorithm,
        timestamp::Timestamp,
        token_format::TokenFormat,
    },
};

use crate::cli::{
    console::Console,
    figures::live_tokens,
    look::Tone,
    problem::{Exit, Outcome},
    sheet::Sheet,
    table::{Cell, Table, column, optional},
    times::{Times, span},
};

use super::sign_in;

/// Every client.
pub(super) async fn list(app: &App, console: &mut Console) -> Outcome {
    let columns = [
        column("CLIENT"),
        optional("NAME", 2),
        optional("KIND", 3),
        column("STATUS"),
        optional("SCOPES", 1),
    ];
    let mut table = Table::new(&columns);
    for client in acts::clients::list(app).await? {
        if console.json() {
            console.object(&client_json(&client));
        }
        table.row([
            Cell::from(client.client_id.as_str()),
            Cell::from(&client.name),
            Cell::from(client.kind.as_str()),
            Cell::toned(status_tone(client.status), client.status.as_str()),
            Cell::from(client.scope.to_string()),
        ]);
    }
    if table.is_empty() {
        console.say("No clients yet. Add one: tessera client add NAME");
    } else {
        console.table(&table);
    }
    Ok(Exit::Yes)
}

/// One client, its secrets, and how many of its tokens are live.
pub(super) async fn show(client_id: &ClientId, app: &App, console: &mut Console) -> Outcome {
    let (client, secrets) = acts::clients::show(app, client_id).await?;
    let live = acts::clients::live_tokens(app, client_id).await;
    let now = app.now();
    if console.json() {
        let mut object = client_json(&client);
        object["secrets"] = secrets.iter().map(|secret| secret_json(secret, now)).collect();
        object["live_tokens"] = json!(live);
        console.object(&object);
        return Ok(Exit::Yes);
    }
    let mut sheet = Sheet::default();
    sheet.fact("Client", client.client_id.as_str());
    sheet.fact("Name", &client.name);
    sheet.toned("Status", (status_tone(client.status), client.status.as_str()), "");
    sheet.fact("Kind", client.kind.as_str());
    sheet.append(settings_sheet(&client));
    sheet.fact("Lifetimes", lifetimes(&client, app));
    sheet.fact("Added", console.times(now).stated(client.created_at));
    sheet.fact("Tokens", live_tokens(live, COUNT_LIMIT));
    for secret in &secrets {
        let (value, detail) = secret_words(secret, &console.times(now));
        let tone = if secret.is_live(now) { Tone::Plain } else { Tone::Dim };
        sheet.toned("Secret", (tone, &format!("{value},")), &detail);
    }
    console.sheet(&sheet);
    Ok(Exit::Yes)
}

/// What can be set of a client.
pub(super) fn settings_sheet(client: &Client) -> Sheet {
    let mut sheet = Sheet::default();
    let keys = if client.jwks.is_some() { ", public keys are set" } else { "" };
    sheet.fact("Proves by", format!("{}{keys}", client.authentication));
    if client.authentication == ClientAuthentication::PrivateKeyJwt {
        sheet.fact("Assertion", format!("aud is {}", client.assertion_audience));
    }
    sheet.fact("May use", client.grant_types.to_string());
    sheet.fact("Scopes", client.scope.to_string());
    if !client.cors_origins.is_empty() {
        sheet.fact("Origins", client.cors_origins.to_string());
    }
    let format = client.access_format.map_or("server's format", TokenFormat::as_str);
    let algorithm =
        client.access_algorithm.map_or("server's algorithm", SignatureAlgorithm::as_str);
    let lifetime = client.access_lifetime(std::time::Duration::ZERO);
    let lifetime = match client.access_lifetime {
        Some(_) => span(lifetime),
        None => "server's lifetime".to_owned(),
    };
    sheet.fact("Access", format!("{format}, {algorithm}, {lifetime}"));
    if let Some(reuse) = client.reuse {
        sheet.fact("Asks again", reuse_words(reuse));
    }
    if client.grant_types.contains("refresh_token") {
        sheet.fact("Refresh", refresh_words(client));
    }
    if !client.sign_in.redirect_uris.is_empty() {
        sheet.append(sign_in::sheet(&client.sign_in));
    }
    sheet
}

/// How long its tokens live, whether it says so or the server's settings do.
fn lifetimes(client: &Client, app: &App) -> String {
    let tokens = &app.config().tokens;
    let access = span(client.access_lifetime(tokens.access_lifetime));
    if !client.grant_types.contains("refresh_token") {
        return format!("access {access}");
    }
    format!("access {access}, refresh {}", span(client.refresh_lifetime(tokens.refresh_lifetime)))
}

/// What it gets that asks again.
fn reuse_words(reuse: Reuse) -> &'static str {
    match reuse {
        Reuse::New => "gets another token",
        Reuse::ReuseActive => "gets the reference that it has",
        Reuse::Renew => "gets another reference in its place",
    }
}

/// What its refresh tokens are like.
fn refresh_words(client: &Client) -> String {
    let format = client.refresh_format.map_or("server's format", TokenFormat::as_str);
    let rotation = match client.refresh_rotate {
        _ if client.is_public() => "rotate",
        None => "rotate as the server's do",
        Some(true) => "rotate",
        Some(false) => "do not rotate",
    };
    let lifetime = match client.refresh_lifetime {
        Some(_) => span(client.refresh_lifetime(std::time::Duration::ZERO)),
        None => "server's lifetime".to_owned(),
    };
    format!("{format}, {rotation}, {lifetime}")
}

/// A client for a program.
pub(super) fn client_json(client: &Client) -> Value {
    let mut object = json!({
        "client_id": client.client_id.as_str(),
        "name": client.name,
        "kind": client.kind.as_str(),
        "status": client.status.as_str(),
        "authentication": client.authentication.as_str(),
        "has_jwks": client.jwks.is_some(),
        "assertion_audience": client.assertion_audience.as_str(),
        "grant_types": client.grant_types.iter().collect::<Vec<_>>(),
        "scope": client.scope.to_string(),
        "cors_origins": client.cors_origins.iter().collect::<Vec<_>>(),
        "access_format": client.access_format.map(TokenFormat::as_str),
        "access_algorithm": client.access_algorithm.map(SignatureAlgorithm::as_str),
        "access_lifetime_seconds": client.access_lifetime,
        "reuse": client.reuse.map(Reuse::as_str),
        "refresh_format": client.refresh_format.map(TokenFormat::as_str),
        "refresh_rotate": client.refresh_rotate,
        "refresh_lifetime_seconds": client.refresh_lifetime,
        "created_at": client.created_at.rfc3339(),
        "updated_at": client.updated_at.rfc3339(),
    });
    if let (Some(all), Value::Object(more)) =
        (object.as_object_mut(), sign_in::json_of(&client.sign_in))
    {
        all.extend(more);
    }
    object
}

/// A secret for a program: everything but itself.
pub(super) fn secret_json(secret: &ClientSecret, now: Timestamp) -> Value {
    json!({
        "hint": secret.hint,
        "kind": secret.kind.as_str(),
        "is_live": secret.is_live(now),
        "created_at": secret.created_at.rfc3339(),
        "expires_at": secret.expires_at.map(Timestamp::rfc3339),
        "last_used_at": secret.last_used_at.map(Timestamp::rfc3339),
        "last_used_from": secret.last_used_from,
    })
}

/// How a secret is told from the others, and what is known of it.
fn secret_words(secret: &ClientSecret, times: &Times<'_>) -> (String, String) {
    let end = match secret.expires_at {
        None => "works".to_owned(),
        Some(end) if times.now < end => format!("works until {}", times.stated(end)),
        Some(end) => format!("ended {}", times.relative(end)),
    };
    (named(secret), format!("{end}, {}", last_use(secret, times)))
}

/// `ends q8TzWd`, or `known as q8TzWd` for a chosen one, of which nothing may be shown.
pub(super) fn named(secret: &ClientSecret) -> String {
    match secret.kind {
        SecretKind::Generated => format!("ends {}", secret.hint),
        SecretKind::Chosen => format!("known as {}", secret.hint),
    }
}

/// When and from where a secret was last used.
pub(super) fn last_use(secret: &ClientSecret, times: &Times<'_>) -> String {
    match (&secret.last_used_at, &secret.last_used_from) {
        (Some(at), Some(from)) => format!("last used {}, from {from}", times.relative(*at)),
        (Some(at), None) => format!("last used {}", times.relative(*at)),
        (None, _) => "never used".to_owned(),
    }
}

fn status_tone(status: ClientStatus) -> Tone {
    match status {
        ClientStatus::Active => Tone::Good,
        ClientStatus::Disabled => Tone::Warn,
        ClientStatus::Deleted => Tone::Dim,
    }
}
