//! The pages of those who operate the server: one file or folder a page.
//!
//! Whoever has any operator role sees every page; what changes something takes the role that stands
//! in [`PAGES`], and [`guard`] holds that. Pages call the same deeds as the command line.

mod audit;
mod chart;
mod confirm;
mod frame;
pub(super) mod guard;
mod inspect;
mod keys;
mod overview;
mod proof;
mod settings;
mod tokens;
mod types;

use axum::{
    http::Method,
    routing::{get, post},
};

use crate::model::user::OperatorRole;

use super::page::{Page, Visitor};

/// Every page of operators.
pub(super) const PAGES: &[Page] = &[
    Page {
        path: "/admin",
        methods: LOOK,
        visitor: Visitor::Operator(OperatorRole::Auditor),
        handler: || get(overview::get),
    },
    Page {
        path: "/admin/tokens",
        methods: LOOK,
        visitor: Visitor::Operator(OperatorRole::TokenAdmin),
        handler: || get(tokens::get),
    },
    Page {
        path: "/admin/tokens/revoke",
        methods: CHANGE,
        visitor: Visitor::Operator(OperatorRole::TokenAdmin),
        handler: || get(tokens::revoke::get).post(tokens::revoke::post),
    },
    Page {
        path: "/admin/tokens/views",
        methods: &[Method::POST],
        visitor: Visitor::Operator(OperatorRole::TokenAdmin),
        handler: || post(tokens::views::post),
    },
    Page {
        path: "/admin/tokens/{id}",
        methods: LOOK,
        visitor: Visitor::Operator(OperatorRole::TokenAdmin),
        handler: || get(tokens::entry::get),
    },
    Page {
        path: "/admin/types",
        methods: CHANGE,
        visitor: Visitor::Operator(OperatorRole::Admin),
        handler: || get(types::get).post(types::post),
    },
    Page {
        path: "/admin/types/{name}",
        methods: CHANGE,
        visitor: Visitor::Operator(OperatorRole::Admin),
        handler: || get(types::edit::get).post(types::edit::post),
    },
    Page {
        path: "/admin/inspect",
        methods: CHANGE,
        visitor: Visitor::AnyOperator,
        handler: || get(inspect::get).post(inspect::post),
    },
    Page {
        path: "/admin/audit",
        methods: LOOK,
        visitor: Visitor::Operator(OperatorRole::Auditor),
        handler: || get(audit::get),
    },
    Page {
        path: "/admin/audit/export",
        methods: &[Method::POST],
        visitor: Visitor::Operator(OperatorRole::Auditor),
        handler: || post(audit::export::post),
    },
    Page {
        path: "/admin/audit/stream",
        methods: LOOK,
        visitor: Visitor::Operator(OperatorRole::Auditor),
        handler: || get(audit::stream::get),
    },
    Page {
        path: "/admin/keys",
        methods: LOOK,
        visitor: Visitor::Operator(OperatorRole::Admin),
        handler: || get(keys::get),
    },
    Page {
        path: "/admin/keys/rotate",
        methods: CHANGE,
        visitor: Visitor::Operator(OperatorRole::Admin),
        handler: || get(keys::rotate::get).post(keys::rotate::post),
    },
    Page {
        path: "/admin/keys/withdraw",
        methods: CHANGE,
        visitor: Visitor::Operator(OperatorRole::Admin),
        handler: || get(keys::withdraw::get).post(keys::withdraw::post),
    },
    Page {
        path: "/admin/settings",
        methods: LOOK,
        visitor: Visitor::Operator(OperatorRole::Admin),
        handler: || get(settings::get),
    },
];

/// What a page takes that changes nothing.
const LOOK: &[Method] = &[Method::GET];

/// What a page takes that has a form of its own.
const CHANGE: &[Method] = &[Method::GET, Method::POST];

/// The longest address of a page, in bytes, that a sign-in leads back to.
const LONGEST_ADDRESS: usize = 2000;

/// Whether `address`, a path under that of the issuer and perhaps a query, can be that of an
/// operator's page: whoever signs in may be sent there, whoever wrote it.
pub(super) fn is_address(address: &str) -> bool {
    let Some(rest) = address.strip_prefix("/admin") else { return false };
    let path = rest.split('?').next().unwrap_or_default();
    let is_plain = |byte: u8| byte.is_ascii_alphanumeric() || b"/?&=%+-_.~:,*!()".contains(&byte);
    address.len() <= LONGEST_ADDRESS
        && matches!(rest.bytes().next(), None | Some(b'/' | b'?'))
        && rest.bytes().all(is_plain)
        && path.split('/').skip(1).all(|part| !matches!(part, "" | "." | ".."))
}
