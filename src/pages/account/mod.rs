//! The pages of one's own account. Whoever is not signed in is sent to sign in first, and then back.

pub(super) mod apps;
mod browser;
pub(super) mod security;
pub(super) mod sessions;
pub(super) mod theme;
mod tokens;

use axum::response::Response;

use crate::{
    app::App,
    model::{
        scope::DescribedScope,
        user::{Attributes, User},
    },
};

use super::{gate::sign_out, html, tile::Tile, visit::Visit};

/// What the account's layout shows.
struct Account {
    /// Which page this is.
    here: Room,
    /// Every page of the account, in the order of its tabs.
    rooms: [Room; 3],
    /// Who is signed in, as they are called.
    name: String,
    /// What else tells them from others.
    detail: String,
    tile: Tile,
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

/// Somebody, as they are shown to themselves.
pub(super) struct Shown {
    /// As they are called.
    pub(super) name: String,
    /// What else tells them from others.
    pub(super) detail: String,
    pub(super) tile: Tile,
}

impl Shown {
    pub(super) fn of(user: &User) -> Self {
        let name = said(&user.claims, "name").unwrap_or(&user.username);
        let detail = said(&user.claims, "email").map_or_else(|| user.address(), str::to_owned);
        Self { name: name.to_owned(), detail, tile: Tile::new(name, &user.user_id.to_string()) }
    }
}

impl Account {
    fn new(visit: &Visit, user: &User, here: Room) -> Self {
        let Shown { name, detail, tile } = Shown::of(user);
        Self {
            here,
            rooms: Room::ALL,
            name,
            detail,
            tile,
            theme_proof: visit.csrf(THEME_STEP),
            sign_out_proof: visit.csrf(sign_out::STEP),
        }
    }
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

/// Sends somebody to sign in, and from there back here.
fn sign_in_first(app: &App, here: Room) -> Response {
    html::see_other(&app.issuer, &format!("/login?to={}", here.path()))
}

/// What an operator says that a scope token allows.
fn said_of<'a>(token: &str, described: &'a [DescribedScope]) -> Option<&'a str> {
    let known = described.iter().find(|known| known.scope == token);
    known.map(|known| known.description.as_str())
}

/// A text among what is said of a user.
fn said<'a>(claims: &'a Attributes, name: &str) -> Option<&'a str> {
    claims.get(name).and_then(|value| value.as_str()).filter(|text| !text.trim().is_empty())
}
