//! Entries as lists show them.

use crate::{
    model::{
        client_id::ClientId, standing::StandingEntry, status_word::StatusWord,
        timestamp::Timestamp, token_entry::TokenKind,
    },
    pages::{admin::clients::path_of, dates::Moment},
};

use super::times::Times;

/// The shape and the key of a status.
pub(in crate::pages::admin) fn status(word: StatusWord) -> (&'static str, &'static str) {
    match word {
        StatusWord::Revoked => ("bad", "admin-status-revoked"),
        StatusWord::Replaced => ("spent", "admin-status-replaced"),
        StatusWord::Declined => ("bad", "admin-status-declined"),
        StatusWord::Used => ("spent", "admin-status-used"),
        StatusWord::CutOff => ("bad", "admin-status-cut-off"),
        StatusWord::NotYet => ("off", "admin-status-not-yet"),
        StatusWord::Expired => ("off", "admin-status-expired"),
        StatusWord::UsedUp => ("spent", "admin-status-used-up"),
        StatusWord::Paused => ("warn", "admin-status-paused"),
        StatusWord::Waiting => ("off", "admin-status-waiting"),
        StatusWord::Expiring => ("warn", "admin-status-expiring"),
        StatusWord::Active => ("ok", "admin-status-active"),
    }
}

/// The life of a token as a line: how far it is, of a hundred.
pub(in crate::pages::admin) struct Life {
    percent: i64,
    /// `soon`, `over`, `cut` or nothing.
    pub(in crate::pages::admin) state: &'static str,
}

/// How many uses are left.
pub(in crate::pages::admin) struct Uses {
    pub(in crate::pages::admin) left: i64,
    pub(in crate::pages::admin) total: i64,
    /// Both in words.
    pub(in crate::pages::admin) text: String,
}

/// A row of the list of tokens.
pub(in crate::pages::admin) struct Row {
    pub(in crate::pages::admin) key: String,
    pub(in crate::pages::admin) type_name: String,
    pub(in crate::pages::admin) status: StatusWord,
    /// The name of its user, and where they are.
    pub(in crate::pages::admin) user: Option<(String, Option<String>)>,
    pub(in crate::pages::admin) client: Holder,
    /// Its scope, or its purposes.
    pub(in crate::pages::admin) tags: Vec<String>,
    /// How many tags are left out.
    pub(in crate::pages::admin) more_tags: usize,
    pub(in crate::pages::admin) life: Option<Life>,
    pub(in crate::pages::admin) expires: Option<Moment>,
    pub(in crate::pages::admin) uses: Option<Uses>,
    pub(in crate::pages::admin) last_used: Option<Moment>,
}

/// Who holds a token.
pub(in crate::pages::admin) enum Holder {
    /// A client, and where it is.
    Client(String, String),
    /// Somebody who made it for themselves.
    Person,
}

/// How many characters the tags of a row may have together; the first one is always shown.
const ROOM_FOR_TAGS: usize = 26;

/// The longest name that a list shows whole, in characters.
const LONGEST: usize = 80;

/// A name that is no longer than a list has room for.
pub(in crate::pages::admin) fn short(text: &str) -> String {
    match text.char_indices().nth(LONGEST) {
        Some((end, _)) => format!("{}…", &text[..end]),
        None => text.to_owned(),
    }
}

/// How many of these tags fit into a row.
fn fitting(tags: &[String]) -> usize {
    let mut room = ROOM_FOR_TAGS;
    let fits = |tag: &&String| {
        let left = room.checked_sub(tag.chars().count());
        room = left.unwrap_or_default();
        left.is_some()
    };
    tags.iter().take_while(fits).count().max(1).min(tags.len())
}

impl Holder {
    pub(in crate::pages::admin) fn of(client_id: &ClientId) -> Self {
        if client_id.is_of_people() {
            return Self::Person;
        }
        Self::Client(client_id.as_str().to_owned(), path_of(client_id))
    }
}

