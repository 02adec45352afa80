//! What revoking would do: how many tokens, of which types, whose.

use crate::{
    acts::{
        self, Operator,
        tokens::{self, Ended, MassRevocation, Reach},
    },
    app::App,
    model::{
        query::TokenQuery,
        standing::StandingEntry,
        token_entry::{TokenEntry, TokenKind},
    },
    pages::words::Words,
};

use super::shown::short;

/// How far it goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum How {
    /// With all that descends from the same authorization.
    Family,
    /// What was chosen, and nothing else.
    One,
}

impl How {
    /// The word of the form.
    pub(super) fn as_str(self) -> &'static str {
        match self {
            Self::Family => "family",
            Self::One => "one",
        }
    }

    /// Reads the word of the form.
    pub(super) fn of(word: &str) -> Self {
        if word == "one" { Self::One } else { Self::Family }
    }
}

/// What was chosen to be revoked.
pub(super) enum Chosen {
    /// These entries.
    Entries(Vec<StandingEntry>),
    /// Whatever a query means.
    Query(TokenQuery),
}

/// What revoking would do.
pub(super) struct Effect {
    pub(super) reach: Reach,
    /// Whether all is done by one statement, so that families make no difference.
    pub(super) is_whole: bool,
}

/// How many entries are looked at to count them, more or less.
const MOST_COUNTED: i64 = 10_000;

/// The most names of people or clients.
const MOST_NAMED: usize = 5;

/// How many tokens are revoked without typing their number.
const MOST_UNTYPED: i64 = 100;

/// What must be typed where nobody counted to the end.
const ALL: &str = "all";

/// How long a request ends tokens before it asks whether to go on.
const LONGEST: std::time::Duration = std::time::Duration::from_secs(20);

impl Chosen {
    /// The entries that end one by one, and the query whose families end as a whole.
    fn parted(&self, how: How) -> (Vec<StandingEntry>, Option<TokenQuery>) {
        let Self::Entries(found) = self else { return (Vec::new(), None) };
        // A refresh token takes its family along, whatever was asked for.
        let goes = |entry: &TokenEntry| how == How::Family || entry.kind == TokenKind::Refresh;
        let (mut families, mut alone): (Vec<_>, Vec<_>) =
            found.iter().cloned().partition(|one| goes(&one.entry));
        let query = tokens::take_families(&mut families);
        alone.extend(families);
        (alone, query)
    }

    /// Measures what would be ended.
    pub(super) async fn measure(&self, app: &App, how: How) -> acts::Result<Effect> {
        if let Self::Query(query) = self {
            let meant = MassRevocation::see(app, query.clone(), how == How::Family).await?;
            let reach = meant.measure_within(app, MOST_COUNTED).await?;
            return Ok(Effect { reach, is_whole: meant.is_whole() });
        }
        let (alone, query) = self.parted(how);
        let mut reach = match query {
            Some(query) => {
                let meant = MassRevocation::see(app, query, true).await?;
                meant.measure_within(app, MOST_COUNTED).await?
            }
            None => Reach::default(),
        };
        let now = app.now();
        alone.iter().filter(|one| !one.is_over(now)).for_each(|one| reach.add(one));
        Ok(Effect { reach, is_whole: false })
    }

    /// Ends it.
    pub(super) async fn revoke(
        &self,
        app: &App,
        operator: &Operator,
        (how, reason): (How, &str),
    ) -> acts::Result<Ended> {
        let (alone, query) = match self {
            Self::Query(query) => {
                let meant = MassRevocation::see(app, query.clone(), how == How::Family).await?;
                return tokens::revoke_many(app, operator, &meant.within(LONGEST), reason).await;
            }
            Self::Entries(found) if how == How::One => (found.clone(), None),
            Self::Entries(_) => self.parted(how),
        };
        let mut ended = 0;
        if let Some(query) = query {
            let meant = MassRevocation::see(app, query, true).await?.within(LONGEST);
            match tokens::revoke_many(app, operator, &meant, reason).await? {
                Ended::Tokens(number) => ended += number,
                other => return Ok(other),
            }
        }
        for one in &alone {
            let was_live = tokens::revoke(app, operator, &one.entry, reason).await?;
            ended += i64::from(was_live);
        }
        Ok(Ended::Tokens(ended))
    }
}

impl Effect {
    /// What must be typed to go on, if it hits many.
    pub(super) fn must_type(&self) -> Option<String> {
        if self.reach.is_cut {
            return Some(ALL.to_owned());
        }
        (self.reach.tokens > MOST_UNTYPED).then(|| self.reach.tokens.to_string())
    }

    /// Whether what was typed is enough. A few that came since somebody counted make no difference.
    pub(super) fn is_typed(&self, typed: &str) -> bool {
        let Some(wanted) = self.must_type() else { return true };
        // Pages show a number with its thousands apart.
        let number = typed.trim().replace(',', "").parse::<i64>().ok();
        let covers = |number: i64| self.reach.tokens <= number.saturating_add(number / 10);
        typed.trim() == wanted || (!self.reach.is_cut && number.is_some_and(covers))
    }

    /// What goes, name by name.
    pub(super) fn facts(&self, words: Words) -> Vec<(String, String)> {
        let Reach { tokens, families, people, clients, types, named, is_cut } = &self.reach;
        let mut facts = Vec::new();
        let mut fact = |key: &str, text: String| facts.push((words.text(key).into_owned(), text));
        let key = if *is_cut { "admin-tokens-more" } else { "admin-tokens-count" };
        fact("admin-tokens", words.count(key, *tokens));
        let number = |value: i64| words.count("number", value);
        let each = |(name, of): (&String, &i64)| format!("{} {}", number(*of), short(name));
        fact("admin-revoke-types", types.iter().map(each).collect::<Vec<_>>().join(", "));
        if families.count().0 > 0 {
            fact("admin-revoke-families", number(families.count().0));
        }
        let people_count = people.count().0;
        if people_count > 0 {
            let named: Vec<_> = named.iter().map(|name| short(name)).collect();
            fact("admin-revoke-people", listed(words, named, people_count));
        }
        let named: Vec<_> = clients.some(MOST_NAMED).map(|id| short(id.as_str())).collect();
        fact("admin-revoke-clients", listed(words, named, clients.count().0));
        facts.retain(|(_, text)| !text.is_empty());
        facts
    }
}

/// Some names, and how many there are beside.
fn listed(words: Words, mut named: Vec<String>, count: i64) -> String {
    named.sort();
    let rest = count - i64::try_from(named.len()).unwrap_or(count);
    let named = named.join(", ");
    if rest <= 0 {
        return named;
    }
    if named.is_empty() {
        return words.count("number", count);
    }
    words.mixed("admin-and-others", &[("named", named)], &[("count", rest)])
}
