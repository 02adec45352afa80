//! Signing keys: where each is in its life, and what becomes of it.

pub(in crate::pages) mod rotate;
pub(in crate::pages) mod withdraw;

use askama::Template;
use axum::{
    extract::{RawQuery, State},
    response::Response,
};

use crate::{
    acts::keys::{self, KeyFacts},
    app::App,
    error::Result,
    model::{key_rotation::KeyStep, signing_key::SigningKeyState, timestamp::Timestamp},
    pages::{
        dates::Moment,
        html::{self, Forms},
        layout::Layout,
        words::Words,
    },
};

use super::{
    frame::{Frame, Section},
    guard::AdminVisit,
};

#[derive(Template)]
#[template(path = "admin/keys.html")]
struct KeysPage<'a> {
    layout: Layout<'a>,
    frame: Frame,
    keys: Vec<Shown>,
    /// What was done, as a key.
    done: Option<&'static str>,
}

/// A key on the page.
struct Shown {
    kid: String,
    algorithm: &'static str,
    state: SigningKeyState,
    since: Moment,
    /// What comes next, and when.
    next: Option<(&'static str, Moment)>,
    is_used: bool,
    /// How many JWTs of it work, in words; nothing where there can be none.
    live: Option<String>,
}

/// Shows the page.
pub(in crate::pages) async fn get(
    State(app): State<App>,
    RawQuery(query): RawQuery,
    admin: AdminVisit,
) -> Result<Response> {
    let layout = admin.layout(&app);
    let found = keys::list(&app).await?;
    let done = match query.as_deref() {
        Some("done=rotated") => Some("admin-keys-rotated"),
        Some("done=withdrawn") => Some("admin-keys-withdrawn"),
        _ => None,
    };
    let page = KeysPage {
        keys: found.iter().map(|facts| Shown::of(facts, layout.words, admin.at())).collect(),
        frame: Frame::new(&admin, Section::Keys, Section::Keys.path()),
        layout,
        done,
    };
    html::answer_with(&page, Forms::Here)
}

/// How many JWTs of a key work, in words; nothing of one that has signed none, or was withdrawn.
fn live(facts: &KeyFacts, words: Words, now: Timestamp) -> Option<String> {
    let signed = [SigningKeyState::Active, SigningKeyState::Retiring];
    let in_words = |key| counted(facts, key, words, now);
    let unknown = || words.text("admin-keys-live-unknown").into_owned();
    signed
        .contains(&facts.key.state)
        .then(|| in_words("admin-keys-live-count").unwrap_or_else(unknown))
}

/// How many JWTs of a key work, in the words of `key`; nothing where that was not counted.
fn counted(facts: &KeyFacts, key: &str, words: Words, now: Timestamp) -> Option<String> {
    let live = facts.live?;
    let ago = Moment::new(words, live.at, now).distance;
    Some(words.mixed(key, &[("ago", ago)], &[("count", live.count)]))
}

/// What is known of the key of a name.
async fn facts_of(app: &App, kid: &str) -> Result<Option<KeyFacts>> {
    Ok(keys::list(app).await?.into_iter().find(|facts| facts.key.kid == kid))
}

impl Shown {
    fn of(facts: &KeyFacts, words: Words, now: Timestamp) -> Self {
        let key = &facts.key;
        let since = match key.state {
            SigningKeyState::Staged => key.created_at,
            SigningKeyState::Active => key.signs_from(),
            SigningKeyState::Retiring | SigningKeyState::Revoked => {
                key.retire_at.unwrap_or(key.created_at)
            }
        };
        let next = facts.next.map(|(step, at)| {
            let step = match step {
                KeyStep::Stage => "admin-keys-next-stage",
                KeyStep::Activate => "admin-keys-next-activate",
                KeyStep::Retire => "admin-keys-next-retire",
                KeyStep::Drop => "admin-keys-next-drop",
            };
            (step, Moment::new(words, at, now))
        });
        Self {
            kid: key.kid.clone(),
            algorithm: key.algorithm.as_str(),
            state: key.state,
            since: Moment::past(words, since, now),
            next,
            is_used: facts.is_used,
            live: live(facts, words, now),
        }
    }

    /// The shape and the key of its state.
    fn state(&self) -> (&'static str, &'static str) {
        match self.state {
            SigningKeyState::Staged => ("off", "admin-keys-staged"),
            SigningKeyState::Active => ("ok", "admin-keys-active"),
            SigningKeyState::Retiring => ("spent", "admin-keys-retiring"),
            SigningKeyState::Revoked => ("bad", "admin-keys-revoked"),
        }
    }

    /// Whether it can be withdrawn.
    fn is_withdrawable(&self) -> bool {
        self.state != SigningKeyState::Revoked
    }

    /// Whether it signs, so that another can take its place.
    fn is_active(&self) -> bool {
        self.state == SigningKeyState::Active
    }
}
