//! Revoking: the entries that somebody ticked, or all that a query means. First a page that says
//! what goes.

use axum::{
    extract::{RawQuery, State},
    response::Response,
};

use crate::{
    acts::{
        self,
        tokens::{self, Ended, NO_REASON},
    },
    app::App,
    error::{Code, Error, Result},
    model::{command_line::word, parameters::Parameters, query::TokenQuery},
    pages::{
        admin::{
            confirm::{self, Alternative, Choice, Confirm, TYPED},
            frame::Section,
            guard::{AdminPosted, AdminVisit},
        },
        gate::encoded,
        html,
    },
};

use super::{
    effect::{Chosen, Effect, How},
    filter,
    views::with,
};

const STEP: &str = "admin|tokens|revoke";

/// What the form says.
struct Asked {
    chosen: Chosen,
    /// The query of the list that it came from, or that is meant.
    query: String,
    how: How,
    reason: String,
    /// Whether it came from the page of an entry.
    is_of_entry: bool,
}

/// Asks whether to.
pub(in crate::pages) async fn get(
    State(app): State<App>,
    RawQuery(query): RawQuery,
    admin: AdminVisit,
) -> Result<Response> {
    let fields = Parameters::parse(query.unwrap_or_default().as_bytes())?;
    let Some(asked) = Asked::read(&app, &fields).await? else {
        let query = fields.get("q").unwrap_or_default();
        let address = with(&filter::address(query), "done=none");
        return Ok(html::see_other(&app.issuer, &address));
    };
    let trouble = fields.get("stopped").map(|_| "admin-revoke-stopped");
    let effect = asked.chosen.measure(&app, asked.how).await?;
    asked.ask(&app, &admin, &effect, trouble)
}

/// Does it.
pub(in crate::pages) async fn post(
    State(app): State<App>,
    posted: AdminPosted,
) -> Result<Response> {
    let admin = &posted.admin;
    let Some(asked) = Asked::read(&app, &posted.fields).await? else {
        return Ok(html::see_other(&app.issuer, Section::Tokens.path()));
    };
    let effect = asked.chosen.measure(&app, asked.how).await?;
    if !posted.is_genuine(STEP) {
        return asked.ask(&app, admin, &effect, Some("form-stale"));
    }
    if !effect.is_typed(posted.field(TYPED)) {
        return asked.ask(&app, admin, &effect, Some("confirm-mistyped"));
    }
    if let Some(trouble) = posted.prove(&app).await? {
        return asked.ask(&app, admin, &effect, Some(trouble));
    }
    let reason = if asked.reason.is_empty() { NO_REASON } else { &asked.reason };
    let ended = asked.chosen.revoke(&app, &admin.operator(), (asked.how, reason)).await?;
    Ok(html::see_other(&app.issuer, &asked.after(ended)))
}

impl Asked {
    /// Reads the form; `None` if nothing was chosen.
    async fn read(app: &App, fields: &Parameters) -> Result<Option<Self>> {
        let text = |name: &str| fields.get(name).unwrap_or_default().trim().to_owned();
        let query = text("q");
        let chosen = if fields.get("everything").is_some() {
            let query = TokenQuery::parse(&query)
                .map_err(|faults| Error::new(Code::InvalidRequest, faults.to_string()))?;
            Chosen::Query(query)
        } else {
            let mut found = Vec::new();
            for name in fields.names().filter(|name| name.starts_with("tok_")) {
                match tokens::find(app, name).await {
                    Ok(one) => found.push(one),
                    // It was swept meanwhile, and works no more.
                    Err(acts::Error::NotFound(_)) => {}
                    Err(error) => return Err(error.into()),
                }
            }
            if found.is_empty() {
                return Ok(None);
            }
            Chosen::Entries(found)
        };
        Ok(Some(Self {
            chosen,
            query,
            how: How::of(&text("reach")),
            reason: confirm::reason(fields),
            is_of_entry: fields.get("back").is_some(),
        }))
    }