impl Row {
    pub(in crate::pages::admin) fn of(found: &StandingEntry, times: Times) -> Self {
        let entry = &found.entry;
        let tags: Vec<_> = if entry.kind == TokenKind::Typed {
            let purposes = entry.purposes.iter().map(|purpose| {
                times.words.with("admin-tokens-for", [("purpose", &short(purpose))])
            });
            purposes.collect()
        } else {
            entry.scope.iter().map(short).collect()
        };
        let fitting = fitting(&tags);
        let status = found.status_word(times.now);
        Self {
            key: entry.entry_key.to_string(),
            type_name: found.type_name().to_owned(),
            status,
            user: user(found),
            client: Holder::of(&entry.client_id),
            more_tags: tags.len() - fitting,
            tags: tags.into_iter().take(fitting).collect(),
            life: Life::of(found, status, times.now),
            expires: entry.expires_at.map(|end| times.moment(end)),
            uses: entry.max_uses.map(|max| Uses::of(entry.uses, max, times)),
            last_used: entry.last_used_at.map(|at| times.moment(at)),
        }
    }

    /// The shape and the key of its status.
    pub(in crate::pages::admin) fn status(&self) -> (&'static str, &'static str) {
        status(self.status)
    }
}

/// On whose behalf, or for whom, and where they are.
pub(in crate::pages::admin) fn user(found: &StandingEntry) -> Option<(String, Option<String>)> {
    let entry = &found.entry;
    let name = found.standing.username.as_deref().or(entry.subject.as_deref());
    let place = entry.user_id.map(|id| format!("/admin/users/{id}"));
    match (name, entry.identity.as_deref()) {
        (Some(name), _) => Some((short(name), place)),
        (None, Some(identity)) => Some((short(identity), None)),
        (None, None) => place.map(|place| {
            (place.rsplit('/').next().unwrap_or_default().to_owned(), Some(place.clone()))
        }),
    }
}

impl Uses {
    /// What is left after so many of so many.
    pub(in crate::pages::admin) fn of(used: i64, total: i64, times: Times) -> Self {
        let left = total.saturating_sub(used).max(0);
        let text = times.words.numbers("admin-uses-left", [("left", left), ("max", total)]);
        Self { left, total, text }
    }

    /// Whether each is drawn.
    pub(in crate::pages::admin) fn is_drawn(&self) -> bool {
        self.total <= MOST_PUNCHES
    }

    /// Each use: whether it is left.
    pub(in crate::pages::admin) fn each(&self) -> impl Iterator<Item = bool> {
        (0..self.total).map(|number| number < self.left)
    }

    /// Whether few are left of several.
    pub(in crate::pages::admin) fn is_low(&self) -> bool {
        self.left <= 1 && self.total > 1
    }
}

/// How many uses are drawn at most.
const MOST_PUNCHES: i64 = 10;

impl Life {
    /// The life of a token that has an end.
    pub(in crate::pages::admin) fn of(
        found: &StandingEntry,
        status: StatusWord,
        now: Timestamp,
    ) -> Option<Self> {
        let entry = &found.entry;
        let end = entry.expires_at?;
        let start = entry.not_before.unwrap_or(entry.created_at);
        let (length, passed) = (end.since(start).as_secs().max(1), now.since(start).as_secs());
        let percent = i64::try_from((passed.saturating_mul(100) / length).min(100)).unwrap_or(100);
        let state = match status {
            StatusWord::Expiring => "soon",
            StatusWord::Expired | StatusWord::UsedUp | StatusWord::Used | StatusWord::Replaced => {
                "over"
            }
            StatusWord::Revoked | StatusWord::CutOff | StatusWord::Declined => "cut",
            _ => "",
        };
        Some(Self { percent, state })
    }

    /// Where now is, on a line from 2 to 102.
    pub(in crate::pages::admin) fn now(&self) -> i64 {
        self.percent + 2
    }

    /// Whether something of it is left.
    pub(in crate::pages::admin) fn is_left(&self) -> bool {
        !matches!(self.state, "over" | "cut") && self.percent < 100
    }
}
