//! What happened to a token, and what will.

use crate::{
    model::{
        standing::StandingEntry,
        timestamp::Timestamp,
        token_entry::{EntryStatus, TokenKind},
    },
    pages::dates::Moment,
};

use super::times::Times;

/// Something that happened, or will.
pub(super) struct Event {
    /// The key of what.
    pub(super) key: &'static str,
    pub(super) at: Moment,
    /// Who, why, or which other entry.
    pub(super) below: Option<String>,
    pub(super) kind: Kind,
    time: Timestamp,
}

/// How it is drawn.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    Plain,
    /// It began.
    Good,
    /// It was ended.
    Ill,
    /// Now.
    Turn,
}

impl Event {
    /// Whether it began with this.
    pub(super) fn is_good(&self) -> bool {
        self.kind == Kind::Good
    }

    /// Whether it was ended by this.
    pub(super) fn is_ill(&self) -> bool {
        self.kind == Kind::Ill
    }

    /// Whether it is now.
    pub(super) fn is_turn(&self) -> bool {
        self.kind == Kind::Turn
    }
}

/// All of it, in order.
pub(super) fn of(found: &StandingEntry, times: Times) -> Vec<Event> {
    let entry = &found.entry;
    let event = |key: &'static str, time: Timestamp, kind: Kind| Event {
        key,
        at: times.moment(time),
        below: None,
        kind,
        time,
    };
    let plain =
        |key: &'static str, time: Option<Timestamp>| time.map(|time| event(key, time, Kind::Plain));
    let mut all = vec![event("admin-story-issued", entry.created_at, Kind::Good)];
    all.extend(plain("admin-story-starts", entry.not_before));
    all.extend(plain("admin-story-last-used", entry.last_used_at));
    let redeemed = match entry.kind {
        TokenKind::Refresh => "admin-story-rotated",
        _ => "admin-story-redeemed",
    };
    all.extend(
        plain(redeemed, entry.redeemed_at)
            .map(|event| Event { below: entry.successor_key.map(|key| key.to_string()), ..event }),
    );
    if let Some(at) = entry.ended_at {
        let key = match entry.status {
            EntryStatus::Superseded => "admin-story-replaced",
            EntryStatus::Rejected => "admin-story-declined",
            _ => "admin-story-revoked",
        };
        let below = times.cause((entry.ended_by.as_deref(), entry.end_reason.as_deref()));
        all.push(Event { below, ..event(key, at, Kind::Ill) });
    }
    all.push(event("admin-story-now", times.now, Kind::Turn));
    all.extend(plain("admin-story-expires", entry.expires_at));
    all.extend(plain("admin-story-family-end", entry.absolute_at));
    if entry.expires_at.is_some() {
        all.extend(plain("admin-story-swept", Some(entry.entry_key.keep_until())));
    }
    all.sort_by_key(|event| event.time);
    all
}
