//! What checks were decided on, as programs read it.

use serde_json::{Value, json};

use crate::{
    acts::tokens::Raised,
    model::{client_id::ClientId, timestamp::Timestamp, verdict::Fact},
};

/// A fact: names that stay, times in RFC 3339, lengths of time in seconds.
/// `raised` is whose tokens were all ended, the earliest first.
pub(super) fn to_json(fact: &Fact<'_>, raised: &[Raised]) -> Value {
    let time = |at: &Option<Timestamp>| at.map(Timestamp::rfc3339);
    match fact {
        Fact::Type { name, version } => json!({"type": name, "version": version}),
        Fact::End { status, at, by, reason, successor } => json!({
            "status": status.as_str(), "ended_at": time(at), "ended_by": by, "end_reason": reason,
            "replaced_by": successor.map(|key| key.to_string()),
        }),
        Fact::Client { client_id, status } => {
            json!({"client_id": client_id.as_str(), "status": status})
        }
        Fact::User { username, status } => json!({"username": username, "status": status}),
        Fact::Family { status } => json!({"status": status}),
        Fact::Generation { .. } => raised_json(raised),
        Fact::Password | Fact::Confirmation | Fact::UnknownRule => json!({}),
        Fact::Start { at } => json!({"not_before": at.rfc3339()}),
        Fact::Expiry { at } => json!({"expires_at": time(at)}),
        Fact::Idle { ends_at, max_idle, last_used_at } => json!({
            "idle_ends_at": ends_at.rfc3339(), "max_idle_seconds": max_idle.as_secs(),
            "last_used_at": time(last_used_at),
        }),
        Fact::Uses { used, max, last_used_at } => {
            json!({"uses": used, "max_uses": max, "last_used_at": time(last_used_at)})
        }
        Fact::Rate { used, max, window, ends_at } => json!({
            "window_uses": used, "max_window_uses": max, "window_seconds": window.as_secs(),
            "window_ends_at": time(ends_at),
        }),
        fact => bound_json(fact),
    }
}

fn raised_json(raised: &[Raised]) -> Value {
    let of = |raised: &Raised| raised.whose.as_str();
    let first = raised.first();
    let end = first.and_then(|raised| raised.end.as_ref());
    json!({
        "raised_of": first.map(of), "also_raised_of": raised.iter().skip(1).map(of).collect::<Vec<_>>(),
        "at": end.map(|end| end.at.rfc3339()), "by": end.map(|end| &end.by),
        "reason": end.map(|end| &end.reason),
    })
}

fn bound_json(fact: &Fact<'_>) -> Value {
    match fact {
        Fact::AskedType { asked, name } => json!({"type": name, "asked": asked}),
        Fact::Purposes { bound, asked } => {
            json!({"purposes": bound.iter().collect::<Vec<_>>(), "asked": asked})
        }
        Fact::Identity { bound, asked } => json!({"identity": bound, "asked": asked}),
        Fact::Clients { allowed, asked } => {
            json!({"clients": allowed, "asked": asked.map(ClientId::as_str)})
        }
        Fact::Audiences { allowed, mode, asked } => json!({
            "audiences": allowed, "mode": mode.as_str(),
            "asked": asked.map(|asked| asked.iter().collect::<Vec<_>>()),
        }),
        Fact::Networks { cidr, asked } => {
            json!({"allow": cidr.allow, "deny": cidr.deny, "asked": asked})
        }
        Fact::Pin { bound, asked } => json!({"network": bound, "asked": asked}),
        Fact::Hours { schedule } => json!({
            "days": schedule.days, "from": schedule.from, "to": schedule.to, "tz": schedule.tz,
        }),
        Fact::OncePerPurpose { asked } => json!({"asked": asked}),
        _ => json!({}),
    }
}
