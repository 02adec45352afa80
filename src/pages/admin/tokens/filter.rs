//! The query of a list of tokens: its parts as chips, its fields as a form, and what has a name.

use crate::{
    acts,
    model::{
        parameters::Parameters,
        query::{QueryFaults, TokenQuery},
        saved_query::SavedQuery,
        status_word::StatusWord,
    },
    pages::{gate::encoded, words::Words},
};

use super::shown::{short, status};

/// A part of a query.
pub(super) struct Chip {
    /// The key, empty for free text.
    pub(super) key: String,
    pub(super) value: String,
    pub(super) is_negated: bool,
    /// The query without it.
    pub(super) without: String,
}

/// A query with a name.
pub(super) struct View {
    pub(super) name: String,
    pub(super) query: String,
    pub(super) is_here: bool,
    /// The key of its row, if somebody saved it.
    pub(super) saved: Option<String>,
}

/// A field of the form that writes a query.
pub(super) struct Choice {
    pub(super) value: &'static str,
    /// The text.
    pub(super) text: String,
    pub(super) is_chosen: bool,
}

/// The form that writes a query.
pub(super) struct Fields {
    pub(super) type_name: String,
    pub(super) client: String,
    pub(super) user: String,
    pub(super) scope: String,
    pub(super) status: Vec<Choice>,
    pub(super) expires: Vec<Choice>,
    /// What it has no fields for.
    pub(super) rest: String,
}

/// The keys that have a field for what may be typed.
const TYPED: [&str; 4] = ["type", "client", "user", "scope"];

/// The views that are always there: the key of each, and its query.
const BUILT_IN: [(&str, &str); 6] = [
    ("admin-tokens-all", ""),
    ("admin-tokens-active", "status:active"),
    ("admin-tokens-expiring", "status:active,waiting expires:<1d"),
    ("admin-tokens-unused", "status:active created:>30d used:>30d,never"),
    ("admin-tokens-endless", "status:active expires:never"),
    ("admin-tokens-revoked", "status:revoked,cut_off"),
];

/// What `expires:` may say in the form.
const EXPIRES: [(&str, &str); 5] = [
    ("", "admin-tokens-any-time"),
    ("<1h", "admin-tokens-within-hour"),
    ("<1d", "admin-tokens-within-day"),
    ("<1w", "admin-tokens-within-week"),
    ("never", "admin-never"),
];

/// What `status:` may say in the form beside the words that there are.
const ACTIVE_OR_WAITING: &str = "active,waiting";

/// The parts of a query.
pub(super) fn chips(query: &TokenQuery) -> Vec<Chip> {
    let texts: Vec<String> = query.terms.iter().map(ToString::to_string).collect();
    let chip = |(place, text): (usize, &String)| {
        let (is_negated, text) = match text.strip_prefix('-') {
            Some(rest) if query.terms[place].negated => (true, rest),
            _ => (false, text.as_str()),
        };
        let (key, value) = match text.split_once(':') {
            Some((key, value)) if !text.starts_with('"') => (key, value),
            _ => ("", text),
        };
        let others = texts.iter().enumerate().filter(|(other, _)| *other != place);
        let without = others.map(|(_, text)| text.as_str()).collect::<Vec<_>>().join(" ");
        Chip { key: key.to_owned(), value: short(value), is_negated, without }
    };
    texts.iter().enumerate().map(chip).collect()
}

/// The views, those of operators after ours.
pub(super) fn views(words: Words, saved: Vec<SavedQuery>, query: &str) -> Vec<View> {
    let ours = BUILT_IN.iter().map(|(key, query)| View {
        name: words.text(key).into_owned(),
        query: (*query).to_owned(),
        is_here: false,
        saved: None,
    });
    let theirs = saved.into_iter().map(|saved| View {
        name: saved.name,
        query: saved.query,
        is_here: false,
        saved: Some(saved.query_id.to_string()),
    });
    let mut all: Vec<View> = ours.chain(theirs).collect();
    if let Some(here) = all.iter_mut().find(|view| view.query == query) {
        here.is_here = true;
    }
    all
}

impl Chip {
    /// Where the list without it is.
    pub(super) fn address(&self) -> String {
        address(&self.without)
    }
}

impl View {
    /// Where it is.
    pub(super) fn address(&self) -> String {
        address(&self.query)
    }
}

/// Where the list of a query is.
pub(in crate::pages::admin) fn address(query: &str) -> String {
    if query.is_empty() {
        return "/admin/tokens".to_owned();
    }
    format!("/admin/tokens?q={}", encoded(query))
}

