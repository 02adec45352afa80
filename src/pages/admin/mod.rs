//! The pages of those who operate the server: one file or folder a page.
//!
//! Whoever has any operator role sees every page; what changes something takes the role that stands
//! in [`PAGES`], and [`guard`] holds that. Pages call the same deeds as the command line.

mod audit;
mod both;
mod chart;
mod clients;
mod confirm;
mod form;
mod frame;
pub(super) mod guard;
mod inspect;
mod keys;
mod overview;
mod proof;
mod resource_servers;
mod settings;
mod tokens;
mod types;
mod users;

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
        visitor: Visitor::AnyOperator,
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
        path: "/admin/types/{name}/delete",
        methods: CHANGE,
        visitor: Visitor::Operator(OperatorRole::Admin),
        handler: || get(types::delete::get).post(types::delete::post),
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
        path: "/admin/clients",
        methods: LOOK,
        visitor: Visitor::Operator(OperatorRole::ClientAdmin),
        handler: || get(clients::get),
    },
    Page {
        path: "/admin/clients/new",
        methods: CHANGE,
        visitor: Visitor::Operator(OperatorRole::ClientAdmin),
        handler: || get(clients::new::get).post(clients::new::post),
    },
    Page {
        path: "/admin/clients/{id}",
        methods: CHANGE,
        visitor: Visitor::Operator(OperatorRole::ClientAdmin),
        handler: || get(clients::one::get).post(clients::one::post),
    },
    Page {
        path: "/admin/clients/{id}/delete",
        methods: CHANGE,
        visitor: Visitor::Operator(OperatorRole::ClientAdmin),
        handler: || get(clients::delete::get).post(clients::delete::post),
    },
    Page {
        path: "/admin/clients/{id}/credentials",
        methods: CHANGE,
        visitor: Visitor::Operator(OperatorRole::ClientAdmin),
        handler: || get(clients::credentials::get).post(clients::credentials::post),
    },
    Page {
        path: "/admin/clients/{id}/credentials/retire",
        methods: CHANGE,
        visitor: Visitor::Operator(OperatorRole::ClientAdmin),
        handler: || get(clients::retire::get).post(clients::retire::post),
    },
    Page {
        path: "/admin/resource-servers",
        methods: LOOK,
        visitor: Visitor::Operator(OperatorRole::ClientAdmin),
        handler: || get(resource_servers::get),
    },
    Page {
        path: "/admin/resource-servers/one",
        methods: CHANGE,
        visitor: Visitor::Operator(OperatorRole::ClientAdmin),
        handler: || get(resource_servers::one::get).post(resource_servers::one::post),
    },
    Page {
        path: "/admin/resource-servers/delete",
        methods: CHANGE,
        visitor: Visitor::Operator(OperatorRole::ClientAdmin),
        handler: || get(resource_servers::delete::get).post(resource_servers::delete::post),
    },
    Page {
        path: "/admin/users",
        methods: LOOK,
        visitor: Visitor::Operator(OperatorRole::UserAdmin),
        handler: || get(users::get),
    },
    Page {
        path: "/admin/users/new",
        methods: CHANGE,
        visitor: Visitor::Operator(OperatorRole::UserAdmin),
        handler: || get(users::new::get).post(users::new::post),
    },
    Page {
        path: "/admin/users/{id}",
        methods: CHANGE,
        visitor: Visitor::Operator(OperatorRole::UserAdmin),
        handler: || get(users::one::get).post(users::one::post),
    },
    Page {
        path: "/admin/users/{id}/link",
        methods: CHANGE,
        visitor: Visitor::Operator(OperatorRole::UserAdmin),
        handler: || get(users::link::get).post(users::link::post),
    },
    Page {
        path: "/admin/users/{id}/delete",
        methods: CHANGE,
        visitor: Visitor::Operator(OperatorRole::UserAdmin),
        handler: || get(users::delete::get).post(users::delete::post),
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
        && path.split('/').skip(1).all(|part| {
            let part = part.to_ascii_lowercase().replace("%2e", ".");
            !matches!(part.as_str(), "" | "." | "..")
        })
}
