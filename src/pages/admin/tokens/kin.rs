//! The family of a token as a tree: each refresh token, what was issued beside it, and the one that
//! took its place.

use crate::{
    acts::tokens::Family,
    model::{
        entry_key::EntryKey, standing::StandingEntry, status_word::StatusWord,
        token_entry::TokenKind,
    },
    pages::dates::Moment,
};

use super::{shown::status, times::Times};

/// A family, as far as it is shown.
pub(super) struct Kin {
    /// The address of the list of all its entries.
    pub(super) all: String,
    /// What comes before that is not shown.
    pub(super) earlier: Option<String>,
    /// Whether what is shown first is what the family began with, before any refresh token.
    pub(super) begins_here: bool,
    pub(super) generations: Vec<Generation>,
}

/// A refresh token, and what was issued beside it.
pub(super) struct Generation {
    /// Nothing, where what is shown first has no refresh token that is kept.
    pub(super) refresh: Option<Member>,
    pub(super) beside: Vec<Member>,
    /// Whether anything hangs below.
    pub(super) is_open: bool,
}

/// An entry of the tree.
pub(super) struct Member {
    pub(super) key: String,
    pub(super) type_name: String,
    pub(super) at: Moment,
    pub(super) is_here: bool,
    status: StatusWord,
}

/// How many refresh tokens before this one, and after it, are shown.
const SHOWN: usize = 3;

/// How many entries beside a refresh token are shown.
const BESIDE: usize = 6;

impl Member {
    fn of(found: &StandingEntry, here: EntryKey, times: Times) -> Self {
        Self {
            key: found.entry.entry_key.to_string(),
            type_name: found.type_name().to_owned(),
            at: times.moment(found.entry.created_at),
            is_here: found.entry.entry_key == here,
            status: found.status_word(times.now),
        }
    }

    /// The shape and the key of its status.
    pub(super) fn status(&self) -> (&'static str, &'static str) {
        status(self.status)
    }
}

impl Generation {
    fn holds(&self) -> bool {
        self.refresh.iter().chain(&self.beside).any(|member| member.is_here)
    }
}

impl Kin {
    /// The part of a family around one of its entries.
    pub(super) fn of(family: &Family, here: &StandingEntry, times: Times) -> Self {
        let key = here.entry.entry_key;
        let mut generations: Vec<Generation> = Vec::new();
        for found in &family.entries {
            let member = Member::of(found, key, times);
            if found.entry.kind == TokenKind::Refresh {
                generations.push(Generation {
                    refresh: Some(member),
                    beside: Vec::new(),
                    is_open: false,
                });
                continue;
            }
            match generations.last_mut() {
                Some(last) => last.beside.push(member),
                None => generations.push(Generation {
                    refresh: None,
                    beside: vec![member],
                    is_open: false,
                }),
            }
        }
        let place = generations.iter().position(Generation::holds).unwrap_or_default();
        let first = place.saturating_sub(SHOWN);
        let mut shown: Vec<_> = generations.into_iter().skip(first).take(2 * SHOWN + 1).collect();
        for generation in &mut shown {
            // What was issued last, and the one that is looked at.
            let extra = generation.beside.len().saturating_sub(BESIDE);
            let mut number = 0;
            generation.beside.retain(|member| {
                number += 1;
                number > extra || member.is_here
            });
        }
        let words = times.words;
        let earlier = match i64::try_from(first).unwrap_or(i64::MAX) {
            _ if family.has_more => Some(words.text("admin-family-more").into_owned()),
            0 => None,
            number => Some(words.count("admin-family-earlier", number)),
        };
        let count = shown.len();
        for (place, generation) in shown.iter_mut().enumerate() {
            generation.is_open = place + 1 < count || !generation.beside.is_empty();
        }
        let family_id = here.entry.authorization_id.map(|id| id.to_string()).unwrap_or_default();
        Self {
            all: super::filter::address(&format!("family:{family_id}")),
            earlier,
            begins_here: !family.has_more
                && family.entries.first().is_some_and(|it| it.entry.kind == TokenKind::Code),
            generations: shown,
        }
    }
}
