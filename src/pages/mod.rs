//! What people see: one file per page, the table of who may see which, and errors as HTML.
//!
//! Pages work without scripts, load nothing from elsewhere, and hold no words: those stand in
//! `templates/`, which mirrors this room.

mod account;
mod admin;
mod assets;
mod authorize;
mod cookies;
mod dates;
mod errors;
mod face;
mod gate;
mod home;
mod html;
mod layout;
mod logout;
mod page;
mod person;
mod scopes;
mod tile;
mod visit;

use axum::{
    Router,
    http::Method,
    middleware,
    routing::{get, post},
};

use tower_http::compression::CompressionLayer;

use crate::{app::App, words};

use account::{apps, security, sessions, theme};
pub use errors::not_found;
use gate::{forgot, login, new_password, setup, sign_out};

pub use page::{Door, Page, Visitor};

/// Every page, and what pages load.
pub static PAGES: &[Page] = &{
    let mut all = [OURS[0]; OURS.len() + admin::PAGES.len()];
    let mut place = 0;
    while place < all.len() {
        all[place] =
            if place < OURS.len() { OURS[place] } else { admin::PAGES[place - OURS.len()] };
        place += 1;
    }
    all
};

/// Those that are no operator's.
const OURS: &[Page] = &[
    Page {
        path: "/",
        methods: &[Method::GET],
        visitor: Visitor::Anyone,
        handler: || get(home::get),
    },
    Page {
        path: "/assets/{set}/{*name}",
        methods: &[Method::GET],
        visitor: Visitor::Anyone,
        handler: || get(assets::get).layer(CompressionLayer::new()),
    },
    Page {
        path: "/authorize",
        methods: &[Method::GET, Method::POST],
        visitor: Visitor::Anyone,
        handler: || get(authorize::get).post(authorize::post),
    },
    Page {
        path: "/authorize/continue",
        methods: &[Method::GET],
        visitor: Visitor::Anyone,
        handler: || get(authorize::resume),
    },
    Page {
        path: "/consent",
        methods: &[Method::GET, Method::POST],
        visitor: Visitor::Anyone,
        handler: || get(authorize::consent::get).post(authorize::consent::post),
    },
    Page {
        path: "/logout",
        methods: &[Method::GET, Method::POST],
        visitor: Visitor::Anyone,
        handler: || get(logout::get).post(logout::post),
    },
    Page {
        path: "/signed-out",
        methods: &[Method::GET],
        visitor: Visitor::Anyone,
        handler: || get(logout::signed_out),
    },
    Page {
        path: "/login",
        methods: &[Method::GET, Method::POST],
        visitor: Visitor::Anyone,
        handler: || get(login::get).post(login::post),
    },
    Page {
        path: "/forgot",
        methods: &[Method::GET, Method::POST],
        visitor: Visitor::Anyone,
        handler: || get(forgot::get).post(forgot::post),
    },
    Page {
        path: "/password",
        methods: &[Method::GET, Method::POST],
        visitor: Visitor::Anyone,
        handler: || get(new_password::get).post(new_password::post),
    },
    Page {
        path: "/setup",
        methods: &[Method::GET, Method::POST],
        visitor: Visitor::Anyone,
        handler: || get(setup::get).post(setup::post),
    },
    Page {
        path: "/account",
        methods: &[Method::GET],
        visitor: Visitor::SignedIn,
        handler: || get(account::get),
    },
    Page {
        path: "/account/sign-out",
        methods: &[Method::POST],
        visitor: Visitor::SignedIn,
        handler: || post(sign_out::post),
    },
    Page {
        path: "/account/security",
        methods: &[Method::GET, Method::POST],
        visitor: Visitor::SignedIn,
        handler: || get(security::get).post(security::post),
    },
    Page {
        path: "/account/sessions",
        methods: &[Method::GET, Method::POST],
        visitor: Visitor::SignedIn,
        handler: || get(sessions::get).post(sessions::post),
    },
    Page {
        path: "/account/apps",
        methods: &[Method::GET, Method::POST],
        visitor: Visitor::SignedIn,
        handler: || get(apps::get).post(apps::post),
    },
    Page {
        path: "/account/theme",
        methods: &[Method::POST],
        visitor: Visitor::SignedIn,
        handler: || post(theme::post),
    },
];

/// The routes of this room that there are at this door. Every error in them leaves as HTML.
pub fn router(app: &App, door: Door) -> Router<App> {
    let issuer_path = app.issuer.path();
    PAGES
        .iter()
        .filter(|page| door.leads_to(page.visitor))
        .flat_map(|page| page.full_paths(issuer_path).into_iter().map(move |path| (path, page)))
        .fold(Router::new(), |router, (path, page)| router.route(&path, page.route(app)))
        .layer(middleware::from_fn_with_state(app.clone(), errors::render))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_landing_page_answers_with_and_without_the_last_slash() {
        let paths = |issuer_path| PAGES[0].full_paths(issuer_path);

        assert_eq!(paths(""), ["/"]);
        assert_eq!(paths("/tenant"), ["/tenant", "/tenant/"]);
    }
}
