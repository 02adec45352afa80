//! The explorer: which tokens there are, of all that were made and not swept yet.

mod checks;
mod effect;
pub(in crate::pages) mod entry;
pub(in crate::pages::admin) mod filter;
mod kin;
pub(in crate::pages) mod revoke;
pub(in crate::pages::admin) mod shown;
mod story;
pub(in crate::pages::admin) mod times;
pub(in crate::pages::admin) mod verdict;
pub(in crate::pages) mod views;

use askama::Template;
use axum::{
    extract::{RawQuery, State},
    response::{IntoResponse, Response},
};

use crate::{
    acts::{
        saved_queries,
        tokens::{self, Count, Listing},
    },
    app::App,
    error::Result,
    model::{
        entry_key::{EntryKey, EntryKeyRange},
        parameters::Parameters,
        query::TokenQuery,
    },
    pages::{
        html::{self, Forms},
        layout::Layout,
        words::Words,
    },
};

use self::{
    filter::{Chip, Fields, View},
    shown::Row,
    times::Times,
};
use super::{
    frame::{Frame, Section},
    guard::AdminVisit,
};

/// How many entries a page shows.
const PAGE: usize = 50;

/// How many entries are looked at for a page, more or less.
const PATIENCE: i64 = 20_000;

#[derive(Template)]
#[template(path = "admin/tokens/list.html")]
struct ListPage<'a> {
    layout: Layout<'a>,
    frame: Frame,
    /// As it was typed.
    query: String,
    /// Where what was never used is there, too, if it was left out.
    wider: Option<String>,
    faults: Vec<String>,
    chips: Vec<Chip>,
    fields: Fields,
    /// Whether the query was written by them just now.
    picked: bool,
    views: Vec<View>,
    views_proof: String,
    rows: Vec<Row>,
    found: Found,
    /// How long ended ones are kept.
    kept: String,
    /// What was done.
    done: Option<String>,
    /// The name that was typed for the filter.
    view_name: String,
    /// Why the filter could not be given that name, as a key.
    view_trouble: Option<&'static str>,
}

/// Where a page of a list is among the others.
#[derive(Default)]
struct Found {
    count: Option<Count>,
    newer: Option<String>,
    older: Option<String>,
    /// Where to go on looking, if it took too long.
    go_on: Option<String>,
}

/// Shows the page.
pub(in crate::pages) async fn get(
    State(app): State<App>,
    RawQuery(query): RawQuery,
    admin: AdminVisit,
) -> Result<Response> {
    let asked = Parameters::parse(query.as_deref().unwrap_or_default().as_bytes())?;
    if asked.get("pick").is_some() {
        let query = filter::written(&asked);
        // What makes no sense is answered here, where the fields are as they were sent.
        if TokenQuery::parse(&query).is_ok() {
            let query = filter::address(&query);
            let and = if query.contains('?') { '&' } else { '?' };
            let address = format!("{query}{and}picked=1");
            return Ok(html::see_other(&app.issuer, &address));
        }
    }
    show(&app, &admin, &asked, None).await
}

