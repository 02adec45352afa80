//! One entry, shown.

use serde_json::{Value, json};

use crate::{
    acts::{self, tokens::Given},
    app::App,
    cli::{
        console::Console,
        problem::{Exit, Outcome},
        sheet::Sheet,
        times::Times,
    },
    model::{
        standing::StandingEntry,
        timestamp::Timestamp,
        token_entry::{TokenEntry, TokenKind},
    },
};

use super::{
    details::ending,
    list::tone,
    verdict::{self, Ruling},
};

pub(super) async fn run(typed: &str, app: &App, console: &mut Console) -> Outcome {
    let found = acts::tokens::find(app, typed).await?;
    let now = app.now();
    let ruling = Ruling::on(&found, &Given::nothing(now), app, &console.times(now)).await?;
    if console.json() {
        let mut object = entry_json(&found, now);
        object["checks"] = verdict::to_json(&ruling.lines).into();
        console.object(&object);
        return Ok(Exit::Yes);
    }
    let word = found.status_word(now);
    let mut sheet = Sheet::default();
    sheet.fact("Entry", found.entry.entry_key.to_string());
    sheet.toned("Status", (tone(word), &word.shown()), "");
    let ended = ended(&found.entry, &console.times(now));
    if !ended.is_empty() {
        sheet.fact("Ended", ended);
    }
    sheet.append(facts(&found, &console.times(now)));
    console.sheet(&sheet);
    console.answer("");
    verdict::say(&ruling.lines, console);
    if let Some(advice) = ruling.advice {
        console.answer("");
        console.answer(&format!("  {advice}"));
    }
    Ok(Exit::Yes)
}

/// What a token is for, and its times.
pub(super) fn facts(found: &StandingEntry, times: &Times<'_>) -> Sheet {
    let entry = &found.entry;
    let mut sheet = Sheet::default();
    let version = entry.rules.0.as_ref().map(|set| format!(" v{}", set.version));
    let version = version.unwrap_or_default();
    sheet.fact("Type", format!("{}{version}, {}", found.type_name(), entry.format));
    sheet.fact("Client", entry.client_id.as_str());
    if let Some(holder) = holder(found) {
        sheet.fact("Subject", holder);
    }
    if entry.kind == TokenKind::Typed {
        let purposes: Vec<_> = entry.purposes.iter().collect();
        sheet
            .fact("Purposes", if purposes.is_empty() { "any".into() } else { purposes.join(", ") });
        sheet.fact("Identity", entry.identity.as_deref().unwrap_or("any"));
    } else {
        sheet.fact("Scopes", entry.scope.to_string());
        sheet.fact("Audience", entry.audience.to_string());
    }
    for (name, key) in [("Replaces", entry.parent_key), ("Replaced by", entry.successor_key)] {
        if let Some(key) = key {
            sheet.fact(name, key.to_string());
        }
    }
    sheet.fact("Issued", times.stated(entry.created_at));
    if let Some(start) = entry.not_before {
        sheet.fact("Starts", times.stated(start));
    }
    sheet.fact("Expires", entry.expires_at.map_or("never".to_owned(), |end| times.stated(end)));
    if entry.expires_at.is_some() {
        sheet.fact("Kept", format!("until {}", times.stated(entry.entry_key.keep_until())));
    }
    sheet
}

/// On whose behalf, as people know them; `None` where the client acts for itself.
pub(super) fn holder(found: &StandingEntry) -> Option<&str> {
    found.standing.username.as_deref().or(found.entry.subject.as_deref())
}

/// When, by whom and why a token was ended before its time; empty if it was not.
fn ended(entry: &TokenEntry, times: &Times<'_>) -> String {
    let Some(at) = entry.ended_at else { return String::new() };
    ending(at, (entry.ended_by.as_deref(), entry.end_reason.as_deref()), times)
}

/// An entry for a program.
pub(super) fn entry_json(found: &StandingEntry, now: Timestamp) -> Value {
    let entry = &found.entry;
    json!({
        "entry": entry.entry_key.to_string(),
        "status": found.status_word(now).as_str(),
        "kind": entry.kind.as_str(),
        "type": found.type_name(),
        "type_version": entry.rules.0.as_ref().map(|set| set.version),
        "format": entry.format.as_str(),
        "client_id": entry.client_id.as_str(),
        "user_id": entry.user_id.map(|id| id.to_string()),
        "username": found.standing.username,
        "subject": entry.subject,
        "family": entry.authorization_id.map(|id| id.to_string()),
        "scope": entry.scope.to_string(),
        "audience": entry.audience.iter().collect::<Vec<_>>(),
        "purposes": entry.purposes.iter().collect::<Vec<_>>(),
        "identity": entry.identity,
        "uses": entry.uses,
        "max_uses": entry.max_uses,
        "last_used_at": entry.last_used_at.map(Timestamp::rfc3339),
        "replaces": entry.parent_key.map(|key| key.to_string()),
        "replaced_by": entry.successor_key.map(|key| key.to_string()),
        "redeemed_at": entry.redeemed_at.map(Timestamp::rfc3339),
        "created_at": entry.created_at.rfc3339(),
        "not_before": entry.not_before.map(Timestamp::rfc3339),
        "expires_at": entry.expires_at.map(Timestamp::rfc3339),
        "ended_at": entry.ended_at.map(Timestamp::rfc3339),
        "ended_by": entry.ended_by,
        "end_reason": entry.end_reason,
        "kept_until": entry.expires_at.map(|_| entry.entry_key.keep_until().rfc3339()),
    })
}
