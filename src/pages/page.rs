//! What a page is: where it stands, and who may see it.

use axum::{http::Method, middleware, routing::MethodRouter};

use crate::{
    app::App,
    error::{Code, Error},
    model::user::OperatorRole,
};

use super::admin::guard;

/// Who may see a page.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Visitor {
    /// Whoever reaches the listener.
    Anyone,
    /// Whoever is signed in.
    SignedIn,
    /// Whoever operates the server, in whichever role. Methods that change something need this
    /// one.
    Operator(OperatorRole),
    /// The same, and whatever is posted changes nothing: so the role makes no difference.
    AnyOperator,
}

/// By which listener somebody comes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Door {
    /// One that leads to every page.
    Whole,
    /// One for everybody, where operators have another.
    Public,
}

impl Door {
    /// Whether pages of this visitor are behind it.
    pub(super) fn leads_to(self, visitor: Visitor) -> bool {
        self == Self::Whole || matches!(visitor, Visitor::Anyone | Visitor::SignedIn)
    }
}

/// One page. A route that does not stand in [`PAGES`](super::PAGES) does not exist.
#[derive(Clone, Copy)]
pub struct Page {
    /// Its path under the path of the issuer, in the router's notation.
    pub path: &'static str,
    /// The methods it takes; GET stands for HEAD too.
    pub methods: &'static [Method],
    /// Who may see it.
    pub visitor: Visitor,
    pub(super) handler: fn() -> MethodRouter<App>,
}

impl Page {
    /// The paths on the host, where the issuer's path is `issuer_path`.
    ///
    /// The landing page of an issuer with a path has two: the issuer is written without a slash at
    /// its end, so people come without it.
    #[must_use]
    pub fn full_paths(&self, issuer_path: &str) -> Vec<String> {
        let path = format!("{issuer_path}{}", self.path);
        if self.path == "/" && !issuer_path.is_empty() {
            return vec![issuer_path.to_owned(), path];
        }
        vec![path]
    }

    /// What answers at its path. Whoever is no operator does not get as far as an operator's page.
    pub(super) fn route(&self, app: &App) -> MethodRouter<App> {
        let route = (self.handler)().fallback(wrong_method);
        match self.visitor {
            Visitor::Anyone | Visitor::SignedIn => route,
            Visitor::Operator(role) => {
                let needed = (app.clone(), Some(role));
                route.layer(middleware::from_fn_with_state(needed, guard::admit))
            }
            Visitor::AnyOperator => {
                route.layer(middleware::from_fn_with_state((app.clone(), None), guard::admit))
            }
        }
    }
}

async fn wrong_method() -> Error {
    Error::new(Code::MethodNotAllowed, "This address takes another method.")
}
