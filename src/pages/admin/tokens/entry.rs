//! One entry: whether it works and why, what happened to it, what it came of, what it says.

use askama::Template;
use axum::{
    extract::{Path, State},
    http::StatusCode,
    response::Response,
};

use crate::{
    acts::{
        self,
        tokens::{self, Given},
    },
    app::App,
    error::Result,
    model::{standing::StandingEntry, token_entry::TokenKind, token_type},
    pages::{
        html::{self, Forms},
        layout::Layout,
    },
};

use super::{
    super::{
        frame::{Frame, Section},
        guard::AdminVisit,
    },
    kin::Kin,
    shown::{Holder, Life, Row, short, user},
    story::{self, Event},
    times::Times,
    verdict::Ruling,
};

#[derive(Template)]
#[template(path = "admin/tokens/entry.html")]
struct EntryPage<'a> {
    layout: Layout<'a>,
    frame: Frame,
    row: Row,
    /// What it is and when it was made.
    made: String,
    ruling: Ruling,
    life: Option<Life>,
    story: Vec<Event>,
    kin: Option<Kin>,
    facts: Vec<Fact>,
    /// What the audit log calls the family, if it is of one.
    family: Option<String>,
    /// Whether something can still be revoked.
    can_revoke: bool,
}

/// Something that an entry says.
struct Fact {
    /// The key of its name.
    key: &'static str,
    value: String,
    /// Where what it names is.
    place: Option<String>,
}

#[derive(Template)]
#[template(path = "admin/tokens/missing.html")]
struct MissingPage<'a> {
    layout: Layout<'a>,
    frame: Frame,
    typed: String,
    kept: String,
}

/// Shows the page.
pub(in crate::pages) async fn get(
    State(app): State<App>,
    Path(typed): Path<String>,
    admin: AdminVisit,
) -> Result<Response> {
    let times = Times { words: admin.layout(&app).words, now: admin.at() };
    let found = match tokens::find(&app, &typed).await {
        Ok(found) => found,
        Err(acts::Error::NotFound(_) | acts::Error::Invalid(_)) => {
            return missing(&app, &admin, &typed, times);
        }
        Err(error) => return Err(error.into()),
    };
    let key = found.entry.entry_key.to_string();
    if key != typed {
        return Ok(html::see_other(&app.issuer, &format!("/admin/tokens/{key}")));
    }
    let given = Given::nothing(times.now);
    let checks = given.explain(&found);
    let raised = tokens::raised(&app, &found, &checks).await?;
    let ruling = Ruling::on(&found, &given, &raised, times);
    let kin = match found.entry.authorization_id {
        Some(family) => Some(Kin::of(&tokens::family(&app, family).await?, &found, times)),
        None => None,
    };
    let row = Row::of(&found, times);
    let page = EntryPage {
        frame: Frame::new(&admin, Section::Tokens, format!("/admin/tokens/{key}")),
        made: made(&found, times),
        life: Life::of(&found, row.status, times.now),
        story: story::of(&found, times),
        facts: facts(&found, times),
        family: found.entry.authorization_id.map(|id| format!("target:\"family:{id}\"")),
        can_revoke: !found.is_over(times.now) || found.entry.authorization_id.is_some(),
        layout: admin.layout(&app),
        row,
        ruling,
        kin,
    };
    html::answer_with(&page, Forms::Here)
}

fn missing(app: &App, admin: &AdminVisit, typed: &str, times: Times) -> Result<Response> {
    let page = MissingPage {
        layout: admin.layout(app),
        frame: Frame::new(admin, Section::Tokens, Section::Tokens.path()),
        typed: short(typed),
        kept: times.length(app.config().tokens.keep_ended),
    };
    let mut response = html::answer_with(&page, Forms::Here)?;
    *response.status_mut() = StatusCode::NOT_FOUND;
    Ok(response)
}

/// What it is, and when it was made.
fn made(found: &StandingEntry, times: Times) -> String {
    let at = times.stated(found.entry.created_at);
    times.words.with("admin-token-made", [("type", found.type_name()), ("at", &at)])
}

/// Where the page of its type is, if it is one that is configured.
fn type_place(found: &StandingEntry) -> Option<String> {
    let name = found.standing.type_shown.as_ref()?;
    let is_of_protocol = token_type::is_protocol(name) && !token_type::is_built_in(name);
    (!is_of_protocol).then(|| format!("/admin/types/{name}"))
}

fn facts(found: &StandingEntry, times: Times) -> Vec<Fact> {
    let (entry, words) = (&found.entry, times.words);
    let fact = |key: &'static str, value: String| Fact { key, value, place: None };
    let version = entry.rules.0.as_ref().map(|set| format!(" v{}", set.version));
    let type_name = found.type_name();
    let mut all = vec![Fact {
        key: "admin-fact-type",
        value: format!("{type_name}{}", version.unwrap_or_default()),
        place: type_place(found),
    }];
    match Holder::of(&entry.client_id) {
        Holder::Client(id, place) => {
            all.push(Fact { key: "admin-fact-client", value: id, place: Some(place) });
        }
        Holder::Person => {
            all.push(fact("admin-fact-client", words.text("admin-of-people").into_owned()));
        }
    }
    if let Some((name, place)) = user(found).filter(|_| entry.user_id.is_some()) {
        all.push(Fact { key: "admin-fact-user", value: name, place });
    }
    if let Some(subject) = &entry.subject {
        all.push(fact("admin-fact-subject", subject.clone()));
    }
    if entry.kind == TokenKind::Typed {
        let any = || words.text("admin-any").into_owned();
        let purposes: Vec<_> = entry.purposes.iter().collect();
        let purposes = if purposes.is_empty() { any() } else { purposes.join(", ") };
        all.push(fact("admin-fact-purposes", purposes));
        all.push(fact("admin-fact-identity", entry.identity.clone().unwrap_or_else(any)));
    } else {
        all.push(fact("admin-fact-scope", entry.scope.to_string()));
        all.push(fact("admin-fact-audience", entry.audience.to_string()));
    }
    for (key, other) in
        [("admin-fact-replaces", entry.parent_key), ("admin-fact-replaced-by", entry.successor_key)]
    {
        all.extend(other.map(|other| Fact {
            key,
            value: other.to_string(),
            place: Some(format!("/admin/tokens/{other}")),
        }));
    }
    all.push(fact("admin-fact-format", entry.format.to_string()));
    if let Some(pin) = &entry.pin {
        all.push(fact("admin-fact-pin", pin.clone()));
    }
    all.retain(|fact| !fact.value.is_empty());
    all
}