impl Fields {
    /// The form, filled in with what `query` says.
    pub(super) fn of(words: Words, query: &TokenQuery) -> Self {
        let mut said: [Option<String>; 6] = Default::default();
        let keys = TYPED.into_iter().chain(["status", "expires"]);
        let mut rest = Vec::new();
        for term in &query.terms {
            let text = term.to_string();
            let place = keys
                .clone()
                .position(|key| text.strip_prefix(key).is_some_and(|rest| rest.starts_with(':')));
            let value = text.split_once(':').map(|(_, value)| value.to_owned());
            match place.filter(|place| !term.negated && said[*place].is_none()) {
                Some(place) if is_choice(place, value.as_deref().unwrap_or_default()) => {
                    said[place] = value;
                }
                _ => rest.push(text),
            }
        }
        let [type_name, client, user, scope, status, expires] = said.map(Option::unwrap_or_default);
        Self {
            type_name,
            client,
            user,
            scope,
            status: statuses(words, &status),
            expires: expiries(words, &expires),
            rest: rest.join(" "),
        }
    }
}

impl Fields {
    /// The form as it was sent, where that makes no query.
    pub(super) fn sent(words: Words, asked: &Parameters) -> Self {
        let said = |key: &str| asked.get(key).unwrap_or_default().trim().to_owned();
        Self {
            type_name: said("type"),
            client: said("client"),
            user: said("user"),
            scope: said("scope"),
            status: statuses(words, &said("status")),
            expires: expiries(words, &said("expires")),
            rest: said("rest"),
        }
    }
}

/// Whether the field at `place` can say this.
fn is_choice(place: usize, value: &str) -> bool {
    match place {
        4 => value == ACTIVE_OR_WAITING || value.parse::<StatusWord>().is_ok(),
        5 => EXPIRES.iter().any(|(known, _)| *known == value),
        _ => true,
    }
}

fn statuses(words: Words, chosen: &str) -> Vec<Choice> {
    let choice = |value: &'static str, key: &str| Choice {
        value,
        text: words.text(key).into_owned(),
        is_chosen: value == chosen,
    };
    let known = StatusWord::ALL.iter().rev();
    [choice("", "admin-any"), choice(ACTIVE_OR_WAITING, "admin-tokens-active-or-waiting")]
        .into_iter()
        .chain(known.map(|word| choice(word.as_str(), status(*word).1)))
        .collect()
}

fn expiries(words: Words, chosen: &str) -> Vec<Choice> {
    let choice = |(value, key): &(&'static str, &str)| Choice {
        value,
        text: words.text(key).into_owned(),
        is_chosen: *value == chosen,
    };
    EXPIRES.iter().map(choice).collect()
}

/// The query that the form of fields says, as far as it can be read: what cannot is left as it was
/// typed, for the list to say what is wrong with it.
pub(super) fn written(asked: &Parameters) -> String {
    let mut parts = Vec::new();
    for key in TYPED.into_iter().chain(["status", "expires"]) {
        let Some(value) = asked.get(key).map(str::trim).filter(|value| !value.is_empty()) else {
            continue;
        };
        let plain = format!("{key}:{value}");
        let reads = |text: &str| TokenQuery::parse(text).is_ok_and(|query| query.terms.len() == 1);
        let quoted = value.replace('\\', "\\\\").replace('"', "\\\"");
        let quoted = format!("{key}:\"{quoted}\"");
        // Two words are never two parts: that value is wrong, and said to be.
        let is_list = ["status", "expires"].contains(&key);
        parts.push(if is_list || reads(&plain) { plain } else { quoted });
    }
    parts.extend(asked.get("rest").map(|rest| rest.trim().to_owned()));
    let text = parts.join(" ");
    TokenQuery::parse(&text).map_or(text, |query| query.to_string())
}

/// What is wrong with a query, one sentence each.
pub(super) fn faults(wrong: &QueryFaults) -> Vec<String> {
    wrong.to_string().lines().map(str::to_owned).collect()
}

/// What a deed says against a query.
pub(super) fn refused(error: acts::Error) -> crate::error::Result<Vec<String>> {
    match error {
        acts::Error::NotFound(text) => Ok(vec![text]),
        other => Err(other.into()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_we_write_is_written_as_it_is_shown() {
        let expires = EXPIRES.iter().filter(|(value, _)| !value.is_empty());
        let expires = expires.map(|(value, _)| format!("expires:{value}"));
        let ours = BUILT_IN.iter().map(|(_, query)| (*query).to_owned());

        for query in ours.chain(expires) {
            assert_eq!(TokenQuery::parse(&query).unwrap().to_string(), query);
        }
    }
}