/// Shows the list that was asked for; with the name that it could not be given, and the key of why.
async fn show(
    app: &App,
    admin: &AdminVisit,
    asked: &Parameters,
    unnamed: Option<(&str, &'static str)>,
) -> Result<Response> {
    let is_sent = asked.get("pick").is_some();
    let text = if is_sent {
        filter::written(asked)
    } else {
        asked.get("q").unwrap_or_default().trim().to_owned()
    };
    let times = Times { words: admin.layout(app).words, now: admin.at() };
    let (query, mut faults) = match TokenQuery::parse(&text) {
        Ok(query) => (query, Vec::new()),
        Err(wrong) => (TokenQuery::default(), filter::faults(&wrong)),
    };
    let (mut rows, mut found) = (Vec::new(), Found::default());
    if faults.is_empty() {
        match look(app, (&query, &text), (key(asked, "after"), key(asked, "before"))).await {
            Ok((entries, place)) => {
                rows = entries.iter().map(|entry| Row::of(entry, times)).collect();
                found = place;
            }
            Err(error) => faults = filter::refused(error)?,
        }
    }
    let saved = saved_queries::list(app, saved_queries::TOKENS).await?;
    let page = ListPage {
        frame: Frame::new(admin, Section::Tokens, filter::address(&text)),
        chips: filter::chips(&query),
        fields: if is_sent {
            Fields::sent(times.words, asked)
        } else {
            Fields::of(times.words, &query)
        },
        picked: is_sent || asked.get("picked").is_some(),
        views: filter::views(times.words, saved, &query.to_string()),
        views_proof: admin.csrf(views::STEP),
        kept: times.length(app.config().tokens.keep_ended),
        done: done(asked, times),
        view_name: unnamed.map(|(name, _)| name.to_owned()).unwrap_or_default(),
        view_trouble: unnamed.map(|(_, key)| key),
        layout: admin.layout(app),
        query: text,
        wider: query.with_never_used().map(|wider| filter::address(&wider.to_string())),
        faults,
        rows,
        found,
    };
    Ok(html::answer_with(&page, Forms::Here)?.into_response())
}

/// The entries of a page, and where it is among the others.
async fn look(
    app: &App,
    (query, text): (&TokenQuery, &str),
    (after, before): (Option<EntryKey>, Option<EntryKey>),
) -> crate::acts::Result<(Vec<crate::model::standing::StandingEntry>, Found)> {
    let listing = Listing {
        query: query.clone(),
        after,
        before,
        all: false,
        limit: PAGE,
        patience: Some(PATIENCE),
    };
    let (page, count) = if after.is_none() && before.is_none() {
        tokens::list_and_count(app, &listing).await?
    } else {
        (tokens::list(app, &listing).await?, tokens::count(app, query).await?)
    };
    let place = |end: &str, key: EntryKey| {
        let address = filter::address(text);
        let joined = if text.is_empty() { '?' } else { '&' };
        format!("{address}{joined}{end}={key}")
    };
    let (first, last) = (page.entries.first(), page.entries.last());
    let (first, last) = (first.map(|one| one.entry.entry_key), last.map(|one| one.entry.entry_key));
    let is_back = before.is_some();
    let has_newer = if is_back { page.has_more } else { after.is_some() };
    let has_older = if is_back { true } else { page.has_more };
    let way = if is_back { "before" } else { "after" };
    let found = Found {
        count: Some(count),
        newer: first.filter(|_| has_newer).map(|key| place("before", key)),
        older: last.filter(|_| has_older).map(|key| place("after", key)),
        go_on: page.stopped_at.map(|key| place(way, key)),
    };
    Ok((page.entries, found))
}

/// About how many tokens there are: two digits say all that is known.
fn about(words: Words, number: i64) -> String {
    if number >= 1_000_000 {
        let (whole, rest) = (number / 1_000_000, number % 1_000_000 / 100_000);
        let millions = if whole < 10 { format!("{whole}.{rest}") } else { whole.to_string() };
        return words.with("admin-tokens-about-millions", [("millions", &millions)]);
    }
    let unit = 10_i64.pow(number.max(1).ilog10().saturating_sub(1));
    words.count("admin-tokens-about", number / unit * unit)
}

/// The key of an entry that a parameter names.
fn key(asked: &Parameters, name: &str) -> Option<EntryKey> {
    let range: EntryKeyRange = asked.get(name)?.parse().ok()?;
    Some(range.first).filter(|_| range.first == range.last)
}

/// What was done before this page was shown.
fn done(asked: &Parameters, times: Times) -> Option<String> {
    let words = times.words;
    if let Some(number) = asked.get("revoked").and_then(|number| number.parse::<i64>().ok()) {
        return Some(words.count("admin-revoked", number));
    }
    match asked.get("done")? {
        "all" => Some(words.text("admin-revoked-all").into_owned()),
        "already" => Some(words.text("admin-revoked-already").into_owned()),
        "none" => Some(words.text("admin-revoke-unticked").into_owned()),
        "saved" => Some(words.text("admin-tokens-saved").into_owned()),
        "deleted" => Some(words.text("admin-tokens-deleted").into_owned()),
        _ => None,
    }
}

impl ListPage<'_> {
    /// The view that is looked at, if somebody saved it.
    fn deletable(&self) -> Option<&View> {
        let is_here = |view: &&View| view.is_here && view.saved.is_some();
        self.views.iter().find(is_here).filter(|_| self.view_trouble.is_none())
    }

    /// Whether it can be given a name.
    fn can_save(&self) -> bool {
        let is_new = !self.chips.is_empty() && !self.views.iter().any(|view| view.is_here);
        self.view_trouble.is_some() || (self.faults.is_empty() && is_new)
    }

    /// How many entries there are.
    fn counted(&self) -> String {
        let words = self.layout.words;
        match self.found.count {
            Some(Count::Exact(number)) => words.count("admin-tokens-count", number),
            Some(Count::Over(number)) => words.count("admin-tokens-more", number),
            Some(Count::About(number)) => about(words, number),
            None => String::new(),
        }
    }
}
