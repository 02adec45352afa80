//! The tokens that somebody makes for themselves, on the page of what uses their account.

use std::time::Duration;

use crate::{
    acts::{
        account::{self, NewPersonalToken, NotMade, OwnToken},
        browser_sessions::SeenFrom,
    },
    app::App,
    error::Result,
    model::{
        parameters::Parameters,
        scope::{DescribedScope, Scope},
        status_word::StatusWord,
        timestamp::Timestamp,
        user::User,
    },
    pages::{dates::Moment, scopes::ScopeInWords, words::Words},
    tokens::typed::{CreateRefusal, CreatedToken},
};

use super::said_of;

/// For how many days a token can be had.
const DAYS: [u64; 4] = [7, 30, 90, 365];

/// For how many it is where nobody chose.
const USUAL: u64 = 90;

/// What the boxes of scope tokens are named by, with the token behind it.
const BOX: &str = "allow:";

/// A token on the page.
pub(super) struct TokenRow {
    pub(super) id: String,
    /// What its maker calls it, or else the name of its entry.
    pub(super) name: String,
    /// The class and the key of where it stands.
    pub(super) status: (&'static str, &'static str),
    pub(super) scope: Vec<String>,
    pub(super) made: Moment,
    pub(super) ends: Option<Moment>,
    pub(super) used: Option<Moment>,
}

/// The form for another token.
pub(super) struct TokenForm {
    pub(super) name: String,
    /// Each life that there is: the days, what to call them, whether it is chosen.
    pub(super) lives: Vec<(u64, String, bool)>,
    /// Each scope token that its maker has: its box, what it allows, whether it is ticked.
    pub(super) boxes: Vec<(String, ScopeInWords, bool)>,
    /// Whether it was sent before.
    pub(super) is_open: bool,
    /// What is wrong with it, as a key, and in which field.
    trouble: Option<(&'static str, &'static str)>,
}

/// A token, just made.
pub(super) struct Made {
    pub(super) name: String,
    /// The only time that it is seen.
    pub(super) token: String,
    pub(super) ends: Option<Moment>,
}

/// What somebody asked for.
pub(super) struct Asked {
    name: String,
    days: u64,
    scope: Vec<String>,
}

impl Asked {
    pub(super) fn read(fields: &Parameters) -> Self {
        let days = fields.get("days").and_then(|days| days.parse().ok());
        let boxes = fields.names().filter_map(|name| name.strip_prefix(BOX));
        Self {
            name: fields.get("name").unwrap_or_default().trim().to_owned(),
            days: days.filter(|days| DAYS.contains(days)).unwrap_or(USUAL),
            scope: boxes.map(str::to_owned).collect(),
        }
    }

    /// Makes the token; or says what is wrong, as a key, and in which field.
    pub(super) async fn make(
        &self,
        app: &App,
        user: &User,
        now: (&SeenFrom, Timestamp),
    ) -> Result<std::result::Result<CreatedToken, (&'static str, &'static str)>> {
        let Ok(scope) = Scope::parse(&self.scope.join(" ")) else {
            return Ok(Err(("token-scope-wrong", "scope")));
        };
        let expires_in = Some(Duration::from_hours(self.days * 24));
        let asked = NewPersonalToken { name: self.name.clone(), scope, expires_in };
        Ok(match account::make_token(app, user, asked, now).await {
            Ok(created) => Ok(created),
            Err(NotMade::Name) => Err(("token-name-wrong", "name")),
            Err(NotMade::Scope) => Err(("token-scope-wrong", "scope")),
            Err(NotMade::Refused(CreateRefusal::TooManyActive)) => Err(("token-too-many", "")),
            Err(NotMade::Refused(CreateRefusal::TooSoon { .. })) => Err(("token-too-soon", "")),
            Err(NotMade::Refused(_)) => Err(("token-refused", "")),
            Err(NotMade::Failed(error)) => return Err(error.into()),
        })
    }
}

impl Made {
    pub(super) fn new(
        created: &CreatedToken,
        asked: &Asked,
        (words, at): (Words, Timestamp),
    ) -> Self {
        let ends = created.expires_at.map(|end| Moment::new(words, end, at));
        Self { name: asked.name.clone(), token: created.token.expose().to_owned(), ends }
    }
}

impl TokenRow {
    pub(super) fn of(own: OwnToken, (words, at): (Words, Timestamp)) -> Self {
        let entry = &own.found.entry;
        let id = entry.entry_key.to_string();
        let moment = |time| Moment::new(words, time, at);
        let status = status(own.found.status_word(at));
        Self {
            name: own.name.unwrap_or_else(|| id.clone()),
            status,
            scope: entry.scope.iter().map(str::to_owned).collect(),
            made: moment(entry.created_at),
            ends: entry.expires_at.map(moment),
            used: entry.last_used_at.map(moment),
            id,
        }
    }
}

/// The class and the key of a status.
fn status(word: StatusWord) -> (&'static str, &'static str) {
    match word {
        StatusWord::Active => ("ok", "status-active"),
        StatusWord::Expiring => ("warn", "status-expiring"),
        StatusWord::Paused => ("warn", "status-paused"),
        StatusWord::NotYet | StatusWord::Waiting => ("off", "status-not-yet"),
        StatusWord::Expired => ("off", "status-expired"),
        StatusWord::UsedUp | StatusWord::Used | StatusWord::Replaced => ("spent", "status-used-up"),
        StatusWord::CutOff => ("bad", "status-cut-off"),
        StatusWord::Revoked | StatusWord::Declined => ("bad", "status-revoked"),
    }
}

impl TokenForm {
    pub(super) fn new(
        (typed, trouble): (Option<Asked>, Option<(&'static str, &'static str)>),
        user: &User,
        described: &[DescribedScope],
        words: Words,
    ) -> Self {
        let asked = typed.as_ref();
        let days = asked.map_or(USUAL, |asked| asked.days);
        let life =
            |known: u64| (known, words.count("token-days", known.cast_signed()), known == days);
        let ticked =
            |token: &str| asked.is_none_or(|asked| asked.scope.iter().any(|known| known == token));
        let boxes = user.scope.iter().map(|token| {
            let in_words = ScopeInWords::of(token, said_of(token, described), words);
            (format!("{BOX}{token}"), in_words, ticked(token))
        });
        Self {
            name: asked.map(|asked| asked.name.clone()).unwrap_or_default(),
            lives: DAYS.into_iter().map(life).collect(),
            boxes: boxes.collect(),
            is_open: typed.is_some(),
            trouble,
        }
    }

    /// The key of what is wrong with this field.
    pub(super) fn wrong(&self, field: &str) -> Option<&'static str> {
        self.trouble.filter(|(_, known)| *known == field).map(|(key, _)| key)
    }
}
