//! People as pages name them: as they are called, and what else tells them from others.

use crate::model::user::{Attributes, User};

use super::tile::Tile;

/// A person on a page.
pub(super) struct PersonInWords {
    /// As they are called: by the claim `name`, else by the name that they sign in with.
    pub(super) name: String,
    /// What tells them from others of that name: their address, else their realm and name.
    pub(super) detail: String,
    /// The person as a picture.
    pub(super) tile: Tile,
}

impl PersonInWords {
    pub(super) fn of(user: &User) -> Self {
        let name = said(&user.claims, "name").unwrap_or(&user.username);
        let email = said(&user.claims, "email").filter(|email| *email != name);
        Self {
            detail: email.map_or_else(|| user.address(), str::to_owned),
            tile: Tile::new(name, &user.user_id.to_string()),
            name: name.to_owned(),
        }
    }
}

/// A text among what is said of a user.
fn said<'a>(claims: &'a Attributes, name: &str) -> Option<&'a str> {
    claims.get(name).and_then(|value| value.as_str()).filter(|text| !text.trim().is_empty())
}