    /// Where one goes who would rather not.
    fn back(&self) -> String {
        match &self.chosen {
            Chosen::Entries(found) if self.is_of_entry => {
                let key = found.first().map(|one| one.entry.entry_key.to_string());
                format!("/admin/tokens/{}", key.unwrap_or_default())
            }
            _ => filter::address(&self.query),
        }
    }

    /// Where it leads when it is done.
    fn after(&self, ended: Ended) -> String {
        let done = match ended {
            Ended::Tokens(number) => format!("revoked={number}"),
            Ended::All => "done=all".to_owned(),
            Ended::Already => "done=already".to_owned(),
            Ended::Stopped(_) => {
                let (hidden, how) = (self.hidden(), self.how.as_str());
                let fields =
                    hidden.iter().map(|(name, value)| format!("{name}={}", encoded(value)));
                let fields = fields.collect::<Vec<_>>().join("&");
                return format!("/admin/tokens/revoke?{fields}&reach={how}&stopped=1");
            }
        };
        let back = self.back();
        let joined = if back.contains('?') { '&' } else { '?' };
        format!("{back}{joined}{done}")
    }

    /// What the form holds beside.
    fn hidden(&self) -> Vec<(String, String)> {
        let mut hidden: Vec<(String, String)> = match &self.chosen {
            Chosen::Query(_) => vec![("everything".to_owned(), "1".to_owned())],
            Chosen::Entries(found) => {
                let name = |one: &crate::model::standing::StandingEntry| {
                    (one.entry.entry_key.to_string(), "1".to_owned())
                };
                found.iter().map(name).collect()
            }
        };
        hidden.push(("q".to_owned(), self.query.clone()));
        if self.is_of_entry {
            hidden.push(("back".to_owned(), "1".to_owned()));
        }
        hidden
    }

    /// The command that does the same.
    fn command(&self, is_whole: bool) -> String {
        let family = if self.how == How::Family && !is_whole { " --family" } else { "" };
        let which = match &self.chosen {
            Chosen::Query(query) => {
                format!("--filter {}", word(&query.to_string()))
            }
            Chosen::Entries(found) => {
                let names = found.iter().map(|one| one.entry.entry_key.to_string());
                names.collect::<Vec<_>>().join(" ")
            }
        };
        format!("tessera token revoke {which}{family} --reason \"…\"")
    }

    fn ask(
        &self,
        app: &App,
        admin: &AdminVisit,
        effect: &Effect,
        trouble: Option<&'static str>,
    ) -> Result<Response> {
        let words = admin.layout(app).words;
        let tokens = effect.reach.tokens;
        let title = if effect.reach.is_cut {
            words.count("admin-revoke-title-more", tokens)
        } else {
            words.count("admin-revoke-title", tokens)
        };
        let confirm = Confirm {
            section: Section::Tokens,
            title,
            text: words.text("admin-revoke-text").into_owned(),
            facts: effect.facts(words),
            action: "/admin/tokens/revoke".to_owned(),
            step: STEP.to_owned(),
            hidden: Vec::new(),
            reason: Some(self.reason.clone()),
            must_type: effect.must_type(),
            // Where the reach can be chosen beside it, a number might be that of another one.
            button: if effect.reach.is_cut || tokens == 0 || !effect.is_whole {
                words.text("admin-revoke").into_owned()
            } else {
                words.count("admin-revoke-do", tokens)
            },
            is_final: true,
            back: self.back(),
            command: self.command(effect.is_whole),
            trouble: trouble.or_else(|| (tokens == 0).then_some("admin-revoke-none")),
        };
        let option = |how: How, text: &str, hint: &str| Alternative {
            value: how.as_str(),
            text: words.text(text).into_owned(),
            hint: words.text(hint).into_owned(),
            is_chosen: self.how == how,
        };
        let choice = Choice {
            name: "reach",
            legend: words.text("admin-revoke-how").into_owned(),
            options: vec![
                option(How::Family, "admin-revoke-families-all", "admin-revoke-families-hint"),
                option(How::One, "admin-revoke-one", "admin-revoke-one-hint"),
            ],
        };
        let choices = if effect.is_whole { Vec::new() } else { vec![choice] };
        confirm::show_with(app, admin, &confirm, (&self.hidden(), &choices))
    }
}
