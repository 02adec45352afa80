//! The pages of one's own account. Whoever is not signed in is sent to sign in first, and then back.

pub(super) mod apps;
pub(super) mod browser;
pub(super) mod security;
pub(super) mod sessions;
pub(super) mod theme;
mod tokens;

use axum::{extract::State, response::Response};

use crate::{
    app::App,
    model::{issuer::Issuer, scope::DescribedScope, user::User},
};

use super::{gate::sign_out, html, person::PersonInWords, visit::Visit};

/// What the account's layout shows.
struct Account {
    /// Which page this is.
    here: Room,
    /// Every page of the account, in the order of its tabs.
    rooms: [Room; 3],
    /// Who is signed in.
    person: PersonInWords,
    /// Where the console is, for those who operate the server.
    console: Option<String>,
    theme_proof: String,
    sign_out_proof: String,
}

/// A page of the account.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Room {
    Security,
    Sessions,
    Apps,
}

/// What the form for the colours of pages is bound to.
pub(super) const THEME_STEP: &str = "account|theme";

impl Account {
    fn new(app: &App, (visit, user): (&Visit, &User), here: Room) -> Self {
        let is_operator = !user.operator_roles.is_empty();
        Self {
            here,
            rooms: Room::ALL,
            person: PersonInWords::of(user),
            console: is_operator.then(|| console(app)),
            theme_proof: visit.csrf(THEME_STEP),
            sign_out_proof: visit.csrf(sign_out::STEP),
        }
    }
}

/// The address of the console: at the listener of operators, if they have one.
fn console(app: &App) -> String {
    let config = app.config();
    let origin = config.admin.url.as_ref().map_or("", Issuer::origin);
    format!("{origin}{}/admin", app.issuer.path())
}

impl Room {
    const ALL: [Self; 3] = [Self::Security, Self::Sessions, Self::Apps];

    fn path(self) -> &'static str {
        match self {
            Self::Security => "/account/security",
            Self::Sessions => "/account/sessions",
            Self::Apps => "/account/apps",
        }
    }

    /// The key of its name.
    fn key(self) -> &'static str {
        match self {
            Self::Security => "security",
            Self::Sessions => "sessions",
            Self::Apps => "apps",
        }
    }

    /// What its forms are bound to.
    fn step(self) -> &'static str {
        match self {
            Self::Security => "account|security",
            Self::Sessions => "account|sessions",
            Self::Apps => "account|apps",
        }
    }
}

/// Leads to the first of the pages.
pub(super) async fn get(State(app): State<App>, visit: Visit) -> Response {
    match visit.session {
        Some(_) => html::see_other(&app.issuer, Room::Security.path()),
        None => sign_in_first(&app, Room::Security),
    }
}

/// Sends somebody to sign in, and from there back here.
fn sign_in_first(app: &App, here: Room) -> Response {
    html::see_other(&app.issuer, &format!("/login?to={}", here.path()))
}

/// What an operator says that a scope token allows.
fn said_of<'a>(token: &str, described: &'a [DescribedScope]) -> Option<&'a str> {
    let known = described.iter().find(|known| known.scope == token);
    known.map(|known| known.description.as_str())
}
